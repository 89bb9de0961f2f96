/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include "exec/aside.h"

static struct expect seen_at(struct sandbox *sandbox, const char *name) {
	struct stat info = info_of(sandbox, name);
	struct stamp stamp = {0};
	stamp_fill(&stamp, &info);
	return expect_of(&stamp);
}

static void check_match(struct sandbox *sandbox, const char *name, struct expect object,
		int loosely, int exactly) {
	int got = aside_matches(sandbox->dir, name, &object, false);
	check(got == loosely, "%s: %d, expected %d", name, got, loosely);
	got = aside_matches(sandbox->dir, name, &object, true);
	check(got == exactly, "%s, exactly: %d, expected %d", name, got, exactly);
}

static void test_files(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put(&sandbox, "file", "text");
	const struct expect file = seen_at(&sandbox, "file");
	check_match(&sandbox, "file", file, 1, 1);
	check_match(&sandbox, "none", file, 0, 0);
	put(&sandbox, "other", "text");
	check_match(&sandbox, "other", file, 0, 0);
	/* Written to since: the same object, but not exactly. */
	struct expect changed = file;
	changed.size++;
	check_match(&sandbox, "file", changed, 1, 0);
	changed = file;
	changed.mtime++;
	check_match(&sandbox, "file", changed, 1, 0);
	/* A copy has an inode that the plan didn't know: size and time tell. */
	struct expect copy = file;
	copy.ino = 0;
	check_match(&sandbox, "file", copy, 1, 1);
	copy.size--;
	check_match(&sandbox, "file", copy, 0, 0);
	copy = file;
	copy.ino = 0;
	copy.mtime--;
	check_match(&sandbox, "file", copy, 0, 0);
	sandbox_close(&sandbox);
}

/* Some file systems cut off what is below a second; none changes the second. */
static void test_whole_seconds(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put(&sandbox, "file", "text");
	struct expect copy = seen_at(&sandbox, "file");
	copy.ino = 0;
	copy.mtime = 1234567890 * INT64_C(1000000000) + 987654321;
	const struct timespec kept[2] = {{0, 0}, {1234567890, 987654321}};
	const struct timespec cut[2] = {{0, 0}, {1234567890, 0}};
	const struct timespec later[2] = {{0, 0}, {1234567891, 0}};
	const struct timespec other[2] = {{0, 0}, {1234567890, 987654320}};
	assert_int_equal(utimensat(sandbox.dir, "file", kept, 0), 0);
	check_match(&sandbox, "file", copy, 1, 1);
	assert_int_equal(utimensat(sandbox.dir, "file", cut, 0), 0);
	check_match(&sandbox, "file", copy, 1, 1);
	assert_int_equal(utimensat(sandbox.dir, "file", later, 0), 0);
	check_match(&sandbox, "file", copy, 0, 0);
	assert_int_equal(utimensat(sandbox.dir, "file", other, 0), 0);
	check_match(&sandbox, "file", copy, 0, 0);
	sandbox_close(&sandbox);
}

static void test_other_kinds(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put(&sandbox, "file", "text");
	put_folder(&sandbox, "folder");
	put_folder(&sandbox, "another");
	put_link(&sandbox, "link", "folder");
	assert_int_equal(mkfifoat(sandbox.dir, "pipe", 0600), 0);
	struct expect folder = seen_at(&sandbox, "folder"), pipe = seen_at(&sandbox, "pipe");
	struct expect file = seen_at(&sandbox, "file");
	check_match(&sandbox, "folder", folder, 1, 1);
	check_match(&sandbox, "another", folder, 0, 0);
	check_match(&sandbox, "link", folder, 0, 0); /* not followed */
	folder.mtime++; /* things in it came and went */
	check_match(&sandbox, "folder", folder, 1, 1);
	folder.ino = 0;
	check_match(&sandbox, "another", folder, 1, 1);
	check_match(&sandbox, "file", folder, 0, 0);
	check_match(&sandbox, "pipe", pipe, 1, 1);
	pipe.ino = 0;
	check_match(&sandbox, "file", pipe, 0, 0);
	check_match(&sandbox, "folder", pipe, 0, 0);
	check_match(&sandbox, "link", pipe, 0, 0);
	/* An inode that is used again, by something of another kind. */
	file.ino = info_of(&sandbox, "folder").st_ino;
	check_match(&sandbox, "folder", file, 0, 0);
	const struct expect none = {.kind = STAMP_ABSENT}, hidden = {.kind = STAMP_HIDDEN};
	check_match(&sandbox, "file", none, 0, 0);
	check_match(&sandbox, "file", hidden, 0, 0);
	sandbox_close(&sandbox);
}

static void test_links(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put(&sandbox, "file", "text");
	put_link(&sandbox, "link", "/p/a");
	static const struct {
		const char *name, *text;
		int want;
	} rows[] = {
		{"link", "/p/a", 1}, {"link", "/p/", 0}, {"link", "/p/ab", 0}, {"link", "", 0},
		{"file", "text", 0}, {"none", "/p/a", 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct expect link = {.kind = STAMP_LINK, .text = rows[i].text, .ino = 1};
		check_match(&sandbox, rows[i].name, link, rows[i].want, rows[i].want);
	}
	sandbox_close(&sandbox);
}

/* Where it can't be told, nobody may guess. */
static void test_unknown(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put(&sandbox, "file", "text");
	char name[NAME_MAX + 2];
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	const struct expect link = {.kind = STAMP_LINK, .text = "a"};
	check_match(&sandbox, name, link, -1, -1);
	check_match(&sandbox, name, seen_at(&sandbox, "file"), -1, -1);
	check_match(&sandbox, "file/x", link, -1, -1);
	struct op op = {.kind = OP_LINK, .text = "/p/a", .expect = {.kind = STAMP_ABSENT}};
	enum thing thing;
	assert_int_equal(aside_identify(sandbox.dir, name, &op, &thing), -1);
	sandbox_close(&sandbox);
}

static void test_identify(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put(&sandbox, "old", "text");
	put(&sandbox, "new", "longer text");
	put(&sandbox, "else", "something else");
	put_folder(&sandbox, "folder");
	put_link(&sandbox, "link", "/p/a");
	put_link(&sandbox, "was", "/p/old");
	const struct expect old = seen_at(&sandbox, "old"), new = seen_at(&sandbox, "new");
	const struct expect was = {.kind = STAMP_LINK, .text = "/p/old"};
	struct expect copy = new;
	copy.ino = 0;
	const struct op link = {.kind = OP_LINK, .text = "/p/a", .expect = was};
	const struct op same = {.kind = OP_LINK, .text = "/p/a",
			.expect = {.kind = STAMP_LINK, .text = "/p/a"}};
	const struct op keeps = {.kind = OP_LINK, .text = "/p/a", .expect = old, .keeps = true};
	const struct op file = {.kind = OP_FILE, .expect = old, .keeps = true, .origin = "/o",
			.becomes = copy};
	const struct op back = {.kind = OP_FILE, .text = "/p/a", .take = "s", .becomes = was,
			.expect = {.kind = STAMP_LINK, .text = "/p/a"}};
	const struct {
		const struct op *op;
		const char *name;
		enum thing want;
	} rows[] = {
		{&link, "none", THING_NONE}, {&link, "link", THING_NEW}, {&link, "was", THING_OLD},
		{&link, "old", THING_OTHER}, {&link, "folder", THING_FOLDER},
		{&same, "link", THING_NEW}, {&keeps, "old", THING_OLD},
		{&keeps, "else", THING_OTHER}, {&keeps, "link", THING_NEW},
		{&file, "new", THING_NEW}, {&file, "old", THING_OLD}, {&file, "else", THING_OTHER},
		{&file, "was", THING_OTHER}, {&back, "link", THING_OLD}, {&back, "was", THING_NEW},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum thing thing;
		assert_int_equal(aside_identify(sandbox.dir, rows[i].name, rows[i].op, &thing), 0);
		check(thing == rows[i].want, "row %zu, %s: %d", i, rows[i].name, (int)thing);
	}
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_whole_seconds),
		cmocka_unit_test(test_other_kinds),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_identify),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
