/* SPDX-License-Identifier: MIT */
#pragma once

/* Which files hold what Git has had before: in a commit, or staged. */

#include "exec/repo.h"

struct known {
	struct buf paths; /* those that do, NUL-terminated, relative to the profile */
	size_t unknown;   /* how many don't */
};

/*
 * Looks at a file of the profile, or at all below a folder; links count as known.
 * -1 with err.
 */
int known_find(struct known *known, const struct repo *repo, const char *path, struct err *err);
void known_release(struct known *known);
