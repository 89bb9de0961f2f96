/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The search path without what missions have put in front of it. A project's own folder may
 * be there (`path: [node_modules/.bin]`): what Lumina runs by itself (tmux, nix, a bar's command)
 * must not be found in it, nor what that runs in turn.
 */

#include "base/arena.h"

/* From this process's environment; NULL if there is no PATH. */
const char *before_path(struct arena *arena);
/* Makes it this process's PATH, for good. */
void before_enter(struct arena *arena);
