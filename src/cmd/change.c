/* SPDX-License-Identifier: MIT */
#include "cmd/change.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"
#include "cmd/coordinate.h"
#include "base/when.h"
#include "cmd/committing.h"
#include "cmd/reloading.h"
#include "cmd/theming.h"
#include "exec/index_lock.h"
#include "exec/preflight.h"
#include "report/packages.h"
#include "sys/proc.h"

enum {
	/* How often a plan is made anew because something changed under it. */
	TRIES_MAX = 5,
	GIT_WAIT_MS = 3000,
	POLL_MS = 50,
};

/* --- an interrupted run -------------------------------------------------------------------- */

static void say_recovered(struct app *app, const struct recovered *recovered) {
	struct when when = {0};
	if (recovered->time != 0) {
		when = when_local(recovered->time, "%Y-%m-%d %H:%M:%S");
	}
	switch (recovered->what) {
	case RECOVERY_NONE:
		return;
	case RECOVERY_FINISHED:
		app_note(app, "'%s' of %s was interrupted after it was done: finished",
				recovered->command, when.text);
		break;
	case RECOVERY_RESTORED:
		app_note(app, "'%s' of %s was interrupted: restored what was before",
				recovered->command, when.text);
		break;
	case RECOVERY_SET_ASIDE:
		app_warn(app, "the journal of an interrupted run is damaged; it is kept in '%s'",
				app->facts.state);
		break;
	}
}

int change_open(struct change *change, bool *ret_recovered, struct err *err) {
	struct app *app = change->app;
	*ret_recovered = false;
	if (change->store.dir >= 0) {
		return 0;
	}
	if (facts_check_owner(&app->facts, err) < 0 ||
			store_open(&change->store, &app->facts, &app->arena, err) < 0) {
		return -1;
	}
	struct recovered recovered;
	int result = recover(&recovered, &change->store, &app->facts, &app->arena, err);
	if (result == 0) {
		say_recovered(app, &recovered);
		change->themed |= recovered.themed;
		*ret_recovered = recovered.what != RECOVERY_NONE;
		bool restored = recovered.what == RECOVERY_RESTORED;
		bool finished = recovered.what == RECOVERY_FINISHED;
		/* Of an undo that was restored, the packages are gone already: it has to go on. */
		bool halfway = restored && recovered.moves && recovered.packages;
		change->is_back = (restored && !halfway) || (finished && recovered.moves);
		if (halfway) {
			app_warn(app, "packages that it had changed already stay as they are by now; "
				      "'lumina undo' goes on with it, 'lumina sync' makes up for it");
		}
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

void change_close(struct change *change) {
	store_close(&change->store);
}

/* --- questions ----------------------------------------------------------------------------- */

int change_ask(struct app *app, const char *question, struct err *err) {
	char answer[16] = "";
	if (app_flush(app, err) < 0) {
		return -1;
	}
	struct buf text _cleanup_buf_ = BUF_INIT;
	buf_addf(&text, "%s [y/N] ", question);
	app_stderr(&text);
	ssize_t n = read(STDIN_FILENO, answer, sizeof(answer) - 1);
	return n > 0 && (answer[0] == 'y' || answer[0] == 'Y');
}

int change_consent(struct app *app, const char *loss, const char *hint, struct err *err) {
	if (!isatty(STDIN_FILENO)) {
		(void)err_set(err, ERR_REFUSED, "%s; nothing was changed", loss);
		err_hint(err, "%s", hint);
		return -1;
	}
	int answer = change_ask(app, arena_printf(&app->arena, "%s; go on?", loss), err);
	return answer > 0 ? 0
			  : answer == 0 ? err_set(err, ERR_REFUSED, "nothing was changed") : -1;
}

/* --- carrying out -------------------------------------------------------------------------- */

/* Git rewrites files one by one: a plan made in between would mix two states. */
int change_wait_for_git(struct app *app, struct err *err) {
	const char *lock = path_join(app->facts.profile, ".git/index.lock", &app->arena);
	for (int waited = 0; access(lock, F_OK) == 0; waited += POLL_MS) {
		index_lock_mend(lock);
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

/* The commit that the profile is at; NULL if it isn't clean, or isn't Git's. */
static const char *profile_commit(struct app *app) {
	const char *profile = app->facts.profile;
	if (access(path_join(profile, ".git", &app->arena), F_OK) < 0) {
		return NULL;
	}
	const char *argv[] = {"git", "-C", profile, "--no-optional-locks", "status", "--porcelain=v2",
			"--branch", "--untracked-files=no", NULL};
	struct buf text _cleanup_buf_ = BUF_INIT;
	struct proc git = {.argv = argv, .umask = app->facts.umask, .capture = &text,
			.quiet = true, .git = true};
	struct err ignored = {0};
	int code;
	if (proc_run(&git, &code, &ignored) < 0 || code != 0) {
		err_release(&ignored);
		return NULL;
	}
	const char *commit = NULL;
	for (const char *line = text.data; *line != '\0';) {
		size_t n = strcspn(line, "\n");
		struct str found = {line, n};
		if (line[0] != '#') {
			return NULL;
		}
		const char head[] = "# branch.oid ";
		if (str_starts(found, head) && line[sizeof(head) - 1] != '(') {
			commit = arena_strndup(&app->arena, line + sizeof(head) - 1,
					n - (sizeof(head) - 1));
		}
		line += n + (line[n] == '\n');
	}
	return commit;
}

static int carry_out(struct change *change, struct err *err) {
	struct app *app = change->app;
	struct apply apply = {
		.plan = &change->view.plan,
		.owned = &change->view.owned,
		.facts = &app->facts,
		.command = change->command_line != NULL ? change->command_line : app->command_line,
		.commit = profile_commit(app),
		.moves = change->moves,
		.to = change->to,
		.arena = &app->arena,
	};
	int result = theming_stage(&change->view, &change->store, &app->arena, err);
	if (result == 0) {
		result = apply_plan(&apply, &change->store, err);
	}
	theming_sweep(&change->view, app, &change->store, result == 0);
	change->generation = apply.generation;
	change->result = result < 0 ? RESULT_FAILED : apply.generation > 0 ? RESULT_DONE : RESULT_NOTHING;
	for (size_t i = 0; i < apply.notes.count; i++) {
		app_warn(app, "%s", apply.notes.items[i]);
	}
	if (apply.warning.kind != ERR_NONE) {
		app_warn(app, "%s", apply.warning.text);
	}
	apply_release(&apply);
	return result;
}

/* There are packages to be installed or removed first. */
static bool needs_helpers(const struct change *change) {
	return change->help != NULL && !change->helped && change->view.plan.packages.count > 0;
}

static void show_plan(struct change *change) {
	struct app *app = change->app;
	struct plan shown = change->view.plan;
	/* What the helpers do is shown before, the rest once they are done. */
	if (!change->dry_run && needs_helpers(change)) {
		shown.ops.count = 0;
	} else if (change->helped) {
		shown.packages.count = 0;
	}
	if (!app->global.json && !app->global.quiet && !change->silent) {
		report_plan(&shown, app->paint, app->global.verbose, &app->out);
	}
}

/* The first run makes the state folder, and with it folders that the plan may want to make. */
static bool made_planned_folder(const struct change *change) {
	const char *state = path_to_home(change->app->facts.state, change->app->facts.home,
			&change->app->arena);
	const struct plan *plan = &change->view.plan;
	for (size_t i = 0; state != NULL && i < plan->ops.count; i++) {
		if (plan->ops.items[i].kind == OP_FOLDER &&
				path_is_under(state, plan->ops.items[i].path)) {
			return true;
		}
	}
	return false;
}

static int refuse(struct change *change, struct err *err) {
	struct app *app = change->app;
	const struct plan *plan = &change->view.plan;
	if (!app->global.json) {
		struct buf text _cleanup_buf_ = BUF_INIT;
		report_conflicts(plan, app->paint_err, &text);
		app_stderr(&text);
	}
	/* Where only the registry would have changed, there is nothing to decide. */
	bool registry_only = plan->ops.count > 0;
	for (size_t i = 0; i < plan->ops.count; i++) {
		registry_only = registry_only && plan->ops.items[i].kind == OP_EDIT;
	}
	for (size_t i = 0; i < plan->conflicts.count; i++) {
		registry_only = registry_only && plan->conflicts.items[i].kind == CONFLICT_LOCKED;
	}
	return err_set(err, registry_only ? ERR_FAILED : ERR_REFUSED, "%zu %s; nothing was changed",
			plan->conflicts.count, plan->conflicts.count == 1 ? "conflict" : "conflicts");
}

/* Nothing to do, unless another run was cut off while we looked: then what we saw is void. */
static int look_again(struct change *change, bool *ret_again, struct err *err) {
	if (change->dry_run) {
		return 0;
	}
	int there = store_has_journal(&change->app->facts, &change->app->arena, err);
	return there > 0 ? change_open(change, ret_again, err) : there;
}

/* What stands at the paths that an edit changes is somebody's by now: look again. */
static bool was_overtaken(const struct change *change, struct app *app, const struct err *err) {
	return err->kind == ERR_FAILED && err->sys == 0 && !change->without_registry &&
			!view_is_current(&change->view, app);
}

static int carry_out_shown(struct change *change, bool *ret_again, struct err *err) {
	struct app *app = change->app;
	bool asked = false;
	show_plan(change);
	if (change->consent != NULL && change->consent(change, &asked, err) < 0) {
		change->result = RESULT_REFUSED;
		return -1;
	}
	if (asked && !view_is_current(&change->view, app)) {
		*ret_again = true; /* the answer was for another registry */
		return 0;
	}
	/* A reader that is gone must not learn half of it: what can't be said isn't done. */
	if (app_flush(app, err) < 0) {
		return -1;
	}
	if (needs_helpers(change)) {
		change->helped = *ret_again = change->help(change, err) == 0;
		return *ret_again ? 0 : -1;
	}
	int result = carry_out(change, err);
	if (result < 0 && was_overtaken(change, app, err)) {
		err_release(err);
		*ret_again = true;
		return 0;
	}
	return result;
}

/* One attempt; *ret_again if the plan was overtaken. */
static int attempt(struct change *change, bool *ret_again, struct err *err) {
	struct app *app = change->app;
	struct plan *plan = &change->view.plan;
	*ret_again = false;
	change->result = RESULT_FAILED;
	if (change->build != NULL && !change->amends) {
		/* The plan of the whole registry goes; what the report says of it stays. */
		size_t in_place = plan->in_place;
		plan_release(plan);
		plan->in_place = in_place;
	}
	if (change->build != NULL && change->build(change, err) < 0) {
		change->result = err->kind == ERR_REFUSED ? RESULT_REFUSED : RESULT_FAILED;
		return -1;
	}
	bool moves = change->moves && change->to != change->view.owned.present_generation;
	if (plan->conflicts.count == 0 && plan->ops.count == 0 && !moves &&
			!plan_changes_machine(plan)) {
		change->result = plan->packages.count > 0 ? RESULT_FAILED : RESULT_NOTHING;
		return look_again(change, ret_again, err);
	}
	if (preflight(plan, &app->facts, &app->arena, err) < 0) {
		return -1;
	}
	if (plan->conflicts.count > 0) {
		change->result = RESULT_REFUSED;
		return refuse(change, err);
	}
	if (change->dry_run) {
		change->result = plan_changes_machine(plan) ? RESULT_PLANNED : RESULT_NOTHING;
		show_plan(change);
		return 0;
	}
	bool recovered;
	if (change_wait_for_git(app, err) < 0 || change_open(change, &recovered, err) < 0) {
		return -1;
	}
	if (recovered || made_planned_folder(change) || !view_is_current(&change->view, app)) {
		*ret_again = true;
		return 0;
	}
	return carry_out_shown(change, ret_again, err);
}

/* What went wrong is no result: it is said whatever becomes of those. */
static void say_failed(const struct change *change) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	report_failed_packages(&change->view.plan.packages, change->app->paint_err, &text);
	if (text.len > 0) {
		app_stderr(&text);
	}
}

static void report_with(struct change *change, const struct tolds *tolds, const struct err *err) {
	struct app *app = change->app;
	struct outcome outcome = {
		.command = change->command,
		.home = app->facts.home,
		.state = app->facts.state,
		.left = change->left,
		.plan = &change->view.plan,
		.result = change->result,
		.generation = change->generation > 0 && change->moves ? change->to
								      : change->generation,
		.moved = change->moves,
		.err = err->kind != ERR_NONE ? err : NULL,
		.tolds = tolds,
	};
	if (app->global.json) {
		report_outcome_json(&outcome, &app->out);
	} else if (!app->global.quiet && (!change->hush || change->result != RESULT_NOTHING)) {
		report_summary(&outcome, app->paint, &app->out);
	}
}

static void report(struct change *change, const struct err *err) {
	say_failed(change);
	/* One document for a program: it waits for what comes of the telling. */
	bool later = change->app->global.json && err->kind == ERR_NONE && reloading_is_due(change);
	if (!change->silent && !later) {
		report_with(change, NULL, err);
	}
}

/* People read what was done while programs are told. -1 with err: nobody could. */
static int tell(struct change *change, struct err *err) {
	struct app *app = change->app;
	struct tolds tolds;
	int result = app->global.json ? 0 : app_flush(app, err);
	reloading_run(&tolds, change);
	if (!change->silent && app->global.json) {
		report_with(change, &tolds, err);
	} else if (!change->silent && !app->global.quiet) {
		report_tolds(&tolds, app->paint, app->global.verbose, &app->out);
	}
	VEC_RELEASE(&tolds);
	return result;
}

static int try_change(struct change *change, struct err *err) {
	for (int tries = 0; tries < TRIES_MAX; tries++) {
		struct view_opts opts = {change->resolve, change->without_registry,
				change->packages, change->dry_run, change->themes, change->theme};
		if (view_load(&change->view, change->app, &opts, err) < 0) {
			return -1;
		}
		bool again;
		int status = attempt(change, &again, err);
		if (!again) {
			report(change, err);
			return status;
		}
		view_release(&change->view);
	}
	return err_set(err, ERR_FAILED,
			"the profile changed again and again while it was read; nothing was changed");
}

int change_run(struct change *change, struct err *err) {
	struct app *app = change->app;
	change->store = STORE_CLOSED;
	int result = 0;
	if (change->dry_run) {
		(void)view_note_interrupted(app);
	} else {
		bool recovered;
		result = store_has_journal(&app->facts, &app->arena, err);
		result = result > 0 ? change_open(change, &recovered, err) : result;
	}
	if (result == 0 && !change->dry_run && !change->silent &&
			pendings_exist(&app->facts, &app->arena)) {
		bool recorded = false;
		const char *left;
		change_close(change);
		result = coordinate_take_up(app, &recorded, &left, err);
		if (result == 0 && change->takes_back && left != NULL) {
			/* To take back what was before it would be the wrong thing. */
			result = err_set(err, ERR_REFUSED, "%s; nothing was taken back", left);
			err_hint(err, "lumina doctor");
		}
		/* What was recorded just now is what is to be taken back. */
		change->is_back = change->is_back && !recorded;
	}
	if (result == 0 && change->takes_back && change->is_back) {
		change->result = RESULT_NOTHING;
		report(change, err);
	} else if (result == 0) {
		result = try_change(change, err);
	}
	if (result < 0 && change->helped && err->kind == ERR_REFUSED) {
		err->kind = ERR_FAILED;
		(void)err_wrap(err, "packages were changed, the rest was not");
	}
	if (result == 0 && change->finish != NULL && !change->dry_run) {
		change->finish(change);
	}
	change_close(change);
	bool done = result == 0;
	if (done && reloading_is_due(change)) {
		result = tell(change, err);
	}
	if (done) {
		committing_run(change);
	}
	return result;
}
