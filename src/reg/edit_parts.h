/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the files of reg/edit.h share; nobody else includes this.
 *
 *   edit.c         finds the place, decides, applies
 *   edit_back.c    what an edit keeps to be taken back, and taking back
 *   edit_refuse.c  what is said instead of an edit
 *   edit_find.c    the nodes of the place, and their bytes
 *   edit_block.c   splices of block lists and maps: whole lines
 *   edit_flow.c    splices of [a, b] and {a: b}
 *   edit_style.c   where a new entry goes, and what its neighbours look like
 *   edit_write.c   the text of a new entry
 *   edit_set.c     splices of values
 *   edit_scalar.c  text as a YAML scalar
 *   edit_check.c   compares the trees of before and after
 *
 * An entry is an item of a list, or a key and its value; it is passed as its first
 * node. Functions return 0 or -1 with the error set, unless they say otherwise.
 */

#include "reg/edit.h"
#include "text/node.h"

/* An edit while it is worked out. */
struct work {
	struct edit *edit;
	struct source *source;
	const char *text;
	uint32_t size;
	struct arena *arena;
	struct err *err;
	const struct node *root;
	unsigned nsection; /* keys in edit->section */
};

/* New bytes for [start, end). */
struct splice {
	uint32_t start, end;
	struct str text;
};

/* Where a splice belongs: at entry `index` of what `level` keys lead to. */
struct spot {
	unsigned level, index;
};

/* How far the keys of `section` lead. */
struct place {
	const struct node *node;   /* what they lead to; NULL without a document */
	const struct node *key;    /* its key; NULL for the root */
	const struct node *parent; /* the map of that key */
	const struct node *shared; /* an alias or anchored node on the way, or NULL */
	unsigned level;            /* how many of the keys were found */
};

/* Sets the error "place: why", and what to write by hand as its hint. */
void work_set_refused(struct work *work, uint32_t at, const char *why);
/* The same, for `return work_refuse(…)`. */
static inline int work_refuse(struct work *work, uint32_t at, const char *why) {
	work_set_refused(work, at, why);
	return -1;
}
/* The hint, below the first `level` keys only; UINT32_MAX: below all, in a group. */
void hint_place(struct work *work, unsigned level);
/* Refuses a map with "? key" in it. */
int check_explicit(struct work *work, const struct node *map);
/* Refuses line ends other than LF and CRLF: NEL, LS and PS are some to libfyaml. */
int check_line_ends(struct work *work);
/* Refuses an alias and what is anchored. */
int check_shared(struct work *work, const struct node *node);

/* --- edit_find.c --------------------------------------------------------------------------- */

static inline const struct node *entry_value(const struct node *all, const struct node *entry) {
	return all->kind == NODE_MAP ? entry->next : entry;
}

static inline const struct node *entry_after(const struct node *all, const struct node *entry) {
	return all->kind == NODE_MAP ? entry->next->next : entry->next;
}

/* The entry with that many before it; NULL behind the last. */
const struct node *entry_at(const struct node *all, unsigned index);

/* A null, or a list or map without entries. */
bool is_nothing(const struct node *node);

/* NULL if the map hasn't got it. */
const struct node *find_key(const struct node *map, const char *name);

/* Follows at most `max` keys. */
struct place find_place(const struct work *work, unsigned max);

/* Is it the value, or {tree: value}? */
bool is_value(const struct node *node, const char *value, bool tree);

/* Is it the entry that the edit is about: its key, or its item? */
bool is_entry(const struct edit *edit, const struct node *entry);

/* The first entry that the edit is about, or NULL, and how many stand before it. */
const struct node *find_entry(const struct work *work, const struct place *place,
		unsigned *ret_index);

uint32_t line_start(const struct work *work, uint32_t at);
/* Behind blanks (spaces and tabs). */
uint32_t skip_blanks(const struct work *work, uint32_t at);
/* Behind blanks, line ends and comments. */
uint32_t skip_space(const struct work *work, uint32_t at);
/* Length of the line end at this place, 0 if there is none. */
uint32_t newline_size(const struct work *work, uint32_t at);
/* The line end used around this place. */
const char *newline_near(const struct work *work, uint32_t at);
/* Are there only spaces before it on its line? */
bool begins_line(const struct work *work, uint32_t at);
bool has_comment(const struct work *work, uint32_t start, uint32_t end);
bool has_newline(const struct work *work, uint32_t start, uint32_t end);

/*
 * The end of the line, if nothing but blanks and a comment follow on it: *ret_eol is
 * where its line end or the text's end is, *ret_next where the next line starts.
 */
bool ends_line(const struct work *work, uint32_t at, uint32_t *ret_eol, uint32_t *ret_next);

/* Behind the colon of a key; false if it has none ({a}). */
bool colon_end(const struct work *work, const struct node *key, uint32_t *ret);
/* Behind the last byte of an entry, its comment not counted. False: can't be told. */
bool entry_end(const struct work *work, const struct node *all, const struct node *entry,
		uint32_t *ret);
/* The dash or key of a block's entry; `prev` is the one before it. False: can't be told. */
bool entry_start(const struct work *work, const struct node *all, const struct node *prev,
		const struct node *entry, uint32_t *ret);

/* --- edit_scalar.c ------------------------------------------------------------------------- */

struct scalar_form {
	char wanted;   /* the quote that all neighbours have, or '\0': plain where it can be */
	char fallback; /* the quote to take otherwise */
	bool flow;     /* inside of brackets */
};

/*
 * Adds a scalar that reads back as exactly this text, also by programs that follow
 * YAML 1.1. -1 (nothing added, no error set) if it isn't UTF-8.
 */
int scalar_write(struct buf *out, const char *text, struct scalar_form form);

/* --- edit_style.c -------------------------------------------------------------------------- */

enum style_of { STYLE_ENTRIES, STYLE_VALUES }; /* keys or items; the values of keys */

/* `all` may be NULL: no neighbours. */
struct scalar_form style_form(const struct work *work, const struct node *all, enum style_of of,
		bool flow);
/* Blanks between a new key of this length (in characters) and its value. */
unsigned style_gap(const struct work *work, const struct node *map, unsigned key_length);
/* Spaces inside of {tree: x}, as the neighbours have it. */
bool style_spaced(const struct work *work, const struct node *map);
/* Columns that a map in a map, and a list in a map, are indented by. */
void style_steps(const struct work *work, const struct node *near, unsigned *ret_map,
		unsigned *ret_list);
/* Where a new entry goes. `level` keys of the section lead to `all`. */
unsigned style_index(const struct work *work, const struct node *all, unsigned level);
/* Are entries of this block map set off by blank lines? */
bool style_apart(const struct work *work, const struct node *map);

/* --- edit_write.c -------------------------------------------------------------------------- */

/*
 * The text of the new entry of a collection that `level` keys lead to: the item or pair
 * itself, or the next key with all that is missing below it. `all` is the collection or
 * NULL. The block form is lines without the last line end, `indent` columns in.
 */
int write_block(struct work *work, const struct node *all, unsigned level, uint32_t indent,
		const char *newline, struct str *ret);
int write_flow(struct work *work, const struct node *all, unsigned level, struct str *ret);
/* The same in brackets. */
int write_brackets(struct work *work, unsigned level, struct str *ret);
/* The value alone, as a scalar or {tree: x}. */
int write_value(struct work *work, const struct node *all, bool flow, struct buf *out);

/* --- edit_block.c, edit_flow.c ------------------------------------------------------------- */

/* At or near `*index`, which is set to where it went. */
int block_insert(struct work *work, const struct node *all, unsigned level, unsigned *index,
		struct splice *ret);
/* Lines as they are, instead of text made for it. */
int block_insert_lines(struct work *work, const struct node *all, unsigned index,
		struct str lines, struct splice *ret);
/* Behind "key:", where there is no value yet. */
int block_fill(struct work *work, const struct place *place, struct splice *ret);
/* Into a text without any key. */
int block_fill_root(struct work *work, struct splice *ret);
/* Every entry that the edit is about. */
int block_remove(struct work *work, const struct node *all, struct splice *ret);

int flow_insert(struct work *work, const struct node *all, unsigned level, unsigned index,
		struct splice *ret);
int flow_remove(struct work *work, const struct node *all, struct splice *ret);

/* --- edit_set.c ---------------------------------------------------------------------------- */

/* Another value for a key; from behind its colon to the end of the value. */
int set_splice(struct work *work, const struct node *map, const struct node *key,
		struct splice *ret);

/* --- edit_back.c --------------------------------------------------------------------------- */

/* The very bytes of the edit that is taken back. False: something has changed around them. */
bool edit_replay(struct work *work, struct splice *ret, struct spot *ret_spot);
/* Then the old lines, behind the entry that they stood behind. False: not possible either. */
bool edit_replay_lines(struct work *work, const struct place *place, struct splice *ret,
		struct spot *ret_spot);
/* Fills in what it takes to take the edit back. False: it couldn't be taken back. */
bool edit_complete(const struct work *work, const struct splice *splice, const struct spot *spot);

/* --- edit_check.c -------------------------------------------------------------------------- */

/* Is `after` the tree of `before` with nothing but the edit done? */
bool check_edit(const struct work *before, const struct work *after);
