/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * PATH as text: folders between colons, in which empty ones count too (they mean the
 * current folder). Results are in the arena, or the argument itself.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* `folder` is one of the folders. */
bool env_path_has(const char *path, const char *folder);

/* The folders (in their order), then the path. */
const char *env_path_prepend(const char *const *folders, size_t count, const char *path,
		struct arena *arena);

/*
 * The path as it was before env_path_prepend(folders, count, before): that itself if
 * nothing has changed since. Otherwise each folder is taken out once, where it comes
 * first; all else stays. zsh's `typeset -U path` leaves the first of several: a folder
 * that was there before too, and now is there once, goes back to its old neighbours.
 * A path of nothing but these folders stays.
 */
const char *env_path_remove(const char *const *folders, size_t count, const char *before,
		const char *path, struct arena *arena);
