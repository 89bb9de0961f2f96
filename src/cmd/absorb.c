/* SPDX-License-Identifier: MIT */

/*
 * A program that saves by rename puts a file in the place of our link: the link is
 * detached. absorb keeps the side that the person chooses, or both merged, and links
 * again.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "cmd/change.h"
#include "cmd/diff.h"
#include "cmd/reach.h"
#include "state/peek.h"
#include "sys/file.h"
#include "sys/proc.h"

enum take { TAKE_NONE = -1, TAKE_PROFILE, TAKE_LOCAL, TAKE_MERGE };

struct absorb {
	const struct absorb_opts *opts;
	int argc;
	char **argv;
	enum take take; /* asked once */
	/* Merged contents: files without a name, open until they are copied. */
	struct {
		int *items;
		size_t count, room;
	} merged;
};

static void close_merged(struct absorb *absorb) {
	for (size_t i = 0; i < absorb->merged.count; i++) {
		(void)close(absorb->merged.items[i]);
	}
	absorb->merged.count = 0;
}

/* --- merging ------------------------------------------------------------------------------- */

static int memory_file(const char *name, const struct buf *content, mode_t mode) {
	_cleanup_close_ int fd = memfd_create(name, MFD_CLOEXEC);
	if (fd < 0 || file_write_all(fd, content->data, content->len) < 0 ||
			fchmod(fd, mode) < 0) {
		return -1;
	}
	return steal_fd(&fd);
}

/* Name by which this process, and what it runs, can open it. */
static const char *open_name(int fd, struct arena *arena) {
	return arena_printf(arena, "/proc/%ld/fd/%d", (long)getpid(), fd);
}

static int run_git(struct app *app, const char *const *argv, struct buf *out, int *ret_code,
		struct err *err) {
	struct proc git = {.argv = argv, .umask = app->facts.umask, .capture = out, .quiet = true,
			.git = true};
	return proc_run(&git, ret_code, err);
}

/*
 * What both sides come from: the source, if it is older than the local file, or what
 * Git had of it by then. *ret_fd is -1 if that can't be known.
 */
static int find_base(struct app *app, const struct place *place, const struct partner *source,
		int *ret_fd, struct err *err) {
	struct arena *arena = &app->arena;
	const char *local = path_from_home(place->path, app->facts.home, arena);
	const char *name = peek_open_name(source->path, &app->facts, arena);
	struct statx born;
	struct buf text _cleanup_buf_ = BUF_INIT;
	*ret_fd = -1;
	if (statx(AT_FDCWD, local, AT_SYMLINK_NOFOLLOW, STATX_BTIME | STATX_MTIME, &born) < 0) {
		return err_sys(err, "cannot look at '%s'", place->path);
	}
	bool has_birth = (born.stx_mask & STATX_BTIME) != 0;
	int64_t since = has_birth ? born.stx_btime.tv_sec : born.stx_mtime.tv_sec;
	if (source->seen.mtime / 1000000000 < since) {
		*ret_fd = open(name, O_RDONLY | O_CLOEXEC);
		return *ret_fd < 0 ? err_sys(err, "cannot open '%s'", source->path) : 0;
	}
	int code;
	const char *const last[] = {"git", "-C", app->facts.profile, "log", "-1", "--format=%H",
			arena_printf(arena, "--before=%jd", (intmax_t)since - 1), "--",
			place->want->source, NULL};
	if (run_git(app, last, &text, &code, err) < 0) {
		return -1;
	}
	size_t n = strcspn(text.data, "\n");
	if (code != 0 || n == 0) {
		return 0;
	}
	const char *const show[] = {"git", "-C", app->facts.profile, "cat-file", "blob",
			arena_printf(arena, "%.*s:./%s", (int)n, text.data, place->want->source), NULL};
	buf_clear(&text);
	if (run_git(app, show, &text, &code, err) < 0) {
		return -1;
	}
	*ret_fd = code == 0 ? memory_file("base", &text, 0600) : -1;
	return 0;
}

/* The merged text as an open file. -1 with err, ERR_REFUSED where a person has to choose. */
static int merge(struct app *app, const struct place *place, const struct partner *source,
		struct err *err) {
	struct arena *arena = &app->arena;
	_cleanup_close_ int base = -1;
	struct buf text _cleanup_buf_ = BUF_INIT;
	int code;
	if (find_base(app, place, source, &base, err) < 0) {
		return -1;
	}
	if (base < 0) {
		(void)err_set(err, ERR_REFUSED, "'%s': what both sides come from isn't known: there is "
						"nothing to merge by; nothing was changed", place->path);
		err_hint(err, "choose one: --take profile, or --take local");
		return -1;
	}
	const char *const argv[] = {"git", "merge-file", "-p", "-L", "local", "-L", "base", "-L",
			"profile", path_from_home(place->path, app->facts.home, arena),
			open_name(base, arena), peek_open_name(source->path, &app->facts, arena), NULL};
	if (run_git(app, argv, &text, &code, err) < 0) {
		return -1;
	}
	/* 255: it is no text. Its own failures are 128 and more. */
	if (code >= 128 && code != 255) {
		return err_set(err, ERR_FAILED, "'git merge-file' failed for '%s'; nothing was changed",
				place->path);
	}
	if (code != 0) {
		(void)err_set(err, ERR_REFUSED, code <= 127
				? "'%s': both sides changed the same lines; nothing was changed"
				: "'%s': it can't be merged as text; nothing was changed", place->path);
		err_hint(err, "choose one: --take profile, or --take local");
		return -1;
	}
	int fd = memory_file("merged", &text, source->seen.mode);
	return fd < 0 ? err_sys(err, "cannot keep what was merged") : fd;
}

/* --- planning ------------------------------------------------------------------------------ */

static struct op start(struct change *change, const struct place *place) {
	struct app *app = change->app;
	return (struct op){
		.kind = OP_LINK,
		.why = WHY_ABSORBED,
		.phase = PHASE_MAIN,
		.path = place->path,
		.source = place->want->source,
		.source_known = true,
		.text = want_text(place->want, app->facts.profile, &app->arena),
		.sensitive = target_is_sensitive(place->path),
		.expect = expect_of(&place->seen),
		.before = place->owned != NULL ? place->owned->text : NULL,
		.before_owned = place->owned != NULL,
		.from = span_describe(place->want->decl->at, &app->arena),
	};
}

/* The local side goes to the backups. */
static void link_again(struct change *change, const struct place *place) {
	struct op op = start(change, place);
	op.keeps = true;
	op.far = place->seen.dev != peek_device(change->app->facts.state, &change->app->arena);
	VEC_ADD(&change->view.plan.ops, op);
}

/* The source gets this content; the one of before goes to the backups. */
static void replace_source(struct change *change, const struct place *place,
		const struct partner *source, const char *origin, struct expect becomes) {
	struct app *app = change->app;
	struct op op = start(change, place);
	op.kind = OP_FILE;
	op.phase = PHASE_FIRST;
	op.theirs = true;
	op.path = source->path;
	op.text = NULL;
	op.expect = expect_of(&source->seen);
	op.becomes = becomes;
	op.becomes.ino = 0;
	op.origin = origin;
	op.keeps = source->seen.kind != STAMP_ABSENT;
	op.far = source->seen.dev != peek_device(app->facts.state, &app->arena);
	VEC_ADD(&change->view.plan.ops, op);
}

static void take_local(struct change *change, const struct place *place,
		const struct partner *source) {
	struct app *app = change->app;
	struct op op = start(change, place);
	if (source->seen.dev != place->seen.dev) {
		replace_source(change, place, source,
				path_from_home(place->path, app->facts.home, &app->arena), op.expect);
		link_again(change, place);
		return;
	}
	op.kind = OP_ADOPT;
	op.partner = source->path;
	op.there = expect_of(&source->seen);
	op.keeps = source->seen.kind != STAMP_ABSENT;
	op.far = source->seen.dev != peek_device(app->facts.state, &app->arena);
	VEC_ADD(&change->view.plan.ops, op);
}

static int take_merged(struct change *change, const struct place *place,
		const struct partner *source, struct err *err) {
	struct absorb *absorb = change->user;
	struct stat info;
	struct stamp seen = {0};
	if (place->seen.kind != STAMP_FILE || source->seen.kind != STAMP_FILE) {
		return err_set(err, ERR_REFUSED, "'%s': only files can be merged; nothing was changed",
				place->path);
	}
	int fd = merge(change->app, place, source, err);
	if (fd < 0) {
		return -1;
	}
	VEC_ADD(&absorb->merged, fd);
	if (fstat(fd, &info) < 0) {
		return err_sys(err, "cannot look at what was merged");
	}
	stamp_fill(&seen, &info);
	replace_source(change, place, source, open_name(fd, &change->app->arena),
			expect_of(&seen));
	change->view.plan.ops.items[change->view.plan.ops.count - 1].merged = true;
	link_again(change, place);
	return 0;
}

/* --- choosing ------------------------------------------------------------------------------ */

static int ask(struct change *change, const struct place *place, enum take *ret,
		struct err *err) {
	struct app *app = change->app;
	char answer[16] = "";
	if (!app->global.json && (diff_show(app, place, err) < 0 || app_flush(app, err) < 0)) {
		return -1;
	}
	if (!isatty(STDIN_FILENO) || app->global.json) {
		(void)err_set(err, ERR_REFUSED, "'%s' is to be decided; nothing was changed", place->path);
		err_hint(err, "choose one: --take profile, --take local, or --take merge");
		return -1;
	}
	struct buf question _cleanup_buf_ = BUF_INIT;
	buf_addf(&question, "'%s': take the side of the profile (+) or the local one (-), or merge? "
			    "[p/l/m/N] ", place->path);
	app_stderr(&question);
	ssize_t n = read(STDIN_FILENO, answer, sizeof(answer) - 1);
	*ret = n <= 0 ? TAKE_NONE
			: answer[0] == 'p' ? TAKE_PROFILE
			: answer[0] == 'l' ? TAKE_LOCAL
			: answer[0] == 'm' ? TAKE_MERGE
					   : TAKE_NONE;
	return *ret != TAKE_NONE ? 0 : err_set(err, ERR_REFUSED, "nothing was changed");
}

/* Folders can't be copied to another file system. */
static bool is_far_folder(const struct stamp *seen, dev_t device) {
	return seen->kind == STAMP_FOLDER && seen->dev != device;
}

static int absorb_place(struct change *change, const struct place *place, struct err *err) {
	const struct absorb *absorb = change->user;
	struct app *app = change->app;
	struct partner source;
	enum take take = absorb->take;
	if (place->want->text != NULL && take != TAKE_PROFILE) {
		(void)err_set(err, ERR_REFUSED, "'%s' is rendered from the template '%s', which can't take a "
						"file's place; nothing was changed", place->path,
				place->want->source);
		err_hint(err, "edit the template, then: lumina absorb --take profile %s", place->path);
		return -1;
	}
	if (peek_source(place->want->source, &app->facts, &app->arena, &source, err) < 0) {
		return -1;
	}
	dev_t state = peek_device(app->facts.state, &app->arena);
	bool far = is_far_folder(&place->seen, state) || is_far_folder(&source.seen, state) ||
			is_far_folder(&place->seen, source.seen.dev);
	if (far) {
		return err_set(err, ERR_REFUSED, "'%s' is a folder, and profile and state are not on its "
						 "file system: merge it by hand", place->path);
	}
	if (source.seen.kind == STAMP_ABSENT && take != TAKE_LOCAL) {
		(void)err_set(err, ERR_REFUSED, "'%s': its source '%s' is not in the profile; nothing was "
						"changed", place->path, place->want->source);
		err_hint(err, "lumina absorb --take local takes what stands there");
		return -1;
	}
	if (take == TAKE_NONE && ask(change, place, &take, err) < 0) {
		return -1;
	}
	switch (take) {
	case TAKE_NONE:
		break;
	case TAKE_PROFILE:
		link_again(change, place);
		break;
	case TAKE_LOCAL:
		if (source.seen.ino == place->seen.ino && source.seen.dev == place->seen.dev) {
			link_again(change, place); /* two names of one file */
		} else {
			take_local(change, place, &source);
		}
		break;
	case TAKE_MERGE:
		return take_merged(change, place, &source, err);
	}
	return 0;
}

static int absorb_target(struct change *change, const char *target, struct err *err) {
	struct app *app = change->app;
	const struct place *place = diff_find_place(&change->view, target);
	const struct link_decl *decl = view_find_decl(&change->view, target);
	if (place == NULL && decl != NULL && decl->tree) {
		(void)err_set(err, ERR_FAILED, "'%s' is declared as a tree: name the files in it", target);
		err_hint(err, "lumina status");
		return -1;
	}
	if (place == NULL) {
		(void)err_set(err, ERR_FAILED, "'%s' is not declared in the registry", target);
		err_hint(err, "lumina add takes a file into the profile");
		return -1;
	}
	switch (place->seen.kind) {
	case STAMP_LINK:
		if (place->seen.right) {
			app_note(app, "'%s' is in place: nothing to absorb", target);
			return 0;
		}
		break;
	case STAMP_FILE:
	case STAMP_FOLDER:
		return absorb_place(change, place, err);
	case STAMP_ABSENT:
		(void)err_set(err, ERR_FAILED, "'%s' is not there", target);
		err_hint(err, "lumina sync");
		return -1;
	case STAMP_OTHER:
	case STAMP_HIDDEN:
		break;
	}
	(void)err_set(err, ERR_REFUSED, "at '%s' stands %s: nothing to absorb", target,
			stamp_describe(&place->seen, &app->arena));
	err_hint(err, "lumina sync --backup moves it to the backups");
	return -1;
}

static int build(struct change *change, struct err *err) {
	struct absorb *absorb = change->user;
	struct targets targets;
	close_merged(absorb);
	int result = app_targets(change->app, absorb->argc, absorb->argv, &targets, err);
	for (size_t i = 0; result == 0 && i < targets.count; i++) {
		result = absorb_target(change, targets.items[i], err);
	}
	targets_release(&targets);
	if (result == 0) {
		reach_sources(&change->view.plan, &change->view.wants, &change->app->arena);
		reach_plan(&change->view.plan, change->app, true, &change->app->arena);
	}
	return result;
}

int cmd_absorb(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct absorb_opts *options = opts;
	struct absorb absorb = {.opts = options, .argc = argc, .argv = argv,
			.take = (enum take)options->take};
	struct change change = {
		.app = app,
		.command = "absorb",
		.dry_run = options->dry_run,
		.build = build,
		.user = &absorb,
	};
	if (argc < 2) {
		(void)err_set(err, ERR_USAGE, "'lumina absorb' needs a target");
		err_hint(err, "lumina status");
		return -1;
	}
	int result = change_run(&change, err);
	close_merged(&absorb);
	VEC_RELEASE(&absorb.merged);
	view_release(&change.view);
	return result;
}
