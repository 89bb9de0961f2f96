/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/paint.h"

static void test_position(void **state) {
	(void)state;
	static const struct {
		const char *text;
		uint32_t at;
		unsigned line, column;
	} rows[] = {
		{"", 0, 1, 1},
		{"abc", 0, 1, 1},
		{"abc", 2, 1, 3},
		{"abc", 3, 1, 4},
		{"abc", 99, 1, 4}, /* beyond the end: the end */
		{"a\nb", 1, 1, 2},
		{"a\nb", 2, 2, 1},
		{"a\n", 2, 2, 1},
		{"\n\n\nx", 3, 4, 1},
		{"a\r\nb\r\nc", 3, 2, 1},
		{"a\r\nb\r\nc", 6, 3, 1},
		{"\ta: x", 1, 1, 2}, /* a tab is one column */
		{"\xc3\xa9\xc3\xa9x", 4, 1, 3},
		{"a\n\xe6\x97\xa5\xf0\x9f\x98\x80x", 9, 2, 3},
		{"\xff\xffx", 2, 1, 3}, /* a byte that is no UTF-8 is one column */
		{"\xef\xbb\xbf" "abc", 3, 1, 1},
		{"\xef\xbb\xbf" "abc", 5, 1, 3},
		{"\xef\xbb\xbf" "a\nb", 5, 2, 1},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct source source = source_of(rows[i].text, strlen(rows[i].text));
		struct span span = {&source, rows[i].at, rows[i].at};
		struct position pos = span_position(span);
		check(pos.line == rows[i].line && pos.column == rows[i].column, "row %zu: %u:%u", i,
				pos.line, pos.column);
		source_release(&source);
	}
}

static void test_describe(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	struct source source = source_of("a\nbc", 4);
	assert_string_equal(span_describe((struct span){&source, 3, 4}, &arena),
			"lumina.yaml:2:2");
	assert_string_equal(span_describe((struct span){0}, &arena), "");
	source_release(&source);
	arena_release(&arena);
}

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

struct render {
	const char *text;
	uint32_t start, end;
	const char *want;
};

static void check_render(const struct render *rows, size_t count) {
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < count; i++) {
		struct source source = source_of(rows[i].text, strlen(rows[i].text));
		struct diags diags = {.arena = &arena};
		struct buf buf = BUF_INIT;
		diag_add(&diags, (struct span){&source, rows[i].start, rows[i].end}, "bad");
		diags_render(&diags, &paint_none, &buf);
		check_text(rows[i].text, buf.data, rows[i].want);
		buf_release(&buf);
		source_release(&source);
	}
	arena_release(&arena);
}

static void test_render(void **state) {
	(void)state;
	static const struct render rows[] = {
		{"a: b\nform: nvim\nc: d\n", 5, 9,
				"error: lumina.yaml:2:1: bad\n"
				"    2 | form: nvim\n"
				"      | ^~~~\n"},
		{"a: b", 3, 4,
				"error: lumina.yaml:1:4: bad\n"
				"    1 | a: b\n"
				"      |    ^\n"},
		/* an empty span, and one at the very end */
		{"a: b", 4, 4,
				"error: lumina.yaml:1:5: bad\n"
				"    1 | a: b\n"
				"      |     ^\n"},
		{"a\n", 2, 2,
				"error: lumina.yaml:2:1: bad\n"
				"    2 | \n"
				"      | ^\n"},
		/* only the first line of a longer one */
		{"ab: |\n  x\n  y\n", 4, 13,
				"error: lumina.yaml:1:5: bad\n"
				"    1 | ab: |\n"
				"      |     ^\n"},
		/* tabs as one blank each */
		{"\ta:\tb\n", 4, 5,
				"error: lumina.yaml:1:5: bad\n"
				"    1 |  a: b\n"
				"      |     ^\n"},
		{"a: b\r\nc: dd\r\n", 9, 11,
				"error: lumina.yaml:2:4: bad\n"
				"    2 | c: dd\n"
				"      |    ^~\n"},
		{"\xc3\xa9: \xc3\xbc\xc3\xbc\n", 4, 8,
				"error: lumina.yaml:1:4: bad\n"
				"    1 | \xc3\xa9: \xc3\xbc\xc3\xbc\n"
				"      |    ^~\n"},
		/* no excerpt of an endless line */
		{X50 X50 X50 X50, 3, 4, "error: lumina.yaml:1:4: bad\n"},
		{"", 0, 0, "error: lumina.yaml:1:1: bad\n"},
	};
	check_render(rows, COUNT(rows));
}

/* The byte order mark is neither shown nor counted. */
static void test_render_bom(void **state) {
	(void)state;
	static const struct render rows[] = {
		{"\xef\xbb\xbf" "ab: c\n", 7, 8,
				"error: lumina.yaml:1:5: bad\n"
				"    1 | ab: c\n"
				"      |     ^\n"},
	};
	check_render(rows, COUNT(rows));
}

/* What is shown longer than it is moves the caret along. */
static void test_render_escaped(void **state) {
	(void)state;
	static const struct render rows[] = {
		{"\x1b" "ab: c\n", 5, 6,
				"error: lumina.yaml:1:6: bad\n"
				"    1 | \\eab: c\n"
				"      |       ^\n"},
		{"\xff\xff: c\n", 4, 5,
				"error: lumina.yaml:1:5: bad\n"
				"    1 | \\xff\\xff: c\n"
				"      |           ^\n"},
	};
	check_render(rows, COUNT(rows));
}

static void test_many(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	struct source source = source_of("a\nb\n", 4);
	struct diags diags = {.arena = &arena};
	struct buf buf = BUF_INIT;
	diag_add(&diags, (struct span){&source, 2, 3}, "second, found %s", "first");
	diag_add(&diags, (struct span){0}, "nowhere \x1b[2J");
	diag_add(&diags, (struct span){&source, 0, 1}, "first");
	assert_int_equal(diags.count, 3);
	diags_render(&diags, &paint_none, &buf);
	assert_string_equal(buf.data,
			"error: lumina.yaml:1:1: first\n"
			"    1 | a\n"
			"      | ^\n"
			"error: lumina.yaml:2:1: second, found first\n"
			"    2 | b\n"
			"      | ^\n"
			"error: nowhere \\e[2J\n");
	buf_clear(&buf);
	diags_render(&diags, &paint_ansi, &buf);
	assert_true(strstr(buf.data, "\033[31merror:\033[0m") == buf.data);
	buf_release(&buf);
	source_release(&source);
	arena_release(&arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_position),
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_render),
		cmocka_unit_test(test_render_bom),
		cmocka_unit_test(test_render_escaped),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
