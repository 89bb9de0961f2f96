/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One plan, all or nothing:
 *
 *   journal durable → every path changed → new record written → old objects
 *   removed, folders flushed → record in force (commit) → journal filed
 *
 * Any failure before the commit restores what was done and forgets the journal.
 * A crash leaves the journal, and the next changing command calls recover().
 */

#include "exec/store.h"

struct apply {
	const struct plan *plan;
	const struct owned_record *owned; /* as it was when the plan was made */
	const struct facts *facts;
	const char *command;              /* for history: "lumina sync" */
	struct arena *arena;
	/* Out. */
	uint64_t generation; /* 0: only the record changed, or nothing */
	struct buf notes;    /* what a restore had to leave; one line each */
	struct err warning;  /* only the clean-up after the commit failed */
};

int apply_plan(struct apply *apply, struct store *store, struct err *err);
void apply_release(struct apply *apply);

enum recovery {
	RECOVERY_NONE,      /* there was no journal */
	RECOVERY_FINISHED,  /* it was committed: filed */
	RECOVERY_RESTORED,  /* it wasn't: taken back */
	RECOVERY_SET_ASIDE, /* it was damaged: kept beside */
};

struct recovered {
	enum recovery what;
	const char *command; /* of the interrupted run */
	time_t time;
	struct buf notes;
};

/* With the lock held: deals with a journal that was left behind. */
int recover(struct recovered *recovered, struct store *store, const struct facts *facts,
		struct arena *arena, struct err *err);
