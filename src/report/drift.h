/* SPDX-License-Identifier: MIT */
#pragma once

/* Drift: what a plan says of the present, row by row. Pure; text and JSON are its views. */

#include "plan/plan.h"
#include "state/sources.h"

enum drift_state {
	DRIFT_MISSING,
	DRIFT_ELSEWHERE,
	DRIFT_STALE,
	DRIFT_FOREIGN,
	DRIFT_DETACHED,
	DRIFT_BLOCKED, /* a folder above, or a source to be linked, is in the way */
	DRIFT_BROKEN,  /* in place, but the source is gone */
	DRIFT_THEME,   /* another theme is shown than is declared, or its files have changed */
	DRIFT_STATES,
};

struct drift {
	enum drift_state state;
	const char *target;
	const char *source; /* or NULL */
	const char *what;   /* or NULL */
	const char *hint;   /* or NULL */
	const char *again;  /* DRIFT_DETACHED: who does it time and again, and what helps; or NULL */
	const char *from;   /* or NULL */
};

struct drifts {
	struct drift *items;
	size_t count, room;
};

/* `unthemed`: why the theme can't be rendered; or NULL. */
void drifts_build(struct drifts *drifts, const struct plan *plan,
		const struct missing_sources *missing, const char *unthemed, struct arena *arena);
const char *drift_state_name(enum drift_state state);
const char *conflict_state_name(enum conflict_kind kind);
