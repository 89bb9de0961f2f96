/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * `themes: wallpaper:` and `themes: pairs:`. What is wrong with their form goes to the checker's
 * diags, with its place; whether pictures and themes are there is looked at later.
 */

#include "base/arena.h"
#include "reg/check.h"
#include "reg/registry.h"
#include "reg/target.h"

struct theme_reader {
	struct checker check;
	const struct target_rules *rules;
	struct arena *arena;
	unsigned rank; /* of what is read: a higher one that is there already stays */
};

/* PICTURE, or {file: PICTURE, files: {THEME: PICTURE}, command: [PROGRAM, ARGUMENT…]} */
void theme_take_wallpaper(struct theme_decl *theme, const struct theme_reader *reader,
		const struct node *value);
/* {THEME: THEME} */
void theme_take_pairs(struct theme_decl *theme, const struct theme_reader *reader,
		const struct node *value);
