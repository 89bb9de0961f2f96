/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "cmd/sync.h"
#include "exec/repo.h"
#include "reg/load.h"
#include "state/want.h"
#include "sys/child.h"
#include "sys/proc.h"

/* --- what a sync depends on ---------------------------------------------------------------- */

enum { NMARKS = 3 };

/* The registry, its trees, and Git's own records, as they were. */
struct watch {
	bool on;
	const struct facts *facts;
	struct arena *arena;
	struct target_rules rules;
	struct registry registry;
	struct wants wants;
	const char *paths[NMARKS];
	struct file_mark marks[NMARKS];
};

static struct file_mark mark_of(const char *path) {
	struct stat info;
	return stat(path, &info) == 0 ? file_mark_of(&info) : (struct file_mark){0};
}

/* Not on unless the registry says `git: {sync: true}`; one that can't be read hinders nobody. */
static void watch_init(struct watch *watch, struct app *app) {
	static const char *const names[NMARKS] = {".git/HEAD", ".git/index", ".git/logs/HEAD"};
	struct err ignored = {0};
	struct diags diags = {.arena = &app->arena};
	*watch = (struct watch){.facts = &app->facts, .arena = &app->arena};
	target_rules_init(&watch->rules, watch->facts, watch->arena);
	bool read = registry_load(&watch->registry, watch->facts, &watch->rules, watch->arena, &diags,
				    &ignored) == 0;
	err_release(&ignored);
	watch->on = read && watch->registry.git.sync.on;
	if (!watch->on) {
		return;
	}
	wants_build(&watch->wants, &watch->registry, watch->facts, &watch->rules, watch->arena,
			&diags);
	for (size_t i = 0; i < NMARKS; i++) {
		watch->paths[i] = path_join(watch->facts->profile, names[i], watch->arena);
		watch->marks[i] = mark_of(watch->paths[i]);
	}
}

static bool trees_changed(const struct watch *watch) {
	struct wants now;
	struct diags diags = {.arena = watch->arena};
	wants_build(&now, &watch->registry, watch->facts, &watch->rules, watch->arena, &diags);
	bool changed = now.listing != watch->wants.listing || now.count != watch->wants.count;
	wants_release(&now);
	return changed;
}

static bool watch_changed(const struct watch *watch) {
	for (size_t i = 0; i < NMARKS; i++) {
		struct file_mark now = mark_of(watch->paths[i]);
		if (!file_mark_eq(&now, &watch->marks[i])) {
			return true;
		}
	}
	return !registry_is_current(&watch->registry) ||
			(watch->wants.has_trees && trees_changed(watch));
}

static void watch_release(struct watch *watch) {
	wants_release(&watch->wants);
	registry_release(&watch->registry);
}

/* --- running Git --------------------------------------------------------------------------- */

/* The exit code stays Git's, whatever comes of this. */
static void sync_after(struct app *app) {
	const struct sync_opts opts = {.only = -1, .hush = true};
	struct repo repo;
	struct err err = {0};
	if (repo_open(&repo, &app->facts, &app->arena, &err) > 0) {
		const char *what = repo_in_progress(&repo);
		if (what != NULL) {
			app_note(app, "%s is in progress; run 'lumina sync' when it is done", what);
			return;
		}
	}
	err_release(&err);
	/* What Git wrote to standard output is all that belongs there. */
	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	app->paint = app->paint_err;
	int result = sync_run(app, &opts, &err);
	if (app_flush(app, &err) < 0 || result < 0) {
		if (err.text != NULL) {
			app_warn(app, "sync: %s", err.text);
		}
		if (err.hint != NULL) {
			app_hint(app, "%s", err.hint);
		}
	}
	err_release(&err);
}

static int attend(struct app *app, const char *const args[], const char *ceiling,
		const struct watch *watch, struct err *err) {
	const char *const env[] = {
			arena_printf(&app->arena, "GIT_CEILING_DIRECTORIES=%s", ceiling), NULL};
	const struct child git = {.argv = args, .env = env, .umask = app->facts.umask, .git = true};
	struct child_result result;
	if (child_attend(&git, &result, err) < 0) {
		return -1;
	}
	if (result.end == CHILD_SIGNALLED) {
		child_die_alike(result.code);
	}
	if (watch_changed(watch)) {
		sync_after(app);
	}
	return result.code != 0 ? err_exit(err, result.code) : 0;
}

int cmd_git(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	(void)opts;
	const struct facts *facts = &app->facts;
	if (facts->profile_real == NULL) {
		(void)err_set(err, ERR_FAILED, "no profile: '%s' is not there", facts->profile);
		err_hint(err, "lumina init");
		return -1;
	}
	_cleanup_free_ const char **args = xcalloc((size_t)argc + 3, sizeof(*args));
	size_t count = 0;
	args[count++] = "git";
	args[count++] = "-C";
	args[count++] = facts->profile;
	for (int i = 1; i < argc; i++) {
		args[count++] = argv[i];
	}
	/* A profile that is no repository must not be taken for part of one around it. */
	const char *name = path_name(facts->profile_real);
	const char *ceiling = arena_strndup(&app->arena, facts->profile_real,
			(size_t)(name - facts->profile_real) - (name > facts->profile_real + 1));
	struct watch watch;
	watch_init(&watch, app);
	int result;
	if (watch.on) {
		result = attend(app, args, ceiling, &watch, err);
	} else {
		struct proc git = {.argv = args, .umask = facts->umask, .git = true, .ceiling = ceiling};
		result = proc_exec(&git, err);
	}
	watch_release(&watch);
	return result;
}
