/* SPDX-License-Identifier: MIT */
#include "sealed.h"

#include "exec/journal.h"

/* `package` lines of the journal. */

static enum record_state parse_once(char *bytes, size_t size) {
	struct journal journal;
	enum record_state state = journal_parse(&journal, bytes, size);
	journal_release(&journal);
	return state;
}

static struct op link = {.kind = OP_LINK, .why = WHY_MISSING, .phase = PHASE_MAIN, .path = "~/.a",
		.text = "/p/a", .source = "a", .expect = {.kind = STAMP_ABSENT}};

static struct package_op packages[] = {
	{.action = PACKAGE_INSTALL, .state = PACKAGE_DONE, .why = WHY_INSTALLED, .name = "foo",
			.asked = "foo", .version = "1:2.0_rc1-3.1", .explicit = true,
			.at = "lumina.yaml:3:5"},
	{.action = PACKAGE_INSTALL, .state = PACKAGE_DONE, .why = WHY_MISSING, .from = FROM_AUR,
			.name = "hyprshade", .asked = "aur/hyprshade", .version = "4-1",
			.explicit = true, .at = "a b\t.yaml:1:1"},
	{.action = PACKAGE_INSTALL, .state = PACKAGE_DONE, .why = WHY_INSTALLED,
			.from = FROM_FLATPAK, .name = "org.a.B", .asked = "flatpak/org.a.B",
			.explicit = true},
	{.action = PACKAGE_INSTALL, .state = PACKAGE_DONE, .why = WHY_NEEDED, .name = "lib",
			.asked = "lib", .version = "1-1"},
	{.action = PACKAGE_REMOVE, .state = PACKAGE_DONE, .why = WHY_REMOVED, .name = "a@b.c_d+e-f",
			.asked = "extra/a@b.c_d+e-f", .version = "r1.g0abc-1", .explicit = true},
	{.action = PACKAGE_INSTALL, .state = PACKAGE_DONE, .why = WHY_INSTALLED, .name = "dep",
			.asked = "dep", .version = "1-1", .explicit = true, .promoted = true},
	{.action = PACKAGE_REMOVE, .state = PACKAGE_DONE, .why = WHY_PRUNED, .name = "9lives",
			.asked = "9lives", .version = "-"},
	{.action = PACKAGE_REMOVE, .state = PACKAGE_DONE, .why = WHY_UNDONE, .name = "_x",
			.asked = "_x", .version = "1\n\x1b[31m\xff-1"},
	/* What was not done, or is only planned, isn't written. */
	{.action = PACKAGE_INSTALL, .state = PACKAGE_FAILED, .why = WHY_MISSING, .name = "bar",
			.asked = "bar", .problem = "in no repository"},
	{.action = PACKAGE_INSTALL, .state = PACKAGE_PLANNED, .why = WHY_MISSING, .name = "baz",
			.asked = "baz"},
};

enum { DONE = COUNT(packages) - 2 };

static struct journal example(size_t nops, size_t npackages) {
	return (struct journal){
		.generation = 12,
		.parent = 11,
		.time = 1795424406,
		.command = "lumina install foo",
		.home = "/home/u",
		.temporary = ".lumina-1a2b3c4d",
		.ops = {&link, nops, nops},
		.packages = {packages, npackages, npackages},
		.borrowed = true,
	};
}

static void check_packages(const struct journal *got, size_t count) {
	assert_int_equal(got->packages.count, count);
	for (size_t i = 0; i < count; i++) {
		const struct package_op *a = &got->packages.items[i], *b = &packages[i];
		check(a->action == b->action && a->why == b->why && a->from == b->from &&
						a->explicit == b->explicit && a->promoted == b->promoted &&
						a->state == PACKAGE_DONE,
				"'%s'", b->name);
		check_text("name", a->name, b->name);
		check_text("asked", a->asked, b->asked);
		check_text("version", a->version, b->version);
		check_text("at", a->at, b->at);
		assert_true(a->problem == NULL);
	}
}

static void test_round_trip(void **state) {
	(void)state;
	static const size_t sizes[][2] = {{0, 0}, {0, 1}, {1, 1}, {1, COUNT(packages)},
			{0, COUNT(packages)}};
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct journal journal = example(sizes[i][0], sizes[i][1]), again;
		struct buf buf = BUF_INIT, second = BUF_INIT;
		journal_format(&journal, &buf);
		char *bytes = exact_copy(buf.data, buf.len);
		assert_int_equal(journal_parse(&again, bytes, buf.len), RECORD_GOOD);
		assert_int_equal(again.ops.count, sizes[i][0]);
		check_packages(&again, sizes[i][1] < DONE ? sizes[i][1] : DONE);
		journal_format(&again, &second);
		assert_string_equal(second.data, buf.data);
		journal_release(&again);
		assert_true(again.packages.items == NULL);
		free(bytes);
		buf_release(&buf);
		buf_release(&second);
		journal_release(&journal);
	}
}

static void test_damage(void **state) {
	(void)state;
	struct journal journal = example(1, COUNT(packages));
	struct buf buf = BUF_INIT;
	journal_format(&journal, &buf);
	check_damage(&buf, parse_once);
	buf_release(&buf);
}

/* Cut between two lines, and sealed again: fewer packages, and nothing else. */
static void test_fewer_lines(void **state) {
	(void)state;
	struct journal journal = example(1, COUNT(packages));
	struct buf buf = BUF_INIT, cut = BUF_INIT;
	journal_format(&journal, &buf);
	size_t count = 0;
	for (const char *line = buf.data; (line = strstr(line, "\npackage\t")) != NULL; line++) {
		seal(&cut, buf.data, (size_t)(line - buf.data) + 1);
		char *bytes = exact_copy(cut.data, cut.len);
		struct journal again;
		assert_int_equal(journal_parse(&again, bytes, cut.len), RECORD_GOOD);
		check_packages(&again, count++);
		journal_release(&again);
		free(bytes);
	}
	assert_int_equal(count, DONE);
	buf_release(&buf);
	buf_release(&cut);
}

#define HEAD "generation\t2\t1\ntime\t5\ncommand\tlumina sync\nhome\t/h\ntemporary\t.lumina-x\n"
#define OP "op\tlink\tmissing\t~/a\t/p/a\ta\tabsent\t-\t0\t0\t0\t-\t-\t-\t-\n"
#define GOOD "package\tinstall\tinstalled\tfoo\tfoo\t1-1\texplicit\tlumina.yaml:1:1\n"

/* Names become arguments of undo: hostile ones aren't taken, even with a right checksum. */
static void test_forms(void **state) {
	(void)state;
	static const struct {
		const char *lines;
		enum record_state want;
	} rows[] = {
		{GOOD, RECORD_GOOD},
		{OP GOOD GOOD, RECORD_GOOD},
		{GOOD OP, RECORD_GOOD},
		{"package\tremove\tneeded\tfoo\tfoo\t-\t-\t-\n", RECORD_GOOD},
		{"package\tremove\tneeded\tfoo\tfoo\n", RECORD_GOOD},
		{"package\tinstall\tinstalled\tfoo\tfoo\t1-1\texplicit\t-\tmore\tand more\n", RECORD_GOOD},
		{"package\n", RECORD_DAMAGED},
		{"package\tinstall\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\tfoo\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\t-\tfoo\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\tfoo\t-\n", RECORD_DAMAGED},
		{"package\tupgrade\tinstalled\tfoo\tfoo\n", RECORD_DAMAGED},
		{"package\t-\tinstalled\tfoo\tfoo\n", RECORD_DAMAGED},
		{"package\tinstall\twhim\tfoo\tfoo\n", RECORD_DAMAGED},
		{"package\tinstall\t-\tfoo\tfoo\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\t-Syu\tfoo\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\tfoo\t-Syu\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\t--overwrite=*\tfoo\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\ta b\ta b\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\tfoo\\nbar\tfoo\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\tfoo\taur/-x\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\tfoo\ta/b/c\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\t../../etc\tfoo\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\t\tfoo\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\t\\x2d\tfoo\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\t$(x)\tfoo\n", RECORD_DAMAGED},
		{"package\tinstall\tinstalled\tfoo\\q\tfoo\n", RECORD_DAMAGED},
		/* more of no operation */
		{GOOD "object\t1\t2\t-\t-\t-\t-\tmain\t-\t-\t-\n", RECORD_DAMAGED},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf body = BUF_INIT, buf = BUF_INIT;
		buf_addf(&body, "lumina journal 2\n%s%s", HEAD, rows[i].lines);
		seal(&buf, body.data, body.len);
		char *bytes = exact_copy(buf.data, buf.len);
		enum record_state got = parse_once(bytes, buf.len);
		check(got == rows[i].want, "'%s': %d", rows[i].lines, (int)got);
		free(bytes);
		buf_release(&body);
		buf_release(&buf);
	}
}

/* Every reason has a word of its own, and the word is found again. */
static void test_reasons(void **state) {
	(void)state;
	for (int why = WHY_MISSING; why <= WHY_NEEDED; why++) {
		enum op_reason found;
		const char *name = op_reason_name((enum op_reason)why);
		check(name != NULL && op_reason_find(name, &found) && (int)found == why, "%d", why);
	}
	enum op_reason found;
	assert_false(op_reason_find("whim", &found) || op_reason_find(NULL, &found) ||
			op_reason_find("", &found));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_fewer_lines),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_reasons),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
