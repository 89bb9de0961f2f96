/* SPDX-License-Identifier: MIT */

/*
 * The short cut of text/runs.h against the whole way: the same tree, spans and
 * problems, wherever lines that look like a run stand, whatever is among them.
 */

#include "parsed.h"

/* Tree with spans, or problems. */
static const char *outcome(const char *yaml, size_t size, bool slowly, struct arena *arena) {
	struct source source = source_of(yaml, size);
	struct diags diags = {.arena = arena};
	struct node *root;
	struct buf out = BUF_INIT;
	(void)(slowly ? node_parse_slowly : node_parse)(&source, arena, &diags, &root);
	buf_adds(&out, diags_text(&diags, arena));
	if (root != NULL) {
		dump(root, true, &out);
	}
	const char *text = arena_strndup(arena, out.data, out.len);
	buf_release(&out);
	source_release(&source);
	return text;
}

/* What stands before and behind the lines. */
static const char *const around[][2] = {
	{"symlinks:\n", ""},
	{"symlinks:\n", "themes: x\n"},
	{"symlinks:\n", "  last: [a, b]\n"},
	{"symlinks:\n", "  last:\n    deeper: x\n"},
	{"symlinks:\n", "    deeper: x\n"}, /* wrong */
	{"symlinks:\n", " x\n"},            /* wrong */
	{"symlinks:\n", "   x\n"},          /* goes on */
	{"symlinks:\n", "\t\n"},
	{"symlinks:\n", "...\n"},
	{"symlinks:\n", "---\na\n"}, /* wrong */
	{"symlinks:\n", "  ]\n"},    /* wrong */
	{"symlinks:\n", "  - x\n"},  /* wrong */
	{"symlinks:\n", "  k1: double\n"},
	{"symlinks:\n  first: [a]\n", "  last: {b: c}\n"},
	{"symlinks: # why\n\n", "\n\n# end"},
	{"symlinks: &a\n", "other: *a\n"},
	{"- symlinks:\n  - x\n-\n", "- y\n"},
	{"a:\n  b:\n", "c: d\n"},
	{"a: |\n", "b: c\n"},
	{"a: >-\n", "b: c\n"},
	{"a: |2\n", ""},
	{"a: |+\n\n", "\n\n"},
	{"a: 'x\n", "  '\n"},
	{"a: \"x\n", "  \"\n"},
	{"a: x\n", ""},        /* a plain scalar would go on: wrong */
	{"a: x # y\n", ""},    /* wrong */
	{"x\n", ""},           /* wrong */
	{"a: {\n", "}\n"},     /* wrong: no commas */
	{"a: [\n", "]\n"},     /* wrong */
	{"? |\n", ": x\n"},
	{"?\n", ": x\n"}, /* a map as a key: wrong */
	{"", ""},
	{"\xef\xbb\xbf" "symlinks:\n", ""},
	{"%YAML 1.2\n---\na:\n", ""},
	{"--- |\n", ""},
	{"--- !x\n", ""}, /* wrong */
	{"a: !x\n", ""},  /* wrong */
	{"a: &x !y\n", ""}, /* wrong */
	{"k: *x\na:\n", ""}, /* wrong */
	{"- - a\n  - b:\n", ""},
};

/* One of the lines, in the place of which "%d" its number stands; the last has another form. */
static const char *const forms[][2] = {
	{"  k%d: v%d\n", ""},
	{"  k%d: v%d\n", "  k%d: v%d"},
	{"  k%d: v%d\r\n", "  k%d: v%d\r\n"},
	{"  ~/.config/k%d: a/b-c_%d # why\n", "  k%d: v%d #\n"},
	{"  k%d:   v%d   \n\n", "  k%d: v%d \n"},
	{"  # comment\n  k%d: v%d\n", "# left\n  k%d: v%d\n"},
	{"  k%d: v%d\n", "   k%d: v%d\n"}, /* wrong */
	{"  k%d: v%d\n", " k%d: v%d\n"},   /* wrong */
	{"  k%d: v%d\n", "  k%d: 'v%d'\n"},
	{"  k%d: v%d\n", "  k%d: v%d: x\n"}, /* wrong */
	{"  k%d: v%d\n", "  k%d:\tv%d\n"},
	{"  k%d: v%d\n", "  k%d: [v%d\n"}, /* wrong */
	{"  k%d: v%d # a\rb\n", "  k%d: v%d\n"},
	{"  k%d: v%d # \xe2\x80\xa8 x\n", "  k%d: v%d\n"},
	{"  k%d: v%d # \xc2\x85 x: y\n", "  k%d: v%d\n"},
	{"  k%d: v%d # \xc2\x85  x: y\n", "  k%d: v%d\n"},
	{"  k%d: v%d#no\n", "  k%d: v%d\n"},
	{"  k%d: .\n", "  .%d: ~\n"},
	{"  k%d: ...\n", "  k%d: ---\n"},
	{"k%d: v%d\n", "k%d: v%d\n"},
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void add_lines(struct buf *yaml, const char *const form[2], int count) {
	for (int i = 0; i + 1 < count; i++) {
		buf_addf(yaml, form[0], i, i);
	}
	buf_addf(yaml, form[1], count, count);
}
#pragma GCC diagnostic pop

static void compare(const struct buf *yaml) {
	struct arena arena;
	arena_init(&arena);
	const char *slow = outcome(yaml->data, yaml->len, true, &arena);
	check_text(yaml->data, outcome(yaml->data, yaml->len, false, &arena), slow);
	arena_release(&arena);
}

static void test_contexts(void **state) {
	(void)state;
	static const int counts[] = {1, 7, 8, 9, 10, 40};
	for (size_t i = 0; i < COUNT(around) * COUNT(forms) * COUNT(counts); i++) {
		const char *const *context = around[i / COUNT(counts) / COUNT(forms)];
		struct buf yaml = BUF_INIT;
		buf_adds(&yaml, context[0]);
		add_lines(&yaml, forms[i / COUNT(counts) % COUNT(forms)], counts[i % COUNT(counts)]);
		buf_adds(&yaml, context[1]);
		compare(&yaml);
		buf_release(&yaml);
	}
}

/* Two runs, with something between them. */
static void test_two(void **state) {
	(void)state;
	static const char *const between[] = {
		"",
		"\n# x\n",
		"b:\n",
		"  b: [c]\n",
		"  b:\n",
		"  b: |\n",
		"  b: 'x\n",
		"...\n---\n",
		"  k3: again\n",
		"  b: &x y\n  c: *x\n",
		"  \xc3\xa9: \xe6\x97\xa5\n",
		"  b: }\n",
		"  b: c: d\n",
	};
	static const char *const indents[] = {"  k%d: v%d\n", "    k%d: v%d\n", "  j%d: v%d\n"};
	for (size_t i = 0; i < COUNT(between) * COUNT(indents); i++) {
		const char *second[] = {indents[i % COUNT(indents)], indents[i % COUNT(indents)]};
		struct buf yaml = BUF_INIT;
		buf_adds(&yaml, "a:\n");
		add_lines(&yaml, forms[0], 20);
		buf_adds(&yaml, between[i / COUNT(indents)]);
		add_lines(&yaml, second, 20);
		compare(&yaml);
		buf_release(&yaml);
	}
}

/* Keys at the length where YAML ends (1,024 characters), beside short ones. */
static void test_long_words(void **state) {
	(void)state;
	for (int length = 995; length <= 1030; length++) {
		struct buf yaml = BUF_INIT;
		buf_adds(&yaml, "a:\n");
		add_lines(&yaml, forms[0], 10);
		buf_addf(&yaml, "\n  %0*d: x\n", length, 1);
		buf_addf(&yaml, "  x: %0*d\n", length, 1);
		add_lines(&yaml, forms[3], 10);
		compare(&yaml);
		buf_release(&yaml);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contexts),
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_long_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
