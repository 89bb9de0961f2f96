/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the registry says about missions (reg/mission_decl.h), merged, as missions
 * that can be used: "~" expanded, `dotenv: true` spelled out.
 */

#include "flow/mission.h"
#include "reg/registry.h"

/* Everything is in the arena; texts may be the registry's own. Cannot fail. */
void missions_compile(struct missions *ret, const struct registry *registry, const char *home,
		struct arena *arena);
