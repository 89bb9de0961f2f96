/* SPDX-License-Identifier: MIT */
#include "exec/act.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"
#include "sys/signals.h"
#include "sys/swap.h"

int act_init(struct act *act, const struct journal *journal, const char *home,
		const char *profile_real, mode_t umask, struct arena *arena, struct err *err) {
	*act = (struct act){
		.journal = journal,
		.arena = arena,
		/* Folders that we can't enter ourselves would be of no use. */
		.folder_mode = (0777 & ~umask) | 0700,
		.notes = BUF_INIT,
		.done = journal->ops.count,
	};
	return walk_init(&act->walk, home, profile_real, journal->followed.items,
			journal->followed.count, arena, err);
}

void act_release(struct act *act) {
	walk_release(&act->walk);
	buf_release(&act->notes);
}

/* Beside the target: short, since the target's own name may have all 255 bytes. */
static const char *temporary(const struct act *act, const struct op *op) {
	return arena_printf(act->arena, "%s-%zu", act->journal->temporary,
			(size_t)(op - act->journal->ops.items));
}

static int failed(const struct op *op, struct err *err) {
	if (errno == ELOOP) {
		return err_set(err, ERR_FAILED,
				"cannot change '%s': a folder above it is a link now", op->path);
	}
	if (errno == EBUSY) {
		return err_set(err, ERR_FAILED, "cannot change '%s': it is a mount point",
				op->path);
	}
	return err_sys(err, "cannot change '%s'", op->path);
}

static int changed_meanwhile(const struct op *op, struct err *err) {
	return err_set(err, ERR_FAILED, "'%s' was changed by another program meanwhile; left alone",
			op->path);
}

static int remove_if_link(int dir, const char *name, const char *text) {
	return swap_is_link(dir, name, text) ? unlinkat(dir, name, 0) : 0;
}

/* --- changing ------------------------------------------------------------------------------ */

static bool is_expected(int dir, const char *name, const struct op *op) {
	struct stat info;
	if (op->expect.kind == STAMP_LINK) {
		return swap_is_link(dir, name, op->expect.text);
	}
	return fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode) &&
			info.st_dev == op->expect.dev && info.st_ino == op->expect.ino;
}

/* What stood at the target can't go back there: another thing has taken its place. */
static int kept_aside(const struct op *op, const char *other, struct err *err) {
	return err_set(err, ERR_FAILED,
			"'%s' was changed by another program meanwhile, more than once; what stood "
			"there first is kept beside it as '%s'", op->path, other);
}

/* The new object at `name`, the old one at `other`; back again if it isn't what the plan saw. */
static int exchange(int dir, const char *name, const char *other, const struct op *op,
		struct err *err) {
	if (swap_exchange(dir, name, other) == 0) {
		if (is_expected(dir, other, op)) {
			return 0;
		}
		return swap_exchange(dir, name, other) < 0 ? kept_aside(op, other, err)
							    : changed_meanwhile(op, err);
	}
	if (errno == ENOENT) {
		return changed_meanwhile(op, err);
	}
	bool unable = errno == EINVAL || errno == ENOSYS;
	if (!unable || op->kind != OP_LINK || op->expect.kind != STAMP_LINK) {
		return failed(op, err);
	}
	/* No exchange on this file system: look, then replace. The old text is in the journal. */
	if (!is_expected(dir, name, op)) {
		return changed_meanwhile(op, err);
	}
	return renameat(dir, other, dir, name) < 0 ? failed(op, err) : 0;
}

static int make_link(struct act *act, int dir, const struct op *op, struct err *err) {
	const char *name = path_name(op->path);
	if (op->expect.kind == STAMP_ABSENT) {
		if (symlinkat(op->text, dir, name) == 0) {
			return 0;
		}
		if (errno != EEXIST) {
			return failed(op, err);
		}
		return swap_is_link(dir, name, op->text) ? 0 : changed_meanwhile(op, err);
	}
	const char *other = temporary(act, op);
	if (symlinkat(op->text, dir, other) < 0) {
		return failed(op, err);
	}
	if (exchange(dir, name, other, op, err) < 0) {
		(void)remove_if_link(dir, other, op->text);
		return -1;
	}
	return 0;
}

static int make_folder(struct act *act, int dir, const struct op *op, struct err *err) {
	const char *name = path_name(op->path);
	if (op->expect.kind == STAMP_LINK) {
		/* Filled under a temporary name first: its links must never be missing. */
		name = temporary(act, op);
		walk_add_alias(&act->walk, op->path, name);
	}
	/* ~/.ssh, ~/.gnupg and the like are nobody else's, whatever the umask. */
	if (mkdirat(dir, name, op->sensitive ? 0700 : act->folder_mode) == 0) {
		return 0;
	}
	return errno == EEXIST ? changed_meanwhile(op, err) : failed(op, err);
}

/* Out of the way; act_clean() removes it. */
static int move_away(struct act *act, int dir, const struct op *op, struct err *err) {
	const char *name = path_name(op->path);
	const char *other = temporary(act, op);
	if (swap_move(dir, name, dir, other) < 0) {
		return errno == ENOENT ? changed_meanwhile(op, err) : failed(op, err);
	}
	if (is_expected(dir, other, op)) {
		return 0;
	}
	return swap_move(dir, other, dir, name) < 0 ? kept_aside(op, other, err)
						: changed_meanwhile(op, err);
}

/* A folder that was filled under its temporary name takes the place of our link. */
static int finish_folder(struct act *act, const struct op *op, struct err *err) {
	walk_drop_alias(&act->walk, op->path);
	int dir = walk_to(&act->walk, op->path);
	if (dir < 0) {
		return failed(op, err);
	}
	return exchange(dir, path_name(op->path), temporary(act, op), op, err);
}

static int change_one(struct act *act, const struct op *op, struct err *err) {
	bool acts = op->kind == OP_LINK || op->kind == OP_FOLDER ||
			(op->kind == OP_UNLINK && !op->inside);
	if (!acts) {
		return 0;
	}
	int dir = walk_to(&act->walk, op->path);
	if (dir < 0) {
		return failed(op, err);
	}
	walk_touch(&act->walk);
	if (op->kind == OP_LINK) {
		return make_link(act, dir, op, err);
	}
	return op->kind == OP_FOLDER ? make_folder(act, dir, op, err)
				     : move_away(act, dir, op, err);
}

int act_change(struct act *act, struct err *err) {
	const struct op *filling = NULL;
	act->done = 0;
	for (size_t i = 0; i < act->journal->ops.count; i++) {
		const struct op *op = &act->journal->ops.items[i];
		if (signals_pending() != 0) {
			(void)err_set(err, ERR_SIGNAL, "interrupted; everything is as before");
			err->code = signals_pending();
			return -1;
		}
		if (filling != NULL && !path_is_under(op->path, filling->path)) {
			if (finish_folder(act, filling, err) < 0) {
				return -1;
			}
			filling = NULL;
		}
		if (change_one(act, op, err) < 0) {
			return -1;
		}
		if (op->kind == OP_FOLDER && op->expect.kind == STAMP_LINK) {
			filling = op;
		}
		act->done = i + 1;
	}
	return filling != NULL ? finish_folder(act, filling, err) : 0;
}

/* --- cleaning ------------------------------------------------------------------------------ */

/* Where the folder `op` names stands aside: replaced by a link. */
static bool stands_aside(const struct op *op) {
	return op->kind == OP_LINK && op->expect.kind == STAMP_FOLDER;
}

static int clean_one(struct act *act, const struct op *op, struct err *err) {
	const char *name = op->inside || op->kind == OP_RMDIR ? path_name(op->path)
							      : temporary(act, op);
	bool replaced = (op->kind == OP_LINK || op->kind == OP_FOLDER) &&
			op->expect.kind != STAMP_ABSENT;
	if (!replaced && op->kind != OP_UNLINK && op->kind != OP_RMDIR) {
		return 0;
	}
	int dir = walk_to(&act->walk, op->path);
	if (dir < 0) {
		return failed(op, err);
	}
	walk_touch(&act->walk);
	if (op->kind == OP_RMDIR || stands_aside(op)) {
		if (unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT) {
			/* Somebody put something in it meanwhile. */
			bool filled = errno == ENOTEMPTY || errno == EEXIST;
			if (filled && op->kind == OP_RMDIR && !op->inside) {
				return 0;
			}
			return filled ? changed_meanwhile(op, err) : failed(op, err);
		}
		return 0;
	}
	if (op->inside && !swap_is_link(dir, name, op->expect.text)) {
		return changed_meanwhile(op, err);
	}
	/* Without an exchange there is nothing to remove. */
	return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? failed(op, err) : 0;
}

int act_clean(struct act *act, struct err *err) {
	for (size_t i = 0; i < act->journal->ops.count; i++) {
		const struct op *op = &act->journal->ops.items[i];
		if (stands_aside(op)) {
			walk_add_alias(&act->walk, op->path, temporary(act, op));
		}
	}
	/* From the end: what is in a folder goes before it. */
	for (size_t i = act->journal->ops.count; i-- > 0;) {
		if (clean_one(act, &act->journal->ops.items[i], err) < 0) {
			return -1;
		}
	}
	if (walk_flush(&act->walk) < 0) {
		return err_sys(err, "cannot make the changes durable");
	}
	return 0;
}

/* --- restoring ----------------------------------------------------------------------------- */

static bool is_folder(int dir, const char *name) {
	struct stat info;
	return fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

static void left(struct act *act, const struct op *op, const char *why) {
	buf_addf(&act->notes, "%s%s: %s", act->notes.len > 0 ? "\n" : "", op->path, why);
}

/* Our link stood here: exchange, rename or write it back, whichever is left to do. */
static int restore_link(struct act *act, int dir, const struct op *op) {
	const char *name = path_name(op->path);
	const char *other = temporary(act, op);
	const char *old = op->expect.text;
	bool is_new = op->text != NULL && swap_is_link(dir, name, op->text);
	if (is_new || (op->kind == OP_FOLDER && is_folder(dir, name))) {
		/* Cleaned already: the old link has to be made again. */
		if (!swap_is_link(dir, other, old) && symlinkat(old, dir, other) < 0) {
			return -1;
		}
		if (swap_exchange(dir, name, other) < 0) {
			if ((errno != EINVAL && errno != ENOSYS) || op->kind == OP_FOLDER) {
				return -1;
			}
			return renameat(dir, other, dir, name);
		}
	} else if (swap_is_absent(dir, name)) {
		if (swap_is_link(dir, other, old)) {
			return swap_move(dir, other, dir, name);
		}
		return symlinkat(old, dir, name);
	} else if (!swap_is_link(dir, name, old)) {
		left(act, op, "changed by another program; left as it is");
		(void)remove_if_link(dir, other, old);
	}
	return op->text != NULL ? remove_if_link(dir, other, op->text) : 0;
}

/* A folder that was made in the place of our link goes aside again, to be emptied there. */
static int restore_before_folder(struct act *act, int dir, const struct op *op) {
	if (restore_link(act, dir, op) < 0) {
		return -1;
	}
	if (is_folder(dir, temporary(act, op))) {
		walk_add_alias(&act->walk, op->path, temporary(act, op));
	}
	return 0;
}

/* A folder of ours that a link replaced: filled again where it stands aside. */
static int restore_aside(struct act *act, int dir, const struct op *op) {
	const char *name = path_name(op->path);
	const char *other = temporary(act, op);
	if (!swap_is_link(dir, name, op->text)) {
		return remove_if_link(dir, other, op->text);
	}
	if (!is_folder(dir, other) && mkdirat(dir, other, op->expect.mode) < 0) {
		return -1;
	}
	walk_add_alias(&act->walk, op->path, other);
	return 0;
}

static int finish_aside(struct act *act, int dir, const struct op *op) {
	const char *name = path_name(op->path);
	const char *other = temporary(act, op);
	if (swap_is_link(dir, name, op->text) && is_folder(dir, other) &&
			swap_exchange(dir, name, other) < 0) {
		return -1;
	}
	return remove_if_link(dir, other, op->text);
}

static int restore_folder(int dir, const struct op *op) {
	const char *name = path_name(op->path);
	if (!swap_is_absent(dir, name)) {
		return 0;
	}
	return mkdirat(dir, name, op->expect.mode);
}

static int remove_new_link(struct act *act, int dir, const struct op *op) {
	if (remove_if_link(dir, path_name(op->path), op->text) == 0) {
		return 0;
	}
	if (errno == EPERM || errno == EACCES || errno == EROFS) {
		/* An append-only folder. The link is complete and right: the next sync owns it. */
		left(act, op, strerror(errno));
		return 0;
	}
	return -1;
}

static int remove_new_folder(struct act *act, int dir, const struct op *op) {
	const char *name = op->expect.kind == STAMP_LINK ? temporary(act, op)
							 : path_name(op->path);
	if (!is_folder(dir, name) || unlinkat(dir, name, AT_REMOVEDIR) == 0) {
		return 0;
	}
	if (errno == ENOTEMPTY || errno == EEXIST || errno == EPERM || errno == EACCES) {
		left(act, op, "the folder stays: something else is in it, or it is locked");
		return 0;
	}
	return -1;
}

typedef int restore_fn(struct act *act, int dir, const struct op *op);

/* Walks to an operation's folder and restores; the first failure is kept, the rest goes on. */
static void restore_op(struct act *act, const struct op *op, restore_fn *restore,
		struct err *err) {
	int dir = walk_to(&act->walk, op->path);
	if (dir < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) {
		return; /* its folder was never made, or is gone or a link by now: nothing of ours */
	}
	if (dir >= 0) {
		walk_touch(&act->walk);
	}
	if ((dir < 0 || restore(act, dir, op) < 0) && err->kind == ERR_NONE) {
		(void)err_sys(err, "cannot restore '%s'", op->path);
	}
}

static int restore_unlinked(struct act *act, int dir, const struct op *op) {
	return restore_link(act, dir, op);
}

static int restore_removed_folder(struct act *act, int dir, const struct op *op) {
	(void)act;
	return restore_folder(dir, op);
}

/* What replaced or removed something: folders before what was in them. */
static void restore_old(struct act *act, const struct op *op, struct err *err) {
	switch (op->kind) {
	case OP_LINK:
		if (op->expect.kind == STAMP_LINK) {
			restore_op(act, op, restore_link, err);
		} else if (op->expect.kind == STAMP_FOLDER) {
			restore_op(act, op, restore_aside, err);
		}
		break;
	case OP_UNLINK:
		restore_op(act, op, restore_unlinked, err);
		break;
	case OP_RMDIR:
		restore_op(act, op, restore_removed_folder, err);
		break;
	case OP_FOLDER:
		if (op->expect.kind == STAMP_LINK) {
			restore_op(act, op, restore_before_folder, err);
		}
		break;
	case OP_OWN:
	case OP_DISOWN:
		break;
	}
}

static void remove_new(struct act *act, const struct op *op, struct err *err) {
	if (op->kind == OP_LINK && op->expect.kind == STAMP_ABSENT) {
		restore_op(act, op, remove_new_link, err);
	} else if (op->kind == OP_LINK && op->expect.kind == STAMP_FOLDER) {
		walk_drop_alias(&act->walk, op->path);
		restore_op(act, op, finish_aside, err);
	} else if (op->kind == OP_FOLDER) {
		walk_drop_alias(&act->walk, op->path);
		restore_op(act, op, remove_new_folder, err);
	}
}

int act_restore(struct act *act, struct err *err) {
	const struct journal *journal = act->journal;
	struct err problem = {0};
	act->walk.aliases.count = 0;
	for (size_t i = 0; i < act->done; i++) {
		restore_old(act, &journal->ops.items[i], &problem);
	}
	for (size_t i = act->done; i-- > 0;) {
		remove_new(act, &journal->ops.items[i], &problem);
	}
	if (problem.kind == ERR_NONE && walk_flush(&act->walk) < 0) {
		(void)err_sys(&problem, "cannot make the restored state durable");
	}
	if (problem.kind != ERR_NONE) {
		err_release(err);
		*err = problem;
		return -1;
	}
	return 0;
}
