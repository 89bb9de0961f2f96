/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a command found, planned and did, as text for people or as one JSON
 * document for programs (lumina-json(5)). Reports decide nothing.
 */

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/paint.h"
#include "exec/apply.h"
#include "report/drift.h"
#include "report/package_drift.h"
#include "report/told.h"

enum { REPORT_SCHEMA = 1 };

enum result {
	RESULT_NOTHING, /* nothing to do */
	RESULT_PLANNED, /* dry run */
	RESULT_DONE,
	RESULT_REFUSED, /* conflicts, or no consent */
	RESULT_FAILED,
};

struct outcome {
	const char *command; /* "sync" */
	const char *home, *state; /* folders */
	const struct plan *plan;
	enum result result;
	uint64_t generation;   /* 0: none was made */
	bool moved;            /* to that generation, instead of making it */
	const struct err *err; /* RESULT_REFUSED and RESULT_FAILED */
	const struct notes *left; /* what was not done, each with the reason; or NULL */
	const struct tolds *tolds; /* running programs; or NULL */
};

/* The operations, one a line. */
void report_plan(const struct plan *plan, const struct paint *paint, bool verbose,
		struct buf *out);
/* "3 links made, 1 changed": what a plan that was carried out did. */
void report_counts(const struct plan *plan, struct buf *out);
/* The same with what came of it. */
void report_summary(const struct outcome *outcome, const struct paint *paint, struct buf *out);
/* Each conflict with what can be done. */
void report_conflicts(const struct plan *plan, const struct paint *paint, struct buf *out);
/* The member "changes"; `state`: the state folder. */
void report_changes_json(struct json *json, const struct plan *plan, const char *home,
		const char *state);
void report_outcome_json(const struct outcome *outcome, struct buf *out);

struct status_report {
	const char *home, *profile;
	const struct plan *plan;
	const struct drifts *drifts;
	const struct package_drifts *packages;
	const struct places *places; /* every link is listed; NULL: only drift */
	bool verbose;
	size_t installed;            /* declared packages that are there */
	const char *interrupted;     /* command of an unfinished journal, or NULL */
};

void report_status(const struct status_report *status, const struct paint *paint,
		struct buf *out);
void report_status_json(const struct status_report *status, struct buf *out);

/* Text that came from outside, made safe, padded to at least `width` columns. */
void report_cell(struct buf *out, const char *text, size_t width);
/* The width of a column, once `text` stands in it too: long ones may stick out. */
size_t report_width(size_t width, const char *text);
