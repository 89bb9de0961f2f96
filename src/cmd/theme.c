/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cmd/change.h"
#include "cmd/editing.h"
#include "cmd/recording.h"
#include "cmd/theme_import.h"
#include "cmd/theme_known.h"
#include "cmd/theming.h"
#include "reg/check.h"
#include "report/report.h"
#include "state/theme.h"

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

static void theme_json(struct json *json, struct app *app, const struct themes_known *all,
		const struct theme_known *one, const struct theme_decl *decl) {
	const struct scheme *scheme = one->problem == NULL ? &one->scheme : NULL;
	json_open_object(json, NULL);
	json_string(json, "name", one->entry.name);
	json_bool(json, "active", str_same(decl->active, one->entry.name));
	json_string(json, "scheme", one->entry.scheme);
	json_string(json, "folder", one->entry.folder);
	json_string(json, "title", scheme != NULL ? scheme->name : NULL);
	json_string(json, "author", scheme != NULL ? scheme->author : NULL);
	json_string(json, "system", scheme != NULL ? scheme->system : NULL);
	json_string(json, "variant", scheme != NULL ? variant(scheme) : NULL);
	json_string(json, "pair", themes_known_partner(all, one, decl, &app->arena));
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
	json_string(json, "problem", one->problem);
	json_close_object(json);
}

/* --light and --dark: what can't be read is neither. */
static bool is_wanted(const struct theme_known *one, const struct theme_opts *opts) {
	return (!opts->light && !opts->dark) ||
			(one->problem == NULL && one->scheme.is_dark == opts->dark);
}

static void list_json(struct app *app, const struct themes_known *all, const struct theme_opts *opts,
		const struct theme_decl *decl) {
	struct json json;
	json_init(&json, &app->out);
	json_open_object(&json, NULL);
	json_number(&json, "schema", REPORT_SCHEMA);
	json_string(&json, "active", decl->active);
	json_open_array(&json, "themes");
	for (size_t i = 0; i < all->count; i++) {
		if (is_wanted(&all->items[i], opts)) {
			theme_json(&json, app, all, &all->items[i], decl);
		}
	}
	json_close_array(&json);
	json_close_object(&json);
}

static void list_text(struct app *app, const struct themes_known *all, const struct theme_opts *opts,
		const struct theme_decl *decl) {
	size_t width = 0;
	for (size_t i = 0; i < all->count; i++) {
		if (is_wanted(&all->items[i], opts)) {
			width = report_width(width, all->items[i].entry.name);
		}
	}
	for (size_t i = 0; i < all->count; i++) {
		const struct theme_known *one = &all->items[i];
		if (!is_wanted(one, opts)) {
			continue;
		}
		buf_addf(&app->out, "%s ", str_same(decl->active, one->entry.name) ? "*" : " ");
		report_cell(&app->out, one->entry.name, width);
		if (one->problem == NULL) {
			buf_addf(&app->out, "  %-5s", variant(&one->scheme));
			add_swatch(app, &one->scheme);
		} else {
			buf_adds(&app->out, "  ");
			buf_add_shown(&app->out, one->problem, strlen(one->problem));
		}
		buf_addc(&app->out, '\n');
	}
}

static int list(struct app *app, const struct theme_opts *opts, const struct theme_decl *decl,
		struct err *err) {
	struct themes_known all;
	if (opts->light && opts->dark) {
		return err_set(err, ERR_USAGE, "--light and --dark don't go together");
	}
	if (themes_known_load(&all, app, err) < 0) {
		return -1;
	}
	(app->global.json ? list_json : list_text)(app, &all, opts, decl);
	themes_known_release(&all);
	return 0;
}

static int show_json(struct app *app, const struct theme_known *one, const struct theme_decl *decl,
		struct err *err) {
	struct themes_known all;
	struct json json;
	if (themes_known_load(&all, app, err) < 0) {
		return -1;
	}
	json_init(&json, &app->out);
	json_open_object(&json, NULL);
	json_number(&json, "schema", REPORT_SCHEMA);
	json_open_array(&json, "themes");
	theme_json(&json, app, &all, one, decl);
	json_close_array(&json);
	json_close_object(&json);
	themes_known_release(&all);
	return 0;
}

static int show(struct app *app, const char *name, const struct theme_decl *decl, struct err *err) {
	struct theme_known one = {0};
	if (theme_find(&one.entry, name, &app->facts, &app->arena, err) < 0) {
		return -1;
	}
	theme_known_read(&one, app);
	if (one.problem != NULL) {
		return err_set(err, ERR_FAILED, "%s", one.problem);
	}
	if (app->global.json) {
		return show_json(app, &one, decl, err);
	}
	const struct scheme *scheme = &one.scheme;
	buf_adds(&app->out, app->paint->bold);
	buf_add_shown(&app->out, name, strlen(name));
	buf_addf(&app->out, "%s%s\n", app->paint->off,
			str_same(decl->active, name) ? " (active)" : "");
	const struct {
		const char *name, *value;
	} rows[] = {
		{"title", scheme->name}, {"author", scheme->author}, {"system", scheme->system},
		{"variant", variant(scheme)}, {"scheme", one.entry.scheme},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_addf(&app->out, "  %-10s", rows[i].name);
		buf_add_shown(&app->out, rows[i].value, strlen(rows[i].value));
		buf_addc(&app->out, '\n');
	}
	for (size_t i = 0; i < SCHEME_BASES; i++) {
		struct color color = scheme->base[i];
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
 * The one behind the active one, in the order of names, and round again. One that can't be shown is
 * passed over: whoever has this on a key would never get past it.
 */
static int next_name(const char **ret, struct app *app, const char *active, struct err *err) {
	struct theme_entries entries;
	if (themes_list(&entries, &app->facts, &app->arena, err) < 0) {
		return -1;
	}
	size_t count = entries.count, first = 0;
	while (active != NULL && first < count && strcmp(entries.items[first].name, active) <= 0) {
		first++;
	}
	*ret = NULL;
	for (size_t i = 0; *ret == NULL && i < count; i++) {
		struct theme_known one = {.entry = entries.items[(first + i) % count]};
		theme_known_read(&one, app);
		if (one.problem == NULL) {
			*ret = one.entry.name;
		} else {
			app_note(app, "'%s' is passed over: %s", one.entry.name, one.problem);
		}
	}
	theme_entries_release(&entries);
	if (*ret == NULL) {
		(void)err_set(err, ERR_FAILED, "there is no theme to show in '%s/themes'", app->facts.profile);
		return -1;
	}
	return 0;
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

enum verb { DARK, IMPORT, LIGHT, LIST, NEXT, SET, SHOW, TOGGLE, NVERBS };

static int run(struct app *app, const struct theme_opts *opts, enum verb verb, const char *name,
		const struct registry *registry, struct err *err) {
	const struct theme_decl *decl = &registry->theme;
	if (verb == LIST) {
		return list(app, opts, decl, err);
	}
	if (verb == SHOW) {
		name = name != NULL ? name : decl->active;
		return name != NULL ? show(app, name, decl, err)
				    : err_set(err, ERR_FAILED, "the registry names no theme");
	}
	int result = 0;
	if (verb == NEXT) {
		result = next_name(&name, app, decl->active, err);
	} else {
		result = themes_known_turn(&name, app, decl,
				verb == DARK ? TURN_DARK : verb == LIGHT ? TURN_LIGHT : TURN_OVER, err);
	}
	return result < 0 ? -1 : set(app, name, opts, err);
}

static int load_and_run(struct app *app, const struct theme_opts *opts, enum verb verb,
		const char *name, struct err *err) {
	struct view view;
	if (view_load(&view, app, NULL, err) < 0) {
		return -1;
	}
	int result = run(app, opts, verb, name, &view.registry, err);
	view_release(&view);
	return result;
}

int cmd_theme(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	static const struct {
		const char *name;
		int least, most; /* arguments */
	} verbs[NVERBS] = {
		[DARK] = {"dark", 0, 0}, [IMPORT] = {"import", 1, 1}, [LIGHT] = {"light", 0, 0},
		[LIST] = {"list", 0, 0}, [NEXT] = {"next", 0, 0}, [SET] = {"set", 1, 1},
		[SHOW] = {"show", 0, 1}, [TOGGLE] = {"toggle", 0, 0},
	};
	const char *word = argc > 1 ? argv[1] : "list";
	enum verb verb = 0;
	while (verb < NVERBS && !streq(word, verbs[verb].name)) {
		verb++;
	}
	if (verb == NVERBS) {
		(void)err_set(err, ERR_USAGE, "'lumina theme' knows list, show, set, next, light, dark, toggle "
					      "and import, not '%s'", word);
		err_hint(err, "lumina theme --help");
		return -1;
	}
	int given = argc > 2 ? argc - 2 : 0;
	if (given < verbs[verb].least || given > verbs[verb].most) {
		return err_set(err, ERR_USAGE, verbs[verb].least > 0
				? "'lumina theme %s' takes one argument"
				: verbs[verb].most > 0 ? "'lumina theme %s' takes one name, or none"
						       : "'lumina theme %s' takes no argument", word);
	}
	const struct theme_opts *theme_opts = opts;
	if ((theme_opts->light || theme_opts->dark) && verb != LIST) {
		return err_set(err, ERR_USAGE, "--light and --dark are options of 'lumina theme list'");
	}
	/* Both look for themselves, and need to know nothing before. */
	if (verb == IMPORT || verb == SET) {
		return (verb == SET ? set : import)(app, argv[2], opts, err);
	}
	return load_and_run(app, opts, verb, given > 0 ? argv[2] : NULL, err);
}
