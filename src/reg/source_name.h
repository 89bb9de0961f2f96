/* SPDX-License-Identifier: MIT */
#pragma once

/* Where in the profile a target's file would be looked for. */

#include "base/arena.h"

/*
 * A sensible source for a target: "~/.config/foot/foot.ini" → "foot/foot.ini",
 * "~/.zshenv" → "zsh/zshenv", "~/.local/bin/x" → "bin/x", "~/.foorc" → "foorc".
 */
const char *source_name(const char *target, struct arena *arena);
