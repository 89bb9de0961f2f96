/* SPDX-License-Identifier: MIT */
#include "cmd/diff.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/path.h"
#include "cmd/view.h"
#include "report/report.h"
#include "sys/proc.h"

struct diffing {
	struct app *app;
	const struct view *view;
	struct json json;
};

/* "~/.zshrc" or "zsh/zshrc (profile)", fit for the head of a diff. */
static const char *label(struct arena *arena, const char *path, const char *behind) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	buf_add_shown(&text, path, strlen(path));
	return arena_printf(arena, "--label=%s%s", text.data, behind);
}

/* For a terminal: coloured by us, and control characters of the files shown, not sent. */
static void add_for_terminal(struct app *app, const struct buf *text) {
	const struct paint *paint = app->paint;
	for (const char *line = text->data; *line != '\0';) {
		const char *end = strchr(line, '\n');
		size_t n = end != NULL ? (size_t)(end - line) : strlen(line);
		buf_adds(&app->out, line[0] == '-' ? paint->red
						: line[0] == '+' ? paint->green
						: line[0] == '@' ? paint->cyan
								 : "");
		for (size_t i = 0; i < n;) {
			const char *tab = memchr(line + i, '\t', n - i);
			size_t run = tab != NULL ? (size_t)(tab - line) - i : n - i;
			buf_add_shown(&app->out, line + i, run);
			buf_adds(&app->out, tab != NULL ? "\t" : "");
			i += run + (tab != NULL);
		}
		buf_addf(&app->out, "%s\n", paint->off);
		line += n + (end != NULL);
	}
}

static int run_diff(struct app *app, const struct place *place, struct buf *out,
		struct err *err) {
	const char *target = path_from_home(place->path, app->facts.home, &app->arena);
	const char *argv[12];
	size_t count = 0;
	struct stat info;
	if (stat(target, &info) < 0) {
		return err_sys(err, "cannot look at '%s'", place->path);
	}
	argv[count++] = "diff";
	argv[count++] = "--unified";
	argv[count++] = "--color=never";
	if (S_ISDIR(info.st_mode)) {
		argv[count++] = "--recursive";
		argv[count++] = "--new-file";
		argv[count++] = "--no-dereference";
	} else {
		argv[count++] = label(&app->arena, place->path, "");
		argv[count++] = label(&app->arena, place->want->source, " (profile)");
	}
	argv[count++] = "--";
	argv[count++] = target;
	argv[count++] = want_text(place->want, app->facts.profile, &app->arena);
	argv[count] = NULL;
	struct proc diff = {.argv = argv, .umask = app->facts.umask, .capture = out};
	int code;
	if (proc_run(&diff, &code, err) < 0) {
		return -1;
	}
	/* 0: the same, 1: they differ; otherwise it has said why. */
	return code <= 1 ? 0 : err_set(err, ERR_FAILED, "cannot compare '%s'", place->path);
}

/* Two files, or two folders: a pipe would hang diff(1), and nothing has no content. */
static bool is_comparable(const char *target, const char *source) {
	struct stat left, right;
	if (stat(target, &left) < 0 || stat(source, &right) < 0) {
		return false;
	}
	return (S_ISREG(left.st_mode) && S_ISREG(right.st_mode)) ||
			(S_ISDIR(left.st_mode) && S_ISDIR(right.st_mode));
}

/* Fills `text` if the two can be compared. */
static int compare(struct app *app, const struct place *place, struct buf *text,
		bool *ret_comparable, struct err *err) {
	const char *target = path_from_home(place->path, app->facts.home, &app->arena);
	const char *source = want_text(place->want, app->facts.profile, &app->arena);
	*ret_comparable = is_comparable(target, source);
	return *ret_comparable ? run_diff(app, place, text, err) : 0;
}

int diff_show(struct app *app, const struct place *place, struct err *err) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	bool comparable;
	if (compare(app, place, &text, &comparable, err) < 0) {
		return -1;
	}
	if (!comparable || place->seen.kind == STAMP_LINK) {
		app_note(app, "at '%s' stands %s; the source is '%s'%s", place->path,
				stamp_describe(&place->seen, &app->arena), place->want->source,
				comparable ? "" : ": they can't be compared");
	}
	if (isatty(STDOUT_FILENO) || app->paint == &paint_ansi) {
		add_for_terminal(app, &text);
	} else {
		buf_add(&app->out, text.data, text.len);
	}
	return 0;
}

static int diff_one(struct diffing *diffing, const struct place *place, struct err *err) {
	struct app *app = diffing->app;
	struct buf text _cleanup_buf_ = BUF_INIT;
	bool comparable;
	if (!app->global.json) {
		return diff_show(app, place, err);
	}
	if (compare(app, place, &text, &comparable, err) < 0) {
		return -1;
	}
	json_open_object(&diffing->json, NULL);
	json_string(&diffing->json, "target", place->path);
	json_string(&diffing->json, "path",
			path_from_home(place->path, app->facts.home, &app->arena));
	json_string(&diffing->json, "source", place->want->source);
	json_string(&diffing->json, "what", stamp_describe(&place->seen, &app->arena));
	json_string(&diffing->json, "diff", text.data);
	json_close_object(&diffing->json);
	return 0;
}

const struct place *diff_find_place(const struct view *view, const char *path) {
	for (size_t i = 0; i < view->places.count; i++) {
		if (view->places.items[i].want != NULL &&
				streq(view->places.items[i].path, path)) {
			return &view->places.items[i];
		}
	}
	return NULL;
}

static int diff_named(struct diffing *diffing, int argc, char **argv, struct err *err) {
	for (int i = 1; i < argc; i++) {
		const char *path;
		if (app_target(diffing->app, argv[i], &diffing->app->arena, &path, err) < 0) {
			return -1;
		}
		const struct place *place = diff_find_place(diffing->view, path);
		if (place == NULL) {
			return err_set(err, ERR_FAILED, "'%s' is not declared in the registry",
					path);
		}
		if (!place->seen.right && diff_one(diffing, place, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int diff_conflicts(struct diffing *diffing, struct err *err) {
	const struct plan *plan = &diffing->view->plan;
	for (size_t i = 0; i < plan->conflicts.count; i++) {
		const struct conflict *conflict = &plan->conflicts.items[i];
		const struct place *place = diff_find_place(diffing->view, conflict->path);
		bool stands = conflict->kind == CONFLICT_FOREIGN ||
				conflict->kind == CONFLICT_DETACHED;
		if (stands && place != NULL && diff_one(diffing, place, err) < 0) {
			return -1;
		}
	}
	return 0;
}

int cmd_diff(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	(void)opts;
	struct view view;
	(void)view_note_interrupted(app);
	if (view_load(&view, app, NULL, err) < 0) {
		return -1;
	}
	struct diffing diffing = {.app = app, .view = &view};
	json_init(&diffing.json, &app->out);
	if (app->global.json) {
		json_open_object(&diffing.json, NULL);
		json_number(&diffing.json, "schema", REPORT_SCHEMA);
		json_string(&diffing.json, "command", "diff");
		json_open_array(&diffing.json, "diffs");
	}
	int result = argc > 1 ? diff_named(&diffing, argc, argv, err)
			      : diff_conflicts(&diffing, err);
	if (app->global.json) {
		json_close_array(&diffing.json);
		json_close_object(&diffing.json);
	}
	if (result < 0) {
		buf_clear(&app->out);
	}
	view_release(&view);
	return result;
}
