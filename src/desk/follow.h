/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The desktop follows a shell: what `lumina flow` leaves behind it, once the shell has its
 * answer, is one child of at most 400 ms without a terminal, and then nothing.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "desk/desk.h"
#include "flow/visit.h"

/* In a session's `desk`: nobody knows what became of the wish. No wish has this key. */
#define FOLLOW_UNKNOWN "?"

/* What a directory wishes for: [0-9a-f]; the same for the same. NULL if nothing. */
const char *follow_key(const struct visit *visit, struct arena *arena);
/* Now, as wishes are dated: CLOCK_BOOTTIME in ns. */
uint64_t follow_time(void);
/*
 * Starts the child and returns at once. Nothing is started where there is no Hyprland to
 * be seen in the environment. The child waits a moment first: if the terminal has gone on
 * to another directory since, that one's child does it. `visit->session` is what was saved
 * of the terminal, with the wish in it. `before`: when the terminal had the same wish, in another
 * project, so that only the desk's file changes; or 0.
 */
void follow_start(const struct visit *visit, uint64_t before, const struct facts *facts,
		struct arena *arena);

enum follow {
	FOLLOW_DONE,
	FOLLOW_HELD,     /* done, but for the layout */
	FOLLOW_NOTHING,  /* no Hyprland, or no window that is clearly this shell's */
	FOLLOW_RESTS,    /* after three failures; `lumina mission auto` wakes it */
	FOLLOW_FAILED,   /* see err */
};

/* The same now, in this process, asking the compositor in any case. */
enum follow follow_now(const struct visit *visit, const struct facts *facts, struct arena *arena,
		struct err *err);
/*
 * What stands on the desk now is to show on the bar: in the style sheet, and by a signal or by
 * the registry's own command, which is told of `workspace`. Missions NULL: they aren't known;
 * then the style sheet stays as it is.
 */
void follow_tell_bar(const struct desk *desk, const struct workspace *workspace,
		const struct missions *missions, const struct facts *facts, struct arena *arena);
/* Forgets the failures: from the next change of directory on it is tried again. */
void follow_wake(const struct facts *facts, struct arena *arena);
