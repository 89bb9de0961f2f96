/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The last look before anything is touched: can every folder be changed, is
 * every source there? What isn't so becomes a conflict of the plan.
 */

#include "plan/plan.h"
#include "sys/facts.h"

int preflight(struct plan *plan, const struct facts *facts, struct arena *arena,
		struct err *err);
