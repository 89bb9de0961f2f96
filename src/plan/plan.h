/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The plan: a flat array of operations as plain data, made from desired, owned
 * and observed state without looking at anything else (no system calls, clock
 * or environment). Everything later is a view of it or acts on it: dry run,
 * report, JSON, consent, journal, execution, undo.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/stamp.h"
#include "state/place.h"
#include "state/want.h"

enum op_kind {
	OP_FOLDER,   /* make a folder (in the place of a link of ours: expect STAMP_LINK) */
	OP_LINK,     /* make a link, or replace a link or folder of ours */
	OP_UNLINK,   /* remove a link of ours */
	OP_RMDIR,    /* remove a folder of ours, empty by then */
	OP_OWN,      /* record only: what stands there is right, and ours from now on */
	OP_DISOWN,   /* record only: what we recorded is gone or somebody else's */
};

enum op_reason {
	WHY_MISSING,   /* declared, but nothing is there */
	WHY_ELSEWHERE, /* our link leads to another source than declared */
	WHY_PARENT,    /* a folder that a link needs */
	WHY_STALE,     /* ours, and declared no longer */
	WHY_RIGHT,     /* already right, but not in the record */
	WHY_GONE,      /* in the record, but gone or replaced, and declared no longer */
};

/* What must still be there when the operation is carried out. */
struct expect {
	enum stamp_kind kind; /* STAMP_ABSENT, STAMP_LINK or STAMP_FOLDER */
	const char *text;     /* of the link */
	dev_t dev;            /* of the folder */
	ino_t ino;
	mode_t mode;          /* of the folder, for the reader of a journal, as is `dev` */
};

struct op {
	enum op_kind kind;
	enum op_reason why;
	bool sensitive;      /* decides what programs run, or holds keys */
	bool from_tree;      /* the source was found by listing a tree */
	bool inside;         /* below a folder of ours that a link replaces as a whole */
	const char *path;    /* home path */
	const char *text;    /* OP_LINK, OP_OWN: the link's text */
	const char *source;  /* relative to the profile; NULL for folders */
	struct expect expect;
	const char *before;  /* OP_OWN, OP_DISOWN: the text recorded before; NULL: none, or a folder */
	bool before_owned;   /* OP_OWN, OP_DISOWN: the path was in the record */
	const char *from;    /* "lumina.yaml:9:3", the line that asked for it; NULL if none does */
};

enum conflict_kind {
	CONFLICT_FOREIGN,   /* something that isn't ours stands there */
	CONFLICT_DETACHED,  /* our link was replaced by a file or folder */
	CONFLICT_PARENT,    /* a folder above can't be one */
	CONFLICT_NO_SOURCE, /* the source isn't there, or isn't in the profile */
	CONFLICT_LOCKED,    /* the folder can't be changed */
	CONFLICT_HIDDEN,    /* it can't be looked at */
};

struct conflict {
	enum conflict_kind kind;
	const char *path;   /* what stands in the way: the target, or the folder above */
	const char *target; /* the first target concerned */
	const char *source; /* of that target, or NULL */
	const char *what;   /* "a file (1.2 kB)", "a link to '…'" */
	const char *hint;   /* what can be done, or NULL */
	const char *from;
};

/* A link above a target that is followed: it must still lead there. */
struct followed {
	const char *path; /* home path of the link */
};

struct plan {
	struct {
		struct op *items;
		size_t count, room;
	} ops; /* sorted by path_compare() */
	struct {
		struct conflict *items;
		size_t count, room;
	} conflicts;
	struct {
		struct followed *items;
		size_t count, room;
	} followed;
	size_t in_place; /* declared links that are as they should be */
	size_t owned;    /* links in the record that are still there */
	size_t removals; /* links that would vanish */
};

struct plan_input {
	const struct places *places;
	const struct wants *wants;
	const char *profile; /* link texts begin with it */
	const char *home;    /* real path, to compare with where followed links lead */
};

void plan_build(struct plan *plan, const struct plan_input *input, struct arena *arena);
void plan_release(struct plan *plan);

void plan_add_conflict(struct plan *plan, struct conflict conflict);

/* Something changes on disk: more than the record. */
bool plan_changes_machine(const struct plan *plan);
bool op_changes_machine(const struct op *op);

/*
 * A removal that is more often an accident than a wish: of all links, or of at
 * least ten and more than half (interface, chapter 11).
 */
bool plan_needs_consent(const struct plan *plan);

/* "a file (1.2 kB)": what a stamp says, for people. */
const char *stamp_describe(const struct stamp *stamp, struct arena *arena);
