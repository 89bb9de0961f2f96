/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Edits of a registry's text by splicing bytes: one entry of a list or map is put
 * in, taken out or given another value, and every byte outside of it stays.
 *
 * Pure: bytes in, bytes out. The caller reads the file, and writes what comes back.
 *
 * A new entry looks like its neighbours: indentation, blanks behind the dash, quotes,
 * aligned values, the separator of a flow list, line ends. It goes to the end, or to
 * its place in a list or map that is strictly sorted (bytewise, three entries or
 * more). A comment above an entry belongs to that entry and stays when it goes; one
 * behind it on its line goes with it. What is missing on the way to the list or map
 * is made; the last entry leaves the bare "key:".
 *
 * What comes back has been read again: it is the tree of before and exactly the one
 * entry more, less or other. Whatever can't be done so is refused: aliases and
 * anchors on the way, explicit keys ("? key"), two entries sharing a line of a block,
 * comments in the middle of what would be cut, line ends that only some programs see
 * (CR alone, NEL, LS, PS), a text that isn't valid.
 *
 * Adding and removing gives back the same bytes, but for what the text doesn't tell:
 * a section that was absent leaves its bare "key:" (with the blank line that sets it
 * off, where sections are set off; in brackets "key: []"), a "~" becomes "[]" or "{}",
 * and so does a "{}" that got an item of a list. Taking back by edit_invert() has no
 * exceptions.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"

enum edit_kind { EDIT_ADD, EDIT_REMOVE, EDIT_SET };

/*
 * One change of one entry. All text is decoded (unquoted) and lives as long as the
 * edit; what edit_apply() fills in lives in its arena, or points into the source.
 */
struct edit {
	enum edit_kind kind;
	/* Keys from the root to the list or map, NULL-terminated: {"packages", "desktop", NULL},
	 * {"hosts", "thinkpad", "symlinks", NULL}. */
	const char *const *section;
	const char *key; /* entry of a map; NULL: an item of a list */
	/* Item of a list, or the scalar that is the key's value. EDIT_SET: "" leaves the key
	 * without a value. EDIT_REMOVE of a key: NULL takes it out whatever its value is (and is
	 * filled in), any other only if it has this value. */
	const char *value;
	bool tree; /* the value is {tree: VALUE} */
	/* EDIT_SET, filled in: the scalar that stood there, "" for a key without a value; NULL: the
	 * key was absent. */
	const char *before;
	bool before_tree;

	/*
	 * Filled in, for the edit that takes this one back. NULL for a fresh edit: it chooses
	 * its style from the neighbours. All of it is to be kept where an edit is recorded.
	 */
	const char *raw; /* the bytes with the entry: those removed or inserted */
	size_t raw_size;
	const char *left; /* the bytes that stand there without it, mostly none */
	size_t left_size;
	/* Between them and the end of the entry before; or, without one, the colon behind the
	 * collection's key (the file's first byte for the root). */
	const char *gap;
	size_t gap_size;
	const char *after; /* key or item of the entry before; NULL: it was the first */
	unsigned index;    /* how many entries stood before it */
	unsigned depth;    /* how many keys of `section` lead to the collection of `after` */
};

enum edit_result {
	EDIT_DONE,
	EDIT_NOTHING, /* it is already so */
	EDIT_REFUSED,
};

/*
 * Applies an edit to a registry's bytes; `source` has its name for messages.
 *
 * EDIT_DONE: *ret_bytes is the new text (in the arena, a NUL behind it), and the edit
 * is completed. Otherwise neither is touched. EDIT_REFUSED: `err` is set (ERR_FAILED),
 * "lumina.yaml:14:3: why it can't be edited here", with the line to write by hand as
 * its hint.
 *
 * EDIT_NOTHING compares decoded text: 'a', "a" and a are the same. An item that stands
 * in a list several times is taken out everywhere.
 */
enum edit_result edit_apply(struct edit *edit, struct source *source, struct arena *arena,
		const char **ret_bytes, size_t *ret_size, struct err *err);

/*
 * The edit that takes a completed one back: add ↔ remove, set ↔ set or remove. Applied
 * to what edit_apply() returned it gives the bytes of before. Where others have edited
 * the place meanwhile it does what it can by the fresh way.
 */
struct edit edit_invert(const struct edit *edit);
