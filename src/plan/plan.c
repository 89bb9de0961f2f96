/* SPDX-License-Identifier: MIT */
#include "plan/plan.h"

#include <string.h>

#include "base/path.h"
#include "base/vec.h"
#include "state/theme_place.h"

void plan_release(struct plan *plan) {
	VEC_RELEASE(&plan->ops);
	VEC_RELEASE(&plan->packages);
	VEC_RELEASE(&plan->conflicts);
	VEC_RELEASE(&plan->followed);
	*plan = (struct plan){0};
}

void plan_add_conflict(struct plan *plan, struct conflict conflict) {
	VEC_ADD(&plan->conflicts, conflict);
}

bool op_switches_theme(const struct op *op) {
	bool link = op->theirs && (op->kind == OP_LINK || op->kind == OP_UNLINK);
	return link && streq(path_name(op->path), THEME_PLACE_CURRENT) &&
			(theme_place_name(op->text).n > 0 || theme_place_name(op->expect.text).n > 0);
}

bool op_changes_machine(const struct op *op) {
	return op->kind != OP_OWN && op->kind != OP_DISOWN;
}

bool plan_changes_machine(const struct plan *plan) {
	for (size_t i = 0; i < plan->ops.count; i++) {
		if (op_changes_machine(&plan->ops.items[i])) {
			return true;
		}
	}
	for (size_t i = 0; i < plan->packages.count; i++) {
		if (plan->packages.items[i].state != PACKAGE_FAILED) {
			return true;
		}
	}
	return false;
}

bool plan_needs_consent(const struct plan *plan) {
	return plan->removals > 0 &&
			(plan->removals == plan->owned ||
					(plan->removals >= 10 &&
							plan->removals > plan->owned / 2));
}

static const char *describe_size(off_t size, struct arena *arena) {
	static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
	double value = (double)size;
	size_t unit = 0;
	while (value >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1000;
		unit++;
	}
	return arena_printf(arena, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

const char *stamp_describe(const struct stamp *stamp, struct arena *arena) {
	switch (stamp->kind) {
	case STAMP_ABSENT:
		return "nothing";
	case STAMP_LINK:
		return arena_printf(arena, "a link to '%s'", stamp->text != NULL ? stamp->text : "");
	case STAMP_FILE:
		return arena_printf(arena, "a file (%s)", describe_size(stamp->size, arena));
	case STAMP_FOLDER:
		return "a folder";
	case STAMP_OTHER:
		return "a socket, pipe or device";
	case STAMP_HIDDEN:
		return arena_printf(arena, "something that can't be looked at (%s)",
				strerror(stamp->sys));
	}
	return "";
}


struct expect expect_of(const struct stamp *stamp) {
	return (struct expect){
		.kind = stamp->kind,
		.text = stamp->kind == STAMP_LINK ? stamp->text : NULL,
		.dev = stamp->dev,
		.ino = stamp->ino,
		.mode = stamp->mode,
		.size = stamp->size,
		.mtime = stamp->mtime,
	};
}

void plan_add_folder(struct plan *plan, const char *path, enum op_phase phase,
		enum op_reason why) {
	for (size_t i = 0; i < plan->ops.count; i++) {
		const struct op *op = &plan->ops.items[i];
		if (op->kind == OP_FOLDER && op->phase == phase && streq(op->path, path)) {
			return;
		}
	}
	VEC_ADD(&plan->ops, (struct op){
		.kind = OP_FOLDER,
		.why = why,
		.path = path,
		.phase = phase,
		.theirs = phase != PHASE_MAIN,
		.expect = {.kind = STAMP_ABSENT},
	});
}

static int compare_ops(const void *a, const void *b) {
	const struct op *left = a, *right = b;
	return left->phase != right->phase ? (left->phase < right->phase ? -1 : 1)
					   : path_compare(left->path, right->path);
}

void plan_sort(struct plan *plan) {
	if (plan->ops.count > 1) {
		qsort(plan->ops.items, plan->ops.count, sizeof(*plan->ops.items), compare_ops);
	}
}

void plan_assign_slots(struct plan *plan, const char *folder, struct arena *arena) {
	enum { NAME_SHOWN = 200 };
	for (size_t i = 0; i < plan->ops.count; i++) {
		struct op *op = &plan->ops.items[i];
		if (op->keeps && op->keep == NULL) {
			op->keep = arena_printf(arena, "%s/%zu-%.*s", folder, i, NAME_SHOWN,
					path_name(op->kind == OP_ADOPT ? op->partner : op->path));
		}
	}
}

size_t ops_main(const struct op *ops, size_t count, size_t *ret_first) {
	size_t first = 0, end = count;
	while (first < count && ops[first].phase < PHASE_MAIN) {
		first++;
	}
	while (end > first && ops[end - 1].phase > PHASE_MAIN) {
		end--;
	}
	*ret_first = first;
	return end - first;
}
