/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Rendered themes below the state folder (state/theme_place.h), for the one process that
 * holds the store's lock. A theme is made in `themes/.new`, flushed, and gets its name
 * last: whatever has a theme's name is complete.
 *
 *   themes/nord-0123456789abcdef/.files    the names of the others, a line each
 *
 * What is removed again is what that list names, and the folder if nothing is left then.
 */

#include "exec/store.h"

struct stage_file {
	const char *name; /* no path */
	const char *bytes;
	size_t size;
	bool is_link; /* with `bytes` as its text */
};

/* Makes the theme, durably; nothing is done where it is there. Another of its name is an error. */
int stage_write(const struct store *store, const char *theme, const struct stage_file *files,
		size_t count, struct err *err);

/* It is there, and so are all of its files. */
bool stage_has(const struct store *store, const char *theme);

enum stage_state { STAGE_ABSENT, STAGE_WHOLE, STAGE_DAMAGED };

/*
 * Whether a theme in `themes`, the path of the folder of them all, is what stage_write() makes of
 * these files: people edit and delete there. No lock is needed.
 */
enum stage_state stage_look(const char *themes, const char *theme, const struct stage_file *files,
		size_t count);

/* Removes the themes that aren't among `kept`, as far as that goes, and what a crash left. */
void stage_sweep(const struct store *store, const char *const *kept, size_t count,
		struct arena *arena);

/*
 * All of them, the link that shows one, and the folder if nothing else is in it. -1 with err where
 * they can't be listed.
 */
int stage_erase(const struct store *store, struct arena *arena, struct err *err);
