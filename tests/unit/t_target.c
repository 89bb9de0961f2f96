/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "reg/target.h"

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X255 X50 X50 X50 X50 X50 "xxxxx"

static struct arena arena;
static struct target_rules rules;

static int setup(void **state) {
	(void)state;
	arena_init(&arena);
	const struct facts facts = {
		.home = "/home/u",
		.profile = "/home/u/.lumina",
		.profile_real = "/home/u/git/dots",
		.state = "/home/u/.local/state/lumina",
		.cache = "/var/cache/u/lumina", /* outside home: nothing to keep */
		.config = "/home/u/.config/lumina",
	};
	target_rules_init(&rules, &facts, &arena);
	return 0;
}

static int teardown(void **state) {
	(void)state;
	arena_release(&arena);
	return 0;
}

/* What it is folded to, or a part of the complaint. */
struct row {
	const char *text;
	const char *want, *wrong;
};

static void check_row(const struct row *row, const char *got, const char *wrong) {
	if (row->wrong == NULL) {
		check(wrong == NULL, "'%s': %s", shown(&arena, row->text), wrong);
		check_text(row->text, got, row->want);
	} else {
		check(wrong != NULL, "'%s' was taken", shown(&arena, row->text));
		check(strstr(wrong, row->wrong) != NULL, "'%s': %s", shown(&arena, row->text), wrong);
	}
}

static void test_parse(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"~/.zshrc", "~/.zshrc", NULL},
		{"$HOME/.zshrc", "~/.zshrc", NULL},
		{"${HOME}/.zshrc", "~/.zshrc", NULL},
		{"~/a//b/", "~/a/b", NULL},
		{"~//a", "~/a", NULL},
		{"~/./a/../b", "~/b", NULL},
		{"~/a b", "~/a b", NULL},
		{"~/\n\t", "~/\n\t", NULL},
		{"~/\xff\xc3\xa9", "~/\xff\xc3\xa9", NULL},
		{"~/$HOME", "~/$HOME", NULL},
		{"~/~", "~/~", NULL},
		{"~/...", "~/...", NULL},
		{"~/" X255, "~/" X255, NULL},
		{"~", "~", NULL}, /* home itself: for a tree */
		{"~/", "~", NULL},
		{"$HOME", "~", NULL},
		{"~/a/..", "~", NULL},
		{"", NULL, "is empty"},
		{"a", NULL, "must begin with '~/'"},
		{".zshrc", NULL, "must begin with '~/'"},
		{"/etc/passwd", NULL, "must begin with '~/'"},
		{"/home/u/.zshrc", NULL, "must begin with '~/'"},
		{"$HOMER/a", NULL, "must begin with '~/'"},
		{"${HOME/a", NULL, "must begin with '~/'"},
		{"$XDG_CONFIG_HOME/a", NULL, "must begin with '~/'"},
		{"~root/a", NULL, "another person's home"},
		{"~u", NULL, "another person's home"},
		{"~..", NULL, "another person's home"},
		{"~/..", NULL, "leads out of the home folder"},
		{"~/../u/a", NULL, "leads out of the home folder"},
		{"~/a/../../b", NULL, "leads out of the home folder"},
		{"$HOME/../x", NULL, "leads out of the home folder"},
		{"~/" X255 "x", NULL, "more than 255 bytes"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = NULL;
		const char *wrong = target_parse(str_of(rows[i].text), &arena, &got);
		check_row(&rows[i], got, wrong);
	}
	const char *got = NULL;
	const char *wrong = target_parse((struct str){"~/a\0b", 5}, &arena, &got);
	check_text("NUL", wrong, "holds a NUL byte");
}

static void test_check(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"~/.zshrc", NULL, NULL},
		{"~/.lumina2", NULL, NULL},
		{"~/.lumin", NULL, NULL},
		{"~/git/dots2/x", NULL, NULL},
		{"~/.config/lumina/local.yaml", NULL, NULL},
		{"~/.local/share/x", NULL, NULL},
		{"~/.local/state/lumina.x", NULL, NULL},
		{"~/.lumina", NULL, "lies in the profile"},
		{"~/.lumina/zsh", NULL, "lies in the profile"},
		{"~/git/dots", NULL, "lies in the profile"},
		{"~/git/dots/a/b", NULL, "lies in the profile"},
		{"~/git", NULL, "would hide the profile"},
		{"~/.local/state/lumina", NULL, "lies in Lumina's state"},
		{"~/.local/state/lumina/owned", NULL, "lies in Lumina's state"},
		{"~/.local/state", NULL, "would hide Lumina's state"},
		{"~/.local", NULL, "would hide Lumina's state"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_row(&rows[i], NULL, target_check(rows[i].text, &rules, &arena));
	}
}

static void test_source(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"zsh/zshrc", "zsh/zshrc", NULL},
		{"./a//b/", "a/b", NULL},
		{"a/../b", "b", NULL},
		{"a b\n\xff", "a b\n\xff", NULL},
		{".gitconfig", ".gitconfig", NULL},
		{"git/.gitignore", "git/.gitignore", NULL},
		{"a~/$b", "a~/$b", NULL},
		{"", NULL, "names no file"},
		{".", NULL, "names no file"},
		{"a/..", NULL, "names no file"},
		{"/etc/passwd", NULL, "not absolute"},
		{"~/a", NULL, "must be relative to the profile"},
		{"$HOME/a", NULL, "must be relative to the profile"},
		{"..", NULL, "leads out of the profile"},
		{"../x", NULL, "leads out of the profile"},
		{"a/../../.lumina/a", NULL, "leads out of the profile"},
		{".git", NULL, "'.git' folder"},
		{".git/config", NULL, "'.git' folder"},
		{"sub/.git/hooks", NULL, "'.git' folder"},
		{"a/../.git", NULL, "'.git' folder"},
		{X255 "x", NULL, "more than 255 bytes"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = NULL;
		const char *wrong = source_parse(str_of(rows[i].text), &rules, &arena, &got);
		check_row(&rows[i], got, wrong);
	}
	const char *got = NULL;
	check_text("NUL", source_parse((struct str){"a\0b", 3}, &rules, &arena, &got),
			"holds a NUL byte");
}

/* "/home/u/.lumina/" + source must fit into a link: PATH_MAX with its NUL. */
static void test_source_length(void **state) {
	(void)state;
	char text[5000];
	memset(text, 'x', sizeof(text));
	for (size_t i = 200; i < sizeof(text); i += 200) {
		text[i] = '/';
	}
	size_t longest = 4096 - 1 - strlen("/home/u/.lumina/");
	const char *got = NULL;
	assert_true(source_parse((struct str){text, longest}, &rules, &arena, &got) == NULL);
	const char *wrong = source_parse((struct str){text, longest + 1}, &rules, &arena, &got);
	assert_true(wrong != NULL && strstr(wrong, "too long") != NULL);
}

static void test_sensitive(void **state) {
	(void)state;
	static const struct {
		const char *target;
		bool sensitive;
	} rows[] = {
		{"~/.ssh", true},
		{"~/.ssh/config", true},
		{"~/.sshx", false},
		{"~/.gnupg/gpg.conf", true},
		{"~/.config/autostart/x.desktop", true},
		{"~/.config/systemd/user/x.service", true},
		{"~/.config/systemd/users", false},
		{"~/.netrc", true},
		{"~/.zshrc", false},
		{"~/.config/nvim", false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check(target_is_sensitive(rows[i].target) == rows[i].sensitive, "'%s'",
				rows[i].target);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_source_length),
		cmocka_unit_test(test_sensitive),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
