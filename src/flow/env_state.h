/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The record of what was set in a shell, as the text of a variable:
 *
 *   1:0123456789abcdef:i<identity>;s<shell>;P<PATH before>;p<entry>;g<entry>;
 *   v<NAME>=<hash>-;v<NAME>=<hash>+<value before>;
 *
 * The version, the XXH3 of everything behind the second colon, and fields, each ended
 * by ";". "i" and "s" come first, always. "P" is there if there are entries: "p" for
 * each that was put in front of PATH, "g" for each that the person took out since. Then
 * the variables, sorted by name: the hash of the value that was set, and what was there
 * before: "-" unset, "+" a value; with "w" for "v", the variable was changed by the
 * person since, and is no longer Lumina's (nothing is remembered then: "-").
 * In a field, every byte but letters, digits and "_./,@~-:+=" is %XX (upper case).
 *
 * There is one spelling of each record: what is read and written again is the same
 * text. Anything else (cut, altered, another version's, above ENV_STATE_MAX) is none.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

enum {
	ENV_STATE_MAX = 64 * 1024, /* bytes of text */
	ENV_STATE_SHELL_MAX = 64,
};

struct env_var {
	const char *name;
	const char *before; /* NULL: was unset */
	uint64_t hash;      /* of the value that was set */
	bool theirs;        /* the person has changed it since */
};

struct env_entry {
	const char *folder;
	bool gone; /* the person took it out since */
};

struct env_state {
	const char *identity, *shell;
	const char *path;          /* PATH before; NULL if there are no entries */
	struct env_entry *entries; /* in the order of PATH */
	size_t nentries;
	struct env_var *vars;      /* sorted by name */
	size_t nvars;
};

/* Fills *ret, with memory of the arena; false, and *ret is zeroed, if the text is no record. */
bool env_state_parse(struct env_state *ret, const char *text, struct arena *arena);

/* Appends the text, however long it is. */
void env_state_format(const struct env_state *state, struct buf *out);

/* How many bytes of the text this content takes. */
size_t env_state_cost(const char *content);
