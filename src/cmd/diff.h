/* SPDX-License-Identifier: MIT */
#pragma once

/* The difference between what stands at a target and its source. */

#include "cmd/view.h"

/*
 * Unified, by diff(1), appended to app->out as it is fit for it (coloured on a
 * terminal). Says so on standard error where the two can't be compared.
 */
int diff_show(struct app *app, const struct place *place, struct err *err);

/* The declared place of a target; NULL if there is none. */
const struct place *diff_find_place(const struct view *view, const char *path);
