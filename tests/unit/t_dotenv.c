/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "flow/dotenv.h"

/* "NAME=<value>" a line, with the value's unprintable bytes escaped; or the message. */
static const char *parse(const char *bytes, size_t size, struct arena *arena) {
	struct env_pairs pairs = {0};
	struct err err = {0};
	struct buf out = BUF_INIT;
	/* Memory that ends where the text does, for the sanitizers. */
	char *copy = malloc(size > 0 ? size : 1);
	memcpy(copy, bytes, size);
	if (dotenv_parse(&pairs, copy, size, ENV_PROJECT, ".env", arena, &err) < 0) {
		assert_int_equal(pairs.count, 0);
		assert_int_equal(err.kind, ERR_FAILED);
		buf_adds(&out, err.text);
	}
	free(copy);
	for (size_t i = 0; i < pairs.count; i++) {
		const char *value = pairs.items[i].value;
		assert_int_equal(pairs.items[i].source, ENV_PROJECT);
		buf_addf(&out, "%s%s=<", i > 0 ? "|" : "", pairs.items[i].name);
		buf_add_shown(&out, value, strlen(value));
		buf_adds(&out, ">");
	}
	const char *text = arena_strndup(arena, out.data, out.len);
	buf_release(&out);
	free(pairs.items);
	err_release(&err);
	return text;
}

static const struct {
	const char *text, *want;
} rows[] = {
	{"", ""},
	{"\n\r\n  \n\t\n", ""},
	{"# c\n  # d\n#", ""},
	{"A=1", "A=<1>"},
	{"A=1\n", "A=<1>"},
	{"A=1\r\nB=2\r\n", "A=<1>|B=<2>"},
	{"A=1\r", "A=<1>"},
	{"A=a\rb\n", "A=<a\\rb>"},
	{"\xef\xbb\xbf" "A=1\n", "A=<1>"},
	{"\xef\xbb\xbf", ""},
	{"A=\n", "A=<>"},
	{"A=", "A=<>"},
	{"A= \t \n", "A=<>"},
	{"A=''\nB=\"\"\n", "A=<>|B=<>"},
	{"  A=1\n\tB=2", "A=<1>|B=<2>"},
	{"export A=1\nexport\tB=2\nexport   C=3", "A=<1>|B=<2>|C=<3>"},
	{"export=1\nexport =2\nexported=3", "export=<1>|export=<2>|exported=<3>"},
	{"A = 1\nB =2\nC= 3", "A=<1>|B=<2>|C=<3>"},
	{"A=a b  c  \n", "A=<a b  c>"},
	{"A=1 # c\nB=2#d\nC=#e\nD= # f\nE=\t#g\nF=a#b #c", "A=<1>|B=<2#d>|C=<#e>|D=<>|E=<>|F=<a#b>"},
	{"A='b # c' # d\nB=\"e # f\"\t# g", "A=<b # c>|B=<e # f>"},
	{"A='$B `c` \\n \"d\" $(e)'\n", "A=<$B `c` \\n \"d\" $(e)>"},
	{"A=$B${C}`d`$(e)\\n~*\n", "A=<$B${C}`d`$(e)\\n~*>"},
	{"A=\"$B ${C} `d` $(e)\"\n", "A=<$B ${C} `d` $(e)>"},
	{"A=\"a\\nb\\rc\\td\\\\e\\\"f\\'g\\$h\\`i\"\n", "A=<a\\nb\\rc\\td\\e\"f'g$h`i>"},
	{"A=\"\\d \\u00e9 \\x41 \\0\"\n", "A=<\\d \\u00e9 \\x41 \\0>"},
	{"A=\"a\\\nb\\\r\nc\"\n", "A=<abc>"},
	{"A='a\nb\r\nc'\nB=1", "A=<a\\nb\\nc>|B=<1>"},
	{"A=\"a\nb\r\n\n\"\nB=1", "A=<a\\nb\\n\\n>|B=<1>"},
	{"A='a\rb'\n", "A=<a\\rb>"},
	{"A=it's \"b\"\n", "A=<it's \"b\">"},
	{"A=a=b==\n", "A=<a=b==>"},
	{"A=1\nA=2\n", "A=<1>|A=<2>"},
	{"A=\xff\x1b\n", "A=<\\xff\\e>"},
	{"A=\xc3\xa9\n", "A=<\xc3\xa9>"},
	{"LD_PRELOAD=x\n", "LD_PRELOAD=<x>"}, /* the environment's to refuse */
	/* Wrong ones. */
	{"A\n", "'.env':1: no '=' behind the name"},
	{"A", "'.env':1: no '=' behind the name"},
	{"export A\n", "'.env':1: no '=' behind the name"},
	{"export\n", "'.env':1: no '=' behind the name"},
	{"A B=1\n", "'.env':1: no '=' behind the name"},
	{"# c\n\n=1\n", "'.env':3: no name of a variable where one should be"},
	{"A=1\n1B=2\n", "'.env':2: no name of a variable where one should be"},
	{"A=1\r\n\r\nx-y=2\n", "'.env':3: no name of a variable where one should be"},
	{"A: 1\n", "'.env':1: no name of a variable where one should be"},
	{"echo hi\n", "'.env':1: no '=' behind the name"},
	{"$(id)=1\n", "'.env':1: no name of a variable where one should be"},
	{"\xc3\xa9=1\n", "'.env':1: no name of a variable where one should be"},
	{"B=1\nA='x\n\ny\n", "'.env':2: the single quote has no end"},
	{"B=1\nA=\"x\n\ny\\\"\n", "'.env':2: the double quote has no end"},
	{"A=\"\\", "'.env':1: the double quote has no end"},
	{"A=\"", "'.env':1: the double quote has no end"},
	{"A='a\n'b\n", "'.env':2: there is text behind the closing quote"},
	{"A=\"a\"#b\n", "'.env':1: there is text behind the closing quote"},
	{"A='a'\"b\"\n", "'.env':1: there is text behind the closing quote"},
	{"A=\"a\nb\"\nC=\"\\\nd\"\nE", "'.env':5: no '=' behind the name"},
};

static void test_rows(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_text(rows[i].text, parse(rows[i].text, strlen(rows[i].text), &arena),
				rows[i].want);
	}
	check_text("NUL", parse("A=1\nB=\0", 7, &arena), "'.env':2: a NUL byte");
	check_text("NUL", parse("\0", 1, &arena), "'.env':1: a NUL byte");
	arena_release(&arena);
}

static void test_appends(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	struct env_pairs pairs = {0};
	struct err err = {0};
	assert_int_equal(dotenv_parse(&pairs, "A=1", 3, ENV_OWN, "a", &arena, &err), 0);
	assert_int_equal(dotenv_parse(&pairs, "B=2\nC", 5, ENV_OWN, "b", &arena, &err), -1);
	assert_int_equal(pairs.count, 1);
	assert_string_equal(err.text, "'b':2: no '=' behind the name");
	assert_int_equal(dotenv_parse(&pairs, "B=2", 3, ENV_PROJECT, "b", &arena, &err), 0);
	assert_int_equal(pairs.count, 2);
	assert_int_equal(pairs.items[0].source, ENV_OWN);
	assert_int_equal(pairs.items[1].source, ENV_PROJECT);
	err_release(&err);
	free(pairs.items);
	arena_release(&arena);
}

static const char *parse_much(const char *line, size_t times, size_t more, struct arena *arena) {
	struct buf text = BUF_INIT;
	for (size_t i = 0; i < times; i++) {
		buf_adds(&text, line);
	}
	for (size_t i = 0; i < more; i++) {
		buf_addc(&text, 'x');
	}
	struct env_pairs pairs = {0};
	struct err err = {0};
	int result = dotenv_parse(&pairs, text.data, text.len, ENV_OWN, "e", arena, &err);
	assert_int_equal(result < 0, err.text != NULL);
	const char *told = arena_strdup(arena, result < 0 ? err.text : "good");
	err_release(&err);
	free(pairs.items);
	buf_release(&text);
	return told;
}

static void test_bounds(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	check_text("many", parse_much("A=1\n", 1024, 0, &arena), "good");
	check_text("too many", parse_much("A=1\n", 1025, 0, &arena),
			"'e':1025: more than 1,024 variables");
	check_text("long", parse_much("A=", 1, 128 * 1024, &arena), "good");
	check_text("too long", parse_much("\nA=", 1, 128 * 1024 + 1, &arena),
			"'e':2: the value is longer than 128 KiB");
	check_text("name", parse_much("A", 1, 300, &arena),
			"'e':1: no name of a variable where one should be");
	check_text("large", parse_much("#\n", 512 * 1024, 0, &arena), "good");
	check_text("too large", parse_much("#\n", 512 * 1024, 1, &arena), "'e': larger than 1 MiB");
	arena_release(&arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_appends),
		cmocka_unit_test(test_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
