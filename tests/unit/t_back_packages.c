/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include "plan/back_packages.h"
#include "plan/needs.h"

enum { STEPS_MAX = 16, OPS_MAX = 12 };

/*
 * "+a 1-1 e" or "-a e" between semicolons: what a generation did; "n": needed by another, "f":
 * a flatpak, "u": from the AUR, "p": promoted, it was there as a dependency.
 */
static size_t parse_ops(struct package_op *ops, const char *text, struct arena *arena) {
	size_t count = 0;
	for (const char *at = text; *at != '\0';) {
		size_t n = strcspn(at, ";");
		const char *const *words = words_split(arena_strndup(arena, at, n), arena);
		at += n + (at[n] == ';');
		assert_true(count < OPS_MAX && words != NULL);
		struct package_op *op = &ops[count++];
		*op = (struct package_op){.state = PACKAGE_DONE, .why = WHY_INSTALLED,
				.action = words[0][0] == '+' ? PACKAGE_INSTALL : PACKAGE_REMOVE,
				.name = words[0] + 1, .asked = words[0] + 1, .version = "1-1",
				.at = "lumina.yaml:1:1"};
		for (size_t i = 1; words[i] != NULL; i++) {
			if (streq(words[i], "e")) {
				op->explicit = true;
			} else if (streq(words[i], "p")) {
				op->promoted = op->explicit = true;
			} else if (streq(words[i], "n")) {
				op->why = WHY_NEEDED;
			} else if (streq(words[i], "f")) {
				op->from = FROM_FLATPAK;
				op->explicit = true;
			} else if (streq(words[i], "u")) {
				op->from = FROM_AUR;
				op->explicit = true;
			} else {
				op->version = words[i];
			}
		}
	}
	return count;
}

static const char *packages_text(const struct back_packages *packages, struct arena *arena) {
	const char *text = "";
	for (size_t i = 0; i < packages->count; i++) {
		const struct back_package *package = &packages->items[i];
		const struct package_op *op = &package->op;
		assert_true(op->state == PACKAGE_PLANNED && op->at == NULL);
		text = arena_printf(arena, "%s%s%c%s %s%s%s%s%s", text, i > 0 ? "; " : "",
				op->action == PACKAGE_INSTALL ? '+' : '-', op->name, op->version,
				op->explicit ? " e" : "", op->why == WHY_NEEDED ? " n" : "",
				op->from == FROM_FLATPAK ? " f" : op->from == FROM_AUR ? " u" : "",
				package->stays != NULL ? arena_printf(arena, " <%s", package->stays) : "");
		check(op->why == WHY_NEEDED || op->why == WHY_UNDONE, "%s: %d", op->name, (int)op->why);
	}
	return text;
}

/* Steps between '|', each with '<' (taken back) or '>' (done again) in front. */
static void test_table(void **state) {
	(void)state;
	static const struct {
		const char *steps, *installed, *want;
	} rows[] = {
		{"", "a e", ""},
		{"<", "a e", ""},
		{"<+a e", "a e; b e", "-a 1-1 e"},
		{"<-a 2-1 e", "b e", "+a 2-1 e"},
		{">+a e", "b e", "+a 1-1 e"},
		{">-a e", "a e", "-a 1-1 e"},
		/* it is so already */
		{"<+a e", "b e", ""},
		{"<-a e", "a e", ""},
		/* there and back again; the last step counts */
		{"<-a 2-1 e|<+a 1-1 e", "", ""},
		{"<+a e|<-a e", "a e", ""},
		{"<-a 1-1 e|<+a 1-1 e", "a e", "-a 1-1 e"},
		{"<+a 2-1 e|<-a 1-1 e", "", "+a 1-1 e"},
		/* dependencies go by themselves; those that went come behind, in case they don't */
		{"<+a e; +l n", "a e d=l; l", "-a 1-1 e"},
		{"<-a e; -l n", "", "+a 1-1 e; +l 1-1 n"},
		{"<-l n; -a e", "", "+a 1-1 e; +l 1-1 n"},
		{"<-l e n", "", "+l 1-1 e n"}, /* what was replaced */
		{"<+new e; -old e n", "new e", "-new 1-1 e; +old 1-1 e n"},
		/* there, but for another reason; or gone with what is removed here */
		{"<-l e", "l; a e d=l", "+l 1-1 e"},
		{"<-l n", "l e", "+l 1-1 n"},
		{"<+a e; +l n|<+l e|<-l e", "a e d=l; l", "-a 1-1 e; +l 1-1 e"},
		{"<+a e; +l n|>+l e", "a e d=l; l", "-a 1-1 e; +l 1-1 e"},
		{"<+l e|<-l n|<+a e; +l n", "l e; a e d=l", "-a 1-1 e; -l 1-1 n"},
		/* what was there as a dependency becomes one again */
		{"<+l p", "a e d=l; l e", "+l 1-1"},
		{"<+l p", "a e d=l; l", ""},
		{"<+l p", "a e", "+l 1-1"},
		{">+l p", "a e d=l; l", "+l 1-1 e"},
		{"<+l p|<+a e; +l n", "a e d=l; l e", "-a 1-1 e; -l 1-1 n"},
		/* something else needs it by now */
		{"<+a e", "a e; b e d=a", "-a 1-1 e <b"},
		{"<+a e", "a e; b d=a", "-a 1-1 e <b"},
		{"<+a e", "a e p=v; b e d=v", "-a 1-1 e <b"},
		{"<+a e", "a e p=v; b e d=v; c p=v", "-a 1-1 e"},
		{"<+a e; +b e", "a e; b e d=a", "-a 1-1 e; -b 1-1 e"},
		{"<+a e; +b e", "a e; b e d=a; c e d=b", "-a 1-1 e <b; -b 1-1 e <c"},
		{"<+a e; +l n", "a e d=l; l; c e d=l", "-a 1-1 e"},
		/* what it needed may need it, and goes with it */
		{"<+a e", "a e d=l; l d=a", "-a 1-1 e"},
		{"<+a e", "a e d=l; l e d=a", "-a 1-1 e <l"},
		/* flatpaks: the database doesn't know them */
		{"<+a f", "a e; b e d=a", "-a 1-1 e f"},
		{"<-a f", "a e", "+a 1-1 e f"},
		{"<+a f; +a e", "a e", "-a 1-1 e f; -a 1-1 e"},
		{"<+a u", "a e f", "-a 1-1 e u"},
		{"<-a u", "", "+a 1-1 e u"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct installed installed;
		struct back_step steps[STEPS_MAX];
		struct package_op ops[STEPS_MAX][OPS_MAX];
		size_t count = 0;
		arena_init(&arena);
		machine_install(&installed, rows[i].installed, &arena);
		for (const char *at = rows[i].steps; *at != '\0'; count++) {
			size_t n = strcspn(at + 1, "|") + 1;
			steps[count] = (struct back_step){.forward = at[0] == '>',
					.packages = ops[count]};
			steps[count].npackages = parse_ops(ops[count],
					arena_strndup(&arena, at + 1, n - 1), &arena);
			at += n + (at[n] == '|');
		}
		struct back_packages packages;
		back_packages_compose(&packages, steps, count, &installed, WHY_UNDONE);
		check_text(arena_printf(&arena, "%s on %s", rows[i].steps, rows[i].installed),
				packages_text(&packages, &arena), rows[i].want);
		back_packages_release(&packages);
		installed_release(&installed);
		arena_release(&arena);
	}
}

/* --- random generations on a model of a machine ---------------------------------------------- */

enum { POOL = 10, GENERATIONS = 10, WALKS = 600, MOVES = 8 };
enum how { GONE, DEPENDENCY, EXPLICIT };

struct world {
	struct arena arena;
	uint32_t seed;
	const char *depends[POOL]; /* "b,c": names behind it in the pool; or NULL */
	enum how now[POOL];
	struct {
		struct package_ops did;
		size_t parent;
		enum how after[POOL];
	} generations[GENERATIONS + 1]; /* [0]: before the first */
	size_t count, present;
	bool meddled; /* somebody else installed or removed something */
};

static const char *const pool[POOL] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};

static uint32_t dice(struct world *world, uint32_t sides) {
	world->seed = world->seed * 1664525 + 1013904223;
	return (world->seed >> 8) % sides;
}

static void to_installed(struct world *world, struct installed *installed) {
	const char *text = "";
	for (size_t i = 0; i < POOL; i++) {
		if (world->now[i] == GONE) {
			continue;
		}
		text = arena_printf(&world->arena, "%s; %s%s", text, pool[i],
				world->now[i] == EXPLICIT ? " e" : "");
		if (world->depends[i] != NULL) {
			text = arena_printf(&world->arena, "%s d=%s", text, world->depends[i]);
		}
	}
	machine_install(installed, text, &world->arena);
}

static bool needs_it(const struct world *world, size_t who, size_t what) {
	return world->depends[who] != NULL && strstr(world->depends[who], pool[what]) != NULL;
}

/* pacman -S --needed */
static void model_install(struct world *world, size_t what, enum how as) {
	world->now[what] = world->now[what] == GONE ? as : world->now[what];
	for (size_t i = what + 1; i < POOL; i++) {
		if (needs_it(world, what, i) && world->now[i] == GONE) {
			model_install(world, i, DEPENDENCY);
		}
	}
}

/* pacman -Rs of several; false if it refuses. */
static bool model_remove(struct world *world, const bool *what) {
	bool goes[POOL];
	memcpy(goes, what, sizeof(goes));
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < POOL; i++) {
			bool was = false, still = false;
			for (size_t j = 0; j < POOL; j++) {
				if (world->now[j] != GONE && needs_it(world, j, i)) {
					was = was || goes[j];
					still = still || !goes[j];
				}
			}
			if (world->now[i] == DEPENDENCY && !goes[i] && was && !still) {
				goes[i] = more = true;
			}
		}
	}
	for (size_t i = 0; i < POOL; i++) {
		for (size_t j = 0; goes[i] && j < POOL; j++) {
			if (world->now[j] != GONE && !goes[j] && needs_it(world, j, i)) {
				return false;
			}
		}
	}
	for (size_t i = 0; i < POOL; i++) {
		world->now[i] = goes[i] ? GONE : world->now[i];
	}
	return true;
}

/* One install or removal, written down as the coordinator does. */
static void make_generation(struct world *world) {
	struct installed before, now;
	to_installed(world, &before);
	size_t what = dice(world, POOL);
	struct package_op asked = {.explicit = true, .name = pool[what], .asked = pool[what]};
	if (world->now[what] == GONE || (world->now[what] == DEPENDENCY && dice(world, 2) == 0)) {
		model_install(world, what, EXPLICIT);
		world->now[what] = EXPLICIT;
	} else {
		bool goes[POOL] = {0};
		goes[what] = true;
		asked.action = PACKAGE_REMOVE;
		(void)model_remove(world, goes);
	}
	to_installed(world, &now);
	const struct package_request request = {.action = asked.action, .why = WHY_INSTALLED,
			.asked = &asked, .count = 1, .before = &before, .now = &now, .good = true};
	size_t id = ++world->count;
	packages_settle(&world->generations[id].did, &request);
	size_t done = 0; /* what failed isn't in a journal */
	for (size_t i = 0; i < world->generations[id].did.count; i++) {
		if (world->generations[id].did.items[i].state == PACKAGE_DONE) {
			world->generations[id].did.items[done++] = world->generations[id].did.items[i];
		}
	}
	world->generations[id].did.count = done;
	world->generations[id].parent = world->present;
	memcpy(world->generations[id].after, world->now, sizeof(world->now));
	world->present = id;
	installed_release(&before);
	installed_release(&now);
}

static size_t index_in_pool(const char *name) {
	size_t i = 0;
	while (!streq(pool[i], name)) {
		i++;
	}
	return i;
}

/* As cmd/package_back.c: removals, then what was explicit, then dependencies that don't come, reasons. */
static void carry_out(struct world *world, const struct back_packages *packages,
		const char **wrong) {
	bool goes[POOL] = {0};
	bool some = false;
	for (size_t i = 0; i < packages->count; i++) {
		const struct back_package *package = &packages->items[i];
		if (package->op.action == PACKAGE_REMOVE && package->stays == NULL) {
			goes[index_in_pool(package->op.name)] = some = true;
		}
	}
	if (some && !model_remove(world, goes)) {
		*wrong = "pacman refuses to remove";
	}
	for (int explicit = 1; explicit >= 0; explicit--) {
		for (size_t i = 0; i < packages->count; i++) {
			const struct package_op *op = &packages->items[i].op;
			if (op->action == PACKAGE_INSTALL && op->explicit == (explicit > 0)) {
				model_install(world, index_in_pool(op->name),
						explicit > 0 ? EXPLICIT : DEPENDENCY);
			}
		}
	}
	for (size_t i = 0; i < packages->count; i++) {
		const struct package_op *op = &packages->items[i].op;
		if (op->action == PACKAGE_INSTALL) {
			world->now[index_in_pool(op->name)] = op->explicit ? EXPLICIT : DEPENDENCY;
		}
	}
}

static bool is_above(const struct world *world, size_t above, size_t id) {
	while (id > above) {
		id = world->generations[id].parent;
	}
	return id == above;
}

static struct back_step step_of(const struct world *world, size_t id, bool forward) {
	return (struct back_step){.forward = forward,
			.packages = world->generations[id].did.items,
			.npackages = world->generations[id].did.count};
}

static const char *roll(struct world *world, size_t to) {
	struct back_step steps[2 * GENERATIONS];
	size_t count = 0, at = world->present, up = 0, ahead[GENERATIONS];
	for (; !is_above(world, at, to); at = world->generations[at].parent) {
		steps[count++] = step_of(world, at, false);
	}
	for (size_t next = to; next != at; next = world->generations[next].parent) {
		ahead[up++] = next;
	}
	while (up > 0) {
		steps[count++] = step_of(world, ahead[--up], true);
	}
	struct installed installed;
	struct back_packages packages;
	const char *wrong = NULL;
	to_installed(world, &installed);
	back_packages_compose(&packages, steps, count, &installed, WHY_UNDONE);
	for (size_t i = 0; i < packages.count && !world->meddled; i++) {
		wrong = packages.items[i].stays != NULL ? "something stays" : wrong;
	}
	carry_out(world, &packages, &wrong);
	for (size_t i = 0; i < POOL && wrong == NULL && !world->meddled; i++) {
		if (world->now[i] != world->generations[to].after[i]) {
			wrong = arena_printf(&world->arena, "%zu → %zu: '%s' is %d, and was %d: %s",
					world->present, to, pool[i], (int)world->now[i],
					(int)world->generations[to].after[i],
					packages_text(&packages, &world->arena));
		}
	}
	world->present = to;
	back_packages_release(&packages);
	installed_release(&installed);
	return wrong;
}

static void meddle(struct world *world) {
	size_t what = dice(world, POOL);
	bool goes[POOL] = {0};
	goes[what] = world->now[what] != GONE;
	world->meddled = true;
	if (!goes[what]) {
		model_install(world, what, EXPLICIT);
	} else if (dice(world, 3) == 0) {
		world->now[what] = EXPLICIT;
	} else {
		(void)model_remove(world, goes);
	}
}

static const char *walk(struct world *world, bool alone) {
	const char *wrong = NULL;
	for (size_t i = 0; i + 1 < POOL; i++) {
		for (uint32_t n = dice(world, 3); n > 0; n--) {
			const char *other = pool[i + 1 + dice(world, (uint32_t)(POOL - i) - 1)];
			world->depends[i] = world->depends[i] == NULL ? other
					: arena_printf(&world->arena, "%s,%s", world->depends[i], other);
		}
	}
	for (size_t i = 0; i < POOL / 3; i++) {
		model_install(world, dice(world, POOL), EXPLICIT);
	}
	memcpy(world->generations[0].after, world->now, sizeof(world->now));
	for (size_t i = 0; i < GENERATIONS + MOVES && wrong == NULL; i++) {
		if (!alone && dice(world, 3) == 0) {
			meddle(world);
		}
		if (world->count < GENERATIONS && (world->count < 2 || dice(world, 2) == 0)) {
			make_generation(world);
		} else {
			wrong = roll(world, dice(world, (uint32_t)world->count + 1));
		}
	}
	return wrong;
}

static void check_walks(bool alone) {
	for (uint32_t seed = 1; seed <= WALKS; seed++) {
		struct world world = {.seed = seed * 2654435761U};
		arena_init(&world.arena);
		const char *wrong = walk(&world, alone);
		check(wrong == NULL, "seed %u: %s", seed, wrong);
		for (size_t i = 0; i <= world.count; i++) {
			VEC_RELEASE(&world.generations[i].did);
		}
		arena_release(&world.arena);
	}
}

/* Nobody else changes anything: every way leads to what was there, reasons included. */
static void test_random(void **state) {
	(void)state;
	check_walks(true);
}

/* Somebody does: nothing is asked of pacman that it would refuse for what needs it. */
static void test_random_with_others(void **state) {
	(void)state;
	check_walks(false);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_random_with_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
