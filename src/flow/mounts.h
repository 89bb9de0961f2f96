/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which file systems may keep a caller waiting, told from their paths alone: a
 * server or a program behind them may be gone, and nobody gets a shell back that
 * hangs in a system call there.
 *
 * Read from /proc/self/mountinfo, proc(5): one mount a line; the fifth word is the
 * mount point with blank, tab, newline and backslash as \OOO; behind " - " comes the
 * type of the file system. Of two at one place the later line is on top.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct mounts {
	const char *text; /* in the arena, NUL-terminated */
	size_t size;
};

/* -1 with errno; EFBIG above 4 MiB. */
int mounts_read(struct mounts *mounts, const char *file, struct arena *arena);

struct mount {
	size_t point;     /* length of the mount point; 0 for "/" */
	const char *type; /* "ext4", not NUL-terminated: in mounts.text */
	size_t type_size;
	/*
	 * Network, FUSE or automount: the path itself or something above it. Not above:
	 * "/" itself, from which this program was started, and automounts which have been
	 * mounted.
	 */
	bool slow;
};

/* Where an absolute, folded path lies; false if no line fits. Nothing is looked at. */
bool mounts_find(const struct mounts *mounts, const char *path, size_t length, struct mount *ret);
