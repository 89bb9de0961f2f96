/* SPDX-License-Identifier: MIT */

/*
 * pacman and paru as they are: arguments, terminal, signals and exit code untouched. What
 * the package database shows afterwards is offered for recording, in one line.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "cmd/capture.h"
#include "cmd/change.h"
#include "plan/packages.h"
#include "reg/load.h"
#include "sys/proc.h"

struct passthrough {
	struct app *app;
	struct pacman pacman;
	struct installed before, now;
	enum record_policy policy; /* RECORD_UNSET: as the registry says */
	struct package_names came, went;
};

/* --- the program --------------------------------------------------------------------------- */

static void add_words(const char **words, size_t *count, const char *const *more) {
	for (size_t i = 0; more[i] != NULL; i++) {
		words[(*count)++] = more[i];
	}
}

static size_t count_words(const char *const *words) {
	size_t count = 0;
	while (words[count] != NULL) {
		count++;
	}
	return count;
}

static const char *const *make_vector(const struct passthrough *pass, const char *program,
		char **args, struct arena *arena) {
	const char *const plain[] = {program, NULL};
	const char *const *first = streq(program, "pacman") ? pass->pacman.argv : plain;
	const char *const *rest = (const char *const *)args;
	const char **argv = arena_alloc(arena,
			(count_words(first) + count_words(rest) + 1) * sizeof(*argv));
	size_t count = 0;
	add_words(argv, &count, first);
	add_words(argv, &count, rest);
	argv[count] = NULL;
	return argv;
}

/* "--record" and "--no-record" in front are ours; neither pacman nor paru has them. */
static char **take_own_options(struct passthrough *pass, char **args) {
	for (; *args != NULL; args++) {
		if (streq(*args, "--record")) {
			pass->policy = RECORD_ALWAYS;
		} else if (streq(*args, "--no-record")) {
			pass->policy = RECORD_NEVER;
		} else {
			break;
		}
	}
	return args;
}

/* --- what it did --------------------------------------------------------------------------- */

static bool is_declared(const struct registry *registry, const char *name) {
	for (size_t i = 0; i < registry->packages.count; i++) {
		if (package_is_same(registry->packages.items[i].name, name)) {
			return true;
		}
	}
	for (size_t i = 0; i < registry->ignored.count; i++) {
		if (package_is_same(registry->ignored.items[i].name, name)) {
			return true;
		}
	}
	return false;
}

static void compare(struct passthrough *pass, const struct registry *registry) {
	for (size_t i = 0; i < pass->now.count; i++) {
		const struct installed_package *now = &pass->now.items[i];
		const struct installed_package *before = installed_find(&pass->before, now->name);
		bool new = now->is_explicit && (before == NULL || !before->is_explicit);
		if (new && !is_declared(registry, now->name)) {
			VEC_ADD(&pass->came, now->name);
		}
	}
	for (size_t i = 0; i < pass->before.count; i++) {
		const char *name = pass->before.items[i].name;
		if (installed_find(&pass->now, name) == NULL && is_declared(registry, name)) {
			VEC_ADD(&pass->went, name);
		}
	}
	VEC_ADD(&pass->came, NULL);
	VEC_ADD(&pass->went, NULL);
	pass->came.count--;
	pass->went.count--;
}

static void add_names(struct buf *out, const char *verb, const struct package_names *names) {
	if (names->count == 0) {
		return;
	}
	buf_addf(out, "%s%s ", out->len > 0 ? ", " : "", verb);
	for (size_t i = 0; i < names->count; i++) {
		buf_addf(out, "%s%s", i > 0 ? " " : "", names->items[i]);
	}
}

/* 1: to be recorded. */
static int ask(struct passthrough *pass, enum record_policy policy, struct err *err) {
	struct app *app = pass->app;
	struct buf what _cleanup_buf_ = BUF_INIT;
	add_names(&what, "record", &pass->came);
	add_names(&what, "drop", &pass->went);
	if (policy == RECORD_ALWAYS) {
		return 1;
	}
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		app_note(app, "the registry differs now: %s ('lumina status' shows it; '--record' does "
			      "this at once)", what.data);
		return 0;
	}
	buf_adds(&what, " in the registry");
	return change_ask(app, what.data, err);
}

static int record(struct passthrough *pass, const struct registry *registry, struct err *err) {
	enum record_policy policy = pass->policy != RECORD_UNSET ? pass->policy : registry->record;
	struct app *app = pass->app;
	if (policy == RECORD_NEVER ||
			installed_load(&pass->now, pass->pacman.db, &app->arena, err) < 0) {
		return policy == RECORD_NEVER ? 0 : -1;
	}
	compare(pass, registry);
	if (pass->came.count + pass->went.count == 0) {
		return 0;
	}
	int answer = ask(pass, policy, err);
	if (answer <= 0) {
		return answer;
	}
	if ((pass->came.count > 0 && capture_names(app, pass->came.items, err) < 0) ||
			(pass->went.count > 0 && capture_drop_names(app, pass->went.items, err) < 0)) {
		return -1;
	}
	app_note(app, "the registry is up to date");
	return 0;
}

/* The registry only says what is recorded: a broken one hinders nothing. */
static void offer(struct passthrough *pass) {
	struct app *app = pass->app;
	struct registry registry;
	struct target_rules rules;
	struct diags diags = {.arena = &app->arena};
	struct err problem = {0};
	target_rules_init(&rules, &app->facts, &app->arena);
	if (registry_load(&registry, &app->facts, &rules, &app->arena, &diags, &problem) == 0) {
		if (record(pass, &registry, &problem) < 0) {
			app_warn(app, "not recorded: %s", problem.text != NULL ? problem.text
								: "see above");
		}
		registry_release(&registry);
	} else {
		app_warn(app, "not recorded: the registry can't be read; 'lumina status' says why");
	}
	err_release(&problem);
}

static int run(struct app *app, const char *program, char **args, struct err *err) {
	struct passthrough pass = {.app = app};
	struct err ignored = {0};
	args = take_own_options(&pass, args);
	if (pacman_find(&pass.pacman, &app->facts, &app->arena, err) < 0) {
		return -1;
	}
	const char *const *argv = make_vector(&pass, program, args, &app->arena);
	struct proc proc = {.argv = argv, .umask = app->facts.umask, .forward = true};
	bool watched = app->facts.profile_real != NULL && pass.policy != RECORD_NEVER &&
			installed_load(&pass.before, pass.pacman.db, &app->arena, &ignored) == 0;
	if (!watched) {
		err_release(&ignored);
		return proc_exec(&proc, err);
	}
	int code;
	int result = proc_run(&proc, &code, err);
	if (result == 0) {
		offer(&pass);
		result = code != 0 ? err_exit(err, code) : 0;
	}
	installed_release(&pass.before);
	installed_release(&pass.now);
	VEC_RELEASE(&pass.came);
	VEC_RELEASE(&pass.went);
	return result;
}

int cmd_pacman(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	(void)opts;
	(void)argc;
	return run(app, "pacman", argv + 1, err);
}

int cmd_paru(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	(void)opts;
	(void)argc;
	return run(app, "paru", argv + 1, err);
}
