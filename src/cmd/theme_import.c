/* SPDX-License-Identifier: MIT */
#include "cmd/theme_import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "cmd/change.h"
#include "cmd/clone.h"
#include "cmd/copying.h"
#include "cmd/reach.h"
#include "reg/check.h"
#include "state/peek.h"
#include "state/theme_find.h"
#include "sys/proc.h"
#include "theme/scheme.h"

enum { URL_ARGV_MAX = 16 };

struct import {
	const char *from;   /* as the person wrote it */
	const char *origin; /* absolute path of the file or folder */
	const char *name;
	const char *target; /* in the profile, as operations spell it */
	bool folder;
};

/* --- names --------------------------------------------------------------------------------- */

static struct str without(struct str name, const char *front, const char *behind) {
	if (name.n > strlen(front) && str_starts(name, front)) {
		name = (struct str){name.p + strlen(front), name.n - strlen(front)};
	}
	if (name.n > strlen(behind) && str_ends(name, behind)) {
		name.n -= strlen(behind);
	}
	return name;
}

/* "tokyo-night", of "…/omarchy-tokyo-night-theme.git/" and the like. */
static const char *name_of(const char *path, struct arena *arena) {
	struct str name = str_of(path);
	while (name.n > 1 && name.p[name.n - 1] == '/') {
		name.n--;
	}
	const char *start = arena_strndup(arena, name.p, name.n);
	const char *colon = strrchr(path_name(start), ':'); /* host:theme */
	name = str_of(colon != NULL ? colon + 1 : path_name(start));
	name = without(without(name, "", ".git"), "omarchy-", "-theme");
	name = without(without(name, "", ".yaml"), "", ".yml");
	return arena_strndup(arena, name.p, name.n);
}

/* --- from a repository --------------------------------------------------------------------- */

static int run_git(struct app *app, const char *from, const char *const *args, struct err *err) {
	const char *argv[URL_ARGV_MAX] = {"git", "-c", "protocol.ext.allow=never", "-c",
			"submodule.recurse=false", "-c", "maintenance.auto=false"};
	size_t count = 7;
	for (size_t i = 0; args[i] != NULL && count < URL_ARGV_MAX - 1; i++) {
		argv[count++] = args[i];
	}
	struct proc git = {.argv = argv, .umask = app->facts.umask, .git = true, .to_stderr = true};
	int code;
	if (proc_run(&git, &code, err) < 0) {
		return -1;
	}
	if (code > 128) {
		return err_exit(err, code); /* ended by a signal; its own failures are 1 to 128 */
	}
	return code == 0 ? 0
			 : err_set(err, ERR_FAILED, "Git could not fetch '%s'; nothing was imported", from);
}

/*
 * Into the cache, which anybody may delete; what is there of it is brought up to date. NULL with
 * err. The repository is named, and never looked for: where a run was ended in the middle there is
 * half of one, and Git would take the next one above, the person's own, and reset that.
 */
static const char *fetch(const struct import *import, struct app *app, struct err *err) {
	struct arena *arena = &app->arena;
	const char *folder = path_join(app->facts.cache, "themes", arena);
	const char *place = path_join(folder, import->name, arena);
	const char *repository = arena_printf(arena, "--git-dir=%s/.git", place);
	const char *files = arena_printf(arena, "--work-tree=%s", place);
	const char *const make[] = {"init", "--quiet", "--template=", "--", place, NULL};
	const char *const get[] = {repository, "fetch", "--quiet", "--depth=1", "--no-tags",
			"--no-recurse-submodules", "--", import->from, "HEAD", NULL};
	const char *const take[] = {repository, files, "reset", "--quiet", "--hard", "FETCH_HEAD", NULL};
	if (clone_check_url(import->from, err) < 0) {
		return NULL;
	}
	if (file_make_folders(folder) < 0) {
		(void)err_sys(err, "cannot make the folder '%s'", folder);
		return NULL;
	}
	bool got = run_git(app, import->from, make, err) == 0 &&
			run_git(app, import->from, get, err) == 0 &&
			run_git(app, import->from, take, err) == 0;
	return got ? place : NULL;
}

/* --- what it is ---------------------------------------------------------------------------- */

static int check_scheme(const char *path, const char *name, struct app *app, struct err *err) {
	struct diags diags = {.arena = &app->arena};
	struct source source = {.path = path, .name = path};
	struct scheme scheme;
	char *bytes;
	size_t size;
	struct file_mark mark;
	if (file_read(AT_FDCWD, path, SCHEME_SIZE_MAX, &app->arena, &bytes, &size, &mark) < 0) {
		return err_sys(err, "cannot read the scheme '%s'", path);
	}
	source.bytes = bytes;
	source.size = (uint32_t)size;
	int result = scheme_read(&scheme, &source, name, &app->arena, &diags);
	if (result < 0) {
		struct buf text _cleanup_buf_ = BUF_INIT;
		diags_render(&diags, app->paint_err, &text);
		app_stderr(&text);
		(void)err_set(err, ERR_FAILED, "'%s' is no scheme; nothing was imported", path);
	}
	source_release(&source);
	return result;
}

static int check_folder(struct import *import, struct app *app, struct err *err) {
	const char *const names[] = {
		"colors.toml",
		arena_printf(&app->arena, "%s.yaml", import->name),
		arena_printf(&app->arena, "%s.yml", import->name),
		"scheme.yaml",
		"scheme.yml",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = path_join(import->origin, names[i], &app->arena);
		struct stat info;
		/* A link isn't copied, whatever it leads to. */
		if (lstat(path, &info) == 0 && !S_ISLNK(info.st_mode)) {
			return check_scheme(path, import->name, app, err);
		}
	}
	return err_set(err, ERR_FAILED, "there is no scheme in '%s': neither colors.toml nor %s.yaml",
			import->origin, import->name);
}

/* Where it comes from, and what it becomes. */
static int find(struct import *import, struct app *app, const char *as, struct err *err) {
	struct arena *arena = &app->arena;
	struct stat info;
	_cleanup_free_ char *real = xrealpath(import->from);
	int saved = errno;
	import->name = as != NULL ? as : name_of(real != NULL ? real : import->from, arena);
	bool palette = real != NULL && streq(path_name(real), "colors.toml");
	if (palette && as == NULL) {
		const char *folder = arena_strndup(arena, real, strlen(real) - strlen("/colors.toml"));
		import->name = name_of(folder, arena);
	}
	if (!check_name(str_of(import->name))) {
		(void)err_set(err, ERR_USAGE, "'%s' is no name for a theme", import->name);
		err_hint(err, "lumina theme import --as NAME …");
		return -1;
	}
	if (real == NULL && (saved != ENOENT || strchr(import->from, ':') == NULL)) {
		errno = saved;
		return err_sys(err, "cannot look at '%s'", import->from);
	}
	import->origin = real != NULL ? arena_strdup(arena, real) : fetch(import, app, err);
	if (import->origin == NULL) {
		return -1;
	}
	if (stat(import->origin, &info) < 0) {
		return err_sys(err, "cannot look at '%s'", import->origin);
	}
	import->folder = S_ISDIR(info.st_mode);
	const char *folder = path_join(app->facts.profile_real, "themes", arena);
	const char *file = import->folder ? import->name
			: palette ? path_join(import->name, "colors.toml", arena)
				  : arena_printf(arena, "%s.yaml", import->name);
	import->target = peek_name(path_join(folder, file, arena), &app->facts, arena);
	return import->folder ? check_folder(import, app, err)
			      : check_scheme(import->origin, import->name, app, err);
}

static int build(struct change *change, struct err *err) {
	const struct import *import = change->user;
	struct app *app = change->app;
	struct theme_entry entry;
	struct err none = {0};
	if (theme_find(&entry, import->name, &app->facts, &app->arena, &none) == 0) {
		(void)err_set(err, ERR_REFUSED, "there is a theme '%s' already: '%s'; nothing was imported",
				import->name, entry.scheme);
		err_hint(err, "lumina theme import --as NAME %s", import->from);
		return -1;
	}
	err_release(&none);
	/* Nobody would find it there. */
	const char *themes = path_join(app->facts.profile_real, "themes", &app->arena);
	_cleanup_free_ char *real = xrealpath(themes);
	if (real != NULL && !path_is_under(real, app->facts.profile_real)) {
		return err_set(err, ERR_REFUSED,
				"'%s' is a link that leaves the profile; nothing was imported", themes);
	}
	struct stamp seen;
	peek(import->target, &app->facts, &app->arena, &seen);
	if (seen.kind != STAMP_ABSENT) {
		return err_set(err, ERR_REFUSED, "'%s' is there already; nothing was imported",
				import->target);
	}
	if (copying_add_new(&change->view.plan, app, import->target, import->origin, WHY_IMPORTED,
				err) < 0) {
		return -1;
	}
	reach_plan(&change->view.plan, app, true, &app->arena);
	return 0;
}

int theme_import(struct app *app, const char *from, const struct theme_opts *opts,
		const char **ret_name, struct err *err) {
	struct import import = {.from = from};
	if (app->facts.profile_real == NULL) {
		return err_set(err, ERR_FAILED, "no profile: '%s' is not there", app->facts.profile);
	}
	if (find(&import, app, opts->as, err) < 0) {
		return -1;
	}
	struct change change = {
		.app = app,
		.command = "theme",
		.dry_run = opts->dry_run,
		.build = build,
		.user = &import,
	};
	int result = change_run(&change, err);
	*ret_name = import.name;
	view_release(&change.view);
	return result;
}
