/* SPDX-License-Identifier: MIT */
#include "report/told.h"

#include <string.h>

#include "report/report.h"

void report_tolds(const struct tolds *tolds, const struct paint *paint, bool verbose,
		struct buf *out) {
	size_t width = 0;
	for (size_t i = 0; i < tolds->count; i++) {
		if (verbose || !tolds->items[i].absent) {
			width = report_width(width, tolds->items[i].name);
		}
	}
	for (size_t i = 0; i < tolds->count; i++) {
		const struct told *told = &tolds->items[i];
		if (told->absent && !verbose) {
			continue;
		}
		buf_adds(out, "  ");
		report_cell(out, told->name, width);
		buf_addf(out, "  %s%s%s", told->failed ? paint->red : "", told->state,
				told->failed ? paint->off : "");
		if (told->detail != NULL) {
			buf_addf(out, "%s: ", paint->dim);
			buf_add_shown(out, told->detail, strlen(told->detail));
			buf_adds(out, paint->off);
		}
		buf_addc(out, '\n');
	}
}

void report_tolds_json(struct json *json, const struct tolds *tolds) {
	json_open_array(json, "reload");
	for (size_t i = 0; tolds != NULL && i < tolds->count; i++) {
		const struct told *told = &tolds->items[i];
		json_open_object(json, NULL);
		json_string(json, "name", told->name);
		json_string(json, "state", told->state);
		json_string(json, "detail", told->detail);
		json_close_object(json);
	}
	json_close_array(json);
}
