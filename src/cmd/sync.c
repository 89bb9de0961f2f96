/* SPDX-License-Identifier: MIT */
#include "cmd/sync.h"

#include "cmd/change.h"

enum { ONLY_SYMLINKS = 1 };

static int ask(struct change *change, bool *ret_asked, struct err *err) {
	const struct plan *plan = &change->view.plan;
	const struct sync_opts *opts = change->user;
	*ret_asked = false;
	if (!plan_needs_consent(plan) || opts->yes) {
		return 0;
	}
	*ret_asked = true;
	const char *loss = arena_printf(&change->app->arena,
			"this removes %zu of the %zu links that Lumina made", plan->removals,
			plan->owned);
	return change_consent(change->app, loss, "if that is meant: lumina sync --yes", err);
}

/* Nobody shall believe that they were installed. */
static void note_packages(const struct change *change) {
	size_t count = change->view.registry.packages.count;
	bool acted = change->result == RESULT_DONE || change->result == RESULT_PLANNED;
	if (count > 0 && (acted || change->app->global.verbose)) {
		app_note(change->app, "%zu packages are declared; this version handles links only",
				count);
	}
}

int sync_run(struct app *app, const struct sync_opts *opts, struct err *err) {
	struct sync_opts options = *opts;
	struct change change = {
		.app = app,
		.command = "sync",
		.dry_run = opts->dry_run,
		.resolve = opts->backup ? RESOLVE_BACKUP
				: opts->adopt ? RESOLVE_ADOPT
					      : RESOLVE_NOT,
		.consent = ask,
		.user = &options,
	};
	if (opts->backup && opts->adopt) {
		return err_set(err, ERR_USAGE, "--backup and --adopt exclude each other");
	}
	if (opts->only >= 0 && opts->only != ONLY_SYMLINKS) {
		app_note(app, "this version handles links only");
		const struct plan nothing = {0};
		struct outcome outcome = {.command = "sync", .home = app->facts.home, .state = app->facts.state,
				.plan = &nothing, .result = RESULT_NOTHING};
		if (app->global.json) {
			report_outcome_json(&outcome, &app->out);
		} else if (!app->global.quiet) {
			report_summary(&outcome, app->paint, &app->out);
		}
		return 0;
	}
	int result = change_run(&change, err);
	note_packages(&change);
	view_release(&change.view);
	return result;
}

int cmd_sync(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	if (argc > 1) {
		return err_set(err, ERR_USAGE, "'lumina %s' takes no argument '%s'", argv[0],
				argv[1]);
	}
	return sync_run(app, opts, err);
}
