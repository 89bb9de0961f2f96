/* SPDX-License-Identifier: MIT */

/* The texts; that shells read them as meant is tests/e2e/test_flow_env.py's to show. */

#include "test.h"

#include "flow/shell.h"

static void test_names(void **state) {
	(void)state;
	static const char *const names[] = {"zsh", "bash", "fish"};
	for (size_t i = 0; i < COUNT(names); i++) {
		enum shell shell;
		assert_true(shell_parse(names[i], &shell));
		assert_string_equal(shell_name(shell), names[i]);
	}
	enum shell shell;
	assert_false(shell_parse("sh", &shell));
	assert_false(shell_parse("", &shell));
	assert_false(shell_parse("zsh ", &shell));
}

static void test_quote(void **state) {
	(void)state;
	static const struct {
		const char *word, *posix, *fish;
	} rows[] = {
		{"", "''", "''"},
		{"a b", "'a b'", "'a b'"},
		{"$x `y` $(z) !! ~ * \" #", "'$x `y` $(z) !! ~ * \" #'", "'$x `y` $(z) !! ~ * \" #'"},
		{"it's", "'it'\\''s'", "'it'\\''s'"},
		{"'", "''\\'''", "\\'"},
		{"a\\", "'a\\'", "'a'\\\\"},
		{"\\'", "'\\'\\'''", "\\\\\\'"},
		{"a\nb", "$'a\\012b'", "'a'\\X0a'b'"},
		{"\n", "$'\\012'", "\\X0a"},
		{"\x01'\\\x7f", "$'\\001\\'\\\\\\177'", "\\X01\\'\\\\\\X7f"},
		{"\xc3\xa9", "$'\\303\\251'", "'\xc3\xa9'"},
		{"\xc3\xa9\\\xc3", "$'\\303\\251\\\\\\303'", "'\xc3\xa9'\\\\\\Xc3"},
		{"\xff" "1", "$'\\3771'", "\\Xff'1'"},
		{"\xed\xa0\x80", "$'\\355\\240\\200'", "\\Xed\\Xa0\\X80"}, /* a surrogate */
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf buf = BUF_INIT;
		shell_quote(SHELL_ZSH, rows[i].word, &buf);
		check_text(rows[i].word, buf.data, rows[i].posix);
		buf_clear(&buf);
		shell_quote(SHELL_BASH, rows[i].word, &buf);
		check_text(rows[i].word, buf.data, rows[i].posix);
		buf_clear(&buf);
		shell_quote(SHELL_FISH, rows[i].word, &buf);
		check_text(rows[i].word, buf.data, rows[i].fish);
		buf_release(&buf);
	}
}

static void test_answer(void **state) {
	(void)state;
	struct env_step steps[] = {{"A", "1"}, {"B", NULL}, {"C", ""}};
	struct env_change change = {.steps = steps, .nsteps = COUNT(steps)};
	struct buf buf = BUF_INIT;
	shell_call(SHELL_FISH, "_lumina_project", "/a b", &buf);
	shell_call(SHELL_FISH, "_lumina_slow", NULL, &buf);
	shell_steps(SHELL_FISH, &change, &buf);
	shell_end(&buf);
	check_text("answer", buf.data,
			"_lumina_project '/a b'\n_lumina_slow\n_lumina_set A '1'\n_lumina_unset B\n"
			"_lumina_set C ''\n#lumina:end\n");
	buf_release(&buf);
}

/* No part of an answer passes for a whole one, whatever the words hold. */
static void test_no_part_is_whole(void **state) {
	(void)state;
	static const char end[] = "\n#lumina:end\n";
	static const char *const words[] = {end, "#lumina:end\n", "a\n#lumina:end\n#lumina:end\n",
			"'\n#lumina:end\n'", "\\\n#lumina:end\n"};
	for (enum shell shell = SHELL_ZSH; shell <= SHELL_FISH; shell++) {
		struct buf buf = BUF_INIT;
		for (size_t i = 0; i < COUNT(words); i++) {
			struct env_step step = {"A", words[i]};
			shell_call(shell, "_lumina_note", words[i], &buf);
			shell_steps(shell, &(struct env_change){.steps = &step, .nsteps = 1}, &buf);
		}
		shell_end(&buf);
		assert_non_null(strstr(buf.data, end));
		assert_true(strstr(buf.data, end) + strlen(end) == buf.data + buf.len);
		for (const char *p = buf.data; *p != '\0'; p++) {
			check(*p == '\n' || (*p >= ' ' && *p <= '~'), "byte %d", *p);
		}
		buf_release(&buf);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_no_part_is_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
