/* SPDX-License-Identifier: MIT */

/* undo and rollback: two names for a move between generations. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/path.h"
#include "base/vec.h"
#include "cmd/change.h"
#include "cmd/editing.h"
#include "cmd/package_back.h"
#include "cmd/reach.h"
#include "exec/history.h"
#include "plan/back.h"
#include "state/peek.h"
#include "sys/folder.h"
#include "text/node.h"

struct undo {
	const char *wanted; /* of rollback: the generation's number; NULL: the parent */
	struct history history;
	struct editing editing;
	bool more;      /* the way is too long for one plan: this was its first step */
	uint64_t first; /* the first generation forward, on a way that only goes forward */
	struct package_back packages;
	uint64_t present; /* where it began, before any package was touched */
	struct notes left; /* what isn't taken back, with the reason */
};

static void undo_release(struct undo *undo) {
	history_release(&undo->history);
	editing_release(&undo->editing);
	VEC_RELEASE(&undo->left);
	undo->editing = (struct editing){.app = undo->editing.app};
}

/* --- the way ------------------------------------------------------------------------------- */

struct way {
	struct back_step *items;
	size_t count, room;
};

static int add_step(struct way *way, const struct undo *undo, uint64_t generation, bool forward,
		uint64_t *ret_parent, struct arena *arena, struct err *err) {
	const struct journal *journal = history_find(&undo->history, generation);
	if (journal == NULL) {
		return err_set(err, ERR_FAILED, "the record of generation %" PRIu64 " is missing or "
						"damaged", generation);
	}
	struct back_step step = {journal->ops.items, journal->ops.count,
			journal_slot_folder(journal, arena), forward,
			journal->packages.items, journal->packages.count};
	VEC_ADD(way, step);
	*ret_parent = journal->parent;
	return 0;
}

static bool is_above(const struct undo *undo, uint64_t above, uint64_t generation) {
	while (generation > above) {
		const struct journal *journal = history_find(&undo->history, generation);
		generation = journal != NULL ? journal->parent : 0;
	}
	return generation == above;
}

/* Back to what both have in common, then forward. A parent's number is always lower. */
static int find_way(struct way *way, struct undo *undo, uint64_t from, uint64_t to,
		struct arena *arena, struct err *err) {
	while (!is_above(undo, from, to)) {
		if (add_step(way, undo, from, false, &from, arena, err) < 0) {
			return -1;
		}
	}
	size_t first = way->count;
	for (uint64_t at = to; at != from;) {
		if (add_step(way, undo, at, true, &at, arena, err) < 0) {
			return -1;
		}
	}
	undo->first = to;
	while (to != from && history_find(&undo->history, undo->first)->parent != from) {
		undo->first = history_find(&undo->history, undo->first)->parent;
	}
	for (size_t i = first, j = way->count; i + 1 < j; i++) {
		struct back_step step = way->items[i];
		way->items[i] = way->items[--j];
		way->items[j] = step;
	}
	return 0;
}

static int parse_generation(const char *text, uint64_t *ret, struct err *err) {
	if (!record_parse_number(text, ret)) {
		return err_set(err, ERR_USAGE, "'%s' is no generation; 'lumina history' lists them",
				text);
	}
	return 0;
}

/* Where to, in the end. */
static int choose(const struct undo *undo, uint64_t present, uint64_t *ret, struct err *err) {
	if (undo->wanted != NULL) {
		if (parse_generation(undo->wanted, ret, err) < 0) {
			return -1;
		}
		if (*ret == 0 || history_find(&undo->history, *ret) != NULL) {
			return 0;
		}
		(void)err_set(err, ERR_FAILED, "there is no generation %" PRIu64, *ret);
		err_hint(err, "lumina history");
		return -1;
	}
	const struct journal *journal = history_find(&undo->history, present);
	if (present != 0 && journal == NULL) {
		return err_set(err, ERR_FAILED, "the record of generation %" PRIu64 " is missing or "
						"damaged", present);
	}
	*ret = journal != NULL ? journal->parent : 0;
	return 0;
}

/*
 * The way, in one plan where that can say it; else its first step only, and *ret_to is
 * the generation that this leads to.
 */
static int plan_way(struct undo *undo, uint64_t present, struct way *way, uint64_t *ret_to,
		struct arena *arena, struct err *err) {
	uint64_t to = 0;
	if (choose(undo, present, &to, err) < 0 ||
			find_way(way, undo, present, to, arena, err) < 0) {
		return -1;
	}
	undo->more = way->count > 1 && !back_is_simple(way->items, way->count);
	*ret_to = to;
	if (undo->more) {
		bool forward = way->items[0].forward;
		way->count = 1;
		*ret_to = forward ? undo->first : history_find(&undo->history, present)->parent;
	}
	return 0;
}

/* --- looking ------------------------------------------------------------------------------- */

static void leave(struct undo *undo, struct back_place *place, const char *why,
		struct arena *arena) {
	place->left = true;
	VEC_ADD(&undo->left, arena_printf(arena, "%s: %s", place->path, why));
}

/* What can't be looked at is an error: a guess would be carried out only half. */
static int look_at(struct change *change, struct back_place *place, struct err *err) {
	struct app *app = change->app;
	struct arena *arena = &app->arena;
	if (place->slot) {
		const char *slot = arena_printf(arena, "%s/backups/%s", app->facts.state, place->path);
		peek(slot, &app->facts, arena, &place->seen);
		errno = place->seen.sys;
		return place->seen.kind == STAMP_HIDDEN ? err_sys(err, "cannot look at '%s'", slot) : 0;
	}
	peek(place->path, &app->facts, arena, &place->seen);
	if (place->seen.kind == STAMP_HIDDEN && back_changes(place)) {
		errno = place->seen.sys;
		return err_sys(err, "cannot look at '%s'", place->path);
	}
	const char *name = peek_open_name(place->path, &app->facts, arena);
	if (place->seen.kind == STAMP_ABSENT) {
		place->seen.dev = peek_device(name, arena);
	}
	if (place->seen.kind == STAMP_FOLDER && place->now.kind == BACK_FOLDER) {
		if (folder_count(AT_FDCWD, name, &place->seen.entries) < 0) {
			return err_sys(err, "cannot look into '%s'", place->path);
		}
	}
	return 0;
}

static int look(struct change *change, struct back *back, struct err *err) {
	struct undo *undo = change->user;
	struct arena *arena = &change->app->arena;
	for (size_t i = 0; i < back->places.count; i++) {
		if (look_at(change, &back->places.items[i], err) < 0) {
			return -1;
		}
	}
	for (size_t i = 0; i < back->places.count; i++) {
		struct back_place *place = &back->places.items[i];
		if (!back_changes(place) || back_is_as(place, &place->now)) {
			continue;
		}
		if (place->then.kind != BACK_OBJECT && place->now.kind != BACK_OBJECT &&
				back_is_as(place, &place->then)) {
			place->left = true; /* it is so already */
			continue;
		}
		leave(undo, place, arena_printf(arena, "there stands %s by now; left as it is",
						    stamp_describe(&place->seen, arena)),
				arena);
	}
	return 0;
}

/* Objects whose slots are empty by now: purged, mostly. */
static void look_for_lost(struct change *change, struct back *back) {
	struct undo *undo = change->user;
	for (size_t i = 0; i < back->places.count; i++) {
		struct back_place *place = &back->places.items[i];
		const struct back_place *slot = place->slot || place->left ? NULL
									     : back_slot_of(back, place);
		if (back_changes(place) && slot != NULL && slot->seen.kind == STAMP_ABSENT) {
			leave(undo, place, arena_printf(&change->app->arena,
							    "its backup '%s' is not there any more; left "
							    "as it is", slot->path),
					&change->app->arena);
		}
	}
}

static int take_back_edits(struct change *change, const struct back *back, struct err *err) {
	struct undo *undo = change->user;
	/* Without it no edit can be made, and that is no reason to take back the rest alone. */
	if (back->edits.count > 0 && node_prepare(err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < back->edits.count; i++) {
		struct edit edit = back->edits.items[i].edit;
		const char *path = back->edits.items[i].path;
		struct err problem = {0};
		bool done;
		if (editing_apply(&undo->editing, path, path_name(path), &edit, &done, &problem) == 0) {
			continue;
		}
		if (problem.sys != 0 && problem.sys != ENOENT) {
			*err = problem;
			return -1;
		}
		VEC_ADD(&undo->left, arena_printf(&change->app->arena, "%s%s%s", problem.text,
						     problem.hint != NULL ? "; " : "",
						     problem.hint != NULL ? problem.hint : ""));
		err_release(&problem);
	}
	return 0;
}

/* --- planning ------------------------------------------------------------------------------ */

static int build(struct change *change, struct err *err) {
	struct undo *undo = change->user;
	struct app *app = change->app;
	struct plan *plan = &change->view.plan;
	undo_release(undo);
	if (history_load(&undo->history, app->facts.state, &app->arena, err) < 0) {
		return -1;
	}
	uint64_t present = history_present(&undo->history, &change->view.owned);
	if (change->helped && present != undo->present) {
		(void)err_set(err, ERR_FAILED, "another lumina changed this machine while packages were "
					       "changed");
		err_hint(err, "lumina history");
		return -1;
	}
	undo->present = present;
	struct way way = {0};
	struct back back = {0};
	int result = plan_way(undo, present, &way, &change->to, &app->arena, err);
	change->moves = true;
	if (result == 0) {
		back_compose(&back, way.items, way.count, &app->arena);
		result = look(change, &back, err);
	}
	if (result == 0) {
		look_for_lost(change, &back);
		back_plan(&back, plan, app->facts.profile,
				peek_device(app->facts.state, &app->arena));
		for (size_t i = 0; i < back.places.count; i++) {
			struct back_place *place = &back.places.items[i];
			if (place->why != NULL) {
				leave(undo, place, place->why, &app->arena);
			}
		}
		result = take_back_edits(change, &back, err);
	}
	if (result == 0) {
		result = package_back_plan(&undo->packages, change, way.items, way.count, &undo->left,
				err);
	}
	if (result == 0) {
		editing_plan(&undo->editing, plan, WHY_UNDONE);
		reach_plan(plan, app, true, &app->arena);
	}
	if (result == 0 && back.tangled != NULL) {
		result = err_set(err, ERR_REFUSED, "'%s' changed in ways that can't be taken back in "
						   "one step; nothing was changed", back.tangled);
		err_hint(err, "go back one by one: lumina undo");
	}
	back_release(&back);
	VEC_RELEASE(&way);
	return result;
}

static int help(struct change *change, struct err *err) {
	struct undo *undo = change->user;
	return package_back_run(&undo->packages, change, err);
}

/* One plan, carried out. */
static int run_once(struct app *app, const char *command, struct undo *undo, bool dry_run,
		bool *ret_more, struct err *err) {
	struct change change = {
		.app = app,
		.command = command,
		.dry_run = dry_run,
		.without_registry = true,
		.takes_back = undo->wanted == NULL,
		.build = build,
		.help = help,
		.user = undo,
		.left = &undo->left,
	};
	int result = change_run(&change, err);
	*ret_more = undo->more && (change.result == RESULT_DONE || change.result == RESULT_NOTHING);
	if (undo->more && change.result == RESULT_PLANNED) {
		app_note(app, "this is the first step, to generation %" PRIu64 "; the others follow one "
			      "by one, since they move the same files", change.to);
	}
	for (size_t i = 0; i < undo->left.count; i++) {
		app_warn(app, "%s", undo->left.items[i]);
	}
	view_release(&change.view);
	return result;
}

static int run(struct app *app, const char *command, const char *wanted, bool dry_run,
		struct err *err) {
	struct undo undo = {.wanted = wanted, .editing = {.app = app}};
	size_t left = 0;
	bool more = false;
	int result;
	do {
		if (more && app->global.json) {
			buf_clear(&app->out); /* one document: the last step's */
		}
		result = run_once(app, command, &undo, dry_run, &more, err);
		left += undo.left.count;
	} while (result == 0 && more && undo.left.count == 0);
	if (result == 0 && left > 0) {
		result = err_set(err, ERR_FAILED, "%zu of the changes %s not taken back", left,
				left == 1 ? "was" : "were");
	}
	undo_release(&undo);
	package_back_release(&undo.packages);
	return result;
}

int cmd_undo(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct undo_opts *options = opts;
	if (argc > 1) {
		return err_set(err, ERR_USAGE, "'lumina undo' takes no argument '%s'; 'lumina rollback' "
					       "takes a generation", argv[1]);
	}
	return run(app, "undo", NULL, options->dry_run, err);
}

int cmd_rollback(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct undo_opts *options = opts;
	if (argc != 2) {
		(void)err_set(err, ERR_USAGE, "'lumina rollback' needs one generation");
		err_hint(err, "lumina history");
		return -1;
	}
	return run(app, "rollback", argv[1], options->dry_run, err);
}
