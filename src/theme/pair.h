/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The partner of a dark theme, and of a light one, by their names: "dark" and "light" exchanged
 * in them as words between dashes (gruvbox-dark-hard, gruvbox-light-hard), or one of these words
 * at the end of one of them only (nord, nord-light).
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct pair_theme {
	const char *name;
	bool is_dark;
};

/*
 * The partner of a theme: the first, of the names that it may have, which is among `all` and is of
 * the other variant. `all` is sorted by name. NULL: there is none.
 */
const struct pair_theme *pair_find(const struct pair_theme *all, size_t count,
		const struct pair_theme *of, struct arena *arena);
