/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "desk/desk.h"
#include "state/record.h"
#include "sys/file.h"

static char folder[] = "/tmp/lumina-desk-XXXXXX";
static struct facts facts = {.runtime = folder};

static const char *const show[] = {"network", "custom-\x01vpn", NULL};
static const char *const hide[] = {"mpris", NULL};
static struct pair before[] = {{"layout", "dwindle"}, {"gaps_in", ""}};
static struct workspace workspaces[] = {
	{.id = 1, .mission = NULL, .asked = 7},
	{.id = 3, .output = "eDP-1", .mission = "web", .label = "the\tshop\n\x1b[2J", .root = "/h/-",
			.show = show, .hide = hide, .asked = UINT64_MAX, .rule = "0f", .layout = "master",
			.before = before, .nbefore = COUNT(before)},
	{.id = INT32_MAX, .label = "-", .rule = "a"},
};
static const struct desk full = {"sig_1_2", DIALECT_KEYWORD, 2, workspaces, COUNT(workspaces)};

static const char *path(struct arena *arena) {
	return arena_printf(arena, "%s/desk", folder);
}

static void put(const char *bytes, size_t n, struct arena *arena) {
	int fd = open(path(arena), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && file_write_all(fd, bytes, n) == 0 && close(fd) == 0);
}

static char *get(size_t *ret_size, struct arena *arena) {
	char *bytes;
	struct file_mark mark;
	assert_int_equal(file_read(AT_FDCWD, path(arena), 1 << 20, arena, &bytes, ret_size, &mark), 0);
	return bytes;
}

static void check_words(const char *const *got, const char *const *wanted) {
	size_t i = 0;
	for (; wanted != NULL && wanted[i] != NULL; i++) {
		assert_string_equal(got[i], wanted[i]);
	}
	assert_true(i == 0 ? got == NULL : got[i] == NULL);
}

static void check_same(const char *got, const char *wanted) {
	assert_true((got == NULL) == (wanted == NULL));
	if (got != NULL) {
		assert_string_equal(got, wanted);
	}
}

static void test_both_ways(void **state) {
	(void)state;
	struct arena arena;
	struct err err = {0};
	struct desk got;
	arena_init(&arena);
	assert_int_equal(desk_save(&full, &facts, &arena, &err), 0);
	desk_load(&got, &facts, &arena);
	assert_string_equal(got.signature, full.signature);
	assert_int_equal(got.dialect, full.dialect);
	assert_int_equal(got.failures, full.failures);
	assert_int_equal(got.count, full.count);
	for (size_t i = 0; i < got.count; i++) {
		const struct workspace *a = &got.items[i], *b = &workspaces[i];
		assert_int_equal(a->id, b->id);
		assert_true(a->asked == b->asked);
		check_same(a->output, b->output);
		check_same(a->mission, b->mission);
		check_same(a->label, b->label);
		check_same(a->root, b->root);
		check_same(a->rule, b->rule);
		check_same(a->layout, b->layout);
		check_words(a->show, b->show);
		check_words(a->hide, b->hide);
		assert_int_equal(a->nbefore, b->nbefore);
		for (size_t k = 0; k < a->nbefore; k++) {
			assert_string_equal(a->before[k].name, b->before[k].name);
			assert_string_equal(a->before[k].value, b->before[k].value);
		}
	}
	arena_release(&arena);
}

/* Cut off anywhere, or with any byte another one: as if there were none. */
static void test_damage(void **state) {
	(void)state;
	struct arena arena;
	struct err err = {0};
	struct desk got;
	size_t size;
	arena_init(&arena);
	assert_int_equal(desk_save(&full, &facts, &arena, &err), 0);
	char *bytes = get(&size, &arena);
	for (size_t n = 0; n < size; n++) {
		put(bytes, n, &arena);
		desk_load(&got, &facts, &arena);
		check(got.count == 0 && got.signature == NULL, "cut at %zu", n);
		bytes[n] ^= 1;
		put(bytes, size, &arena);
		bytes[n] ^= 1;
		desk_load(&got, &facts, &arena);
		check(got.count == 0 && got.signature == NULL, "changed at %zu", n);
	}
	assert_int_equal(unlink(path(&arena)), 0);
	desk_load(&got, &facts, &arena);
	assert_int_equal(got.count, 0);
	arena_release(&arena);
}

/* A checksum that is right doesn't make it right. */
static void test_wrong(void **state) {
	(void)state;
	static const char *const rows[] = {
		"workspace\t0\t-\t-\t-\t-\t1\n", "workspace\t-3\t-\t-\t-\t-\t1\n", "workspace\t2147483648\t-\t-\t-\t-\t1\n",
		"workspace\t3\n", "workspace\t3\t-\t-\t-\t-\tx\n", "rule\t3\tk\t-\n", "before\t1\tlayout\tx\n",
		"workspace\t3\t-\t-\t-\t-\t1\nshow\t3\n", "workspace\t3\t-\t-\t-\t-\t1\nshow\t4\tx\n",
		"instance\tx\tcobol\n", "instance\tx\n", "failures\t\n", "failures\n", "other\t3\tx\n", "\n",
	};
	struct arena arena;
	struct desk got;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf text = BUF_INIT;
		record_begin(&text, "desk", 1);
		buf_adds(&text, "instance\tsig\tnone\n");
		buf_adds(&text, rows[i]);
		record_end(&text);
		put(text.data, text.len, &arena);
		buf_release(&text);
		desk_load(&got, &facts, &arena);
		check(got.signature == NULL && got.count == 0, "%s", rows[i]);
	}
	arena_release(&arena);
}

static void test_order(void **state) {
	(void)state;
	static const long ids[] = {5, 1, 3, 1, 9, 3, 2};
	struct arena arena;
	struct desk desk = {0};
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(ids); i++) {
		desk_make(&desk, ids[i], &arena)->asked += 1;
	}
	static const long sorted[] = {1, 2, 3, 5, 9};
	assert_int_equal(desk.count, COUNT(sorted));
	for (size_t i = 0; i < desk.count; i++) {
		assert_int_equal(desk.items[i].id, sorted[i]);
	}
	assert_int_equal(desk_find(&desk, 3)->asked, 2);
	assert_true(desk_find(&desk, 4) == NULL);
	arena_release(&arena);
}

/* Somebody else's folder, or a link in its place: nothing is written. */
static void test_unfit(void **state) {
	(void)state;
	struct arena arena;
	struct err err = {0};
	arena_init(&arena);
	struct facts other = {.runtime = folder, .uid = facts.uid + 1};
	assert_int_equal(desk_save(&full, &other, &arena, &err), -1);
	err_release(&err);
	const char *alias = arena_printf(&arena, "%s/link", folder);
	assert_int_equal(symlink(folder, alias), 0);
	other = (struct facts){.runtime = alias, .uid = facts.uid};
	assert_int_equal(desk_save(&full, &other, &arena, &err), -1);
	err_release(&err);
	assert_int_equal(unlink(alias), 0);
	arena_release(&arena);
}

static int make_folder(void **state) {
	(void)state;
	facts.uid = geteuid();
	return mkdtemp(folder) == NULL;
}

static int drop_folder(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	(void)unlink(path(&arena));
	arena_release(&arena);
	return rmdir(folder);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_unfit),
	};
	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
