/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which picture a theme has: what the registry names for it; else the first file, in byte order,
 * of `themes/NAME/backgrounds/` in the profile, Omarchy's form; else what the registry names for
 * all. Pictures are regular files within the profile; none is read.
 */

#include "base/diag.h"
#include "reg/registry.h"
#include "state/theme.h"

/*
 * Fills theme->wallpaper, by theme->name, and adds what was looked at to theme->inputs. A picture
 * of the registry that is not there, or is none, is a problem in `diags`, at its place. `profile` is the
 * profile's folder, open.
 */
void theme_paper_find(struct theme *theme, const struct wallpaper_decl *decl, int profile,
		const struct facts *facts, struct arena *arena, struct diags *diags);
