/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One plan, all or nothing:
 *
 *   journal durable → every path changed, old objects aside → new record written
 *   → record in force, durable (commit) → old objects removed → folders flushed
 *   → journal filed as a generation
 *
 * Any failure before the commit restores what was done and forgets the journal.
 * A crash leaves the journal, and the next changing command calls recover(): it
 * restores, or behind the commit does what isn't done yet. Each folder is flushed
 * once, behind the commit: should the power fail before, the journal is a redo log.
 */

#include "exec/store.h"

/* In the arena; the array on the heap. */
struct notes {
	const char **items;
	size_t count, room;
};

struct apply {
	struct plan *plan;                /* gets the names of its slots */
	const struct owned_record *owned; /* as it was when the plan was made */
	const struct facts *facts;
	const char *command;              /* for history: "lumina sync" */
	const char *commit;               /* of the profile, if it is clean, or NULL */
	bool moves;                       /* to another generation, instead of making one: … */
	uint64_t to;                      /* … this one; 0: before the first */
	struct arena *arena;
	/* Out. */
	uint64_t generation; /* of the journal; 0: only the record changed, or nothing */
	struct notes notes;  /* what a restore had to leave */
	struct err warning;  /* only the clean-up after the commit failed */
};

int apply_plan(struct apply *apply, struct store *store, struct err *err);
void apply_release(struct apply *apply);

enum recovery {
	RECOVERY_NONE,      /* there was no journal */
	RECOVERY_FINISHED,  /* it was committed: the rest is done, the journal filed */
	RECOVERY_RESTORED,  /* it wasn't: taken back */
	RECOVERY_SET_ASIDE, /* it was damaged: kept beside */
};

struct recovered {
	enum recovery what;
	const char *command; /* of the interrupted run */
	time_t time;
	bool moves; /* it was an undo or rollback */
	bool packages; /* some had come or gone already: that isn't taken back */
	bool themed; /* it switched the theme: another one, or the one of before, is shown */
	int signal; /* one that came meanwhile, or 0 */
	struct notes notes;
};

void recovered_release(struct recovered *recovered);

/* With the lock held: deals with a journal that was left behind. */
int recover(struct recovered *recovered, struct store *store, const struct facts *facts,
		struct arena *arena, struct err *err);
