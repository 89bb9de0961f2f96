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
 * Nothing here removes a folder that isn't empty, what isn't as expected, or a
 * person's object: that is moved, to its slot (exec/slot.h), to its source
 * (exec/trade.h), or back.
 */

#include "base/arena.h"
#include "base/err.h"
#include "exec/journal.h"
#include "exec/walk.h"
#include "sys/facts.h"

/* An open folder of slots. */
struct act_slots {
	const char *folder;
	int fd;
};

struct act {
	const struct journal *journal;
	struct walk walk;
	struct walk partners; /* a second place at a time: the sources of adopted objects */
	struct arena *arena;
	int state;            /* the state folder; not act's own */
	const char *state_path;
	int backups;          /* in it; -1 until needed */
	struct {
		struct act_slots *items;
		size_t count, room;
	} slots;
	size_t main, nmain;   /* operations of PHASE_MAIN */
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

int act_init(struct act *act, const struct journal *journal, int state,
		const struct facts *facts, struct arena *arena, struct err *err);
void act_release(struct act *act);

int act_change(struct act *act, struct err *err);
/* True if a person's objects are moved: flushed before the commit, then. */
bool act_moves_objects(const struct act *act);
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
