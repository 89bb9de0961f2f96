/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"

#include "cmd/package_status.h"
#include "cmd/view.h"
#include "exec/history.h"
#include "report/report.h"
#include "sys/proc.h"

/* How often this target was absorbed before. */
static size_t count_absorbed(const struct history *history, const char *target) {
	size_t count = 0;
	for (size_t i = 0; i < history->count; i++) {
		const struct journal *journal = &history->items[i];
		for (size_t j = 0; j < journal->ops.count; j++) {
			const struct op *op = &journal->ops.items[j];
			count += op->why == WHY_ABSORBED && streq(op->path, target);
		}
	}
	return count;
}

/* The program that a file in the home folder belongs to, by its name; NULL if there is none. */
static const char *guess_program(const char *target, struct arena *arena) {
	const char *config = "~/.config/";
	bool shared = strncmp(target, config, strlen(config)) == 0;
	const char *name = shared ? target + strlen(config) : target + 2;
	name += name[0] == '.';
	size_t n = strcspn(name, "/.");
	const char *program = arena_strndup(arena, name, n);
	if (n > 2 && !proc_exists(program) && streq(program + n - 2, "rc")) {
		program = arena_strndup(arena, name, n - 2);
	}
	return n > 0 && proc_exists(program) ? program : NULL;
}

/* A program that does it again will go on doing it: the folder should be linked, not the file. */
static void name_repeaters(struct app *app, struct drifts *drifts, const struct history *history) {
	struct arena *arena = &app->arena;
	for (size_t i = 0; i < drifts->count; i++) {
		struct drift *drift = &drifts->items[i];
		size_t times = drift->state == DRIFT_DETACHED
				? count_absorbed(history, drift->target) : 0;
		if (times == 0) {
			continue;
		}
		const char *program = guess_program(drift->target, arena);
		const char *folder = arena_strndup(arena, drift->target,
				(size_t)(path_name(drift->target) - drift->target) - 1);
		bool common = streq(folder, "~") || streq(folder, "~/.config");
		drift->again = arena_printf(arena, "%s%s%s saves it by a new file, and will again%s%s%s",
				program != NULL ? "probably '" : "a program",
				program != NULL ? program : "", program != NULL ? "'" : "",
				common ? "" : ": link its folder '", common ? "" : folder,
				common ? "" : "' instead of the file");
	}
}

static bool has_detached(const struct drifts *drifts) {
	for (size_t i = 0; i < drifts->count; i++) {
		if (drifts->items[i].state == DRIFT_DETACHED) {
			return true;
		}
	}
	return false;
}

static size_t count_installed(const struct haves *haves) {
	size_t count = 0;
	for (size_t i = 0; i < haves->count; i++) {
		count += haves->items[i].present;
	}
	return count;
}

int cmd_status(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct status_opts *options = opts;
	if (argc > 1) {
		return err_set(err, ERR_USAGE, "'lumina status' takes no argument '%s'", argv[1]);
	}
	struct view view;
	const char *interrupted = view_note_interrupted(app);
	const struct view_opts everything = {.packages = PACKAGES_ALL, .themes = THEMES_LOOK};
	struct package_drifts packages;
	if (view_load(&view, app, &everything, err) < 0) {
		return -1;
	}
	if (package_status_load(&packages, &view, app, err) < 0) {
		view_release(&view);
		return -1;
	}
	struct missing_sources missing;
	struct drifts drifts;
	sources_check(&missing, &view.places, &app->facts);
	drifts_build(&drifts, &view.plan, &missing, view.unthemed, &app->arena);
	struct history history = {0};
	struct err ignored = {0};
	if (has_detached(&drifts) &&
			history_load(&history, app->facts.state, &app->arena, &ignored) == 0) {
		name_repeaters(app, &drifts, &history);
	}
	err_release(&ignored);
	history_release(&history);
	struct status_report status = {
		.home = app->facts.home,
		.profile = app->facts.profile,
		.plan = &view.plan,
		.drifts = &drifts,
		.packages = &packages,
		.installed = count_installed(&view.haves),
		.verbose = app->global.verbose,
		.places = app->global.verbose ? &view.places : NULL,
		.interrupted = interrupted,
	};
	if (app->global.json) {
		report_status_json(&status, &app->out);
	} else if (!app->global.quiet) {
		report_status(&status, app->paint, &app->out);
	}
	bool drifted = drifts.count > 0 || package_drifts_count(&packages) > 0;
	package_drifts_release(&packages);
	free(missing.items);
	free(drifts.items);
	view_release(&view);
	return drifted && options->exit_code ? err_exit(err, 4) : 0;
}
