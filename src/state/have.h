/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which of the declared packages this machine has, read from pacman's own database and
 * flatpak's folders; nothing is run. A declared name that is no installed package counts
 * as there when an installed one provides it, as `pacman -T` says.
 */

#include "base/arena.h"
#include "base/err.h"
#include "reg/package.h"
#include "reg/registry.h"
#include "state/installed.h"
#include "state/pacman.h"
#include "sys/facts.h"

struct have {
	const struct package_decl *decl;
	const char *name; /* without prefix */
	enum package_from from;
	bool present;
	bool group;       /* installed packages belong to a group of that name; whoever can ask
			     pacman for the others fills in `lacks` or `present` */
	const char *const *lacks; /* of a group: members that aren't installed; NULL-terminated */
	const struct installed_package *instead; /* not present: this one replaced it; or NULL */
	const struct installed_package *by; /* what makes it present; NULL for a flatpak */
};

struct haves {
	struct have *items; /* in the order of the registry's packages */
	size_t count, room;
	struct pacman pacman;
	struct installed installed;
	bool looked;  /* pacman was looked for at all */
	bool whole;   /* `installed` has more than names */
	bool nowhere; /* there is neither a pacman nor a database: not a machine for this */
};

/*
 * With `whole` the database is read in full; else only names are, as long as they
 * explain every declared package, and nothing at all where none is declared.
 */
int haves_load(struct haves *haves, const struct registry *registry, const struct facts *facts,
		bool whole, struct arena *arena, struct err *err);
void haves_release(struct haves *haves);
