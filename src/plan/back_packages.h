/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Packages on the way between generations: what each step did to them, taken together, and
 * compared with what is installed. Pure.
 */

#include "plan/back.h"
#include "state/installed.h"

/* The net change of one package on the way. */
struct back_package {
	struct package_op op; /* what is to be done, planned */
	bool promoted;        /* on the way it was there for itself */
	const char *stays;    /* it can't be removed: this package needs it by now; or NULL */
};

struct back_packages {
	struct back_package *items;
	size_t count, room;
};

/*
 * Of steps in the order of going. Left out is what is as it should be already; a removal that
 * something else would miss says so. Dependencies go and come with the others by themselves;
 * those that were removed are in the list, behind the others, in case they don't.
 */
void back_packages_compose(struct back_packages *packages, const struct back_step *steps,
		size_t count, struct installed *installed, enum op_reason why);
void back_packages_release(struct back_packages *packages);
