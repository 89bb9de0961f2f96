/* SPDX-License-Identifier: MIT */
#include "cmd/reach.h"

#include "base/path.h"
#include "base/vec.h"
#include "state/peek.h"

static void add_followed(struct plan *plan, const char *path) {
	for (size_t i = 0; i < plan->followed.count; i++) {
		if (streq(plan->followed.items[i].path, path)) {
			return;
		}
	}
	VEC_ADD(&plan->followed, (struct followed){path});
}

/* A folder that the plan makes itself, in the place of something else. */
static bool is_made(const struct plan *plan, const char *folder) {
	for (size_t i = 0; i < plan->ops.count; i++) {
		const struct op *op = &plan->ops.items[i];
		if (op->kind == OP_FOLDER && streq(op->path, folder)) {
			return true;
		}
	}
	return false;
}

/* By value: adding to the plan may move the operation. */
static void reach(struct plan *plan, const struct app *app, struct op op, const char *path,
		enum op_phase phase, struct arena *arena) {
	struct above above;
	peek_above(path, &app->facts, arena, &above);
	bool makes = op.kind != OP_UNLINK && op.kind != OP_RMDIR && op_changes_machine(&op);
	for (size_t i = 0; makes && i < above.missing.count; i++) {
		plan_add_folder(plan, above.missing.items[i], phase, WHY_PARENT);
	}
	for (size_t i = 0; i < above.followed.count; i++) {
		add_followed(plan, above.followed.items[i]);
	}
	if (above.blocked != NULL && !is_made(plan, above.blocked)) {
		plan_add_conflict(plan, (struct conflict){
			.kind = CONFLICT_PARENT,
			.path = above.blocked,
			.target = op.path,
			.source = op.source,
			.what = arena_printf(arena, "it %s", above.why),
			.hint = "move it away, then try again",
			.from = op.from,
		});
	}
	above_release(&above);
}

void reach_plan(struct plan *plan, const struct app *app, bool targets, struct arena *arena) {
	size_t count = plan->ops.count;
	const char *last = NULL;
	for (size_t i = 0; i < count; i++) {
		struct op op = plan->ops.items[i];
		bool source = op.phase != PHASE_MAIN;
		size_t length = (size_t)(path_name(op.path) - op.path);
		bool makes = op_changes_machine(&op) && op.kind != OP_UNLINK && op.kind != OP_RMDIR;
		bool neighbour = last != NULL && strncmp(last, op.path, length) == 0 &&
				strchr(last + length, '/') == NULL;
		if ((targets || source) && !neighbour) {
			reach(plan, app, op, op.path, source ? PHASE_FIRST : PHASE_MAIN, arena);
			last = makes ? op.path : last;
		}
		if (op.partner != NULL) {
			reach(plan, app, op, op.partner, PHASE_FIRST, arena);
		}
	}
	plan_sort(plan);
}

/* An operation that puts another object at its source. */
static bool replaces_source(const struct op *op) {
	return op->kind == OP_ADOPT || (op->kind == OP_FILE && op->phase == PHASE_FIRST);
}

/* A new source's target comes right behind it, until the plan is sorted. */
static const char *target_of(const struct plan *plan, size_t i) {
	const struct op *op = &plan->ops.items[i];
	return op->kind == OP_FILE && i + 1 < plan->ops.count ? op[1].path : op->path;
}

static void refuse(struct plan *plan, size_t i, const char *what) {
	const struct op *op = &plan->ops.items[i];
	plan_add_conflict(plan, (struct conflict){
		.kind = CONFLICT_UNFIT,
		.path = target_of(plan, i),
		.target = target_of(plan, i),
		.source = op->source,
		.what = what,
		.hint = "take one of the two, then the other",
		.from = op->from,
	});
}

void reach_sources(struct plan *plan, const struct wants *wants, struct arena *arena) {
	for (size_t i = 0; i < plan->ops.count; i++) {
		const struct op *op = &plan->ops.items[i];
		if (!replaces_source(op)) {
			continue;
		}
		for (size_t j = 0; j < i; j++) {
			const struct op *other = &plan->ops.items[j];
			if (replaces_source(other) && (path_is_under(op->source, other->source) ||
							       path_is_under(other->source, op->source))) {
				refuse(plan, i, arena_printf(arena, "its source '%s' is also that of '%s'",
								 op->source, target_of(plan, j)));
			}
		}
		for (size_t j = 0; j < wants->count; j++) {
			const struct want *want = &wants->items[j];
			if (path_is_under(want->source, op->source) &&
					!streq(want->source, op->source)) {
				refuse(plan, i, arena_printf(arena, "the source of '%s' lies in '%s', which "
								  "would be replaced", want->path, op->source));
				break;
			}
		}
	}
}
