/* SPDX-License-Identifier: MIT */
#pragma once

/* Folders as descriptors. All return -1 with errno on failure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/*
 * Opens a path below `dir` without ever leaving it: EXDEV where ".." or a
 * symlink leads out (openat2(2), RESOLVE_BENEATH).
 */
int folder_open_beneath(int dir, const char *path, int flags);

/* The real path of an open folder (by /proc/self/fd), in the arena; NULL with errno. */
const char *folder_real_path(int fd, struct arena *arena);

/* Number of entries of the folder `name` in `dir`, "." and ".." not counted. */
int folder_count(int dir, const char *name, uint32_t *ret_count);

/*
 * Calls `found` for everything below the open folder that is no folder, with
 * its path relative to it. Links are not followed; folders and files named
 * ".git" are passed over, as are sockets, pipes and devices. Closes `fd`.
 * `found` returns -1 with errno to stop.
 */
typedef int folder_found_fn(void *user, const char *path);
int folder_walk(int fd, folder_found_fn *found, void *user);
