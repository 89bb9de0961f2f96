/* SPDX-License-Identifier: MIT */
#include "plan/build.h"

#include <errno.h>
#include <string.h>

#include "base/path.h"
#include "base/vec.h"

const char *place_declared_at(const struct place *place, struct arena *arena) {
	return place->want != NULL ? span_describe(place->want->decl->at, arena) : NULL;
}

bool place_is_our_link(const struct place *place) {
	const struct stamp *seen = &place->seen;
	if (place->owned == NULL || place->owned->text == NULL || seen->kind != STAMP_LINK) {
		return false;
	}
	return seen->text != NULL && streq(seen->text, place->owned->text);
}

/* --- conflicts ----------------------------------------------------------------------------- */

/* What is on another file system goes to the backups by a copy: no folder, then. */
static bool can_be_kept(const struct stamp *seen, const struct plan_input *input) {
	return seen->kind == STAMP_FILE || seen->kind == STAMP_LINK ||
			seen->dev == input->state_dev;
}

/* A person's object, moved where the person asked for. */
static bool resolve_target(struct build *build, uint32_t at) {
	const struct plan_input *input = build->input;
	const struct place *place = &input->places->items[at];
	const struct stamp *seen = &place->seen;
	bool whole = seen->kind == STAMP_FILE || seen->kind == STAMP_FOLDER;
	bool movable = whole || seen->kind == STAMP_LINK || seen->kind == STAMP_OTHER;
	/* With links of ours in it, it is more than one object. */
	if (!movable || place->above) {
		return false;
	}
	if (input->resolve == RESOLVE_BACKUP && can_be_kept(seen, input)) {
		build->fates[at] = FATE_BACKUP;
		return true;
	}
	const struct stamp *there = place->partner != NULL ? &place->partner->seen : NULL;
	if (input->resolve != RESOLVE_ADOPT || !whole || there == NULL ||
			there->kind == STAMP_HIDDEN || there->kind == STAMP_OTHER) {
		return false;
	}
	bool same = there->kind == STAMP_FILE && seen->ino != 0 && seen->ino == there->ino &&
			seen->dev == there->dev;
	if (same && can_be_kept(seen, input)) {
		/* Two names of one file: there is nothing to move into the profile. */
		build->fates[at] = FATE_BACKUP;
		return true;
	}
	bool near = seen->dev == there->dev;
	bool keepable = there->kind == STAMP_ABSENT || can_be_kept(there, input);
	/* To another file system it goes by a copy; the object itself is kept as a backup. */
	if (keepable && (near || seen->kind == STAMP_FILE)) {
		build->fates[at] = near ? FATE_ADOPT : FATE_COPY;
		return true;
	}
	return false;
}

static const char *conflict_hint(enum resolve resolve, const struct place *place,
		const struct conflict *conflict) {
	if (place->want->text != NULL) {
		return "it comes from the template: put what you want to keep in there; 'lumina sync "
		       "--backup' moves this one to the backups";
	}
	if (resolve != RESOLVE_NOT) {
		return "it can't be moved from here (another file system, or no file or folder): "
		       "move it away by hand";
	}
	return conflict->kind == CONFLICT_DETACHED
			? "compare with 'lumina diff', then 'lumina absorb' takes one of the two"
			: "compare with 'lumina diff'; 'lumina sync --adopt' takes it into the "
			  "profile, '--backup' moves it to the backups";
}

void clash_at_target(struct build *build, uint32_t at) {
	const struct place *place = &build->input->places->items[at];
	const struct stamp *seen = &place->seen;
	struct arena *arena = build->arena;
	if (resolve_target(build, at)) {
		return;
	}
	bool ours = place->owned != NULL && place->owned->text != NULL;
	struct conflict conflict = {
		.kind = CONFLICT_FOREIGN,
		.path = place->path,
		.target = place->path,
		.source = place->want->source,
		.what = stamp_describe(seen, arena),
		.from = place_declared_at(place, arena),
	};
	if (seen->kind == STAMP_HIDDEN) {
		conflict.kind = CONFLICT_HIDDEN;
	} else if (seen->kind == STAMP_LINK) {
		if (ours) {
			conflict.what = arena_printf(arena,
					"a link that was changed by hand: it leads to '%s', ours to '%s'",
					seen->text, place->owned->text);
		}
		conflict.hint = "'lumina sync --backup' moves it to the backups; or change the "
				"registry";
	} else {
		if (ours && (seen->kind == STAMP_FILE || seen->kind == STAMP_FOLDER)) {
			conflict.kind = CONFLICT_DETACHED;
			conflict.what = arena_printf(arena, "%s in the place of our link",
					conflict.what);
		}
		conflict.hint = conflict_hint(build->input->resolve, place, &conflict);
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
bool clash_parents_are_fit(struct build *build, uint32_t at, const struct place *target) {
	const struct places *places = build->input->places;
	if (at == 0) {
		return true;
	}
	const struct place *folder = &places->items[at];
	if (!clash_parents_are_fit(build, folder->parent, target)) {
		return false;
	}
	if (build->fates[at] == FATE_CONFLICT) {
		return false;
	}
	const char *what = blocked_by(folder, build->arena);
	if (what == NULL) {
		return true;
	}
	bool hidden = folder->seen.kind == STAMP_HIDDEN || folder->seen.lead == LEAD_HIDDEN;
	if (build->input->resolve == RESOLVE_BACKUP && !hidden &&
			can_be_kept(&folder->seen, build->input)) {
		build->fates[at] = FATE_FOLDER_BACKUP;
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
				.hint = "'lumina sync --backup' moves it to the backups; or declare "
					"the link elsewhere",
				.from = place_declared_at(target, build->arena),
			});
	return false;
}

/* Ours, declared no longer, and not to be seen: once for the folder that hides it. */
void clash_hidden(struct build *build, uint32_t at) {
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
							place_declared_at(a, build->arena)),
					.hint = "declare it under one of the two names",
					.from = place_declared_at(b, build->arena),
				});
		build->fates[second] = FATE_CONFLICT;
	} else {
		/* Taken out under one name, still wanted under the other: not ours to remove. */
		build->fates[a->want != NULL ? second : first] = FATE_DISOWN;
	}
}

/* Only where links above targets are followed: by their real paths, neighbours after sorting. */
void clash_find_doubles(struct build *build) {
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


/* --- sources that hang together ------------------------------------------------------------ */

struct used {
	const char *source;
	uint32_t at;
};

static int compare_used(const void *a, const void *b) {
	const struct used *left = a, *right = b;
	int order = path_compare(left->source, right->source);
	return order != 0 ? order : left->at < right->at ? -1 : left->at > right->at;
}

static bool is_adopted(const struct build *build, uint32_t at) {
	return build->fates[at] == FATE_ADOPT || build->fates[at] == FATE_COPY;
}

static void conflict_nested(struct build *build, uint32_t at, uint32_t other) {
	const struct place *place = &build->input->places->items[at];
	const struct place *above = &build->input->places->items[other];
	bool same = streq(place->want->source, above->want->source);
	plan_add_conflict(build->plan, (struct conflict){
		.kind = CONFLICT_FOREIGN,
		.path = place->path,
		.target = place->path,
		.source = place->want->source,
		.what = arena_printf(build->arena, same ? "it would become the same source as '%s'"
							: "its source lies in that of '%s', which would "
							  "be replaced", above->path),
		.hint = "move one of the two away by hand",
		.from = place_declared_at(place, build->arena),
	});
	build->fates[at] = FATE_CONFLICT;
}

void clash_find_nested_sources(struct build *build) {
	const struct places *places = build->input->places;
	struct {
		struct used *items;
		size_t count, room;
	} used = {0};
	for (uint32_t i = 1; i < places->count; i++) {
		if (places->items[i].want != NULL && places->items[i].want->text == NULL) {
			VEC_ADD(&used, (struct used){places->items[i].want->source, i});
		}
	}
	if (used.count > 1) {
		qsort(used.items, used.count, sizeof(*used.items), compare_used);
	}
	const struct used *above = NULL;
	for (size_t i = 0; i < used.count; i++) {
		const struct used *item = &used.items[i];
		bool below = above != NULL && path_is_under(item->source, above->source);
		bool same = below && streq(item->source, above->source);
		if (below && (!same || is_adopted(build, item->at))) {
			conflict_nested(build, item->at, above->at);
		} else if (is_adopted(build, item->at)) {
			above = item;
		}
	}
	VEC_RELEASE(&used);
}
