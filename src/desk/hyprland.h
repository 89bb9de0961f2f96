/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The rule of a workspace, in Hyprland. Ours stands beside the person's own rules: its
 * selector is one that nobody writes (`r[3-3]s[false]`), made later, and so above them. It is
 * switched off when the mission is left, so that what was there shows again; where a
 * version has no handles to do that, it is made to say what the workspace would have
 * without it.
 *
 * A layout is changed only where at most one tile is on the workspace, or the mission is
 * forced, for a new layout throws away how the tiles are arranged. That holds for leaving,
 * too: the layout alone stays then, and goes with the next request, or (with handles) as
 * soon as a window closes and leaves one. Where another layout is shown than the one that
 * was set, the person has chosen it: none is set any more until the workspace is without a
 * mission. Rules that he makes while a mission is on stand above it; those that he made
 * while it was away don't.
 *
 * With handles the compositor keeps which window wishes what: a window that has moved to
 * another workspace, or has closed, takes its rule with it, unless another one there
 * wishes the same. Loading the configuration anew drops all; the next request brings it back.
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
 * and the rest of it are the caller's. A workspace that the window has moved away from, and
 * that nobody else wishes it for, loses its mission and all that goes with it.
 */
enum hyprland hyprland_follow(struct desk *desk, const struct instance *at,
		const struct hyprland_want *want, long *ret_id, struct arena *arena, struct err *err);
/*
 * Loads the configuration anew, and brings back what missions have set: with handles (0.56 and
 * later), whatever it was; without, the next request for a workspace does. -1 with err: it wasn't
 * loaded. *ret_lost: it was, but why rules couldn't be brought back; or NULL. With desk_lock().
 */
int hyprland_reload(const struct instance *at, unsigned ms, const char **ret_lost, struct arena *arena,
		struct err *err);
/* Which workspace an output (NULL: the focused one) shows; 0: can't be told. */
long hyprland_visible(struct desk *desk, const struct instance *at, const char *output, unsigned ms,
		struct arena *arena);
