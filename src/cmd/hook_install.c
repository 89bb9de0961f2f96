/* SPDX-License-Identifier: MIT */

/*
 * The hook's line, at the end of what the shell reads. The file becomes another one in one
 * step, and the one of before goes to the backups: `lumina undo` brings it back.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "cmd/change.h"
#include "cmd/hook.h"
#include "cmd/reach.h"
#include "state/peek.h"
#include "sys/file.h"

enum { FILE_SIZE_MAX = 16 * 1024 * 1024, NEW_MODE = 0644 };

struct install {
	const struct hook_shell *shell;
	const char *file; /* as the shell names it, absolute */
	const char *path; /* the file itself, links resolved: as operations spell it */
	struct stamp seen;
	int fd; /* the new content, without a name, open until it is copied; -1 */
};

/* --- the file ------------------------------------------------------------------------------ */

const char *hook_file(const struct hook_shell *shell, const struct facts *facts,
		struct arena *arena) {
	if (streq(shell->name, "fish")) {
		const char *own = path_join(facts->config, "../fish/config.fish", arena);
		return path_fold_absolute(own, arena);
	}
	const char *zdotdir = getenv("ZDOTDIR");
	if (streq(shell->name, "zsh") && zdotdir != NULL && zdotdir[0] == '/') {
		return path_join(path_fold_absolute(zdotdir, arena), ".zshrc", arena);
	}
	return path_join(facts->home, streq(shell->name, "zsh") ? ".zshrc" : ".bashrc", arena);
}

static bool line_runs_hook(struct str line, const char *shell) {
	static const char name[] = "lumina", word[] = "hook";
	while (line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t')) {
		line = (struct str){line.p + 1, line.n - 1};
	}
	if (line.n == 0 || line.p[0] == '#') {
		return false;
	}
	const char *end = line.p + line.n;
	for (const char *p = line.p; (p = memmem(p, (size_t)(end - p), name, sizeof(name) - 1)) != NULL;) {
		p += sizeof(name) - 1;
		const char *q = p;
		while (q < end && strchr("'\"})", *q) != NULL) {
			q++;
		}
		size_t blanks = 0;
		for (; q < end && (*q == ' ' || *q == '\t'); q++) {
			blanks++;
		}
		struct str rest = {q, (size_t)(end - q)};
		if (blanks == 0 || !str_starts(rest, word)) {
			continue;
		}
		for (q += sizeof(word) - 1; q < end && (*q == ' ' || *q == '\t'); q++) {
		}
		size_t n = strlen(shell);
		rest = (struct str){q, (size_t)(end - q)};
		if (str_starts(rest, shell) && (rest.n == n || strchr(" \t\")'`|;&", rest.p[n]) != NULL)) {
			return true;
		}
	}
	return false;
}

bool hook_is_in(const struct hook_shell *shell, const char *text, size_t size) {
	for (size_t at = 0; at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t n = end != NULL ? (size_t)(end - text) - at : size - at;
		if (line_runs_hook((struct str){text + at, n}, shell->name)) {
			return true;
		}
		at += n + 1;
	}
	return false;
}

/* --- the plan ------------------------------------------------------------------------------ */

static int refuse(struct install *install, const char *why, struct err *err) {
	(void)err_set(err, ERR_REFUSED, "'%s' %s; nothing was changed", install->file, why);
	err_hint(err, "add the line yourself: %.*s", (int)strcspn(install->shell->line, "\n"),
			install->shell->line);
	return -1;
}

static bool is_in_profile(const struct change *change, const char *path) {
	const struct facts *facts = &change->app->facts;
	const char *absolute = peek_open_name(path, facts, &change->app->arena);
	return facts->profile_real != NULL && path_is_under(absolute, facts->profile_real);
}

/* Behind a link of ours to a folder, the file is one of the profile's. */
static const char *path_of_file(const struct change *change, const char *file) {
	const struct facts *facts = &change->app->facts;
	struct arena *arena = &change->app->arena;
	const char *name = path_name(file);
	_cleanup_free_ char *folder =
			realpath(arena_strndup(arena, file, (size_t)(name - file)), NULL);
	const char *real = folder != NULL ? path_join(folder, name, arena) : file;
	return peek_name(is_in_profile(change, real) ? real : file, facts, arena);
}

/* Finds the file itself, and what stands there. */
static int find(struct change *change, struct install *install, struct err *err) {
	struct app *app = change->app;
	const struct facts *facts = &app->facts;
	install->file = hook_file(install->shell, facts, &app->arena);
	install->path = path_of_file(change, install->file);
	peek(install->path, facts, &app->arena, &install->seen);
	if (install->seen.kind == STAMP_LINK) {
		_cleanup_free_ char *real = realpath(install->file, NULL);
		if (real == NULL) {
			return refuse(install, "is a link that leads nowhere", err);
		}
		install->path = peek_name(arena_strdup(&app->arena, real), facts, &app->arena);
		peek(install->path, facts, &app->arena, &install->seen);
	}
	if (install->seen.kind == STAMP_HIDDEN) {
		errno = install->seen.sys;
		return err_sys(err, "cannot look at '%s'", install->file);
	}
	if (install->path[0] != '~' && !is_in_profile(change, install->path)) {
		return refuse(install, "is outside of the home folder", err);
	}
	if (install->seen.kind == STAMP_FOLDER || install->seen.kind == STAMP_OTHER) {
		return refuse(install, "is no file", err);
	}
	if (install->seen.kind == STAMP_FILE && install->seen.uid != facts->uid) {
		return refuse(install, "belongs to another user", err);
	}
	return 0;
}

static int write_new(struct install *install, const char *text, size_t size, mode_t mode,
		struct err *err) {
	bool open_line = size > 0 && text[size - 1] != '\n';
	_cleanup_close_ int fd = memfd_create("hook", MFD_CLOEXEC);
	if (fd < 0 || file_write_all(fd, text, size) < 0 ||
			file_write_all(fd, "\n", open_line ? 1 : 0) < 0 ||
			file_write_all(fd, install->shell->line, strlen(install->shell->line)) < 0 ||
			fchmod(fd, mode) < 0) {
		return err_sys(err, "cannot keep what '%s' shall hold", install->file);
	}
	install->fd = steal_fd(&fd);
	return 0;
}

static int plan_file(struct change *change, struct install *install, struct err *err) {
	struct app *app = change->app;
	struct stat info;
	struct stamp new = {0};
	bool there = install->seen.kind == STAMP_FILE;
	if (fstat(install->fd, &info) < 0) {
		return err_sys(err, "cannot look at what '%s' shall hold", install->file);
	}
	stamp_fill(&new, &info);
	struct op op = {
		.kind = OP_FILE,
		.why = WHY_HOOKED,
		.phase = is_in_profile(change, install->path) ? PHASE_FIRST : PHASE_MAIN,
		.path = install->path,
		.theirs = true,
		.merged = there,
		.source_known = true,
		.keeps = there,
		.far = there && install->seen.dev != peek_device(app->facts.state, &app->arena),
		.expect = expect_of(&install->seen),
		.becomes = expect_of(&new),
		.origin = arena_printf(&app->arena, "/proc/%ld/fd/%d", (long)getpid(), install->fd),
	};
	op.becomes.ino = 0; /* a copy's own */
	VEC_ADD(&change->view.plan.ops, op);
	return 0;
}

static int build(struct change *change, struct err *err) {
	struct install *install = change->user;
	struct app *app = change->app;
	char *text = NULL;
	size_t size = 0;
	struct file_mark mark;
	mode_t mode = NEW_MODE & ~app->facts.umask;
	cleanup_close_fd(&install->fd);
	install->fd = -1;
	if (find(change, install, err) < 0) {
		return -1;
	}
	if (install->seen.kind == STAMP_FILE) {
		const char *name = peek_open_name(install->path, &app->facts, &app->arena);
		if (file_read(AT_FDCWD, name, FILE_SIZE_MAX, &app->arena, &text, &size, &mark) < 0) {
			return err_sys(err, "cannot read '%s'", install->file);
		}
		if (hook_is_in(install->shell, text, size)) {
			app_note(app, "the hook is in '%s' already", install->file);
			return 0;
		}
		install->seen.ino = mark.ino;
		install->seen.size = mark.size;
		install->seen.mtime = stamp_time(mark.mtime);
		mode = install->seen.mode & 07777;
	}
	if (write_new(install, text, size, mode, err) < 0 || plan_file(change, install, err) < 0) {
		return -1;
	}
	if (is_in_profile(change, install->path)) {
		app_note(app, "'%s' leads into the profile: the file there gets the line", install->file);
	}
	reach_plan(&change->view.plan, app, true, &app->arena);
	return 0;
}

int hook_install(struct app *app, const struct hook_shell *shell, bool dry_run, struct err *err) {
	struct install install = {.shell = shell, .fd = -1};
	struct change change = {
		.app = app,
		.command = "hook",
		.dry_run = dry_run,
		.without_registry = true,
		.build = build,
		.user = &install,
	};
	int result = change_run(&change, err);
	cleanup_close_fd(&install.fd);
	view_release(&change.view);
	if (result == 0 && !dry_run && change.result == RESULT_DONE) {
		app_hint(app, "the hook is there in every new shell; here with: exec %s; out again with: "
			      "lumina undo", shell->name);
	}
	return result;
}
