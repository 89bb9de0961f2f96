/* SPDX-License-Identifier: MIT */

/*
 * The way back, before the commit. What is on disk decides: a crash may have come
 * between any two steps, and a person may have been at work since. Whatever isn't
 * ours goes back to, or stays at, the target's path.
 */

#include "exec/act.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"
#include "exec/part.h"
#include "exec/slot.h"
#include "sys/swap.h"

/* --- what replaced or removed something ---------------------------------------------------- */

/* Our new link stands at the target: it trades places with whatever stands aside. */
static int trade_back(int dir, const struct op *op, const struct scene *scene) {
	if (scene->at_other != THING_NONE) {
		return scene_exchange(dir, op, scene) < 0 ? -1 : unlinkat(dir, scene->other, 0);
	}
	if (op->expect.kind != STAMP_LINK) {
		return 0;
	}
	/* There was no exchange here: the old link has to be made again. */
	return symlinkat(op->expect.text, dir, scene->other) < 0
			? -1
			: renameat(dir, scene->other, dir, scene->name);
}

/* Somebody put something in the place of our new link: what can't go back is of no use. */
static int give_way(struct act *act, int dir, const struct op *op, const struct scene *scene) {
	if (scene->at_other == THING_OTHER || op->keeps ||
			(scene->at_other == THING_FOLDER && op->expect.kind != STAMP_FOLDER)) {
		part_note_aside(act, op, scene->other);
		return 0;
	}
	part_note(act, op, "changed by another program; left as it is");
	if (scene->at_other == THING_FOLDER) {
		/* To be emptied by discard_inside(). */
		walk_add_alias(&act->walk, op->path, scene->other);
		return 0;
	}
	return unlinkat(dir, scene->other, 0);
}

/* The copy of a file, once that is seen to be back in its place. */
static int drop_copy(struct act *act, int dir, const struct op *op) {
	return part_drop_copy(act, dir, path_name(op->path), op, &op->expect);
}

/* What a link replaced, or what was removed. */
static int restore_old_thing(struct act *act, int dir, const struct op *op) {
	struct scene scene;
	if (scene_look(act, dir, op, &scene) < 0) {
		return -1;
	}
	if (scene.at_name == THING_NEW) {
		return trade_back(dir, op, &scene) < 0 ? -1 : drop_copy(act, dir, op);
	}
	if (scene.at_other == THING_NONE) {
		return drop_copy(act, dir, op);
	}
	if (scene.at_other == THING_NEW) { /* it never got there */
		return unlinkat(dir, scene.other, 0) < 0 ? -1 : drop_copy(act, dir, op);
	}
	if (scene.at_name == THING_NONE) {
		return swap_move(dir, scene.other, dir, scene.name) < 0 ? -1 : drop_copy(act, dir, op);
	}
	if (scene.at_name == THING_OLD && scene.at_other == THING_OLD && !op->keeps) {
		return unlinkat(dir, scene.other, 0);
	}
	return give_way(act, dir, op, &scene);
}

/* --- folders that were made ---------------------------------------------------------------- */

/* A folder in the place of our link: aside again, to be emptied there by remove_new(). */
static int set_aside(struct act *act, int dir, const struct op *op, const struct scene *scene) {
	if (scene_exchange(dir, op, scene) < 0) {
		return -1;
	}
	walk_add_alias(&act->walk, op->path, scene->other);
	return 0;
}

static int restore_folder(struct act *act, int dir, const struct op *op) {
	struct scene scene;
	enum holds at_name = HOLDS_OTHERS, at_other = HOLDS_OTHERS;
	if (scene_look(act, dir, op, &scene) < 0) {
		return -1;
	}
	if (scene.at_other == THING_NONE) {
		return 0;
	}
	if (scene.at_name == THING_FOLDER &&
			aside_look_into(act, dir, scene.name, op->path, &at_name) < 0) {
		return -1;
	}
	if (scene.at_other == THING_FOLDER) {
		/* Mostly it never got to the target. But somebody may have put a folder there
		 * just before the exchange: then that is the one aside. */
		if (aside_look_into(act, dir, scene.other, op->path, &at_other) < 0) {
			return -1;
		}
		if (at_name == HOLDS_OURS && at_other != HOLDS_OURS) {
			return set_aside(act, dir, op, &scene);
		}
		walk_add_alias(&act->walk, op->path, scene.other);
		return 0;
	}
	if (scene.at_name == THING_NONE) {
		return swap_move(dir, scene.other, dir, scene.name);
	}
	if (at_name != HOLDS_OTHERS) {
		return set_aside(act, dir, op, &scene);
	}
	if (scene.at_name == THING_FOLDER) {
		/* Somebody's files are in there by now: it stays, and so do the links in it.
		 * No folder has an empty name: nothing below is reached any more. */
		walk_add_alias(&act->walk, op->path, "");
	}
	return give_way(act, dir, op, &scene);
}

static int restore_before_folder(struct act *act, int dir, const struct op *op) {
	return restore_folder(act, dir, op) < 0 ? -1 : drop_copy(act, dir, op);
}

static int remove_new_link(struct act *act, int dir, const struct op *op) {
	enum thing thing;
	if (aside_identify(dir, path_name(op->path), op, &thing) < 0) {
		return -1;
	}
	const struct expect link = {.kind = STAMP_LINK, .text = op->text};
	/* A recovery that was cut off had it there already. */
	if (aside_remove_link(dir, aside_name(act, op), op->text) < 0) {
		return -1;
	}
	if (thing != THING_NEW ||
			part_remove(dir, path_name(op->path), aside_name(act, op), &link) == 0) {
		return 0;
	}
	int problem = errno;
	if (problem == EPERM && aside_is_absent(dir, aside_name(act, op)) == 1) {
		/* An append-only folder. The link is complete and right: the next sync owns it. */
		part_note(act, op, strerror(problem));
		return 0;
	}
	errno = problem;
	return -1;
}

static int remove_new_folder(struct act *act, int dir, const struct op *op) {
	const char *name = op->expect.kind != STAMP_ABSENT ? aside_name(act, op)
							   : path_name(op->path);
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT || errno == ENOTDIR) {
		return 0; /* gone, never made, or no folder */
	}
	if (errno == ENOTEMPTY || errno == EEXIST || errno == EPERM) {
		part_note(act, op, arena_printf(act->arena, "the folder '%s' stays: %s", name,
					      strerror(errno)));
		return 0;
	}
	return -1;
}

/* Our link in a folder of ours that can't go back: out of it. */
static int discard_inside(struct act *act, int dir, const struct op *op) {
	(void)act;
	const char *name = path_name(op->path);
	enum thing thing;
	if (op->kind == OP_UNLINK) {
		if (aside_identify(dir, name, op, &thing) < 0) {
			return -1;
		}
		return thing == THING_OLD ? unlinkat(dir, name, 0) : 0;
	}
	return unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT && errno != ENOTEMPTY ? -1
											       : 0;
}

static int discard_aside(struct act *act, int dir, const struct op *op) {
	const char *other = aside_name(act, op);
	if (unlinkat(dir, other, AT_REMOVEDIR) < 0 && errno != ENOENT) {
		part_note_aside(act, op, other);
	}
	return 0;
}

/* --- all of it ----------------------------------------------------------------------------- */

typedef int restore_fn(struct act *act, int dir, const struct op *op);

struct restoring {
	struct act *act;
	struct err problem; /* the first */
	/* Folders that could not be restored: nothing below them is touched. */
	struct {
		const char **items;
		size_t count, room;
	} stuck;
};

static bool is_stuck(const struct restoring *restoring, const char *path) {
	for (size_t i = 0; i < restoring->stuck.count; i++) {
		if (path_is_under(path, restoring->stuck.items[i])) {
			return true;
		}
	}
	return false;
}

static void restore_op(struct restoring *restoring, const struct op *op, restore_fn *restore) {
	struct act *act = restoring->act;
	if (is_stuck(restoring, op->path)) {
		return;
	}
	int dir = walk_to(&act->walk, op->path);
	if (dir < 0 && errno == ENOENT) {
		return; /* its folder was never made, or is gone with all that was in it */
	}
	bool barred = dir < 0 && (errno == ENOTDIR || errno == ELOOP);
	if (barred && !act->live) {
		part_note(act, op, "a folder above it can't be reached any more; left as it is");
		return;
	}
	if (dir >= 0) {
		walk_touch(&act->walk);
	}
	if (dir >= 0 && restore(act, dir, op) == 0) {
		return;
	}
	if (restoring->problem.kind == ERR_NONE && errno == EAGAIN) {
		(void)err_set(&restoring->problem, ERR_FAILED,
				"'%s' was changed by another program just now, while it was restored",
				op->path);
		err_hint(&restoring->problem, "lumina sync goes on with it");
	} else if (restoring->problem.kind == ERR_NONE) {
		(void)err_sys(&restoring->problem, "cannot restore '%s'", op->path);
	}
	bool folder = op->kind == OP_FOLDER || op->expect.kind == STAMP_FOLDER;
	if (folder) {
		VEC_ADD(&restoring->stuck, op->path);
	}
}

/* What stood there before goes back first. */
static void restore_old(struct restoring *restoring, const struct op *op) {
	bool replaced = op->expect.kind != STAMP_ABSENT;
	restore_fn *const parts[] = {
		[OP_FILE] = replaced ? object_restore : NULL,
		[OP_ADOPT] = trade_restore,
		[OP_RETURN] = trade_restore,
		[OP_EDIT] = rewrite_restore,
	};
	if (op->kind < sizeof(parts) / sizeof(parts[0]) && parts[op->kind] != NULL) {
		restore_op(restoring, op, parts[op->kind]);
	} else if ((op->kind == OP_LINK && replaced) || (op->kind == OP_UNLINK && !op->inside)) {
		restore_op(restoring, op, restore_old_thing);
	} else if (op->kind == OP_FOLDER && replaced) {
		restore_op(restoring, op, restore_before_folder);
	}
}

static bool is_discarded(const struct act *act, const struct op *op) {
	for (size_t i = 0; i < act->walk.aliases.count; i++) {
		if (path_is_under(op->path, act->walk.aliases.items[i].path)) {
			return true;
		}
	}
	return false;
}

/* Then what is new goes, the contents of a folder before it. */
static void remove_new(struct restoring *restoring, const struct op *op) {
	struct act *act = restoring->act;
	if (op->kind == OP_LINK && op->expect.kind == STAMP_ABSENT) {
		restore_op(restoring, op, remove_new_link);
	} else if (op->kind == OP_FILE && op->expect.kind == STAMP_ABSENT) {
		restore_op(restoring, op, object_restore);
	} else if (op->kind == OP_FOLDER) {
		walk_drop_alias(&act->walk, op->path);
		restore_op(restoring, op, remove_new_folder);
	} else if (op->inside && is_discarded(act, op)) {
		restore_op(restoring, op, discard_inside);
	} else if (op->kind == OP_LINK && op->expect.kind == STAMP_FOLDER &&
			is_discarded(act, op)) {
		walk_drop_alias(&act->walk, op->path);
		restore_op(restoring, op, discard_aside);
	}
}

int act_restore(struct act *act, struct err *err) {
	const struct journal *journal = act->journal;
	struct restoring restoring = {.act = act};
	act->walk.aliases.count = 0;
	/* The sources that went last come back first: no target may lead nowhere. */
	size_t last = act->main + act->nmain;
	for (size_t i = last; i < act->done; i++) {
		restore_old(&restoring, &journal->ops.items[i]);
	}
	for (size_t i = act->main; i < act->done && i < last; i++) {
		restore_old(&restoring, &journal->ops.items[i]);
	}
	for (size_t i = 0; i < act->done && i < act->main; i++) {
		restore_old(&restoring, &journal->ops.items[i]);
	}
	for (size_t i = act->done; i-- > 0;) {
		remove_new(&restoring, &journal->ops.items[i]);
	}
	slots_sweep(act);
	const char *folder;
	if (restoring.problem.kind == ERR_NONE &&
			(walk_flush(&act->walk, &folder) < 0 ||
					walk_flush(&act->partners, &folder) < 0)) {
		(void)err_sys(&restoring.problem,
				"cannot make what was restored in '%s' durable", folder);
	}
	if (restoring.problem.kind == ERR_NONE && slots_flush(act) < 0) {
		(void)err_sys(&restoring.problem, "cannot make the backups in '%s' durable",
				act->state_path);
	}
	VEC_RELEASE(&restoring.stuck);
	if (restoring.problem.kind != ERR_NONE) {
		err_release(err);
		*err = restoring.problem;
		return -1;
	}
	return 0;
}
