/* SPDX-License-Identifier: MIT */

/*
 * OP_FILE: a person's object appears at a path, whole: one that was kept in a slot, or
 * a copy of a file. It is made under a temporary name, then moved or exchanged into
 * place. A copy in the making has a name of its own, so that what stands at the
 * temporary name is always complete.
 */

#include "exec/part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/path.h"
#include "exec/slot.h"
#include "sys/copy.h"
#include "sys/swap.h"

static int stage(struct act *act, int dir, const struct op *op) {
	const char *other = aside_name(act, op);
	if (op->take != NULL && !part_is_copied(op)) {
		return slot_take(act, op->take, dir, other, false);
	}
	const char *making = part_making_name(act, op);
	int copied = op->take != NULL ? slot_take(act, op->take, dir, making, true)
				      : copy_file(AT_FDCWD, op->origin, dir, making, true);
	return copied < 0 ? -1 : swap_move(dir, making, dir, other);
}

int object_change(struct act *act, int dir, const struct op *op, struct err *err) {
	const char *name = path_name(op->path), *other = aside_name(act, op);
	part_begin(act, op);
	if (part_keep_copy(act, dir, op->path, op, &op->expect, err) < 0) {
		return -1;
	}
	if (stage(act, dir, op) < 0) {
		return errno == ESTALE || (errno == ENOENT && op->take == NULL)
				? part_changed_meanwhile(op, err)
				: err_sys(err, "cannot make '%s'", op->path);
	}
	if (aside_matches(dir, other, &op->becomes, op->take == NULL) != 1) {
		return part_changed_meanwhile(op, err);
	}
	if (op->expect.kind == STAMP_ABSENT) {
		if (swap_move(dir, other, dir, name) == 0) {
			return 0;
		}
		return errno == EEXIST ? part_changed_meanwhile(op, err) : part_failed(op, err);
	}
	return part_exchange(dir, name, other, op, err);
}

int object_clean(struct act *act, int dir, const struct op *op) {
	const char *other = aside_name(act, op);
	if (op->keeps) {
		if (part_keep(act, dir, other, op, &op->expect) < 0) {
			return -1;
		}
	} else if (op->expect.kind == STAMP_LINK &&
			aside_remove_link(dir, other, op->expect.text) < 0) {
		return -1;
	} else if (op->expect.kind == STAMP_FOLDER && unlinkat(dir, other, AT_REMOVEDIR) < 0 &&
			errno != ENOENT) {
		if (errno != ENOTEMPTY && errno != EEXIST) {
			return -1;
		}
		part_note_aside(act, op, other);
	}
	/* A slot that was copied from isn't needed any more. */
	return part_is_copied(op) ? slot_drop(act, op->take) : 0;
}

/* What was staged and isn't needed: back to its slot, or away with the copy. */
static int unstage(struct act *act, int dir, const char *other, const struct op *op) {
	if (op->take != NULL && !part_is_copied(op)) {
		return slot_put(act, op->take, dir, other);
	}
	return unlinkat(dir, other, 0);
}

/* Our object from the target to the temporary name; back again if it isn't that. */
static int move_checked(int dir, const struct op *op, const struct scene *scene) {
	enum thing moved;
	if (swap_move(dir, scene->name, dir, scene->other) < 0) {
		return -1;
	}
	if (aside_identify(dir, scene->other, op, &moved) == 0 && moved == THING_NEW) {
		return 0;
	}
	if (swap_move(dir, scene->other, dir, scene->name) == 0) {
		errno = EAGAIN;
	}
	return -1;
}

int object_restore(struct act *act, int dir, const struct op *op) {
	struct scene scene;
	if (scene_look(act, dir, op, &scene) < 0 ||
			(unlinkat(dir, part_making_name(act, op), 0) < 0 && errno != ENOENT)) {
		return -1;
	}
	bool replaced = op->expect.kind != STAMP_ABSENT;
	if (scene.at_name == THING_NEW && scene.at_other != THING_NEW) {
		/* Whatever stands aside was at the target before. */
		int result = scene.at_other != THING_NONE
				? scene_exchange(dir, op, &scene)
				: !replaced ? move_checked(dir, op, &scene) : 0;
		bool nothing = scene.at_other == THING_NONE && replaced;
		if (result < 0 || nothing) {
			return result;
		}
		scene.at_other = THING_NEW;
	} else if (scene.at_name == THING_NONE && scene.at_other == THING_OLD) {
		if (swap_move(dir, scene.other, dir, scene.name) < 0) {
			return -1;
		}
		scene.at_other = THING_NONE;
	}
	/* Taken from its slot, and changed since the plan looked: it never got to the target. */
	bool unlike = scene.at_other == THING_OTHER || scene.at_other == THING_FOLDER;
	bool waits = scene.at_name == THING_OLD || (scene.at_name == THING_NONE && !replaced);
	if (unlike && waits && op->take != NULL && !part_is_copied(op)) {
		return slot_put(act, op->take, dir, scene.other);
	}
	if (scene.at_other == THING_NEW && unstage(act, dir, scene.other, op) < 0) {
		return -1;
	}
	if (scene.at_other != THING_NEW && scene.at_other != THING_NONE) {
		/* A link of ours is of no use any more; everything else is somebody's. */
		bool ours = op->expect.kind == STAMP_LINK && !op->keeps &&
				scene.at_other == THING_OLD;
		if (ours) {
			part_note(act, op, "changed by another program; left as it is");
			return unlinkat(dir, scene.other, 0);
		}
		part_note_aside(act, op, scene.other);
		return 0;
	}
	return part_drop_copy(act, dir, scene.name, op, &op->expect);
}
