/* SPDX-License-Identifier: MIT */
#include "cmd/sync.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/path.h"
#include "cmd/view.h"
#include "exec/apply.h"
#include "exec/preflight.h"
#include "report/report.h"

enum {
	ONLY_SYMLINKS = 1,
	/* How often a plan is made anew because the registry changed under it. */
	TRIES_MAX = 5,
	GIT_WAIT_MS = 3000,
	POLL_MS = 50,
};

struct sync {
	struct app *app;
	const struct sync_opts *opts;
	struct store store; /* open, and locked, from the first change on */
	struct view view;
	uint64_t generation;
};

/* --- an interrupted run -------------------------------------------------------------------- */

static void say_recovered(struct app *app, const struct recovered *recovered) {
	char when[32] = "";
	struct tm local;
	if (recovered->time != 0 && localtime_r(&recovered->time, &local) != NULL) {
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
	}
	switch (recovered->what) {
	case RECOVERY_NONE:
		return;
	case RECOVERY_FINISHED:
		app_note(app, "'%s' of %s was interrupted after it was done: finished",
				recovered->command, when);
		break;
	case RECOVERY_RESTORED:
		app_note(app, "'%s' of %s was interrupted: restored what was before",
				recovered->command, when);
		break;
	case RECOVERY_SET_ASIDE:
		app_warn(app, "the journal of an interrupted run is damaged; it is kept in '%s'",
				app->facts.state);
		break;
	}
}

/* *ret_recovered: what an interrupted run left was put right, and the machine changed. */
static int open_store(struct sync *sync, bool *ret_recovered, struct err *err) {
	struct app *app = sync->app;
	*ret_recovered = false;
	if (sync->store.dir >= 0) {
		return 0;
	}
	if (facts_check_owner(&app->facts, err) < 0 ||
			store_open(&sync->store, &app->facts, &app->arena, err) < 0) {
		return -1;
	}
	struct recovered recovered;
	int result = recover(&recovered, &sync->store, &app->facts, &app->arena, err);
	if (result == 0) {
		say_recovered(app, &recovered);
		*ret_recovered = recovered.what != RECOVERY_NONE;
	}
	for (size_t i = 0; i < recovered.notes.count; i++) {
		app_warn(app, "%s", recovered.notes.items[i]);
	}
	if (result == 0 && recovered.signal != 0) {
		result = err_set(err, ERR_SIGNAL, "interrupted; nothing new was begun");
		err->code = recovered.signal;
	}
	recovered_release(&recovered);
	return result;
}

/* --- consent ------------------------------------------------------------------------------- */

static int ask(struct sync *sync, struct err *err) {
	const struct plan *plan = &sync->view.plan;
	char answer[16] = "";
	if (!plan_needs_consent(plan) || sync->opts->yes) {
		return 0;
	}
	struct buf question _cleanup_buf_ = BUF_INIT;
	buf_addf(&question, "this removes %zu of the %zu links that Lumina made", plan->removals,
			plan->owned);
	if (!isatty(STDIN_FILENO)) {
		(void)err_set(err, ERR_REFUSED, "%s; nothing was changed", question.data);
		err_hint(err, "if that is meant: lumina sync --yes");
		return -1;
	}
	if (app_flush(sync->app, err) < 0) {
		return -1;
	}
	buf_adds(&question, "; go on? [y/N] ");
	app_stderr(&question);
	ssize_t n = read(STDIN_FILENO, answer, sizeof(answer) - 1);
	if (n > 0 && (answer[0] == 'y' || answer[0] == 'Y')) {
		return 0;
	}
	return err_set(err, ERR_REFUSED, "nothing was changed");
}

/* --- carrying out -------------------------------------------------------------------------- */

/* Git rewrites files one by one: a plan made in between would mix two states. */
static int wait_for_git(struct sync *sync, struct err *err) {
	struct app *app = sync->app;
	const char *lock = path_join(app->facts.profile, ".git/index.lock", &app->arena);
	for (int waited = 0; access(lock, F_OK) == 0; waited += POLL_MS) {
		if (waited >= GIT_WAIT_MS) {
			(void)err_set(err, ERR_FAILED,
					"Git is changing the profile just now; nothing was changed");
			struct buf path _cleanup_buf_ = BUF_INIT;
			buf_add_quoted(&path, lock);
			err_hint(err, "if no Git is running: rm %s", path.data);
			return -1;
		}
		(void)poll(NULL, 0, POLL_MS);
	}
	return 0;
}

static int carry_out(struct sync *sync, struct err *err) {
	struct app *app = sync->app;
	struct apply apply = {
		.plan = &sync->view.plan,
		.owned = &sync->view.owned,
		.facts = &app->facts,
		.command = app->command_line,
		.arena = &app->arena,
	};
	int result = apply_plan(&apply, &sync->store, err);
	sync->generation = apply.generation;
	for (size_t i = 0; i < apply.notes.count; i++) {
		app_warn(app, "%s", apply.notes.items[i]);
	}
	if (apply.warning.kind != ERR_NONE) {
		app_warn(app, "%s", apply.warning.text);
	}
	apply_release(&apply);
	return result;
}

static void show_plan(struct sync *sync) {
	struct app *app = sync->app;
	if (!app->global.json && !app->global.quiet) {
		report_plan(&sync->view.plan, app->paint, app->global.verbose, &app->out);
	}
}

/* The first run makes the state folder, and with it folders that the plan may want to make. */
static bool made_planned_folder(const struct sync *sync) {
	const char *state = path_to_home(sync->app->facts.state, sync->app->facts.home,
			&sync->app->arena);
	const struct plan *plan = &sync->view.plan;
	for (size_t i = 0; state != NULL && i < plan->ops.count; i++) {
		if (plan->ops.items[i].kind == OP_FOLDER &&
				path_is_under(state, plan->ops.items[i].path)) {
			return true;
		}
	}
	return false;
}

static int refuse(struct sync *sync, struct err *err) {
	struct app *app = sync->app;
	const struct plan *plan = &sync->view.plan;
	if (!app->global.json) {
		struct buf text _cleanup_buf_ = BUF_INIT;
		report_conflicts(plan, app->paint_err, &text);
		app_stderr(&text);
	}
	return err_set(err, ERR_REFUSED, "%zu %s; nothing was changed", plan->conflicts.count,
			plan->conflicts.count == 1 ? "conflict" : "conflicts");
}

/* Nothing to do, unless another run was cut off while we looked: then what we saw is void. */
static int look_again(struct sync *sync, bool *ret_again, struct err *err) {
	if (sync->opts->dry_run) {
		return 0;
	}
	int there = store_has_journal(&sync->app->facts, &sync->app->arena, err);
	return there > 0 ? open_store(sync, ret_again, err) : there;
}

/* One attempt: RESULT_…, or -1 with err; *ret_again if the plan was overtaken. */
static int attempt(struct sync *sync, enum result *ret, bool *ret_again, struct err *err) {
	struct app *app = sync->app;
	struct plan *plan = &sync->view.plan;
	*ret_again = false;
	if (plan->conflicts.count == 0 && plan->ops.count == 0) {
		*ret = RESULT_NOTHING;
		return look_again(sync, ret_again, err);
	}
	if (preflight(plan, &app->facts, &app->arena, err) < 0) {
		return -1;
	}
	if (plan->conflicts.count > 0) {
		*ret = RESULT_REFUSED;
		return refuse(sync, err);
	}
	if (sync->opts->dry_run) {
		*ret = plan_changes_machine(plan) ? RESULT_PLANNED : RESULT_NOTHING;
		show_plan(sync);
		return 0;
	}
	bool recovered;
	if (wait_for_git(sync, err) < 0 || open_store(sync, &recovered, err) < 0) {
		return -1;
	}
	if (recovered || made_planned_folder(sync) || !view_is_current(&sync->view, app)) {
		*ret_again = true;
		return 0;
	}
	show_plan(sync);
	if (ask(sync, err) < 0) {
		*ret = RESULT_REFUSED;
		return -1;
	}
	if (plan_needs_consent(plan) && !view_is_current(&sync->view, app)) {
		/* The answer was for another registry. */
		*ret_again = true;
		return 0;
	}
	/* A reader that is gone must not learn half of it: what can't be said isn't done. */
	if (app_flush(app, err) < 0 || carry_out(sync, err) < 0) {
		return -1;
	}
	*ret = sync->generation > 0 ? RESULT_DONE : RESULT_NOTHING;
	return 0;
}

static void report(struct sync *sync, enum result result, const struct err *err) {
	struct app *app = sync->app;
	struct outcome outcome = {
		.command = "sync",
		.home = app->facts.home,
		.plan = &sync->view.plan,
		.result = result,
		.generation = sync->generation,
		.err = err->kind != ERR_NONE ? err : NULL,
	};
	if (app->global.json) {
		report_outcome_json(&outcome, &app->out);
	} else if (!app->global.quiet) {
		report_summary(&outcome, app->paint, &app->out);
	}
}

/* Nobody shall believe that they were installed. */
static void note_packages(const struct sync *sync, enum result result) {
	size_t count = sync->view.registry.packages.count;
	bool acted = result == RESULT_DONE || result == RESULT_PLANNED;
	if (count > 0 && (acted || sync->app->global.verbose)) {
		app_note(sync->app, "%zu packages are declared; this version handles links only",
				count);
	}
}

static int try_sync(struct sync *sync, struct err *err) {
	for (int tries = 0; tries < TRIES_MAX; tries++) {
		if (view_load(&sync->view, sync->app, err) < 0) {
			return -1;
		}
		enum result result = RESULT_FAILED;
		bool again;
		int status = attempt(sync, &result, &again, err);
		if (!again) {
			report(sync, result, err);
			note_packages(sync, result);
			view_release(&sync->view);
			return status;
		}
		view_release(&sync->view);
	}
	return err_set(err, ERR_FAILED,
			"the profile changed again and again while it was read; nothing was changed");
}

int sync_run(struct app *app, const struct sync_opts *opts, struct err *err) {
	struct sync sync = {
		.app = app,
		.opts = opts,
		.store = {.dir = -1, .generations = -1, .lock = -1},
	};
	if (opts->only >= 0 && opts->only != ONLY_SYMLINKS) {
		app_note(app, "this version handles links only");
		report(&sync, RESULT_NOTHING, err);
		return 0;
	}
	int result = 0;
	if (opts->dry_run) {
		(void)view_note_interrupted(app);
	} else {
		bool recovered;
		result = store_has_journal(&app->facts, &app->arena, err);
		result = result > 0 ? open_store(&sync, &recovered, err) : result;
	}
	if (result == 0) {
		result = try_sync(&sync, err);
	}
	store_close(&sync.store);
	return result;
}

int cmd_sync(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	if (argc > 1) {
		return err_set(err, ERR_USAGE, "'lumina %s' takes no argument '%s'", argv[0],
				argv[1]);
	}
	return sync_run(app, opts, err);
}
