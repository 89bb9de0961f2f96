/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Waybar: told to ask its modules again, and native modules hidden by a style sheet.
 *
 * A real-time signal kills a Waybar whose handlers aren't there yet, so it goes only to a
 * process of the person's that is called waybar and catches that signal (SigCgt of
 * proc_pid_status(5)), by a pidfd that was opened before that was looked at. SIGUSR2, which
 * takes the bar down and up again, is never sent.
 *
 * The style sheet is waybar/lumina.css in the configuration folder, imported by the
 * person's style.css. What Waybar 0.15 does, tried on it:
 *
 * - With "reload_style_on_change" it watches what style.css imports: an atomic rename over it
 *   shows within 0.2 s, without a flicker. What is imported is found out at its start, so an
 *   @import that is added later counts from the next start on. If the name is a link, what
 *   it leads to is watched.
 * - A name in quotes works, relative or absolute, with url() around it or not. url() without
 *   quotes, and a file that isn't there or isn't valid, end Waybar at its start. So the file
 *   is always valid (an empty one is, too) and is never removed.
 * - The window has the name of its output as a class.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "desk/desk.h"
#include "flow/mission.h"
#include "sys/facts.h"

enum { WAYBAR_SIGNAL = 13 }; /* SIGRTMIN+13: "signal": 13 of every module of ours */

#define WAYBAR_STYLE "lumina.css"

/* How many bars were told. */
size_t waybar_tell(const struct facts *facts, struct arena *arena);
/*
 * Whether a module shows in a mission (NULL: no mission): hidden if it is in `hide`; shown
 * if it is in `show`; else hidden if any mission has it in its `show`: it is theirs then.
 */
bool waybar_shows(const char *module, const struct workspace *workspace,
		const struct missions *missions);
/*
 * Of the workspaces that were last seen on an output (NULL: on any), the one that it shows,
 * as far as the desk knows: where somebody last changed the directory. NULL: none of them.
 */
const struct workspace *waybar_shown(const struct desk *desk, const char *output);

/* waybar/ in the configuration folder. */
const char *waybar_folder(const struct facts *facts, struct arena *arena);
/*
 * Makes the style sheet say what the desk says: which native modules are hidden, on which
 * output. Written only where it differs, by rename; 1 if it was written, 0 if not, -1 if
 * it couldn't be, or if a file of that name isn't Lumina's. With `make` it is there
 * afterwards, and the folder; without, it is made only in a folder that is there, if a mission has
 * modules or the person's style.css imports it.
 */
int waybar_style(const struct desk *desk, const struct missions *missions, bool make,
		const struct facts *facts, struct arena *arena, struct err *err);
/* The text of it. */
void waybar_style_text(const struct desk *desk, const struct missions *missions, struct buf *out,
		struct arena *arena);
/* True if any mission says anything about modules. */
bool waybar_is_wanted(const struct missions *missions);
