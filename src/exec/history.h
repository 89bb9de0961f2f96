/* SPDX-License-Identifier: MIT */
#pragma once

/* Generations that were made: committed journals, by their numbers. */

#include "exec/journal.h"

/* Reads one; false if it isn't there or can't be used. Release it with journal_release(). */
bool history_read(const char *state_folder, uint64_t generation, struct journal *ret,
		struct arena *arena);
