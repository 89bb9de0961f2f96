/* SPDX-License-Identifier: MIT */

/* Linked with --wrap: a file system without exchange, and steps that are never made. */

#include "sandbox.h"

#include "sys/swap.h"

int __real_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
int __real_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __real_linkat(int from_dir, const char *from, int to_dir, const char *to, int flags);
int __real_unlinkat(int dir, const char *name, int flags);
int __wrap_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to, int flags);
int __wrap_unlinkat(int dir, const char *name, int flags);

static struct {
	int flags_fail; /* errno of renameat2() with flags, or 0 */
	int links_fail; /* errno of linkat(), or 0 */
	int steps;      /* made so far */
	int last;       /* no step is made from this one on; 0: all are */
} system_;

static bool is_over(void) {
	system_.steps++;
	bool over = system_.last > 0 && system_.steps >= system_.last;
	errno = over ? EIO : errno;
	return over;
}

int __wrap_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
	if (system_.flags_fail != 0) {
		errno = system_.flags_fail;
		return -1;
	}
	return is_over() ? -1 : __real_renameat2(from_dir, from, to_dir, to, flags);
}

int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to) {
	return is_over() ? -1 : __real_renameat(from_dir, from, to_dir, to);
}

int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to, int flags) {
	if (system_.links_fail != 0) {
		errno = system_.links_fail;
		return -1;
	}
	return is_over() ? -1 : __real_linkat(from_dir, from, to_dir, to, flags);
}

int __wrap_unlinkat(int dir, const char *name, int flags) {
	return is_over() ? -1 : __real_unlinkat(dir, name, flags);
}

static void slow(int flags_fail, int links_fail, int last) {
	system_.flags_fail = flags_fail;
	system_.links_fail = links_fail;
	system_.steps = 0;
	system_.last = last;
}

/* Makes "text", "-> link" or "/". */
static void make(struct sandbox *sandbox, const char *name, const char *as) {
	if (strcmp(as, "/") == 0) {
		put_folder(sandbox, name);
	} else if (as[0] == '-') {
		put_link(sandbox, name, as + 3);
	} else {
		put(sandbox, name, as);
	}
}

static const char *const pairs[][2] = {
	{"one", "two"}, {"-> one", "two"}, {"one", "-> two"}, {"-> one", "-> two"}, {"/", "two"},
	{"one", "/"}, {"/", "-> two"}, {"-> one", "/"},
};

static void check_exchanged(struct sandbox *sandbox, size_t i, int result) {
	assert_int_equal(result, 0);
	check_text(pairs[i][0], what(sandbox, "a"), pairs[i][1]);
	check_text(pairs[i][0], what(sandbox, "b"), pairs[i][0]);
	check_text(pairs[i][0], what(sandbox, "b-was"), "");
}

static void test_exchange(void **state) {
	(void)state;
	static const int modes[][2] = {{0, 0}, {EINVAL, 0}, {ENOSYS, 0}, {EINVAL, EPERM}};
	for (size_t i = 0; i < COUNT(pairs) * COUNT(modes); i++) {
		struct sandbox sandbox;
		sandbox_open(&sandbox);
		const int *mode = modes[i / COUNT(pairs)];
		make(&sandbox, "a", pairs[i % COUNT(pairs)][0]);
		make(&sandbox, "b", pairs[i % COUNT(pairs)][1]);
		ino_t inode = info_of(&sandbox, "a").st_ino;
		slow(mode[0], mode[1], 0);
		int result = swap_exchange(sandbox.dir, "a", "b");
		slow(0, 0, 0);
		check_exchanged(&sandbox, i % COUNT(pairs), result);
		assert_true(info_of(&sandbox, "b").st_ino == inode);
		sandbox_close(&sandbox);
	}
}

static void test_exchange_fails(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put(&sandbox, "a", "one");
	for (int flags_fail = 0; flags_fail <= EINVAL; flags_fail += EINVAL) {
		slow(flags_fail, 0, 0);
		assert_int_equal(swap_exchange(sandbox.dir, "a", "b"), -1);
		assert_int_equal(errno, ENOENT);
		assert_int_equal(swap_exchange(sandbox.dir, "b", "a"), -1);
		assert_int_equal(errno, ENOENT);
		slow(0, 0, 0);
		check_text("a", what(&sandbox, "a"), "one");
		check_text("b", what(&sandbox, "b"), "");
		check_text("b-was", what(&sandbox, "b-was"), "");
		check_text("a-was", what(&sandbox, "a-was"), "");
	}
	/* Any other error is no reason to try it slowly. */
	put(&sandbox, "b", "two");
	slow(EACCES, 0, 0);
	assert_int_equal(swap_exchange(sandbox.dir, "a", "b"), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(system_.steps, 0);
	slow(0, 0, 0);
	check_text("a", what(&sandbox, "a"), "one");
	sandbox_close(&sandbox);
}

/* Cut off at a step, and mended, itself cut off once: one of the two, whole. */
static bool check_cut(size_t i, int links_fail, int last, int mend_last) {
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	make(&sandbox, "a", pairs[i][0]);
	make(&sandbox, "b", pairs[i][1]);
	slow(EINVAL, links_fail, last);
	int result = swap_exchange(sandbox.dir, "a", "b");
	bool cut = system_.steps >= last;
	assert_true((result < 0) == cut);
	/* A file at `a` is never without a name. */
	bool files = pairs[i][0][0] != '/' && pairs[i][1][0] != '/' && links_fail == 0;
	check(!files || what(&sandbox, "a")[0] != '\0', "pair %zu, step %d: no 'a'", i, last);
	slow(EINVAL, links_fail, mend_last);
	(void)swap_mend(sandbox.dir, "a", "b");
	slow(EINVAL, links_fail, 0);
	assert_int_equal(swap_mend(sandbox.dir, "a", "b"), 0);
	slow(0, 0, 0);
	bool before = strcmp(what(&sandbox, "a"), pairs[i][0]) == 0;
	check_text("a", what(&sandbox, "a"), pairs[i][before ? 0 : 1]);
	check_text("b", what(&sandbox, "b"), pairs[i][before ? 1 : 0]);
	check_text("b-was", what(&sandbox, "b-was"), "");
	sandbox_close(&sandbox);
	return cut;
}

static void test_cut_off(void **state) {
	(void)state;
	int cuts = 0;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		for (int links_fail = 0; links_fail <= EPERM; links_fail += EPERM) {
			for (int last = 1; last < 8; last++) {
				for (int mend = 0; mend < 3; mend++) {
					cuts += check_cut(i, links_fail, last, mend);
				}
			}
		}
	}
	assert_true(cuts >= (int)COUNT(pairs) * 2 * 3 * 3);
}

static void test_mend(void **state) {
	(void)state;
	static const struct {
		const char *a, *b, *spare, *want_a, *want_b, *want_spare;
	} rows[] = {
		{"one", "two", "", "one", "two", ""},
		{"", "", "", "", "", ""},
		{"", "two", "one", "one", "two", ""},  /* a was put away */
		{"two", "", "one", "two", "one", ""},  /* b came in its place */
		{"/", "", "one", "/", "one", ""},
		{"", "/", "-> x", "-> x", "/", ""},
		/* Somebody put things there meanwhile: nothing is lost. */
		{"two", "new", "one", "two", "new", "one"},
		{"", "", "one", "one", "", ""},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sandbox sandbox;
		sandbox_open(&sandbox);
		const char *const names[] = {"a", "b", "b-was"};
		const char *const had[] = {rows[i].a, rows[i].b, rows[i].spare};
		const char *const want[] = {rows[i].want_a, rows[i].want_b, rows[i].want_spare};
		for (size_t n = 0; n < 3; n++) {
			if (had[n][0] != '\0') {
				make(&sandbox, names[n], had[n]);
			}
		}
		assert_int_equal(swap_mend(sandbox.dir, "a", "b"), 0);
		assert_int_equal(swap_mend(sandbox.dir, "a", "b"), 0);
		for (size_t n = 0; n < 3; n++) {
			check_text(names[n], what(&sandbox, names[n]), want[n]);
		}
		sandbox_close(&sandbox);
	}
}

static void test_move(void **state) {
	(void)state;
	for (int flags_fail = 0; flags_fail <= EINVAL; flags_fail += EINVAL) {
		struct sandbox sandbox;
		sandbox_open(&sandbox);
		put(&sandbox, "a", "one");
		put(&sandbox, "b", "two");
		put_link(&sandbox, "l", "nowhere");
		put_folder(&sandbox, "d");
		slow(flags_fail, 0, 0);
		static const char *const taken[] = {"b", "l", "d", "a"};
		for (size_t i = 0; i < COUNT(taken); i++) {
			errno = 0;
			assert_int_equal(swap_move(sandbox.dir, "a", sandbox.dir, taken[i]), -1);
			assert_int_equal(errno, EEXIST);
		}
		assert_int_equal(swap_move(sandbox.dir, "none", sandbox.dir, "new"), -1);
		assert_int_equal(errno, ENOENT);
		assert_int_equal(swap_move(sandbox.dir, "a", sandbox.dir, "new"), 0);
		slow(EACCES, 0, 0);
		assert_int_equal(swap_move(sandbox.dir, "b", sandbox.dir, "newer"), -1);
		assert_int_equal(errno, EACCES);
		slow(0, 0, 0);
		check_text("a", what(&sandbox, "a"), "");
		check_text("new", what(&sandbox, "new"), "one");
		check_text("b", what(&sandbox, "b"), "two");
		check_text("l", what(&sandbox, "l"), "-> nowhere");
		sandbox_close(&sandbox);
	}
}

static void test_looking(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put(&sandbox, "f", "x");
	put_link(&sandbox, "l", "text");
	assert_true(swap_is_link(sandbox.dir, "l", "text"));
	static const char *const others[] = {"", "tex", "text2", "f"};
	for (size_t i = 0; i < COUNT(others); i++) {
		check(!swap_is_link(sandbox.dir, "l", others[i]), "'%s'", others[i]);
	}
	assert_true(!swap_is_link(sandbox.dir, "f", "x"));
	assert_true(!swap_is_link(sandbox.dir, "none", "x"));
	assert_true(swap_is_absent(sandbox.dir, "none"));
	assert_true(!swap_is_absent(sandbox.dir, "f"));
	assert_true(!swap_is_absent(sandbox.dir, "l")); /* dangling, but there */
	assert_true(!swap_is_absent(sandbox.dir, "f/x")); /* can't be told */
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exchange),
		cmocka_unit_test(test_exchange_fails),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_mend),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_looking),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
