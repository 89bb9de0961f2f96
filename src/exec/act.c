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
#include "exec/aside.h"
#include "sys/signals.h"
#include "sys/swap.h"

int act_init(struct act *act, const struct journal *journal, const char *home,
		const char *profile_real, mode_t umask, struct arena *arena, struct err *err) {
	*act = (struct act){
		.journal = journal,
		.arena = arena,
		/* Folders that we can't enter ourselves would be of no use. */
		.folder_mode = (0777 & ~umask) | 0700,
		.done = journal->ops.count,
	};
	return walk_init(&act->walk, home, profile_real, journal->followed.items,
			journal->followed.count, arena, err);
}

void act_release(struct act *act) {
	walk_release(&act->walk);
	VEC_RELEASE(&act->notes);
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

/* What stood at the target can't go back there: another thing has taken its place. */
static int kept_aside(const struct op *op, const char *other, struct err *err) {
	return err_set(err, ERR_FAILED,
			"'%s' was changed by another program meanwhile, more than once; what stood "
			"there first is kept beside it as '%s'", op->path, other);
}

/* --- changing ------------------------------------------------------------------------------ */

static bool is_expected(int dir, const char *name, const struct op *op) {
	struct stat info;
	if (op->expect.kind == STAMP_LINK) {
		return swap_is_link(dir, name, op->expect.text);
	}
	/* Device numbers may change between two starts of the machine. */
	return fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode) &&
			info.st_ino == op->expect.ino;
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
	const char *other = aside_name(act, op);
	if (symlinkat(op->text, dir, other) < 0 &&
			!(errno == EEXIST && act->again && swap_is_link(dir, other, op->text))) {
		return failed(op, err);
	}
	if (exchange(dir, name, other, op, err) < 0) {
		(void)aside_remove_link(dir, other, op->text);
		return -1;
	}
	return 0;
}

static int make_folder(struct act *act, int dir, const struct op *op, struct err *err) {
	const char *name = path_name(op->path);
	if (op->expect.kind == STAMP_LINK) {
		/* Filled under a temporary name first: its links must never be missing. */
		name = aside_name(act, op);
		walk_add_alias(&act->walk, op->path, name);
	}
	/* ~/.ssh, ~/.gnupg and the like are nobody else's, whatever the umask. */
	if (mkdirat(dir, name, op->sensitive ? 0700 : act->folder_mode) == 0) {
		return 0;
	}
	if (errno != EEXIST) {
		return failed(op, err);
	}
	return act->again && aside_is_folder(dir, name) ? 0 : changed_meanwhile(op, err);
}

/* Out of the way; act_clean() removes it. */
static int move_away(struct act *act, int dir, const struct op *op, struct err *err) {
	const char *name = path_name(op->path);
	const char *other = aside_name(act, op);
	if (swap_move(dir, name, dir, other) < 0) {
		return errno == ENOENT ? changed_meanwhile(op, err) : failed(op, err);
	}
	if (is_expected(dir, other, op)) {
		return 0;
	}
	return swap_move(dir, other, dir, name) < 0 ? kept_aside(op, other, err)
						     : changed_meanwhile(op, err);
}

/*
 * Once more after the commit: is this as it should become, or does the old object
 * stand aside, so that whatever is at the target by now came later? -1 with errno.
 */
static int is_done(const struct act *act, int dir, const struct op *op, bool *ret) {
	enum thing at_name, at_other;
	*ret = false;
	if (!act->again) {
		return 0;
	}
	if (aside_identify(dir, path_name(op->path), op, &at_name) < 0 ||
			aside_identify(dir, aside_name(act, op), op, &at_other) < 0) {
		return -1;
	}
	switch (op->kind) {
	case OP_LINK:
		*ret = at_name == THING_NEW || at_other == THING_OLD || at_other == THING_FOLDER;
		break;
	case OP_UNLINK:
		*ret = at_name == THING_NONE || at_other == THING_OLD;
		break;
	case OP_FOLDER:
		*ret = at_name == THING_FOLDER || at_other == THING_OLD;
		break;
	case OP_RMDIR:
	case OP_OWN:
	case OP_DISOWN:
		break;
	}
	return 0;
}

/* A folder that was filled under its temporary name takes the place of our link. */
static int finish_folder(struct act *act, const struct op *op, struct err *err) {
	walk_drop_alias(&act->walk, op->path);
	int dir = walk_to(&act->walk, op->path);
	if (dir < 0) {
		return failed(op, err);
	}
	bool done;
	if (is_done(act, dir, op, &done) < 0) {
		return failed(op, err);
	}
	return done ? 0 : exchange(dir, path_name(op->path), aside_name(act, op), op, err);
}

static int change_one(struct act *act, const struct op *op, struct err *err) {
	bool acts = op->kind == OP_LINK || op->kind == OP_FOLDER ||
			(op->kind == OP_UNLINK && !op->inside);
	if (!acts) {
		return 0;
	}
	int dir = walk_to(&act->walk, op->path);
	if (dir < 0 && act->again && op->kind == OP_UNLINK && errno == ENOENT) {
		return 0; /* its folder is removed already */
	}
	if (dir < 0 && act->again && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) {
		return changed_meanwhile(op, err);
	}
	if (dir < 0) {
		return failed(op, err);
	}
	walk_touch(&act->walk);
	bool done;
	if (is_done(act, dir, op, &done) < 0) {
		return failed(op, err);
	}
	if (done) {
		return 0;
	}
	if (op->kind == OP_LINK) {
		return make_link(act, dir, op, err);
	}
	return op->kind == OP_FOLDER ? make_folder(act, dir, op, err)
				     : move_away(act, dir, op, err);
}

/* Once more after the commit: what a person changed since is left, and no failure. */
static bool passes_over(struct act *act, struct err *err) {
	if (!act->again || err->sys != 0) {
		return false;
	}
	VEC_ADD(&act->notes, arena_strdup(act->arena, err->text));
	err_release(err);
	return true;
}

int act_check_signals(struct err *err) {
	if (signals_pending() == 0) {
		return 0;
	}
	(void)err_set(err, ERR_SIGNAL, "interrupted; everything is as before");
	err->code = signals_pending();
	return -1;
}

/* The last look before the commit: did somebody put a file into a folder that goes? */
static int look_into_replaced(struct act *act, struct err *err) {
	for (size_t i = 0; i < act->journal->ops.count; i++) {
		const struct op *op = &act->journal->ops.items[i];
		if (op->kind != OP_LINK || op->expect.kind != STAMP_FOLDER) {
			continue;
		}
		enum holds holds;
		int dir = walk_to(&act->walk, op->path);
		if (dir < 0 || aside_look_into(act, dir, aside_name(act, op), op->path, &holds) < 0) {
			return failed(op, err);
		}
		if (holds == HOLDS_OTHERS) {
			return changed_meanwhile(op, err);
		}
	}
	return 0;
}

int act_change(struct act *act, struct err *err) {
	const struct op *filling = NULL;
	act->done = 0;
	act->live = true;
	for (size_t i = 0; i < act->journal->ops.count; i++) {
		const struct op *op = &act->journal->ops.items[i];
		if (!act->again && act_check_signals(err) < 0) {
			return -1;
		}
		if (filling != NULL && !path_is_under(op->path, filling->path)) {
			if (finish_folder(act, filling, err) < 0 && !passes_over(act, err)) {
				return -1;
			}
			filling = NULL;
		}
		if (change_one(act, op, err) < 0 && !passes_over(act, err)) {
			return -1;
		}
		if (op->kind == OP_FOLDER && op->expect.kind == STAMP_LINK) {
			filling = op;
		}
		act->done = i + 1;
	}
	if (filling != NULL && finish_folder(act, filling, err) < 0 && !passes_over(act, err)) {
		return -1;
	}
	return act->again ? 0 : look_into_replaced(act, err);
}

/* --- cleaning ------------------------------------------------------------------------------ */

static void note(struct act *act, const char *text) {
	VEC_ADD(&act->notes, text);
}

static int clean_link(struct act *act, int dir, const char *name, const struct op *op) {
	enum thing thing;
	if (aside_identify(dir, name, op, &thing) < 0) {
		return -1;
	}
	if (thing == THING_OLD) {
		return unlinkat(dir, name, 0);
	}
	if (thing != THING_NONE) {
		note(act, arena_printf(act->arena, "beside '%s', '%s' is not the link that was put "
						   "there; left alone", op->path, name));
	}
	return 0; /* nothing: there was no exchange, or it is done already */
}

static int clean_folder(struct act *act, int dir, const char *name, const struct op *op) {
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT || errno == ENOTDIR) {
		return 0;
	}
	if (errno != ENOTEMPTY && errno != EEXIST) {
		return -1;
	}
	note(act, arena_printf(act->arena, "somebody put something into '%s' meanwhile; it stays%s%s%s",
				  op->path, op->kind == OP_RMDIR ? "" : ", beside it, as '",
				  op->kind == OP_RMDIR ? "" : name, op->kind == OP_RMDIR ? "" : "'"));
	return 0;
}

static int clean_one(struct act *act, const struct op *op) {
	bool replaced = (op->kind == OP_LINK || op->kind == OP_FOLDER) &&
			op->expect.kind != STAMP_ABSENT;
	if (!replaced && op->kind != OP_UNLINK && op->kind != OP_RMDIR) {
		return 0;
	}
	int dir = walk_to(&act->walk, op->path);
	if (dir < 0 && errno == ENOENT) {
		return 0; /* gone with its folder */
	}
	if (dir < 0 && act->again && (errno == ENOTDIR || errno == ELOOP)) {
		note(act, arena_printf(act->arena, "a folder above '%s' can't be reached any more",
					  op->path));
		return 0;
	}
	if (dir < 0) {
		return -1; /* by somebody's doing; the next run tries again */
	}
	walk_touch(&act->walk);
	if (op->kind == OP_RMDIR) {
		return clean_folder(act, dir, path_name(op->path), op);
	}
	if (op->expect.kind == STAMP_FOLDER) {
		return clean_folder(act, dir, aside_name(act, op), op);
	}
	return clean_link(act, dir, op->inside ? path_name(op->path) : aside_name(act, op), op);
}

int act_clean(struct act *act, struct err *err) {
	aside_add_aliases(act);
	/* From the end: what is in a folder goes before it. */
	for (size_t i = act->journal->ops.count; i-- > 0;) {
		const struct op *op = &act->journal->ops.items[i];
		if (clean_one(act, op) < 0 && err->kind == ERR_NONE) {
			(void)err_sys(err, "cannot clean up at '%s'", op->path);
		}
	}
	return err->kind == ERR_NONE ? 0 : -1;
}

int act_flush(struct act *act, struct err *err) {
	const char *folder;
	if (walk_flush(&act->walk, &folder) < 0) {
		return err_sys(err, "cannot make the changes in '%s' durable", folder);
	}
	return 0;
}
