/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Drift of packages, row by row: what the registry and the package database say of each
 * other. Pure, but for `explain`, which the caller makes from pacman's log.
 */

#include "base/json.h"
#include "base/paint.h"
#include "plan/packages.h"

enum package_drift_state {
	DRIFT_PACKAGE_PENDING,    /* installed or removed by us, but not recorded yet */
	DRIFT_PACKAGE_MISSING,    /* declared, not installed */
	DRIFT_PACKAGE_REPLACED,   /* declared; another package took its place */
	DRIFT_PACKAGE_UNRECORDED, /* installed for itself, not declared */
	DRIFT_PACKAGE_DAMAGED,    /* its entry in the database can't be used */
	DRIFT_PACKAGE_STATES,
};

struct package_drift {
	enum package_drift_state state;
	const char *name;    /* as declared, or of the package */
	const char *version; /* installed, or NULL */
	const char *from;    /* where it is declared, or NULL */
	const char *by;      /* the package that took its place, or NULL */
	const char *command; /* that installed or removed it, or NULL */
	int64_t time;        /* of that; 0: unknown */
	bool removed;        /* that was a removal */
	bool foreign;        /* not from a repository */
};

struct package_drifts {
	struct package_drift *items;
	size_t count, room;
	bool managed; /* the registry speaks of packages at all: what it lacks is drift */
};

/* Sorted by state, then unrecorded ones newest first. Pending ones are the caller's to add. */
void package_drifts_build(struct package_drifts *drifts, const struct haves *haves,
		const struct registry *registry, struct arena *arena);
void package_drifts_release(struct package_drifts *drifts);
/* How many of them count as drift. */
size_t package_drifts_count(const struct package_drifts *drifts);

const char *package_drift_name(enum package_drift_state state);
void report_package_drifts(const struct package_drifts *drifts, bool verbose,
		const struct paint *paint, struct buf *out);
/* Members of the array "drift". */
void report_package_drifts_json(struct json *json, const struct package_drifts *drifts);
