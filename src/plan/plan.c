/* SPDX-License-Identifier: MIT */
#include "plan/plan.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/path.h"
#include "base/vec.h"

/* What is decided for a place; the index runs beside the places. */
enum fate {
	FATE_NOTHING,
	FATE_LINK,
	FATE_UNLINK,
	FATE_RMDIR,
	FATE_FOLDER,
	FATE_OWN,
	FATE_DISOWN,
	FATE_CONFLICT,
};

struct build {
	struct plan *plan;
	const struct plan_input *input;
	struct arena *arena;
	enum fate *fates;
	uint32_t *going; /* how many direct entries of the folder go away */
};

void plan_release(struct plan *plan) {
	VEC_RELEASE(&plan->ops);
	VEC_RELEASE(&plan->conflicts);
	VEC_RELEASE(&plan->followed);
	*plan = (struct plan){0};
}

void plan_add_conflict(struct plan *plan, struct conflict conflict) {
	VEC_ADD(&plan->conflicts, conflict);
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

static const char *declared_at(const struct place *place, struct arena *arena) {
	return place->want != NULL ? span_describe(place->want->decl->at, arena) : NULL;
}

static bool is_our_link(const struct place *place) {
	const struct stamp *seen = &place->seen;
	if (place->owned == NULL || place->owned->text == NULL || seen->kind != STAMP_LINK) {
		return false;
	}
	return seen->text != NULL && streq(seen->text, place->owned->text);
}

/* --- conflicts ----------------------------------------------------------------------------- */

static void conflict_at_target(struct build *build, uint32_t at) {
	const struct place *place = &build->input->places->items[at];
	const struct stamp *seen = &place->seen;
	struct arena *arena = build->arena;
	bool ours = place->owned != NULL && place->owned->text != NULL;
	struct conflict conflict = {
		.kind = CONFLICT_FOREIGN,
		.path = place->path,
		.target = place->path,
		.source = place->want->source,
		.what = stamp_describe(seen, arena),
		.from = declared_at(place, arena),
	};
	if (seen->kind == STAMP_HIDDEN) {
		conflict.kind = CONFLICT_HIDDEN;
	} else if (seen->kind == STAMP_LINK) {
		if (ours) {
			conflict.what = arena_printf(arena,
					"a link that was changed by hand: it leads to '%s', ours to '%s'",
					seen->text, place->owned->text);
		}
		conflict.hint = "remove the link, or change the registry, then sync again";
	} else {
		if (ours && (seen->kind == STAMP_FILE || seen->kind == STAMP_FOLDER)) {
			conflict.kind = CONFLICT_DETACHED;
			conflict.what = arena_printf(arena, "%s in the place of our link",
					conflict.what);
		}
		conflict.hint = "compare with 'lumina diff', then move it away and sync again";
	}
	plan_add_conflict(build->plan, conflict);
	build->fates[at] = FATE_CONFLICT;
}

/* NULL if a folder is there, or can be made. */
static const char *blocked_by(const struct place *folder, struct arena *arena) {
	const struct stamp *seen = &folder->seen;
	switch (seen->kind) {
	case STAMP_ABSENT:
	case STAMP_FOLDER:
		return NULL;
	case STAMP_FILE:
	case STAMP_OTHER:
		return arena_printf(arena, "%s, not a folder", stamp_describe(seen, arena));
	case STAMP_HIDDEN:
		return arena_printf(arena, "a folder that can't be read (%s)", strerror(seen->sys));
	case STAMP_LINK:
		break;
	}
	const char *link = stamp_describe(seen, arena);
	switch (seen->lead) {
	case LEAD_NONE: /* a link of ours that goes away */
	case LEAD_FOLDER:
		return NULL;
	case LEAD_PROFILE:
		return arena_printf(arena, "%s, which leads into the profile", link);
	case LEAD_FILE:
		return arena_printf(arena, "%s, which leads to no folder", link);
	case LEAD_NOWHERE:
		return arena_printf(arena, "%s, which leads nowhere", link);
	case LEAD_LOOP:
		return arena_printf(arena, "%s, which is a loop", link);
	case LEAD_HIDDEN:
		return arena_printf(arena, "%s, which can't be followed (%s)", link,
				strerror(seen->sys));
	}
	return NULL;
}

/* Checks the folders above a wanted link, the highest first; each is reported once. */
static bool parents_are_fit(struct build *build, uint32_t at, const struct place *target) {
	const struct places *places = build->input->places;
	if (at == 0) {
		return true;
	}
	const struct place *folder = &places->items[at];
	if (!parents_are_fit(build, folder->parent, target)) {
		return false;
	}
	if (build->fates[at] == FATE_CONFLICT) {
		return false;
	}
	const char *what = blocked_by(folder, build->arena);
	if (what == NULL) {
		return true;
	}
	build->fates[at] = FATE_CONFLICT;
	plan_add_conflict(build->plan,
			(struct conflict){
				.kind = CONFLICT_PARENT,
				.path = folder->path,
				.target = target->path,
				.source = target->want->source,
				.what = what,
				.hint = "move it away, or declare the link elsewhere, then sync again",
				.from = declared_at(target, build->arena),
			});
	return false;
}

/* --- deciding ------------------------------------------------------------------------------ */

/* Folders above a link that will be made: those that are missing are made too. */
static void need_parents(struct build *build, uint32_t at) {
	const struct places *places = build->input->places;
	for (; at != 0; at = places->items[at].parent) {
		const struct stamp *seen = &places->items[at].seen;
		bool swapped = seen->kind == STAMP_LINK && seen->lead == LEAD_NONE;
		if (seen->kind != STAMP_ABSENT && !swapped) {
			return;
		}
		build->fates[at] = FATE_FOLDER;
	}
}

/* A folder of ours with nothing in it but what goes away. */
static bool can_go(const struct build *build, uint32_t at) {
	const struct place *place = &build->input->places->items[at];
	return place->owned != NULL && place->owned->text == NULL && !place->wanted_below &&
			place->seen.kind == STAMP_FOLDER && place->seen.entries == build->going[at];
}

static void decide_wanted(struct build *build, uint32_t at) {
	const struct place *place = &build->input->places->items[at];
	if (build->fates[at] == FATE_CONFLICT || !parents_are_fit(build, place->parent, place)) {
		build->fates[at] = FATE_CONFLICT;
		return;
	}
	switch (place->seen.kind) {
	case STAMP_ABSENT:
		build->fates[at] = FATE_LINK;
		break;
	case STAMP_LINK:
		if (place->seen.right) {
			const char *text = place->seen.text; /* NULL: exactly the wanted one */
			const char *known = place->owned != NULL ? place->owned->text : NULL;
			size_t profile = strlen(build->input->profile);
			bool recorded = known != NULL &&
					(text != NULL ? streq(known, text)
						      : strncmp(known, build->input->profile,
									profile) == 0 &&
									known[profile] == '/' &&
									streq(known + profile + 1,
											place->want->source));
			build->fates[at] = recorded ? FATE_NOTHING : FATE_OWN;
			build->plan->in_place++;
		} else if (is_our_link(place)) {
			build->fates[at] = FATE_LINK;
		} else {
			conflict_at_target(build, at);
		}
		break;
	case STAMP_FOLDER:
		if (can_go(build, at)) {
			build->fates[at] = FATE_LINK;
		} else {
			conflict_at_target(build, at);
		}
		break;
	case STAMP_FILE:
	case STAMP_OTHER:
	case STAMP_HIDDEN:
		conflict_at_target(build, at);
		break;
	}
	if (build->fates[at] == FATE_LINK) {
		need_parents(build, place->parent);
	}
}

/* A tree that can't be listed declares nothing; what it declared once is left alone. */
static bool is_held(const struct build *build, const char *path) {
	const struct wants *wants = build->input->wants;
	for (size_t i = 0; i < wants->lost.count; i++) {
		if (path_is_under(path, wants->lost.items[i].decl->target)) {
			return true;
		}
	}
	return false;
}

/* Ours, declared no longer, and not to be seen: once for the folder that hides it. */
static void conflict_hidden(struct build *build, uint32_t at) {
	const struct places *places = build->input->places;
	uint32_t top = at;
	while (top != 0 && places->items[places->items[top].parent].seen.kind == STAMP_HIDDEN) {
		top = places->items[top].parent;
	}
	if (build->fates[top] != FATE_CONFLICT) {
		plan_add_conflict(build->plan,
				(struct conflict){
					.kind = CONFLICT_HIDDEN,
					.path = places->items[top].path,
					.target = places->items[at].path,
					.what = stamp_describe(&places->items[top].seen, build->arena),
					.hint = "make it readable, then sync again",
				});
	}
	build->fates[top] = build->fates[at] = FATE_CONFLICT;
}

static void decide_unwanted(struct build *build, uint32_t at) {
	const struct place *place = &build->input->places->items[at];
	if (place->owned == NULL || build->fates[at] == FATE_DISOWN ||
			is_held(build, place->path)) {
		return;
	}
	if (place->seen.kind == STAMP_HIDDEN) {
		conflict_hidden(build, at);
		return;
	}
	if (place->owned->text != NULL) {
		build->fates[at] = is_our_link(place) ? FATE_UNLINK : FATE_DISOWN;
	} else if (place->seen.kind != STAMP_FOLDER) {
		build->fates[at] = FATE_DISOWN;
	} else if (can_go(build, at)) {
		build->fates[at] = FATE_RMDIR;
	}
	if (build->fates[at] == FATE_UNLINK || build->fates[at] == FATE_RMDIR) {
		build->going[place->parent]++;
	}
}

/* --- one place under two names ------------------------------------------------------------- */

/* A path with the followed links above it resolved. */
struct resolved {
	const char *path;
	uint32_t at;
};

static int compare_resolved(const void *a, const void *b) {
	const struct resolved *left = a, *right = b;
	int order = strcmp(left->path, right->path);
	return order != 0 ? order : left->at < right->at ? -1 : left->at > right->at;
}

static const char *resolve(const struct build *build, uint32_t at) {
	const struct places *places = build->input->places;
	const char *path = places->items[at].path;
	uint32_t above = places->items[at].parent;
	while (above != 0 && places->items[above].seen.leads == NULL) {
		above = places->items[above].parent;
	}
	const char *base = above != 0 ? places->items[above].seen.leads : build->input->home;
	return path_join(base, path + strlen(places->items[above].path) + 1, build->arena);
}

/* Two targets that are the same file, by way of a link above one of them. */
static void meet(struct build *build, uint32_t first, uint32_t second) {
	const struct place *a = &build->input->places->items[first];
	const struct place *b = &build->input->places->items[second];
	if (a->want != NULL && b->want != NULL) {
		plan_add_conflict(build->plan,
				(struct conflict){
					.kind = CONFLICT_PARENT,
					.path = b->path,
					.target = b->path,
					.source = b->want->source,
					.what = arena_printf(build->arena,
							"the same place as '%s' (%s), by way of a link "
							"above it", a->path,
							declared_at(a, build->arena)),
					.hint = "declare it under one of the two names",
					.from = declared_at(b, build->arena),
				});
		build->fates[second] = FATE_CONFLICT;
	} else {
		/* Taken out under one name, still wanted under the other: not ours to remove. */
		build->fates[a->want != NULL ? second : first] = FATE_DISOWN;
	}
}

/* Only where links above targets are followed: by their real paths, neighbours after sorting. */
static void find_doubles(struct build *build) {
	const struct places *places = build->input->places;
	struct {
		struct resolved *items;
		size_t count, room;
	} real = {0};
	bool follows = false;
	for (uint32_t i = 1; i < places->count && !follows; i++) {
		follows = places->items[i].seen.leads != NULL;
	}
	for (uint32_t i = 1; follows && i < places->count; i++) {
		const struct place *place = &places->items[i];
		if (place->want != NULL || (place->owned != NULL && place->owned->text != NULL)) {
			VEC_ADD(&real, (struct resolved){resolve(build, i), i});
		}
	}
	if (real.count > 1) {
		qsort(real.items, real.count, sizeof(*real.items), compare_resolved);
	}
	for (size_t i = 1; i < real.count; i++) {
		if (streq(real.items[i - 1].path, real.items[i].path)) {
			meet(build, real.items[i - 1].at, real.items[i].at);
		}
	}
	VEC_RELEASE(&real);
}

/* --- writing it down ----------------------------------------------------------------------- */

/* Below a folder that becomes a link. */
static bool is_inside(const struct build *build, uint32_t at) {
	const struct places *places = build->input->places;
	while ((at = places->items[at].parent) != 0) {
		if (build->fates[at] == FATE_LINK) {
			return true;
		}
	}
	return false;
}

static struct op start_op(const struct place *place) {
	const struct stamp *seen = &place->seen;
	return (struct op){
		.path = place->path,
		.expect = {
			.kind = seen->kind,
			.text = seen->kind == STAMP_LINK ? seen->text : NULL,
			.dev = seen->dev,
			.ino = seen->ino,
			.mode = seen->mode,
		},
		.before = place->owned != NULL ? place->owned->text : NULL,
		.before_owned = place->owned != NULL,
	};
}

static const char *link_text(const struct build *build, const struct want *want) {
	return path_join(build->input->profile, want->source, build->arena);
}

static void emit(struct build *build, uint32_t at) {
	const struct place *place = &build->input->places->items[at];
	struct op op = start_op(place);
	switch (build->fates[at]) {
	case FATE_NOTHING:
	case FATE_CONFLICT:
		return;
	case FATE_LINK:
		assert(place->want != NULL);
		op.kind = OP_LINK;
		op.why = place->seen.kind == STAMP_ABSENT ? WHY_MISSING : WHY_ELSEWHERE;
		op.text = link_text(build, place->want);
		op.source = place->want->source;
		op.sensitive = target_is_sensitive(place->path);
		op.from_tree = place->want->decl->tree;
		op.from = declared_at(place, build->arena);
		break;
	case FATE_OWN:
		assert(place->want != NULL);
		op.kind = OP_OWN;
		op.why = WHY_RIGHT;
		op.source = place->want->source;
		op.text = place->seen.text != NULL ? place->seen.text
						   : link_text(build, place->want);
		op.expect.text = op.text;
		op.from = declared_at(place, build->arena);
		break;
	case FATE_UNLINK:
		op.kind = OP_UNLINK;
		op.why = WHY_STALE;
		op.inside = is_inside(build, at);
		build->plan->removals += !op.inside;
		break;
	case FATE_RMDIR:
		op.kind = OP_RMDIR;
		op.why = WHY_STALE;
		op.inside = is_inside(build, at);
		break;
	case FATE_FOLDER:
		op.kind = OP_FOLDER;
		op.why = WHY_PARENT;
		op.sensitive = target_is_sensitive(place->path);
		break;
	case FATE_DISOWN:
		op.kind = OP_DISOWN;
		op.why = WHY_GONE;
		break;
	}
	VEC_ADD(&build->plan->ops, op);
}

static void add_lost_trees(struct build *build) {
	const struct wants *wants = build->input->wants;
	for (size_t i = 0; i < wants->lost.count; i++) {
		const struct lost_tree *lost = &wants->lost.items[i];
		plan_add_conflict(build->plan,
				(struct conflict){
					.kind = CONFLICT_NO_SOURCE,
					.path = lost->decl->source,
					.target = lost->decl->target,
					.source = lost->decl->source,
					.what = arena_printf(build->arena,
							"the tree '%s' of the profile can't be listed: %s",
							lost->decl->source,
							lost->sys == EXDEV
									? "a link in its path leaves the profile"
									: strerror(lost->sys)),
					.hint = "put the folder back, or take the line out of the registry",
					.from = span_describe(lost->decl->source_at, build->arena),
				});
	}
}

static int compare_conflicts(const void *a, const void *b) {
	const struct conflict *left = a, *right = b;
	int order = path_compare(left->path, right->path);
	return order != 0 ? order : path_compare(left->target, right->target);
}

void plan_build(struct plan *plan, const struct plan_input *input, struct arena *arena) {
	const struct places *places = input->places;
	struct build build = {
		.plan = plan,
		.input = input,
		.arena = arena,
		.fates = xcalloc(places->count, sizeof(*build.fates)),
		.going = xcalloc(places->count, sizeof(*build.going)),
	};
	*plan = (struct plan){0};
	add_lost_trees(&build);
	find_doubles(&build);
	/* From the end: what is below a folder is decided before the folder. */
	for (uint32_t i = (uint32_t)places->count; i-- > 1;) {
		const struct place *place = &places->items[i];
		if (place->want == NULL) {
			decide_unwanted(&build, i);
		}
	}
	for (uint32_t i = 1; i < places->count; i++) {
		if (places->items[i].want != NULL) {
			decide_wanted(&build, i);
		}
	}
	for (uint32_t i = 1; i < places->count; i++) {
		const struct place *place = &places->items[i];
		plan->owned += place->owned != NULL && place->owned->text != NULL &&
				build.fates[i] != FATE_DISOWN;
		if (place->seen.lead == LEAD_FOLDER) {
			VEC_ADD(&plan->followed, (struct followed){place->path});
		}
		emit(&build, i);
	}
	if (plan->conflicts.count > 1) {
		qsort(plan->conflicts.items, plan->conflicts.count, sizeof(*plan->conflicts.items),
				compare_conflicts);
	}
	free(build.fates);
	free(build.going);
}
