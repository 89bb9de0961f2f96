/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Files of the flow in the cache folder: what can be made again at any time, but may
 * change what a shell does, so that nobody else may have had a hand in it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"

enum kept { KEPT_GOOD, KEPT_NONE, KEPT_UNFIT };

/*
 * Reads a whole file into the arena (aligned for any object). KEPT_NONE if there is
 * none, or it can't be read, has more than `limit` bytes or is just being changed;
 * KEPT_UNFIT if it isn't a regular file of `owner` that only the owner may write.
 */
enum kept kept_read(const char *path, uid_t owner, size_t limit, struct arena *arena,
		const char **ret_bytes, size_t *ret_size);

/*
 * Makes the file `name` in `folder` (made if it isn't there) hold the bytes: another
 * file is written, then renamed, so that readers see the old or the new one. It isn't
 * flushed to the disk: what a power loss leaves is found out by its checksum.
 * If another process is writing it just now, nothing is done. Best effort; false if
 * it wasn't written.
 */
bool kept_write(const char *folder, const char *name, const char *bytes, size_t n);
