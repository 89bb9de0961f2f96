/* SPDX-License-Identifier: MIT */
#pragma once

/* Generations that were made: committed journals, by their numbers. */

#include "exec/journal.h"
#include "state/owned.h"

/* Reads one; false if it isn't there or can't be used. Release it with journal_release(). */
bool history_read(const char *state_folder, uint64_t generation, struct journal *ret,
		struct arena *arena);

/* All of them, oldest first; undo and rollback are none. The array on the heap. */
struct history {
	struct journal *items;
	size_t count, room;
};

/* Files that can't be used are passed over. -1 if the folder can't be read. */
int history_load(struct history *history, const char *state_folder, struct arena *arena,
		struct err *err);
void history_release(struct history *history);
/* The generation that this machine is at; with the record lost, the newest. */
uint64_t history_present(const struct history *history, const struct owned_record *owned);
/* NULL if there is none of that number. */
const struct journal *history_find(const struct history *history, uint64_t generation);
