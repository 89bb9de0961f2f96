/* SPDX-License-Identifier: MIT */
#pragma once

/* Packages that are, were, or could not be installed and removed, for people and programs. */

#include "base/buf.h"
#include "base/json.h"
#include "base/paint.h"
#include "plan/plan.h"

/* One a line, but for failed ones; dependencies that came along only with `verbose`. */
void report_packages(const struct package_ops *packages, const struct paint *paint, bool verbose,
		struct buf *out);
/* The failed ones, each with what is known of it. */
void report_failed_packages(const struct package_ops *packages, const struct paint *paint,
		struct buf *out);

struct package_counts {
	size_t installed, removed, promoted, failed;
	size_t along; /* dependencies that came with others */
};
struct package_counts report_count_packages(const struct package_ops *packages);

/* Members of the array "changes". */
void report_packages_json(struct json *json, const struct package_ops *packages);
