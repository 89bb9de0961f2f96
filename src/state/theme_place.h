/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where rendered themes are, below the state folder:
 *
 *   themes/nord-0123456789abcdef/waybar.css
 *   themes/current -> nord-0123456789abcdef
 *
 * A folder is complete, and never changed again, from the moment it has its name. Its number
 * is a hash of what is in it, but for the last two digits: they count up from 00 where a folder
 * is found that somebody changed. Targets are links through `current`: one rename, and all of
 * them show the other theme.
 *
 * Of a light theme there is also an empty file `light.mode`, as Omarchy has it. A link
 * `wallpaper` leads to the theme's picture, in the profile, if it has one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "sys/facts.h"

#define THEME_PLACE_CURRENT "current"
#define THEME_PLACE_LIGHT "light.mode"
#define THEME_PLACE_WALLPAPER "wallpaper"

enum { THEME_PLACE_COPIES = 256 };

/* The folder of them all. */
const char *theme_place_folder(const struct facts *facts, struct arena *arena);
/* "themes/current" in there. */
const char *theme_place_current(const struct facts *facts, struct arena *arena);
/* What is made of a template: "waybar.css", of "templates/waybar.css.mustache". */
const char *theme_place_file(const char *template, struct arena *arena);
/* The text of a link to it. */
const char *theme_place_link(const char *template, const struct facts *facts, struct arena *arena);
/* The name of the n-th folder that a theme may have, 0 to THEME_PLACE_COPIES - 1. */
const char *theme_place_copy(const char *name, uint64_t hash, unsigned n, struct arena *arena);
/* Folders of one content: no more than their copies' numbers differ. */
bool theme_place_is_copy(const char *folder, const char *other);
/* "nord", of a folder's name "nord-0123456789abcdef"; nothing if it is none. */
struct str theme_place_name(const char *folder);
