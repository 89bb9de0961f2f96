/* SPDX-License-Identifier: MIT */
#include "report/drift.h"

#include "base/path.h"
#include "base/vec.h"
#include "state/theme_place.h"

static const char *const names[DRIFT_STATES] = {
	[DRIFT_MISSING] = "missing",
	[DRIFT_ELSEWHERE] = "elsewhere",
	[DRIFT_STALE] = "stale",
	[DRIFT_FOREIGN] = "foreign",
	[DRIFT_DETACHED] = "detached",
	[DRIFT_BLOCKED] = "blocked",
	[DRIFT_BROKEN] = "broken",
	[DRIFT_THEME] = "theme",
};

const char *drift_state_name(enum drift_state state) {
	return names[state];
}

static enum drift_state conflict_state(enum conflict_kind kind) {
	switch (kind) {
	case CONFLICT_FOREIGN:
		return DRIFT_FOREIGN;
	case CONFLICT_DETACHED:
		return DRIFT_DETACHED;
	case CONFLICT_PARENT:
	case CONFLICT_NO_SOURCE:
	case CONFLICT_LOCKED:
	case CONFLICT_HIDDEN:
	case CONFLICT_UNFIT:
		break;
	}
	return DRIFT_BLOCKED;
}

const char *conflict_state_name(enum conflict_kind kind) {
	return kind == CONFLICT_UNFIT ? "refused" : names[conflict_state(kind)];
}

static int compare_place(const void *path, const void *item) {
	return path_compare(path, (*(const struct place *const *)item)->path);
}

static bool is_missing(const struct missing_sources *missing, const char *path) {
	return missing->count > 0 &&
			bsearch(path, missing->items, missing->count, sizeof(*missing->items),
					compare_place) != NULL;
}

static void add_switch(struct drifts *drifts, const struct op *op, struct arena *arena) {
	struct str now = theme_place_name(op->expect.text), then = theme_place_name(op->text);
	struct drift drift = {.state = DRIFT_THEME, .target = op->path, .from = op->from,
			.hint = "lumina sync --only themes"};
	drift.what = then.n == 0 ? arena_printf(arena, "'%.*s' is shown, none is declared", (int)now.n,
					   now.p)
			: now.n == 0 ? arena_printf(arena, "'%.*s' is declared, none is shown",
						       (int)then.n, then.p)
			: theme_place_is_copy(op->expect.text, op->text)
			? arena_printf(arena, "what was rendered of '%.*s' was changed by hand, or is gone",
					  (int)now.n, now.p)
			: str_eq(now, then)
			? arena_printf(arena, "'%.*s' was rendered from what has changed since",
					  (int)now.n, now.p)
			: arena_printf(arena, "'%.*s' is declared, '%.*s' is shown", (int)then.n, then.p,
					  (int)now.n, now.p);
	VEC_ADD(drifts, drift);
}

static void add_op(struct drifts *drifts, const struct op *op,
		const struct missing_sources *missing, struct arena *arena) {
	struct drift drift = {.target = op->path, .source = op->source, .from = op->from};
	if (op_switches_theme(op)) {
		add_switch(drifts, op, arena);
		return;
	}
	switch (op->kind) {
	case OP_LINK:
		drift.state = op->expect.kind == STAMP_ABSENT ? DRIFT_MISSING : DRIFT_ELSEWHERE;
		if (op->expect.kind == STAMP_LINK) {
			drift.what = arena_printf(arena, "our link leads to '%s'", op->expect.text);
		} else if (op->expect.kind == STAMP_FOLDER) {
			drift.what = "our folder of links stands there";
		}
		if (is_missing(missing, op->path)) {
			drift.state = DRIFT_BLOCKED;
			drift.what = "its source is not in the profile";
		}
		break;
	case OP_UNLINK:
		drift.state = DRIFT_STALE;
		drift.what = arena_printf(arena, "our link to '%s', declared no longer",
				op->expect.text);
		break;
	case OP_FOLDER:
	case OP_RMDIR:
	case OP_OWN:
	case OP_DISOWN:
	case OP_FILE: /* these come from commands only */
	case OP_ADOPT:
	case OP_RETURN:
	case OP_EDIT:
		return;
	}
	VEC_ADD(drifts, drift);
}

void drifts_build(struct drifts *drifts, const struct plan *plan,
		const struct missing_sources *missing, const char *unthemed, struct arena *arena) {
	*drifts = (struct drifts){0};
	if (unthemed != NULL) {
		VEC_ADD(drifts, (struct drift){.state = DRIFT_THEME, .target = "~", .what = unthemed});
	}
	for (size_t i = 0; i < plan->ops.count; i++) {
		add_op(drifts, &plan->ops.items[i], missing, arena);
	}
	for (size_t i = 0; i < plan->conflicts.count; i++) {
		const struct conflict *conflict = &plan->conflicts.items[i];
		VEC_ADD(drifts,
				(struct drift){
					.state = conflict_state(conflict->kind),
					.target = conflict->kind == CONFLICT_NO_SOURCE
							? conflict->target
							: conflict->path,
					.source = conflict->source,
					.what = conflict->what,
					.hint = conflict->hint,
					.from = conflict->from,
				});
	}
	for (size_t i = 0; i < missing->count; i++) {
		const struct place *place = missing->items[i];
		if (!place->seen.right) {
			continue;
		}
		VEC_ADD(drifts,
				(struct drift){
					.state = DRIFT_BROKEN,
					.target = place->path,
					.source = place->want->source,
					.what = "in place, but its source is gone from the profile",
					.from = span_describe(place->want->decl->at, arena),
				});
	}
}
