/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Waybar: told to ask its modules again, and native modules hidden by a style sheet.
 *
 * A real-time signal kills a Waybar whose handlers aren't there yet, so it goes only to a
 * process of the person's that is called waybar and catches that signal (SigCgt of
 * proc_pid_status(5)), by a pidfd that was opened before that was looked at. SIGUSR2, which
 * takes the bar down and up again, is never sent.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "desk/desk.h"
#include "flow/mission.h"
#include "sys/facts.h"

enum { WAYBAR_SIGNAL = 13 }; /* SIGRTMIN+13: "signal": 13 of every module of ours */

/* How many bars were told. */
size_t waybar_tell(const struct facts *facts, struct arena *arena);
/*
 * Makes waybar/lumina.css in the configuration folder say what the desk says: which native
 * modules are hidden, on which output. Written only where it differs, by rename; always
 * valid; 1 if it was written, 0 if not, -1 if it couldn't be. The folder waybar/ itself is
 * made only if `make`.
 */
int waybar_style(const struct desk *desk, const struct missions *missions, bool make,
		const struct facts *facts, struct arena *arena, struct err *err);
/*
 * Whether a module shows in a mission (NULL: no mission): hidden if it is in `hide`; shown
 * if it is in `show`; else hidden if any mission has it in its `show`: it is theirs then.
 */
bool waybar_shows(const char *module, const struct workspace *workspace,
		const struct missions *missions);
