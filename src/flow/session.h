/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a terminal has now: the mission of its shell, and the one that the person pinned.
 * One small file a terminal, `terminals/SID-STARTED` in the runtime folder (STARTED is 0 once the
 * session's first process is gone); gone with the login. `lumina mission show`, `lumina bar` and
 * the desktop read it. Shells inside one another on a terminal share it.
 *
 *   lumina terminal 1
 *   pin<TAB>web
 *   mission<TAB>web<TAB>label<TAB>/home/u/work/shop<TAB>package.json
 *   desk<TAB>0123456789abcdef<TAB>ASKED
 *   later<TAB>/home/u/work/shop     Ctrl-C ended nix there: not again before the next visit
 *   end<TAB>xxh3:…
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sys/facts.h"

/* Strings in the arena, or the caller's; NULL for what isn't there. */
struct session {
	const char *pin;
	const char *mission, *label, *root, *marker;
	const char *desk;  /* what the desktop was asked for (desk/follow.h); NULL: nothing */
	uint64_t asked;    /* when that was: CLOCK_BOOTTIME, ns */
	const char *later; /* the root, where what takes long was interrupted in this visit */
};

/* What is written down of this terminal. No file, or one that can't be used: nothing. */
void session_load(struct session *session, const struct facts *facts, struct arena *arena);
/* -1 where it can't be written: without a terminal, or a folder of our own. */
int session_save(const struct session *session, const struct facts *facts, struct arena *arena,
		struct err *err);
/* But for when. */
bool session_is_same(const struct session *a, const struct session *b);
