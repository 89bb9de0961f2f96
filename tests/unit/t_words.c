/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/words.h"

static void test_split(void **state) {
	(void)state;
	static const char *const rows[][2] = {
		{NULL, "(none)"},
		{"", "(none)"},
		{" \t\n ", "(none)"},
		{"a", "[a]"},
		{"  a  ", "[a]"},
		{"a b", "[a][b]"},
		{"\ta\n\nb \t c\n", "[a][b][c]"},
		/* No quoting: what is there is there. */
		{"sudo -p 'a b' \"c\"", "[sudo][-p]['a][b'][\"c\"]"},
		{"a\\ b", "[a\\][b]"},
		{"a\rb\vc", "[a\rb\vc]"},
		{"\xff \xc3\xa4", "[\xff][\xc3\xa4]"},
		{"/usr/bin/pacman --root=/x", "[/usr/bin/pacman][--root=/x]"},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *const *words = words_split(rows[i][0], &arena);
		struct buf buf = BUF_INIT;
		buf_adds(&buf, words == NULL ? "(none)" : "");
		for (size_t j = 0; words != NULL && words[j] != NULL; j++) {
			buf_addf(&buf, "[%s]", words[j]);
		}
		check_text(rows[i][0], buf.data, rows[i][1]);
		buf_release(&buf);
	}
	arena_release(&arena);
}

static void test_have(void **state) {
	(void)state;
	static const char *const words[] = {"a", "bc", "", NULL};
	assert_true(words_have(words, "a") && words_have(words, "bc") && words_have(words, ""));
	assert_false(words_have(words, "b") || words_have(words, "A") || words_have(NULL, "a"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_have),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
