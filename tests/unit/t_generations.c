/* SPDX-License-Identifier: MIT */

/* exec/history.h: the generations of a state folder. */

#include "sandbox.h"

#include "exec/history.h"

/* A generation's file, by a name that may not be its own. */
static void put_generation(struct sandbox *sandbox, const char *name, struct journal journal) {
	struct buf buf = BUF_INIT;
	journal.command = "lumina sync";
	journal.home = "/h";
	journal.temporary = ".lumina-x";
	journal.borrowed = true;
	journal_format(&journal, &buf);
	put_bytes(sandbox, arena_printf(&sandbox->arena, "generations/%s", name), buf.data, buf.len);
	buf_release(&buf);
}

static const char *numbers(struct sandbox *sandbox) {
	struct history history;
	struct err err = {0};
	assert_int_equal(history_load(&history, sandbox->path, &sandbox->arena, &err), 0);
	const char *text = "";
	for (size_t i = 0; i < history.count; i++) {
		text = arena_printf(&sandbox->arena, "%s%s%lu", text, i > 0 ? " " : "",
				(unsigned long)history.items[i].generation);
		assert_true(history_find(&history, history.items[i].generation) ==
				&history.items[i]);
	}
	assert_true(history_find(&history, 0) == NULL);
	assert_true(history_find(&history, 5000) == NULL);
	history_release(&history);
	assert_int_equal(history.count, 0);
	return text;
}

static void test_load(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	check_text("no folder", numbers(&sandbox), "");
	put_folder(&sandbox, "generations");
	check_text("empty", numbers(&sandbox), "");
	put_generation(&sandbox, "000012", (struct journal){.generation = 12, .parent = 2});
	put_generation(&sandbox, "000001", (struct journal){.generation = 1});
	put_generation(&sandbox, "000002", (struct journal){.generation = 2, .parent = 1});
	put_generation(&sandbox, "1000003", (struct journal){.generation = 1000003});
	check_text("oldest first", numbers(&sandbox), "1 2 12 1000003");
	/* What is no generation, or can't be used. */
	put_generation(&sandbox, "000003", (struct journal){.generation = 3, .moves = true, .to = 1});
	put_generation(&sandbox, "000004", (struct journal){.generation = 5});
	put_generation(&sandbox, "000006.new", (struct journal){.generation = 6});
	put_generation(&sandbox, "x", (struct journal){.generation = 7});
	put(&sandbox, "generations/000008", "");
	put(&sandbox, "generations/000009", "lumina journal 2\nend\txxh3:0000000000000000\n");
	put_folder(&sandbox, "generations/000010");
	put_link(&sandbox, "generations/000011", "nowhere");
	check_text("others", numbers(&sandbox), "1 2 12 1000003");
	sandbox_close(&sandbox);
}

/* Each number once, whatever else is in the folder. */
static void test_two_names(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put_folder(&sandbox, "generations");
	put_generation(&sandbox, "000002", (struct journal){.generation = 2});
	put_generation(&sandbox, "2", (struct journal){.generation = 2});
	put_generation(&sandbox, "0000002", (struct journal){.generation = 2});
	check_text("twice", numbers(&sandbox), "2");
	sandbox_close(&sandbox);
}

static void test_read(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct journal journal;
	sandbox_open(&sandbox);
	put_folder(&sandbox, "generations");
	struct op ops[] = {{.kind = OP_LINK, .why = WHY_MISSING, .phase = PHASE_MAIN, .path = "~/a",
			.text = "/p/a"}};
	put_generation(&sandbox, "000007", (struct journal){.generation = 7, .parent = 3,
			.commit = "abc", .ops = {ops, 1, 1}});
	assert_true(history_read(sandbox.path, 7, &journal, &sandbox.arena));
	assert_true(journal.generation == 7 && journal.parent == 3 && journal.ops.count == 1);
	check_text("commit", journal.commit, "abc");
	check_text("path", journal.ops.items[0].path, "~/a");
	journal_release(&journal);
	assert_true(!history_read(sandbox.path, 8, &journal, &sandbox.arena));
	assert_true(!history_read(at(&sandbox, "none"), 7, &journal, &sandbox.arena));
	/* A damaged one is none. */
	FILE *file = fopen(at(&sandbox, "generations/000007"), "a");
	assert_true(file != NULL && fputs("x", file) > 0 && fclose(file) == 0);
	assert_true(!history_read(sandbox.path, 7, &journal, &sandbox.arena));
	sandbox_close(&sandbox);
}

static int load_locked(struct sandbox *sandbox) {
	struct history history;
	struct err err = {0};
	int result = history_load(&history, sandbox->path, &sandbox->arena, &err);
	bool failed = result == -1 && err.kind == ERR_FAILED && err.sys == EACCES;
	err_release(&err);
	return failed ? 0 : 1;
}

static void test_locked(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put_folder(&sandbox, "generations");
	assert_int_equal(fchmodat(sandbox.dir, "generations", 0, 0), 0);
	assert_int_equal(fchmodat(AT_FDCWD, sandbox.path, 0755, 0), 0);
	assert_int_equal(as_somebody(load_locked, &sandbox), 0);
	assert_int_equal(fchmodat(sandbox.dir, "generations", 0700, 0), 0);
	sandbox_close(&sandbox);
}

static void test_present(void **state) {
	(void)state;
	struct journal journals[] = {{.generation = 2}, {.generation = 7}};
	const struct history none = {0}, two = {journals, 2, 2};
	const struct owned_record lost = {0};
	struct owned_record owned = {.present = true, .generation = 9, .present_generation = 2};
	assert_true(history_present(&two, &owned) == 2);
	owned.present_generation = 0; /* undone to before the first */
	assert_true(history_present(&two, &owned) == 0);
	assert_true(history_present(&two, &lost) == 7);
	assert_true(history_present(&none, &lost) == 0);
	assert_true(history_find(&none, 2) == NULL);
	assert_true(history_find(&two, 7) == &journals[1]);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_two_names),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_present),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
