/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/path.h"
#include "base/vec.h"
#include "plan/back.h"

struct planning {
	struct back *back;
	struct plan *plan;
	const char *profile;
	dev_t state_dev;
};

static int compare_place(const void *path, const void *place) {
	return path_compare(path, ((const struct back_place *)place)->path);
}

static struct back_place *find(const struct back *back, const char *path) {
	return bsearch(path, back->places.items, back->places.count, sizeof(*back->places.items),
			compare_place);
}

const struct back_place *back_slot_of(const struct back *back, const struct back_place *place) {
	const struct back_place *from = place->then.kind == BACK_OBJECT
			? find(back, place->then.at) : NULL;
	return from != NULL && from->slot ? from : NULL;
}

/* The place that the object which is at this one goes to; NULL: nowhere known. */
static struct back_place *goal_of(const struct back *back, const struct back_place *place) {
	return place->goal > 0 ? &back->places.items[place->goal - 1] : NULL;
}

static void find_goals(struct back *back) {
	for (size_t i = 0; i < back->places.count; i++) {
		const struct back_place *place = &back->places.items[i];
		struct back_place *from = place->then.kind == BACK_OBJECT
				? find(back, place->then.at) : NULL;
		if (from != NULL) {
			from->goal = i + 1;
		}
	}
}

/* NULL, or the place that the object for this one is at now, if that is no slot. */
static struct back_place *giver_of(const struct back *back, const struct back_place *place) {
	if (place->then.kind != BACK_OBJECT) {
		return NULL;
	}
	struct back_place *from = find(back, place->then.at);
	return from != NULL && !from->slot && from != place ? from : NULL;
}

static const char *source_of(const struct planning *planning, const char *text) {
	return path_is_under(text, planning->profile) && !streq(text, planning->profile)
			? text + strlen(planning->profile) + 1
			: NULL;
}

/* What goes with another place is left with it. */
static void leave_together(struct back *back) {
	bool changed = true;
	while (changed) {
		changed = false;
		for (size_t i = 0; i < back->places.count; i++) {
			struct back_place *place = &back->places.items[i];
			struct back_place *giver = place->slot ? NULL : giver_of(back, place);
			if (giver != NULL && giver->left != place->left) {
				giver->left = place->left = changed = true;
			}
		}
	}
}

/* Folders that would have to go to the backups, which are on another file system. */
static void leave_far_folders(struct planning *planning) {
	struct back *back = planning->back;
	for (size_t i = 0; i < back->places.count; i++) {
		struct back_place *place = &back->places.items[i];
		if (place->slot || place->left || !back_changes(place) ||
				place->now.kind != BACK_OBJECT ||
				place->seen.kind != STAMP_FOLDER ||
				place->seen.dev == planning->state_dev) {
			continue;
		}
		const struct back_place *goal = goal_of(back, place);
		if (goal == NULL || goal->slot) {
			place->left = true;
			place->why = "it is a folder on another file system than the backups, and can't "
				     "be moved there; left as it is";
		}
	}
}

static struct op start(const struct planning *planning, const struct back_place *place,
		enum op_kind kind) {
	bool removes = kind == OP_UNLINK || kind == OP_RMDIR;
	return (struct op){
		.kind = kind,
		.why = WHY_UNDONE,
		.path = place->path,
		.phase = !place->profile ? PHASE_MAIN : removes ? PHASE_LAST : PHASE_FIRST,
		.theirs = place->profile,
		.source_known = true,
		.sensitive = !place->profile && target_is_sensitive(place->path),
		.expect = expect_of(&place->seen),
		.far = place->seen.dev != planning->state_dev,
	};
}

/* An object that has to go: to the slot that is its own, or to a new one. */
static void keep_old(const struct planning *planning, const struct back_place *place,
		struct op *op) {
	op->keeps = place->now.kind == BACK_OBJECT;
	const struct back_place *goal = op->keeps ? goal_of(planning->back, place) : NULL;
	/* Its own slot, unless something is left in there; then a new one. */
	bool vacant = goal != NULL && goal->slot && goal->seen.kind == STAMP_ABSENT;
	op->keep = vacant ? goal->path : NULL;
}

/* The object that comes back from a slot: by a copy, it gets another inode. */
static void take_from(const struct back_place *slot, struct op *op) {
	op->take = slot->path;
	op->becomes = expect_of(&slot->seen);
	if (op->far && op->becomes.kind == STAMP_FILE) {
		op->becomes.ino = 0;
	}
}

/* One of the two is a target, the other its source: one operation for both. */
static bool is_trade(const struct back_place *from, const struct back_place *to) {
	return from->profile != to->profile && from->then.kind != BACK_FOLDER &&
			to->now.kind != BACK_FOLDER;
}

/* What comes to the place that an object leaves, if it isn't a link. */
static bool take_next(const struct planning *planning, const struct back_place *from,
		struct op *op) {
	if (from->then.kind != BACK_OBJECT) {
		return from->then.kind == BACK_NOTHING || !from->profile;
	}
	const struct back_place *slot = find(planning->back, from->then.at);
	if (slot == NULL || !slot->slot) {
		return false;
	}
	take_from(slot, op);
	return true;
}

/* The object at `from` moves to `to`; false if no operation can say how. */
static bool trade(struct planning *planning, const struct back_place *from,
		const struct back_place *to) {
	bool adopts = to->profile;
	struct op op = start(planning, adopts ? from : to, adopts ? OP_ADOPT : OP_RETURN);
	const struct back_place *partner = adopts ? to : from;
	op.partner = partner->path;
	op.there = expect_of(&partner->seen);
	if (adopts && from->then.kind == BACK_LINK) {
		op.text = from->then.text;
		op.source = source_of(planning, op.text);
	} else if (!adopts) {
		op.text = to->then.instead;
	}
	keep_old(planning, to, &op);
	if (!take_next(planning, from, &op)) {
		return false;
	}
	VEC_ADD(&planning->plan->ops, op);
	return true;
}

static void plan_object(struct planning *planning, struct back_place *place) {
	struct back_place *giver = giver_of(planning->back, place);
	if (giver != NULL) {
		if (!is_trade(giver, place) || !trade(planning, giver, place)) {
			planning->back->tangled = place->path;
		}
		return;
	}
	const struct back_place *slot = find(planning->back, place->then.at);
	assert(slot != NULL);
	struct op op = start(planning, place, OP_FILE);
	keep_old(planning, place, &op);
	take_from(slot, &op);
	op.theirs = true;
	op.text = place->then.instead;
	VEC_ADD(&planning->plan->ops, op);
}

static void plan_place(struct planning *planning, struct back_place *place) {
	struct back *back = planning->back;
	struct back_place *goal = place->now.kind == BACK_OBJECT ? goal_of(back, place)
								  : NULL;
	if (goal != NULL && !goal->slot && is_trade(place, goal)) {
		return;
	}
	struct op op = start(planning, place, OP_LINK);
	keep_old(planning, place, &op);
	switch (place->then.kind) {
	case BACK_OBJECT:
		plan_object(planning, place);
		return;
	case BACK_LINK:
		op.text = place->then.text;
		op.source = source_of(planning, op.text);
		break;
	case BACK_FOLDER:
		op.kind = OP_FOLDER;
		break;
	case BACK_NOTHING:
		op = start(planning, place,
				place->now.kind == BACK_FOLDER ? OP_RMDIR : OP_UNLINK);
		keep_old(planning, place, &op);
		break;
	}
	VEC_ADD(&planning->plan->ops, op);
}

/* A folder goes only with nothing in it but what goes too. */
static size_t count_going(const struct plan *plan, const char *folder) {
	size_t count = 0, length = strlen(folder);
	for (size_t i = 0; i < plan->ops.count; i++) {
		const struct op *op = &plan->ops.items[i];
		const char *gone = op->kind == OP_UNLINK || op->kind == OP_RMDIR ? op->path
				: op->kind == OP_RETURN && op->take == NULL ? op->partner : NULL;
		count += gone != NULL && path_is_under(gone, folder) &&
				strchr(gone + length + 1, '/') == NULL && gone[length] == '/';
	}
	return count;
}

static void drop(struct plan *plan, size_t at) {
	memmove(&plan->ops.items[at], &plan->ops.items[at + 1],
			(plan->ops.count - at - 1) * sizeof(*plan->ops.items));
	plan->ops.count--;
}

/* A folder of ours that something else was to take the place of stays, with all in it. */
static void drop_swap(struct planning *planning, size_t at) {
	struct plan *plan = planning->plan;
	struct back_place *place = find(planning->back, plan->ops.items[at].path);
	assert(place != NULL);
	place->left = true;
	place->why = "there is something else in the folder by now; left as it is";
	for (size_t i = plan->ops.count; i-- > 0;) {
		if (path_is_under(plan->ops.items[i].path, place->path)) {
			drop(plan, i);
		}
	}
}

static void drop_full_folders(struct planning *planning) {
	struct plan *plan = planning->plan;
	/* From the end: what is below a folder is decided before the folder. */
	for (size_t i = plan->ops.count; i-- > 0;) {
		const struct op *op = &plan->ops.items[i];
		if (op->kind != OP_RMDIR && !op_replaces_folder(op)) {
			continue;
		}
		const struct back_place *place = find(planning->back, op->path);
		assert(place != NULL);
		if (place->seen.entries == count_going(plan, op->path)) {
			continue;
		}
		if (op->kind == OP_RMDIR) {
			drop(plan, i);
		} else {
			drop_swap(planning, i);
			i = i < plan->ops.count ? i : plan->ops.count;
		}
	}
}

/* Below a folder of ours that a link replaces as a whole. */
static void mark_inside(struct plan *plan) {
	const struct op *above = NULL;
	for (size_t i = 0; i < plan->ops.count; i++) {
		struct op *op = &plan->ops.items[i];
		if (above != NULL && path_is_under(op->path, above->path)) {
			op->inside = op->kind == OP_UNLINK || op->kind == OP_RMDIR;
		} else {
			above = op_replaces_folder(op) ? op : NULL;
		}
	}
}

/* A link that is made anew may not have been ours; one that stands is owned, or given up. */
static void plan_record(struct planning *planning, const struct back_record *record) {
	struct plan *plan = planning->plan;
	for (size_t i = 0; i < plan->ops.count; i++) {
		struct op *op = &plan->ops.items[i];
		if (streq(op->path, record->path)) {
			op->theirs = op->theirs || (op->kind == OP_LINK && !record->owned);
			return;
		}
	}
	VEC_ADD(&plan->ops, (struct op){
		.kind = record->owned ? OP_OWN : OP_DISOWN,
		.why = WHY_UNDONE,
		.phase = PHASE_MAIN,
		.path = record->path,
		.text = record->owned ? record->text : NULL,
		.expect = {.kind = STAMP_LINK, .text = record->text},
		.before = record->owned ? NULL : record->text,
		.before_owned = !record->owned,
	});
}

void back_plan(struct back *back, struct plan *plan, const char *profile, dev_t state_dev) {
	struct planning planning = {back, plan, profile, state_dev};
	find_goals(back);
	leave_far_folders(&planning);
	leave_together(back);
	for (size_t i = 0; i < back->places.count; i++) {
		struct back_place *place = &back->places.items[i];
		if (back_changes(place) && !place->left) {
			plan_place(&planning, place);
		}
	}
	for (size_t i = 0; i < back->places.count; i++) {
		const struct back_place *place = &back->places.items[i];
		/* A link of ours that is to go, and is gone already. */
		if (place->left && !place->profile && place->now.kind == BACK_LINK &&
				place->then.kind == BACK_NOTHING && back_is_as(place, &place->then)) {
			plan_record(&planning,
					&(struct back_record){place->path, place->now.text, false});
		}
	}
	for (size_t i = 0; i < back->records.count; i++) {
		plan_record(&planning, &back->records.items[i]);
	}
	plan_sort(plan);
	drop_full_folders(&planning);
	mark_inside(plan);
}
