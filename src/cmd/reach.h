/* SPDX-License-Identifier: MIT */
#pragma once

/* The folders above the paths of a plan that was made for single paths. */

#include "cmd/cmd.h"
#include "plan/plan.h"
#include "state/want.h"

/*
 * Missing folders become operations, links above are noted as followed, and what
 * can't be a folder becomes a conflict. Sorts the plan. Sources only (`targets` not
 * set): the folders above targets are planned already.
 */
void reach_plan(struct plan *plan, const struct app *app, bool targets, struct arena *arena);

/*
 * Objects of the plan that would become one source, or replace a folder that other
 * sources lie in: conflicts.
 */
void reach_sources(struct plan *plan, const struct wants *wants, struct arena *arena);
