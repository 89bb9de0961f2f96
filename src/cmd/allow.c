/* SPDX-License-Identifier: MIT */

/* allow and deny: what a project may do in the person's shell. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/path.h"
#include "base/vec.h"
#include "base/when.h"
#include "cmd/change.h"
#include "cmd/review.h"
#include "flow/detect.h"
#include "flow/index.h"
#include "flow/project.h"
#include "flow/session.h"
#include "flow/trust.h"
#include "sys/folder.h"

struct names {
	const char **items; /* NULL-terminated */
	size_t count, room;
};

struct review_of {
	struct missions missions;
	struct detected detected; /* from the root */
	struct trust_root root;
	struct project project;
	/* The person's own: what is pinned in this terminal, and what holds without; or NULL. */
	const struct mission *pinned, *own;
	struct names names;
	struct trust_files files;
};

/* --- which project ------------------------------------------------------------------------- */

/* The real path of the folder that an argument names; of a file, that of its folder. */
static const char *real_folder(struct app *app, const char *argument) {
	_cleanup_close_ int fd = open(argument, O_PATH | O_CLOEXEC);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0) {
		return NULL;
	}
	const char *real = folder_real_path(fd, &app->arena);
	if (real == NULL || S_ISDIR(info.st_mode)) {
		return real;
	}
	const char *name = path_name(real);
	return name - real > 1 ? arena_strndup(&app->arena, real, (size_t)(name - real) - 1) : "/";
}

static const char *folder_of(struct app *app, int argc, char **argv, struct err *err) {
	const char *argument = argc > 1 ? argv[1] : ".";
	const char *real = real_folder(app, argument);
	if (real == NULL) {
		(void)err_sys(err, "cannot open the folder '%s'", argument);
	}
	return real;
}

/* For decisions about projects that are gone: the path as it is spelled, if need be. */
static const char *path_of(struct app *app, int argc, char **argv, struct err *err) {
	const char *argument = argc > 1 ? argv[1] : ".";
	const char *real = real_folder(app, argument);
	if (real != NULL || errno != ENOENT) {
		return real != NULL ? real : folder_of(app, argc, argv, err);
	}
	if (argument[0] != '/') {
		const char *here = real_folder(app, ".");
		if (here == NULL) {
			(void)err_sys(err, "cannot tell the present folder");
			return NULL;
		}
		argument = path_join(here, argument, &app->arena);
	}
	return path_fold_absolute(argument, &app->arena);
}

/* The person's missions; none where the registry has errors, or where there is no profile. */
static void load_missions(struct app *app, struct missions *ret) {
	struct index index;
	struct err ignored = {0};
	*ret = (struct missions){0};
	if ((index_open(&index, &app->facts, &app->arena) == INDEX_GOOD && index_is_current(&index)) ||
			index_build(&index, &app->facts, 0, &app->arena, &ignored) == 0) {
		*ret = index.missions;
	}
	err_release(&ignored);
}

static const struct mission *find_pinned(struct app *app, const struct missions *missions) {
	struct session session;
	session_load(&session, &app->facts, &app->arena);
	for (size_t i = 0; session.pin != NULL && i < missions->count; i++) {
		if (streq(missions->items[i].name, session.pin)) {
			return &missions->items[i];
		}
	}
	return NULL;
}

static bool reads_project(const struct mission *mission) {
	return mission != NULL && (mission->dotenv != NULL || mission->nix != NULL);
}

static bool detect_in(struct app *app, struct review_of *of, const char *folder) {
	struct err ignored = {0};
	int result = detect(&of->detected, folder, &of->missions, app->facts.home, app->facts.uid,
			&app->arena, &ignored);
	err_release(&ignored);
	return result == 0 && of->detected.root != NULL;
}

/* The folder where the walk ended, for it to be refused with the reason; or NULL. */
static const char *find_unfit(struct app *app, const struct detected *detected) {
	bool unfit = detected->stop == DETECT_OWNER || detected->stop == DETECT_WRITABLE;
	struct stat info;
	return unfit && detected->stop_at != NULL &&
					fstatat(AT_FDCWD, path_join(detected->stop_at, TRUST_PROJECT_FILE,
									  &app->arena), &info,
							AT_SYMLINK_NOFOLLOW) == 0
			? detected->stop_at
			: NULL;
}

/*
 * The project that a folder is in, as the flow finds it, if there is anything to allow
 * in it (where a pinned mission reads files, the folder itself may be one); else the nearest one further up with a file of its own. NULL: none.
 */
static const char *find_root(struct app *app, struct review_of *of, const char *folder) {
	load_missions(app, &of->missions);
	of->pinned = find_pinned(app, &of->missions);
	bool found = detect_in(app, of, folder);
	if (reads_project(of->pinned) && of->detected.dir != NULL) {
		return found ? of->detected.root : of->detected.dir; /* it holds anywhere */
	}
	if (!found) {
		return find_unfit(app, &of->detected);
	}
	if (of->detected.project_file || reads_project(of->detected.mission)) {
		return of->detected.root;
	}
	const char *outer = of->detected.outer != NULL ? of->detected.outer[0] : NULL;
	if (outer == NULL) {
		return NULL;
	}
	folder = arena_strndup(&app->arena, outer, (size_t)(path_name(outer) - outer) - 1);
	return detect_in(app, of, folder) ? of->detected.root : NULL;
}

/* --- showing ------------------------------------------------------------------------------- */

static size_t terminal_width(void) {
	struct winsize size;
	if (!isatty(STDOUT_FILENO)) {
		return 0;
	}
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* What a mission of the person's own reads here. */
static void show_own(const struct review *review, const struct mission *own, const char *when) {
	if (!reads_project(own)) {
		return;
	}
	buf_adds(review->out, "and your mission '");
	buf_add_shown(review->out, own->name, strlen(own->name));
	buf_addf(review->out, "%s\n", when);
	review_mission(review, &(struct mission){.dotenv = own->dotenv, .nix = own->nix,
							.direnv = -1});
}

static void show(struct app *app, const struct review_of *of) {
	struct review review = {.out = &app->out, .paint = app->paint, .width = terminal_width()};
	struct buf *out = &app->out;
	for (size_t i = 0; i < of->files.count; i++) {
		review_file(&review, &of->files.items[i]);
	}
	buf_addf(out, "\n%s", app->paint->bold);
	buf_add_shown(out, of->root.path, strlen(of->root.path));
	buf_addf(out, "%s: %zu file%s, %zu line%s\n", app->paint->off, of->files.count,
			of->files.count == 1 ? "" : "s", review.lines, review.lines == 1 ? "" : "s");
	if (review.hidden > 0) {
		buf_addf(out, "  %s%zu character%s that can't be seen%s, written as \\t, \\e, \\xHH, "
				"\\u{HEX}; %zu line%s marked with '!'\n", app->paint->red,
				review.hidden, review.hidden == 1 ? "" : "s", app->paint->off,
				review.marked, review.marked == 1 ? "" : "s");
	}
	if (of->project.consented != NULL) {
		review_mission(&review, of->project.consented);
	}
	show_own(&review, of->pinned, "' as long as it is pinned");
	show_own(&review, of->own != of->pinned ? of->own : NULL, "' here");
}

static void begin_json(struct json *json, struct app *app, const char *command) {
	json_init(json, &app->out);
	json_open_object(json, NULL);
	json_number(json, "schema", REPORT_SCHEMA);
	json_string(json, "command", command);
}

static void json_files(struct json *json, const struct trust_files *files) {
	json_open_array(json, "files");
	for (size_t i = 0; i < files->count; i++) {
		json_string(json, NULL, files->items[i].name);
	}
	json_close_array(json);
}

/* The end of a command that decided something. */
static void say_done(struct app *app, const char *command, const char *word, const char *path,
		const struct trust_files *files) {
	struct json json;
	if (app->global.json) {
		begin_json(&json, app, command);
		json_string(&json, "path", path);
		json_string(&json, "result", word);
		if (files != NULL) {
			json_files(&json, files);
		}
		json_close_object(&json);
	} else if (!app->global.quiet) {
		buf_addf(&app->out, "%s: ", word);
		buf_add_shown(&app->out, path, strlen(path));
		buf_addc(&app->out, '\n');
	}
}

static void say_aside(const struct app *app, const char *aside) {
	if (aside != NULL) {
		app_warn(app, "what stood in the place of the store, or of a record, was none; it is now "
			      "'%s'", aside);
	}
}

/* --- what consent has to hold for ---------------------------------------------------------- */

static void add_names(struct names *names, const struct mission *mission) {
	for (size_t i = 0; mission->dotenv != NULL && mission->dotenv[i] != NULL; i++) {
		VEC_ADD(names, mission->dotenv[i]);
	}
	if (mission->nix != NULL) {
		VEC_ADD(names, "flake.nix");
		VEC_ADD(names, "flake.lock");
	}
}

static int read_project(struct app *app, struct review_of *of, struct err *err) {
	struct diags diags = {.arena = &app->arena};
	struct source source = {
		.path = path_join(of->root.path, TRUST_PROJECT_FILE, &app->arena),
		.bytes = of->root.project.bytes,
		.size = (uint32_t)of->root.project.size,
	};
	source.name = source.path;
	if (source.bytes == NULL) {
		return 0;
	}
	int result = project_propose(&of->project, &source, &app->arena, &diags);
	if (result < 0) {
		/* Nothing of it is ever used; but what is in there wants to be seen. */
		of->files = (struct trust_files){.items = {of->root.project}, .count = 1};
		if (!app->global.json && !app->global.quiet) {
			show(app, of);
			(void)app_flush(app, err);
		}
		struct buf text _cleanup_buf_ = BUF_INIT;
		diags_render(&diags, app->paint_err, &text);
		app_stderr(&text);
		(void)err_exit(err, 2);
	}
	source_release(&source);
	return result;
}

/*
 * Reads all that consent is asked for. What the person's own missions read here belongs
 * to it as well as what the project's file names; of two, so that it still holds when the
 * pin is released.
 */
static int read_all(struct app *app, struct review_of *of, struct err *err) {
	if (trust_open(&of->root, of->root.path, app->facts.uid, &app->arena, err) < 0 ||
			(of->root.unfit == NULL && read_project(app, of, err) < 0)) {
		return -1;
	}
	of->own = detect_choose(&of->detected, &of->missions, of->project.mission);
	if (of->project.consented != NULL) {
		add_names(&of->names, of->project.consented);
	}
	if (of->own != NULL) {
		add_names(&of->names, of->own);
	}
	if (of->pinned != NULL) {
		add_names(&of->names, of->pinned);
	}
	VEC_ADD(&of->names, NULL);
	return trust_read(&of->root, of->names.items, &of->files, err);
}

/* --- allow --------------------------------------------------------------------------------- */

static int ask(struct app *app, const struct review_of *of, bool yes, struct err *err) {
	static const char hint[] = "if that is meant: lumina allow --yes";
	bool silent = app->global.json || (yes && app->global.quiet);
	if (!silent) {
		show(app, of);
	}
	if (yes) {
		return 0;
	}
	/* Where it isn't seen, there is nothing to agree to. */
	if (app->global.json || !isatty(STDOUT_FILENO)) {
		(void)err_set(err, ERR_REFUSED, app->global.json
				? "a document leaves no room for a question; nothing was changed"
				: "nobody is here to be asked; nothing was changed");
		err_hint(err, "%s", hint);
		return -1;
	}
	return change_consent(app, "the project may then use what stands above, as it is now", hint,
			err);
}

static void warn_if_changed(const struct app *app, const struct review_of *of) {
	struct trust_root root;
	const struct approved *approved;
	struct err ignored = {0};
	if (trust_open(&root, of->root.path, app->facts.uid, of->root.arena, &ignored) == 0 &&
			trust_check(&root, app->facts.state, of->names.items, &approved) !=
					TRUST_ALLOWED) {
		app_warn(app, "it has changed meanwhile: %s; only what was shown is allowed",
				root.why != NULL ? root.why : "it is no more what it was");
	}
	trust_close(&root);
	err_release(&ignored);
}

static int allow_root(struct app *app, struct review_of *of, bool yes, struct err *err) {
	const struct approved *approved;
	if (read_all(app, of, err) < 0) {
		return -1;
	}
	enum trust trust = trust_check(&of->root, app->facts.state, of->names.items, &approved);
	if (trust == TRUST_ALLOWED) {
		say_done(app, "allow", "allowed already", of->root.path, &of->files);
		return 0;
	}
	if (trust == TRUST_NONE && of->root.why != NULL) {
		app_warn(app, "%s; nothing in it counts", of->root.why);
	}
	const char *aside = NULL;
	if (ask(app, of, yes, err) < 0 || trust_allow(&of->root, &of->files, time(NULL),
							app->facts.state, &aside, err) < 0) {
		return -1;
	}
	say_aside(app, aside);
	warn_if_changed(app, of);
	say_done(app, "allow", "allowed", of->root.path, &of->files);
	return 0;
}

static int allow(struct app *app, bool yes, int argc, char **argv, struct err *err) {
	const char *folder = folder_of(app, argc, argv, err);
	if (folder == NULL) {
		return -1;
	}
	struct review_of of = {.root.dir = -1};
	of.root.path = find_root(app, &of, folder);
	if (of.root.path == NULL) {
		return err_set(err, ERR_FAILED, "nothing to allow: no '" TRUST_PROJECT_FILE "' in '%s' "
						"or above, and no mission that reads files there", folder);
	}
	int result = allow_root(app, &of, yes, err);
	trust_close(&of.root);
	VEC_RELEASE(&of.names);
	return result;
}

/* --- list ---------------------------------------------------------------------------------- */

/* What a decision is worth today. */
static const char *verdict(struct app *app, const struct trust_record *record,
		const char **ret_why) {
	const struct approved *approved;
	struct trust_root root;
	struct err err = {0};
	*ret_why = NULL;
	if (trust_open(&root, record->path, app->facts.uid, &app->arena, &err) < 0) {
		*ret_why = arena_strdup(&app->arena, err.text);
		err_release(&err);
		return record->denied ? "denied" : "gone";
	}
	enum trust trust = trust_check(&root, app->facts.state, NULL, &approved);
	*ret_why = root.why;
	trust_close(&root);
	return trust_name(trust);
}

static void list_one(struct app *app, const struct trust_record *record, struct json *json) {
	const char *why;
	const char *word = verdict(app, record, &why);
	if (json != NULL) {
		json_open_object(json, NULL);
		json_string(json, "path", record->path);
		json_string(json, "state", word);
		json_string(json, "why", why);
		json_string(json, "time", when_utc((time_t)record->time, "%Y-%m-%dT%H:%M:%SZ").text);
		json_files(json, &record->files);
		json_close_object(json);
		return;
	}
	buf_addf(&app->out, "%-8s %s  ", word,
			when_local((time_t)record->time, "%Y-%m-%d %H:%M").text);
	buf_add_shown(&app->out, record->path, strlen(record->path));
	if (why != NULL && !streq(word, "denied")) {
		buf_adds(&app->out, "  (");
		buf_add_shown(&app->out, why, strlen(why));
		buf_addc(&app->out, ')');
	}
	buf_addc(&app->out, '\n');
}

static int list(struct app *app, struct err *err) {
	struct trust_records records;
	struct json json;
	if (trust_records_list(&records, app->facts.state, app->facts.uid, &app->arena, err) < 0) {
		return -1;
	}
	if (app->global.json) {
		begin_json(&json, app, "allow");
		json_open_array(&json, "projects");
	}
	for (size_t i = 0; i < records.count; i++) {
		list_one(app, &records.items[i], app->global.json ? &json : NULL);
	}
	if (app->global.json) {
		json_close_array(&json);
		json_close_object(&json);
	}
	for (size_t i = 0; i < records.damaged.count; i++) {
		app_warn(app, "%s; nothing in it counts", records.damaged.items[i]);
	}
	trust_records_release(&records);
	return 0;
}

/* --- revoke and deny ----------------------------------------------------------------------- */

/* The root of the project that a folder is in, else the folder. */
static const char *decided_path(struct app *app, int argc, char **argv, struct err *err) {
	struct review_of of = {.root.dir = -1};
	const char *path = path_of(app, argc, argv, err);
	const char *root = path != NULL ? find_root(app, &of, path) : NULL;
	return root != NULL ? root : path;
}

static int take_back(struct app *app, int argc, char **argv, struct err *err) {
	const char *path = decided_path(app, argc, argv, err);
	bool was = false;
	if (path == NULL || trust_record_remove(app->facts.state, path, app->facts.uid, &app->arena,
					    &was, err) < 0) {
		return -1;
	}
	if (!was) {
		return err_set(err, ERR_FAILED, "nothing was decided about '%s'", path);
	}
	say_done(app, "allow", "revoked", path, NULL);
	return 0;
}

int cmd_allow(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct allow_opts *options = opts;
	if (argc > (options->list ? 1 : 2)) {
		return err_set(err, ERR_USAGE, options->list ? "--list takes no folder"
							      : "only one folder can be given");
	}
	if (options->list && options->revoke) {
		return err_set(err, ERR_USAGE, "--list and --revoke exclude each other");
	}
	if (options->list) {
		return list(app, err);
	}
	if (facts_check_owner(&app->facts, err) < 0) {
		return -1;
	}
	return options->revoke ? take_back(app, argc, argv, err)
			       : allow(app, options->yes, argc, argv, err);
}

int cmd_deny(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	(void)opts;
	const char *aside = NULL;
	if (argc > 2) {
		return err_set(err, ERR_USAGE, "only one folder can be given");
	}
	if (facts_check_owner(&app->facts, err) < 0) {
		return -1;
	}
	const char *path = decided_path(app, argc, argv, err);
	if (path == NULL || trust_deny(path, app->facts.uid, time(NULL), app->facts.state, &app->arena,
					    &aside, err) < 0) {
		return -1;
	}
	say_aside(app, aside);
	say_done(app, "deny", "denied", path, NULL);
	return 0;
}
