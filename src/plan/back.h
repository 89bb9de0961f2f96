/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The way between generations. What each of them did is known from its journal; here
 * the steps on the way, newest first (or oldest first on the way forward), are taken
 * together into one net change for every path, and that into a plan. Pure: the caller
 * looks at the paths in between.
 *
 * An object that isn't ours is only ever moved: between a path and a slot of the
 * backups, or between a target and its source. So it is enough to follow where each
 * one would be.
 */

#include "plan/plan.h"

/* One generation on the way. */
struct back_step {
	const struct op *ops;
	size_t count;
	const char *folder; /* its slots: "000012-20261123T101112" */
	bool forward;       /* done again, instead of taken back */
	const struct package_op *packages; /* that came and went with it */
	size_t npackages;
};

enum back_kind { BACK_NOTHING, BACK_LINK, BACK_FOLDER, BACK_OBJECT };

/* What is at a path, as far as generations know. */
struct back_thing {
	enum back_kind kind;
	const char *text;     /* BACK_LINK */
	const char *at;       /* BACK_OBJECT: the path or slot where it is now */
	struct expect object; /* BACK_OBJECT, if known: STAMP_ABSENT otherwise */
	const char *instead;  /* BACK_OBJECT: text of our link, which it stood in the place of */
};

struct back_place {
	const char *path; /* home path, absolute path, or slot */
	bool slot;
	bool profile;     /* a source, or a folder for sources */
	struct back_thing now, then;
	size_t goal; /* index + 1 of the place that the object here goes to; 0: nowhere known */
	/* For the caller to fill in, of places that are to change: */
	struct stamp seen;
	bool left; /* it isn't as it should be: left alone */
	const char *why; /* … as the planner found, to be said; or NULL */
};

/* An edit of a registry's file, in the order of doing. */
struct back_edit {
	const char *path;
	struct edit edit;
};

/* A link that was taken over, or let go, as it stood: the record only. */
struct back_record {
	const char *path, *text;
	bool owned; /* to be */
};

struct back {
	struct {
		struct back_place *items;
		size_t count, room;
	} places; /* sorted by path once composed */
	struct {
		struct back_edit *items;
		size_t count, room;
	} edits;
	struct {
		struct back_record *items;
		size_t count, room;
	} records; /* paths that only the ownership record says something else of */
	const char *tangled; /* a path where the steps are too much for one plan; or NULL */
};

/*
 * False if generations on the way moved the same thing more than once, in ways that one
 * plan can't say: they are to be taken one after another then.
 */
bool back_is_simple(const struct back_step *steps, size_t count);

void back_compose(struct back *back, const struct back_step *steps, size_t count,
		struct arena *arena);
void back_release(struct back *back);

/* True if what is to be there differs from what the generations say is there. */
bool back_changes(const struct back_place *place);
/* What was seen is what the generations say is there (or: is there already, `then`). */
bool back_is_as(const struct back_place *place, const struct back_thing *thing);

/* The slot that the object for a place comes from; NULL if it comes from elsewhere. */
const struct back_place *back_slot_of(const struct back *back, const struct back_place *place);

/* The plan, by what was seen; `left` of places that go together is made the same. */
void back_plan(struct back *back, struct plan *plan, const char *profile, dev_t state_dev);
