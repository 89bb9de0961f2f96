/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a template can name, for one scheme: the variables of tinted-theming's builder
 * specification 0.11, and ours beside them.
 *
 *   scheme-name, scheme-author, scheme-description, scheme-slug, scheme-slug-underscored,
 *   scheme-system, scheme-variant           texts
 *   scheme-is-dark-variant, scheme-is-light-variant      both are there, one is true
 *   base00-hex … base17-hex                 7cafc2
 *   base00-hex-bgr                          c2af7c
 *   base00-hex-r, -hex-g, -hex-b            7c
 *   base00-rgb-r, -rgb-g, -rgb-b            124
 *   base00-dec-r, -dec-g, -dec-b            0.4863
 *   wallpaper                               the picture's absolute path, or an empty text
 *   red, background, accent, color0, …      #7cafc2, and each of the forms above: red-hex, …
 *
 * The names of the last kind: background, foreground, muted, cursor, accent, selection-background,
 * selection-foreground; black, red, green, yellow, blue, magenta, cyan, white, the same with
 * bright- before it, orange and brown; purple for magenta; color0 to color15.
 */

#include "base/arena.h"
#include "theme/scheme.h"
#include "theme/value.h"

/* A map, in the arena; its texts may be the scheme's own, and `wallpaper` (or NULL). */
struct value values_make(const struct scheme *scheme, const char *wallpaper, struct arena *arena);
