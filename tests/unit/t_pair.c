/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/str.h"
#include "theme/pair.h"

/* Sorted, as pair_find() wants them. */
static const struct pair_theme all[] = {
	{"a-dark-b", true}, {"a-light-b", false}, {"alone", true}, {"both", true}, {"both-dark", true},
	{"both-light", false}, {"dark", true}, {"darkness", true}, {"github", false},
	{"github-dark", true}, {"light", false}, {"lightness", false}, {"nord", true},
	{"nord-light", false}, {"onedark", true}, {"onelight", false}, {"same-dark", true},
	{"same-light", true}, {"sun-light", false},
};

static void test_pairs(void **state) {
	(void)state;
	static const char *const rows[][2] = {
		{"a-dark-b", "a-light-b"}, {"a-light-b", "a-dark-b"},
		{"nord", "nord-light"}, {"nord-light", "nord"},
		{"github", "github-dark"}, {"github-dark", "github"},
		{"dark", "light"}, {"light", "dark"},
		/* The exchanged word counts more than the one left out. */
		{"both-light", "both-dark"}, {"both", "both-light"}, {"both-dark", "both-light"},
		/* Words within words are none; a partner is of the other variant. */
		{"alone", NULL}, {"onedark", NULL}, {"onelight", NULL}, {"darkness", NULL},
		{"lightness", NULL}, {"same-dark", NULL}, {"same-light", NULL}, {"sun-light", NULL},
	};
	struct arena arena;
	arena_init(&arena);
	assert_int_equal(COUNT(rows), COUNT(all));
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t at = 0;
		while (at < COUNT(all) && !streq(all[at].name, rows[i][0])) {
			at++;
		}
		assert_true(at < COUNT(all));
		const struct pair_theme *found = pair_find(all, COUNT(all), &all[at], &arena);
		check(str_same(found != NULL ? found->name : NULL, rows[i][1]), "%s: %s, not %s", rows[i][0],
				found != NULL ? found->name : "none", rows[i][1]);
	}
	arena_release(&arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
