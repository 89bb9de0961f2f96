/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/typo.h"

static void test_distance(void **state) {
	(void)state;
	static const struct {
		const char *a, *b;
		size_t want;
	} rows[] = {
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "abc", 0},
		{"abc", "abd", 1},
		{"abc", "ab", 1},
		{"abc", "xabc", 1},
		{"form", "from", 1}, /* neighbours swapped */
		{"ab", "ba", 1},
		{"kitten", "sitting", 3},
		{"abc", "xyz", 3},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str a = str_of(rows[i].a), b = str_of(rows[i].b);
		check(typo_distance(a, b) == rows[i].want, "'%s' and '%s': %zu", rows[i].a,
				rows[i].b, typo_distance(a, b));
		check(typo_distance(b, a) == rows[i].want, "'%s' and '%s'", rows[i].b, rows[i].a);
	}
}

static void test_nearest(void **state) {
	(void)state;
	static const char *const names[] = {"packages", "symlinks", "themes", "hosts", "in", NULL};
	static const char *const rows[][2] = {
		{"package", "packages"},
		{"pakcages", "packages"},
		{"symlink", "symlinks"},
		{"simlinks", "symlinks"},
		{"theme", "themes"},
		{"host", "hosts"},
		{"im", "in"},
		{"xy", NULL},
		{"x", NULL},
		{"", NULL},
		{"banana", NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_text(rows[i][0], typo_nearest(str_of(rows[i][0]), names), rows[i][1]);
	}
	static const char *const none[] = {NULL};
	assert_true(typo_nearest(str_of("a"), none) == NULL);
	/* Nobody's typing error, and no table of its square. */
	size_t huge = (size_t)1 << 24;
	char *word = malloc(huge);
	memset(word, 'a', huge);
	assert_true(typo_nearest((struct str){word, huge}, names) == NULL);
	free(word);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_nearest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
