/* SPDX-License-Identifier: MIT */
#include "t_edit.h"

/* --- removing ------------------------------------------------------------------------------ */

static void test_remove_from_block(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"first", PACKAGES, .value = "foo", .before = "packages:\n- foo\n- a\n",
				.after = "packages:\n- a\n"},
		{"middle", PACKAGES, .value = "foo", .before = "packages:\n- a\n- foo\n- b\n",
				.after = "packages:\n- a\n- b\n"},
		{"last", PACKAGES, .value = "foo", .before = "packages:\n- a\n- foo\nhosts:\n",
				.after = "packages:\n- a\nhosts:\n"},
		{"only", PACKAGES, .value = "foo", .before = "packages:\n  - foo\nhosts:\n",
				.after = "packages:\nhosts:\n"},
		{"its comment goes", PACKAGES, .value = "foo",
				.before = "packages:\n- a # 1\n- foo # 2\n- b # 3\n",
				.after = "packages:\n- a # 1\n- b # 3\n"},
		{"comments above stay", PACKAGES, .value = "foo",
				.before = "packages:\n- a\n\n# 1\n\n# 2\n- foo\n# 3\n- b\n",
				.after = "packages:\n- a\n\n# 1\n\n# 2\n# 3\n- b\n"},
		{"no last line end", PACKAGES, .value = "foo", .before = "packages:\n- a\n- foo",
				.after = "packages:\n- a"},
		{"no last line end, only", PACKAGES, .value = "foo", .before = "packages:\n- foo # 1",
				.after = "packages:"},
		{"no last line end, comment above", PACKAGES, .value = "foo",
				.before = "packages:\n- a\n# 1\n- foo", .after = "packages:\n- a\n# 1"},
		{"CRLF", PACKAGES, .value = "foo", .before = "packages:\r\n- a\r\n- foo\r\n",
				.after = "packages:\r\n- a\r\n"},
		{"CRLF, no last line end", PACKAGES, .value = "foo",
				.before = "packages:\r\n- a\r\n- foo", .after = "packages:\r\n- a"},
		{"quoted", PACKAGES, .value = "foo", .before = "packages:\n- 'a'\n- \"foo\"\n",
				.after = "packages:\n- 'a'\n"},
		{"over two lines", PACKAGES, .value = "a b", .before = "packages:\n- a\n  b # 1\n- c\n",
				.after = "packages:\n- c\n"},
		{"below its dash", PACKAGES, .value = "foo",
				.before = "packages:\n- a\n- # 1\n  foo\n- b\n",
				.after = "packages:\n- a\n- b\n"},
		{"block scalar", PACKAGES, .value = "foo",
				.before = "packages:\n- a\n- |-\n  foo\n- b\n",
				.after = "packages:\n- a\n- b\n"},
		{"block scalar, blank line behind", PACKAGES, .value = "foo",
				.before = "packages:\n- >- # 1\n  foo\n\n- b\n",
				.after = "packages:\n\n- b\n"},
		{"several times", PACKAGES, .value = "foo",
				.before = "packages:\n- foo\n# 1\n- foo\n- 'foo'\n- a\n- foo\n",
				.after = "packages:\n# 1\n- a\n"},
		{"several times, no last line end", PACKAGES, .value = "foo",
				.before = "packages:\n- a\n- foo\n- b\n- foo\n- foo",
				.after = "packages:\n- a\n- b"},
		{"group", .section = {"packages", "b"}, .value = "foo",
				.before = "packages:\n  a: [foo]\n  b:\n    - foo\n",
				.after = "packages:\n  a: [foo]\n  b:\n"},
		{"link", SYMLINKS, .key = "~/.a", .before = "symlinks:\n  ~/.a: a # 1\n  ~/.b: b\n",
				.after = "symlinks:\n  ~/.b: b\n"},
		{"link with this source", SYMLINKS, .key = "~/.a", .value = "a",
				.before = "symlinks:\n  '~/.a':   \"a\"\n", .after = "symlinks:\n"},
		{"tree", SYMLINKS, .key = "~/.a", .value = "a", .tree = true,
				.before = "symlinks:\n  ~/.b: b\n  ~/.a: {tree: a}",
				.after = "symlinks:\n  ~/.b: b"},
		{"tree on lines", SYMLINKS, .key = "~/.a",
				.before = "symlinks:\n  ~/.a: # 1\n    # 2\n    tree: a # 3\n  ~/.b: b\n",
				.after = "symlinks:\n  ~/.b: b\n"},
		{"link without a source", SYMLINKS, .key = "~/.a", .before = "symlinks:\n  ~/.a:\n",
				.after = "symlinks:\n"},
		{"the only key", .section = {NULL}, .key = "version", .value = "1",
				.before = "# 1\nversion: 1 # 2\n# 3\n", .after = "# 1\n# 3\n"},
	};
	check_rows(EDIT_REMOVE, rows, COUNT(rows));
}

static void test_remove_from_flow(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"first", PACKAGES, .value = "foo", .before = "packages: [foo, a, b]\n",
				.after = "packages: [a, b]\n"},
		{"middle", PACKAGES, .value = "foo", .before = "packages: [a,foo,b]\n",
				.after = "packages: [a,b]\n"},
		{"last", PACKAGES, .value = "foo", .before = "packages: [ a , foo ]\n",
				.after = "packages: [ a ]\n"},
		{"last, trailing comma", PACKAGES, .value = "foo", .before = "packages: [a, foo,]\n",
				.after = "packages: [a,]\n"},
		{"only", PACKAGES, .value = "foo", .before = "packages: [foo]",
				.after = "packages: []"},
		{"only, blanks and a comma", PACKAGES, .value = "foo", .before = "packages: [ foo, ]",
				.after = "packages: [ ]"},
		{"own line", PACKAGES, .value = "foo",
				.before = "packages: [\n  a, # 1\n  foo, # 2\n  b # 3\n ]\n",
				.after = "packages: [\n  a, # 1\n  b # 3\n ]\n"},
		{"own line, first", PACKAGES, .value = "foo",
				.before = "packages: [\n  # 1\n  foo,\n  b\n ]\n",
				.after = "packages: [\n  # 1\n  b\n ]\n"},
		{"own line, last", PACKAGES, .value = "foo",
				.before = "packages: [\n  a, # 1\n  foo # 2\n ]\n",
				.after = "packages: [\n  a # 1\n ]\n"},
		{"own line, last, trailing comma", PACKAGES, .value = "foo",
				.before = "packages: [\r\n  a,\r\n  foo,\r\n ]\r\n",
				.after = "packages: [\r\n  a,\r\n ]\r\n"},
		{"own line, only", PACKAGES, .value = "foo", .before = "packages: [\n  foo # 1\n ]\n",
				.after = "packages: [\n ]\n"},
		{"first of a line", PACKAGES, .value = "foo", .before = "packages: [a,\n  foo, b]\n",
				.after = "packages: [a,\n  b]\n"},
		{"last of a line", PACKAGES, .value = "foo",
				.before = "packages: [a, foo, # 1\n  b]\n",
				.after = "packages: [a, # 1\n  b]\n"},
		{"at the bracket", PACKAGES, .value = "foo", .before = "packages: [a,\n  foo]\n",
				.after = "packages: [a]\n"},
		{"commas in front", PACKAGES, .value = "foo",
				.before = "packages: [ foo\n  , a\n  , b ]\n",
				.after = "packages: [ a\n  , b ]\n"},
		{"several times", PACKAGES, .value = "foo",
				.before = "packages: [foo, a, foo, 'foo', b, foo]\n",
				.after = "packages: [a, b]\n"},
		{"nothing but it", PACKAGES, .value = "foo", .before = "packages: [foo, foo]\n",
				.after = "packages: []\n"},
		{"link", SYMLINKS, .key = "~/.a", .before = "symlinks: {~/.a: a, ~/.b: b}\n",
				.after = "symlinks: {~/.b: b}\n"},
		{"tree", SYMLINKS, .key = "~/.a", .before = "symlinks: {~/.b: b, ~/.a: {tree: a}}\n",
				.after = "symlinks: {~/.b: b}\n"},
		{"link without a source", SYMLINKS, .key = "~/.a",
				.before = "symlinks: {~/.a: , ~/.b: b}\n", .after = "symlinks: {~/.b: b}\n"},
		{"beside an anchor", PACKAGES, .value = "foo", .before = "packages: [foo, &x a]\n",
				.after = "packages: [&x a]\n"},
	};
	check_rows(EDIT_REMOVE, rows, COUNT(rows));
}

static void test_nothing_to_remove(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"empty file", PACKAGES, .value = "foo", .before = ""},
		{"no section", PACKAGES, .value = "foo", .before = "hosts:\n"},
		{"bare section", PACKAGES, .value = "foo", .before = "packages:\n"},
		{"another item", PACKAGES, .value = "foo", .before = "packages: [foobar, a] # foo\n"},
		{"another host", .section = {"hosts", "box", "packages"}, .value = "foo",
				.before = "packages: [foo]\nhosts: {other: {packages: [foo]}}\n"},
		{"another source", SYMLINKS, .key = "~/.a", .value = "b",
				.before = "symlinks: {~/.a: c}\n"},
		{"a tree, not a link", SYMLINKS, .key = "~/.a", .value = "b",
				.before = "symlinks: {~/.a: {tree: b}}\n"},
		{"a null is no text", PACKAGES, .value = "null", .before = "packages: [null, ~]\n"},
	};
	check_rows(EDIT_REMOVE, rows, COUNT(rows));
}

/* --- setting ------------------------------------------------------------------------------- */

static void test_set(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"plain", .section = {"themes"}, .key = "active", .value = "b",
				.before = "themes:\n  active:  a # 1\n  reload: []\n",
				.after = "themes:\n  active:  b # 1\n  reload: []\n"},
		{"keeps the quotes", .section = {"themes"}, .key = "active", .value = "b",
				.before = "themes: {active: \"a\"}", .after = "themes: {active: \"b\"}"},
		{"needs quotes", .section = {"themes"}, .key = "active", .value = "1.0",
				.before = "themes:\n  active: a", .after = "themes:\n  active: '1.0'"},
		{"on the next line", .section = {"themes"}, .key = "active", .value = "b",
				.before = "themes:\n  active: # 1\n    a\n",
				.after = "themes:\n  active: # 1\n    b\n"},
		{"bare key", .section = {"themes"}, .key = "active", .value = "b",
				.before = "themes:\n  active: # 1\n", .after = "themes:\n  active: b # 1\n"},
		{"tilde", .section = {"themes"}, .key = "active", .value = "b",
				.before = "themes:\n  active: ~\n", .after = "themes:\n  active: b\n"},
		{"no value", .section = {"themes"}, .key = "active", .value = "",
				.before = "themes:\n  active: a\n", .after = "themes:\n  active:\n"},
		{"absent key", .section = {"themes"}, .key = "active", .value = "b",
				.before = "themes:\n  templates:\n    ~/.a: a\n",
				.after = "themes:\n  active: b\n  templates:\n    ~/.a: a\n"},
		{"absent key, flow", .section = {"themes"}, .key = "active", .value = "b",
				.before = "themes: {reload: [[a, b]]}\n",
				.after = "themes: {active: b, reload: [[a, b]]}\n"},
		{"absent section", .section = {"themes"}, .key = "active", .value = "b",
				.before = "packages: [a]\nmissions:\n",
				.after = "packages: [a]\nthemes:\n  active: b\nmissions:\n"},
		{"absent host", .section = {"hosts", "box", "themes"}, .key = "active", .value = "b",
				.before = "themes:\n  active: a\n",
				.after = "themes:\n  active: a\nhosts:\n  box:\n    themes:\n"
					 "      active: b\n"},
		{"already so", .section = {"themes"}, .key = "active", .value = "b",
				.before = "themes: {active: 'b'}\n"},
		{"another source", SYMLINKS, .key = "~/.a", .value = "b",
				.before = "symlinks:\n  ~/.a: a # 1\n  ~/.b: b",
				.after = "symlinks:\n  ~/.a: b # 1\n  ~/.b: b"},
		{"another folder", SYMLINKS, .key = "~/.a", .value = "b", .tree = true,
				.before = "symlinks: {~/.a: { tree: 'a' } }\n",
				.after = "symlinks: {~/.a: { tree: 'b' } }\n"},
		{"link to tree", SYMLINKS, .key = "~/.a", .value = "b", .tree = true,
				.before = "symlinks:\n  ~/.a: a\n", .after = "symlinks:\n  ~/.a: {tree: b}\n"},
		{"tree to link", SYMLINKS, .key = "~/.a", .value = "b",
				.before = "symlinks:\n  ~/.a: {tree: a}\n",
				.after = "symlinks:\n  ~/.a: b\n"},
		{"over two lines", SYMLINKS, .key = "~/.a", .value = "b",
				.before = "symlinks:\n  ~/.a: \"a\n    c\" # 1\n",
				.after = "symlinks:\n  ~/.a: \"b\" # 1\n"},
		{"a key of the file", .section = {NULL}, .key = "version", .value = "1",
				.before = "packages: [a]\n", .after = "version: '1'\npackages: [a]\n"},
	};
	check_rows(EDIT_SET, rows, COUNT(rows));
	struct edited done;
	const struct edit edit = edit_of(EDIT_SET, &rows[0]);
	apply_bytes(&done, edit, rows[0].before, strlen(rows[0].before));
	check_text("before", done.edit.before, "a");
	release_edited(&done);
	apply_bytes(&done, edit, rows[7].before, strlen(rows[7].before));
	check_text("before, absent", done.edit.before, NULL);
	release_edited(&done);
}

/* --- quoting ------------------------------------------------------------------------------- */

/* In a block, and (NULL: the same) in brackets. */
static void test_quotes(void **state) {
	(void)state;
	static const struct {
		const char *text, *block, *flow;
	} rows[] = {
		{"foo", "foo", NULL},
		{"@scope", "'@scope'", NULL},
		{"on", "'on'", NULL},
		{"No", "'No'", NULL},
		{"Y", "'Y'", NULL},
		{"null", "'null'", NULL},
		{"~", "'~'", NULL},
		{"~/.zshrc", "~/.zshrc", NULL},
		{"$HOME/x", "$HOME/x", NULL},
		{"true", "'true'", NULL},
		{"1.0", "'1.0'", NULL},
		{"1", "'1'", NULL},
		{"-1", "'-1'", NULL},
		{"1e3", "'1e3'", NULL},
		{"0x1f", "'0x1f'", NULL},
		{"0o17", "'0o17'", NULL},
		{"1_000", "'1_000'", NULL},
		{".5", "'.5'", NULL},
		{".inf", "'.inf'", NULL},
		{"12:30", "'12:30'", NULL},
		{"2001-01-01", "'2001-01-01'", NULL},
		{"2001-1-1 10:00:00Z", "'2001-1-1 10:00:00Z'", NULL},
		{"7zip", "7zip", NULL},
		{"0ad", "0ad", NULL},
		{"2048-game", "2048-game", NULL},
		{"gtk+", "gtk+", NULL},
		{"libc++", "libc++", NULL},
		{"aur/x", "aur/x", NULL},
		{"=", "'='", NULL},
		{"<<", "'<<'", NULL},
		{"...", "'...'", NULL},
		{"---", "'---'", NULL},
		{"- x", "'- x'", NULL},
		{"a: b", "'a: b'", NULL},
		{"a:b", "a:b", "'a:b'"},
		{"a:", "'a:'", NULL},
		{"a #b", "'a #b'", NULL},
		{"a#b", "a#b", NULL},
		{"#a", "'#a'", NULL},
		{" a", "' a'", NULL},
		{"a ", "'a '", NULL},
		{"a b", "a b", NULL},
		{"{a", "'{a'", NULL},
		{"[a", "'[a'", NULL},
		{"a, b", "a, b", "'a, b'"},
		{"a]", "a]", "'a]'"},
		{"a}b", "a}b", "'a}b'"},
		{"*a", "'*a'", NULL},
		{"&a", "'&a'", NULL},
		{"!a", "'!a'", NULL},
		{"%a", "'%a'", NULL},
		{"`a", "'`a'", NULL},
		{"|", "'|'", NULL},
		{">a", "'>a'", NULL},
		{"? a", "'? a'", NULL},
		{"'a'", "'''a'''", NULL},
		{"it's", "it's", NULL},
		{"\"a\"", "'\"a\"'", NULL},
		{"a\\b", "a\\b", NULL},
		{"a\nb", "\"a\\nb\"", NULL},
		{"a\tb", "\"a\\tb\"", NULL},
		{"a\rb", "\"a\\rb\"", NULL},
		{"\x1b[1m\\\"", "\"\\x1b[1m\\\\\\\"\"", NULL},
		{"\x7f", "\"\\x7f\"", NULL},
		{"gr\xc3\xbc\xc3\x9f \xe6\x97\xa5 \xf0\x9f\x90\xa7", "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5 \xf0\x9f\x90\xa7", NULL},
		{"a\xc2\x85", "\"a\\x85\"", NULL},
		{"a\xc2\xa0", "\"a\\xa0\"", NULL},
		{"a\xe2\x80\xa8", "\"a\\u2028\"", NULL},
		{"\xe2\x80\xae", "\"\\u202e\"", NULL},
		{"\xef\xbb\xbf", "\"\\ufeff\"", NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *flow = rows[i].flow != NULL ? rows[i].flow : rows[i].block;
		struct arena arena;
		arena_init(&arena);
		struct row row = {rows[i].text, PACKAGES, .value = rows[i].text,
				.before = "packages:\n- a\n"};
		row.after = arena_printf(&arena, "packages:\n- a\n- %s\n", rows[i].block);
		check_rows(EDIT_ADD, &row, 1);
		row.before = "packages: [a]\n";
		row.after = arena_printf(&arena, "packages: [a, %s]\n", flow);
		check_rows(EDIT_ADD, &row, 1);
		row = (struct row){rows[i].text, SYMLINKS, .key = rows[i].text, .value = "x", .tree = true,
				.before = "symlinks: {\"a\": b}\n"};
		row.after = arena_printf(&arena, "symlinks: {\"a\": b, %s: {tree: x}}\n", flow);
		if (flow[0] == '"') {
			check_rows(EDIT_ADD, &row, 1);
		}
		row = (struct row){rows[i].text, SYMLINKS, .key = rows[i].text, .value = rows[i].text,
				.before = "symlinks:\n  a: b\n"};
		row.after = arena_printf(&arena, "symlinks:\n  a: b\n  %s: %s\n", rows[i].block,
				rows[i].block);
		check_rows(EDIT_ADD, &row, 1);
		arena_release(&arena);
	}
}

static void test_quotes_of_neighbours(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"single", PACKAGES, .value = "it's", .before = "packages:\n- 'a'\n- 'b'\n",
				.after = "packages:\n- 'a'\n- 'b'\n- 'it''s'\n"},
		{"double", PACKAGES, .value = "f\"\\", .before = "packages: [\"a\"]\n",
				.after = "packages: [\"a\", \"f\\\"\\\\\"]\n"},
		{"mixed quotes", PACKAGES, .value = "foo", .before = "packages: ['a', \"b\"]\n",
				.after = "packages: ['a', \"b\", foo]\n"},
		{"quotes and none", PACKAGES, .value = "foo", .before = "packages: ['a', b]\n",
				.after = "packages: ['a', b, foo]\n"},
		{"as others are quoted", PACKAGES, .value = "on", .before = "packages: [\"a\", b]\n",
				.after = "packages: [\"a\", b, \"on\"]\n"},
		{"what single quotes can't hold", PACKAGES, .value = "a\tb", .before = "packages: ['a']\n",
				.after = "packages: ['a', \"a\\tb\"]\n"},
	};
	check_rows(EDIT_ADD, rows, COUNT(rows));
}

/* --- refusing ------------------------------------------------------------------------------ */

struct refusal {
	struct row row;
	const char *text, *hint;
	enum edit_kind kind;
};

#define HAND_FOO "by hand: write the line '- foo' below 'packages:', in lumina.yaml"
#define TAKE_FOO "by hand: take out the line '- foo' below 'packages:', in lumina.yaml"
#define FOO(text) {"", PACKAGES, .value = "foo", .before = (text)}

static void test_refused(void **state) {
	(void)state;
	static const struct refusal rows[] = {
		{FOO("x: &x [a]\npackages: *x\n"),
				"2:11: this is an alias ('*'): what it stands for is written elsewhere",
				HAND_FOO, EDIT_ADD},
		{FOO("packages: &x [a]\n"),
				"1:14: this is anchored ('&'): aliases of it would change too", HAND_FOO,
				EDIT_ADD},
		{FOO("packages: &x\n"), "1:10: this is anchored ('&'): aliases of it would change too",
				HAND_FOO, EDIT_ADD},
		{FOO("&x packages: [a]\n"),
				"1:4: this is anchored ('&'): aliases of it would change too", HAND_FOO,
				EDIT_ADD},
		{FOO("packages: &x [foo]\n"),
				"1:14: this is anchored ('&'): aliases of it would change too", TAKE_FOO,
				EDIT_REMOVE},
		{FOO("packages: [&x foo]\n"),
				"1:15: this is anchored ('&'): aliases of it would change too", TAKE_FOO,
				EDIT_REMOVE},
		{FOO("x: &x foo\npackages:\n- *x\n"),
				"3:3: this is an alias ('*'): what it stands for is written elsewhere",
				TAKE_FOO, EDIT_REMOVE},
		{FOO("packages: !!seq [a]\n"), "1:11: tags are not supported: '!!seq'", HAND_FOO, EDIT_ADD},
		{FOO("packages: [a\n"), NULL, HAND_FOO, EDIT_ADD},
		{FOO("packages: [a]\n---\nb: c\n"),
				"2:1: a file is one YAML document; a second one starts here", HAND_FOO,
				EDIT_ADD},
		{FOO("packages: [a]\npackages: [b]\n"),
				"2:1: duplicate key 'packages'; it stands at lumina.yaml:1:1 already",
				HAND_FOO, EDIT_ADD},
		{FOO("packages: text\n"), "1:1: 'packages' is a text, not a list", HAND_FOO, EDIT_ADD},
		{FOO("[a]\n"), "1:1: 'the file' is a list, not a map", HAND_FOO, EDIT_ADD},
		{FOO("packages:\n  base: [a]\n"), "1:1: 'packages' has groups: one of them has to be named",
				"by hand: write the line '- foo' below 'packages:' in its group, in lumina.yaml",
				EDIT_ADD},
		{FOO("packages:\n  base: [foo]\n"),
				"1:1: 'packages' has groups: one of them has to be named",
				"by hand: take out the line '- foo' below 'packages:' in its group, in "
				"lumina.yaml",
				EDIT_REMOVE},
		{{"", .section = {"packages", "base"}, .value = "foo", .before = "packages: [a]\n"},
				"1:1: 'packages' is a plain list, without 'base'", HAND_FOO, EDIT_ADD},
		{{"", SYMLINKS, .key = "~/.a", .value = "b", .before = "symlinks: [a]\n"},
				"1:1: 'symlinks' is a list, not a map",
				"by hand: write the line '~/.a: b' below 'symlinks:', in lumina.yaml",
				EDIT_ADD},
		{{"", SYMLINKS, .key = "~/.a", .value = "b", .before = "symlinks:\n  ~/.a: c\n"},
				"2:3: '~/.a' has another value here",
				"by hand: write the line '~/.a: b' below 'symlinks:', in lumina.yaml",
				EDIT_ADD},
		{{"", SYMLINKS, .key = "~/.a", .value = "b", .tree = true,
				 .before = "symlinks:\n  ~/.a: b\n"},
				"2:3: '~/.a' has another value here",
				"by hand: write the line '~/.a: {tree: b}' below 'symlinks:', in lumina.yaml",
				EDIT_ADD},
		{{"", SYMLINKS, .key = "~/.a", .value = "b", .before = "symlinks:\n  ? ~/.b\n  : c\n"},
				"2:3: there is an explicit key ('?') here",
				"by hand: write the line '~/.a: b' below 'symlinks:', in lumina.yaml",
				EDIT_ADD},
		{{"", SYMLINKS, .key = "~/.b", .before = "symlinks:\n  ? ~/.b\n  : c\n"},
				"2:3: there is an explicit key ('?') here",
				"by hand: take out the line '~/.b:' below 'symlinks:', in lumina.yaml",
				EDIT_REMOVE},
		{{"", SYMLINKS, .key = "~/.b", .before = "symlinks:\n  ~/.b: [c]\n"},
				"2:9: its value is more than a text",
				"by hand: take out the line '~/.b:' below 'symlinks:', in lumina.yaml",
				EDIT_REMOVE},
		{{"", .section = {"themes"}, .key = "active", .value = "a",
				 .before = "themes:\n  active: [b]\n"},
				"2:11: its value is more than a text",
				"by hand: write the line 'active: a' below 'themes:', in lumina.yaml",
				EDIT_SET},
		{{"", .section = {"themes"}, .key = "active", .value = "a",
				 .before = "themes:\n  active: &x b\n"},
				"2:14: this is anchored ('&'): aliases of it would change too",
				"by hand: write the line 'active: a' below 'themes:', in lumina.yaml",
				EDIT_SET},
		{{"", .section = {"hosts", "box", "packages"}, .value = "foo",
				 .before = "hosts: [a]\n"},
				"1:1: 'hosts' is a list, not a map",
				"by hand: write the line '- foo' below 'hosts: box: packages:', in lumina.yaml",
				EDIT_ADD},
		{FOO("packages: [ # a\n ]\n"),
				"1:12: a comment stands in the middle of what would change", HAND_FOO,
				EDIT_ADD},
		{FOO("packages: [a, # b\n foo]\n"),
				"2:2: a comment stands in the middle of what would change", TAKE_FOO,
				EDIT_REMOVE},
		{FOO("packages: [foo, # b\n foo,\n c]\n"),
				"1:12: a comment stands in the middle of what would change", TAKE_FOO,
				EDIT_REMOVE},
		{FOO("? packages\n: - a\n"), "2:5: something else stands on the line of this entry",
				HAND_FOO, EDIT_ADD},
		{FOO("? packages\n: - foo\n"), "2:5: something else stands on the line of this entry",
				TAKE_FOO, EDIT_REMOVE},
		{FOO("? packages\n:\n"), "1:3: something else stands on the line of this entry", HAND_FOO,
				EDIT_ADD},
		{FOO("packages: {\n }\n"), "1:11: these brackets hold more than an entry", HAND_FOO,
				EDIT_ADD},
		{FOO("{packages}\n"), "1:10: the text around here can't be edited safely",
				HAND_FOO, EDIT_ADD},
		{FOO("# a\r# b\npackages: [a]\n"), "1:4: a line ends in CR alone here", HAND_FOO,
				EDIT_ADD},
		{FOO("# a\xe2\x80\xa8# b\npackages: [foo]\n"),
				"1:4: what stands here is a line end to some programs", TAKE_FOO,
				EDIT_REMOVE},
		{FOO(": a\n"), "1:2: there is a key without a name (': …') here", HAND_FOO, EDIT_ADD},
		{FOO("packages:\n  - a\n  -\n"), "2:6: where this entry ends is not clear", HAND_FOO,
				EDIT_ADD},
		{FOO("packages:\n  - a\n  -\n  - foo\n"),
				"4:5: where this entry begins and ends is not clear", TAKE_FOO,
				EDIT_REMOVE},
		{{"", PACKAGES, .value = "cc", .before = "packages: [a, c # 1\n , d]\n"},
				"2:4: a comment stands in the middle of what would change",
				"by hand: write the line '- cc' below 'packages:', in lumina.yaml",
				EDIT_ADD},
		{FOO("packages: [a # 1\n ,\n  foo\n ]\n"),
				"3:3: a comment stands in the middle of what would change", TAKE_FOO,
				EDIT_REMOVE},
		{{"", PACKAGES, .value = "f\xff", .before = "packages: [a]\n"}, NULL, NULL, EDIT_ADD},
		{{"", PACKAGES, .value = "f\xff", .before = ""}, NULL, NULL, EDIT_ADD},
		{{"", .section = {"packages", "\xff"}, .value = "foo", .before = "packages: {}\n"}, NULL,
				NULL, EDIT_ADD},
		{{"", SYMLINKS, .key = "\xff", .value = "foo", .before = "symlinks: {a: b}\n"}, NULL,
				NULL, EDIT_ADD},
		{{"", SYMLINKS, .key = "a", .value = "\xff", .before = "symlinks: {a: b}\n"}, NULL,
				NULL, EDIT_SET},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct refusal *row = &rows[i];
		struct edited done;
		apply_bytes(&done, edit_of(row->kind, &row->row), row->row.before,
				strlen(row->row.before));
		check(done.result == EDIT_REFUSED, "row %zu: not refused: %s", i, done.bytes);
		assert_int_equal(done.err.kind, ERR_FAILED);
		if (row->text != NULL) {
			check_text(row->row.before, done.err.text,
					arena_printf(&done.arena, "lumina.yaml:%s", row->text));
		}
		check_text(row->row.before, done.err.hint, row->hint);
		release_edited(&done);
	}
}

/* --- taking back what others have edited meanwhile ------------------------------------------ */

static void test_changed_meanwhile(void **state) {
	(void)state;
	static const struct {
		const char *name;
		enum edit_kind kind;
		struct row row; /* `after` is what the edit makes of `before` */
		const char *changed, *back;
	} rows[] = {
		{"removed; lines above and below", EDIT_REMOVE,
				{"", PACKAGES, .value = "foo", .before = "packages:\n- a\n- foo # 1\n- b\n",
						.after = "packages:\n- a\n- b\n"},
				"# 0\npackages:\n- c\n- a\n- b\n- d\n",
				"# 0\npackages:\n- c\n- a\n- foo # 1\n- b\n- d\n"},
		{"removed; a comment behind the one before", EDIT_REMOVE,
				{"", PACKAGES, .value = "foo", .before = "packages:\n- a\n- 'foo' # 1\n- b\n",
						.after = "packages:\n- a\n- b\n"},
				"packages:\n- a # new\n- b\n", "packages:\n- a # new\n- 'foo' # 1\n- b\n"},
		{"removed; the one before is gone", EDIT_REMOVE,
				{"", PACKAGES, .value = "foo", .before = "packages:\n- a\n- foo # 1\n- b\n",
						.after = "packages:\n- a\n- b\n"},
				"packages:\n- b\n", "packages:\n- b\n- foo\n"},
		{"removed; now it is flow", EDIT_REMOVE,
				{"", PACKAGES, .value = "foo", .before = "packages:\n- a\n- foo # 1\n- b\n",
						.after = "packages:\n- a\n- b\n"},
				"packages: [a, b]\n", "packages: [a, b, foo]\n"},
		{"removed; indented otherwise", EDIT_REMOVE,
				{"", PACKAGES, .value = "foo", .before = "packages:\n- a\n- foo\n",
						.after = "packages:\n- a\n"},
				"packages:\n    - a\n", "packages:\n    - a\n    - foo\n"},
		{"removed; the section is gone", EDIT_REMOVE,
				{"", PACKAGES, .value = "foo", .before = "packages:\n- foo # 1\n",
						.after = "packages:\n"},
				"hosts:\n", "packages:\n  - foo\nhosts:\n"},
		{"added; moved", EDIT_ADD,
				{"", PACKAGES, .value = "foo", .before = "packages:\n- a\n- b\n",
						.after = "packages:\n- a\n- b\n- foo\n"},
				"packages:\n- foo # moved\n- a\n", "packages:\n- a\n"},
		{"added with its section; something came beside", EDIT_ADD,
				{"", PACKAGES, .value = "foo", .before = "hosts:\n",
						.after = "packages:\n  - foo\nhosts:\n"},
				"packages:\n  - foo\n  - bar\nhosts:\n", "packages:\n  - bar\nhosts:\n"},
		{"added; taken out by hand", EDIT_ADD,
				{"", PACKAGES, .value = "foo", .before = "packages: [a]\n",
						.after = "packages: [a, foo]\n"},
				"packages: [a]\n", NULL},
		{"link added; its source changed by hand", EDIT_ADD,
				{"", SYMLINKS, .key = "~/.a", .value = "a", .before = "symlinks:\n",
						.after = "symlinks:\n  ~/.a: a\n"},
				"symlinks:\n  ~/.a: mine\n", NULL},
		{"set; quoted by hand", EDIT_SET,
				{"", .section = {"themes"}, .key = "active", .value = "b",
						.before = "themes:\n  active: a\n",
						.after = "themes:\n  active: b\n"},
				"themes:\n  active: 'b'\n", "themes:\n  active: 'a'\n"},
		{"set where there was none; moved", EDIT_SET,
				{"", .section = {"themes"}, .key = "active", .value = "b",
						.before = "themes:\n  reload: []\n",
						.after = "themes:\n  active: b\n  reload: []\n"},
				"themes:\n  reload: []\n  active: b\n", "themes:\n  reload: []\n"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct edited done, back;
		apply_bytes(&done, edit_of(rows[i].kind, &rows[i].row), rows[i].row.before,
				strlen(rows[i].row.before));
		check_bytes(rows[i].name, &done, rows[i].row.after, strlen(rows[i].row.after));
		apply_bytes(&back, edit_invert(&done.edit), rows[i].changed, strlen(rows[i].changed));
		if (rows[i].back == NULL) {
			check(back.result == EDIT_NOTHING, "%s", rows[i].name);
		} else {
			check_bytes(rows[i].name, &back, rows[i].back, strlen(rows[i].back));
		}
		release_edited(&done);
		release_edited(&back);
	}
}

/* Quadratic in anything, this would take minutes. */
static void test_large(void **state) {
	(void)state;
	enum { ITEMS = 50000 };
	struct buf texts[3] = {BUF_INIT, BUF_INIT, BUF_INIT};
	buf_adds(&texts[0], "packages:\n");
	buf_adds(&texts[1], "packages: [");
	buf_adds(&texts[2], "packages: [");
	for (int i = 0; i < ITEMS; i++) {
		buf_addf(&texts[0], "- p%d # %d\n- foo\n", i, i);
		buf_addf(&texts[1], "p%d, foo, ", i);
		buf_addf(&texts[2], "\n  p%d, # %d\n  foo,", i, i);
	}
	buf_adds(&texts[1], "]\n");
	buf_adds(&texts[2], "\n ]\n");
	const char *const section[] = {"packages", NULL};
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct edited done;
		struct edit edit = {.kind = EDIT_ADD, .section = section, .value = "new"};
		apply_bytes(&done, edit, texts[i].data, texts[i].len);
		check(done.result == EDIT_DONE, "%zu: %s", i, done.err.text);
		check_back("large", &done, texts[i].data, texts[i].len);
		release_edited(&done);
		edit.kind = EDIT_REMOVE;
		edit.value = "foo";
		apply_bytes(&done, edit, texts[i].data, texts[i].len);
		check(done.result == EDIT_DONE, "%zu: %s", i, done.err.text);
		check_back("large", &done, texts[i].data, texts[i].len);
		release_edited(&done);
		buf_release(&texts[i]);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remove_from_block),
		cmocka_unit_test(test_remove_from_flow),
		cmocka_unit_test(test_nothing_to_remove),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_quotes_of_neighbours),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_changed_meanwhile),
		cmocka_unit_test(test_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
