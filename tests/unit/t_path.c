/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/path.h"

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X255 X50 X50 X50 X50 X50 "xxxxx"

static void test_fold(void **state) {
	(void)state;
	static const struct {
		const char *path;
		enum fold fold;
		const char *want; /* NULL: not looked at */
	} rows[] = {
		{"a", FOLD_OK, "a"},
		{"a/b", FOLD_OK, "a/b"},
		{"/a", FOLD_OK, "a"},
		{"///a//b///", FOLD_OK, "a/b"},
		{"./a/./b/.", FOLD_OK, "a/b"},
		{"a/../b", FOLD_OK, "b"},
		{"a/b/../../c", FOLD_OK, "c"},
		{"a/b/..", FOLD_OK, "a"},
		{"...", FOLD_OK, "..."},
		{".a/..b/c..", FOLD_OK, ".a/..b/c.."},
		{"a b/\n/\xff", FOLD_OK, "a b/\n/\xff"},
		{X255, FOLD_OK, X255},
		{"", FOLD_EMPTY, ""},
		{"/", FOLD_EMPTY, ""},
		{".", FOLD_EMPTY, ""},
		{"a/..", FOLD_EMPTY, ""},
		{"a/../.", FOLD_EMPTY, ""},
		{"..", FOLD_ESCAPES, NULL},
		{"/..", FOLD_ESCAPES, NULL},
		{"../a", FOLD_ESCAPES, NULL},
		{"a/../../b", FOLD_ESCAPES, NULL},
		{"a/../../a/b/c", FOLD_ESCAPES, NULL},
		{X255 "x", FOLD_TOO_LONG, NULL},
		{"a/" X255 "x/../b", FOLD_TOO_LONG, NULL},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = NULL;
		enum fold fold = path_fold(str_of(rows[i].path), &arena, &got);
		check(fold == rows[i].fold, "'%s': %d", rows[i].path, (int)fold);
		if (rows[i].want != NULL) {
			check_text(rows[i].path, got, rows[i].want);
		}
		/* What is folded stays. */
		const char *again = NULL;
		if (fold == FOLD_OK) {
			assert_int_equal(path_fold(str_of(got), &arena, &again), FOLD_OK);
			check_text(rows[i].path, again, got);
		}
	}
	const char *got = NULL;
	assert_int_equal(path_fold((struct str){"a\0b", 3}, &arena, &got), FOLD_NUL);
	assert_int_equal(path_fold((struct str){NULL, 0}, &arena, &got), FOLD_EMPTY);
	arena_release(&arena);
}

static void test_fold_absolute(void **state) {
	(void)state;
	static const char *const rows[][2] = {
		{"/", "/"},
		{"//", "/"},
		{"/a/", "/a"},
		{"/a/../b", "/b"},
		{"/..", "/"},
		{"/../../a", "/a"},
		{"/a/../../../b/./c", "/b/c"},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_text(rows[i][0], path_fold_absolute(rows[i][0], &arena), rows[i][1]);
	}
	arena_release(&arena);
}

/* Every pair of a sorted list, both ways round. */
static void test_compare(void **state) {
	(void)state;
	static const char *const sorted[] = {
		"",
		"~",
		"~/",
		"~/.a",
		"~/.a/b",
		"~/.a/b/c",
		"~/.a/z",
		"~/.a\x01",
		"~/.a b",
		"~/.a-b",
		"~/.a.b",
		"~/.a0",
		"~/.a\x7f",
		"~/.a\xc3\xa9",
		"~/.a\xff",
		"~/.b",
	};
	for (size_t i = 0; i < COUNT(sorted); i++) {
		for (size_t j = 0; j < COUNT(sorted); j++) {
			int order = path_compare(sorted[i], sorted[j]);
			check((order > 0) - (order < 0) == (i > j) - (i < j), "'%s' against '%s': %d",
					sorted[i], sorted[j], order);
		}
	}
}

static void test_is_under(void **state) {
	(void)state;
	static const struct {
		const char *path, *folder;
		bool under;
	} rows[] = {
		{"~/a", "~/a", true},
		{"~/a/b", "~/a", true},
		{"~/a/b", "~", true},
		{"~/ab", "~/a", false},
		{"~/a", "~/a/b", false},
		{"~/b", "~/a", false},
		{"/a", "/", true},
		{"/", "/", true},
		{"a", "", false},
		{"/a", "", true},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check(path_is_under(rows[i].path, rows[i].folder) == rows[i].under,
				"'%s' under '%s'", rows[i].path, rows[i].folder);
	}
}

static void test_home(void **state) {
	(void)state;
	static const char *const rows[][3] = {
		{"/home/u", "/home/u", "~"},
		{"/home/u/.a", "/home/u", "~/.a"},
		{"/home/u/a/b", "/home/u", "~/a/b"},
		{"/home/u2", "/home/u", NULL},
		{"/home", "/home/u", NULL},
		{"/etc", "/home/u", NULL},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *path = path_to_home(rows[i][0], rows[i][1], &arena);
		check_text(rows[i][0], path, rows[i][2]);
		if (path != NULL) {
			check_text(path, path_from_home(path, rows[i][1], &arena), rows[i][0]);
		}
	}
	assert_string_equal(path_name("~/a/b"), "b");
	assert_string_equal(path_name("~"), "~");
	assert_string_equal(path_name("a/"), "");
	assert_string_equal(path_join("/p", "a/b", &arena), "/p/a/b");
	arena_release(&arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_fold_absolute),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_is_under),
		cmocka_unit_test(test_home),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
