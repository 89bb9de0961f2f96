/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the registry says about missions (reg/mission_decl.h), merged, as missions
 * that can be used: "~" expanded, empty lists none. Everything is in the arena; texts
 * may be the registry's own. Cannot fail.
 */

#include "flow/mission.h"
#include "reg/registry.h"

void missions_compile(struct missions *ret, const struct registry *registry, const char *home,
		struct arena *arena);

/* One of them. */
struct mission mission_compile(const struct mission_decl *decl, const char *home,
		struct arena *arena);
