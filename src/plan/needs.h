/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Who needs whom among installed packages, when some of them go. Versions of dependencies
 * are not looked at: a package that is named, or provides the name, does. Optional
 * dependencies don't hold anything, as with pacman.
 */

#include "plan/packages.h"

struct needs {
	struct installed *installed;
	bool *goes; /* by index of the package; on the heap */
	bool some;  /* at least one does */
};

void needs_init(struct needs *needs, struct installed *installed);
void needs_release(struct needs *needs);
/* Nothing goes. */
void needs_clear(struct needs *needs);
void needs_take(struct needs *needs, const struct installed_package *package);
bool needs_takes(const struct needs *needs, const struct installed_package *package);
/*
 * Dependencies that nothing needs any more go too, as `pacman -Rs` has it: what was needed
 * by nothing before stays. They are added to `list`, if that isn't NULL.
 */
void needs_take_dependencies(struct needs *needs, struct package_list *list);
/* A package that stays, and would miss it; NULL if none does. */
const struct installed_package *needs_find(const struct needs *needs,
		const struct installed_package *package);
/* Following dependencies through what goes, `package` leads to `wanted`. */
bool needs_leads_to(const struct needs *needs, const struct installed_package *package,
		const struct installed_package *wanted);
