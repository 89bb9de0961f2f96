/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The state folder, for the one process that may change it:
 *
 *   owned         the ownership record; replacing it commits
 *   journal       while a change runs, or was cut off
 *   generations/  committed journals: 000001, 000002, …
 *   lock          see sys/lock.h
 *
 * Every file is written beside its place, flushed, then renamed.
 */

#include <stdbool.h>

#include "exec/journal.h"
#include "state/owned.h"
#include "sys/facts.h"

struct store {
	const char *path;
	int dir;         /* -1 while closed */
	int generations; /* the generations folder */
	int lock;
};

#define STORE_CLOSED ((struct store){.dir = -1, .generations = -1, .lock = -1})

/*
 * A journal is there: some change is under way, or was cut off. For readers too.
 * 1 or 0; -1 if it can't be told.
 */
int store_has_journal(const struct facts *facts, struct arena *arena, struct err *err);
/* Reads the journal of the state folder. Fields live in the arena, arrays on the heap. */
int store_read_journal(const char *folder, struct journal *journal, enum record_state *ret_state,
		struct arena *arena, struct err *err);
/* The record has reached the journal's number: what is left is to clean up. */
bool store_is_committed(const struct facts *facts, const struct journal *journal,
		struct arena *arena);
/* Pid of the process that changes this machine just now, or 0. */
long store_writer(const struct facts *facts, struct arena *arena);

/* Makes the folder where it is missing, and takes the lock. */
int store_open(struct store *store, const struct facts *facts, struct arena *arena,
		struct err *err);
void store_close(struct store *store);

/* The journal, durable. */
int store_begin(struct store *store, const struct journal *journal, struct err *err);
/* Writes the new ownership record, flushed, but not yet in force. */
int store_prepare(struct store *store, const struct owned_record *owned, struct err *err);
/* Puts the prepared record in force: from here on the change is done. Not flushed yet. */
int store_commit(struct store *store, struct err *err);
/* Makes the entries of the state folder durable. */
int store_flush(struct store *store, struct err *err);
/* The committed journal becomes a generation. */
int store_finish(struct store *store, uint64_t generation, struct err *err);
/* The journal's changes were taken back: forget it. */
int store_abandon(struct store *store, struct err *err);
/* A damaged journal can't be followed: it is kept beside, for a person to read. */
int store_set_aside(struct store *store, struct err *err);

/* There is a state folder. */
bool store_exists(const struct facts *facts);
/*
 * Removes what Lumina keeps in the state folder, and the folder if nothing else is in
 * it; backups stay. The store is to be closed afterwards.
 */
int store_erase(struct store *store, struct err *err);

/* The number after the last generation known. */
uint64_t store_next_generation(const struct store *store, const struct owned_record *owned);
