/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The compiled missions: one file `index` in the cache folder, so that the flow
 * needs no YAML. It may be deleted at any time.
 *
 * All numbers are of 32 bits in the machine's byte order unless said otherwise. A text
 * is given by its offset from the start of the file, an entry of lists or pairs by its
 * number, counted from 1; 0 stands for NULL.
 *
 *   head      "lumina\0\1"; XXH3 (64 bits) of every byte behind it; version, size, flags;
 *             home, profile and host; the list of the bar's command; offset and count of
 *             each of the following
 *   files     of the registry: path; whether it is there; device, inode, size, seconds
 *             and nanoseconds of its last change (64 bits each)
 *   missions  the members of struct mission in their order
 *   lists     texts; each list ends with a 0
 *   pairs     texts: name and value
 *   texts     each once, with a NUL behind it
 *
 * Whatever is in the file, reading it is safe: checksum, offsets and ends are checked.
 * It is used only if it is a regular file of the person's own that nobody else may
 * write. It is read by one read(2), not mapped: somebody who truncates a mapped file
 * would kill whoever looks at it.
 */

#include <stdbool.h>

#include "flow/mission.h"
#include "reg/registry.h"
#include "sys/facts.h"
#include "sys/file.h"

/* More than this of YAML isn't read at a prompt. */
enum { INDEX_QUICK_SIZE = 256 * 1024 };

enum index_state {
	INDEX_GOOD,
	INDEX_NONE,    /* there is none, or it can't be read */
	INDEX_DAMAGED, /* or made by another version of Lumina */
	INDEX_OTHER,   /* made for another home, profile or host */
	INDEX_UNFIT,   /* somebody else's, or somebody else may write it */
};

struct index_file {
	const char *path;
	bool there;            /* false: the registry would have it, and there is nothing */
	struct file_mark mark;
};

struct index {
	struct missions missions;
	bool broken; /* the registry it was made from has errors; there are no missions */
	const struct index_file *files;
	size_t nfiles;
};

/* Reads the index into the arena. Unless INDEX_GOOD comes back, *ret is empty. */
enum index_state index_open(struct index *ret, const struct facts *facts, struct arena *arena);

/* True if the registry's files are as they were then: one stat(2) each. */
bool index_is_current(const struct index *index);

/*
 * Loads the registry, compiles its missions, and writes the index. Nothing is printed.
 * A registry with errors gives an index that says so, and is 0 all the same. Fails
 * where the registry can't be read; with EFBIG in err->sys where its files together
 * have more than `limit` bytes (0: no limit). That the index couldn't be written is no
 * failure.
 */
int index_build(struct index *ret, const struct facts *facts, size_t limit, struct arena *arena,
		struct err *err);

/*
 * For a command that has loaded the registry (`broken`: it has errors): writes the index
 * again where it isn't current. Where there is none, it is made only if the registry
 * is too large for the flow to make it: who doesn't use the flow needs none. Best effort.
 */
void index_refresh(const struct registry *registry, bool broken, const struct facts *facts);

/* The bytes of an index, and what is in them: for index.c and its tests. */
void index_format(const struct index *index, const struct facts *facts, struct buf *out);
/* `bytes` must be aligned for 64 bits; the result may point into them. */
enum index_state index_parse(struct index *ret, const char *bytes, size_t size,
		const struct facts *facts, struct arena *arena);
