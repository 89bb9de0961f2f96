/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Single paths, looked at by name: for commands that concern only what they are
 * told. Reads only. Links above a path are followed; a link at it is not.
 *
 * Paths are home paths, or absolute where they don't lie below home.
 */

#include "base/err.h"
#include "base/stamp.h"
#include "state/place.h"
#include "sys/facts.h"

void peek(const char *path, const struct facts *facts, struct arena *arena, struct stamp *ret);

/* The spelling that operations use, of a real absolute path. */
const char *peek_name(const char *real, const struct facts *facts, struct arena *arena);
/* An absolute path, to open it. */
const char *peek_open_name(const char *path, const struct facts *facts, struct arena *arena);

/* The folders above a path. In the arena; the arrays on the heap. */
struct above {
	struct {
		const char **items;
		size_t count, room;
	} missing; /* highest first */
	struct {
		const char **items;
		size_t count, room;
	} followed;          /* links to folders */
	const char *blocked; /* one that can't be a folder, or is a link into the profile; or NULL */
	const char *why;     /* "is not a folder" */
};

void peek_above(const char *path, const struct facts *facts, struct arena *arena,
		struct above *ret);
void above_release(struct above *above);

/* File system of the deepest folder above `path` (an absolute path) that is there. */
dev_t peek_device(const char *absolute, struct arena *arena);

/*
 * The place of a source in the profile, links in its path resolved, and what stands
 * there. -1 with err if that isn't in the profile, or can't be told.
 */
int peek_source(const char *source, const struct facts *facts, struct arena *arena,
		struct partner *ret, struct err *err);
