/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <stdlib.h>

#include "cmd/view.h"
#include "report/report.h"

int cmd_status(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct status_opts *options = opts;
	if (argc > 1) {
		return err_set(err, ERR_USAGE, "'lumina status' takes no argument '%s'", argv[1]);
	}
	struct view view;
	const char *interrupted = view_note_interrupted(app);
	if (view_load(&view, app, err) < 0) {
		return -1;
	}
	struct missing_sources missing;
	struct drifts drifts;
	sources_check(&missing, &view.places, &app->facts);
	drifts_build(&drifts, &view.plan, &missing, &app->arena);
	struct status_report status = {
		.home = app->facts.home,
		.profile = app->facts.profile,
		.plan = &view.plan,
		.drifts = &drifts,
		.places = app->global.verbose ? &view.places : NULL,
		.interrupted = interrupted,
	};
	if (app->global.json) {
		report_status_json(&status, &app->out);
	} else if (!app->global.quiet) {
		report_status(&status, app->paint, &app->out);
	}
	bool drifted = drifts.count > 0;
	free(missing.items);
	free(drifts.items);
	view_release(&view);
	return drifted && options->exit_code ? err_exit(err, 4) : 0;
}
