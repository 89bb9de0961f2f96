/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The rule of a workspace, in Hyprland. Ours stands beside the person's own rule (its
 * selector is `r[3-3]`, not `3`) and is switched off when the mission is left, so that
 * what was there shows again; where a version has no handles to do that, what was there
 * is noted in the desk and written back.
 *
 * Whatever goes into Lua is a number or a string of \ddd, so no value can be code; and
 * nothing is believed but exactly the reply that was meant.
 */

#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "desk/desk.h"
#include "desk/instance.h"

struct hyprland_want {
	const pid_t *pids;          /* of the window's possible owners (desk/ancestry.h), nearest first */
	size_t npids;
	const struct pair *rule;    /* as in flow/mission.h; none: what is on is taken off */
	size_t nrule;
	const char *key;            /* of these: same key, same rule. [0-9a-f]; NULL without rule */
	uint64_t asked;             /* a later wish for the workspace wins */
	bool repair;                /* ask and put right even where the desk says it is on */
	unsigned ms;                /* for all requests together */
};

enum hyprland {
	HYPRLAND_DONE,     /* it is as wanted now; *ret_id tells where */
	HYPRLAND_HELD,     /* the same, but for the layout: an arrangement would be lost, or the person chose another */
	HYPRLAND_NOWHERE,  /* no window, more than one it may be, a special workspace, or a later wish: nothing done */
	HYPRLAND_FAILED,   /* no answer, or not one that is understood; see err */
};

/*
 * Finds the workspace of the window, and makes the rule hold there. Brings the desk's
 * dialect, and rule, layout, before and output of the workspace up to date; mission, label
 * and the rest of it are the caller's.
 */
enum hyprland hyprland_follow(struct desk *desk, const struct instance *at,
		const struct hyprland_want *want, long *ret_id, struct arena *arena, struct err *err);
/* Which workspace an output (NULL: the focused one) shows; 0: can't be told. */
long hyprland_visible(struct desk *desk, const struct instance *at, const char *output, unsigned ms,
		struct arena *arena);
