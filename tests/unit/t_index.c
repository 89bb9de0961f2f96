/* SPDX-License-Identifier: MIT */
#include "missions.h"
#include "sandbox.h"

#include <time.h>

#include "base/hash.h"
#include "flow/index.h"
#include "flow/kept.h"
#include "reg/load.h"

static const char *const some[] = {"a", "b/c", "", NULL};
static const char *const one[] = {"x", NULL};
static const char *const homes[] = {"/home/u", "box", "/home/u/.lumina", NULL};
static const struct pair variables[] = {{"A", "1"}, {"B", ""}, {"C", "\x01\xff'\n"}};

static const struct mission examples[] = {
	{.name = "web", .label = "the web", .when = some, .in = one, .env = variables, .nenv = 3,
			.path = some, .dotenv = one, .direnv = 1, .nix = "develop",
			.hyprland = variables, .nhyprland = 2, .show = one, .hide = some},
	{.name = "bare", .direnv = -1},
	{.name = "", .when = one, .direnv = 0, .env = variables, .nenv = 1},
	/* Texts that are in the index for other reasons, too. */
	{.name = "/home/u", .label = "box", .in = homes, .when = homes, .direnv = -1},
};

static const struct index_file files[] = {
	{"/p/lumina.yaml", true, {1, 2, 3, {4, 5}}},
	{"/c/local.yaml", false, {0}},
};

static const struct facts facts = {.home = "/home/u", .profile = "/home/u/.lumina", .host = "box"};

static struct index index_of(const struct mission *missions, size_t count) {
	return (struct index){.missions = {missions, count, NULL}, .files = files, .nfiles = 2};
}

/* Everything that can be reached is looked at: valgrind and ASan see what is out of bounds. */
static enum index_state parse(const char *bytes, size_t size, const char **ret_text,
		struct arena *arena) {
	struct index index;
	char *copy = malloc(size + (size == 0));
	assert_true(copy != NULL);
	if (size > 0) {
		memcpy(copy, bytes, size);
	}
	enum index_state state = index_parse(&index, copy, size, &facts, arena);
	const char *text = missions_text(&index.missions, arena);
	for (size_t i = 0; i < index.nfiles; i++) {
		text = arena_printf(arena, "%s%s %d %lld\n", text, index.files[i].path,
				index.files[i].there, (long long)index.files[i].mark.mtime.tv_nsec);
	}
	assert_true(state == INDEX_GOOD || text[0] == '\0');
	free(copy);
	if (ret_text != NULL) {
		*ret_text = text;
	}
	return state;
}

static void test_there_and_back(void **state) {
	(void)state;
	struct arena arena;
	struct buf bytes = BUF_INIT;
	const char *text;
	arena_init(&arena);
	for (size_t count = 0; count <= COUNT(examples); count++) {
		struct index index = index_of(examples, count);
		index_format(&index, &facts, &bytes);
		assert_int_equal(parse(bytes.data, bytes.len, &text, &arena), INDEX_GOOD);
		const char *want = arena_printf(&arena, "%s/p/lumina.yaml 1 5\n/c/local.yaml 0 0\n",
				missions_text(&index.missions, &arena));
		check_text("there and back", text, want);
	}
	buf_release(&bytes);
	arena_release(&arena);
}

static void test_five_hundred(void **state) {
	(void)state;
	struct arena arena;
	struct buf bytes = BUF_INIT;
	static struct mission many[500];
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(many); i++) {
		many[i] = examples[i % COUNT(examples)];
		many[i].name = arena_printf(&arena, "m%zu", i);
	}
	struct index index = index_of(many, COUNT(many)), again;
	index_format(&index, &facts, &bytes);
	assert_int_equal(index_parse(&again, bytes.data, bytes.len, &facts, &arena), INDEX_GOOD);
	check_text("500", missions_text(&again.missions, &arena),
			missions_text(&index.missions, &arena));
	buf_release(&bytes);
	arena_release(&arena);
}

/* Each length, each byte in several ways; with a sum that fits, too: then it must be safe. */
static void test_damage(void **state) {
	(void)state;
	struct buf bytes = BUF_INIT;
	const struct index index = index_of(examples, COUNT(examples));
	index_format(&index, &facts, &bytes);
	static const unsigned char flips[] = {0x01, 0x80, 0xff};
	for (size_t i = 0; i < bytes.len; i++) {
		struct arena arena;
		arena_init(&arena);
		check(parse(bytes.data, i, NULL, &arena) == INDEX_DAMAGED, "%zu bytes", i);
		for (size_t k = 0; k < COUNT(flips); k++) {
			char before = bytes.data[i];
			bytes.data[i] = (char)(before ^ flips[k]);
			check(parse(bytes.data, bytes.len, NULL, &arena) == INDEX_DAMAGED, "byte %zu", i);
			if (i >= 16) {
				uint64_t sum = hash64(bytes.data + 16, bytes.len - 16), old;
				memcpy(&old, bytes.data + 8, sizeof(old));
				memcpy(bytes.data + 8, &sum, sizeof(sum));
				(void)parse(bytes.data, bytes.len, NULL, &arena);
				memcpy(bytes.data + 8, &old, sizeof(old));
			}
			bytes.data[i] = before;
		}
		arena_release(&arena);
	}
	buf_release(&bytes);
}

static void test_other(void **state) {
	(void)state;
	static const struct facts others[] = {
		{.home = "/home/v", .profile = "/home/u/.lumina", .host = "box"},
		{.home = "/home/u", .profile = "/home/u/other", .host = "box"},
		{.home = "/home/u", .profile = "/home/u/.lumina", .host = "bo"},
		{.home = "/home/u", .profile = "/home/u/.lumina", .host = NULL},
	};
	struct arena arena;
	struct buf bytes = BUF_INIT;
	struct index index = index_of(examples, 1), found;
	arena_init(&arena);
	index_format(&index, &facts, &bytes);
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_int_equal(index_parse(&found, bytes.data, bytes.len, &others[i], &arena),
				INDEX_OTHER);
		assert_int_equal(found.missions.count, 0);
		assert_int_equal(found.nfiles, 0);
	}
	buf_release(&bytes);
	arena_release(&arena);
}

/* --- with files ---------------------------------------------------------------------------- */

static struct facts home_in(struct sandbox *sandbox) {
	return (struct facts){
		.home = sandbox->path,
		.profile = at(sandbox, "p"),
		.config = at(sandbox, "c"),
		.cache = at(sandbox, "cache/lumina"),
		.state = at(sandbox, "s"),
		.host = "box",
		.uid = geteuid(),
	};
}

static int build(struct index *index, struct sandbox *sandbox, size_t limit, int *ret_sys) {
	const struct facts mine = home_in(sandbox);
	struct err err = {0};
	int result = index_build(index, &mine, limit, &sandbox->arena, &err);
	*ret_sys = err.sys;
	err_release(&err);
	return result;
}

static enum index_state reopen(struct index *index, struct sandbox *sandbox) {
	const struct facts mine = home_in(sandbox);
	return index_open(index, &mine, &sandbox->arena);
}

static void open_profile(struct sandbox *sandbox, const char *registry) {
	sandbox_open(sandbox);
	put_folder(sandbox, "p");
	put_folder(sandbox, "c");
	put(sandbox, "p/lumina.yaml", registry);
}

static void test_build(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct index index;
	int sys;
	open_profile(&sandbox, "include: [a.yaml]\nmissions: {one: {in: [~/x]}}\n");
	put(&sandbox, "p/a.yaml", "missions: {two: {}}\n");
	assert_int_equal(reopen(&index, &sandbox), INDEX_NONE);
	assert_int_equal(build(&index, &sandbox, INDEX_QUICK_SIZE, &sys), 0);
	const char *want = arena_printf(&sandbox.arena, "one in=%s/x\ntwo\n", sandbox.path);
	check_text("built", missions_text(&index.missions, &sandbox.arena), want);
	assert_int_equal(info_of(&sandbox, "cache/lumina/index").st_mode & 07777, 0600);
	check_text("left", what(&sandbox, "cache/lumina/index.new"), "");
	assert_int_equal(reopen(&index, &sandbox), INDEX_GOOD);
	check_text("read", missions_text(&index.missions, &sandbox.arena), want);
	assert_int_equal(index.nfiles, 3);
	assert_true(index_is_current(&index));
	assert_true(!index.broken);
	sandbox_close(&sandbox);
}

/* Each change that a file can have; the index must see all of them. */
static void test_current(void **state) {
	(void)state;
	static const struct {
		const char *name, *text;
	} changes[] = {
		{"p/lumina.yaml", "include: [a.yaml]\nmissions: {two: {}}\n"}, /* the same size */
		{"p/lumina.yaml", ""},
		{"p/lumina.yaml", NULL},
		{"p/a.yaml", "missions: {}\n"},
		{"p/a.yaml", NULL},
		{"c/local.yaml", "missions: {}\n"},
		{"c/local.yaml", ""},
	};
	for (size_t i = 0; i < COUNT(changes); i++) {
		struct sandbox sandbox;
		struct index index;
		int sys;
		open_profile(&sandbox, "include: [a.yaml]\nmissions: {one: {}}\n");
		put(&sandbox, "p/a.yaml", "missions: {abc: {}}\n");
		assert_int_equal(build(&index, &sandbox, 0, &sys), 0);
		assert_int_equal(reopen(&index, &sandbox), INDEX_GOOD);
		if (changes[i].text != NULL) {
			put(&sandbox, changes[i].name, changes[i].text);
		} else {
			assert_int_equal(unlinkat(sandbox.dir, changes[i].name, 0), 0);
		}
		check(!index_is_current(&index), "change %zu", i);
		if (build(&index, &sandbox, 0, &sys) == 0) {
			assert_int_equal(reopen(&index, &sandbox), INDEX_GOOD);
			check(index_is_current(&index), "change %zu", i);
		}
		sandbox_close(&sandbox);
	}
}

/* Changed at once after it was read, with the same size: never the old missions for new bytes. */
static void test_ticks(void **state) {
	(void)state;
	struct sandbox sandbox;
	int sys;
	open_profile(&sandbox, "missions: {m0: {}}\n");
	for (int i = 1; i < 60; i++) {
		struct index index;
		assert_int_equal(build(&index, &sandbox, 0, &sys), 0);
		put(&sandbox, "p/lumina.yaml", arena_printf(&sandbox.arena, "missions: {m%d: {}}\n",
				i % 10));
		bool good = reopen(&index, &sandbox) == INDEX_GOOD && index_is_current(&index);
		check(!good || streq(index.missions.items[0].name,
					       arena_printf(&sandbox.arena, "m%d", i % 10)),
				"round %d: stale", i);
	}
	sandbox_close(&sandbox);
}

static void test_broken(void **state) {
	(void)state;
	static const char *const registries[] = {
		"missions: {one: {}}\nnonsense: 1\n",
		"missions: {one: {lable: x}}\n",
		"missions: [\n",
		"include: [gone.yaml]\nmissions: {one: {}}\n",
	};
	for (size_t i = 0; i < COUNT(registries); i++) {
		struct sandbox sandbox;
		struct index index;
		int sys;
		open_profile(&sandbox, registries[i]);
		assert_int_equal(build(&index, &sandbox, 0, &sys), 0);
		assert_true(index.broken);
		assert_int_equal(index.missions.count, 0);
		assert_int_equal(reopen(&index, &sandbox), INDEX_GOOD);
		assert_true(index.broken && index_is_current(&index));
		assert_int_equal(index.missions.count, 0);
		put(&sandbox, "p/gone.yaml", "missions: {two: {}}\n");
		assert_int_equal(index_is_current(&index), i != 3);
		put(&sandbox, "p/lumina.yaml", "missions: {one: {}}\n");
		assert_true(!index_is_current(&index));
		sandbox_close(&sandbox);
	}
}

static void test_limit(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct index index;
	int sys;
	open_profile(&sandbox, "include: [a.yaml]\n");
	put(&sandbox, "p/a.yaml", "missions: {one: {}}\n");
	const size_t size = strlen("include: [a.yaml]\n") + strlen("missions: {one: {}}\n");
	for (size_t limit = 1; limit < size; limit++) {
		assert_int_equal(build(&index, &sandbox, limit, &sys), -1);
		check(sys == EFBIG, "limit %zu: %d", limit, sys);
		check_text("nothing written", what(&sandbox, "cache"), "");
	}
	assert_int_equal(build(&index, &sandbox, size, &sys), 0);
	assert_int_equal(index.missions.count, 1);
	put(&sandbox, "c/local.yaml", "missions: {two: {}}\n");
	assert_int_equal(build(&index, &sandbox, size, &sys), -1);
	assert_int_equal(sys, EFBIG);
	assert_int_equal(unlinkat(sandbox.dir, "p/lumina.yaml", 0), 0);
	assert_int_equal(build(&index, &sandbox, 0, &sys), -1); /* no profile */
	assert_true(sys != EFBIG);
	sandbox_close(&sandbox);
}

/* Nothing that somebody else could have written. */
static void test_unfit(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct index index;
	int sys;
	open_profile(&sandbox, "missions: {one: {}}\n");
	assert_int_equal(build(&index, &sandbox, 0, &sys), 0);
	assert_int_equal(fchmodat(sandbox.dir, "cache/lumina/index", 0620, 0), 0);
	assert_int_equal(reopen(&index, &sandbox), INDEX_UNFIT);
	assert_int_equal(index.missions.count, 0);
	assert_int_equal(fchmodat(sandbox.dir, "cache/lumina/index", 0602, 0), 0);
	assert_int_equal(reopen(&index, &sandbox), INDEX_UNFIT);
	assert_int_equal(fchmodat(sandbox.dir, "cache/lumina/index", 0644, 0), 0);
	assert_int_equal(reopen(&index, &sandbox), INDEX_GOOD);
	assert_int_equal(renameat(sandbox.dir, "cache/lumina/index", sandbox.dir, "moved"), 0);
	put_link(&sandbox, "cache/lumina/index", "../../moved");
	assert_int_equal(reopen(&index, &sandbox), INDEX_UNFIT);
	/* It is replaced, the link and not what it leads to. */
	put(&sandbox, "moved", "precious");
	assert_int_equal(build(&index, &sandbox, 0, &sys), 0);
	assert_int_equal(reopen(&index, &sandbox), INDEX_GOOD);
	check_text("moved", what(&sandbox, "moved"), "precious");
	assert_int_equal(unlinkat(sandbox.dir, "cache/lumina/index", 0), 0);
	put_folder(&sandbox, "cache/lumina/index");
	assert_int_equal(reopen(&index, &sandbox), INDEX_UNFIT);
	assert_int_equal(build(&index, &sandbox, 0, &sys), 0);
	assert_int_equal(index.missions.count, 1);
	assert_int_equal(unlinkat(sandbox.dir, "cache/lumina/index", AT_REMOVEDIR), 0);
	assert_int_equal(mkfifoat(sandbox.dir, "cache/lumina/index", 0600), 0);
	assert_int_equal(reopen(&index, &sandbox), INDEX_UNFIT);
	if (geteuid() == 0) {
		assert_int_equal(build(&index, &sandbox, 0, &sys), 0);
		give_away(&sandbox, "cache/lumina/index");
		assert_int_equal(reopen(&index, &sandbox), INDEX_UNFIT);
	}
	sandbox_close(&sandbox);
}

/* What a killed writer left, and what a hostile one could. */
static void test_temporary(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct index index;
	int sys;
	open_profile(&sandbox, "missions: {one: {}}\n");
	put_folder(&sandbox, "cache");
	put_folder(&sandbox, "cache/lumina");
	put(&sandbox, "cache/lumina/index.new", "half of something, and longer than an index would be");
	assert_int_equal(build(&index, &sandbox, 0, &sys), 0);
	assert_int_equal(reopen(&index, &sandbox), INDEX_GOOD);
	put(&sandbox, "precious", "precious");
	put_link(&sandbox, "cache/lumina/index.new", "../../precious");
	put(&sandbox, "p/lumina.yaml", "missions: {two: {}, three: {}}\n");
	assert_int_equal(build(&index, &sandbox, 0, &sys), 0);
	assert_int_equal(index.missions.count, 2);
	check_text("link", what(&sandbox, "precious"), "precious");
	assert_int_equal(unlinkat(sandbox.dir, "cache/lumina/index.new", 0), 0);
	assert_int_equal(linkat(sandbox.dir, "precious", sandbox.dir, "cache/lumina/index.new", 0), 0);
	assert_int_equal(build(&index, &sandbox, 0, &sys), 0);
	check_text("hard link", what(&sandbox, "precious"), "precious");
	assert_int_equal(build(&index, &sandbox, 0, &sys), 0);
	assert_int_equal(reopen(&index, &sandbox), INDEX_GOOD);
	assert_int_equal(index.missions.count, 2);
	sandbox_close(&sandbox);
}

/* Several write at once, and readers look all the time: old or new, never half. */
static void test_writers(void **state) {
	(void)state;
	enum { WRITERS = 6, ROUNDS = 60 };
	struct sandbox sandbox;
	pid_t pids[WRITERS];
	sandbox_open(&sandbox);
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] > 0) {
			continue;
		}
		int bad = 0;
		bool seen = false;
		for (int round = 0; round < ROUNDS; round++) {
			char bytes[4096];
			const char *found;
			size_t n = (size_t)(i * 600 + 96), size;
			memset(bytes, 'a' + i, n);
			(void)kept_write(sandbox.path, "kept", bytes, n);
			enum kept kept = kept_read(at(&sandbox, "kept"), geteuid(), 1 << 20,
					&sandbox.arena, &found, &size);
			bool whole = kept == KEPT_GOOD && size == (size_t)((found[0] - 'a') * 600 + 96);
			for (size_t k = 0; whole && k < size; k++) {
				whole = found[k] == found[0];
			}
			/* The first of all may still be writing. */
			bad += !whole && (seen || kept != KEPT_NONE);
			seen |= whole;
		}
		_exit(bad > 0);
	}
	for (int i = 0; i < WRITERS; i++) {
		int status = -1;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		check(status == 0, "writer %d: %d", i, status);
	}
	check_text("left", what(&sandbox, "kept.new"), "");
	sandbox_close(&sandbox);
}

/* Commands keep an index current that is there, and make one only where the flow can't. */
static void refresh(struct sandbox *sandbox) {
	const struct facts mine = home_in(sandbox);
	struct registry registry;
	struct target_rules rules;
	struct diags diags = {.arena = &sandbox->arena};
	struct err err = {0};
	target_rules_init(&rules, &mine, &sandbox->arena);
	int result = registry_load(&registry, &mine, &rules, &sandbox->arena, &diags, &err);
	index_refresh(&registry, result < 0, &mine);
	err_release(&err);
	registry_release(&registry);
}

static void test_refresh(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct index index;
	int sys;
	open_profile(&sandbox, "missions: {one: {}}\n");
	refresh(&sandbox);
	check_text("small, and none was there", what(&sandbox, "cache"), "");
	assert_int_equal(build(&index, &sandbox, 0, &sys), 0);
	struct stat first = info_of(&sandbox, "cache/lumina/index");
	refresh(&sandbox);
	assert_true(info_of(&sandbox, "cache/lumina/index").st_ino == first.st_ino);
	put(&sandbox, "p/lumina.yaml", "missions: {one: {}, two: {}}\n");
	refresh(&sandbox);
	assert_int_equal(reopen(&index, &sandbox), INDEX_GOOD);
	assert_int_equal(index.missions.count, 2);
	put(&sandbox, "p/lumina.yaml", "missions: {one: []}\n");
	refresh(&sandbox);
	assert_int_equal(reopen(&index, &sandbox), INDEX_GOOD);
	assert_true(index.broken && index_is_current(&index));
	put(&sandbox, "cache/lumina/index", "damaged");
	assert_int_equal(fchmodat(sandbox.dir, "cache/lumina/index", 0600, 0), 0);
	put(&sandbox, "p/lumina.yaml", "missions: {one: {}}\n");
	refresh(&sandbox);
	assert_int_equal(reopen(&index, &sandbox), INDEX_GOOD);
	assert_true(!index.broken);
	assert_int_equal(unlinkat(sandbox.dir, "cache/lumina/index", 0), 0);
	struct buf large = BUF_INIT;
	buf_adds(&large, "missions: {one: {}}\n");
	for (int i = 0; i < INDEX_QUICK_SIZE / 16; i++) {
		buf_adds(&large, "# fifteen bytes\n");
	}
	put(&sandbox, "p/lumina.yaml", large.data);
	buf_release(&large);
	assert_int_equal(build(&index, &sandbox, INDEX_QUICK_SIZE, &sys), -1);
	refresh(&sandbox);
	assert_int_equal(reopen(&index, &sandbox), INDEX_GOOD);
	assert_true(index_is_current(&index));
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_five_hundred),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_other),
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_current),
		cmocka_unit_test(test_ticks),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_unfit),
		cmocka_unit_test(test_temporary),
		cmocka_unit_test(test_writers),
		cmocka_unit_test(test_refresh),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
