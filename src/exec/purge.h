/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What is in the backups, and its end: the only place where a person's objects are
 * removed, and only `lumina history --purge` comes here, with consent.
 */

#include "exec/store.h"

struct backup {
	const char *slot;    /* "000012-20261123T101112Z/0-zshrc" */
	uint64_t generation;
};

struct backups {
	struct backup *items; /* sorted by slot */
	size_t count, room;
};

/* Everything that is in the backups now; none where there is no such folder. */
int backups_list(struct backups *backups, const struct facts *facts, struct arena *arena,
		struct err *err);
void backups_release(struct backups *backups);

/* Removes one, with all that is in it. Nothing outside the backups is reached. */
int backup_purge(const struct store *store, const struct backup *backup, struct arena *arena,
		struct err *err);
