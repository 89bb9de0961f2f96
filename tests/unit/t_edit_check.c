/* SPDX-License-Identifier: MIT */

/* The net below the edits: which pairs of texts it takes for an edit done. */

#include "t_edit.h"

#include "parsed.h"
#include "reg/edit_parts.h"

static bool check_texts(enum edit_kind kind, const struct row *row) {
	struct edit edit = edit_of(kind, row);
	struct parsed before, after;
	parse_bytes(&before, row->before, strlen(row->before));
	parse_bytes(&after, row->after, strlen(row->after));
	assert_true(before.result == 0 && after.result == 0);
	struct work works[2] = {
		{.edit = &edit, .text = row->before, .root = before.root},
		{.edit = &edit, .text = row->after, .root = after.root},
	};
	while (edit.section[works[0].nsection] != NULL) {
		works[0].nsection++;
		works[1].nsection++;
	}
	bool good = check_edit(&works[0], &works[1]);
	release(&before);
	release(&after);
	return good;
}

static void test_taken(void **state) {
	(void)state;
	static const struct row added[] = {
		{"one more", PACKAGES, .value = "foo", .before = "packages: [a]\nb: {c: d}\n",
				.after = "packages: [a, foo]\nb: {c: d}\n"},
		{"anywhere", PACKAGES, .value = "foo", .before = "packages: [a, b]\n",
				.after = "packages: [a, 'foo', b]\n"},
		{"the first", PACKAGES, .value = "foo", .before = "packages:\n", .after = "packages: [foo]\n"},
		{"with its section", .section = {"hosts", "box", "packages"}, .value = "foo",
				.before = "a: b\n", .after = "hosts: {box: {packages: [foo]}}\na: b\n"},
		{"a key", SYMLINKS, .key = "a", .value = "b", .before = "", .after = "symlinks: {a: b}\n"},
	};
	static const struct row removed[] = {
		{"one less", PACKAGES, .value = "foo", .before = "packages: [foo, a]\n",
				.after = "packages: [a]\n"},
		{"all of them", PACKAGES, .value = "foo", .before = "packages: [foo, a, foo]\n",
				.after = "packages: [a]\n"},
		{"with its section", PACKAGES, .value = "foo", .before = "packages: [foo]\na: b\n",
				.after = "a: b\n"},
	};
	for (size_t i = 0; i < COUNT(added); i++) {
		check(check_texts(EDIT_ADD, &added[i]), "%s", added[i].name);
	}
	for (size_t i = 0; i < COUNT(removed); i++) {
		check(check_texts(EDIT_REMOVE, &removed[i]), "%s", removed[i].name);
	}
}

static void test_not_taken(void **state) {
	(void)state;
	static const struct {
		enum edit_kind kind;
		struct row row;
	} rows[] = {
		{EDIT_ADD, {"nothing done", PACKAGES, .value = "foo", .before = "packages: [a]\n",
				.after = "packages: [a]\n"}},
		{EDIT_ADD, {"another item", PACKAGES, .value = "foo", .before = "packages: [a]\n",
				.after = "packages: [a, fo]\n"}},
		{EDIT_ADD, {"and another", PACKAGES, .value = "foo", .before = "packages: [a]\n",
				.after = "packages: [a, foo, b]\n"}},
		{EDIT_ADD, {"one gone", PACKAGES, .value = "foo", .before = "packages: [a, b]\n",
				.after = "packages: [a, foo]\n"}},
		{EDIT_ADD, {"others swapped", PACKAGES, .value = "foo", .before = "packages: [a, b]\n",
				.after = "packages: [b, a, foo]\n"}},
		{EDIT_ADD, {"in another section", PACKAGES, .value = "foo",
				.before = "packages: [a]\nignore: [b]\n",
				.after = "packages: [a]\nignore: [b, foo]\n"}},
		{EDIT_ADD, {"another section gone", PACKAGES, .value = "foo",
				.before = "packages: [a]\nignore: [b]\n", .after = "packages: [a, foo]\n"}},
		{EDIT_ADD, {"another section changed", PACKAGES, .value = "foo",
				.before = "packages: [a]\nb: {c: [d, e]}\n",
				.after = "packages: [a, foo]\nb: {c: [d e]}\n"}},
		{EDIT_ADD, {"quotes gone elsewhere", PACKAGES, .value = "foo",
				.before = "packages: [a]\nb: 'null'\n",
				.after = "packages: [a, foo]\nb: null\n"}},
		{EDIT_ADD, {"an alias elsewhere", PACKAGES, .value = "foo",
				.before = "x: &x y\nz: &z y\npackages: [a]\nb: *x\n",
				.after = "x: &x y\nz: &z y\npackages: [a, foo]\nb: *z\n"}},
		{EDIT_ADD, {"an anchor elsewhere", PACKAGES, .value = "foo",
				.before = "packages: [&x a, b]\n", .after = "packages: [&x foo, a, b]\n"}},
		{EDIT_ADD, {"a null that was meant as text", PACKAGES, .value = "null",
				.before = "packages: [a]\n", .after = "packages: [a, null]\n"}},
		{EDIT_ADD, {"in a group", PACKAGES, .value = "foo", .before = "packages:\n",
				.after = "packages: {base: [foo]}\n"}},
		{EDIT_ADD, {"another value", SYMLINKS, .key = "a", .value = "b", .before = "symlinks:\n",
				.after = "symlinks: {a: c}\n"}},
		{EDIT_ADD, {"a value for a tree", SYMLINKS, .key = "a", .value = "b", .tree = true,
				.before = "symlinks:\n", .after = "symlinks: {a: b}\n"}},
		{EDIT_ADD, {"an anchored value", SYMLINKS, .key = "a", .value = "b",
				.before = "symlinks:\n", .after = "symlinks: {a: &x b}\n"}},
		{EDIT_REMOVE, {"still there", PACKAGES, .value = "foo", .before = "packages: [foo, foo]\n",
				.after = "packages: [foo]\n"}},
		{EDIT_REMOVE, {"one more gone", PACKAGES, .value = "foo",
				.before = "packages: [foo, a]\n", .after = "packages: []\n"}},
		{EDIT_REMOVE, {"another one gone", SYMLINKS, .key = "a",
				.before = "symlinks: {a: b, c: d}\n", .after = "symlinks: {a: b}\n"}},
		{EDIT_SET, {"another key", .section = {"themes"}, .key = "active", .value = "b",
				.before = "themes: {active: a, x: y}\n",
				.after = "themes: {active: b, x: b}\n"}},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check(!check_texts(rows[i].kind, &rows[i].row), "%s", rows[i].row.name);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_not_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
