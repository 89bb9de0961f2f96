/* SPDX-License-Identifier: MIT */
#include "base/path.h"
#include "cmd/change.h"
#include "cmd/copying.h"
#include "cmd/reach.h"
#include "exec/purge.h"
#include "state/peek.h"

static int build(struct change *change, struct err *err) {
	struct app *app = change->app;
	struct plan *plan = &change->view.plan;
	const struct owned_record *owned = &change->view.owned;
	for (size_t i = 0; i < owned->count; i++) {
		const struct owned *item = &owned->items[i];
		struct stamp seen;
		if (item->text == NULL) {
			continue;
		}
		peek(item->path, &app->facts, &app->arena, &seen);
		/* What somebody put in its place is a real file already, or another's link. */
		bool ours = seen.kind == STAMP_LINK && streq(seen.text, item->text);
		if (ours && copying_add(plan, app, item->path, item->text, WHY_EJECTED, err) < 0) {
			return -1;
		}
	}
	reach_plan(plan, app, true, &app->arena);
	return 0;
}

/* Nothing is owned any more: the state folder goes, but for what is a person's. */
static int erase_state(struct app *app, struct err *err) {
	struct store store;
	struct backups backups = {0};
	if (!store_exists(&app->facts)) {
		return 0;
	}
	if (store_open(&store, &app->facts, &app->arena, err) < 0) {
		return -1;
	}
	int result = store_erase(&store, err);
	store_close(&store);
	if (result == 0 && backups_list(&backups, &app->facts, &app->arena, err) == 0 &&
			backups.count > 0) {
		app_note(app, "%zu %s of yours %s in '%s/backups'", backups.count,
				backups.count == 1 ? "backup" : "backups", backups.count == 1 ? "stays" : "stay",
				app->facts.state);
	}
	backups_release(&backups);
	return result;
}

int cmd_eject(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct undo_opts *options = opts;
	struct change change = {
		.app = app,
		.command = "eject",
		.dry_run = options->dry_run,
		.without_registry = true,
		.build = build,
	};
	if (argc > 1) {
		return err_set(err, ERR_USAGE, "'lumina eject' takes no argument '%s'", argv[1]);
	}
	int result = change_run(&change, err);
	if (result == 0 && !options->dry_run) {
		struct err problem = {0};
		if (erase_state(app, &problem) < 0) {
			/* The links are real files by now: that is what counts. */
			app_warn(app, "%s; the next 'lumina eject' removes the rest", problem.text);
			err_release(&problem);
		}
	}
	view_release(&change.view);
	return result;
}
