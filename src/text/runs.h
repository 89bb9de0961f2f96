/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Runs of plain "key: value" lines, which are most of a large registry and take
 * libfyaml longest: thousands of instructions each.
 *
 * A line in question is indented, and holds a key and a value of harmless
 * characters (letters, digits, _ . / ~ $ + @ = % -), perhaps a comment. Where one
 * such line is a pair of a block mapping, every following one of the same
 * indentation is the next pair of that mapping: nothing at that indentation can
 * continue a plain scalar, or open or close anything. So the lines between the
 * first and the last of a run can be left out of what libfyaml reads, and taken
 * from the text, once libfyaml has said that the first is a pair of a block
 * mapping. (Before that they might be part of a block scalar or a quoted text.)
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* Offsets into the text. */
struct pair_line {
	uint32_t key, key_end, value, value_end;
};

struct run {
	struct pair_line first;
	uint32_t start, end; /* the lines left out, [start, end) */
	uint32_t at;         /* where they would be in the shortened text */
};

struct runs {
	struct run *items;
	size_t count, room;
};

/* Finds the runs worth it, and writes the text without them. */
void runs_find(struct runs *runs, const char *text, uint32_t size, struct buf *ret_short);
void runs_release(struct runs *runs);

/*
 * The next pair in [*at, end) of the text; *at moves behind its line. False at
 * the end. For lines of a run, which hold nothing but pairs, comments and blanks.
 */
bool runs_next(const char *text, uint32_t *at, uint32_t end, struct pair_line *ret);

/*
 * Offset in the text of an offset in the shortened one. What starts where a run
 * was left out starts behind it; what ends there (`is_end`) ends before it.
 */
uint32_t runs_map(const struct runs *runs, uint32_t at, bool is_end);
