/* SPDX-License-Identifier: MIT */
#include "cmd/sync.h"

#include <stdio.h>
#include <unistd.h>

#include "cmd/change.h"
#include "cmd/coordinate.h"
#include "cmd/prune.h"
#include "cmd/pull.h"
#include "cmd/theming.h"
#include "desk/desk.h"
#include "desk/waybar.h"
#include "flow/compile.h"

enum { ONLY_PACKAGES, ONLY_SYMLINKS, ONLY_THEMES };
enum { NAMED_MAX = 10 };

struct sync {
	const struct sync_opts *opts;
	struct coordination coordination;
	bool reported; /* the packages that are left to the person */
};

/* --- questions ----------------------------------------------------------------------------- */

static int ask(struct change *change, bool *ret_asked, struct err *err) {
	const struct sync *sync = change->user;
	const struct plan *plan = &change->view.plan;
	*ret_asked = false;
	if (!plan_needs_consent(plan) || sync->opts->yes || change->helped) {
		return 0;
	}
	*ret_asked = true;
	struct buf loss _cleanup_buf_ = BUF_INIT;
	buf_addf(&loss, "this removes %zu of the %zu links that Lumina made", plan->removals,
			plan->owned);
	return change_consent(change->app, loss.data, "if that is meant: lumina sync --yes", err);
}

/*
 * A build runs what a stranger wrote. Its helper shows that and asks; where nobody is there
 * to be asked, it isn't begun.
 */
static int check_builds(const struct change *change, struct err *err) {
	const struct sync *sync = change->user;
	struct buf names _cleanup_buf_ = BUF_INIT;
	for (size_t i = 0; i < change->view.plan.packages.count; i++) {
		const struct package_op *op = &change->view.plan.packages.items[i];
		if (op->from == FROM_AUR) {
			buf_addf(&names, "%s%s", names.len > 0 ? ", " : "", op->name);
		}
	}
	if (names.len == 0 || sync->opts->yes || isatty(STDIN_FILENO)) {
		return 0;
	}
	(void)err_set(err, ERR_REFUSED, "packages of the AUR are to be built (%s), and there is no "
					"terminal to ask at; nothing was changed", names.data);
	err_hint(err, "lumina sync --yes");
	return -1;
}

/* --- the plan ------------------------------------------------------------------------------ */

static void drop_links(struct plan *plan) {
	plan->ops.count = 0;
	plan->conflicts.count = 0;
	plan->followed.count = 0;
	plan->removals = 0;
}

/* With --no-packages: for runs that nobody watches. */
static void only_report_packages(struct change *change) {
	struct sync *sync = change->user;
	struct package_ops *packages = &change->view.plan.packages;
	struct buf names _cleanup_buf_ = BUF_INIT;
	for (size_t i = 0; i < packages->count && i < NAMED_MAX; i++) {
		buf_addf(&names, "%s%s", i > 0 ? ", " : "", packages->items[i].name);
	}
	if (packages->count > NAMED_MAX) {
		buf_addf(&names, " and %zu more", packages->count - NAMED_MAX);
	}
	if (packages->count > 0 && !sync->reported) {
		app_note(change->app, "packages that are missing: %s; 'lumina sync' installs them",
				names.data);
	}
	sync->reported = true;
	packages->count = 0;
}

static int build(struct change *change, struct err *err) {
	const struct sync *sync = change->user;
	struct plan *plan = &change->view.plan;
	if (sync->opts->no_packages) {
		only_report_packages(change);
	}
	if (sync->opts->only == ONLY_THEMES || sync->opts->only == ONLY_SYMLINKS) {
		theming_keep(&change->view, change->app, sync->opts->only == ONLY_THEMES);
	}
	if (sync->opts->only == ONLY_PACKAGES || sync->coordination.cancelled) {
		drop_links(plan);
	}
	if (change->helped) {
		return coordinate_settle(change, err);
	}
	bool refuses = plan->conflicts.count == 0 && !change->dry_run;
	return refuses ? check_builds(change, err) : 0;
}

static void finish(struct change *change) {
	coordinate_finish(change);
}

static void note_replaced(const struct change *change) {
	const struct haves *haves = &change->view.haves;
	for (size_t i = 0; i < haves->count; i++) {
		if (haves->items[i].instead != NULL) {
			app_note(change->app, "'%s' was replaced by '%s', and is left: lumina capture",
					haves->items[i].name, haves->items[i].instead->name);
		}
	}
}

/*
 * What style.css imports has to be there before Waybar starts; and what missions hide may be
 * another thing now. One look, and no more, where there is no Waybar.
 */
static void make_style(const struct change *change) {
	struct app *app = change->app;
	const struct view *view = &change->view;
	struct err err = {0};
	struct missions missions;
	struct desk desk;
	if (access(waybar_folder(&app->facts, &app->arena), F_OK) < 0) {
		return;
	}
	desk_load(&desk, &app->facts, &app->arena);
	missions_compile(&missions, &view->registry, app->facts.home, &app->arena);
	if (waybar_style(&desk, &missions, false, &app->facts, &app->arena, &err) < 0) {
		app_warn(app, "%s", err.text);
		err_release(&err);
	}
}

/* Nobody shall believe that they were installed. */
static void note_left(const struct change *change) {
	const struct view *view = &change->view;
	if (view->haves.nowhere && (change->result == RESULT_DONE || change->app->global.verbose)) {
		app_note(change->app, "%zu packages are declared; there is no pacman on this machine",
				view->registry.packages.count);
	}
}

int sync_run(struct app *app, const struct sync_opts *opts, struct err *err) {
	if (opts->backup && opts->adopt) {
		return err_set(err, ERR_USAGE, "--backup and --adopt exclude each other");
	}
	if (opts->pull && pull_run(app, opts->dry_run, err) < 0) {
		return -1;
	}
	struct sync sync = {
		.opts = opts,
		.coordination = {.why = WHY_MISSING, .action = PACKAGE_INSTALL, .retries = true,
				.yes = opts->yes},
	};
	struct change change = {
		.app = app,
		.command = "sync",
		.dry_run = opts->dry_run,
		.resolve = opts->backup ? RESOLVE_BACKUP
				: opts->adopt ? RESOLVE_ADOPT
					      : RESOLVE_NOT,
		.build = build,
		.amends = true,
		.consent = ask,
		.finish = finish,
		.packages = opts->only == ONLY_SYMLINKS || opts->only == ONLY_THEMES ? PACKAGES_NONE
										      : PACKAGES_DECLARED,
		.themes = opts->only == ONLY_PACKAGES || opts->only == ONLY_SYMLINKS ? THEMES_NONE
										   : THEMES_PLAN,
		.coordination = &sync.coordination,
		.help = coordinate,
		.hush = opts->hush,
		.user = &sync,
	};
	coordination_init(&sync.coordination, app);
	int result = change_run(&change, err);
	note_left(&change);
	note_replaced(&change);
	if (result == 0 && !opts->dry_run && opts->only != ONLY_PACKAGES) {
		make_style(&change);
	}
	result = coordination_exit(&change, result, err);
	view_release(&change.view);
	coordination_release(&sync.coordination);
	return result;
}

int cmd_sync(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct sync_opts *options = opts;
	const struct prune_opts prune = {.yes = options->yes, .dry_run = options->dry_run};
	if (argc > 1) {
		return err_set(err, ERR_USAGE, "'lumina %s' takes no argument '%s'", argv[0],
				argv[1]);
	}
	if (options->prune && !options->yes && !options->dry_run && !isatty(STDIN_FILENO)) {
		(void)err_set(err, ERR_REFUSED, "--prune uninstalls packages, and there is no terminal to "
						"ask at; nothing was changed");
		err_hint(err, "lumina sync --prune --yes");
		return -1;
	}
	if (sync_run(app, options, err) < 0) {
		return -1;
	}
	return options->prune ? prune_run(app, &prune, app->global.json, err) : 0;
}
