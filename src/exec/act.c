/* SPDX-License-Identifier: MIT */
#include "exec/act.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"
#include "exec/part.h"
#include "exec/slot.h"
#include "sys/signals.h"
#include "sys/swap.h"

static bool moves_objects(const struct op *op) {
	return op->keeps || op->kind == OP_FILE || op->kind == OP_ADOPT ||
			op->kind == OP_RETURN || op->kind == OP_EDIT;
}

bool act_moves_objects(const struct act *act) {
	for (size_t i = 0; i < act->journal->ops.count; i++) {
		if (moves_objects(&act->journal->ops.items[i])) {
			return true;
		}
	}
	return false;
}

int act_init(struct act *act, const struct journal *journal, int state,
		const struct facts *facts, struct arena *arena, struct err *err) {
	*act = (struct act){
		.journal = journal,
		.arena = arena,
		.state = state,
		.state_path = facts->state,
		.backups = -1,
		/* Folders that we can't enter ourselves would be of no use. */
		.folder_mode = (0777 & ~facts->umask) | 0700,
		.done = journal->ops.count,
	};
	act->nmain = ops_main(journal->ops.items, journal->ops.count, &act->main);
	if (walk_init(&act->walk, facts->home, facts->profile_real, journal->followed.items,
			    journal->followed.count, arena, err) < 0) {
		return -1;
	}
	if (!act_moves_objects(act)) {
		return 0;
	}
	if (walk_init(&act->partners, facts->home, facts->profile_real, NULL, 0, arena, err) < 0) {
		return -1;
	}
	/* Btrfs flushes single folders apart from others: of two between which an object moves,
	 * one may be durable alone. As a whole it doesn't. */
	struct statfs info;
	bool whole = statfs(facts->home, &info) == 0 && info.f_type == BTRFS_SUPER_MAGIC;
	act->walk.many = act->partners.many = whole;
	return 0;
}

void act_release(struct act *act) {
	slots_release(act);
	walk_release(&act->walk);
	walk_release(&act->partners);
	VEC_RELEASE(&act->notes);
}

/* --- changing ------------------------------------------------------------------------------ */

/* A file that goes to another file system is there, whole, before it leaves its place. */
static int copy_far(struct act *act, int dir, const struct op *op, struct err *err) {
	if (op->keeps) {
		part_begin(act, op);
	}
	return part_keep_copy(act, dir, op->path, op, &op->expect, err);
}

static int make_link(struct act *act, int dir, const struct op *op, struct err *err) {
	const char *name = path_name(op->path);
	if (op->expect.kind == STAMP_ABSENT) {
		if (symlinkat(op->text, dir, name) == 0) {
			return 0;
		}
		if (errno != EEXIST) {
			return part_failed(op, err);
		}
		return swap_is_link(dir, name, op->text) ? 0 : part_changed_meanwhile(op, err);
	}
	const char *other = aside_name(act, op);
	if (copy_far(act, dir, op, err) < 0) {
		return -1;
	}
	if (symlinkat(op->text, dir, other) < 0 &&
			!(errno == EEXIST && act->again && swap_is_link(dir, other, op->text))) {
		return part_failed(op, err);
	}
	if (part_exchange(dir, name, other, op, err) < 0) {
		(void)aside_remove_link(dir, other, op->text);
		return -1;
	}
	return 0;
}

static int make_folder(struct act *act, int dir, const struct op *op, struct err *err) {
	const char *name = path_name(op->path);
	mode_t mode = op->theirs && op->becomes.mode != 0 ? op->becomes.mode | 0700
							    : act->folder_mode;
	if (copy_far(act, dir, op, err) < 0) {
		return -1;
	}
	if (op->expect.kind != STAMP_ABSENT) {
		/* Filled under a temporary name first: its links must never be missing. */
		name = aside_name(act, op);
		walk_add_alias(&act->walk, op->path, name);
	}
	/* ~/.ssh, ~/.gnupg and the like are nobody else's, whatever the umask. */
	if (mkdirat(dir, name, op->sensitive ? 0700 : mode) == 0) {
		return 0;
	}
	if (errno != EEXIST) {
		return part_failed(op, err);
	}
	return act->again && aside_is_folder(dir, name) ? 0 : part_changed_meanwhile(op, err);
}

/* Out of the way; act_clean() removes it. */
static int move_away(struct act *act, int dir, const struct op *op, struct err *err) {
	const char *name = path_name(op->path);
	const char *other = aside_name(act, op);
	if (copy_far(act, dir, op, err) < 0) {
		return -1;
	}
	if (swap_move(dir, name, dir, other) < 0) {
		return errno == ENOENT ? part_changed_meanwhile(op, err) : part_failed(op, err);
	}
	if (aside_matches(dir, other, &op->expect, true) == 1) {
		return 0;
	}
	return swap_move(dir, other, dir, name) < 0 ? part_kept_aside(op, other, err)
						     : part_changed_meanwhile(op, err);
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
	if (swap_mend(dir, path_name(op->path), aside_name(act, op)) < 0 ||
			aside_identify(dir, path_name(op->path), op, &at_name) < 0 ||
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
	case OP_FILE:
	case OP_ADOPT:
	case OP_RETURN:
	case OP_EDIT:
		break;
	}
	return 0;
}

/* A folder that was filled under its temporary name takes the place of our link. */
static int finish_folder(struct act *act, const struct op *op, struct err *err) {
	walk_drop_alias(&act->walk, op->path);
	int dir = walk_to(&act->walk, op->path);
	if (dir < 0) {
		return part_failed(op, err);
	}
	bool done;
	if (is_done(act, dir, op, &done) < 0) {
		return part_failed(op, err);
	}
	return done ? 0
		    : part_exchange(dir, path_name(op->path), aside_name(act, op), op, err);
}

typedef int change_fn(struct act *act, int dir, const struct op *op, struct err *err);

static change_fn *const changes[] = {
	[OP_FOLDER] = make_folder,
	[OP_LINK] = make_link,
	[OP_UNLINK] = move_away,
	[OP_RMDIR] = NULL, /* act_clean() does it */
	[OP_OWN] = NULL,
	[OP_DISOWN] = NULL,
	[OP_FILE] = object_change,
	[OP_ADOPT] = trade_change,
	[OP_RETURN] = trade_change,
	[OP_EDIT] = rewrite_change,
};

static int change_one(struct act *act, const struct op *op, struct err *err) {
	change_fn *change = changes[op->kind];
	if (change == NULL || (op->kind == OP_UNLINK && op->inside)) {
		return 0;
	}
	int dir = walk_to(&act->walk, op->path);
	if (dir < 0 && act->again && op->kind == OP_UNLINK && errno == ENOENT) {
		return 0; /* its folder is removed already */
	}
	if (dir < 0 && act->again && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) {
		return part_changed_meanwhile(op, err);
	}
	if (dir < 0) {
		return part_failed(op, err);
	}
	walk_touch(&act->walk);
	bool done;
	if (is_done(act, dir, op, &done) < 0) {
		return part_failed(op, err);
	}
	if (done) {
		return 0;
	}
	return change(act, dir, op, err);
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
		if (!op_replaces_folder(op)) {
			continue;
		}
		enum holds holds;
		int dir = walk_to(&act->walk, op->path);
		if (dir < 0 || aside_look_into(act, dir, aside_name(act, op), op->path, &holds) < 0) {
			return part_failed(op, err);
		}
		if (holds == HOLDS_OTHERS) {
			return part_changed_meanwhile(op, err);
		}
	}
	return 0;
}

/* Copies of folders and links are as old as what they are copies of, once they are filled. */
static void keep_times(struct act *act) {
	for (size_t i = act->journal->ops.count; i-- > 0;) {
		const struct op *op = &act->journal->ops.items[i];
		bool copied = op->theirs && op->becomes.mtime != 0 &&
				(op->kind == OP_FOLDER || op->kind == OP_LINK);
		int dir = copied ? walk_to(&act->walk, op->path) : -1;
		if (dir < 0) {
			continue;
		}
		const struct timespec times[2] = {
			{.tv_nsec = UTIME_OMIT},
			stamp_timespec(op->becomes.mtime),
		};
		/* Not worth failing for. */
		(void)utimensat(dir, path_name(op->path), times, AT_SYMLINK_NOFOLLOW);
		if (op->kind == OP_FOLDER) {
			(void)!fchmodat(dir, path_name(op->path), op->becomes.mode, 0);
		}
	}
}

int act_change(struct act *act, struct err *err) {
	const struct op *filling = NULL;
	act->done = 0;
	act->live = true;
	if (slots_prepare(act, err) < 0) {
		return -1;
	}
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
		act->done = i;
		if (change_one(act, op, err) < 0 && !passes_over(act, err)) {
			return -1;
		}
		if (op->kind == OP_FOLDER && op->expect.kind != STAMP_ABSENT) {
			filling = op;
		}
		act->done = i + 1;
	}
	if (filling != NULL && finish_folder(act, filling, err) < 0 && !passes_over(act, err)) {
		return -1;
	}
	if (act->again) {
		return 0;
	}
	keep_times(act);
	return look_into_replaced(act, err);
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

typedef int clean_fn(struct act *act, int dir, const struct op *op);

static clean_fn *const cleans[] = {
	[OP_FILE] = object_clean,
	[OP_ADOPT] = trade_clean,
	[OP_RETURN] = trade_clean,
	[OP_EDIT] = rewrite_clean,
};

static int clean_one(struct act *act, const struct op *op) {
	bool replaced = (op->kind == OP_LINK || op->kind == OP_FOLDER) &&
			op->expect.kind != STAMP_ABSENT;
	clean_fn *part = cleans[op->kind];
	if (!replaced && op->kind != OP_UNLINK && op->kind != OP_RMDIR && part == NULL) {
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
	if (part != NULL) {
		return part(act, dir, op);
	}
	if (op->keeps) {
		return part_keep(act, dir, aside_name(act, op), op, &op->expect);
	}
	if (op->kind == OP_RMDIR) {
		return clean_folder(act, dir, path_name(op->path), op);
	}
	if (op->expect.kind == STAMP_FOLDER) {
		return clean_folder(act, dir, aside_name(act, op), op);
	}
	return clean_link(act, dir, op->inside ? path_name(op->path) : aside_name(act, op), op);
}

/* From the end: what is in a folder goes before it. */
static void clean_range(struct act *act, size_t start, size_t end, struct err *err) {
	for (size_t i = end; i-- > start;) {
		const struct op *op = &act->journal->ops.items[i];
		if (clean_one(act, op) < 0 && err->kind == ERR_NONE) {
			(void)err_sys(err, "cannot clean up at '%s'", op->path);
		}
	}
}

int act_clean(struct act *act, struct err *err) {
	aside_add_aliases(act);
	/* What goes from the profile goes when no target is left that needed it. */
	clean_range(act, 0, act->main + act->nmain, err);
	clean_range(act, act->main + act->nmain, act->journal->ops.count, err);
	slots_sweep(act);
	return err->kind == ERR_NONE ? 0 : -1;
}

int act_flush(struct act *act, struct err *err) {
	const char *folder;
	if (walk_flush(&act->walk, &folder) < 0 || walk_flush(&act->partners, &folder) < 0) {
		return err_sys(err, "cannot make the changes in '%s' durable", folder);
	}
	if (slots_flush(act) < 0) {
		return err_sys(err, "cannot make the backups in '%s' durable", act->state_path);
	}
	return 0;
}
