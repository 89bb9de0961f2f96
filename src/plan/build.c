/* SPDX-License-Identifier: MIT */
#include "plan/build.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/path.h"
#include "base/vec.h"

/* --- deciding ------------------------------------------------------------------------------ */

/* Folders above a link that will be made: those that are missing are made too. */
static void need_parents(struct build *build, uint32_t at) {
	const struct places *places = build->input->places;
	for (; at != 0; at = places->items[at].parent) {
		const struct stamp *seen = &places->items[at].seen;
		bool swapped = seen->kind == STAMP_LINK && seen->lead == LEAD_NONE;
		if (build->fates[at] == FATE_FOLDER_BACKUP) {
			continue;
		}
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

static bool makes_link(enum fate fate) {
	return fate == FATE_LINK || fate == FATE_BACKUP || fate == FATE_ADOPT ||
			fate == FATE_COPY;
}

/* `text` is what the wanted link says; nothing is put together for that. */
static bool is_text_of(const struct build *build, const struct place *place, const char *text) {
	size_t profile = strlen(build->input->profile);
	if (place->want->text != NULL) {
		return streq(text, place->want->text);
	}
	return strncmp(text, build->input->profile, profile) == 0 && text[profile] == '/' &&
			streq(text + profile + 1, place->want->source);
}

static void decide_wanted(struct build *build, uint32_t at) {
	const struct place *place = &build->input->places->items[at];
	if (build->fates[at] == FATE_CONFLICT || !clash_parents_are_fit(build, place->parent, place)) {
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
			bool recorded = known != NULL &&
					(text != NULL ? streq(known, text) : is_text_of(build, place, known));
			build->fates[at] = recorded ? FATE_NOTHING : FATE_OWN;
			build->plan->in_place++;
		} else if (place_is_our_link(place)) {
			build->fates[at] = FATE_LINK;
		} else {
			clash_at_target(build, at);
		}
		break;
	case STAMP_FOLDER:
		if (can_go(build, at)) {
			build->fates[at] = FATE_LINK;
		} else {
			clash_at_target(build, at);
		}
		break;
	case STAMP_FILE:
	case STAMP_OTHER:
	case STAMP_HIDDEN:
		clash_at_target(build, at);
		break;
	}
	if (makes_link(build->fates[at])) {
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

static void decide_unwanted(struct build *build, uint32_t at) {
	const struct place *place = &build->input->places->items[at];
	if (place->owned == NULL || build->fates[at] == FATE_DISOWN ||
			is_held(build, place->path)) {
		return;
	}
	if (place->seen.kind == STAMP_HIDDEN) {
		clash_hidden(build, at);
		return;
	}
	if (place->owned->text != NULL) {
		build->fates[at] = place_is_our_link(place) ? FATE_UNLINK : FATE_DISOWN;
	} else if (place->seen.kind != STAMP_FOLDER) {
		build->fates[at] = FATE_DISOWN;
	} else if (can_go(build, at)) {
		build->fates[at] = FATE_RMDIR;
	}
	if (build->fates[at] == FATE_UNLINK || build->fates[at] == FATE_RMDIR) {
		build->going[place->parent]++;
	}
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
	return (struct op){
		.phase = PHASE_MAIN,
		.path = place->path,
		.expect = expect_of(&place->seen),
		.before = place->owned != NULL ? place->owned->text : NULL,
		.before_owned = place->owned != NULL,
	};
}

static const char *link_text(const struct build *build, const struct want *want) {
	return want_text(want, build->input->profile, build->arena);
}

/* A file that gets into the backups by a copy only. */
static bool is_far(const struct build *build, const struct stamp *seen) {
	return seen->kind == STAMP_FILE && seen->dev != build->input->state_dev;
}

static void set_link(const struct build *build, const struct place *place, struct op *op) {
	assert(place->want != NULL);
	op->kind = OP_LINK;
	op->why = WHY_IN_THE_WAY;
	op->text = link_text(build, place->want);
	op->source = place->want->source;
	op->sensitive = target_is_sensitive(place->path);
	op->source_known = place->want->decl->tree;
	op->from = place_declared_at(place, build->arena);
}

/* The profile is on another file system: the source becomes a copy of what stands there. */
static void emit_copy(struct build *build, const struct place *place) {
	const struct stamp *there = &place->partner->seen;
	struct expect copy = expect_of(&place->seen);
	copy.ino = 0;
	VEC_ADD(&build->plan->ops, (struct op){
		.kind = OP_FILE,
		.why = WHY_IN_THE_WAY,
		.phase = PHASE_FIRST,
		.theirs = true,
		.path = place->partner->path,
		.source = place->want->source,
		.expect = expect_of(there),
		.becomes = copy,
		.origin = path_from_home(place->path, build->input->home, build->arena),
		.keeps = there->kind != STAMP_ABSENT,
		.far = is_far(build, there),
		.from = place_declared_at(place, build->arena),
	});
	build->sorted = false;
}

static void emit(struct build *build, uint32_t at) {
	const struct place *place = &build->input->places->items[at];
	struct op op = start_op(place);
	switch (build->fates[at]) {
	case FATE_NOTHING:
	case FATE_CONFLICT:
		return;
	case FATE_LINK:
		set_link(build, place, &op);
		op.why = place->seen.kind == STAMP_ABSENT ? WHY_MISSING : WHY_ELSEWHERE;
		break;
	case FATE_COPY:
		emit_copy(build, place);
		__attribute__((fallthrough));
	case FATE_BACKUP:
		set_link(build, place, &op);
		op.keeps = true;
		op.far = is_far(build, &place->seen);
		op.source_known = op.source_known || build->fates[at] == FATE_COPY;
		break;
	case FATE_ADOPT:
		set_link(build, place, &op);
		op.kind = OP_ADOPT;
		op.partner = place->partner->path;
		op.there = expect_of(&place->partner->seen);
		op.keeps = op.there.kind != STAMP_ABSENT;
		op.far = is_far(build, &place->partner->seen);
		break;
	case FATE_OWN:
		assert(place->want != NULL);
		op.kind = OP_OWN;
		op.why = WHY_RIGHT;
		op.source = place->want->source;
		op.text = place->seen.text != NULL ? place->seen.text
						   : link_text(build, place->want);
		op.expect.text = op.text;
		op.from = place_declared_at(place, build->arena);
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
	case FATE_FOLDER_BACKUP:
		op.kind = OP_FOLDER;
		op.why = WHY_PARENT;
		op.sensitive = target_is_sensitive(place->path);
		op.keeps = build->fates[at] == FATE_FOLDER_BACKUP;
		op.far = op.keeps && is_far(build, &place->seen);
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
		.sorted = true,
	};
	*plan = (struct plan){0};
	add_lost_trees(&build);
	clash_find_doubles(&build);
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
	if (input->resolve == RESOLVE_ADOPT) {
		clash_find_nested_sources(&build);
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
	if (!build.sorted) {
		plan_sort(plan);
	}
	free(build.fates);
	free(build.going);
}
