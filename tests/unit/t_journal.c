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
	{.kind = OP_FOLDER, .why = WHY_PARENT, .phase = PHASE_MAIN, .path = "~/.config",
			.expect = {.kind = STAMP_ABSENT}, .from = NULL},
	{.kind = OP_FOLDER, .why = WHY_PARENT, .phase = PHASE_MAIN, .path = "~/.config/x",
			.expect = {.kind = STAMP_LINK, .text = "/p/x"}, .before = "/p/x",
			.before_owned = true},
	{.kind = OP_LINK, .why = WHY_MISSING, .phase = PHASE_MAIN, .path = "~/.config/a\tb\n\xff", .text = "/p/a\\x2d",
			.source = "-", .expect = {.kind = STAMP_ABSENT}, .from = "lumina.yaml:9:3"},
	{.kind = OP_LINK, .why = WHY_ELSEWHERE, .phase = PHASE_MAIN, .path = "~/.config/b", .text = "/p/b",
			.source = "b", .expect = {.kind = STAMP_LINK, .text = "/p/old"},
			.before = "/p/old", .before_owned = true, .from = "lumina.yaml:10:3"},
	{.kind = OP_LINK, .why = WHY_ELSEWHERE, .phase = PHASE_MAIN, .path = "~/.config/c", .text = "/p/c",
			.source = "c",
			.expect = {.kind = STAMP_FOLDER, .dev = 66, .ino = UINT64_MAX, .mode = 02755},
			.before_owned = true, .from = "a b.yaml:1:1"},
	{.kind = OP_UNLINK, .why = WHY_STALE, .phase = PHASE_MAIN, .path = "~/.config/c/d",
			.expect = {.kind = STAMP_LINK, .text = "/p/d"}, .inside = true,
			.before = "/p/d", .before_owned = true},
	{.kind = OP_RMDIR, .why = WHY_STALE, .phase = PHASE_MAIN, .path = "~/.config/e",
			.expect = {.kind = STAMP_FOLDER, .dev = 1, .ino = 2, .mode = 0700},
			.before_owned = true},
	{.kind = OP_OWN, .why = WHY_RIGHT, .phase = PHASE_MAIN, .path = "~/.config/f", .text = "../x", .source = "f",
			.expect = {.kind = STAMP_LINK, .text = "../x"}, .from = "lumina.yaml:1:1"},
	{.kind = OP_DISOWN, .why = WHY_GONE, .phase = PHASE_MAIN, .path = "~/.config/g",
			.expect = {.kind = STAMP_HIDDEN}, .before = "/p/g", .before_owned = true},
	{.kind = OP_DISOWN, .why = WHY_GONE, .phase = PHASE_MAIN, .path = "~/.config/h",
			.expect = {.kind = STAMP_LINK, .text = "/foreign"}, .before = "-",
			.before_owned = true},
	{.kind = OP_DISOWN, .why = WHY_GONE, .phase = PHASE_MAIN, .path = "~/.config/i",
			.expect = {.kind = STAMP_FILE}, .before = "", .before_owned = true},
	{.kind = OP_DISOWN, .why = WHY_GONE, .phase = PHASE_MAIN, .path = "~/.config/j",
			.expect = {.kind = STAMP_OTHER}, .before_owned = true},
};

/* What a person's objects need, and edits of the registry: in the order of the phases. */
static const char *const sections[][5] = {{"symlinks", NULL}, {"hosts", "a\tb", "symlinks", NULL},
		{"-", "", "x\n", NULL}};
static struct edit edits[] = {
	{.kind = EDIT_ADD, .section = sections[0], .key = "~/.a", .value = "a", .tree = true,
			.raw = "  ~/.a: {tree: a}\n", .raw_size = 18, .left = " ", .left_size = 1,
			.gap = "\n", .gap_size = 1, .after = "~/.-", .index = 3, .depth = 1},
	{.kind = EDIT_REMOVE, .section = sections[1], .key = NULL, .value = "-", .raw = "",
			.index = UINT32_MAX},
	{.kind = EDIT_SET, .section = sections[2], .key = "k", .value = "", .before = "old",
			.before_tree = true, .depth = 2},
};
static const struct rewrite rewrites[] = {{.edits = {edits, 3, 3}}, {.edits = {edits + 1, 1, 1}}};
static struct op moving[] = {
	{.kind = OP_EDIT, .why = WHY_ADDED, .phase = PHASE_FIRST, .path = "/mnt/p/lumina.yaml",
			.theirs = true, .keeps = true, .keep = "000012-x/0-lumina.yaml",
			.expect = {STAMP_FILE, NULL, 66, 77, 0644, 1234, 1795424406123456789},
			.becomes = {STAMP_FILE, NULL, 0, 0, 0, 1300, 1795424406987654321},
			.rewrite = &rewrites[0]},
	{.kind = OP_EDIT, .why = WHY_FORGOTTEN, .phase = PHASE_FIRST, .path = "~/.lumina/b.yaml",
			.theirs = true, .keeps = true, .keep = "000012-x/1-b.yaml",
			.expect = {STAMP_FILE, NULL, 1, 2, 0600, 0, -1},
			.becomes = {STAMP_FILE, NULL, 0, 0, 0, 1, 0}, .rewrite = &rewrites[1]},
	{.kind = OP_FILE, .why = WHY_ABSORBED, .phase = PHASE_FIRST, .path = "~/.lumina/s",
			.theirs = true, .keeps = true, .keep = "000012-x/2-s", .far = true,
			.origin = "/home/\xff/-", .expect = {STAMP_FILE, NULL, 5, 6, 0400, 7, 8},
			.becomes = {STAMP_FILE, NULL, 9, 0, 04755, INT64_MAX, INT64_MAX}},
	{.kind = OP_FILE, .why = WHY_UNDONE, .phase = PHASE_MAIN, .path = "~/.a", .theirs = true,
			.text = "/p/a", .take = "000011-x/0-a\tb", .before = "/p/a",
			.before_owned = true, .expect = {STAMP_LINK, "/p/a", 0, 0, 0, 0, 0},
			.becomes = {STAMP_LINK, "/else", 0, 0, 0, 0, 0}},
	{.kind = OP_ADOPT, .why = WHY_IN_THE_WAY, .phase = PHASE_MAIN, .path = "~/.b",
			.text = "/p/b", .source = "b", .keeps = true, .keep = "000012-x/4-b",
			.partner = "~/.lumina/b", .expect = {STAMP_FOLDER, NULL, 1, 2, 0700, 0, 3},
			.there = {STAMP_LINK, "c", 1, 3, 0777, 4, 5}, .from = "lumina.yaml:3:1"},
	{.kind = OP_RETURN, .why = WHY_UNDONE, .phase = PHASE_MAIN, .path = "~/.c", .sensitive = true,
			.partner = "/mnt/p/c", .take = "000010-x/0-c", .source_known = false,
			.expect = {STAMP_LINK, "/p/c", 0, 0, 0, 0, 0},
			.there = {STAMP_FILE, NULL, 2, 3, 0644, 4, 5},
			.becomes = {STAMP_FILE, NULL, 6, 7, 0600, 8, 9}},
	{.kind = OP_LINK, .why = WHY_EJECTED, .phase = PHASE_MAIN, .path = "~/.d", .text = "/p/d",
			.keeps = true, .keep = "000012-x/6-d", .far = true,
			.expect = {STAMP_OTHER, NULL, 1, 2, 0600, 0, 3}},
	{.kind = OP_FOLDER, .why = WHY_EJECTED, .phase = PHASE_MAIN, .path = "~/.e", .theirs = true,
			.expect = {STAMP_LINK, "/p/e", 0, 0, 0, 0, 0},
			.becomes = {STAMP_FOLDER, NULL, 1, 0, 01755, 0, 11}},
	{.kind = OP_UNLINK, .why = WHY_FORGOTTEN, .phase = PHASE_LAST, .path = "/mnt/p/d",
			.theirs = true, .keeps = true, .keep = "000012-x/8-d",
			.expect = {STAMP_FILE, NULL, 3, 4, 0644, 5, 6}},
	{.kind = OP_RMDIR, .why = WHY_UNDONE, .phase = PHASE_LAST, .path = "~/.lumina/e",
			.theirs = true, .expect = {STAMP_FOLDER, NULL, 3, 4, 0755, 0, 6}},
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

static struct journal moving_example(void) {
	struct journal journal = example();
	journal.commit = "0123456789abcdef0123456789abcdef01234567";
	journal.moves = true;
	journal.to = 7;
	journal.ops.items = moving;
	journal.ops.count = journal.ops.room = COUNT(moving);
	return journal;
}

static void check_expect(size_t i, const struct expect *got, const struct expect *want) {
	check_text("expectation", got->text, want->text);
	check(got->kind == want->kind && got->dev == want->dev && got->ino == want->ino &&
					got->mode == want->mode && got->size == want->size &&
					got->mtime == want->mtime,
			"an expectation of %zu", i);
}

static void check_edit(const struct edit *got, const struct edit *want) {
	assert_true(got->kind == want->kind && got->tree == want->tree);
	assert_true(got->before_tree == want->before_tree);
	assert_true(got->index == want->index && got->depth == want->depth);
	check_text("key", got->key, want->key);
	check_text("value", got->value, want->value);
	check_text("before", got->before, want->before);
	check_text("raw", got->raw, want->raw);
	check_text("left", got->left, want->left);
	check_text("gap", got->gap, want->gap);
	check_text("after", got->after, want->after);
	assert_int_equal(got->raw_size, want->raw_size);
	assert_int_equal(got->left_size, want->left_size);
	assert_int_equal(got->gap_size, want->gap_size);
	size_t i = 0;
	for (; want->section[i] != NULL; i++) {
		check_text("section", got->section[i], want->section[i]);
	}
	assert_true(got->section[i] == NULL);
}

static void check_objects(size_t i, const struct op *got, const struct op *want) {
	check(got->phase == want->phase && got->keeps == want->keeps &&
					got->theirs == want->theirs && got->far == want->far,
			"flags of %zu", i);
	check_text("keep", got->keep, want->keep);
	check_text("take", got->take, want->take);
	check_text("partner", got->partner, want->partner);
	check_text("origin", got->origin, want->origin);
	check_expect(i, &got->expect, &want->expect);
	check_expect(i, &got->becomes, &want->becomes);
	check_expect(i, &got->there, &want->there);
	check((got->rewrite != NULL) == (want->rewrite != NULL), "edits of %zu", i);
	if (want->rewrite != NULL) {
		assert_true(got->rewrite->bytes == NULL);
		assert_int_equal(got->rewrite->edits.count, want->rewrite->edits.count);
		for (size_t e = 0; e < want->rewrite->edits.count; e++) {
			check_edit(&got->rewrite->edits.items[e], &want->rewrite->edits.items[e]);
		}
	}
}

static void check_same(const struct journal *got, const struct journal *want) {
	assert_true(got->generation == want->generation && got->parent == want->parent);
	assert_true(got->time == want->time);
	check_text("command", got->command, want->command);
	check_text("home", got->home, want->home);
	check_text("temporary", got->temporary, want->temporary);
	check_text("commit", got->commit, want->commit);
	assert_true(got->moves == want->moves && got->to == want->to);
	assert_int_equal(got->followed.count, want->followed.count);
	for (size_t i = 0; i < want->followed.count; i++) {
		check_text("follow", got->followed.items[i].path, want->followed.items[i].path);
	}
	assert_int_equal(got->ops.count, want->ops.count);
	for (size_t i = 0; i < want->ops.count; i++) {
		const struct op *a = &got->ops.items[i], *b = &want->ops.items[i];
		check(a->kind == b->kind && a->why == b->why, "kind of %zu", i);
		check(a->inside == b->inside && a->before_owned == b->before_owned &&
						a->sensitive == b->sensitive,
				"flags of %zu", i);
		check_text(b->path, a->path, b->path);
		check_text(b->path, a->text, b->text);
		check_text(b->path, a->source, b->source);
		check_text(b->path, a->before, b->before);
		check_text(b->path, a->from, b->from);
		check_objects(i, a, b);
	}
}

static void check_round_trip(struct journal journal) {
	struct journal again;
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

static void test_round_trip(void **state) {
	(void)state;
	check_round_trip(example());
	check_round_trip(moving_example());
}

static void test_damage(void **state) {
	(void)state;
	struct journal journal = moving_example();
	struct buf buf = BUF_INIT;
	journal_format(&journal, &buf);
	check_damage(&buf, parse_once);
	buf_release(&buf);
}

#define HEAD "generation\t2\t1\ntime\t5\ncommand\tlumina sync\nhome\t/h\ntemporary\t.lumina-x\n"
#define TAIL "\t0\t0\t0\t-\t-\t-\t-\n"

struct form {
	const char *lines;
	enum record_state want;
};

static void check_forms(const struct form *rows, size_t count) {
	struct buf body = BUF_INIT, buf = BUF_INIT;
	for (size_t i = 0; i < count; i++) {
		buf_clear(&body);
		buf_addf(&body, "lumina journal 2\n%s", rows[i].lines);
		seal(&buf, body.data, body.len);
		char *bytes = exact_copy(buf.data, buf.len);
		enum record_state got = parse_once(bytes, buf.len);
		check(got == rows[i].want, "'%s': %d", rows[i].lines, (int)got);
		free(bytes);
	}
	buf_release(&body);
	buf_release(&buf);
}

static void test_forms(void **state) {
	(void)state;
	static const struct form rows[] = {
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
	check_forms(rows, COUNT(rows));
}

/* Lines of version 2. Fields of "object": size, mtime, keep, take, partner, origin, phase, … */
#define ADOPT HEAD "op\tadopt\tadded\t~/a\t/p/a\ta\tfile\t-" TAIL
#define FILE_ HEAD "op\tfile\tundone\t~/a\t-\t-\tabsent\t-" TAIL
#define LINK HEAD "op\tlink\tmissing\t~/a\t/p/a\ta\tabsent\t-" TAIL
#define EDIT HEAD "op\tedit\tadded\t~/a\t-\t-\tfile\t-" TAIL \
	"object\t1\t2\ts/0\t-\t-\t-\tfirst\tkeeps\ttheirs\t-\n"
#define ONE_EDIT "edit\tadd\tk\tv\t-\t-\t-\tr\t-\t-\t-\t0\t0\n"

static void test_object_forms(void **state) {
	(void)state;
	static const struct form rows[] = {
		{ADOPT "object\t1\t2\t-\t-\t~/p\t-\tmain\t-\t-\t-\n", RECORD_GOOD},
		{ADOPT, RECORD_DAMAGED}, /* without its other half */
		{ADOPT "object\t1\t2\t-\t-\t-\t-\tmain\t-\t-\t-\n", RECORD_DAMAGED},
		{ADOPT "object\tx\t2\t-\t-\t~/p\t-\tmain\t-\t-\t-\n", RECORD_DAMAGED},
		{ADOPT "object\t1\t-2\t-\t-\t~/p\t-\tmain\t-\t-\t-\n", RECORD_DAMAGED},
		{ADOPT "object\t1\t2\t-\t-\t~/p\t-\tsoon\t-\t-\t-\n", RECORD_DAMAGED},
		{ADOPT "object\t1\t2\t-\t-\t~/p\t-\t-\t-\t-\t-\n", RECORD_DAMAGED},
		{ADOPT "object\t1\t2\t-\t-\t~/p\n", RECORD_DAMAGED},
		/* keeps without a slot, and the reverse */
		{ADOPT "object\t1\t2\t-\t-\t~/p\t-\tmain\tkeeps\t-\t-\n", RECORD_DAMAGED},
		{ADOPT "object\t1\t2\ts/0\t-\t~/p\t-\tmain\t-\t-\t-\n", RECORD_DAMAGED},
		{ADOPT "object\t1\t2\ts/0\t-\t~/p\t-\tmain\tkeeps\t-\t-\n", RECORD_GOOD},
		{LINK "object\t1\t2\t-\t-\t~/p\t-\tmain\t-\t-\t-\n", RECORD_DAMAGED},
		{FILE_, RECORD_DAMAGED}, /* of what? */
		{FILE_ "object\t1\t2\t-\t-\t-\t-\tmain\t-\ttheirs\t-\n", RECORD_DAMAGED},
		{FILE_ "object\t1\t2\t-\ts/0\t-\t-\tmain\t-\ttheirs\t-\n", RECORD_GOOD},
		{FILE_ "object\t1\t2\t-\t-\t-\t/o\tmain\t-\ttheirs\t-\n"
		       "becomes\tfile\t-\t1\t0\t420\t5\t6\n", RECORD_GOOD},
		{FILE_ "object\t1\t2\t-\ts/0\t-\t-\tmain\t-\ttheirs\t-\n"
		       "becomes\tlink\t-\t1\t0\t420\t5\t6\n", RECORD_DAMAGED},
		{FILE_ "object\t1\t2\t-\ts/0\t-\t-\tmain\t-\ttheirs\t-\n"
		       "becomes\tfile\t-\t1\t0\t420\t5\n", RECORD_DAMAGED},
		{ADOPT "object\t1\t2\t-\t-\t~/p\t-\tmain\t-\t-\t-\n"
		       "there\tghost\t-\t1\t0\t420\t5\t6\n", RECORD_DAMAGED},
		/* more of no operation */
		{HEAD "object\t1\t2\t-\t-\t-\t-\tmain\t-\t-\t-\n", RECORD_DAMAGED},
		{HEAD "becomes\tfile\t-\t1\t0\t420\t5\t6\n", RECORD_DAMAGED},
		{HEAD ONE_EDIT, RECORD_DAMAGED},
		/* absolute paths are the profile's only */
		{HEAD "op\tunlink\tforgotten\t/m/a\t-\t-\tfile\t-" TAIL
		      "object\t1\t2\ts/0\t-\t-\t-\tlast\tkeeps\ttheirs\t-\n", RECORD_GOOD},
		{HEAD "op\tunlink\tforgotten\t/m/a\t-\t-\tfile\t-" TAIL
		      "object\t1\t2\ts/0\t-\t-\t-\tmain\tkeeps\ttheirs\t-\n", RECORD_DAMAGED},
		{HEAD "op\tunlink\tforgotten\tm/a\t-\t-\tfile\t-" TAIL, RECORD_DAMAGED},
		/* the phases in their order */
		{LINK "op\tfolder\tparent\t~/b\t-\t-\tabsent\t-" TAIL
		      "object\t0\t0\t-\t-\t-\t-\tfirst\t-\ttheirs\t-\n", RECORD_DAMAGED},
		{HEAD "to\t0\n", RECORD_GOOD},
		{HEAD "to\tx\n", RECORD_DAMAGED},
	};
	check_forms(rows, COUNT(rows));
}

static void test_edit_forms(void **state) {
	(void)state;
	static const struct form rows[] = {
		{EDIT ONE_EDIT "section\tsymlinks\n", RECORD_GOOD},
		{EDIT ONE_EDIT "section\ta\tb\n" ONE_EDIT "section\tc\n", RECORD_GOOD},
		{EDIT, RECORD_DAMAGED}, /* of nothing */
		{EDIT ONE_EDIT, RECORD_DAMAGED},
		{EDIT ONE_EDIT "section\ta\n" ONE_EDIT, RECORD_DAMAGED},
		{EDIT "section\ta\n" ONE_EDIT, RECORD_DAMAGED},
		{EDIT ONE_EDIT "section\ta\nsection\tb\n", RECORD_DAMAGED},
		{EDIT "edit\twish\tk\tv\t-\t-\t-\tr\t-\t-\t-\t0\t0\nsection\ta\n",
				RECORD_DAMAGED},
		{EDIT "edit\tadd\tk\tv\t-\t-\t-\tr\t-\t-\t-\t0\tx\nsection\ta\n",
				RECORD_DAMAGED},
		{EDIT "edit\tadd\tk\tv\t-\t-\t-\tr\t-\t-\t-\t0\nsection\ta\n",
				RECORD_DAMAGED},
		{LINK ONE_EDIT "section\ta\n", RECORD_DAMAGED},
		{LINK "section\ta\n", RECORD_DAMAGED},
	};
	check_forms(rows, COUNT(rows));
}

/* Generations of an earlier Lumina stay readable, those of a later one are left. */
static void test_versions(void **state) {
	(void)state;
	static const struct {
		const char *head;
		enum record_state want;
	} rows[] = {
		{"lumina journal 1\n", RECORD_GOOD},
		{"lumina journal 2\n", RECORD_GOOD},
		{"lumina journal 3\n", RECORD_NEWER},
		{"lumina journal 0\n", RECORD_DAMAGED},
		{"lumina owned 2\n", RECORD_DAMAGED},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf body = BUF_INIT, buf = BUF_INIT;
		buf_addf(&body, "%s%s", rows[i].head, LINK);
		seal(&buf, body.data, body.len);
		assert_int_equal(parse_once(buf.data, buf.len), rows[i].want);
		buf_release(&body);
		buf_release(&buf);
	}
}

/* Whatever time zone: undo looks for the folder by its name. */
static void test_slot_folder(void **state) {
	(void)state;
	struct journal journal = {.generation = 12, .time = 1795424406};
	struct arena arena;
	arena_init(&arena);
	assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
	check_text("folder", journal_slot_folder(&journal, &arena), "000012-20261123T090006Z");
	journal.generation = 1234567;
	journal.time = 0;
	check_text("folder", journal_slot_folder(&journal, &arena), "1234567-19700101T000000Z");
	arena_release(&arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_object_forms),
		cmocka_unit_test(test_edit_forms),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_slot_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
