/* SPDX-License-Identifier: MIT */
#pragma once

/* Drift of packages for `status`, `capture` and `prune`: with what the log and pending records say. */

#include "cmd/view.h"
#include "report/package_drift.h"

/* Of a view with PACKAGES_ALL. */
int package_status_load(struct package_drifts *drifts, const struct view *view, struct app *app,
		struct err *err);
