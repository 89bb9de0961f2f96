/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "reg/package.h"

#define RULE "is no package name: it may hold [A-Za-z0-9@._+-] and one 'repo/' in front, and begin " \
	     "with neither '-' nor '.'"
#define EMPTY "is no package name: it is empty"

static void test_names(void **state) {
	(void)state;
	static const char *const rows[][2] = {
		{"git", NULL},
		{"extra/git", NULL},
		{"aur/hyprshade", NULL},
		{"flatpak/org.mozilla.firefox", NULL},
		{"a@b.c_d+e-f", NULL},
		{"9lives", NULL},
		{"_underscore", NULL},
		{"+x", NULL},
		{"@", NULL},
		{"A", NULL},
		{"gtk2+extra", NULL},
		{"core-testing/linux", NULL},
		{"", EMPTY},
		{"/", EMPTY},
		{"/a", EMPTY},
		{"aur/", EMPTY},
		{"a/b/c", RULE},
		{"a//b", RULE},
		{"-Syu", RULE},
		{"--noconfirm", RULE},
		{"-", RULE},
		{".", RULE},
		{"..", RULE},
		{".hidden", RULE},
		{"aur/-x", RULE},
		{"aur/.x", RULE},
		{"-aur/x", RULE},
		{"../x", RULE},
		{"x/..", RULE},
		{"a b", RULE},
		{" a", RULE},
		{"a ", RULE},
		{"a\n", RULE},
		{"a\tb", RULE},
		{"a\x1b[31m", RULE},
		{"\xc3\xa4", RULE},
		{"\xff", RULE},
		{"a=1", RULE},
		{"a>=1", RULE},
		{"a<1", RULE},
		{"a:b", RULE},
		{"a,b", RULE},
		{"$(x)", RULE},
		{"`x`", RULE},
		{"a;b", RULE},
		{"a|b", RULE},
		{"a&b", RULE},
		{"a*", RULE},
		{"a?", RULE},
		{"[a]", RULE},
		{"~", RULE},
		{"a\\b", RULE},
		{"'a'", RULE},
		{"\"a\"", RULE},
		{"a%b", RULE},
		{"a!b", RULE},
		{"#a", RULE},
		{"http://x", RULE},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_text(rows[i][0], package_name_check(str_of(rows[i][0])), rows[i][1]);
	}
	check_text("a NUL", package_name_check((struct str){"a\0b", 3}), RULE);
	check_text("nothing", package_name_check((struct str){NULL, 0}), EMPTY);
}

/* Every byte, in front and behind. */
static void test_bytes(void **state) {
	(void)state;
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@._+-";
	for (int byte = 0; byte < 256; byte++) {
		char behind[2] = {'a', (char)byte}, front[2] = {(char)byte, 'a'};
		bool good = byte != 0 && strchr(allowed, byte) != NULL;
		bool first = good && byte != '-' && byte != '.';
		check((package_name_check((struct str){behind, 2}) == NULL) == good, "a%02x", byte);
		check((package_name_check((struct str){front, 2}) == NULL) == first, "%02xa", byte);
	}
}

static void test_length(void **state) {
	(void)state;
	char name[2 * 256 + 1];
	memset(name, 'a', sizeof(name));
	const char *too_long = "is no package name: it is longer than 255 characters";
	check_text("255", package_name_check((struct str){name, 255}), NULL);
	check_text("256", package_name_check((struct str){name, 256}), too_long);
	name[255] = '/';
	check_text("255/255", package_name_check((struct str){name, 255 + 1 + 255}), NULL);
	check_text("255/256", package_name_check((struct str){name, 255 + 1 + 256}), too_long);
	/* Hostile ones are no slower. */
	memset(name, '/', sizeof(name));
	check_text("slashes", package_name_check((struct str){name, sizeof(name)}), EMPTY);
}

static void test_split(void **state) {
	(void)state;
	static const struct {
		const char *name, *bare;
		enum package_from from;
	} rows[] = {
		{"git", "git", FROM_REPOSITORY},
		{"extra/git", "git", FROM_REPOSITORY},
		{"aur", "aur", FROM_REPOSITORY},
		{"aur/git", "git", FROM_AUR},
		{"AUR/git", "git", FROM_REPOSITORY},
		{"aurx/git", "git", FROM_REPOSITORY},
		{"au/git", "git", FROM_REPOSITORY},
		{"flatpak/org.a.B", "org.a.B", FROM_FLATPAK},
		{"flatpak", "flatpak", FROM_REPOSITORY},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *bare;
		check(package_split(rows[i].name, &bare) == rows[i].from, "%s", rows[i].name);
		check_text(rows[i].name, bare, rows[i].bare);
		check(bare >= rows[i].name && bare <= rows[i].name + strlen(rows[i].name),
				"%s: a copy", rows[i].name);
	}
}

static void test_same(void **state) {
	(void)state;
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{"x", "x", true},
		{"x", "aur/x", true},
		{"extra/x", "aur/x", true},
		{"x", "flatpak/x", false},
		{"aur/x", "flatpak/x", false},
		{"flatpak/x", "flatpak/x", true},
		{"x", "y", false},
		{"aur/x", "aur/y", false},
		{"x", "X", false},
		{"aur", "x/aur", true},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check(package_is_same(rows[i].a, rows[i].b) == rows[i].same, "%s, %s", rows[i].a,
				rows[i].b);
		check(package_is_same(rows[i].b, rows[i].a) == rows[i].same, "%s, %s", rows[i].b,
				rows[i].a);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
