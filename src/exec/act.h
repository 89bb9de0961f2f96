/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Carries out a journal's operations, or takes them back.
 *
 *   act_change()   every path gets its new object; what was replaced or removed
 *                  stands beside it under a temporary name
 *   act_clean()    those are removed, and folders that emptied; durable then
 *   act_restore()  everything back, judged by what is on disk: after a failure
 *                  in this process, or for a journal that a crash left behind
 *
 * Until act_clean() a restore needs no disk space: it only renames and removes.
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
	size_t done;        /* operations to restore: all, or those that act_change() came to */
	struct buf notes;   /* what a restore had to leave, one line each */
};

int act_init(struct act *act, const struct journal *journal, const char *home,
		const char *profile_real, mode_t umask, struct arena *arena, struct err *err);
void act_release(struct act *act);

int act_change(struct act *act, struct err *err);
int act_clean(struct act *act, struct err *err);
/* Fails if anything could not be put back; the journal must stay then. */
int act_restore(struct act *act, struct err *err);
