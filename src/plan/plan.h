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
#include "reg/edit.h"
#include "reg/package.h"
#include "state/place.h"
#include "state/want.h"

enum op_kind {
	OP_FOLDER,   /* make a folder (in the place of a link of ours: expect STAMP_LINK) */
	OP_LINK,     /* make a link, or replace a link or folder of ours */
	OP_UNLINK,   /* remove a link of ours */
	OP_RMDIR,    /* remove a folder of ours, empty by then */
	OP_OWN,      /* record only: what stands there is right, and ours from now on */
	OP_DISOWN,   /* record only: what we recorded is gone or somebody else's */
	OP_FILE,     /* put a person's object there: one that was kept, or a copy of a file */
	OP_ADOPT,    /* what stands at the target moves to its source; mostly, a link takes its place */
	OP_RETURN,   /* the reverse: the source moves to its target */
	OP_EDIT,     /* new text for a file of the registry */
};

enum op_reason {
	WHY_MISSING,   /* declared, but nothing is there */
	WHY_ELSEWHERE, /* our link leads to another source than declared */
	WHY_PARENT,    /* a folder that a link needs */
	WHY_STALE,     /* ours, and declared no longer */
	WHY_RIGHT,     /* already right, but not in the record */
	WHY_GONE,      /* in the record, but gone or replaced, and declared no longer */
	WHY_IN_THE_WAY, /* declared, and something else stands there: moved as the person asked */
	WHY_ADDED,     /* by 'lumina add' */
	WHY_FORGOTTEN, /* by 'lumina forget' */
	WHY_ABSORBED,  /* by 'lumina absorb' */
	WHY_UNDONE,    /* by 'lumina undo' or 'lumina rollback' */
	WHY_EJECTED,   /* by 'lumina eject' */
	WHY_INSTALLED, /* by 'lumina install' */
	WHY_REMOVED,   /* by 'lumina remove' */
	WHY_CAPTURED,  /* by 'lumina capture', or behind a wrapped pacman or paru */
	WHY_IGNORED,   /* by 'lumina ignore' */
	WHY_PRUNED,    /* by 'lumina prune' */
	WHY_NEEDED,    /* a dependency of another package that came or went */
	WHY_HOOKED,    /* by 'lumina hook --install' */
	WHY_IMPORTED,  /* by 'lumina theme import' */
	WHY_THEMED,    /* another theme, or what is made of it: the link that its files are reached by */
};

/*
 * In which order: what a target needs is made in the profile first, and what no
 * target needs any more goes from there last. By path within each.
 */
enum op_phase { PHASE_FIRST, PHASE_MAIN, PHASE_LAST };

/* What must still be there when the operation is carried out. */
struct expect {
	enum stamp_kind kind;
	const char *text;     /* of the link */
	dev_t dev;            /* of files and folders */
	ino_t ino;
	mode_t mode;          /* for the reader of a journal, as is `dev` */
	off_t size;           /* of the file */
	int64_t mtime;
};

/* New text for a file of the registry, and the edits that led to it. */
struct rewrite {
	const char *bytes; /* NULL in a journal that was read */
	size_t size;
	struct {
		struct edit *items;
		size_t count, room;
	} edits;
};

struct op {
	enum op_kind kind;
	enum op_reason why;
	bool sensitive;      /* decides what programs run, or holds keys */
	bool source_known;   /* found by listing a tree, or made by the plan: not looked for again */
	bool inside;         /* below a folder of ours that a link replaces as a whole */
	bool theirs;         /* what is made isn't ours afterwards: it stays out of the record */
	bool merged;         /* OP_FILE: it holds what stood there before, too */
	bool far;            /* to or from another file system: by copying */
	enum op_phase phase;
	const char *path;    /* home path */
	const char *text;    /* OP_LINK, OP_ADOPT, OP_OWN: the link's text; OP_FILE, OP_RETURN: that
				of our link, which this object stands in the place of; or NULL */
	const char *source;  /* relative to the profile; NULL for folders */
	struct expect expect;
	const char *before;  /* OP_OWN, OP_DISOWN: the text recorded before; NULL: none, or a folder */
	bool before_owned;   /* OP_OWN, OP_DISOWN: the path was in the record */
	const char *from;    /* "lumina.yaml:9:3", the line that asked for it; NULL if none does */
	/*
	 * Objects that are not ours are never removed, but kept in slots: names below
	 * the state folder's backups, "000012-20261123T101112/0-zshrc".
	 */
	bool keeps;             /* what is replaced or taken away isn't ours */
	const char *keep;       /* slot for it; NULL until plan_assign_slots() */
	const char *take;       /* slot of the object that comes back: to the path of OP_FILE, or
				   to the place that the object of OP_ADOPT or OP_RETURN leaves */
	const char *origin;     /* OP_FILE: absolute path of the file to copy, without `take` */
	struct expect becomes;  /* OP_FILE, OP_EDIT: what stands there then; else what `take` is */
	const char *partner;    /* OP_ADOPT, OP_RETURN: the source's path (home path or absolute) */
	struct expect there;    /* what stands at it */
	const struct rewrite *rewrite; /* OP_EDIT: what changes, for history and undo */
};

enum package_action { PACKAGE_INSTALL, PACKAGE_REMOVE };

enum package_state {
	PACKAGE_PLANNED,
	PACKAGE_DONE,   /* the package database says so */
	PACKAGE_FAILED, /* its helper was run, and the database says no */
};

/*
 * A package that its helper installs or removes, before any path is changed. Only what
 * is done is written into the journal.
 */
struct package_op {
	enum package_action action;
	enum package_state state;
	enum op_reason why;
	enum package_from from;
	bool explicit;       /* for itself, not as a dependency: by now, to be, or it was */
	bool promoted;       /* PACKAGE_INSTALL: it was there, as a dependency; only that changed */
	const char *name;    /* of the package (or group) itself: "hyprshade" */
	const char *asked;   /* as it is declared or was asked for: "aur/hyprshade" */
	const char *version; /* that came or went; NULL while unknown */
	const char *at;      /* "lumina.yaml:9:3", the line that declares it; NULL if none does */
	const char *problem; /* PACKAGE_FAILED: what is known of it, or NULL */
};

struct package_ops {
	struct package_op *items;
	size_t count, room;
};

enum conflict_kind {
	CONFLICT_FOREIGN,   /* something that isn't ours stands there */
	CONFLICT_DETACHED,  /* our link was replaced by a file or folder */
	CONFLICT_PARENT,    /* a folder above can't be one */
	CONFLICT_NO_SOURCE, /* the source isn't there, or isn't in the profile */
	CONFLICT_LOCKED,    /* the folder can't be changed */
	CONFLICT_HIDDEN,    /* it can't be looked at */
	CONFLICT_UNFIT,     /* it can't be taken into the profile, or out of it */
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
	struct package_ops packages; /* installs, then removals */
	size_t in_place; /* declared links that are as they should be */
	size_t installed; /* declared packages that are installed */
	size_t owned;    /* links in the record that are still there */
	size_t removals; /* links that would vanish */
};

/* What becomes of what stands in the way of declared links. */
enum resolve {
	RESOLVE_NOT, /* a conflict */
	RESOLVE_BACKUP,
	RESOLVE_ADOPT,
};

struct plan_input {
	const struct places *places;
	const struct wants *wants;
	const char *profile; /* link texts begin with it */
	const char *home;    /* real path, to compare with where followed links lead */
	/* Only where conflicts are resolved: */
	enum resolve resolve;
	dev_t state_dev;     /* file system of the state folder */
};

void plan_build(struct plan *plan, const struct plan_input *input, struct arena *arena);
void plan_release(struct plan *plan);

void plan_add_conflict(struct plan *plan, struct conflict conflict);
/* The folder at `path` is missing and has to be made, unless that is planned already. */
void plan_add_folder(struct plan *plan, const char *path, enum op_phase phase,
		enum op_reason why);
/* By phase, then path. For plans that plan_build() didn't make. */
void plan_sort(struct plan *plan);
/* Names the slots of what is kept: "<folder>/<number>-<name>". */
void plan_assign_slots(struct plan *plan, const char *folder, struct arena *arena);
/* The operations of PHASE_MAIN, sorted by path: the first's index, and how many. */
size_t ops_main(const struct op *ops, size_t count, size_t *ret_first);

/* Something changes, or has changed, on this machine: more than the record. */
bool plan_changes_machine(const struct plan *plan);
bool op_changes_machine(const struct op *op);
/* Another theme is shown: the one link that all of its files are reached by. */
bool op_switches_theme(const struct op *op);
/* A folder of ours gives way, with what is in it. */
static inline bool op_replaces_folder(const struct op *op) {
	return (op->kind == OP_LINK || op->kind == OP_FILE) && !op->keeps &&
			op->expect.kind == STAMP_FOLDER;
}

/*
 * A removal that is more often an accident than a wish: of all links, or of at
 * least ten and more than half (interface, chapter 11).
 */
bool plan_needs_consent(const struct plan *plan);

/* What a stamp says, as something to be found again. */
struct expect expect_of(const struct stamp *stamp);

/* "a file (1.2 kB)": what a stamp says, for people. */
const char *stamp_describe(const struct stamp *stamp, struct arena *arena);
