/* SPDX-License-Identifier: MIT */
#pragma once

/* Links that become real files and folders again. */

#include "cmd/cmd.h"
#include "plan/plan.h"

/*
 * Plans a copy of what `link` (its text) leads to in the place of that link, with all
 * that is in it. A source that is gone is a conflict. -1 with err if something can't
 * be read.
 */
int copying_add(struct plan *plan, struct app *app, const char *target, const char *link,
		enum op_reason why, struct err *err);
