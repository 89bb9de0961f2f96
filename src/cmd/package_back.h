/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Packages of undo and rollback: those that came go, those that went come back, from pacman's
 * cache in the version that they had, else from the repositories as they are now. What can't
 * be taken back is said.
 */

#include "cmd/change.h"
#include "exec/apply.h"
#include "plan/back_packages.h"
#include "plan/packages.h"

struct package_back {
	struct package_names came;  /* dependencies that came with the steps */
	struct package_ops planned; /* by the attempt before the helpers ran */
	struct pacman pacman;
	bool known;                 /* `pacman` is filled in */
	int code;                   /* of the helper that failed, or 0 */
};

void package_back_release(struct package_back *back);
/*
 * Puts what the steps did to packages into the plan, to be done; once the helpers ran,
 * what came of it. What isn't to be, or wasn't, is added to `left`.
 */
int package_back_plan(struct package_back *back, struct change *change,
		const struct back_step *steps, size_t count, struct notes *left, struct err *err);
/* For `help` of the change: removes, then installs. -1 where nothing at all was done. */
int package_back_run(struct package_back *back, struct change *change, struct err *err);
