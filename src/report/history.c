/* SPDX-License-Identifier: MIT */
#include "report/history.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/when.h"
#include "report/report.h"

static int compare_slot(const void *slot, const void *backup) {
	return strcmp(slot, ((const struct backup *)backup)->slot);
}

static bool is_there(const struct backups *backups, const char *slot) {
	return backups->count > 0 && bsearch(slot, backups->items, backups->count,
						     sizeof(*backups->items), compare_slot) != NULL;
}

static size_t count_backups(const struct backups *backups, uint64_t generation) {
	size_t count = 0;
	for (size_t i = 0; i < backups->count; i++) {
		count += backups->items[i].generation == generation;
	}
	return count;
}

static void add_backups(const struct history_report *report, uint64_t generation,
		const struct paint *paint, struct buf *out) {
	for (size_t i = 0; i < report->backups->count; i++) {
		const struct backup *backup = &report->backups->items[i];
		if (backup->generation == generation) {
			buf_addf(out, "  %sbackup%s ", paint->dim, paint->off);
			buf_add_shown(out, report->state, strlen(report->state));
			buf_adds(out, "/backups/");
			buf_add_shown(out, backup->slot, strlen(backup->slot));
			buf_addc(out, '\n');
		}
	}
}

static void add_generation(const struct history_report *report, const struct journal *journal,
		const struct paint *paint, struct buf *out) {
	bool present = journal->generation == report->present;
	buf_addf(out, "%s%s%4" PRIu64 "%s  %s  ", present ? "*" : " ",
			present ? paint->bold : "", journal->generation, present ? paint->off : "",
			when_local(journal->time, "%Y-%m-%d %H:%M:%S").text);
	buf_add_shown(out, journal->command, strlen(journal->command));
	struct buf counts _cleanup_buf_ = BUF_INIT;
	const struct plan plan = {.ops = {journal->ops.items, journal->ops.count, 0},
			.packages = journal->packages};
	report_counts(&plan, &counts);
	buf_addf(out, "  %s%s", paint->dim, counts.data);
	size_t kept = count_backups(report->backups, journal->generation);
	if (kept > 0) {
		buf_addf(out, "; %zu %s kept", kept, kept == 1 ? "backup" : "backups");
	}
	if (journal->commit != NULL) {
		buf_addf(out, "; profile at %.10s", journal->commit);
	}
	buf_addf(out, "%s\n", paint->off);
	if (report->verbose) {
		report_plan(&plan, paint, false, out);
		add_backups(report, journal->generation, paint, out);
	}
}

/* The records of generations can be lost; what they kept is still there. */
static void add_orphans(const struct history_report *report, const struct paint *paint,
		struct buf *out) {
	uint64_t last = 0;
	for (size_t i = report->backups->count; i-- > 0;) {
		uint64_t generation = report->backups->items[i].generation;
		if (generation == last || history_find(report->history, generation) != NULL) {
			continue;
		}
		last = generation;
		size_t kept = count_backups(report->backups, generation);
		buf_addf(out, " %4" PRIu64 "  %s(its record is lost) %zu %s kept%s\n", generation,
				paint->dim, kept, kept == 1 ? "backup" : "backups", paint->off);
		if (report->verbose) {
			add_backups(report, generation, paint, out);
		}
	}
}

void report_history(const struct history_report *report, const struct paint *paint,
		struct buf *out) {
	for (size_t i = report->history->count; i-- > 0;) {
		add_generation(report, &report->history->items[i], paint, out);
	}
	add_orphans(report, paint, out);
	if (out->len == 0) {
		buf_adds(out, "nothing has been changed yet\n");
	} else if (report->present == 0) {
		buf_adds(out, "*   0  before the first change\n");
	}
}

static void json_backups(struct json *json, const struct history_report *report,
		const struct journal *journal) {
	json_open_array(json, "backups");
	for (size_t i = 0; i < journal->ops.count; i++) {
		const struct op *op = &journal->ops.items[i];
		if (!op->keeps || op->kind == OP_EDIT) {
			continue;
		}
		struct buf path _cleanup_buf_ = BUF_INIT;
		buf_addf(&path, "%s/backups/%s", report->state, op->keep);
		json_open_object(json, NULL);
		json_string(json, "path", path.data);
		json_string(json, "target", op->kind == OP_ADOPT ? op->partner : op->path);
		json_bool(json, "present", is_there(report->backups, op->keep));
		json_close_object(json);
	}
	json_close_array(json);
}

void report_history_json(const struct history_report *report, struct buf *out) {
	struct json json;
	json_init(&json, out);
	json_open_object(&json, NULL);
	json_number(&json, "schema", REPORT_SCHEMA);
	json_string(&json, "command", "history");
	json_number(&json, "current", (int64_t)report->present);
	json_open_array(&json, "generations");
	for (size_t i = report->history->count; i-- > 0;) {
		const struct journal *journal = &report->history->items[i];
		json_open_object(&json, NULL);
		json_number(&json, "id", (int64_t)journal->generation);
		json_number(&json, "parent", (int64_t)journal->parent);
		json_string(&json, "time", when_utc(journal->time, "%Y-%m-%dT%H:%M:%SZ").text);
		json_string(&json, "command", journal->command);
		const struct plan plan = {.ops = {journal->ops.items, journal->ops.count, 0},
			.packages = journal->packages};
		report_changes_json(&json, &plan, report->home, report->state);
		json_bool(&json, "current", journal->generation == report->present);
		json_string(&json, "commit", journal->commit);
		json_backups(&json, report, journal);
		json_close_object(&json);
	}
	json_close_array(&json);
	json_close_object(&json);
}
