/* SPDX-License-Identifier: MIT */
#include "report/packages.h"

#include <string.h>

#include "exec/journal.h"
#include "report/report.h"

static const char *origin(const struct package_op *op) {
	return op->from == FROM_AUR ? "AUR" : op->from == FROM_FLATPAK ? "flatpak" : NULL;
}

static void add_package(const struct package_op *op, size_t width, const struct paint *paint,
		struct buf *out) {
	bool install = op->action == PACKAGE_INSTALL;
	buf_addf(out, "  %s%s%s ", install ? paint->green : paint->red, install ? "+" : "-",
			paint->off);
	report_cell(out, op->name, width);
	buf_addf(out, "  %spackage", paint->dim);
	if (op->version != NULL) {
		buf_addc(out, ' ');
		buf_add_shown(out, op->version, strlen(op->version));
	}
	if (origin(op) != NULL) {
		buf_addf(out, ", %s", origin(op));
	}
	bool planned = op->state == PACKAGE_PLANNED;
	if (op->promoted) {
		buf_adds(out, op->explicit ? ", was there as a dependency" : ", a dependency again");
	} else if (op->why == WHY_NEEDED) {
		buf_adds(out, install ? ", needed by another"
				: planned ? ", goes with another" : ", went with another");
	}
	buf_addf(out, "%s\n", paint->off);
}

void report_packages(const struct package_ops *packages, const struct paint *paint, bool verbose,
		struct buf *out) {
	size_t width = 0;
	for (size_t i = 0; i < packages->count; i++) {
		width = report_width(width, packages->items[i].name);
	}
	for (size_t i = 0; i < packages->count; i++) {
		const struct package_op *op = &packages->items[i];
		bool aside = op->why == WHY_NEEDED && !op->explicit && op->state == PACKAGE_DONE;
		if (op->state != PACKAGE_FAILED && (verbose || !aside)) {
			add_package(op, width, paint, out);
		}
	}
}

void report_failed_packages(const struct package_ops *packages, const struct paint *paint,
		struct buf *out) {
	for (size_t i = 0; i < packages->count; i++) {
		const struct package_op *op = &packages->items[i];
		if (op->state != PACKAGE_FAILED) {
			continue;
		}
		buf_addf(out, "  %s!%s ", paint->red, paint->off);
		buf_add_shown(out, op->asked, strlen(op->asked));
		buf_addf(out, "  %s", op->action == PACKAGE_INSTALL ? "not installed" : "not removed");
		if (op->problem != NULL) {
			buf_addf(out, ": %s", op->problem);
		}
		if (op->at != NULL && op->at[0] != '\0') {
			buf_addf(out, " %s(%s)%s", paint->dim, op->at, paint->off);
		}
		buf_addc(out, '\n');
	}
}

struct package_counts report_count_packages(const struct package_ops *packages) {
	struct package_counts counts = {0};
	for (size_t i = 0; i < packages->count; i++) {
		const struct package_op *op = &packages->items[i];
		bool failed = op->state == PACKAGE_FAILED;
		bool aside = op->why == WHY_NEEDED && !op->explicit;
		counts.failed += failed;
		counts.installed += !failed && !aside && !op->promoted && op->action == PACKAGE_INSTALL;
		counts.promoted += !failed && op->promoted;
		counts.along += !failed && aside && op->action == PACKAGE_INSTALL;
		counts.removed += !failed && !aside && op->action == PACKAGE_REMOVE;
	}
	return counts;
}

void report_packages_json(struct json *json, const struct package_ops *packages) {
	static const char *const states[] = {
		[PACKAGE_PLANNED] = "planned", [PACKAGE_DONE] = "done", [PACKAGE_FAILED] = "failed",
	};
	for (size_t i = 0; i < packages->count; i++) {
		const struct package_op *op = &packages->items[i];
		json_open_object(json, NULL);
		json_string(json, "kind", "package");
		json_string(json, "action", op->action == PACKAGE_INSTALL ? "install" : "remove");
		json_string(json, "reason", op_reason_name(op->why));
		json_string(json, "package", op->name);
		json_string(json, "asked", op->asked);
		json_string(json, "version", op->version);
		json_bool(json, "explicit", op->explicit);
		json_string(json, "state", states[op->state]);
		json_string(json, "problem", op->problem);
		json_string(json, "declared", op->at != NULL && op->at[0] != '\0' ? op->at : NULL);
		json_close_object(json);
	}
}
