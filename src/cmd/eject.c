/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/path.h"
#include "cmd/change.h"
#include "cmd/copying.h"
#include "cmd/reach.h"
#include "exec/purge.h"
#include "exec/stage.h"
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
		if (seen.kind == STAMP_HIDDEN) {
			errno = seen.sys;
			return err_sys(err, "cannot look at '%s'", item->path);
		}
		/* What somebody put in its place is a real file already, or another's link. */
		bool ours = seen.kind == STAMP_LINK && streq(seen.text, item->text);
		if (ours && copying_add(plan, app, item->path, item->text, WHY_EJECTED, err) < 0) {
			return -1;
		}
	}
	reach_plan(plan, app, true, &app->arena);
	return 0;
}

static int erase_state(struct change *change, struct err *err) {
	struct app *app = change->app;
	struct backups backups = {0};
	bool recovered;
	if (!store_exists(&app->facts)) {
		return 0;
	}
	if (change_open(change, &recovered, err) < 0) {
		return -1;
	}
	/* A clean-up that failed: the record has to stay, or the journal would be taken back. */
	if (store_has_journal(&app->facts, &app->arena, err) != 0) {
		return err->kind != ERR_NONE ? -1 : err_set(err, ERR_FAILED, "the state folder stays");
	}
	if (stage_erase(&change->store, &app->arena, err) < 0 || store_erase(&change->store, err) < 0) {
		return -1;
	}
	if (backups_list(&backups, &app->facts, &app->arena, err) == 0 && backups.count > 0) {
		app_note(app, "%zu %s of yours %s in '%s/backups'", backups.count,
				backups.count == 1 ? "backup" : "backups",
				backups.count == 1 ? "stays" : "stay", app->facts.state);
	}
	backups_release(&backups);
	return err->kind == ERR_NONE ? 0 : -1;
}

/* Nothing is owned any more: the state folder goes, but for what is a person's. */
static void finish(struct change *change) {
	struct err problem = {0};
	if (erase_state(change, &problem) < 0) {
		/* The links are real files by now: that is what counts. */
		app_warn(change->app, "%s; the next 'lumina eject' removes the rest", problem.text);
		err_release(&problem);
	}
}

int cmd_eject(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct undo_opts *options = opts;
	struct change change = {
		.app = app,
		.command = "eject",
		.dry_run = options->dry_run,
		.without_registry = true,
		.build = build,
		.finish = finish,
	};
	if (argc > 1) {
		return err_set(err, ERR_USAGE, "'lumina eject' takes no argument '%s'", argv[1]);
	}
	int result = change_run(&change, err);
	view_release(&change.view);
	return result;
}
