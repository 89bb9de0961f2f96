/* SPDX-License-Identifier: MIT */
#include "exec/part.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"
#include "exec/slot.h"
#include "sys/swap.h"

void part_begin(struct act *act, const struct op *op) {
	act->done = (size_t)(op - act->journal->ops.items) + 1;
}

void part_note(struct act *act, const struct op *op, const char *why) {
	VEC_ADD(&act->notes, arena_printf(act->arena, "%s: %s", op->path, why));
}

void part_note_aside(struct act *act, const struct op *op, const char *other) {
	part_note(act, op, arena_printf(act->arena,
			"something else stands there by now; what stood there before is kept "
			"beside it as '%s'", other));
}

int part_failed(const struct op *op, struct err *err) {
	switch (errno) {
	case ELOOP:
		return err_set(err, ERR_FAILED,
				"cannot change '%s': a folder above it is a link now", op->path);
	case EBUSY:
		return err_set(err, ERR_FAILED, "cannot change '%s': it is a mount point",
				op->path);
	case EXDEV:
		(void)err_set(err, ERR_FAILED, "cannot change '%s': it would have to move to another "
					       "file system, or out of a mount", op->path);
		err_hint(err, "move it by hand");
		return -1;
	default:
		return err_sys(err, "cannot change '%s'", op->path);
	}
}

int part_changed_meanwhile(const struct op *op, struct err *err) {
	return err_set(err, ERR_FAILED, "'%s' was changed by another program meanwhile; left alone",
			op->path);
}

/* What stood at the target can't go back there: another thing has taken its place. */
int part_kept_aside(const struct op *op, const char *other, struct err *err) {
	return err_set(err, ERR_FAILED,
			"'%s' was changed by another program meanwhile, more than once; what stood "
			"there first is kept beside it as '%s'", op->path, other);
}

int part_exchange(int dir, const char *name, const char *other, const struct op *op,
		struct err *err) {
	if (swap_exchange(dir, name, other) < 0) {
		return errno == ENOENT ? part_changed_meanwhile(op, err) : part_failed(op, err);
	}
	if (aside_matches(dir, other, &op->expect, true) == 1) {
		return 0;
	}
	return swap_exchange(dir, name, other) < 0 ? part_kept_aside(op, other, err)
						    : part_changed_meanwhile(op, err);
}

int part_keep(struct act *act, int dir, const char *name, const struct op *op,
		const struct expect *object) {
	int same = aside_matches(dir, name, object, false);
	if (same < 0) {
		return -1;
	}
	if (same == 0) {
		int absent = aside_is_absent(dir, name);
		if (absent < 0) {
			return -1;
		}
		if (absent == 0) {
			part_note(act, op, arena_printf(act->arena,
					"beside it, '%s' is not what was put there; left alone", name));
		}
		return 0; /* in its slot already */
	}
	if (op->far && object->kind == STAMP_FILE) {
		int as_copied = aside_matches(dir, name, object, true);
		if (as_copied != 0) {
			return as_copied < 0 ? -1 : unlinkat(dir, name, 0);
		}
		part_note(act, op, arena_printf(act->arena,
				"what stood there was changed after it was copied to the backups; it is "
				"kept beside it as '%s'", name));
		return 0;
	}
	if (slot_put(act, op->keep, dir, name) == 0) {
		return 0;
	}
	if (errno != EEXIST && errno != EXDEV) {
		return -1;
	}
	part_note(act, op, arena_printf(act->arena,
			"it can't go to the backups; what stood there is kept beside it as '%s'",
			name));
	return 0;
}

static bool is_kept_by_copy(const struct op *op, const struct expect *object) {
	return op->keeps && op->far && object->kind == STAMP_FILE;
}

int part_keep_copy(struct act *act, int dir, const char *path, const struct op *op,
		const struct expect *object, struct err *err) {
	if (is_kept_by_copy(op, object) && slot_copy(act, op->keep, dir, path_name(path)) < 0) {
		return err_sys(err, "cannot copy '%s' to the backups", path);
	}
	return 0;
}

int part_drop_copy(struct act *act, int dir, const char *name, const struct op *op,
		const struct expect *object) {
	if (!is_kept_by_copy(op, object)) {
		return 0;
	}
	int back = aside_matches(dir, name, object, false);
	return back == 1 ? slot_drop(act, op->keep) : back;
}

bool part_is_copied(const struct op *op) {
	return op->take != NULL && op->far && op->becomes.kind == STAMP_FILE;
}

const char *part_making_name(const struct act *act, const struct op *op) {
	return arena_printf(act->arena, "%s-new", aside_name(act, op));
}

int part_remove(int dir, const char *name, const char *temporary, const struct expect *ours) {
	if (swap_move(dir, name, dir, temporary) < 0) {
		/* Where it can't be renamed, a look has to do. */
		int found = errno == ENOENT ? 0 : aside_matches(dir, name, ours, false);
		return found == 1 ? unlinkat(dir, name, 0) : found;
	}
	int same = aside_matches(dir, temporary, ours, false);
	if (same == 1 && unlinkat(dir, temporary, 0) == 0) {
		return 0;
	}
	int saved = same == 0 ? EAGAIN : errno;
	int back = swap_move(dir, temporary, dir, name);
	errno = back == 0 ? saved : errno;
	return -1;
}
