/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The ownership record: which links and folders Lumina made, so that only those
 * are ever replaced or removed. The file is `owned` in the state folder:
 *
 *   lumina owned 2
 *   generation<TAB>12<TAB>9     the last change; the generation that this state is
 *   link<TAB>~/.zshrc<TAB>/home/u/.lumina/zsh/zshrc<TAB>3
 *   folder<TAB>~/.config/hypr<TAB>-<TAB>3      last field: since which generation
 *
 * It can be lost: links that match the registry are recognised again, and
 * nothing is removed for the lack of it.
 */

#include "base/arena.h"
#include "base/err.h"
#include "state/record.h"
#include "sys/file.h"

struct owned {
	const char *path; /* home path */
	const char *text; /* the link's text; NULL for a folder */
	uint64_t since;   /* generation */
};

struct owned_record {
	struct owned *items; /* sorted by path_compare() */
	size_t count, room;
	uint64_t generation; /* number of the last change; 0: none yet */
	uint64_t present_generation; /* lower after an undo; 0: before the first */
	bool present;        /* there was a good file */
	bool damaged;        /* there was a file, and it was no good */
	struct file_mark mark; /* of the file; zeroed if there was none */
};

/*
 * Reads the record of the state folder; no folder or no file is an empty one, a
 * damaged file too. Fails where the file can't be read, or is a later Lumina's.
 */
int owned_load(struct owned_record *record, const char *state_folder, struct arena *arena,
		struct err *err);
/* From bytes, which are changed and must outlive the record. */
enum record_state owned_parse(struct owned_record *record, char *bytes, size_t size);
void owned_format(const struct owned_record *record, struct buf *out);
void owned_release(struct owned_record *record);

/* By binary search; NULL if the path isn't owned. */
const struct owned *owned_find(const struct owned_record *record, const char *path);
