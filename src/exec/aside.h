/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What stands beside a target under a temporary name while a journal is carried
 * out: shared by act.c (forward) and restore.c (back).
 */

#include <stdbool.h>

#include "exec/act.h"

/* ".lumina-1a2b3c4d-7"; short, since the target's own name may have all 255 bytes. */
const char *aside_name(const struct act *act, const struct op *op);

/* What a name stands for, as far as one operation is concerned. */
enum thing {
	THING_NONE,
	THING_OLD,    /* the link that was there before */
	THING_NEW,    /* the link that we put there */
	THING_FOLDER,
	THING_OTHER,
};

/*
 * Does `name` hold this object? By what doesn't change when it is used (inode, or a
 * link's text), or `exact`: a file's size and time too. 1 or 0; -1 with errno where it
 * can't be told: no guess may decide what is removed.
 */
int aside_matches(int dir, const char *name, const struct expect *object, bool exact);

/* Nothing is there: 1 or 0; -1 with errno where it can't be told. */
int aside_is_absent(int dir, const char *name);

/* -1 with errno where it can't be told. */
int aside_identify(int dir, const char *name, const struct op *op, enum thing *ret);

/* The target, and what stands beside it. */
struct scene {
	const char *name, *other;
	enum thing at_name, at_other;
};

int scene_look(const struct act *act, int dir, const struct op *op, struct scene *ret);
/*
 * What stands aside goes back to the target, where our new object was when scene_look()
 * looked: that must be what comes out. EAGAIN, and nothing changed, if somebody put
 * something else there meanwhile: the next recovery looks again.
 */
int scene_exchange(int dir, const struct op *op, const struct scene *scene);

/* What is in a folder that a link replaced, or that replaced a link. */
enum holds {
	HOLDS_NOTHING,
	HOLDS_OURS,   /* what the journal removes from it or puts there, and nothing else */
	HOLDS_OTHERS, /* something else too */
};

/* `path` is the home path that the folder has, or should have. -1 with errno. */
int aside_look_into(struct act *act, int dir, const char *name, const char *path,
		enum holds *ret);

bool aside_is_folder(int dir, const char *name);

/* Removes a link of exactly this text; 0 too if something else, or nothing, is there. */
int aside_remove_link(int dir, const char *name, const char *text);

/* Folders that a link replaced are reached under their temporary names from now on. */
void aside_add_aliases(struct act *act);
