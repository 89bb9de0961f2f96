/* SPDX-License-Identifier: MIT */
#pragma once

/* The theme on its way into the plan, and from there into the state folder. */

#include "cmd/view.h"

/*
 * Renders the registry's theme, and plans that it comes into force. With problems of scheme
 * or templates: `strict`, they are printed, and -1 with err; else the first one is in
 * view->unthemed, and nothing is planned.
 */
int theming_plan(struct view *view, struct app *app, bool strict, struct err *err);

struct store;

/* What the plan is about to show, durable in the state folder. With the store's lock. */
int theming_stage(const struct view *view, const struct store *store, struct arena *arena,
		struct err *err);
/*
 * After a switch: removes what neither is shown, nor was before, nor is known to a generation. If
 * the switch failed, what was made for it goes, too, unless a later run is to finish it.
 */
void theming_sweep(const struct view *view, struct app *app, const struct store *store, bool shown);
/* Of the plan of the whole registry, what is the theme's; or all but that. */
void theming_keep(struct view *view, struct app *app, bool rendered);
