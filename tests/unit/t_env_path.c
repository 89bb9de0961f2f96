/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "flow/env_path.h"

static void test_has(void **state) {
	(void)state;
	static const struct {
		const char *path, *folder;
		bool has;
	} rows[] = {
		{"/a", "/a", true},
		{"/a:/b:/c", "/a", true},
		{"/a:/b:/c", "/b", true},
		{"/a:/b:/c", "/c", true},
		{"/a:/b:/c", "/d", false},
		{"/ab:/c", "/a", false},
		{"/a/b", "/a", false},
		{"", "/a", false},
		{":", "/a", false},
		{"::/a", "/a", true},
		{"/a:", "/a", true},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check(env_path_has(rows[i].path, rows[i].folder) == rows[i].has, "'%s' '%s'",
				rows[i].path, rows[i].folder);
	}
}

/* Folders between blanks. */
static size_t words(const char *text, const char **ret, struct arena *arena) {
	size_t count = 0;
	char *copy = arena_strdup(arena, text), *rest = copy, *word;
	while ((word = strsep(&rest, " ")) != NULL) {
		if (*word != '\0') {
			ret[count++] = word;
		}
	}
	return count;
}

static void test_prepend(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	const char *folders[] = {"/x", "/y"};
	check_text("two", env_path_prepend(folders, 2, "/a:/b", &arena), "/x:/y:/a:/b");
	check_text("none", env_path_prepend(folders, 0, "/a:/b", &arena), "/a:/b");
	check_text("empty ones stay", env_path_prepend(folders, 1, "/a::/b:", &arena),
			"/x:/a::/b:");
	arena_release(&arena);
}

static void test_remove(void **state) {
	(void)state;
	static const struct {
		const char *name, *folders, *before, *path, *want;
	} rows[] = {
		{"nothing put in", "", "/a", "/b", "/b"},
		{"unchanged", "/x /y", "/a:/b", "/x:/y:/a:/b", "/a:/b"},
		{"unchanged, empty ones", "/x", ":/a::/b:", "/x::/a::/b:", ":/a::/b:"},
		{"put in front since", "/x /y", "/a:/b", "/n:/x:/y:/a:/b", "/n:/a:/b"},
		{"put behind since", "/x", "/a", "/x:/a:/n", "/a:/n"},
		{"put between", "/x /y", "/a", "/x:/n:/y:/a", "/n:/a"},
		{"taken out since", "/x", "/a:/b", "/x:/b", "/b"},
		{"ours taken out", "/x /y", "/a:/b", "/y:/a:/b", "/a:/b"},
		{"all taken out", "/x /y", "/a", "/n", "/n"},
		{"was there before", "/x", "/a:/x:/b", "/x:/a:/x:/b", "/a:/x:/b"},
		{"was there before, changed", "/x", "/a:/x:/b", "/n:/x:/a:/x:/b", "/n:/a:/x:/b"},
		{"there twice before", "/x", "/x:/a:/x", "/n:/x:/x:/a:/x", "/n:/x:/a:/x"},
		{"twice, once is ours", "/x", "/a", "/x:/x:/a", "/x:/a"},
		{"typeset -U", "/x", "/a:/x:/b", "/x:/a:/b", "/a:/x:/b"},
		{"a double taken out since", "/x", "/a:/b:/a", "/x:/a:/b", "/a:/b"},
		{"typeset -U, changed", "/x", "/a:/x:/b", "/n:/x:/a:/b", "/n:/a:/x:/b"},
		{"typeset -U, two, changed", "/x /y", "/a:/x:/y:/b", "/n:/x:/y:/a:/b",
				"/n:/a:/x:/y:/b"},
		{"typeset -U, two, swapped", "/y /x", "/a:/x:/y:/b", "/n:/y:/x:/a:/b",
				"/n:/a:/x:/y:/b"},
		{"typeset -U, last", "/x", "/a:/x", "/n:/x:/a", "/n:/a:/x"},
		{"typeset -U, neighbour gone", "/x", "/a:/x:/b:/c", "/x:/a:/c", "/a:/x:/c"},
		{"typeset -U, all gone", "/x", "/a:/x:/b", "/x:/n", "/n:/x"},
		{"nothing else left", "/x", "/a", "/x", "/x"},
		{"empty", "/x", "/a", "", ""},
		{"only an empty one left", "/x", "/a", "/x:", ""},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		arena_init(&arena);
		const char *folders[8];
		size_t count = words(rows[i].folders, folders, &arena);
		check_text(rows[i].name,
				env_path_remove(folders, count, rows[i].before, rows[i].path,
						&arena),
				rows[i].want);
		arena_release(&arena);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_has),
		cmocka_unit_test(test_prepend),
		cmocka_unit_test(test_remove),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
