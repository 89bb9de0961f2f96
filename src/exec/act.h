/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Carries out a journal's operations, or takes them back.
 *
 *   act_change()   every path gets its new object; what was replaced or removed
 *                  stands beside it under a temporary name
 *   (commit: the new ownership record, by somebody else)
 *   act_clean()    those are removed, and folders that emptied; durable then
 *   act_restore()  instead of a commit: everything back, judged by what is on
 *                  disk, after a failure in this process or for a journal that a
 *                  crash left behind
 *
 * A restore only renames and removes, so it needs no disk space. (On a file
 * system without an exchange of names, a replaced link is made anew.)
 * After a power loss behind the commit, act_change() and act_clean() again, with
 * `again` set, do what isn't done.
 * Nothing here removes a folder that isn't empty, or what isn't as expected.
 */

#include "base/arena.h"
#include "base/err.h"
#include "exec/journal.h"
#include "exec/walk.h"

struct act {
	const struct journal *journal;
	struct walk walk;
	struct arena *arena;
	mode_t folder_mode; /* of folders made */
	bool again;         /* what is as it should become is done already */
	size_t done;        /* operations to restore: all, or those that act_change() came to */
	bool live;          /* restoring what this process did itself */
	/* What had to be left, each with its reason. */
	struct {
		const char **items;
		size_t count, room;
	} notes;
};

int act_init(struct act *act, const struct journal *journal, const char *home,
		const char *profile_real, mode_t umask, struct arena *arena, struct err *err);
void act_release(struct act *act);

int act_change(struct act *act, struct err *err);
/* A signal that came since is an error: the last chance before the commit. */
int act_check_signals(struct err *err);
/*
 * Goes on after a failure; the first is reported. What isn't ours any more is left,
 * and noted. Flushing comes with act_flush().
 */
int act_clean(struct act *act, struct err *err);
int act_flush(struct act *act, struct err *err);
/* Flushes too. Fails if anything could not be put back; the journal must stay then. */
int act_restore(struct act *act, struct err *err);
