/* SPDX-License-Identifier: MIT */
#include "report/package_drift.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "base/words.h"
#include "base/when.h"
#include "report/report.h"

enum { UNRECORDED_SHOWN = 20 };

static const char *const names[DRIFT_PACKAGE_STATES] = {
	[DRIFT_PACKAGE_PENDING] = "pending",
	[DRIFT_PACKAGE_MISSING] = "missing",
	[DRIFT_PACKAGE_REPLACED] = "replaced",
	[DRIFT_PACKAGE_UNRECORDED] = "unrecorded",
	[DRIFT_PACKAGE_DAMAGED] = "damaged",
};

const char *package_drift_name(enum package_drift_state state) {
	return names[state];
}

/* --- building ------------------------------------------------------------------------------ */

static void add_declared(struct package_drifts *drifts, const struct have *have,
		struct arena *arena) {
	struct package_drift drift = {
		.state = DRIFT_PACKAGE_MISSING,
		.name = have->decl->name,
		.from = span_describe(have->decl->at, arena),
	};
	if (have->from != FROM_FLATPAK && !have->group) {
		bool renamed = have->by != NULL && !streq(have->by->name, have->name) &&
				words_have(have->by->replaces, have->name);
		const struct installed_package *by = renamed ? have->by
				: have->instead;
		if (by != NULL) {
			drift.state = DRIFT_PACKAGE_REPLACED;
			drift.by = by->name;
			drift.version = by->version;
			drift.time = by->time;
		}
	}
	/* A package that two groups name is missing once. */
	for (size_t i = 0; i < drifts->count; i++) {
		if (package_is_same(drifts->items[i].name, drift.name)) {
			return;
		}
	}
	if (!have->present || drift.state == DRIFT_PACKAGE_REPLACED) {
		VEC_ADD(drifts, drift);
	}
}

static int compare_drifts(const void *a, const void *b) {
	const struct package_drift *first = a, *second = b;
	if (first->state != second->state) {
		return first->state < second->state ? -1 : 1;
	}
	if (first->state == DRIFT_PACKAGE_UNRECORDED && first->time != second->time) {
		return first->time > second->time ? -1 : 1;
	}
	return strcmp(first->name, second->name);
}

void package_drifts_build(struct package_drifts *drifts, const struct haves *haves,
		const struct registry *registry, struct arena *arena) {
	for (size_t i = 0; i < haves->count; i++) {
		add_declared(drifts, &haves->items[i], arena);
	}
	struct package_list list = {0};
	packages_unrecorded(&list, haves, registry);
	for (size_t i = 0; i < list.count; i++) {
		VEC_ADD(drifts, (struct package_drift){
			.state = DRIFT_PACKAGE_UNRECORDED,
			.name = list.items[i]->name,
			.version = list.items[i]->version,
			.time = list.items[i]->time,
			.foreign = list.items[i]->is_foreign,
		});
	}
	VEC_RELEASE(&list);
	for (size_t i = 0; haves->installed.damaged > 0 && i < haves->installed.count; i++) {
		if (haves->installed.items[i].damaged) {
			VEC_ADD(drifts, (struct package_drift){
				.state = DRIFT_PACKAGE_DAMAGED,
				.name = haves->installed.items[i].name,
				.version = haves->installed.items[i].version,
			});
		}
	}
	drifts->managed = registry->packages.count > 0 || registry->groups.count > 0;
	if (drifts->count > 1) {
		qsort(drifts->items, drifts->count, sizeof(*drifts->items), compare_drifts);
	}
}

void package_drifts_release(struct package_drifts *drifts) {
	VEC_RELEASE(drifts);
}

size_t package_drifts_count(const struct package_drifts *drifts) {
	size_t count = 0;
	for (size_t i = 0; i < drifts->count; i++) {
		count += drifts->managed || drifts->items[i].state != DRIFT_PACKAGE_UNRECORDED;
	}
	return count;
}

/* --- text ---------------------------------------------------------------------------------- */

static void add_text(struct buf *out, const char *text) {
	buf_add_shown(out, text, strlen(text));
}

static void add_when(const struct package_drift *drift, const struct paint *paint, struct buf *out) {
	bool gone = drift->state == DRIFT_PACKAGE_MISSING;
	if (drift->time == 0 || (gone && !drift->removed)) {
		return;
	}
	buf_addf(out, "  %s%s %s%s", paint->yellow, gone ? "removed" : "installed",
			when_local((time_t)drift->time, "%Y-%m-%d %H:%M").text, paint->off);
	if (drift->command != NULL) {
		buf_adds(out, " by '");
		add_text(out, drift->command);
		buf_addc(out, '\'');
	}
}

static void add_row(const struct package_drift *drift, size_t width, const struct paint *paint,
		struct buf *out) {
	buf_adds(out, "  ");
	report_cell(out, drift->name, width);
	if (drift->by != NULL) {
		buf_addf(out, "  %sby%s ", paint->dim, paint->off);
		add_text(out, drift->by);
	}
	if (drift->version != NULL) {
		buf_addf(out, "  %s", paint->dim);
		add_text(out, drift->version);
		buf_adds(out, paint->off);
	}
	if (drift->state == DRIFT_PACKAGE_PENDING && drift->command != NULL) {
		buf_adds(out, "  by '");
		add_text(out, drift->command);
		buf_addc(out, '\'');
	} else {
		add_when(drift, paint, out);
	}
	if (drift->foreign) {
		buf_addf(out, "  %sfrom no repository%s", paint->cyan, paint->off);
	}
	if (drift->from != NULL && drift->from[0] != '\0') {
		buf_addf(out, "  %s", paint->dim);
		add_text(out, drift->from);
		buf_adds(out, paint->off);
	}
	buf_addc(out, '\n');
}

static void add_state(const struct package_drifts *drifts, enum package_drift_state state,
		bool verbose, const struct paint *paint, struct buf *out) {
	static const char *const explained[DRIFT_PACKAGE_STATES][2] = {
		[DRIFT_PACKAGE_PENDING] = {"packages that could not be recorded",
				"the next command that changes something tries again"},
		[DRIFT_PACKAGE_MISSING] = {"packages declared, but not installed",
				"'lumina sync' installs them, 'lumina remove' drops the line"},
		[DRIFT_PACKAGE_REPLACED] = {"packages that another one replaced",
				"'lumina capture' puts the new name in their place"},
		[DRIFT_PACKAGE_UNRECORDED] = {"packages installed, but not recorded",
				"'lumina capture' records them, 'lumina ignore' leaves them out, "
				"'lumina prune' uninstalls them"},
		[DRIFT_PACKAGE_DAMAGED] = {"entries of the package database that can't be read",
				"reinstall them: lumina pacman -S NAME"},
	};
	size_t width = 0, rows = 0;
	for (size_t i = 0; i < drifts->count; i++) {
		if (drifts->items[i].state == state) {
			width = report_width(width, drifts->items[i].name);
			rows++;
		}
	}
	if (rows == 0) {
		return;
	}
	bool all = verbose || state != DRIFT_PACKAGE_UNRECORDED || rows <= UNRECORDED_SHOWN;
	size_t left = all ? rows : UNRECORDED_SHOWN;
	buf_addf(out, "%s%s%s %s(%s)%s\n", paint->bold, names[state], paint->off, paint->dim,
			explained[state][0], paint->off);
	for (size_t i = 0; i < drifts->count && left > 0; i++) {
		if (drifts->items[i].state == state) {
			add_row(&drifts->items[i], width, paint, out);
			left--;
		}
	}
	if (!all) {
		buf_addf(out, "  … and %zu older ones: lumina status -v\n", rows - UNRECORDED_SHOWN);
	}
	buf_addf(out, "  %shint:%s %s\n", paint->cyan, paint->off, explained[state][1]);
}

void report_package_drifts(const struct package_drifts *drifts, bool verbose,
		const struct paint *paint, struct buf *out) {
	for (int state = 0; state < DRIFT_PACKAGE_STATES; state++) {
		add_state(drifts, (enum package_drift_state)state, verbose, paint, out);
	}
}

/* --- JSON ---------------------------------------------------------------------------------- */

void report_package_drifts_json(struct json *json, const struct package_drifts *drifts) {
	for (size_t i = 0; i < drifts->count; i++) {
		const struct package_drift *drift = &drifts->items[i];
		json_open_object(json, NULL);
		json_string(json, "kind", "package");
		json_string(json, "state", names[drift->state]);
		json_string(json, "package", drift->name);
		json_string(json, "version", drift->version);
		json_string(json, "by", drift->by);
		json_string(json, "time", drift->time == 0 ? NULL
				: when_utc((time_t)drift->time, "%Y-%m-%dT%H:%M:%SZ").text);
		json_string(json, "command", drift->command);
		json_bool(json, "removed", drift->removed);
		json_bool(json, "foreign", drift->foreign);
		json_string(json, "declared", drift->from);
		json_close_object(json);
	}
}
