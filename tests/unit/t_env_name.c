/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/env_name.h"

static void test_names(void **state) {
	(void)state;
	static const char *const good[] = {"a", "A", "_a", "_1", "NODE_ENV", "x9", "aB_9"};
	static const char *const bad[] = {"", "1X", "A B", "x;id", "A=B", "a[$(id)]", "a-b", "a.b",
			"\xc3\xa9", "a\xc3\xa9", "a\n", " a", "a ", "$a", "a\x7f", "a'"};
	for (size_t i = 0; i < COUNT(good); i++) {
		check(env_name_is_valid(good[i], strlen(good[i])), "%s", good[i]);
		assert_null(env_name_refused(good[i], ENV_PROJECT));
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		check(!env_name_is_valid(bad[i], strlen(bad[i])), "%s", bad[i]);
		assert_string_equal(
				env_name_refused(bad[i], ENV_OWN), "is no name of a variable");
	}
	assert_false(env_name_is_valid("a\0b", 3));
	assert_true(env_name_is_valid("ab=c", 2));
	char longest[ENV_NAME_MAX + 2];
	memset(longest, 'a', sizeof(longest));
	assert_true(env_name_is_valid(longest, ENV_NAME_MAX));
	assert_false(env_name_is_valid(longest, ENV_NAME_MAX + 1));
}

static void test_refused(void **state) {
	(void)state;
	static const struct {
		const char *name, *own, *project; /* a word of the reason, or NULL */
	} rows[] = {
		{"PATH", "path:", "path:"},
		{"LD_PRELOAD", "code", "code"},
		{"LD_LIBRARY_PATH", "code", "code"},
		{"LD_", "code", "code"},
		{"LD", NULL, NULL},
		{"BASH_ENV", "code", "code"},
		{"ENV", "code", "code"},
		{"ENVIRONMENT", NULL, NULL},
		{"NODE_ENV", NULL, NULL},
		{"BASH_FUNC_x", "code", "code"},
		{"ZDOTDIR", "code", "code"},
		{"FPATH", "code", "code"},
		{"GLIBC_TUNABLES", "code", "code"},
		{"PROMPT", "shell", "shell"},
		{"PROMPT_COMMAND", "shell", "shell"},
		{"PROMPT2", "shell", "shell"},
		{"RPROMPT", "shell", "shell"},
		{"PS0", "shell", "shell"},
		{"PS4", "shell", "shell"},
		{"PS5", NULL, NULL},
		{"IFS", "shell", "shell"},
		{"SHELLOPTS", "shell", "shell"},
		{"BASHOPTS", "shell", "shell"},
		{"HISTFILE", "shell", "shell"},
		{"PWD", "shell", "shell"},
		{"OLDPWD", "shell", "shell"},
		{"_", "shell", "shell"},
		{"_x", NULL, NULL},
		{"fish_greeting", "shell", "shell"},
		{"fishy", NULL, NULL},
		{"HOME", "session", "session"},
		{"USER", "session", "session"},
		{"LOGNAME", "session", "session"},
		{"SHELL", "session", "session"},
		{"XDG_RUNTIME_DIR", "session", "session"},
		{"LUMINA_FLOW", "Lumina", "Lumina"},
		{"__LUMINA_FLOW", "Lumina", "Lumina"},
		{"GIT_SSH_COMMAND", NULL, "registry"},
		{"GIT_CONFIG_COUNT", NULL, "registry"},
		{"GIT_CONFIG_KEY_0", NULL, "registry"},
		{"GIT_DIR", NULL, "registry"},
		{"GIT_AUTHOR_EMAIL", NULL, NULL},
		{"GIT_COMMITTER_NAME", NULL, NULL},
		{"PYTHONSTARTUP", NULL, "registry"},
		{"PYTHONPATH", NULL, NULL},
		{"NODE_OPTIONS", NULL, "registry"},
		{"EDITOR", NULL, "registry"},
		{"SSH_AUTH_SOCK", NULL, "registry"},
		{"XDG_DATA_DIRS", NULL, "registry"},
		{"DATABASE_URL", NULL, NULL},
		{"path", "shell", "shell"},
		{"Path", NULL, NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *own = env_name_refused(rows[i].name, ENV_OWN);
		const char *project = env_name_refused(rows[i].name, ENV_PROJECT);
		check((own == NULL) == (rows[i].own == NULL) &&
						(own == NULL || strstr(own, rows[i].own) != NULL),
				"%s, own: %s", rows[i].name, own != NULL ? own : "accepted");
		check((project == NULL) == (rows[i].project == NULL) &&
						(project == NULL ||
								strstr(project, rows[i].project) !=
										NULL),
				"%s, project: %s", rows[i].name,
				project != NULL ? project : "accepted");
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
