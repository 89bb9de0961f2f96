/* SPDX-License-Identifier: MIT */
#include "parsed.h"

#define BOM "\xef\xbb\xbf"

struct row {
	const char *yaml, *want;
};

static void check_rows(const struct row *rows, size_t count, bool spans) {
	for (size_t i = 0; i < count; i++) {
		struct parsed parsed;
		struct buf got = BUF_INIT;
		parse_bytes(&parsed, rows[i].yaml, strlen(rows[i].yaml));
		if (parsed.result < 0) {
			buf_adds(&got, diags_text(&parsed.diags, &parsed.arena));
		} else if (parsed.root == NULL) {
			buf_adds(&got, "(none)");
		} else {
			dump(parsed.root, spans, &got);
		}
		check_text(rows[i].yaml, got.data, rows[i].want);
		buf_release(&got);
		release(&parsed);
	}
}

static void test_values(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"a: b", "{a: b}"},
		{"a: b\nc: [d, 'e', \"f\"]\n", "{a: b, c: [d, 'e', 'f']}"},
		{"- a\n- - b\n  - c\n- {d: e}\n", "[a, [b, c], {d: e}]"},
		{"a", "a"},
		{"{}", "{}"},
		{"[]", "[]"},
		{"a:\nb:\n", "{a: , b: }"},
		{"a: \"\\t\\x41\\u00e9\\n\"\n", "{a: '\\tA\xc3\xa9\\n'}"},
		{"a: 'it''s'\n", "{a: 'it's'}"},
		{"a: |\n  x\n   y\n", "{a: 'x\\n y\\n'}"},
		{"a: >-\n  x\n  y\n", "{a: 'x y'}"},
		{"a: b\n  c\n", "{a: b c}"},
		{"a: on\nb: 1e3\nc: null\n", "{a: on, b: 1e3, c: null}"},
		{"~/.zshrc: zsh/zshrc # why\n", "{~/.zshrc: zsh/zshrc}"},
		{"a: b#c\n", "{a: b#c}"},
		{"\"a b\": c\n? d\n: e\n", "{'a b': c, d: e}"},
		{"a: b\r\nc:\r\n  - d\r\n", "{a: b, c: [d]}"},
		{BOM "a: b\n", "{a: b}"},
		{BOM "a: b\r\n", "{a: b}"},
		{"%YAML 1.2\n---\na: b\n...\n", "{a: b}"},
		{"--- {a: b}\n", "{a: b}"},
		{"gr\xc3\xbc\xc3\x9f: \xe6\x97\xa5\n", "{gr\xc3\xbc\xc3\x9f: \xe6\x97\xa5}"},
		{"", "(none)"},
		{BOM, "(none)"},
		{"\n\n", "(none)"},
		{"# only a comment\n", "(none)"},
		{BOM "# only a comment\r\n", "(none)"},
		{"---\n", ""},
		{"---\n...\n", ""},
	};
	check_rows(rows, COUNT(rows), false);
}

static void test_aliases(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"a: &x b\nc: *x\n", "{a: &b, c: *b}"},
		{"a: &x [1, 2]\nb: *x\nc: *x\n", "{a: &[1, 2], b: *[1, 2], c: *[1, 2]}"},
		{"a: &x {k: v}\nb: *x\n", "{a: &{k: v}, b: *{k: v}}"},
		{"a: &x 1\nb: &x 2\nc: *x\n", "{a: &1, b: &2, c: *2}"}, /* the last one */
		{"&k a: b\nc: {*k : d}\n", "{&a: b, c: {*a: d}}"},
		{"a: &x\nb: *x\n", "{a: &, b: *}"},
		{"a: &x 'q'\nb: *x\n", "{a: &'q', b: *'q'}"},
		{"a: *x\n", "1:4: no such anchor before this alias: '*x'"},
		{"a: *x\nb: &x c\n", "1:4: no such anchor before this alias: '*x'"},
		{"a: &x [*x]\n", "1:8: an alias inside its own anchor: '*x'"},
		{"&x a: {b: *x}\n", "{&a: {b: *a}}"},
		{"a: &x {b: [*x]}\n", "1:12: an alias inside its own anchor: '*x'"},
		{"a: &x {k: v}\n*x : b\n", "2:1: a key must be text, not a map"},
	};
	check_rows(rows, COUNT(rows), false);
}

static void test_refused(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"a: !!str b\n", "1:4: tags are not supported: '!!str'"},
		{"a: !x [b]\n", "1:4: tags are not supported: '!x'"},
		{BOM "a: !x {b: c}\n", "1:4: tags are not supported: '!x'"},
		{"!x a: b\n", "1:1: tags are not supported: '!x'"},
		{"a: !<tag:yaml.org,2002:str> b\n",
				"1:4: tags are not supported: '!<tag:yaml.org,2002:str>'"},
		{"<<: {a: b}\n", "1:1: merge keys ('<<') are not supported; write the entries out"},
		{"'<<': b\n", "{'<<': b}"},
		{"? [a]\n: b\n", "1:3: a key must be text, not a list"},
		{"? {a: b}\n: c\n", "1:3: a key must be text, not a map"},
		{"[a]: b\n", "1:1: a key must be text, not a list"},
		{"a: 1\nb: 2\na: 3\n", "3:1: duplicate key 'a'; it stands at lumina.yaml:1:1 already"},
		{"a: 1\n'a': 2\n\"\\x61\": 3\n",
				"2:1: duplicate key 'a'; it stands at lumina.yaml:1:1 already\n"
				"3:1: duplicate key 'a'; it stands at lumina.yaml:1:1 already"},
		{"x:\n  a: {b: 1, b: 2}\n", "2:13: duplicate key 'b'; it stands at lumina.yaml:2:7 already"},
		{"{\"\": a, '': b}\n", "1:9: duplicate key ''; it stands at lumina.yaml:1:2 already"},
		{"a: b\n---\nc: d\n",
				"2:1: a file is one YAML document; a second one starts here"},
		{"a: b\n...\n---\nc\n",
				"3:1: a file is one YAML document; a second one starts here"},
	};
	check_rows(rows, COUNT(rows), false);
}

/* Where a syntax error is, and that there is exactly one. */
static void test_syntax(void **state) {
	(void)state;
	static const struct {
		const char *yaml;
		unsigned line, column; /* 0: not looked at */
	} rows[] = {
		{"a: [b\n", 0, 0},
		{"a: b: c\n", 1, 0},
		{"a: 'b\n", 0, 0},
		{"a: }\n", 1, 4},
		{"a: b\n\tc: d\n", 0, 0},
		{"a: b\n  c: d\n", 0, 0},
		{"- a\nb: c\n", 0, 0},
		{"a: \"\\q\"\n", 1, 0},
		{"%YAML 2.0\n---\na\n", 0, 0},
		{BOM "a: b\nc: }\n", 2, 4},
		{"\xc3\xa9: b\r\n\xc3\xa9: }\r\n", 2, 4},
		{"<<<<<<< HEAD\na: b\n=======\na: c\n>>>>>>> x\n", 0, 0},
		{"a: \xff\n", 1, 4},
		{"\xff\xfe", 1, 1},
		{"a: \x01\n", 1, 4},
		{"\xff\xfe\x2d\x4e", 1, 1}, /* UTF-16 without a NUL byte */
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parsed parsed;
		parse_bytes(&parsed, rows[i].yaml, strlen(rows[i].yaml));
		const char *row = shown(&parsed.arena, rows[i].yaml);
		check(parsed.result < 0, "'%s' was taken", row);
		check(parsed.diags.count == 1, "'%s': %u problems", row, parsed.diags.count);
		struct position pos = span_position(parsed.diags.first->at);
		check(rows[i].line == 0 || pos.line == rows[i].line, "'%s': line %u: %s", row,
				pos.line, parsed.diags.first->text);
		check(rows[i].column == 0 || pos.column == rows[i].column, "'%s': column %u: %s",
				row, pos.column, parsed.diags.first->text);
		release(&parsed);
	}
	struct parsed parsed;
	parse_bytes(&parsed, "a: b\0c\n", 7);
	check_text("NUL", diags_text(&parsed.diags, &parsed.arena), "1:5: a NUL byte in the file (0x00)");
	release(&parsed);
}

/* libfyaml takes such a byte between two tokens for the end of the file. */
static void test_not_utf8(void **state) {
	(void)state;
	static const char *const wrong[] = {"\xff", "\xfc\xdf", "\xe9", "\xed\xa0\x80", "\xc0\xaf"};
	static const char *const around[][2] = {
		{"", ""},
		{"", "a: b\n"},
		{"# caf", "\na: b\n"},
		{"a: b # gr", "\nc: d\n"},
		{"a: b\n  # gr", "\nc: d\n"},
		{"a: b\n", "c: d\n"},
		{"a: b\n", "\nc: d\n"},
		{"a: [b,", "c]\n"},
		{"a: ", "\n"},
		{"a: 'b", "'\n"},
		{"a: \"b", "\"\n"},
		{"a: |\n  b", "\n"},
		{"a: b\n...\n", ""},
		{"a: b\n", ""},
		{"a: b", ""},
	};
	for (size_t i = 0; i < COUNT(wrong) * COUNT(around); i++) {
		const char *const *row = around[i / COUNT(wrong)];
		char yaml[64];
		(void)snprintf(yaml, sizeof(yaml), "%s%s%s", row[0], wrong[i % COUNT(wrong)], row[1]);
		struct parsed parsed;
		parse_bytes(&parsed, yaml, strlen(yaml));
		check(parsed.result < 0, "'%s' was taken", shown(&parsed.arena, yaml));
		release(&parsed);
	}
}

/* Not even in comments; tabs and line ends are fine. */
static void test_controls(void **state) {
	(void)state;
	static const char *const forms[] = {"a: b%c\n", "# %c\na: b\n", "a: 'b%c'\n", "a: |\n b%c\n"};
	for (size_t i = 0; i < COUNT(forms); i++) {
		for (int c = 1; c <= 0x7f; c++) {
			if (c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7f)) {
				continue;
			}
			char yaml[64];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			(void)snprintf(yaml, sizeof(yaml), forms[i], c);
#pragma GCC diagnostic pop
			struct parsed parsed;
			parse_bytes(&parsed, yaml, strlen(yaml));
			check(parsed.result < 0, "'%s' was taken", shown(&parsed.arena, yaml));
			release(&parsed);
		}
	}
}

/* libfyaml 0.7.12 frees a part of this parser twice after the error. */
static void test_destroy(void **state) {
	(void)state;
	static const char *const rows[] = {"? a:\t-\n", "? -+:\t-\n", "x: 1\n? a:\t- b\n"};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parsed parsed;
		parse_bytes(&parsed, rows[i], strlen(rows[i]));
		check(parsed.result < 0, "'%s' was taken", shown(&parsed.arena, rows[i]));
		release(&parsed);
	}
}

/* Bytes [start, end) of every node: what an edit by splicing stands on. */
static void test_spans(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"a: b\n", "{a@0-1: b@3-4}@0-4"},
		{BOM "a: b\n", "{a@3-4: b@6-7}@3-7"},
		{"a: b\r\nc: d\r\n", "{a@0-1: b@3-4, c@6-7: d@9-10}@0-10"},
		{BOM "a:\r\n - b\r\n", "{a@3-4: [b@10-11]@8-11}@3-11"},
		{"\xc3\xa9: \xe6\x97\xa5\nx: y\n", "{\xc3\xa9@0-2: \xe6\x97\xa5@4-7, x@8-9: y@11-12}@0-12"},
		{"'a': \"b\"\n", "{'a'@0-3: 'b'@5-8}@0-8"},
		{"a: [b, 'c']\n", "{a@0-1: [b@4-5, 'c'@7-10]@3-11}@0-11"},
		{"a: {b: c} # x\n", "{a@0-1: {b@4-5: c@7-8}@3-9}@0-9"},
		{"a: []\n", "{a@0-1: []@3-5}@0-5"},
		{"a:\n  - b\n  - c\n\n# x\n", "{a@0-1: [b@7-8, c@13-14]@5-14}@0-14"},
		{"- a\n- b", "[a@2-3, b@6-7]@0-7"},
		{"- - a\n  - b\n", "[[a@4-5, b@10-11]@2-11]@0-11"},
		{"a:\n  b:\n    c: d\ne: f\n",
				"{a@0-1: {b@5-6: {c@12-13: d@15-16}@12-16}@5-16, e@17-18: f@20-21}@0-21"},
		{"a: b   # why\n", "{a@0-1: b@3-4}@0-4"},
		{"a: b c  \n", "{a@0-1: b c@3-6}@0-6"},
		{"[a, b]", "[a@1-2, b@4-5]@0-6"},
		{"a: &x b\nc: *x\n", "{a@0-1: &b@6-7, c@8-9: *b@11-13}@0-13"},
		{"[a: b, c]\n", "[{a@1-2: b@4-5}@1-5, c@7-8]@0-9"},
	};
	check_rows(rows, COUNT(rows), true);
}

/* Most scalars share the file's bytes. */
static void test_shared(void **state) {
	(void)state;
	const char *yaml = "a: 'b c'\nd: \"e\"\nf: g\n";
	struct parsed parsed;
	parse_bytes(&parsed, yaml, strlen(yaml));
	for (const struct node *node = parsed.root->child; node != NULL; node = node->next) {
		assert_true(node->text.p >= yaml && node->text.p < yaml + strlen(yaml));
	}
	release(&parsed);
}

static void check_depth(const char *open, const char *close, unsigned depth, bool good) {
	struct buf yaml = BUF_INIT;
	for (unsigned i = 0; i < depth; i++) {
		buf_adds(&yaml, open);
	}
	buf_adds(&yaml, "x");
	for (unsigned i = 0; i < depth; i++) {
		buf_adds(&yaml, close);
	}
	struct parsed parsed;
	parse_bytes(&parsed, yaml.data, yaml.len);
	check((parsed.result == 0) == good, "%u times '%s': %s", depth, open,
			good ? "refused" : "taken");
	check(good || strstr(parsed.diags.first->text, "deeper than 64") != NULL, "%u times '%s': %s",
			depth, open, good ? "" : parsed.diags.first->text);
	release(&parsed);
	buf_release(&yaml);
}

static void test_depth(void **state) {
	(void)state;
	check_depth("[", "]", 64, true);
	check_depth("[", "]", 65, false);
	check_depth("{a: ", "}", 64, true);
	check_depth("{a: ", "}", 65, false);
	check_depth("- ", "", 64, true);
	check_depth("- ", "", 65, false);
	check_depth("- ", "", 100000, false);
}

/* Nine levels of nine aliases each: 9^9 nodes, if one were to expand them. */
static void test_bomb(void **state) {
	(void)state;
	struct buf yaml = BUF_INIT;
	buf_adds(&yaml, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 9; i++) {
		buf_addf(&yaml, "a%d: &a%d [", i, i);
		for (int j = 0; j < 9; j++) {
			buf_addf(&yaml, "%s*a%d", j > 0 ? ", " : "", i - 1);
		}
		buf_adds(&yaml, "]\n");
	}
	struct parsed parsed;
	parse_bytes(&parsed, yaml.data, yaml.len);
	assert_int_equal(parsed.result, -1);
	assert_int_equal(parsed.diags.count, 1);
	assert_true(strstr(parsed.diags.first->text, "aliases expand this file beyond") != NULL);
	release(&parsed);
	buf_release(&yaml);
	/* Many plain aliases are no bomb. */
	buf_adds(&yaml, "x: &x [a, b]\ny:\n");
	for (int i = 0; i < 20000; i++) {
		buf_adds(&yaml, "- *x\n");
	}
	parse_bytes(&parsed, yaml.data, yaml.len);
	assert_int_equal(parsed.result, 0);
	release(&parsed);
	buf_release(&yaml);
}

/* Linear in the number of keys and errors: this takes no time, or minutes. */
static void test_many_keys(void **state) {
	(void)state;
	enum { KEYS = 200000 };
	struct buf yaml = BUF_INIT;
	for (int i = 0; i < KEYS; i++) {
		buf_addf(&yaml, "key%d: v\n", i);
	}
	buf_adds(&yaml, "key7: again\n");
	struct parsed parsed;
	parse_bytes(&parsed, yaml.data, yaml.len);
	check_text("many", diags_text(&parsed.diags, &parsed.arena),
			"200001:1: duplicate key 'key7'; it stands at lumina.yaml:8:1 already");
	/* With that as the only problem the tree is there all the same. */
	assert_int_equal(parsed.root->count, KEYS + 1);
	release(&parsed);
	buf_release(&yaml);
}

static void test_null(void **state) {
	(void)state;
	static const struct {
		const char *yaml;
		bool null;
		const char *description;
	} rows[] = {
		{"", true, "nothing"},
		{"---", true, "nothing"},
		{"~", true, "nothing"},
		{"null", true, "nothing"},
		{"Null", true, "nothing"},
		{"NULL", true, "nothing"},
		{"''", false, "text"},
		{"'~'", false, "text"},
		{"\"null\"", false, "text"},
		{"nULL", false, "text"},
		{"|\n", false, "text"},
		{"a", false, "text"},
		{"[]", false, "list"},
		{"{}", false, "map"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parsed parsed;
		parse_bytes(&parsed, rows[i].yaml, strlen(rows[i].yaml));
		check(node_is_null(parsed.root) == rows[i].null, "'%s'", rows[i].yaml);
		check_text(rows[i].yaml, node_describe(parsed.root), rows[i].description);
		release(&parsed);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_not_utf8),
		cmocka_unit_test(test_controls),
		cmocka_unit_test(test_destroy),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_null),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
