/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Paths as text: nothing here looks at the disk.
 *
 * A "home path" is the one spelling by which Lumina knows a target: "~" or
 * "~/a/b", folded, without a trailing slash.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

enum fold {
	FOLD_OK,
	FOLD_EMPTY,    /* nothing is left: the path is the place it started from */
	FOLD_ESCAPES,  /* a ".." leads above the start */
	FOLD_NUL,      /* holds a NUL byte */
	FOLD_TOO_LONG, /* a component has more than NAME_MAX (255) bytes */
};

/*
 * Folds "//", "." and ".." of a relative path; leading slashes are dropped.
 * *ret gets the result ("" for FOLD_EMPTY), in the arena.
 */
enum fold path_fold(struct str path, struct arena *arena, const char **ret);

/*
 * The same into memory of the caller's, at least path.n + 1 bytes.
 */
enum fold path_fold_into(char *out, struct str path);

/* "a/b" in the arena. */
const char *path_join(const char *a, const char *b, struct arena *arena);

/* Folds an absolute path ("/" stays "/"); ".." at the root is dropped, as the kernel does. */
const char *path_fold_absolute(const char *path, struct arena *arena);

/*
 * Order in which a folder comes right before everything below it: like
 * strcmp() of the paths, but '/' sorts below every other byte.
 */
int path_compare(const char *a, const char *b);

/* True if `path` is `folder` or lies below it, as text. */
bool path_is_under(const char *path, const char *folder);

/* The last component. */
const char *path_name(const char *path);

/* An absolute path below home as a home path; NULL if it isn't below home. */
const char *path_to_home(const char *absolute, const char *home, struct arena *arena);
/* A home path as an absolute one. */
const char *path_from_home(const char *path, const char *home, struct arena *arena);
