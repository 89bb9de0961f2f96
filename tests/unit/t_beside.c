/* SPDX-License-Identifier: MIT */

/* Programs side by side: what each says, and that the end of one is the end of none else. */

#include "sandbox.h"

#include <signal.h>

#include "sys/beside.h"
#include "sys/clock.h"

enum {
	PLENTY_MS = 20000, /* for what must come to a good end on a busy machine */
	SHORT_MS = 300,
};

#define SHELL(text) ((const char *const[]){"sh", "-c", text, NULL})

static struct beside beside_of(const char *const *argv, int ms, struct buf *output, struct buf *errors) {
	return (struct beside){.child = {.argv = argv, .umask = 022, .output = output, .errors = errors,
				       .timeout_ms = ms, .apart = true, .abrupt = true}};
}

static void test_what_each_says(void **state) {
	(void)state;
	static const struct {
		const char *text;
		enum child_end end;
		int code;
		const char *output, *errors;
	} rows[] = {
		{"exit 0", CHILD_EXITED, 0, "", ""},
		{"echo out; echo err >&2; exit 3", CHILD_EXITED, 3, "out\n", "err\n"},
		{"printf 'a\\0b'", CHILD_EXITED, 0, "a\0b", ""},
		{"kill -9 $$", CHILD_SIGNALLED, SIGKILL, "", ""},
		{"cat", CHILD_EXITED, 0, "", ""}, /* nothing is there to be read */
	};
	struct beside all[COUNT(rows)];
	struct buf output[COUNT(rows)], errors[COUNT(rows)];
	const char *argv[COUNT(rows)][4];
	for (size_t i = 0; i < COUNT(rows); i++) {
		memcpy(argv[i], SHELL(rows[i].text), sizeof(argv[i]));
		buf_init(&output[i]);
		buf_init(&errors[i]);
		buf_adds(&output[i], "before ");
		all[i] = beside_of(argv[i], PLENTY_MS, &output[i], &errors[i]);
		beside_begin(&all[i]);
	}
	for (size_t i = COUNT(rows); i-- > 0;) {
		size_t n = i == 2 ? 3 : strlen(rows[i].output);
		beside_end(&all[i]);
		check(all[i].result == 0 && all[i].ended.end == rows[i].end &&
						all[i].ended.code == rows[i].code,
				"row %zu: %d %d", i, (int)all[i].ended.end, all[i].ended.code);
		check(output[i].len == n + 7 && memcmp(output[i].data, "before ", 7) == 0 &&
						memcmp(output[i].data + 7, rows[i].output, n) == 0,
				"row %zu: %s", i, output[i].data);
		check_text("errors", errors[i].data, rows[i].errors);
		buf_release(&output[i]);
		buf_release(&errors[i]);
	}
}

static void test_one_buffer(void **state) {
	(void)state;
	struct buf both _cleanup_buf_ = BUF_INIT;
	struct beside one = beside_of(SHELL("echo a; echo b >&2; echo c"), PLENTY_MS, &both, &both);
	beside_begin(&one);
	beside_end(&one);
	assert_int_equal(one.result, 0);
	assert_string_equal(both.data, "a\nb\nc\n");
}

static void test_no_program(void **state) {
	(void)state;
	const char *const argv[] = {"no-such-program-anywhere", NULL};
	struct beside one = beside_of(argv, PLENTY_MS, NULL, NULL);
	beside_begin(&one);
	beside_end(&one);
	assert_int_equal(one.result, -1);
	assert_int_equal(one.err.kind, ERR_NO_PROGRAM);
	assert_non_null(strstr(one.err.text, "no-such-program-anywhere"));
	err_release(&one.err);
}

static bool lives(struct sandbox *box, const char *name) {
	long pid = strtol(what(box, name), NULL, 10);
	check(pid > 1, "%s: no number", name);
	return kill((pid_t)pid, 0) == 0;
}

/* A late one takes what it has started with it, wherever that went; a good one's stays. */
static void test_late(void **state) {
	(void)state;
	struct sandbox box;
	sandbox_open(&box);
	char text[2][256];
	(void)snprintf(text[0], sizeof(text[0]), "setsid sh -c 'echo $$ >%s; exec sleep 60' & "
		"sleep 60 & echo $! >%s; wait", at(&box, "apart"), at(&box, "below"));
	(void)snprintf(text[1], sizeof(text[1]), "setsid sleep 60 & echo $! >%s", at(&box, "kept"));
	struct beside late = beside_of(SHELL(text[0]), SHORT_MS, NULL, NULL);
	struct beside good = beside_of(SHELL(text[1]), PLENTY_MS, NULL, NULL);
	int64_t begin = clock_ms();
	beside_begin(&good);
	beside_begin(&late);
	beside_end(&late);
	beside_end(&good);
	check(clock_ms() - begin < PLENTY_MS / 2, "it was waited for");
	assert_int_equal(late.ended.end, CHILD_LATE);
	assert_int_equal(good.ended.end, CHILD_EXITED);
	assert_false(lives(&box, "below"));
	assert_false(lives(&box, "apart"));
	assert_true(lives(&box, "kept"));
	assert_int_equal(kill((pid_t)strtol(what(&box, "kept"), NULL, 10), SIGKILL), 0);
	sandbox_close(&box);
}

/* So many that wait for each other: one after the other, none would come to its end. */
static void test_side_by_side(void **state) {
	(void)state;
	struct sandbox box;
	sandbox_open(&box);
	struct beside all[4];
	const char *argv[COUNT(all)][4];
	char text[COUNT(all)][256];
	for (size_t i = 0; i < COUNT(all); i++) {
		(void)snprintf(text[i], sizeof(text[i]),
				"cd %s; : >r%zu; while ! test -e r0 -a -e r1 -a -e r2 -a -e r3; do sleep 0.01; done",
				box.path, i);
		memcpy(argv[i], SHELL(text[i]), sizeof(argv[i]));
		all[i] = beside_of(argv[i], PLENTY_MS, NULL, NULL);
		beside_begin(&all[i]);
	}
	for (size_t i = 0; i < COUNT(all); i++) {
		beside_end(&all[i]);
		check(all[i].ended.end == CHILD_EXITED && all[i].ended.code == 0, "row %zu", i);
	}
	sandbox_close(&box);
}

/* A worker that is gone is no result. */
static void test_dead_worker(void **state) {
	(void)state;
	struct beside one = beside_of(SHELL("sleep 5"), PLENTY_MS, NULL, NULL);
	beside_begin(&one);
	assert_int_equal(kill(one.worker, SIGKILL), 0);
	beside_end(&one);
	assert_int_equal(one.result, -1);
	assert_int_equal(one.err.kind, ERR_FAILED);
	err_release(&one.err);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_each_says), cmocka_unit_test(test_one_buffer),
		cmocka_unit_test(test_no_program), cmocka_unit_test(test_late),
		cmocka_unit_test(test_side_by_side), cmocka_unit_test(test_dead_worker),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
