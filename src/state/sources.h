/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Links, in place or to be made, whose source is not in the profile. Only
 * status and doctor ask; a sync that has nothing to do doesn't look at sources.
 */

#include "state/place.h"
#include "sys/facts.h"

struct missing_sources {
	const struct place **items;
	size_t count, room;
};

void sources_check(struct missing_sources *missing, const struct places *places,
		const struct facts *facts);
