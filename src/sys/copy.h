/* SPDX-License-Identifier: MIT */
#pragma once

/* Copies of single files, with all that belongs to them. All return -1 with errno. */

#include <stdbool.h>

/*
 * Copies a regular file: content, mode, times, owner and extended attributes as far
 * as the file system and our rights allow, flushed. `to` must not be there. What a
 * link `from` leads to is copied if `follow` is set; ELOOP otherwise. ESTALE if the
 * file changed meanwhile. On failure nothing is left at `to`.
 */
int copy_file(int from_dir, const char *from, int to_dir, const char *to, bool follow);

/* Both hold the same bytes: 1 or 0. */
int copy_is_same(int a_dir, const char *a, int b_dir, const char *b);

/*
 * Gives an open file the mode of another, and its owner and extended attributes as far as
 * the file system and our rights allow; without the owner, no special bits of the mode.
 */
int copy_attributes(int from, int to);
