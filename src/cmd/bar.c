/* SPDX-License-Identifier: MIT */

/*
 * What a module of the bar shows: the `exec` of Waybar's custom modules, once for each
 * module and output. Whatever goes wrong, it is nothing, and the bar hides the module. It
 * looks at the desk's file, the index and the compositor, never into a project.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "cmd/cmd.h"
#include "desk/follow.h"
#include "desk/hyprland.h"
#include "desk/instance.h"
#include "desk/ipc.h"
#include "desk/waybar.h"
#include "flow/index.h"
#include "report/report.h"
#include "sys/limit.h"
#include "sys/proc.h"

enum {
	DEADLINE_MS = 50,
	TELL_MS = 400,     /* of --tell, from its start to its end */
	TELL_LOCK_MS = 200,
	TEXT_MAX = 64,     /* characters, as of a label: a long text would widen the bar */
	TIP_MAX = 512,
};

struct bar {
	struct desk desk;
	struct missions missions;
	bool knows; /* them: there is an index */
	struct instance at;
	bool on_hyprland;
};

/* --- what there is ------------------------------------------------------------------------- */

static void load(struct bar *bar, struct app *app) {
	struct index index;
	desk_load(&bar->desk, &app->facts, &app->arena);
	bar->on_hyprland = instance_is_likely(&app->facts) &&
			instance_find(&bar->at, &app->facts, &app->arena);
	if (bar->on_hyprland && (bar->desk.signature == NULL ||
				!streq(bar->desk.signature, bar->at.signature))) {
		bar->desk = (struct desk){0}; /* another login's */
	}
	bar->knows = index_open(&index, &app->facts, &app->arena) == INDEX_GOOD && !index.broken;
	bar->missions = bar->knows ? index.missions : (struct missions){0};
}

/* --- what shows ---------------------------------------------------------------------------- */

/* In missions a custom module has its full name, or just ours. */
static const char *module_of(const char *name, const struct bar *bar, struct arena *arena) {
	const char *full = arena_printf(arena, "custom/%s", name);
	if (streq(name, "mission")) {
		return name;
	}
	for (size_t i = 0; i < bar->missions.count; i++) {
		const char *const *lists[] = {bar->missions.items[i].show, bar->missions.items[i].hide};
		for (size_t j = 0; j < sizeof(lists) / sizeof(lists[0]); j++) {
			for (const char *const *word = lists[j]; word != NULL && *word != NULL; word++) {
				if (streq(*word, full)) {
					return full;
				}
			}
		}
	}
	return name;
}

static bool shows(const char *module, const struct workspace *workspace, const struct bar *bar) {
	if (streq(module, "mission")) {
		return workspace != NULL && workspace->mission != NULL;
	}
	return waybar_shows(module, workspace, &bar->missions);
}

/* Would a module say the same, whichever of the two is shown? */
static bool says_same(const char *module, const struct workspace *a, const struct workspace *b,
		const struct bar *bar) {
	static const struct workspace none;
	bool shown = shows(module, a, bar);
	a = a != NULL ? a : &none;
	b = b != NULL ? b : &none;
	return shown == shows(module, b, bar) &&
			(!shown || (str_same(a->mission, b->mission) && str_same(a->label, b->label) &&
						   str_same(a->root, b->root)));
}

/* False where it can't be told which workspace is shown; *ret is NULL for one without mission. */
static bool find_shown(const struct workspace **ret, const char *module, struct bar *bar,
		const char *output, struct arena *arena) {
	bool same = true, several = false;
	for (size_t i = 0; i < bar->desk.count; i++) {
		same = same && says_same(module, NULL, &bar->desk.items[i], bar);
	}
	*ret = NULL;
	if (same) {
		return true; /* no need to ask */
	}
	if (bar->on_hyprland && bar->desk.failures >= DESK_FAILURES_MAX) {
		return false; /* it rests */
	}
	if (bar->on_hyprland) {
		long id = hyprland_visible(&bar->desk, &bar->at, output, DEADLINE_MS * ipc_scale(), arena);
		*ret = desk_find(&bar->desk, id);
		return id > 0;
	}
	*ret = waybar_shown(&bar->desk, output);
	for (size_t i = 0; i < bar->desk.count; i++) {
		const struct workspace *other = &bar->desk.items[i];
		several |= other != *ret && !other->hidden && other->output != NULL &&
				(output == NULL || streq(other->output, output)) &&
				!says_same(module, *ret, other, bar);
	}
	return *ret != NULL && !several;
}

/* --- its text ------------------------------------------------------------------------------ */

static void add_character(struct buf *out, const char *bytes, size_t n) {
	static const struct {
		char character;
		const char *entity;
	} rows[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"},
			{'\\', "\\\\"}};
	struct buf shown _cleanup_buf_ = BUF_INIT;
	buf_add_shown(&shown, bytes, n);
	for (size_t i = 0; n == 1 && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (bytes[0] == rows[i].character) {
			buf_adds(out, rows[i].entity);
			return;
		}
	}
	if (shown.len == n && memcmp(shown.data, bytes, n) == 0) {
		buf_add(out, bytes, n);
	} else if (n == 1 && (*bytes == '\t' || *bytes == '\n')) {
		buf_addc(out, ' ');
	} /* else it does something to a terminal, or can't be seen */
}

/* Into a string of JSON that is read as Pango's markup, whatever the bytes are. */
static void add_text(struct buf *out, const char *text, unsigned limit) {
	static const char instead[] = "\xef\xbf\xbd", more[] = "\xe2\x80\xa6"; /* U+FFFD, U+2026 */
	size_t left = strlen(text);
	for (unsigned i = 0; left > 0; i++) {
		uint32_t code;
		size_t n = utf8_decode(text, left, &code);
		if (i == limit) {
			buf_adds(out, more);
			return;
		}
		if (n == 0) {
			buf_adds(out, instead);
			n = 1;
		} else {
			add_character(out, text, n);
		}
		text += n;
		left -= n;
	}
}

/* For style sheets: ".NAME". */
static void add_class(struct buf *out, const char *name) {
	for (size_t i = 0; name[i] != '\0' && i < TEXT_MAX; i++) {
		char c = name[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
				(c >= '0' && c <= '9') || c == '_';
		buf_add(out, plain ? &c : "-", 1);
	}
}

static void add_answer(struct buf *out, const char *name, const struct workspace *workspace) {
	static const struct workspace none;
	const struct workspace *at = workspace != NULL ? workspace : &none;
	const char *label = at->label != NULL ? at->label : at->mission;
	buf_adds(out, "{\"text\": \"");
	add_text(out, streq(name, "mission") && label != NULL ? label : name, TEXT_MAX);
	if (at->mission != NULL) {
		buf_adds(out, "\", \"alt\": \"");
		add_text(out, at->mission, TIP_MAX);
		buf_adds(out, "\", \"class\": \"");
		add_class(out, at->mission);
		buf_adds(out, "\", \"tooltip\": \"");
		add_text(out, at->mission, TIP_MAX);
		if (!streq(label, at->mission)) {
			buf_adds(out, ": ");
			add_text(out, label, TIP_MAX);
		}
		if (at->root != NULL) {
			buf_adds(out, "\\n");
			add_text(out, at->root, TIP_MAX);
		}
	}
	buf_adds(out, "\"}\n");
}

/* --- the person's own command -------------------------------------------------------------- */

static int run_command(const struct app *app, const struct bar_opts *opts,
		const struct workspace *workspace, struct err *err) {
	const struct {
		const char *name, *value;
	} rows[] = {
		{"LUMINA_MISSION", workspace != NULL ? workspace->mission : NULL},
		{"LUMINA_LABEL", workspace != NULL ? workspace->label : NULL},
		{"LUMINA_ROOT", workspace != NULL ? workspace->root : NULL},
	};
	const struct proc proc = {
		.argv = (const char *const *)opts->args,
		.umask = app->facts.umask,
	};
	limit_lift(); /* from here on it is the command's matter */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (setenv(rows[i].name, rows[i].value != NULL ? rows[i].value : "", 1) < 0) {
			return err_sys(err, "cannot set %s", rows[i].name);
		}
	}
	return proc_exec(&proc, err);
}

static int show_module(struct app *app, const struct bar_opts *opts, const char *name,
		struct err *err) {
	const char *output = getenv("WAYBAR_OUTPUT_NAME");
	const struct workspace *workspace;
	struct bar bar = {0};
	load(&bar, app);
	const char *module = module_of(name, &bar, &app->arena);
	if (!find_shown(&workspace, module, &bar, output != NULL && output[0] != '\0' ? output : NULL,
			    &app->arena) || !shows(module, workspace, &bar)) {
		return 0;
	}
	if (opts->args != NULL && opts->args[0] != NULL) {
		return run_command(app, opts, workspace, err);
	}
	add_answer(&app->out, name, workspace);
	return 0;
}

/* --- another workspace is shown ------------------------------------------------------------ */

/* What an output shows, as the desk has it from now on; true if that is anything new. */
static bool note_shown(struct desk *desk, const char *output, long id) {
	bool news = false;
	for (size_t i = 0; i < desk->count; i++) {
		struct workspace *one = &desk->items[i];
		bool there = one->output != NULL && streq(one->output, output);
		if (one->id == id) {
			news |= !there || one->hidden;
			one->output = output;
			one->hidden = false;
		} else if (there) {
			news |= !one->hidden;
			one->hidden = true;
		}
	}
	return news;
}

static bool look_at_outputs(struct bar *bar, struct arena *arena) {
	const unsigned ms = IPC_MS * ipc_scale();
	const size_t count = bar->desk.count;
	const char **outputs = arena_zalloc(arena, (count + 1) * sizeof(*outputs));
	size_t noutputs = 0;
	bool news = false;
	for (size_t i = 0; i < count; i++) {
		const char *output = bar->desk.items[i].output;
		size_t known = 0;
		while (output != NULL && known < noutputs && !streq(outputs[known], output)) {
			known++;
		}
		if (output != NULL && known == noutputs) {
			outputs[noutputs++] = output;
		}
		news |= output == NULL; /* can't be told: better once too often */
	}
	for (size_t i = 0; i < noutputs; i++) {
		long id = hyprland_visible(&bar->desk, &bar->at, outputs[i], ms, arena);
		news |= id > 0 && note_shown(&bar->desk, outputs[i], id);
	}
	return news;
}

static void tell_bars(struct app *app) {
	struct bar bar = {0};
	struct err unheard = {0};
	_cleanup_close_ int held = desk_lock(&app->facts, TELL_LOCK_MS * ipc_scale(), &app->arena,
			&unheard);
	load(&bar, app);
	/* Where nobody can be asked what is shown, what the desk says is said again. */
	bool asks = bar.on_hyprland, rests = asks && bar.desk.failures >= DESK_FAILURES_MAX;
	if (held >= 0 && bar.desk.count > 0 && !rests &&
			(!asks || look_at_outputs(&bar, &app->arena))) {
		long id = bar.missions.bar == NULL || !asks ? 0
				: hyprland_visible(&bar.desk, &bar.at, NULL, IPC_MS * ipc_scale(),
						&app->arena);
		const struct workspace other = {.id = id}, *shown = desk_find(&bar.desk, id);
		if (asks) {
			(void)desk_save(&bar.desk, &app->facts, &app->arena, &unheard);
		}
		follow_tell_bar(&bar.desk, shown != NULL ? shown : &other,
				bar.knows ? &bar.missions : NULL, &app->facts,
				&app->arena);
	}
	err_release(&unheard);
}

/* --- for other bars ------------------------------------------------------------------------ */

static void add_modules(struct json *json, const char *key, const char *const *list) {
	json_open_array(json, key);
	for (; list != NULL && *list != NULL; list++) {
		json_string(json, NULL, *list);
	}
	json_close_array(json);
}

static void print_json(struct app *app) {
	struct bar bar = {0};
	struct json json;
	load(&bar, app);
	json_init(&json, &app->out);
	json_open_object(&json, NULL);
	json_number(&json, "schema", REPORT_SCHEMA);
	json_string(&json, "command", "bar");
	json_open_array(&json, "workspaces");
	for (size_t i = 0; i < bar.desk.count; i++) {
		const struct workspace *workspace = &bar.desk.items[i];
		json_open_object(&json, NULL);
		json_number(&json, "id", workspace->id);
		json_string(&json, "output", workspace->output);
		json_string(&json, "mission", workspace->mission);
		json_string(&json, "label", workspace->label);
		json_string(&json, "root", workspace->root);
		add_modules(&json, "show", workspace->show);
		add_modules(&json, "hide", workspace->hide);
		json_close_object(&json);
	}
	json_close_array(&json);
	json_close_object(&json);
}

int cmd_bar(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct bar_opts *options = opts;
	bool whole = options->tell || app->global.json;
	if (argc != (whole ? 1 : 2) || (whole && options->args != NULL) ||
			(options->tell && app->global.json)) {
		return err_set(err, ERR_USAGE, "'lumina bar' takes the name of one module, or --json, or "
					       "--tell");
	}
	limit_set((options->tell ? TELL_MS : DEADLINE_MS) * ipc_scale());
	struct err unheard = {0};
	if (facts_load(&app->facts, &app->arena, &unheard) < 0) {
		err_release(&unheard);
		return 0;
	}
	if (options->tell) {
		tell_bars(app);
	} else if (app->global.json) {
		print_json(app);
	} else {
		return show_module(app, options, argv[1], err);
	}
	return 0;
}
