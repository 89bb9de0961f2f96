/* SPDX-License-Identifier: MIT */
#pragma once

/* The themes of the profile with their schemes, and which light one goes with which dark one. */

#include "cmd/cmd.h"
#include "reg/registry.h"
#include "state/theme_find.h"
#include "theme/pair.h"
#include "theme/scheme.h"

struct theme_known {
	struct theme_entry entry;
	struct scheme scheme;
	const char *problem; /* why it can't be used; NULL: it can */
};

struct themes_known {
	struct theme_known *items; /* sorted by name */
	size_t count;
	struct pair_theme *pairs; /* those that can be used */
	size_t npairs;
};

/* Of one->entry: scheme and problem. */
void theme_known_read(struct theme_known *one, struct app *app);
int themes_known_load(struct themes_known *ret, struct app *app, struct err *err);
void themes_known_release(struct themes_known *all);

/*
 * The partner of one of them: as the registry pairs it; else by its name (theme/pair.h). NULL if
 * there is none, or the registry's isn't there or is of the same variant.
 */
const char *themes_known_partner(const struct themes_known *all, const struct theme_known *one,
		const struct theme_decl *decl, struct arena *arena);

enum turn { TURN_DARK, TURN_LIGHT, TURN_OVER };

/* The active theme if it is of that variant, else its partner; -1 with err if it has none. */
int themes_known_turn(const char **ret, struct app *app, const struct theme_decl *decl,
		enum turn turn, struct err *err);
