/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The kinds of operation that move a person's objects or write files, each with its
 * way forward, its cleaning behind the commit, and its way back. `dir` is the folder
 * of the operation's path. act.c and restore.c decide when.
 */

#include "exec/aside.h"

/* OP_FILE: object.c. */
int object_change(struct act *act, int dir, const struct op *op, struct err *err);
int object_clean(struct act *act, int dir, const struct op *op);
int object_restore(struct act *act, int dir, const struct op *op);

/* OP_ADOPT and OP_RETURN: trade.c. */
int trade_change(struct act *act, int dir, const struct op *op, struct err *err);
int trade_clean(struct act *act, int dir, const struct op *op);
int trade_restore(struct act *act, int dir, const struct op *op);

/* OP_EDIT: rewrite.c. */
int rewrite_change(struct act *act, int dir, const struct op *op, struct err *err);
int rewrite_clean(struct act *act, int dir, const struct op *op);
int rewrite_restore(struct act *act, int dir, const struct op *op);

/*
 * What stood at the target, and now stands aside as `name`, goes to its slot, or is
 * removed if it was copied there before. What isn't it is left, and noted.
 */
int part_keep(struct act *act, int dir, const char *name, const struct op *op,
		const struct expect *object);

/*
 * A file at `path` that is to be kept and comes from another file system: copied to its
 * slot, whole, before it leaves its place. Nothing is done for all others.
 */
int part_keep_copy(struct act *act, int dir, const char *path, const struct op *op,
		const struct expect *object, struct err *err);

/*
 * On the way back, if the object was copied to its slot so: the copy goes only if the
 * file itself is seen at `name`; else it stays, among the backups. -1 with errno.
 */
int part_drop_copy(struct act *act, int dir, const char *name, const struct op *op,
		const struct expect *object);

/* What comes from its slot (op->take) comes by a copy: that is on another file system. */
bool part_is_copied(const struct op *op);
/* The temporary name of a copy in the making: what stands at the other one is complete. */
const char *part_making_name(const struct act *act, const struct op *op);

/*
 * Removes what is our own at `name`, by way of a temporary name, so that what somebody
 * else puts there at this very moment is seen, and goes back. EAGAIN then.
 */
int part_remove(int dir, const char *name, const char *temporary, const struct expect *ours);

/* From here on the operation has changed something, and is to be restored. */
void part_begin(struct act *act, const struct op *op);

/* Shared words. */
void part_note(struct act *act, const struct op *op, const char *why);
/* Something of somebody else's can't go back to the target: say where it is. */
void part_note_aside(struct act *act, const struct op *op, const char *other);
int part_failed(const struct op *op, struct err *err);
int part_changed_meanwhile(const struct op *op, struct err *err);
int part_kept_aside(const struct op *op, const char *other, struct err *err);

/*
 * The new object at `name`, the old one at `other`; back again if it isn't exactly
 * what the plan saw.
 */
int part_exchange(int dir, const char *name, const char *other, const struct op *op,
		struct err *err);
