/* SPDX-License-Identifier: MIT */
#pragma once

/* Copies of files and folders: where links become real again, and into the profile. */

#include "cmd/cmd.h"
#include "plan/plan.h"

/*
 * Plans a copy of what `link` (its text) leads to in the place of that link, with all
 * that is in it. A source that is gone is a conflict. -1 with err if something can't
 * be read.
 */
int copying_add(struct plan *plan, struct app *app, const char *target, const char *link,
		enum op_reason why, struct err *err);

/*
 * The same of the file or folder `origin`, an absolute path, at a target where nothing
 * stands. What it has of links, and folders named ".git", is left out.
 */
int copying_add_new(struct plan *plan, struct app *app, const char *target, const char *origin,
		enum op_reason why, struct err *err);
