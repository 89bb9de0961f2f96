/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Desired × owned × observed, joined: one place for every path that the
 * registry asks for or the ownership record names, and for every folder above
 * one. Sorted by path_compare(), so a folder comes right before what is below
 * it. places_join() is pure; state/look.c fills `seen`.
 */

#include "base/arena.h"
#include "base/stamp.h"
#include "state/owned.h"
#include "state/want.h"

enum { PLACE_NONE = UINT32_MAX };

/* The source of a target that something stands at, where that may move into the profile. */
struct partner {
	const char *path; /* home path, or absolute */
	struct stamp seen; /* if it is absent, `dev` is its folder's */
};

struct place {
	const char *path;          /* home path; items[0] is "~" */
	const struct want *want;   /* the link asked for here, or NULL */
	const struct owned *owned; /* what we made here, or NULL */
	uint32_t parent;           /* index of the folder's place; PLACE_NONE for "~" */
	bool above : 1;            /* some other place lies below */
	bool wanted_below : 1;     /* a wanted one */
	struct stamp seen;
	const struct partner *partner; /* or NULL: not looked at */
};

struct places {
	struct place *items;
	size_t count, room;
};

void places_join(struct places *places, const struct wants *wants,
		const struct owned_record *owned, struct arena *arena);
void places_release(struct places *places);
