/* SPDX-License-Identifier: MIT */

/*
 * Random walks: projects are entered, left, changed for each other, edited; shells are
 * nested; a person sets and unsets in between. Beside the shell's environment goes one
 * in which only the person did something: after leaving, both are the same, at every
 * step. Inside, what is wanted is there, but for what the person has changed since.
 * ENVIRON_SEED and ENVIRON_ROUNDS choose others and more of them.
 */

#include "environment.h"

enum { ROUNDS = 300, STEPS = 60, NAMES = 6, FOLDERS = 4, PROJECTS = 3, DEPTH = 4 };

static const char *const names[NAMES] = {"A", "AB", "B", "C_1", "_d", "Z"};
static const char *const folders[FOLDERS] = {"/e1", "/e2", "/e3", "/usr/bin"};
static const char *const projects[PROJECTS] = {"/p web", "/p/q rust", "/r"};

struct project {
	const char *values[NAMES]; /* NULL: not wanted */
	bool folders[FOLDERS];
};

struct shell {
	struct environment env, person;
	char token[24];
	int inside;             /* a project, or -1 */
	bool theirs[NAMES];     /* the person's, while the same project wants the same */
	const char *wanted[NAMES]; /* at the last answer */
	bool gone[FOLDERS];     /* taken out of PATH by the person, likewise */
	bool put[FOLDERS];      /* put in front of PATH by the last answer, or one before */
	bool path_touched;      /* PATH was changed by the person since it was set */
	bool asked;             /* since it started */
};

struct walk {
	uint64_t random;
	unsigned values;
	bool unique; /* zsh's `typeset -U path` */
	struct project projects[PROJECTS];
	struct shell shells[DEPTH];
	unsigned depth;
	struct arena arena;
};

static unsigned roll(struct walk *walk, unsigned sides) {
	walk->random = walk->random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(walk->random >> 33) % sides;
}

static struct shell *top(struct walk *walk) {
	return &walk->shells[walk->depth];
}

/* Never the same twice: who set what can be told. */
static const char *new_value(struct walk *walk) {
	static const char *const ends[] = {"", "\n", " '\\\"", "\xff;", "%41;+", ":x:"};
	return arena_printf(&walk->arena, "v%u%s", walk->values++, ends[roll(walk, 6)]);
}

/* What the shell makes of a PATH that is set. */
static void set_path(struct walk *walk, struct environment *env, const char *path) {
	struct buf out = BUF_INIT;
	char *copy = strdup(path), *rest = copy, *folder;
	while ((folder = strsep(&rest, ":")) != NULL) {
		char *seen = arena_printf(&walk->arena, ":%s:", out.data);
		if (!walk->unique || out.len == 0 ||
				strstr(seen, arena_printf(&walk->arena, ":%s:", folder)) == NULL) {
			buf_addf(&out, "%s%s", out.len > 0 ? ":" : "", folder);
		}
	}
	environment_put(env, "PATH", out.data);
	buf_release(&out);
	free(copy);
}

static void apply(struct walk *walk, struct environment *env, const struct env_change *change) {
	environment_apply(env, change);
	const char *path = environment_get(env, "PATH");
	set_path(walk, env, arena_strdup(&walk->arena, path));
}

/* --- what happens -------------------------------------------------------------------------- */

static void edit_project(struct walk *walk) {
	struct project *project = &walk->projects[roll(walk, PROJECTS)];
	unsigned what = roll(walk, NAMES + FOLDERS);
	if (what < NAMES) {
		project->values[what] = roll(walk, 3) > 0 ? new_value(walk) : NULL;
	} else {
		project->folders[what - NAMES] ^= true;
	}
}

static struct env_wanted wanted_of(struct walk *walk, int number) {
	struct project *project = &walk->projects[number];
	struct env_pair *pairs = arena_alloc(&walk->arena, NAMES * sizeof(*pairs));
	const char **path = arena_alloc(&walk->arena, FOLDERS * sizeof(*path));
	struct env_wanted wanted = {projects[number], pairs, 0, path, 0};
	for (unsigned i = 0; i < NAMES; i++) {
		if (project->values[i] != NULL) {
			pairs[wanted.npairs++] = (struct env_pair){
				names[i], project->values[i], ENV_PROJECT};
		}
	}
	for (unsigned i = 0; i < FOLDERS; i++) {
		if (project->folders[i]) {
			path[wanted.npath++] = folders[i];
		}
	}
	return wanted;
}

static bool has_folder(struct walk *walk, const struct environment *env, const char *folder) {
	return strstr(arena_printf(&walk->arena, ":%s:", environment_get(env, "PATH")),
			arena_printf(&walk->arena, ":%s:", folder)) != NULL;
}

/* What is inside is what was wanted, but for what the person has changed. */
static void check_inside(struct walk *walk, const struct env_wanted *wanted) {
	struct shell *shell = top(walk);
	for (unsigned i = 0; i < NAMES; i++) {
		const char *value = walk->projects[shell->inside].values[i];
		bool theirs = value == NULL || shell->theirs[i];
		check_text(names[i], environment_get(&shell->env, names[i]),
				theirs ? environment_get(&shell->person, names[i]) : value);
	}
	struct buf path = BUF_INIT;
	for (size_t i = 0; i < wanted->npath; i++) {
		bool gone = false;
		for (unsigned k = 0; k < FOLDERS; k++) {
			gone = gone || (folders[k] == wanted->path[i] && shell->gone[k]);
		}
		if (!gone) {
			check(has_folder(walk, &shell->env, wanted->path[i]), "%s isn't in '%s'",
					wanted->path[i], environment_get(&shell->env, "PATH"));
			buf_addf(&path, "%s:", wanted->path[i]);
		}
	}
	if (!shell->path_touched) {
		struct environment expected = {0};
		buf_adds(&path, environment_get(&shell->person, "PATH"));
		set_path(walk, &expected, path.data);
		check_text("PATH", environment_get(&shell->env, "PATH"),
				environment_get(&expected, "PATH"));
		environment_release(&expected);
	}
	buf_release(&path);
}

static void ask(struct walk *walk, int project) {
	struct shell *shell = top(walk);
	bool same = project == shell->inside && shell->asked && project >= 0;
	struct env_wanted wanted = {0};
	if (project >= 0) {
		wanted = wanted_of(walk, project);
	}
	for (unsigned i = 0; i < NAMES; i++) {
		const char *value = project >= 0 ? walk->projects[project].values[i] : NULL;
		shell->theirs[i] = same && shell->theirs[i] && value != NULL &&
				value == shell->wanted[i];
		shell->wanted[i] = value;
	}
	for (unsigned i = 0; i < FOLDERS; i++) {
		bool wants = project >= 0 && walk->projects[project].folders[i];
		shell->gone[i] = same && shell->gone[i] && wants;
		shell->put[i] = wants && !shell->gone[i];
	}
	struct env_change change;
	const char *path = arena_strdup(&walk->arena, environment_get(&shell->env, "PATH"));
	environ_change(&change, shell->env.items, project >= 0 ? &wanted : NULL, shell->token,
			&walk->arena);
	assert_int_equal(change.nskipped, 0);
	apply(walk, &shell->env, &change);
	if (!same) {
		shell->path_touched = false;
	} else if (strcmp(path, environment_get(&shell->env, "PATH")) != 0) {
		shell->path_touched = false;
	}
	shell->inside = project;
	shell->asked = true;
	if (project >= 0) {
		check_inside(walk, &wanted);
	}
	environ_change(&change, shell->env.items, project >= 0 ? &wanted : NULL, shell->token,
			&walk->arena);
	assert_int_equal(change.nsteps, 0);
}

static void change_variable(struct walk *walk) {
	struct shell *shell = top(walk);
	unsigned which = roll(walk, NAMES);
	const char *value = roll(walk, 3) > 0 ? roll(walk, 4) > 0 ? new_value(walk) : "" : NULL;
	/* Nothing changes where it was set to the same, or is unset already. */
	const char *now = environment_get(&shell->env, names[which]);
	if (now == value || (now != NULL && value != NULL && strcmp(now, value) == 0)) {
		return;
	}
	environment_put(&shell->env, names[which], value);
	environment_put(&shell->person, names[which], value);
	shell->theirs[which] = true;
}

static void without(struct walk *walk, struct environment *env, const char *folder) {
	struct buf out = BUF_INIT;
	char *copy = strdup(environment_get(env, "PATH")), *rest = copy, *part;
	while ((part = strsep(&rest, ":")) != NULL) {
		if (strcmp(part, folder) != 0) {
			buf_addf(&out, "%s%s", out.len > 0 ? ":" : "", part);
		}
	}
	set_path(walk, env, out.data);
	buf_release(&out);
	free(copy);
}

static void change_path(struct walk *walk) {
	struct shell *shell = top(walk);
	struct environment *both[] = {&shell->env, &shell->person};
	unsigned what = roll(walk, 4), entry = roll(walk, FOLDERS - 1);
	const char *folder = arena_printf(&walk->arena, "/mine%u", roll(walk, 3));
	/* With `typeset -U` an old one would change places with its neighbours, which are asked. */
	if (walk->unique && what == 0) {
		folder = arena_printf(&walk->arena, "/new%u", walk->values++);
	}
	for (unsigned i = 0; i < COUNT(both); i++) {
		const char *path = arena_strdup(&walk->arena, environment_get(both[i], "PATH"));
		if (what == 0) {
			set_path(walk, both[i], arena_printf(&walk->arena, "%s:%s", folder, path));
		} else if (what == 1) {
			set_path(walk, both[i], arena_printf(&walk->arena, "%s:%s", path, folder));
		} else if (what == 2) {
			without(walk, both[i], folder);
		} else {
			without(walk, both[i], folders[entry]);
		}
	}
	shell->path_touched = true;
	if (what == 3) {
		shell->gone[entry] = shell->gone[entry] || shell->put[entry];
	}
}

static void nest(struct walk *walk) {
	if (walk->depth + 1 == DEPTH) {
		return;
	}
	struct shell *outer = top(walk);
	walk->depth++;
	struct shell *shell = top(walk);
	*shell = (struct shell){.inside = outer->inside};
	environment_copy(&shell->env, &outer->env);
	environment_copy(&shell->person, &outer->person);
	snprintf(shell->token, sizeof(shell->token), "%u", walk->values++);
	if (roll(walk, 2) > 0) { /* its start-up files */
		change_variable(walk);
		change_path(walk);
	}
}

static void end_shell(struct walk *walk) {
	if (walk->depth > 0) {
		environment_release(&top(walk)->env);
		environment_release(&top(walk)->person);
		walk->depth--;
	}
}

/* All that was set is the person's from here on. */
static void break_record(struct walk *walk) {
	struct shell *shell = top(walk);
	const char *text = environment_get(&shell->env, ENVIRON_STATE);
	if (text == NULL) {
		return;
	}
	char *copy = arena_strdup(&walk->arena, text);
	size_t at = roll(walk, (unsigned)strlen(copy));
	copy[at] = roll(walk, 2) > 0 || copy[at] == '7' ? '\0' : '7';
	environment_put(&shell->env, ENVIRON_STATE, copy);
	environment_release(&shell->person);
	environment_copy(&shell->person, &shell->env);
	environment_put(&shell->person, ENVIRON_STATE, NULL);
	shell->inside = -1;
	shell->asked = false;
	shell->path_touched = true;
}

static void check_way_back(struct walk *walk) {
	struct shell *shell = top(walk);
	struct environment left;
	struct env_change change;
	environment_copy(&left, &shell->env);
	environ_change(&change, left.items, NULL, shell->token, &walk->arena);
	apply(walk, &left, &change);
	assert_false(change.applied);
	assert_null(environment_get(&left, ENVIRON_STATE));
	if (!environment_same(&left, &shell->person)) {
		for (size_t i = 0; i < left.count; i++) {
			print_error("left:   %s\n", shown(&walk->arena, left.items[i]));
		}
		for (size_t i = 0; i < shell->person.count; i++) {
			print_error("person: %s\n", shown(&walk->arena, shell->person.items[i]));
		}
		fail();
	}
	environment_release(&left);
}

static void take_walk(uint64_t seed, unsigned steps) {
	struct walk walk = {.random = seed};
	arena_init(&walk.arena);
	walk.unique = roll(&walk, 3) == 0;
	struct shell *shell = top(&walk);
	shell->inside = -1;
	set_path(&walk, &shell->env, roll(&walk, 2) > 0 ? "/usr/bin:/bin" : "/x:/e2:/usr/bin:/e1:/bin:");
	set_path(&walk, &shell->person, environment_get(&shell->env, "PATH"));
	for (unsigned i = 0; i < 12; i++) {
		edit_project(&walk);
	}
	for (unsigned i = 0; i < NAMES / 2; i++) {
		change_variable(&walk);
	}
	for (unsigned i = 0; i < steps; i++) {
		switch (roll(&walk, 20)) {
		case 0:
		case 1:
			nest(&walk);
			break;
		case 2:
			end_shell(&walk);
			break;
		case 3:
			edit_project(&walk);
			break;
		case 4:
			if (roll(&walk, 4) == 0) {
				break_record(&walk);
			}
			break;
		case 5:
		case 6:
		case 7:
		case 8:
			change_variable(&walk);
			break;
		case 9:
		case 10:
			change_path(&walk);
			break;
		case 11:
		case 12:
			ask(&walk, -1);
			break;
		case 13:
		case 14:
		case 15:
			ask(&walk, top(&walk)->inside);
			break;
		default:
			ask(&walk, (int)roll(&walk, PROJECTS));
		}
		check_way_back(&walk);
	}
	while (walk.depth > 0) {
		end_shell(&walk);
	}
	environment_release(&walk.shells[0].env);
	environment_release(&walk.shells[0].person);
	arena_release(&walk.arena);
}

static unsigned long number_from(const char *variable, unsigned long otherwise) {
	const char *text = getenv(variable);
	return text != NULL ? strtoul(text, NULL, 10) : otherwise;
}

static void test_walks(void **state) {
	(void)state;
	unsigned long seed = number_from("ENVIRON_SEED", 1);
	unsigned long rounds = number_from("ENVIRON_ROUNDS", ROUNDS);
	for (unsigned long i = 0; i < rounds; i++) {
		if (getenv("ENVIRON_SEED") != NULL) {
			print_message("seed %lu\n", seed + i);
		}
		take_walk(seed + i, STEPS);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_walks)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
