/* SPDX-License-Identifier: MIT */
#include "cmd/coordinate.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "cmd/bootstrap.h"
#include "plan/packages.h"
#include "state/flatpaks.h"

/* Shells and programs say 128 + n of a signal n. */
enum { CODE_SIGNAL = 128, CODE_NO_PROGRAM = 127, CODE_INTERRUPT = 130 };

void coordination_init(struct coordination *coordination, struct app *app) {
	coordination->pending.lock = -1;
	coordination->recording.editing.app = app;
}

int coordination_exit(const struct change *change, int result, struct err *err) {
	int code = change->coordination->code;
	/* A helper that says yes and has done nothing is no success either. */
	code = code == 0 && change->result == RESULT_FAILED ? 1 : code;
	return result == 0 && code != 0 ? err_exit(err, code) : result;
}

void coordination_release(struct coordination *coordination) {
	pending_release(&coordination->pending);
	installed_release(&coordination->now);
	editing_release(&coordination->recording.editing);
	VEC_RELEASE(&coordination->recorded);
}

/* --- running the helpers ------------------------------------------------------------------- */

struct batch {
	struct coordination *coordination;
	struct helpers helpers;
	enum helper helper;
	struct package_names names;
	size_t number, batches; /* "2 of 3", for people who wait */
};

static void take_names(struct batch *batch) {
	const struct package_ops *asked = &batch->coordination->pending.asked;
	batch->names.count = 0;
	for (size_t i = 0; i < asked->count; i++) {
		const struct package_op *op = &asked->items[i];
		/* pacman removes what an AUR helper has installed. */
		enum helper helper = op->action == PACKAGE_REMOVE && op->from == FROM_AUR
				? HELPER_PACMAN : helper_for(op->from);
		if (helper == batch->helper && op->state != PACKAGE_FAILED) {
			bool named = op->from == FROM_REPOSITORY && op->action == PACKAGE_INSTALL;
			VEC_ADD(&batch->names, named ? op->asked : op->name);
		}
	}
}

static const char *const *verb_of(const struct batch *batch) {
	static const char *const verbs[][2][4] = {
		[HELPER_PACMAN] = {{"-S", "--needed"}, {"-Rs"}},
		[HELPER_AUR] = {{"-S", "--aur", "--needed"}, {"-Rs"}},
		[HELPER_FLATPAK] = {{"install"}, {"uninstall"}},
	};
	const struct coordination *coordination = batch->coordination;
	return coordination->verb != NULL && batch->helper == HELPER_PACMAN
			? coordination->verb : verbs[batch->helper][coordination->action];
}

/* Which of how many, where a person is waiting. */
static void say_progress(const struct app *app, const struct batch *batch) {
	if (app->global.quiet || !isatty(STDERR_FILENO) || batch->batches < 2) {
		return;
	}
	const struct paint *paint = app->paint_err;
	struct buf text _cleanup_buf_ = BUF_INIT;
	buf_addf(&text, "%s::%s %s(%zu/%zu) %s %zu %s by %s%s\n", paint->cyan, paint->off, paint->bold,
			batch->number, batch->batches,
			batch->coordination->action == PACKAGE_INSTALL ? "installing" : "removing",
			batch->names.count, batch->names.count == 1 ? "package" : "packages",
			helper_name(&batch->helpers, batch->helper), paint->off);
	app_stderr(&text);
}

static int call(struct batch *batch, int *ret_code, struct err *err) {
	const struct coordination *coordination = batch->coordination;
	const struct helper_call helper_call = {
		.helper = batch->helper,
		.verb = verb_of(batch),
		.args = coordination->args,
		.names = batch->names.items,
		.count = batch->names.count,
	};
	return helper_run(&batch->helpers, &helper_call, ret_code, err);
}

static bool is_listed(const char *const *lines, const char *name) {
	for (size_t i = 0; lines[i] != NULL; i++) {
		if (streq(lines[i], name)) {
			return true;
		}
	}
	return false;
}

/* pacman knows it: as a package, a group, or as what some package provides. */
static int is_known(struct batch *batch, const char *const *all, const char *name, bool *ret,
		struct err *err) {
	static const char *const group[] = {"-Sgq", NULL};
	static const char *const print[] = {"-Sp", "--noconfirm", "--print-format", "%n", NULL};
	const char *bare;
	const char *const *lines;
	(void)package_split(name, &bare);
	*ret = is_listed(all, bare);
	if (*ret) {
		return 0;
	}
	if (helper_ask(&batch->helpers, group, &name, 1, &lines, ret, err) < 0) {
		return -1;
	}
	*ret = *ret && lines[0] != NULL;
	return *ret ? 0 : helper_ask(&batch->helpers, print, &name, 1, &lines, ret, err);
}

/* pacman refuses all for one name that it doesn't know: those are set aside, and said. */
static int set_unknown_aside(struct batch *batch, size_t *ret_count, struct err *err) {
	static const char *const list[] = {"-Slq", NULL};
	struct package_ops *asked = &batch->coordination->pending.asked;
	const char *const *all;
	bool yes;
	*ret_count = 0;
	if (helper_ask(&batch->helpers, list, NULL, 0, &all, &yes, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < asked->count; i++) {
		struct package_op *op = &asked->items[i];
		bool known = true;
		if (op->from != FROM_REPOSITORY || op->state == PACKAGE_FAILED) {
			continue;
		}
		if (is_known(batch, all, op->asked, &known, err) < 0) {
			return -1;
		}
		if (!known) {
			op->state = PACKAGE_FAILED;
			op->problem = "in no repository";
			++*ret_count;
		}
	}
	return 0;
}

static int run_batch(struct batch *batch, struct app *app, struct err *err) {
	struct coordination *coordination = batch->coordination;
	int code = 0;
	take_names(batch);
	if (batch->names.count == 0) {
		return 0;
	}
	batch->number++;
	say_progress(app, batch);
	if (call(batch, &code, err) < 0) {
		return -1;
	}
	coordination->started = true;
	size_t unknown = 0;
	bool refused = coordination->retries && code > 0 && code < CODE_NO_PROGRAM &&
			batch->helper == HELPER_PACMAN && coordination->action == PACKAGE_INSTALL;
	if (refused && set_unknown_aside(batch, &unknown, err) < 0) {
		return -1;
	}
	if (unknown > 0) {
		coordination->code = coordination->code != 0 ? coordination->code : code;
		take_names(batch);
		code = 0;
		if (batch->names.count > 0 && call(batch, &code, err) < 0) {
			return -1;
		}
	}
	coordination->code = coordination->code != 0 ? coordination->code : code;
	coordination->cancelled = coordination->cancelled || code >= CODE_SIGNAL;
	coordination->killed = coordination->killed ||
			(batch->helper == HELPER_PACMAN && code > CODE_INTERRUPT);
	return 0;
}

/* A program that isn't there stops its own packages only, once something else can go on. */
static int run_batch_or_skip(struct batch *batch, struct app *app, struct err *err) {
	struct coordination *coordination = batch->coordination;
	take_names(batch);
	if (batch->helper == HELPER_AUR && batch->names.count > 0 &&
			coordination->action == PACKAGE_INSTALL &&
			helper_name(&batch->helpers, HELPER_AUR) == NULL) {
		struct err problem = {0};
		if (bootstrap_aur_helper(app, &batch->helpers, &problem) < 0) {
			app_warn(app, "paru could not be built: %s", problem.text);
			err_release(&problem);
		}
	}
	if (run_batch(batch, app, err) == 0) {
		return 0;
	}
	bool alone = !coordination->retries || batch->helper == HELPER_PACMAN;
	if (err->kind != ERR_NO_PROGRAM || (alone && !coordination->started)) {
		return -1;
	}
	app_warn(app, "%s", err->text);
	coordination->code = coordination->code != 0 ? coordination->code : CODE_NO_PROGRAM;
	for (size_t i = 0; i < coordination->pending.asked.count; i++) {
		struct package_op *op = &coordination->pending.asked.items[i];
		if (helper_for(op->from) == batch->helper) {
			op->state = PACKAGE_FAILED;
			op->problem = "no program for it";
		}
	}
	err_release(err);
	return 0;
}

/* Asked for, but there as a dependency only: pacman passes it over, so it is said to it. */
static int promote(struct batch *batch, struct err *err) {
	static const char *const verb[] = {"-D", "--asexplicit", NULL};
	struct coordination *coordination = batch->coordination;
	struct installed now = {0};
	if (coordination->action != PACKAGE_INSTALL || coordination->code != 0) {
		return 0;
	}
	if (installed_load(&now, batch->helpers.pacman->db, batch->helpers.arena, err) < 0) {
		return -1;
	}
	const struct package_request request = {
		.action = PACKAGE_INSTALL,
		.asked = coordination->pending.asked.items,
		.count = coordination->pending.asked.count,
		.before = &coordination->pending.before,
		.now = &now,
		.good = true,
	};
	batch->names.count = 0;
	packages_to_promote(&batch->names, &request);
	int result = 0;
	if (batch->names.count > 0) {
		const struct helper_call helper_call = {.verb = verb, .names = batch->names.items,
				.count = batch->names.count};
		result = helper_run(&batch->helpers, &helper_call, &coordination->code, err);
	}
	installed_release(&now);
	return result;
}

static int run_helpers(struct change *change, struct err *err) {
	struct coordination *coordination = change->coordination;
	struct app *app = change->app;
	struct batch batch = {
		.coordination = coordination,
		.helpers = {
			.pacman = &change->view.haves.pacman,
			.facts = &app->facts,
			.arena = &app->arena,
			.yes = coordination->yes,
			.to_stderr = app->global.json,
		},
	};
	int result = 0;
	for (batch.helper = HELPER_PACMAN; batch.helper <= HELPER_FLATPAK; batch.helper++) {
		take_names(&batch);
		batch.batches += batch.names.count > 0;
	}
	for (batch.helper = HELPER_PACMAN; result == 0 && !coordination->cancelled &&
			batch.helper <= HELPER_FLATPAK; batch.helper++) {
		result = run_batch_or_skip(&batch, app, err);
	}
	if (result == 0) {
		result = promote(&batch, err);
	}
	VEC_RELEASE(&batch.names);
	return result;
}

/* --- before -------------------------------------------------------------------------------- */

static int begin(struct change *change, struct err *err) {
	struct coordination *coordination = change->coordination;
	struct pending *pending = &coordination->pending;
	struct app *app = change->app;
	const struct package_ops *planned = &change->view.plan.packages;
	pending_release(pending);
	*pending = (struct pending){
		.time = time(NULL),
		.command = app->command_line,
		.action = coordination->action,
		.why = coordination->why,
		.group = coordination->group,
		.host = coordination->host,
		.records = coordination->records,
		.code = PENDING_RUNNING,
		.lock = -1,
	};
	for (size_t i = 0; i < planned->count; i++) {
		if (planned->items[i].why != WHY_NEEDED) { /* those go with the others by themselves */
			VEC_ADD(&pending->asked, planned->items[i]);
		}
	}
	if (installed_load(&pending->before, change->view.haves.pacman.db, &app->arena, err) < 0) {
		return -1;
	}
	return pending_write(pending, &app->facts, &app->arena, err);
}

int coordinate(struct change *change, struct err *err) {
	struct coordination *coordination = change->coordination;
	struct app *app = change->app;
	if (begin(change, err) < 0) {
		return -1;
	}
	change_close(change);
	int result = run_helpers(change, err);
	if (result < 0) {
		/* What was done before it came to this is recorded by the next command. */
		struct err ignored = {0};
		if (!coordination->started && pending_remove(&coordination->pending, &app->facts,
						       &app->arena, &ignored) < 0) {
			err_release(&ignored);
		}
		return -1;
	}
	coordination->pending.code = coordination->code;
	if (coordination->code > CODE_INTERRUPT) {
		app_warn(app, "it was killed by signal %d; 'lumina doctor' looks for what it left behind",
				coordination->code - CODE_SIGNAL);
	}
	/* Should we not be able to record it: whoever is, is to know that all went well. */
	struct err ignored = {0};
	if (pending_write(&coordination->pending, &app->facts, &app->arena, &ignored) < 0) {
		err_release(&ignored); /* the record of before is still there */
	}
	return 0;
}

/* --- afterwards ---------------------------------------------------------------------------- */

static bool *look_for_flatpaks(const struct pending *pending, const struct pacman *pacman,
		struct app *app) {
	const struct helpers helpers = {.pacman = pacman, .facts = &app->facts,
			.arena = &app->arena};
	struct flatpaks flatpaks;
	flatpaks_find(&flatpaks, &app->facts, &app->arena);
	bool *there = arena_zalloc(&app->arena, (pending->asked.count + 1) * sizeof(*there));
	for (size_t i = 0; i < pending->asked.count; i++) {
		const struct package_op *op = &pending->asked.items[i];
		there[i] = op->from == FROM_FLATPAK &&
				(flatpaks_have(&flatpaks, op->name) ||
						helper_has_flatpak(&helpers, op->name));
	}
	return there;
}

static int record_installed(struct coordination *coordination,
		const struct package_request *request, struct err *err) {
	coordination->recorded.count = 0;
	packages_to_record(&coordination->recorded, request);
	for (size_t i = 0; i < coordination->recorded.count; i++) {
		if (recording_add(&coordination->recording, coordination->recorded.items[i], err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int record_removed(struct coordination *coordination, const struct package_ops *settled,
		struct err *err) {
	for (size_t i = 0; i < settled->count; i++) {
		const struct package_op *op = &settled->items[i];
		size_t count = 0;
		if (op->state == PACKAGE_DONE && op->why == coordination->why &&
				recording_remove(&coordination->recording, op->asked, &count, err) < 0) {
			return -1;
		}
	}
	return 0;
}

int coordinate_settle(struct change *change, struct err *err) {
	struct coordination *coordination = change->coordination;
	struct pending *pending = &coordination->pending;
	struct app *app = change->app;
	struct plan *plan = &change->view.plan;
	installed_release(&coordination->now);
	editing_release(&coordination->recording.editing);
	if (installed_load(&coordination->now, change->view.haves.pacman.db, &app->arena, err) < 0) {
		return -1;
	}
	const struct package_request request = {
		.action = coordination->action,
		.why = coordination->why,
		.asked = pending->asked.items,
		.count = pending->asked.count,
		.before = &pending->before,
		.now = &coordination->now,
		.flatpaks_now = look_for_flatpaks(pending, &change->view.haves.pacman, app),
		.good = pending->code == 0,
	};
	plan->packages.count = 0;
	/* The next `status` shows what there is. */
	if (coordination->killed) {
		return 0;
	}
	packages_settle(&plan->packages, &request);
	coordination->recording.view = &change->view;
	coordination->recording.installed = &coordination->now;
	coordination->recording.group = pending->group;
	coordination->recording.host = pending->host;
	int result = !coordination->records ? 0
			: coordination->action == PACKAGE_INSTALL
			? record_installed(coordination, &request, err)
			: record_removed(coordination, &plan->packages, err);
	if (result < 0) {
		return -1; /* the pending record stays */
	}
	editing_plan(&coordination->recording.editing, plan, coordination->why);
	return 0;
}

void coordinate_finish(struct change *change) {
	struct app *app = change->app;
	struct err problem = {0};
	if (pending_remove(&change->coordination->pending, &app->facts, &app->arena, &problem) < 0) {
		app_warn(app, "%s", problem.text);
		err_release(&problem);
	}
}

/* --- what earlier runs left ---------------------------------------------------------------- */

static int take_up(struct app *app, struct pending *pending, bool *ret_recorded,
		struct err *err) {
	struct coordination coordination = {
		.why = pending->why,
		.action = pending->action,
		.records = pending->records,
	};
	coordination_init(&coordination, app);
	coordination.pending = *pending;
	coordination.code = pending->code;
	coordination.killed = pending->code > CODE_INTERRUPT; /* perhaps pacman was */
	struct change change = {
		.app = app,
		.command = "record",
		.command_line = pending->command,
		.packages = PACKAGES_ALL,
		.coordination = &coordination,
		.helped = true,
		.build = coordinate_settle,
		.finish = coordinate_finish,
		.silent = true,
	};
	int result = change_run(&change, err);
	if (result == 0 && change.generation > 0) {
		app_note(app, "'%s' was not recorded: done now", pending->command);
		*ret_recorded = true;
	}
	view_release(&change.view);
	*pending = (struct pending){.lock = -1}; /* released with the coordination */
	coordination_release(&coordination);
	return result;
}

/* pacman is in the middle of a transaction, perhaps of the very run that was cut off. */
static bool is_at_work(struct app *app) {
	struct pacman pacman;
	struct err ignored = {0};
	if (pacman_find(&pacman, &app->facts, &app->arena, &ignored) < 0) {
		err_release(&ignored);
		return false;
	}
	return access(path_join(pacman.db, "db.lck", &app->arena), F_OK) == 0;
}

int coordinate_take_up(struct app *app, bool *ret_recorded, const char **ret_left,
		struct err *err) {
	struct pendings pendings = {0};
	struct change opened = {.app = app, .store = STORE_CLOSED};
	bool recovered;
	*ret_left = NULL;
	if (is_at_work(app)) {
		*ret_left = "a package manager is at work, or was cut off";
		return 0;
	}
	int result = change_open(&opened, &recovered, err);
	if (result == 0) {
		result = pendings_load(&pendings, &app->facts, true, &app->arena, err);
	}
	change_close(&opened);
	for (size_t i = 0; i < pendings.count; i++) {
		struct err problem = {0};
		const char *command = pendings.items[i].command;
		if (take_up(app, &pendings.items[i], ret_recorded, &problem) < 0) {
			app_warn(app, "what '%s' did is not recorded yet: %s", command,
					problem.text != NULL ? problem.text : "the registry can't be read");
			*ret_left = "what the last command did could not be recorded";
			err_release(&problem);
		}
	}
	pendings_release(&pendings);
	return result;
}
