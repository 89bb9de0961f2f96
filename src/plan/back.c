/* SPDX-License-Identifier: MIT */
#include "plan/back.h"

#include <string.h>

#include "base/hash.h"
#include "base/path.h"
#include "base/vec.h"

void back_release(struct back *back) {
	VEC_RELEASE(&back->places);
	VEC_RELEASE(&back->edits);
	VEC_RELEASE(&back->records);
}

/* --- following what is where --------------------------------------------------------------- */

/*
 * While composing, places are found by a hash of their path: chains through `next`,
 * beside the places themselves.
 */
struct compose {
	struct back *back;
	struct arena *arena;
	size_t *heads, nheads; /* index + 1 */
	struct {
		size_t *items;
		size_t count, room;
	} next;
};

static size_t hash_of(const struct compose *compose, const char *path) {
	return hash64(path, strlen(path)) & (compose->nheads - 1);
}

/* Valid until the next call. A path that is new holds `now`, as the generations know it. */
static struct back_place *place_at(struct compose *compose, const char *path, bool slot,
		const struct back_thing *now) {
	struct back *back = compose->back;
	size_t head = hash_of(compose, path);
	for (size_t i = compose->heads[head]; i != 0 && compose->next.items != NULL;
			i = compose->next.items[i - 1]) {
		if (streq(back->places.items[i - 1].path, path)) {
			return &back->places.items[i - 1];
		}
	}
	struct back_place place = {.path = path, .slot = slot, .now = *now, .then = *now};
	if (now->kind == BACK_OBJECT) {
		place.now.at = place.then.at = path;
	}
	VEC_ADD(&back->places, place);
	VEC_ADD(&compose->next, compose->heads[head]);
	compose->heads[head] = back->places.count;
	return &back->places.items[back->places.count - 1];
}

static struct back_thing link_thing(const char *text) {
	return (struct back_thing){.kind = BACK_LINK, .text = text};
}

static struct back_thing object_thing(const struct expect *object) {
	return (struct back_thing){.kind = BACK_OBJECT, .object = *object};
}

/* What an operation found at its path. */
static struct back_thing thing_before(const struct op *op) {
	if (op->keeps) {
		struct back_thing thing = object_thing(&op->expect);
		thing.instead = op->before;
		return thing;
	}
	switch (op->expect.kind) {
	case STAMP_LINK:
		return link_thing(op->expect.text);
	case STAMP_FOLDER:
		return (struct back_thing){.kind = BACK_FOLDER};
	case STAMP_ABSENT:
	case STAMP_FILE:
	case STAMP_OTHER:
	case STAMP_HIDDEN:
		break;
	}
	return (struct back_thing){.kind = BACK_NOTHING};
}

/* And what it left there. */
static struct back_thing thing_after(const struct op *op) {
	static const struct expect folder = {.kind = STAMP_FOLDER};
	switch (op->kind) {
	case OP_LINK:
	case OP_ADOPT:
		return link_thing(op->text);
	case OP_FOLDER:
		return op->theirs && op->phase == PHASE_MAIN
				? object_thing(&folder)
				: (struct back_thing){.kind = BACK_FOLDER};
	case OP_FILE:
		return object_thing(&op->becomes);
	case OP_UNLINK:
	case OP_RMDIR:
	case OP_OWN:
	case OP_DISOWN:
	case OP_RETURN:
	case OP_EDIT:
		break;
	}
	return (struct back_thing){.kind = BACK_NOTHING};
}

/* Where what an operation made is kept while it is away. */
static const char *slot_of_made(const struct compose *compose, const struct back_step *step,
		const struct op *op) {
	return arena_printf(compose->arena, "%s/%zu-new-%.200s", step->folder,
			(size_t)(op - step->ops), path_name(op->path));
}

/* Something leaves a path: an object goes to its slot, the rest is made anew when needed. */
static void put_away(struct compose *compose, const struct back_thing *thing,
		const char *slot) {
	if (thing->kind == BACK_OBJECT && slot != NULL) {
		struct back_thing here = {.kind = BACK_OBJECT};
		place_at(compose, slot, true, &here)->then = *thing;
	}
}

/* What comes to a path: an object from its slot. */
static struct back_thing fetch(struct compose *compose, const struct back_thing *thing,
		const char *slot) {
	if (thing->kind != BACK_OBJECT || slot == NULL) {
		return *thing;
	}
	struct back_thing here = *thing;
	struct back_place *from = place_at(compose, slot, true, &here);
	struct back_thing found = from->then;
	from->then = (struct back_thing){.kind = BACK_NOTHING};
	return found;
}

/* The later word on a path counts. */
static void set_record(struct back *back, const struct op *op, const char *text, bool owned) {
	struct back_record record = {op->path, text, owned};
	for (size_t i = 0; i < back->records.count; i++) {
		if (streq(back->records.items[i].path, op->path)) {
			back->records.items[i] = record;
			return;
		}
	}
	VEC_ADD(&back->records, record);
}

static void forget_record(struct back *back, const char *path) {
	for (size_t i = 0; i < back->records.count; i++) {
		if (streq(back->records.items[i].path, path)) {
			back->records.items[i] = back->records.items[--back->records.count];
			return;
		}
	}
}

static void take_simple(struct compose *compose, const struct back_step *step,
		const struct op *op) {
	struct back_thing before = thing_before(op), after = thing_after(op);
	const char *made = after.kind == BACK_OBJECT ? slot_of_made(compose, step, op) : NULL;
	const struct back_thing *from = step->forward ? &before : &after;
	const struct back_thing *to = step->forward ? &after : &before;
	const char *from_slot = step->forward ? op->keep : made;
	const char *to_slot = step->forward ? made : op->keep;
	struct back_thing leaving = place_at(compose, op->path, false, from)->then;
	put_away(compose, &leaving, from_slot);
	struct back_thing coming = fetch(compose, to, to_slot);
	coming.instead = to->instead;
	struct back_place *place = place_at(compose, op->path, false, from);
	forget_record(compose->back, op->path);
	place->then = coming;
	place->profile = place->profile || op->phase != PHASE_MAIN;
}

static void take_adopt(struct compose *compose, const struct back_step *step,
		const struct op *op) {
	const struct back_thing link = link_thing(op->text);
	struct back_thing x = object_thing(&op->expect), y = object_thing(&op->there);
	const char *instead = op->before;
	const struct back_thing nothing = {.kind = BACK_NOTHING};
	const struct back_thing *old = op->keeps ? &y : &nothing;
	if (step->forward) {
		struct back_thing object = place_at(compose, op->path, false, &x)->then;
		struct back_thing leaving = place_at(compose, op->partner, false, old)->then;
		put_away(compose, &leaving, op->keep);
		place_at(compose, op->partner, false, old)->then = object;
		place_at(compose, op->path, false, &x)->then = link;
	} else {
		(void)place_at(compose, op->path, false, &link);
		struct back_thing object = place_at(compose, op->partner, false, &x)->then;
		struct back_thing coming = fetch(compose, old, op->keep);
		place_at(compose, op->partner, false, &x)->then = coming;
		object.instead = instead;
		place_at(compose, op->path, false, &link)->then = object;
	}
	place_at(compose, op->partner, false, old)->profile = true;
	forget_record(compose->back, op->path);
}

static void take_edits(struct compose *compose, const struct back_step *step,
		const struct op *op) {
	size_t count = op->rewrite->edits.count;
	for (size_t i = 0; i < count; i++) {
		const struct edit *edit =
				&op->rewrite->edits.items[step->forward ? i : count - 1 - i];
		VEC_ADD(&compose->back->edits,
				(struct back_edit){op->path,
						step->forward ? *edit : edit_invert(edit)});
	}
}

/* Forward over a link that was found gone, or replaced: it isn't made again. */
static void let_go(struct compose *compose, const struct op *op) {
	const struct back_thing nothing = {.kind = BACK_NOTHING};
	size_t count = compose->back->places.count;
	struct back_place *place = place_at(compose, op->path, false, &nothing);
	bool known = compose->back->places.count == count;
	if (known && op->expect.kind == STAMP_ABSENT) {
		place->then = nothing;
	} else if (known) {
		place->then = place->now;
	}
}

static void take_op(struct compose *compose, const struct back_step *step,
		const struct op *op) {
	switch (op->kind) {
	case OP_EDIT:
		take_edits(compose, step, op);
		break;
	case OP_OWN:
		set_record(compose->back, op, step->forward || op->before == NULL ? op->text
										  : op->before,
				step->forward || op->before_owned);
		break;
	case OP_DISOWN:
		if (step->forward) {
			let_go(compose, op);
		}
		if (op->before_owned && op->before != NULL) {
			set_record(compose->back, op, op->before, !step->forward);
		}
		break;
	case OP_ADOPT:
		take_adopt(compose, step, op);
		break;
	case OP_FOLDER:
	case OP_LINK:
	case OP_FILE:
		/* What is in a folder that isn't ours goes and comes with it. */
		if (op->inside && op->theirs) {
			break;
		}
		take_simple(compose, step, op);
		break;
	case OP_UNLINK:
	case OP_RMDIR:
		take_simple(compose, step, op);
		break;
	case OP_RETURN: /* generations have none */
		break;
	}
}

static int compare_places(const void *a, const void *b) {
	const struct back_place *left = a, *right = b;
	return path_compare(left->path, right->path);
}

void back_compose(struct back *back, const struct back_step *steps, size_t count,
		struct arena *arena) {
	*back = (struct back){0};
	struct compose compose = {.back = back, .arena = arena, .nheads = 64};
	for (size_t i = 0; i < count; i++) {
		while (compose.nheads < steps[i].count * 2) {
			compose.nheads *= 2;
		}
	}
	compose.heads = xcalloc(compose.nheads, sizeof(*compose.heads));
	for (size_t i = 0; i < count; i++) {
		const struct back_step *step = &steps[i];
		for (size_t j = 0; j < step->count; j++) {
			take_op(&compose, step,
					&step->ops[step->forward ? j : step->count - 1 - j]);
		}
	}
	free(compose.heads);
	VEC_RELEASE(&compose.next);
	if (back->places.count > 1) {
		qsort(back->places.items, back->places.count, sizeof(*back->places.items),
				compare_places);
	}
}

bool back_changes(const struct back_place *place) {
	const struct back_thing *now = &place->now, *then = &place->then;
	if (place->slot || now->kind != then->kind) {
		return !place->slot;
	}
	return (now->kind == BACK_LINK && !streq(now->text, then->text)) ||
			(now->kind == BACK_OBJECT && !streq(now->at, then->at));
}

bool back_is_as(const struct back_place *place, const struct back_thing *thing) {
	const struct stamp *seen = &place->seen;
	const struct expect *object = &thing->object;
	switch (thing->kind) {
	case BACK_NOTHING:
		return seen->kind == STAMP_ABSENT;
	case BACK_LINK:
		return seen->kind == STAMP_LINK && streq(seen->text, thing->text);
	case BACK_FOLDER:
		return seen->kind == STAMP_FOLDER;
	case BACK_OBJECT:
		break;
	}
	if (object->kind == STAMP_ABSENT) {
		return seen->kind != STAMP_ABSENT && seen->kind != STAMP_HIDDEN;
	}
	if (seen->kind != object->kind) {
		return false;
	}
	/* A source is there to be edited: it goes back as it is by now. */
	return place->profile || object->kind != STAMP_FILE ||
			(seen->size == object->size && seen->mtime == object->mtime);
}

/* --- one plan, or several ------------------------------------------------------------------ */

/* A path that a generation changes. */
struct touched {
	const char *path;
	size_t step;
	bool moves; /* a person's object comes, goes, or is let go */
};

static int compare_touched(const void *a, const void *b) {
	return path_compare(((const struct touched *)a)->path, ((const struct touched *)b)->path);
}

bool back_is_simple(const struct back_step *steps, size_t count) {
	struct {
		struct touched *items;
		size_t count, room;
	} all = {0};
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < steps[i].count; j++) {
			const struct op *op = &steps[i].ops[j];
			bool moves = op->keeps || op->theirs || op->kind == OP_ADOPT;
			if (op->kind == OP_EDIT || op->kind == OP_OWN || op->kind == OP_DISOWN) {
				continue;
			}
			VEC_ADD(&all, (struct touched){op->path, i, moves});
			if (op->partner != NULL) {
				VEC_ADD(&all, (struct touched){op->partner, i, moves});
			}
		}
	}
	if (all.count > 1) {
		qsort(all.items, all.count, sizeof(*all.items), compare_touched);
	}
	bool simple = true;
	/* What is below a path follows it; the highest of such a run stands for all. */
	for (size_t i = 0; simple && i < all.count;) {
		const struct touched *top = &all.items[i];
		bool moves = false, several = false;
		for (; i < all.count && path_is_under(all.items[i].path, top->path); i++) {
			moves = moves || all.items[i].moves;
			several = several || all.items[i].step != top->step;
		}
		simple = !(moves && several);
	}
	VEC_RELEASE(&all);
	return simple;
}
