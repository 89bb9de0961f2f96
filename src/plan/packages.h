/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Packages, decided: what is to be installed, what came of it, what is to be recorded.
 * Pure; who asks the package database, and who runs the helpers, is elsewhere.
 */

#include "plan/plan.h"
#include "state/have.h"

/* Declared, and not there: an operation each, every package once. */
void packages_plan(struct plan *plan, const struct haves *haves, struct arena *arena);

/* What a helper was run for. */
struct package_request {
	enum package_action action;
	enum op_reason why;          /* of what was asked for */
	const struct package_op *asked;
	size_t count;
	const struct installed *before, *now;
	const bool *flatpaks_now;    /* of `asked`, where it is one: it is installed by now */
	/*
	 * The helper said that all went well. Else only what is new counts: who cancels an
	 * install didn't ask for what was there before.
	 */
	bool good;
};

/*
 * What came of it, as operations that are done or failed: first what was asked for, then
 * what came or went along with it.
 */
void packages_settle(struct package_ops *ops, const struct package_request *request);

/* A name to be recorded, as it is to be spelled: "foo", "aur/foo". */
struct package_names {
	const char **items;
	size_t count, room;
};

/*
 * Of an install: what is installed for itself by now, and was asked for. A group stands for
 * its members, a name that others provide for the package that was chosen.
 */
void packages_to_record(struct package_names *names, const struct package_request *request);
/* Installed as a dependency, but asked for: the database is to say so. Names of packages. */
void packages_to_promote(struct package_names *names, const struct package_request *request);

struct package_list {
	const struct installed_package **items;
	size_t count, room;
};

/* Installed for themselves, declared neither by name nor by what they provide, not ignored. */
void packages_unrecorded(struct package_list *list, const struct haves *haves,
		const struct registry *registry);

/*
 * Where a package is declared best: the declaration most like it (a sibling of the same
 * source, of the same group of pacman's, "python-x" beside "python-y"), or NULL.
 */
const struct package_decl *package_neighbour(const char *name, const struct registry *registry,
		const struct installed *installed);
