/* SPDX-License-Identifier: MIT */
#include "environment.h"

#include "base/hash.h"
#include "flow/env_state.h"

/* A shell: what it has, and the last answer that it got. */
struct shell {
	struct environment env;
	struct env_change change;
	struct arena arena;
};

static void shell_init(struct shell *shell, const char *path) {
	memset(shell, 0, sizeof(*shell));
	arena_init(&shell->arena);
	if (path != NULL) {
		environment_put(&shell->env, "PATH", path);
	}
	environment_put(&shell->env, "HOME", "/home/u");
}

static void shell_release(struct shell *shell) {
	environment_release(&shell->env);
	arena_release(&shell->arena);
}

/* "NAME=value" for a variable; "/folder" for PATH; "!NAME=value": from the project. */
static void ask(struct shell *shell, const char *token, const char *identity,
		const char *const *words) {
	struct env_pair pairs[8];
	const char *path[8];
	struct env_wanted wanted = {identity, pairs, 0, path, 0};
	for (; words != NULL && *words != NULL; words++) {
		const char *word = *words, *sign = strchr(word, '=');
		if (sign == NULL) {
			path[wanted.npath++] = word;
			continue;
		}
		bool project = word[0] == '!';
		const char *name = arena_strndup(
				&shell->arena, word + project, (size_t)(sign - word - project));
		pairs[wanted.npairs++] = (struct env_pair){
			name, sign + 1, project ? ENV_PROJECT : ENV_OWN};
	}
	environ_change(&shell->change, shell->env.items, identity != NULL ? &wanted : NULL, token,
			&shell->arena);
	environment_apply(&shell->env, &shell->change);
	/* Asked again at once, there is nothing to do. */
	struct env_change again;
	environ_change(&again, shell->env.items, identity != NULL ? &wanted : NULL, token,
			&shell->arena);
	assert_int_equal(again.nsteps, 0);
	assert_int_equal(again.applied, shell->change.applied);
	assert_int_equal(again.nskipped, shell->change.nskipped);
}

#define ENTER(shell, identity, ...)                                                              \
	ask(shell, "1", identity, (const char *const[]){__VA_ARGS__, NULL})
#define ENTER_AS(shell, token, identity, ...)                                                    \
	ask(shell, token, identity, (const char *const[]){__VA_ARGS__, NULL})
#define LEAVE(shell) ask(shell, "1", NULL, NULL)
#define IS(shell, name, value) check_text(name, environment_get(&(shell)->env, name), value)
#define PUT(shell, name, value) environment_put(&(shell)->env, name, value)

static void test_nothing(void **state) {
	(void)state;
	struct shell shell;
	shell_init(&shell, "/bin");
	LEAVE(&shell);
	assert_int_equal(shell.change.nsteps, 0);
	assert_false(shell.change.applied);
	ask(&shell, "1", "p", NULL);
	assert_int_equal(shell.change.nsteps, 0);
	assert_false(shell.change.applied);
	assert_null(environ_identity(shell.env.items, &shell.arena));
	shell_release(&shell);
}

static void test_enter_and_leave(void **state) {
	(void)state;
	struct shell shell;
	shell_init(&shell, "/usr/bin:/bin");
	PUT(&shell, "EMPTY", "");
	PUT(&shell, "OLD", "a b\nc");
	PUT(&shell, "SAME", "same");
	ENTER(&shell, "p web", "UNSET=1", "EMPTY=2", "OLD=3", "SAME=same", "NOTHING=", "/p/bin", "/p/x");
	IS(&shell, "UNSET", "1");
	IS(&shell, "EMPTY", "2");
	IS(&shell, "OLD", "3");
	IS(&shell, "SAME", "same");
	IS(&shell, "NOTHING", "");
	IS(&shell, "PATH", "/p/bin:/p/x:/usr/bin:/bin");
	assert_true(shell.change.applied);
	/* The record first; then PATH; then by name. */
	static const char *const order[] = {ENVIRON_STATE, "PATH", "EMPTY", "NOTHING", "OLD", "UNSET"};
	assert_int_equal(shell.change.nsteps, COUNT(order));
	for (size_t i = 0; i < COUNT(order); i++) {
		assert_string_equal(shell.change.steps[i].name, order[i]);
	}
	assert_string_equal(environ_identity(shell.env.items, &shell.arena), "p web");
	LEAVE(&shell);
	IS(&shell, "UNSET", NULL);
	IS(&shell, "EMPTY", "");
	IS(&shell, "OLD", "a b\nc");
	IS(&shell, "SAME", "same");
	IS(&shell, "NOTHING", NULL);
	IS(&shell, "PATH", "/usr/bin:/bin");
	IS(&shell, ENVIRON_STATE, NULL);
	assert_false(shell.change.applied);
	assert_string_equal(shell.change.steps[shell.change.nsteps - 1].name, ENVIRON_STATE);
	shell_release(&shell);
}

static void test_straight_to_another(void **state) {
	(void)state;
	struct shell shell;
	shell_init(&shell, "/bin");
	PUT(&shell, "X", "mine");
	PUT(&shell, "Y", "mine");
	ENTER(&shell, "a", "X=a", "Y=a", "Z=a", "/a");
	ENTER(&shell, "b", "X=b", "Z=b", "W=b", "/b");
	IS(&shell, "X", "b");
	IS(&shell, "Y", "mine");
	IS(&shell, "Z", "b");
	IS(&shell, "W", "b");
	IS(&shell, "PATH", "/b:/bin");
	LEAVE(&shell);
	IS(&shell, "X", "mine");
	IS(&shell, "Y", "mine");
	IS(&shell, "Z", NULL);
	IS(&shell, "W", NULL);
	IS(&shell, "PATH", "/bin");
	shell_release(&shell);
}

static void test_persons_changes_stay(void **state) {
	(void)state;
	struct shell shell;
	shell_init(&shell, "/bin");
	PUT(&shell, "X", "before");
	PUT(&shell, "Y", "before");
	ENTER(&shell, "a", "X=a", "Y=a", "Z=a");
	PUT(&shell, "X", "person");
	PUT(&shell, "Y", NULL);
	ENTER(&shell, "a", "X=a", "Y=a", "Z=a"); /* in another folder of the project */
	IS(&shell, "X", "person");
	IS(&shell, "Y", NULL);
	PUT(&shell, "Z", "person");
	LEAVE(&shell);
	IS(&shell, "X", "person");
	IS(&shell, "Y", NULL);
	IS(&shell, "Z", "person");
	/* Another project's values count, and give way to the person's. */
	ENTER(&shell, "a", "X=a", "Y=a");
	PUT(&shell, "X", "again");
	ENTER(&shell, "b", "X=b", "Y=b");
	IS(&shell, "X", "b");
	LEAVE(&shell);
	IS(&shell, "X", "again");
	IS(&shell, "Y", NULL);
	shell_release(&shell);
}

/* The registry was edited while a shell was in the project. */
static void test_wanted_changes(void **state) {
	(void)state;
	struct shell shell;
	shell_init(&shell, "/bin");
	PUT(&shell, "X", "before");
	PUT(&shell, "Y", "before");
	ENTER(&shell, "a", "X=1", "Y=1", "/a");
	PUT(&shell, "Y", "person");
	ENTER(&shell, "a", "X=2", "Y=1", "Z=1", "/a", "/b");
	IS(&shell, "X", "2");
	IS(&shell, "Y", "person");
	IS(&shell, "Z", "1");
	IS(&shell, "PATH", "/a:/b:/bin");
	ENTER(&shell, "a", "Y=2", "/b");
	IS(&shell, "X", "before");
	IS(&shell, "Y", "2");
	IS(&shell, "Z", NULL);
	IS(&shell, "PATH", "/b:/bin");
	LEAVE(&shell);
	IS(&shell, "Y", "person");
	IS(&shell, "PATH", "/bin");
	shell_release(&shell);
}

static void test_path(void **state) {
	(void)state;
	struct shell shell;
	shell_init(&shell, "/usr/bin:/a:/bin");
	ENTER(&shell, "a", "/a", "/b", "/a");
	IS(&shell, "PATH", "/a:/b:/usr/bin:/a:/bin");
	PUT(&shell, "PATH", "/mine:/a:/b:/usr/bin:/a:/bin");
	ENTER(&shell, "a", "/a", "/b");
	IS(&shell, "PATH", "/mine:/a:/b:/usr/bin:/a:/bin");
	assert_int_equal(shell.change.nsteps, 0);
	ENTER(&shell, "a", "/c", "/b");
	IS(&shell, "PATH", "/c:/b:/mine:/usr/bin:/a:/bin");
	ENTER(&shell, "b", "/d");
	IS(&shell, "PATH", "/d:/mine:/usr/bin:/a:/bin");
	LEAVE(&shell);
	IS(&shell, "PATH", "/mine:/usr/bin:/a:/bin");
	/* Taken out by the person: not put in again here, but by another shell. */
	ENTER(&shell, "a", "/a", "/b");
	PUT(&shell, "PATH", "/a:/mine:/bin");
	ENTER(&shell, "a", "/a", "/b");
	IS(&shell, "PATH", "/a:/mine:/bin");
	PUT(&shell, "PATH", "/bin");
	ENTER(&shell, "a", "/a", "/b", "/c");
	IS(&shell, "PATH", "/c:/bin");
	ENTER_AS(&shell, "2", "a", "/a", "/b", "/c");
	IS(&shell, "PATH", "/a:/b:/c:/bin");
	LEAVE(&shell);
	IS(&shell, "PATH", "/bin");
	/* Taken out, and put in again by the person: it is his. */
	ENTER(&shell, "a", "/a", "/b");
	PUT(&shell, "PATH", "/b:/bin");
	ENTER(&shell, "a", "/a", "/b");
	PUT(&shell, "PATH", "/b:/bin:/a");
	ENTER(&shell, "a", "/a", "/b");
	IS(&shell, "PATH", "/b:/bin:/a");
	LEAVE(&shell);
	IS(&shell, "PATH", "/bin:/a");
	shell_release(&shell);
}

static void test_no_path(void **state) {
	(void)state;
	struct shell shell;
	shell_init(&shell, NULL);
	ENTER(&shell, "a", "/a", "X=1");
	IS(&shell, "PATH", NULL);
	assert_int_equal(shell.change.nskipped, 1);
	assert_string_equal(shell.change.skipped[0].what, "/a");
	LEAVE(&shell);
	PUT(&shell, "PATH", "");
	ENTER(&shell, "a", "/a", "X=1");
	IS(&shell, "PATH", "");
	PUT(&shell, "PATH", "/bin");
	ENTER(&shell, "a", "/a", "X=1");
	IS(&shell, "PATH", "/a:/bin");
	PUT(&shell, "PATH", NULL);
	ENTER(&shell, "a", "/a", "X=1");
	IS(&shell, "PATH", NULL);
	LEAVE(&shell);
	IS(&shell, "PATH", NULL);
	shell_release(&shell);
}

/* A nested shell inherits variables and record; its start-up files may change both. */
static void test_another_shell(void **state) {
	(void)state;
	struct shell shell;
	shell_init(&shell, "/bin");
	PUT(&shell, "X", "before");
	ENTER(&shell, "a", "X=a", "Y=a", "/a");
	PUT(&shell, "X", "start-up");
	PUT(&shell, "PATH", "/usr/bin:/bin");
	ENTER_AS(&shell, "2", "a", "X=a", "Y=a", "/a");
	IS(&shell, "X", "a");
	IS(&shell, "PATH", "/a:/usr/bin:/bin");
	LEAVE(&shell);
	IS(&shell, "X", "start-up");
	IS(&shell, "Y", NULL);
	IS(&shell, "PATH", "/usr/bin:/bin");
	/* It starts elsewhere: all is put back, by whoever asks first. */
	ENTER(&shell, "a", "X=a", "Y=a", "/a");
	ask(&shell, "3", NULL, NULL);
	IS(&shell, "X", "start-up");
	IS(&shell, "Y", NULL);
	IS(&shell, "PATH", "/usr/bin:/bin");
	shell_release(&shell);
}

static void skips(const struct shell *shell, const char *what, const char *why) {
	for (size_t i = 0; i < shell->change.nskipped; i++) {
		if (strcmp(shell->change.skipped[i].what, what) == 0) {
			check(strstr(shell->change.skipped[i].why, why) != NULL, "%s: %s", what,
					shell->change.skipped[i].why);
			return;
		}
	}
	fail_msg("not skipped: %s", what);
}

static void test_skipped(void **state) {
	(void)state;
	struct shell shell;
	shell_init(&shell, "/bin");
	ENTER(&shell, "a", "LD_PRELOAD=x", "EDITOR=vi", "!EDITOR=evil", "!PATH=x", "a b=1", "!A=1",
			"bin", "/a:b");
	skips(&shell, "LD_PRELOAD", "code");
	skips(&shell, "EDITOR", "registry");
	skips(&shell, "PATH", "path:");
	skips(&shell, "a b", "no name");
	skips(&shell, "bin", "absolute");
	skips(&shell, "/a:b", "colon");
	assert_int_equal(shell.change.nskipped, 6);
	IS(&shell, "EDITOR", "vi");
	IS(&shell, "A", "1");
	IS(&shell, "LD_PRELOAD", NULL);
	IS(&shell, "PATH", "/bin");
	shell_release(&shell);
}

static char *repeat(const char *start, char c, size_t n, struct arena *arena) {
	char *text = arena_alloc(arena, strlen(start) + n + 1), *end = stpcpy(text, start);
	memset(end, c, n);
	end[n] = '\0';
	return text;
}

static void test_sizes(void **state) {
	(void)state;
	struct shell shell;
	shell_init(&shell, "/bin");
	struct arena *arena = &shell.arena;
	/* What is to be put back has to fit. */
	PUT(&shell, "X", repeat("", 'x', ENVIRON_BEFORE_MAX, arena));
	PUT(&shell, "Y", repeat("", 'x', ENVIRON_BEFORE_MAX + 1, arena));
	PUT(&shell, "Z", repeat("", 'x', ENVIRON_BEFORE_MAX, arena));
	ENTER(&shell, "a", "X=1", "Y=1", "Z=1", "A=1");
	IS(&shell, "X", "1");
	IS(&shell, "A", "1");
	skips(&shell, "Y", "32 KiB");
	skips(&shell, "Z", "one too many");
	assert_int_equal(strlen(environment_get(&shell.env, "Z")), ENVIRON_BEFORE_MAX);
	assert_true(strlen(environment_get(&shell.env, ENVIRON_STATE)) <= ENV_STATE_MAX);
	LEAVE(&shell);
	IS(&shell, "X", repeat("", 'x', ENVIRON_BEFORE_MAX, arena));
	/* Escaped, it is three times as long. */
	PUT(&shell, "X", repeat("", '\n', ENVIRON_BEFORE_MAX, arena));
	ENTER(&shell, "a", "X=1");
	skips(&shell, "X", "one too many");
	/* Values that programs can be started with. */
	ENTER(&shell, "a", repeat("B=", 'b', ENVIRON_VALUE_MAX - 3, arena),
			repeat("C=", 'c', ENVIRON_VALUE_MAX - 2, arena));
	assert_int_equal(strlen(environment_get(&shell.env, "B")), ENVIRON_VALUE_MAX - 3);
	skips(&shell, "C", "128 KiB");
	ENTER(&shell, "a", repeat("B=", 'b', 110000, arena), repeat("C=", 'b', 110000, arena),
			repeat("D=", 'b', 110000, arena), repeat("E=", 'b', 110000, arena),
			repeat("F=", 'b', 110000, arena));
	skips(&shell, "F", "512 KiB");
	LEAVE(&shell);
	/* An identity and a token of any length. */
	ENTER_AS(&shell, repeat("", '1', 1000, arena), repeat("", '\n', 9000, arena), "A=1");
	assert_true(shell.change.applied);
	/* A PATH that is too long. */
	PUT(&shell, "PATH", repeat("/", 'x', ENVIRON_BEFORE_MAX, arena));
	ENTER(&shell, "b", "/a", repeat("/", 'y', ENVIRON_WORD_MAX, arena));
	skips(&shell, "/a", "too long");
	skips(&shell, repeat("/", 'y', ENVIRON_WORD_MAX, arena), "4,096");
	shell_release(&shell);
}

static void test_many(void **state) {
	(void)state;
	struct shell shell;
	shell_init(&shell, "/bin");
	static struct env_pair pairs[ENVIRON_PAIRS_MAX + 1];
	static const char *folders[ENVIRON_PATH_MAX + 1];
	for (size_t i = 0; i < COUNT(pairs); i++) {
		pairs[i].name = arena_printf(&shell.arena, "V%zu", i);
		pairs[i].value = arena_printf(&shell.arena, "%zu", i);
	}
	for (size_t i = 0; i < COUNT(folders); i++) {
		folders[i] = arena_printf(&shell.arena, "/%zu", i);
	}
	struct env_wanted wanted = {"a", pairs, COUNT(pairs), folders, COUNT(folders)};
	environ_change(&shell.change, shell.env.items, &wanted, "1", &shell.arena);
	assert_int_equal(shell.change.nskipped, 2);
	skips(&shell, "V1024", "1,024");
	skips(&shell, "/64", "64 folders");
	assert_int_equal(shell.change.nsteps, ENVIRON_PAIRS_MAX + 2);
	environment_apply(&shell.env, &shell.change);
	IS(&shell, "V1023", "1023");
	LEAVE(&shell);
	assert_int_equal(shell.env.count, 2);
	IS(&shell, "PATH", "/bin");
	shell_release(&shell);
}

/* A record that is none: nothing is put back by it, and it goes away. */
static void test_broken_record(void **state) {
	(void)state;
	struct shell shell;
	shell_init(&shell, "/bin");
	ENTER(&shell, "a", "X=1", "Y=2", "/a");
	char *text = strdup(environment_get(&shell.env, ENVIRON_STATE));
	struct environment entered;
	environment_copy(&entered, &shell.env);
	for (size_t i = 0; text[i] != '\0'; i++) {
		char *copy = arena_strdup(&shell.arena, text);
		copy[i] = copy[i] == 'x' ? 'y' : 'x';
		PUT(&shell, ENVIRON_STATE, copy);
		LEAVE(&shell);
		assert_int_equal(shell.change.nsteps, 1);
		IS(&shell, ENVIRON_STATE, NULL);
		copy[i] = '\0';
		PUT(&shell, ENVIRON_STATE, copy);
		assert_null(environ_identity(shell.env.items, &shell.arena));
		LEAVE(&shell);
		assert_int_equal(shell.change.nsteps, 1);
		assert_true(environment_same(&shell.env, &entered));
	}
	/* What was left behind is what is there before, now. */
	PUT(&shell, ENVIRON_STATE, "garbage");
	ENTER(&shell, "b", "X=3", "/b");
	IS(&shell, "PATH", "/b:/a:/bin");
	LEAVE(&shell);
	IS(&shell, "X", "1");
	IS(&shell, "PATH", "/a:/bin");
	environment_release(&entered);
	free(text);
	shell_release(&shell);
}

/* A whole record that somebody else wrote can't reach what a mission couldn't set. */
static void test_forged_record(void **state) {
	(void)state;
	struct shell shell;
	shell_init(&shell, "/bin");
	PUT(&shell, "LD_PRELOAD", "x");
	const char *body = arena_printf(&shell.arena, "i/p;s1;vLD_PRELOAD=%016" PRIx64 "+/evil.so;",
			hash64("x", 1));
	PUT(&shell, ENVIRON_STATE, arena_printf(&shell.arena, "1:%016" PRIx64 ":%s",
			hash64(body, strlen(body)), body));
	LEAVE(&shell);
	IS(&shell, "LD_PRELOAD", "x");
	IS(&shell, ENVIRON_STATE, NULL);
	shell_release(&shell);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_enter_and_leave),
		cmocka_unit_test(test_straight_to_another),
		cmocka_unit_test(test_persons_changes_stay),
		cmocka_unit_test(test_wanted_changes),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_no_path),
		cmocka_unit_test(test_another_shell),
		cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_broken_record),
		cmocka_unit_test(test_forged_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
