/* SPDX-License-Identifier: MIT */

/*
 * Random generations on a model of a machine, and random ways between them: each must
 * lead to exactly what was there after that generation; with a person who changes
 * things in between, no file of theirs may be lost, and every plan must fit.
 *
 *   back-random [SEED [WALKS]]
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "plan/back.h"

#define PROFILE "/home/u/.lumina"
#define HOME "/home/u"

enum { GENERATIONS_MAX = 12, OPS_MAX = 8, STEPS = 14 };

struct generation {
	struct op ops[OPS_MAX];
	size_t count, parent;
	const char *folder;
	struct model after; /* without the slots */
};

struct walk_state {
	struct arena arena;
	unsigned long random;
	struct model machine;
	struct generation made[GENERATIONS_MAX + 1]; /* [0]: before the first */
	size_t count, present;
	unsigned long files;   /* numbers of the person's */
	bool meddled;          /* the person changed something since */
	const char *wrong;
};

static const char *const targets[] = {"~/.a", "~/.b", "~/.c/x", "~/.c/y"};
static const char *const sources[] = {"~/.lumina/a", "~/.lumina/b", "~/.lumina/s/c"};

static unsigned long dice(struct walk_state *walk, unsigned long sides) {
	walk->random = walk->random * 6364136223846793005UL + 1442695040888963407UL;
	return (walk->random >> 33) % sides;
}

static void fail(struct walk_state *walk, const char *why) {
	walk->wrong = walk->wrong != NULL ? walk->wrong : why;
}

/* --- what stands there ---------------------------------------------------------------------- */

static struct stamp stamp_of(const char *what) {
	struct stamp stamp = {.dev = 1};
	if (what == NULL) {
		return stamp;
	}
	const char *rest = strchr(what, ':') + 1;
	stamp.kind = what[0] == 'l' ? STAMP_LINK : what[1] == 'i' ? STAMP_FILE : STAMP_FOLDER;
	if (stamp.kind == STAMP_LINK) {
		stamp.text = rest;
		return stamp;
	}
	stamp.ino = strtoul(rest, NULL, 10);
	stamp.size = stamp.kind == STAMP_FILE ? (off_t)(stamp.ino % 1000) : 0;
	stamp.mtime = 1;
	return stamp;
}

static struct expect expect_at(const struct walk_state *walk, const char *path) {
	struct stamp stamp = stamp_of(model_get(&walk->machine, path));
	return expect_of(&stamp);
}


static struct model copy_of(const struct model *model, struct arena *arena, bool slots) {
	struct model copy = {.arena = arena, .made = model->made};
	for (size_t i = 0; i < model->count; i++) {
		if (slots || strncmp(model->items[i].path, "slot:", 5) != 0) {
			VEC_ADD(&copy, model->items[i]);
		}
	}
	return copy;
}

static bool is_as(const struct model *is, const struct model *want) {
	for (size_t i = 0; i < want->count; i++) {
		const char *what = model_get(is, want->items[i].path);
		/* Our folders are made anew. */
		bool folder = strncmp(want->items[i].what, "folder:", 7) == 0;
		if (what == NULL || (folder ? strncmp(what, "folder:", 7) != 0
					    : !streq(what, want->items[i].what))) {
			return false;
		}
	}
	return is->count == want->count;
}

/* --- generations ---------------------------------------------------------------------------- */

static struct op *add(struct generation *generation, enum op_kind kind, enum op_phase phase,
		const char *path, struct expect expect) {
	struct op *op = &generation->ops[generation->count++];
	*op = (struct op){.kind = kind, .why = WHY_MISSING, .phase = phase, .path = path,
			.expect = expect, .theirs = phase != PHASE_MAIN || kind == OP_FILE};
	return op;
}

static void add_folder(struct walk_state *walk, struct generation *generation, const char *path,
		enum op_phase phase) {
	const struct expect absent = {0};
	const char *folder = arena_strndup(&walk->arena, path,
			(size_t)(path_name(path) - path) - 1);
	for (size_t i = 0; i < generation->count; i++) {
		if (streq(generation->ops[i].path, folder)) {
			return;
		}
	}
	if (!streq(folder, "~") && !streq(folder, "~/.lumina") &&
			model_get(&walk->machine, folder) == NULL) {
		add(generation, OP_FOLDER, phase, folder, absent);
	}
}

static const char *text_of(struct walk_state *walk, const char *source) {
	return path_from_home(source, HOME, &walk->arena);
}

/* A link of ours: away, to another source, or the file itself in its place. */
static void change_link(struct walk_state *walk, struct generation *generation,
		const char *target, const char *source, bool *used) {
	struct expect is = expect_at(walk, target);
	const char *origin = path_to_home(is.text, HOME, &walk->arena);
	struct stamp original = stamp_of(origin != NULL ? model_get(&walk->machine, origin) : NULL);
	switch (dice(walk, 3)) {
	case 0:
		add(generation, OP_UNLINK, PHASE_MAIN, target, is);
		break;
	case 1:
		if (!streq(is.text, text_of(walk, source))) {
			add(generation, OP_LINK, PHASE_MAIN, target, is)->text = text_of(walk, source);
		}
		break;
	case 2:
		if (original.kind == STAMP_FILE && !*used) {
			struct op *op = add(generation, OP_FILE, PHASE_MAIN, target, is);
			op->origin = is.text;
			op->becomes = expect_of(&original);
			op->becomes.ino = 0;
			if (dice(walk, 2) == 0) {
				add(generation, OP_UNLINK, PHASE_LAST, origin,
						expect_of(&original))->keeps = true;
				*used = true;
			}
		}
		break;
	}
}

/* A person's file: to the backups, or into the profile. */
static void change_file(struct walk_state *walk, struct generation *generation,
		const char *target, const char *source, bool *used) {
	struct expect is = expect_at(walk, target), there = expect_at(walk, source);
	if (dice(walk, 2) == 0 || *used) {
		struct op *op = add(generation, OP_LINK, PHASE_MAIN, target, is);
		op->text = text_of(walk, source);
		op->keeps = true;
		return;
	}
	add_folder(walk, generation, source, PHASE_FIRST);
	struct op *op = add(generation, OP_ADOPT, PHASE_MAIN, target, is);
	op->text = text_of(walk, source);
	op->partner = source;
	op->there = there;
	op->keeps = there.kind != STAMP_ABSENT;
	*used = true;
}

static void make_generation(struct walk_state *walk) {
	struct generation *generation = &walk->made[++walk->count];
	struct plan plan = {0};
	bool used = false; /* one object of the profile a generation */
	*generation = (struct generation){.parent = walk->present,
			.folder = arena_printf(&walk->arena, "%zu", walk->count)};
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const char *source = sources[dice(walk, 3)];
		struct expect is = expect_at(walk, targets[i]);
		if (dice(walk, 2) == 0 || generation->count + 3 > OPS_MAX) {
			continue;
		}
		if (is.kind == STAMP_ABSENT) {
			add_folder(walk, generation, targets[i], PHASE_MAIN);
			add(generation, OP_LINK, PHASE_MAIN, targets[i], is)->text =
					text_of(walk, source);
		} else if (is.kind == STAMP_LINK) {
			change_link(walk, generation, targets[i], source, &used);
		} else {
			change_file(walk, generation, targets[i], source, &used);
		}
	}
	for (size_t i = 0; i < generation->count; i++) {
		VEC_ADD(&plan.ops, generation->ops[i]);
	}
	plan_sort(&plan);
	plan_assign_slots(&plan, generation->folder, &walk->arena);
	for (size_t i = 0; i < generation->count; i++) {
		generation->ops[i] = plan.ops.items[i];
	}
	plan_release(&plan);
	model_run(&walk->machine, generation->ops, generation->count, HOME);
	if (walk->machine.wrong != NULL) {
		fail(walk, arena_printf(&walk->arena, "the test's own: %s", walk->machine.wrong));
	}
	generation->after = copy_of(&walk->machine, &walk->arena, false);
	walk->present = walk->count;
}

/* The person removes a link, or puts a file there, in the place of another or of a link. */
static void meddle(struct walk_state *walk) {
	const char *path = dice(walk, 4) == 0 ? sources[dice(walk, 2)]
			: dice(walk, 6) == 0  ? "~/.c/own"
					      : targets[dice(walk, 4)];
	const char *is = model_get(&walk->machine, path);
	const char *folder = path_is_under(path, "~/.c") ? "~/.c" : NULL;
	if (is != NULL && strncmp(is, "link:", 5) == 0 && dice(walk, 2) == 0) {
		model_set(&walk->machine, path, NULL);
	} else if ((is == NULL || strncmp(is, "folder:", 7) != 0) &&
			(folder == NULL || model_get(&walk->machine, folder) != NULL)) {
		model_set(&walk->machine, path, arena_printf(&walk->arena, "file:%lu",
							   ++walk->files));
	}
	walk->meddled = true;
}

/* --- ways ----------------------------------------------------------------------------------- */

static void look(const struct walk_state *walk, struct back *back) {
	for (size_t i = 0; i < back->places.count; i++) {
		struct back_place *place = &back->places.items[i];
		const char *name = place->slot ? model_slot(&walk->machine, place->path) : place->path;
		place->seen = stamp_of(model_get(&walk->machine, name));
		for (size_t j = 0; j < walk->machine.count; j++) {
			const char *path = walk->machine.items[j].path;
			size_t n = strlen(place->path);
			place->seen.entries += path_is_under(path, place->path) &&
					path[n] == '/' && strchr(path + n + 1, '/') == NULL;
		}
	}
	for (size_t i = 0; i < back->places.count; i++) {
		struct back_place *place = &back->places.items[i];
		place->left = back_changes(place) && !back_is_as(place, &place->now);
	}
	for (size_t i = 0; i < back->places.count; i++) {
		struct back_place *place = &back->places.items[i];
		const struct back_place *slot = place->slot ? NULL : back_slot_of(back, place);
		if (back_changes(place) && slot != NULL && slot->seen.kind == STAMP_ABSENT) {
			place->left = true;
		}
	}
}

static void check_kept(struct walk_state *walk, const struct model *before) {
	for (size_t i = 0; i < before->count; i++) {
		const char *what = before->items[i].what;
		bool found = strncmp(what, "file:", 5) != 0;
		for (size_t j = 0; j < walk->machine.count && !found; j++) {
			found = streq(walk->machine.items[j].what, what);
		}
		if (!found) {
			fail(walk, arena_printf(&walk->arena, "%s is lost", what));
		}
	}
}

static void go(struct walk_state *walk, const struct back_step *steps, size_t count, size_t to) {
	struct back back = {0};
	struct plan plan = {0};
	struct model before = copy_of(&walk->machine, &walk->arena, true);
	back_compose(&back, steps, count, &walk->arena);
	look(walk, &back);
	back_plan(&back, &plan, PROFILE, 1);
	if (back.tangled != NULL) {
		fail(walk, "tangled");
	} else {
		model_run(&walk->machine, plan.ops.items, plan.ops.count, HOME);
		fail(walk, walk->machine.wrong);
	}
	check_kept(walk, &before);
	if (!walk->meddled && to > 0) {
		struct model now = copy_of(&walk->machine, &walk->arena, false);
		if (!is_as(&now, &walk->made[to].after)) {
			fail(walk, "not what was there after that generation");
		}
		VEC_RELEASE(&now);
	}
	walk->present = to;
	VEC_RELEASE(&before);
	back_release(&back);
	plan_release(&plan);
}

static bool is_above(const struct walk_state *walk, size_t above, size_t generation) {
	while (generation > above) {
		generation = walk->made[generation].parent;
	}
	return generation == above;
}

static struct back_step step_of(const struct walk_state *walk, size_t at, bool forward) {
	return (struct back_step){walk->made[at].ops, walk->made[at].count, walk->made[at].folder,
			forward, NULL, 0};
}

/* As cmd/undo.c finds it: in one plan, or one after another. */
static void roll(struct walk_state *walk, size_t to) {
	struct back_step steps[2 * GENERATIONS_MAX];
	size_t ends[2 * GENERATIONS_MAX], count = 0, at = walk->present, up = 0;
	size_t ahead[GENERATIONS_MAX];
	for (; !is_above(walk, at, to); at = walk->made[at].parent) {
		steps[count] = step_of(walk, at, false);
		ends[count++] = walk->made[at].parent;
	}
	for (size_t next = to; next != at; next = walk->made[next].parent) {
		ahead[up++] = next;
	}
	while (up > 0) {
		steps[count] = step_of(walk, ahead[--up], true);
		ends[count++] = ahead[up];
	}
	if (count > 1 && !back_is_simple(steps, count)) {
		for (size_t i = 0; i < count && walk->wrong == NULL; i++) {
			go(walk, &steps[i], 1, ends[i]);
		}
	} else if (count > 0) {
		go(walk, steps, count, to);
	}
}

static const char *run(unsigned long seed, bool with_person, char *why, size_t size) {
	struct walk_state walk = {.random = seed * 2654435761UL + 1};
	arena_init(&walk.arena);
	walk.machine.arena = &walk.arena;
	for (size_t i = 0; i < 2; i++) {
		model_set(&walk.machine, sources[i], arena_printf(&walk.arena, "file:%lu",
							 ++walk.files));
		model_set(&walk.machine, targets[i], arena_printf(&walk.arena, "file:%lu",
							 ++walk.files));
	}
	for (size_t i = 0; i < STEPS && walk.wrong == NULL; i++) {
		if (with_person && dice(&walk, 3) == 0) {
			meddle(&walk);
		}
		if (walk.count < GENERATIONS_MAX && (walk.count < 2 || dice(&walk, 2) == 0)) {
			make_generation(&walk);
		} else {
			roll(&walk, dice(&walk, walk.count + 1));
		}
	}
	(void)snprintf(why, size, "%s", walk.wrong != NULL ? walk.wrong : "");
	bool wrong = walk.wrong != NULL;
	for (size_t i = 1; i <= walk.count; i++) {
		VEC_RELEASE(&walk.made[i].after);
	}
	VEC_RELEASE(&walk.machine);
	arena_release(&walk.arena);
	return wrong ? why : NULL;
}

int main(int argc, char **argv) {
	unsigned long first = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	unsigned long walks = argc > 2 ? strtoul(argv[2], NULL, 10) : 2000;
	static const char *const names[] = {"ways lead to what was there", "and lose nothing of "
										   "a person's"};
	bool good = true;
	printf("1..2\n");
	for (int with_person = 0; with_person < 2; with_person++) {
		unsigned long failed = 0;
		for (unsigned long seed = first; seed < first + walks; seed++) {
			char why[256];
			if (run(seed, with_person == 1, why, sizeof(why)) != NULL && ++failed <= 5) {
				printf("# seed %lu: %s\n", seed, why);
			}
		}
		printf("%sok %d - %s\n", failed == 0 ? "" : "not ", with_person + 1,
				names[with_person]);
		if (failed > 0) {
			printf("# %lu of %lu walks\n", failed, walks);
		}
		good = good && failed == 0;
	}
	return good ? 0 : 1;
}
