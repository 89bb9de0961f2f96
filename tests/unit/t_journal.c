/* SPDX-License-Identifier: MIT */
#include "sealed.h"

#include "exec/journal.h"

static enum record_state parse_once(char *bytes, size_t size) {
	struct journal journal;
	enum record_state state = journal_parse(&journal, bytes, size);
	journal_release(&journal);
	return state;
}

/* Every kind, every reason, and texts that need escapes. */
static struct op ops[] = {
	{.kind = OP_FOLDER, .why = WHY_PARENT, .path = "~/.config",
			.expect = {.kind = STAMP_ABSENT}, .from = NULL},
	{.kind = OP_FOLDER, .why = WHY_PARENT, .path = "~/.config/x",
			.expect = {.kind = STAMP_LINK, .text = "/p/x"}, .before = "/p/x",
			.before_owned = true},
	{.kind = OP_LINK, .why = WHY_MISSING, .path = "~/.config/a\tb\n\xff", .text = "/p/a\\x2d",
			.source = "-", .expect = {.kind = STAMP_ABSENT}, .from = "lumina.yaml:9:3"},
	{.kind = OP_LINK, .why = WHY_ELSEWHERE, .path = "~/.config/b", .text = "/p/b",
			.source = "b", .expect = {.kind = STAMP_LINK, .text = "/p/old"},
			.before = "/p/old", .before_owned = true, .from = "lumina.yaml:10:3"},
	{.kind = OP_LINK, .why = WHY_ELSEWHERE, .path = "~/.config/c", .text = "/p/c",
			.source = "c",
			.expect = {.kind = STAMP_FOLDER, .dev = 66, .ino = UINT64_MAX, .mode = 02755},
			.before_owned = true, .from = "a b.yaml:1:1"},
	{.kind = OP_UNLINK, .why = WHY_STALE, .path = "~/.config/c/d",
			.expect = {.kind = STAMP_LINK, .text = "/p/d"}, .inside = true,
			.before = "/p/d", .before_owned = true},
	{.kind = OP_RMDIR, .why = WHY_STALE, .path = "~/.config/e",
			.expect = {.kind = STAMP_FOLDER, .dev = 1, .ino = 2, .mode = 0700},
			.before_owned = true},
	{.kind = OP_OWN, .why = WHY_RIGHT, .path = "~/.config/f", .text = "../x", .source = "f",
			.expect = {.kind = STAMP_LINK, .text = "../x"}, .from = "lumina.yaml:1:1"},
	{.kind = OP_DISOWN, .why = WHY_GONE, .path = "~/.config/g",
			.expect = {.kind = STAMP_HIDDEN}, .before = "/p/g", .before_owned = true},
	{.kind = OP_DISOWN, .why = WHY_GONE, .path = "~/.config/h",
			.expect = {.kind = STAMP_LINK, .text = "/foreign"}, .before = "-",
			.before_owned = true},
	{.kind = OP_DISOWN, .why = WHY_GONE, .path = "~/.config/i",
			.expect = {.kind = STAMP_FILE}, .before = "", .before_owned = true},
	{.kind = OP_DISOWN, .why = WHY_GONE, .path = "~/.config/j",
			.expect = {.kind = STAMP_OTHER}, .before_owned = true},
};

static struct followed followed[] = {{"~/.config"}, {"~/a b\n"}};

static struct journal example(void) {
	return (struct journal){
		.generation = 12,
		.parent = 11,
		.time = 1795424406,
		.command = "lumina sync --only\tsymlinks",
		.home = "/home/\xff",
		.temporary = ".lumina-1a2b3c4d",
		.followed = {followed, COUNT(followed), COUNT(followed)},
		.ops = {ops, COUNT(ops), COUNT(ops)},
		.borrowed = true,
	};
}

static void check_same(const struct journal *got, const struct journal *want) {
	assert_true(got->generation == want->generation && got->parent == want->parent);
	assert_true(got->time == want->time);
	check_text("command", got->command, want->command);
	check_text("home", got->home, want->home);
	check_text("temporary", got->temporary, want->temporary);
	assert_int_equal(got->followed.count, want->followed.count);
	for (size_t i = 0; i < want->followed.count; i++) {
		check_text("follow", got->followed.items[i].path, want->followed.items[i].path);
	}
	assert_int_equal(got->ops.count, want->ops.count);
	for (size_t i = 0; i < want->ops.count; i++) {
		const struct op *a = &got->ops.items[i], *b = &want->ops.items[i];
		check(a->kind == b->kind && a->why == b->why, "kind of %zu", i);
		check(a->inside == b->inside && a->before_owned == b->before_owned, "flags of %zu", i);
		check_text(b->path, a->path, b->path);
		check_text(b->path, a->text, b->text);
		check_text(b->path, a->source, b->source);
		check_text(b->path, a->before, b->before);
		check_text(b->path, a->from, b->from);
		check_text(b->path, a->expect.text, b->expect.text);
		check(a->expect.kind == b->expect.kind && a->expect.dev == b->expect.dev &&
						a->expect.ino == b->expect.ino &&
						a->expect.mode == b->expect.mode,
				"expectation of %zu", i);
	}
}

static void test_round_trip(void **state) {
	(void)state;
	struct journal journal = example(), again;
	struct buf buf = BUF_INIT;
	journal_format(&journal, &buf);
	char *bytes = exact_copy(buf.data, buf.len);
	assert_int_equal(journal_parse(&again, bytes, buf.len), RECORD_GOOD);
	check_same(&again, &journal);
	/* What was read writes itself again. */
	struct buf second = BUF_INIT;
	journal_format(&again, &second);
	assert_string_equal(second.data, buf.data);
	journal_release(&again);
	journal_release(&again);
	free(bytes);
	buf_release(&second);
	buf_release(&buf);
	journal_release(&journal); /* borrowed: nothing is freed */
}

static void test_damage(void **state) {
	(void)state;
	struct journal journal = example();
	struct buf buf = BUF_INIT;
	journal_format(&journal, &buf);
	check_damage(&buf, parse_once);
	buf_release(&buf);
}

#define HEAD "generation\t2\t1\ntime\t5\ncommand\tlumina sync\nhome\t/h\ntemporary\t.lumina-x\n"
#define TAIL "\t0\t0\t0\t-\t-\t-\t-\n"

static void test_forms(void **state) {
	(void)state;
	static const struct {
		const char *lines;
		enum record_state want;
	} rows[] = {
		{HEAD, RECORD_GOOD},
		{HEAD "op\tlink\tmissing\t~/a\t/p/a\ta\tabsent\t-" TAIL, RECORD_GOOD},
		{"", RECORD_DAMAGED},
		{"generation\t0\t0\ncommand\tx\nhome\t/h\ntemporary\t.l\n", RECORD_DAMAGED},
		{"generation\t1\ncommand\tx\nhome\t/h\ntemporary\t.l\n", RECORD_DAMAGED},
		{"command\tx\nhome\t/h\ntemporary\t.l\n", RECORD_DAMAGED},
		{"generation\t1\t0\nhome\t/h\ntemporary\t.l\n", RECORD_DAMAGED},
		{"generation\t1\t0\ncommand\tx\nhome\t/h\n", RECORD_DAMAGED},
		{"generation\t1\t0\ncommand\tx\ntemporary\t.l\n", RECORD_DAMAGED},
		{"generation\t1\t0\ncommand\tx\nhome\t/h\ntemporary\t.l\n", RECORD_GOOD},
		{"generation\t1\t0\ncommand\tx\nhome\t/h\ntemporary\ta/b\n", RECORD_DAMAGED},
		{HEAD "what\tx\n", RECORD_DAMAGED},
		{HEAD "\n", RECORD_DAMAGED},
		{HEAD "follow\n", RECORD_DAMAGED},
		{HEAD "time\tx\n", RECORD_DAMAGED},
		{HEAD "op\n", RECORD_DAMAGED},
		{HEAD "op\tcopy\tmissing\t~/a\t/p/a\ta\tabsent\t-" TAIL, RECORD_DAMAGED},
		{HEAD "op\tlink\twhim\t~/a\t/p/a\ta\tabsent\t-" TAIL, RECORD_DAMAGED},
		{HEAD "op\tlink\tmissing\t~/a\t/p/a\ta\tghost\t-" TAIL, RECORD_DAMAGED},
		{HEAD "op\tlink\tmissing\t-\t/p/a\ta\tabsent\t-" TAIL, RECORD_DAMAGED},
		{HEAD "op\tlink\tmissing\t/etc/a\t/p/a\ta\tabsent\t-" TAIL, RECORD_DAMAGED},
		{HEAD "op\tlink\tmissing\t~\t/p/a\ta\tabsent\t-" TAIL, RECORD_DAMAGED},
		{HEAD "op\tlink\tmissing\t~/a\t-\ta\tabsent\t-" TAIL, RECORD_DAMAGED},
		{HEAD "op\tunlink\tstale\t~/a\t-\t-\tlink\t-" TAIL, RECORD_DAMAGED},
		{HEAD "op\tunlink\tstale\t~/a\t-\t-\tlink\tx\t0\t0\tx\t-\t-\t-\t-\n", RECORD_DAMAGED},
		{HEAD "op\tunlink\tstale\t~/a\\q\t-\t-\tlink\tx" TAIL, RECORD_DAMAGED},
	};
	struct buf body = BUF_INIT, buf = BUF_INIT;
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_clear(&body);
		buf_addf(&body, "lumina journal 1\n%s", rows[i].lines);
		seal(&buf, body.data, body.len);
		char *bytes = exact_copy(buf.data, buf.len);
		enum record_state got = parse_once(bytes, buf.len);
		check(got == rows[i].want, "'%s': %d", rows[i].lines, (int)got);
		free(bytes);
	}
	buf_release(&body);
	buf_release(&buf);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_forms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
