/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cmd/change.h"
#include "cmd/editing.h"
#include "cmd/recording.h"
#include "cmd/theme_import.h"
#include "cmd/theming.h"
#include "reg/check.h"
#include "report/report.h"
#include "state/theme.h"

/* --- the schemes --------------------------------------------------------------------------- */

/* Of one entry; false, and *ret_problem is why, if it can't be used. */
static bool read_scheme(struct scheme *ret, const struct theme_entry *entry, struct app *app,
		const char **ret_problem) {
	if (!check_name(str_of(entry->name))) {
		*ret_problem = "a theme can't be named so: A-Z a-z 0-9 . _ @ + - only";
		return false;
	}
	struct diags diags = {.arena = &app->arena};
	struct err err = {0};
	struct theme theme;
	bool good = theme_scheme(&theme, entry, &app->facts, &app->arena, &diags, &err) == 0;
	*ret = theme.scheme;
	*ret_problem = good ? NULL
			: diags.count == 0 ? arena_strdup(&app->arena, err.text)
			: arena_printf(&app->arena, "%s: %s",
					  span_describe(diags.first->at, &app->arena), diags.first->text);
	err_release(&err);
	theme_release(&theme);
	return good;
}

/* --- colours on a terminal ----------------------------------------------------------------- */

/* The sixteen as blocks: true colour where the terminal says so, else the nearest of 256. */
static void add_block(struct app *app, struct color color) {
	static const uint8_t levels[] = {0, 95, 135, 175, 215, 255};
	const char *depth = getenv("COLORTERM");
	if (depth != NULL && (streq(depth, "truecolor") || streq(depth, "24bit"))) {
		buf_addf(&app->out, "\033[48;2;%u;%u;%um  ", color.r, color.g, color.b);
		return;
	}
	const uint8_t parts[] = {color.r, color.g, color.b};
	unsigned index = 16;
	for (size_t i = 0, weight = 36; i < 3; i++, weight /= 6) {
		size_t best = 0;
		for (size_t j = 1; j < sizeof(levels); j++) {
			best = abs(parts[i] - levels[j]) < abs(parts[i] - levels[best]) ? j : best;
		}
		index += (unsigned)(best * weight);
	}
	buf_addf(&app->out, "\033[48;5;%um  ", index);
}

static void add_swatch(struct app *app, const struct scheme *scheme) {
	if (app->paint != &paint_ansi) {
		return;
	}
	buf_adds(&app->out, "  ");
	for (size_t i = 0; i < SCHEME_ANSI; i++) {
		add_block(app, scheme->ansi[i]);
	}
	buf_adds(&app->out, app->paint->off);
}

/* --- list, show ---------------------------------------------------------------------------- */

static const char *variant(const struct scheme *scheme) {
	return scheme->is_dark ? "dark" : "light";
}

static void add_color(struct json *json, const char *name, struct color color, struct arena *arena) {
	json_string(json, name, arena_printf(arena, "#%02x%02x%02x", color.r, color.g, color.b));
}

static void entry_json(struct json *json, struct app *app, const struct theme_entry *entry,
		bool active, const struct scheme *scheme, const char *problem) {
	json_open_object(json, NULL);
	json_string(json, "name", entry->name);
	json_bool(json, "active", active);
	json_string(json, "scheme", entry->scheme);
	json_string(json, "folder", entry->folder);
	json_string(json, "title", scheme != NULL ? scheme->name : NULL);
	json_string(json, "author", scheme != NULL ? scheme->author : NULL);
	json_string(json, "system", scheme != NULL ? scheme->system : NULL);
	json_string(json, "variant", scheme != NULL ? variant(scheme) : NULL);
	json_open_object(json, "colors");
	if (scheme != NULL) {
		add_color(json, "background", scheme->background, &app->arena);
		add_color(json, "foreground", scheme->foreground, &app->arena);
		add_color(json, "accent", scheme->accent, &app->arena);
		for (size_t i = 0; i < SCHEME_BASES; i++) {
			add_color(json, scheme_base_names[i], scheme->base[i], &app->arena);
		}
	}
	json_close_object(json);
	json_string(json, "problem", problem);
	json_close_object(json);
}

static void list_entries(struct app *app, const struct theme_entries *entries, const char *active) {
	struct json json;
	size_t width = 0;
	if (app->global.json) {
		json_init(&json, &app->out);
		json_open_object(&json, NULL);
		json_number(&json, "schema", REPORT_SCHEMA);
		json_string(&json, "active", active);
		json_open_array(&json, "themes");
	}
	for (size_t i = 0; i < entries->count; i++) {
		width = report_width(width, entries->items[i].name);
	}
	for (size_t i = 0; i < entries->count; i++) {
		const struct theme_entry *entry = &entries->items[i];
		struct scheme scheme;
		const char *problem = NULL;
		bool good = read_scheme(&scheme, entry, app, &problem);
		bool is_active = active != NULL && streq(active, entry->name);
		if (app->global.json) {
			entry_json(&json, app, entry, is_active, good ? &scheme : NULL, problem);
			continue;
		}
		buf_addf(&app->out, "%s ", is_active ? "*" : " ");
		report_cell(&app->out, entry->name, width);
		if (good) {
			buf_addf(&app->out, "  %-5s", variant(&scheme));
			add_swatch(app, &scheme);
		} else {
			buf_adds(&app->out, "  ");
			buf_add_shown(&app->out, problem, strlen(problem));
		}
		buf_addc(&app->out, '\n');
	}
	if (app->global.json) {
		json_close_array(&json);
		json_close_object(&json);
	}
}

static int show(struct app *app, const char *name, const char *active, struct err *err) {
	struct theme_entry entry;
	struct scheme scheme;
	const char *problem;
	if (theme_find(&entry, name, &app->facts, &app->arena, err) < 0) {
		return -1;
	}
	if (!read_scheme(&scheme, &entry, app, &problem)) {
		return err_set(err, ERR_FAILED, "%s", problem);
	}
	bool is_active = active != NULL && streq(active, name);
	if (app->global.json) {
		struct json json;
		json_init(&json, &app->out);
		json_open_object(&json, NULL);
		json_number(&json, "schema", REPORT_SCHEMA);
		json_open_array(&json, "themes");
		entry_json(&json, app, &entry, is_active, &scheme, NULL);
		json_close_array(&json);
		json_close_object(&json);
		return 0;
	}
	buf_adds(&app->out, app->paint->bold);
	buf_add_shown(&app->out, name, strlen(name));
	buf_addf(&app->out, "%s%s\n", app->paint->off, is_active ? " (active)" : "");
	const struct {
		const char *name, *value;
	} rows[] = {
		{"title", scheme.name}, {"author", scheme.author}, {"system", scheme.system},
		{"variant", variant(&scheme)}, {"scheme", entry.scheme},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_addf(&app->out, "  %-10s", rows[i].name);
		buf_add_shown(&app->out, rows[i].value, strlen(rows[i].value));
		buf_addc(&app->out, '\n');
	}
	for (size_t i = 0; i < SCHEME_BASES; i++) {
		struct color color = scheme.base[i];
		buf_addf(&app->out, "  %s  #%02x%02x%02x", scheme_base_names[i], color.r, color.g, color.b);
		if (app->paint == &paint_ansi) {
			buf_adds(&app->out, "  ");
			add_block(app, color);
			buf_adds(&app->out, app->paint->off);
		}
		buf_addc(&app->out, i % 4 == 3 ? '\n' : ' ');
	}
	return 0;
}

/* --- set, next ----------------------------------------------------------------------------- */

struct setting {
	const char *name;
	const struct theme_opts *opts;
	struct editing editing;
};

/* Where the choice is made now, it is made again; else in the registry, or this host's block. */
static int record(struct change *change, struct err *err) {
	struct setting *setting = change->user;
	struct app *app = change->app;
	const struct registry *registry = &change->view.registry;
	const struct theme_decl *theme = &registry->theme;
	bool stands = theme->active_rank > 0;
	const struct source *file = stands && !setting->opts->host ? theme->at.source
								    : registry->files.items[0].source;
	const char *host = setting->opts->host ? recording_host(&change->view, app, err) : theme->host;
	const char **section = arena_zalloc(&app->arena, 4 * sizeof(*section));
	size_t depth = 0;
	bool done;
	if (setting->opts->host && host == NULL) {
		return -1;
	}
	if (host != NULL) {
		section[depth++] = "hosts";
		section[depth++] = host;
	}
	section[depth] = "themes";
	struct edit edit = {.kind = EDIT_SET, .section = section, .key = "active",
			.value = setting->name};
	return editing_apply(&setting->editing, file->path, file->name, &edit, &done, err);
}

static int build(struct change *change, struct err *err) {
	struct setting *setting = change->user;
	theming_keep(&change->view, change->app, true);
	editing_release(&setting->editing);
	if (record(change, err) < 0) {
		return -1;
	}
	editing_plan(&setting->editing, &change->view.plan, WHY_THEMED);
	plan_sort(&change->view.plan);
	return 0;
}

static int set(struct app *app, const char *name, const struct theme_opts *opts, struct err *err) {
	if (!check_name(str_of(name))) {
		return err_set(err, ERR_USAGE, "'%s' is no name of a theme", name);
	}
	struct setting setting = {.name = name, .opts = opts, .editing = {.app = app}};
	struct change change = {
		.app = app,
		.command = "theme",
		.dry_run = opts->dry_run,
		.resolve = opts->backup ? RESOLVE_BACKUP : RESOLVE_NOT,
		.build = build,
		.amends = true,
		.themes = THEMES_PLAN,
		.theme = name,
		.user = &setting,
	};
	int result = change_run(&change, err);
	view_release(&change.view);
	editing_release(&setting.editing);
	return result;
}

/*
 * The one behind the active one, in the order of names, and round again; NULL: there is none.
 * One that can't be shown is passed over: whoever has this on a key would never get past it.
 */
static const char *next_name(const struct theme_entries *entries, const char *active,
		struct app *app) {
	size_t count = entries->count, first = 0;
	while (active != NULL && first < count && strcmp(entries->items[first].name, active) <= 0) {
		first++;
	}
	for (size_t i = 0; i < count; i++) {
		const struct theme_entry *entry = &entries->items[(first + i) % count];
		struct scheme scheme;
		const char *problem;
		if (read_scheme(&scheme, entry, app, &problem)) {
			return entry->name;
		}
		app_note(app, "'%s' is passed over: %s", entry->name, problem);
	}
	return NULL;
}

/* --- import -------------------------------------------------------------------------------- */

static int import(struct app *app, const char *from, const struct theme_opts *opts, struct err *err) {
	const char *name;
	if (theme_import(app, from, opts, &name, err) < 0) {
		return -1;
	}
	if (!opts->set || opts->dry_run) {
		return 0;
	}
	if (app->global.json) {
		buf_clear(&app->out); /* one document: what comes of both is in that of the second */
	}
	return set(app, name, opts, err);
}

/* --- the command --------------------------------------------------------------------------- */

static int run(struct app *app, const struct theme_opts *opts, const char *verb, const char *name,
		const char *active, struct err *err) {
	struct theme_entries entries;
	if (streq(verb, "set") && name != NULL) {
		return set(app, name, opts, err);
	}
	if (streq(verb, "show")) {
		name = name != NULL ? name : active;
		return name != NULL ? show(app, name, active, err)
				    : err_set(err, ERR_FAILED, "the registry names no theme");
	}
	if (themes_list(&entries, &app->facts, &app->arena, err) < 0) {
		return -1;
	}
	int result = 0;
	const char *next = streq(verb, "next") ? next_name(&entries, active, app) : NULL;
	if (!streq(verb, "next")) {
		list_entries(app, &entries, active);
	} else if (next == NULL) {
		result = err_set(err, ERR_FAILED, "there is no theme to show in '%s/themes'", app->facts.profile);
	} else {
		result = set(app, next, opts, err);
	}
	theme_entries_release(&entries);
	return result;
}

int cmd_theme(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	static const struct {
		const char *name;
		int least, most; /* arguments */
	} verbs[] = {{"import", 1, 1}, {"list", 0, 0}, {"next", 0, 0}, {"set", 1, 1}, {"show", 0, 1}};
	const char *verb = argc > 1 ? argv[1] : "list";
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		int given = argc > 2 ? argc - 2 : 0;
		if (!streq(verb, verbs[i].name)) {
			continue;
		}
		if (given < verbs[i].least || given > verbs[i].most) {
			return err_set(err, ERR_USAGE, verbs[i].least > 0
					? "'lumina theme %s' takes one argument"
					: verbs[i].most > 0 ? "'lumina theme %s' takes one name, or none"
							    : "'lumina theme %s' takes no argument", verb);
		}
		if (streq(verb, "import")) {
			return import(app, argv[2], opts, err);
		}
		struct view view;
		if (view_load(&view, app, NULL, err) < 0) {
			return -1;
		}
		int result = run(app, opts, verb, given > 0 ? argv[2] : NULL, view.registry.theme.active,
				err);
		view_release(&view);
		return result;
	}
	(void)err_set(err, ERR_USAGE, "'lumina theme' knows list, show, set, next and import, not '%s'", verb);
	err_hint(err, "lumina theme --help");
	return -1;
}
