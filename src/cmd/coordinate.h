/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The coordinator: packages within a change. change_run() plans them with everything else;
 * then, before any path is changed,
 *
 *   the pending record is written → the lock is let go → the helpers run, with the terminal
 *   → everything is looked at again → what the package database says by now becomes part of
 *   the plan (done, or failed) and of the registry → one generation for all of it
 */

#include "cmd/change.h"
#include "cmd/recording.h"
#include "exec/helper.h"
#include "exec/pending.h"
#include "plan/packages.h"

struct coordination {
	enum op_reason why;        /* WHY_INSTALLED, … */
	enum package_action action;
	bool records;              /* the registry follows what is installed or removed */
	bool retries;              /* names that no repository has don't stop the others */
	const char *group, *host;  /* of install, or NULL */
	const char *const *args;   /* for the helpers, NULL-terminated, or NULL */
	const char *const *verb;   /* of removals: "-Rs"; NULL: the usual */
	bool yes;
	/* Out. */
	bool killed;    /* pacman was, by a signal: nobody knows what it left */
	bool started;   /* at least one helper was run */
	bool cancelled; /* by a signal: nothing more is to be done */
	int code;       /* the first exit code of a helper that isn't 0 */
	struct pending pending;
	struct installed now;
	struct recording recording;
	struct package_names recorded;
};

/* Before change_run(). */
void coordination_init(struct coordination *coordination, struct app *app);
void coordination_release(struct coordination *coordination);
/* The exit code of the whole: the helpers', if one of them failed. */
int coordination_exit(const struct change *change, int result, struct err *err);

/* `help` of a change. */
int coordinate(struct change *change, struct err *err);
/*
 * For `build`, once they ran: puts what came of it into the plan, and the edits of the registry. Of a
 * registry that can't be edited, -1: the pending record stays.
 */
int coordinate_settle(struct change *change, struct err *err);
/* Everything is recorded. */
void coordinate_finish(struct change *change);

/*
 * What earlier runs left: recorded now, as far as that can be done; *ret_recorded if that
 * made a generation. *ret_left says what stays undone, or NULL. For change_run().
 */
int coordinate_take_up(struct app *app, bool *ret_recorded, const char **ret_left,
		struct err *err);
