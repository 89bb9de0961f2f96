/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Single steps on directory entries, each atomic. All return -1 with errno.
 */

#include <stdbool.h>

/* Reads a link: true if `name` is a link with exactly this text. */
bool swap_is_link(int dir, const char *name, const char *text);

/* Nothing at all stands there. */
bool swap_is_absent(int dir, const char *name);

/*
 * Two existing entries of a folder trade places. Where the file system has no exchange
 * it takes three steps; what a crash in between leaves under the name of `b` with
 * "-was" behind it, swap_mend() puts right.
 */
int swap_exchange(int dir, const char *a, const char *b);
int swap_mend(int dir, const char *a, const char *b);

/*
 * Renames where nothing stands in the way (EEXIST otherwise). On a file system
 * that can't check and rename in one step, it looks first.
 */
int swap_move(int from_dir, const char *from, int to_dir, const char *to);
