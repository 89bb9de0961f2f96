/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include "state/peek.h"

/* A home with the profile in it at ~/.lumina, both below the sandbox. */
static void open_home(struct sandbox *sandbox, struct facts *facts) {
	sandbox_open(sandbox);
	put_folder(sandbox, "home");
	put_folder(sandbox, "home/.lumina");
	put_folder(sandbox, "data");
	*facts = (struct facts){
		.home = at(sandbox, "home"),
		.profile = at(sandbox, "home/.lumina"),
		.profile_real = at(sandbox, "home/.lumina"),
		.uid = geteuid(),
	};
}

static void test_peek(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	struct stamp stamp;
	open_home(&sandbox, &facts);
	put(&sandbox, "home/file", "text");
	put_link(&sandbox, "home/link", "../x y");
	put_link(&sandbox, "home/data", "../data");
	put(&sandbox, "data/f", "longer");
	assert_int_equal(mkfifoat(sandbox.dir, "home/pipe", 0600), 0);
	static const struct {
		const char *path;
		enum stamp_kind kind;
	} rows[] = {
		{"~/file", STAMP_FILE}, {"~/link", STAMP_LINK}, {"~/pipe", STAMP_OTHER},
		{"~/.lumina", STAMP_FOLDER}, {"~/none", STAMP_ABSENT}, {"~/file/x", STAMP_ABSENT},
		{"~/none/x", STAMP_ABSENT}, {"~/data", STAMP_LINK}, {"~/data/f", STAMP_FILE},
		{"/", STAMP_FOLDER}, {"/proc/self/exe", STAMP_LINK},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		peek(rows[i].path, &facts, &sandbox.arena, &stamp);
		check(stamp.kind == rows[i].kind, "%s: %d", rows[i].path, (int)stamp.kind);
		check((stamp.text != NULL) == (stamp.kind == STAMP_LINK), "%s: text", rows[i].path);
	}
	peek("~/link", &facts, &sandbox.arena, &stamp);
	check_text("link", stamp.text, "../x y");
	peek("~/data/f", &facts, &sandbox.arena, &stamp);
	struct stat info = info_of(&sandbox, "data/f");
	assert_true(stamp.size == 6 && stamp.ino == info.st_ino && stamp.dev == info.st_dev);
	assert_true(stamp.uid == geteuid());
	peek(at(&sandbox, "data/f"), &facts, &sandbox.arena, &stamp);
	assert_true(stamp.ino == info.st_ino);
	sandbox_close(&sandbox);
}

static void test_names(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	open_home(&sandbox, &facts);
	put_link(&sandbox, "me", "home");
	facts.home = at(&sandbox, "me"); /* HOME is spelled by a link */
	check_text("home", peek_name(at(&sandbox, "home/.lumina/x"), &facts, &sandbox.arena),
			"~/.lumina/x");
	const char *data = at(&sandbox, "data/x"), *homely = at(&sandbox, "home2/x");
	check_text("outside", peek_name(data, &facts, &sandbox.arena), data);
	check_text("beside", peek_name(homely, &facts, &sandbox.arena), homely);
	check_text("open", peek_open_name("~/a", &facts, &sandbox.arena), at(&sandbox, "me/a"));
	check_text("open", peek_open_name("/a", &facts, &sandbox.arena), "/a");
	sandbox_close(&sandbox);
}

/* "missing …; followed …; blocked … why" */
static const char *above_text(struct sandbox *sandbox, const struct facts *facts,
		const char *path) {
	struct above above;
	peek_above(path, facts, &sandbox->arena, &above);
	const char *text = "";
	for (size_t i = 0; i < above.missing.count; i++) {
		text = arena_printf(&sandbox->arena, "%s -%s", text, above.missing.items[i]);
	}
	for (size_t i = 0; i < above.followed.count; i++) {
		text = arena_printf(&sandbox->arena, "%s >%s", text, above.followed.items[i]);
	}
	if (above.blocked != NULL) {
		text = arena_printf(&sandbox->arena, "%s !%s %s", text, above.blocked, above.why);
	}
	above_release(&above);
	return text[0] == ' ' ? text + 1 : text;
}

static void test_above(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	open_home(&sandbox, &facts);
	put_folder(&sandbox, "home/real");
	put_folder(&sandbox, "data/real");
	put_folder(&sandbox, "home/.lumina/foot");
	put(&sandbox, "home/file", "x");
	assert_int_equal(mkfifoat(sandbox.dir, "home/pipe", 0600), 0);
	put_link(&sandbox, "home/data", "../data");
	put_link(&sandbox, "data/again", "real");
	put_link(&sandbox, "home/tofile", "file");
	put_link(&sandbox, "home/gone", "nowhere");
	put_link(&sandbox, "home/loop", "loop");
	put_link(&sandbox, "home/ours", ".lumina/foot");
	put_link(&sandbox, "home/whole", ".lumina");
	put_link(&sandbox, "home/round", "data/back");
	put_link(&sandbox, "data/back", "../home/.lumina/foot");
	static const char *const rows[][2] = {
		{"~/x", ""},
		{"~/real/x", ""},
		{"~/a/x", "-~/a"},
		{"~/a/b/c/x", "-~/a -~/a/b -~/a/b/c"},
		{"~/real/b/x", "-~/real/b"},
		{"~/file/x", "!~/file is not a folder"},
		{"~/file/b/x", "!~/file is not a folder"},
		{"~/pipe/x", "!~/pipe is not a folder"},
		{"~/data/x", ">~/data"},
		{"~/data/real/x", ">~/data"},
		{"~/data/again/b/x", "-~/data/again/b >~/data >~/data/again"},
		{"~/tofile/x", "!~/tofile is not a folder"},
		{"~/gone/x", "!~/gone is not a folder"},
		{"~/loop/x", "!~/loop is not a folder"},
		{"~/ours/x", "!~/ours is a link into the profile"},
		{"~/ours/b/x", "!~/ours is a link into the profile"},
		{"~/whole/x", "!~/whole is a link into the profile"},
		{"~/round/x", "!~/round is a link into the profile"},
		{"~/data/back/x", ">~/data !~/data/back is a link into the profile"},
		/* the last component isn't above */
		{"~/ours", ""},
		{"~/file", ""},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_text(rows[i][0], above_text(&sandbox, &facts, rows[i][0]), rows[i][1]);
	}
	const char *outside = at(&sandbox, "data/new/x");
	check_text(outside, above_text(&sandbox, &facts, outside),
			arena_printf(&sandbox.arena, "-%s", at(&sandbox, "data/new")));
	facts.profile_real = NULL; /* no profile: nothing leads into it */
	check_text("no profile", above_text(&sandbox, &facts, "~/ours/x"), ">~/ours");
	sandbox_close(&sandbox);
}

static int look_at_locked(struct sandbox *sandbox) {
	struct facts facts = {.home = at(sandbox, "home"), .uid = geteuid()};
	struct stamp stamp;
	peek("~/locked/x", &facts, &sandbox->arena, &stamp);
	bool hidden = stamp.kind == STAMP_HIDDEN && stamp.sys == EACCES;
	const char *text = above_text(sandbox, &facts, "~/locked/b/x");
	return hidden && strcmp(text, "!~/locked/b Permission denied") == 0 ? 0 : 1;
}

static void test_locked(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	open_home(&sandbox, &facts);
	put_folder(&sandbox, "home/locked");
	assert_int_equal(fchmodat(AT_FDCWD, sandbox.path, 0755, 0), 0);
	assert_int_equal(fchmodat(sandbox.dir, "home/locked", 0, 0), 0);
	assert_int_equal(as_somebody(look_at_locked, &sandbox), 0);
	assert_int_equal(fchmodat(sandbox.dir, "home/locked", 0700, 0), 0);
	sandbox_close(&sandbox);
}

static void test_source(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	open_home(&sandbox, &facts);
	put_folder(&sandbox, "home/.lumina/d");
	put(&sandbox, "home/.lumina/f", "x");
	put_link(&sandbox, "home/.lumina/l", "d");
	put_link(&sandbox, "home/.lumina/d/up", "..");
	put_link(&sandbox, "home/.lumina/out", "../../data");
	put_link(&sandbox, "home/.lumina/tofile", "f");
	put_link(&sandbox, "home/.lumina/gone", "nowhere");
	static const struct {
		const char *source, *path; /* NULL: refused */
		enum stamp_kind kind;
	} rows[] = {
		{"f", "~/.lumina/f", STAMP_FILE},
		{"d", "~/.lumina/d", STAMP_FOLDER},
		{"new", "~/.lumina/new", STAMP_ABSENT},
		{"d/new", "~/.lumina/d/new", STAMP_ABSENT},
		{"a/b/c", "~/.lumina/a/b/c", STAMP_ABSENT},
		{"l", "~/.lumina/l", STAMP_LINK},
		{"l/x", "~/.lumina/d/x", STAMP_ABSENT}, /* one place has one name */
		{"l/up/f", "~/.lumina/f", STAMP_FILE},
		{"out", "~/.lumina/out", STAMP_LINK},
		{"out/x", NULL, STAMP_ABSENT},
		{"out/a/b", NULL, STAMP_ABSENT},
				/* peek_above() says what is in the way */
		{"gone/x", "~/.lumina/gone/x", STAMP_ABSENT},
		{"tofile/x", "~/.lumina/f/x", STAMP_ABSENT},
		{"f/x", "~/.lumina/f/x", STAMP_ABSENT},
	};
	struct stat folder = info_of(&sandbox, "home/.lumina");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct partner partner = {0};
		struct err err = {0};
		int result = peek_source(rows[i].source, &facts, &sandbox.arena, &partner, &err);
		check((result == 0) == (rows[i].path != NULL), "%s: %d, %s", rows[i].source, result,
				partner.path != NULL ? partner.path : "-");
		check((err.kind != ERR_NONE) == (result < 0), "%s: no reason", rows[i].source);
		if (rows[i].path != NULL) {
			check_text(rows[i].source, partner.path, rows[i].path);
			check(partner.seen.kind == rows[i].kind, "%s: kind", rows[i].source);
			check(partner.seen.dev == folder.st_dev, "%s: device", rows[i].source);
		}
		err_release(&err);
	}
	sandbox_close(&sandbox);
}

/* Where the profile is a link, and where there is none. */
static void test_source_elsewhere(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	struct partner partner;
	struct err err = {0};
	open_home(&sandbox, &facts);
	put_folder(&sandbox, "data/dots");
	put_link(&sandbox, "home/linked", "../data/dots");
	facts.profile = at(&sandbox, "home/linked");
	facts.profile_real = at(&sandbox, "data/dots");
	assert_int_equal(peek_source("a/b", &facts, &sandbox.arena, &partner, &err), 0);
	check_text("linked", partner.path, at(&sandbox, "data/dots/a/b"));
	facts.profile_real = NULL;
	assert_int_equal(peek_source("a", &facts, &sandbox.arena, &partner, &err), -1);
	assert_true(err.kind == ERR_FAILED && err.hint != NULL);
	err_release(&err);
	sandbox_close(&sandbox);
}

static void test_device(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	struct stat info, proc;
	open_home(&sandbox, &facts);
	assert_int_equal(stat(sandbox.path, &info), 0);
	assert_int_equal(stat("/proc", &proc), 0);
	put(&sandbox, "f", "x");
	assert_true(peek_device(sandbox.path, &sandbox.arena) == info.st_dev);
	assert_true(peek_device(at(&sandbox, "none/a/b"), &sandbox.arena) == info.st_dev);
	assert_true(peek_device(at(&sandbox, "f/a"), &sandbox.arena) == info.st_dev);
	assert_true(peek_device("/proc/none", &sandbox.arena) == proc.st_dev);
	assert_true(peek_device("/none/a", &sandbox.arena) != 0);
	assert_true(proc.st_dev != info.st_dev);
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peek),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_above),
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_source_elsewhere),
		cmocka_unit_test(test_device),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
