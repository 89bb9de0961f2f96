/* SPDX-License-Identifier: MIT */
#pragma once

/* Inside plan/: a plan in the making. build.c decides, clash.c finds what is in the way. */

#include "plan/plan.h"

/* What is decided for a place; the index runs beside the places. */
enum fate {
	FATE_NOTHING,
	FATE_LINK,
	FATE_UNLINK,
	FATE_RMDIR,
	FATE_FOLDER,
	FATE_OWN,
	FATE_DISOWN,
	FATE_CONFLICT,
	FATE_BACKUP, /* a link, in the place of a person's object, which is kept */
	FATE_ADOPT,  /* the person's object becomes the source */
	FATE_COPY,   /* the same between two file systems */
	FATE_FOLDER_BACKUP, /* a folder, in the place of a person's object */
};

struct build {
	struct plan *plan;
	const struct plan_input *input;
	struct arena *arena;
	enum fate *fates;
	uint32_t *going; /* how many direct entries of the folder go away */
	bool sorted;     /* the operations are in order as they were added */
};


const char *place_declared_at(const struct place *place, struct arena *arena);
bool place_is_our_link(const struct place *place);

/* Something stands at a wanted target: moved away as the person asked, or a conflict. */
void clash_at_target(struct build *build, uint32_t at);
/* Checks the folders above a wanted link, the highest first; each is reported once. */
bool clash_parents_are_fit(struct build *build, uint32_t at, const struct place *target);
/* Ours, declared no longer, and not to be seen: once for the folder that hides it. */
void clash_hidden(struct build *build, uint32_t at);
/* Targets that are one place, by way of links above them. */
void clash_find_doubles(struct build *build);
/* Objects that would become one source, or a source that others are in. */
void clash_find_nested_sources(struct build *build);
