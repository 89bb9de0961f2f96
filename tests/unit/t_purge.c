/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include "exec/purge.h"

/* A state folder with backups, and things beside it that must stay. */
static void open_state(struct sandbox *sandbox, struct facts *facts, struct store *store) {
	sandbox_open(sandbox);
	put_folder(sandbox, "home");
	put(sandbox, "home/file", "mine");
	put_folder(sandbox, "home/folder");
	put(sandbox, "home/folder/file", "mine too");
	put_folder(sandbox, "state");
	put_folder(sandbox, "state/backups");
	*facts = (struct facts){.state = at(sandbox, "state"), .uid = geteuid()};
	*store = (struct store){.path = facts->state, .generations = -1, .lock = -1};
	store->dir = open(facts->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(store->dir >= 0);
}

static void close_state(struct sandbox *sandbox, struct store *store) {
	check_text("file", what(sandbox, "home/file"), "mine");
	check_text("folder", what(sandbox, "home/folder/file"), "mine too");
	assert_int_equal(close(store->dir), 0);
	sandbox_close(sandbox);
}

static const char *list(struct sandbox *sandbox, const struct facts *facts) {
	struct backups backups;
	struct err err = {0};
	assert_int_equal(backups_list(&backups, facts, &sandbox->arena, &err), 0);
	const char *text = "";
	for (size_t i = 0; i < backups.count; i++) {
		text = arena_printf(&sandbox->arena, "%s%s%lu:%s", text, i > 0 ? " " : "",
				(unsigned long)backups.items[i].generation, backups.items[i].slot);
	}
	backups_release(&backups);
	return text;
}

static int purge(struct sandbox *sandbox, const struct store *store, const char *slot) {
	struct err err = {0};
	const struct backup backup = {slot, 1};
	int result = backup_purge(store, &backup, &sandbox->arena, &err);
	assert_true((result < 0) == (err.kind != ERR_NONE));
	err_release(&err);
	return result;
}

#define EARLIER "000002-20260102T030405Z"
#define LATER "000012-20261123T101112Z"

static void test_list(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	struct store store;
	open_state(&sandbox, &facts, &store);
	check_text("none", list(&sandbox, &facts), "");
	put_folder(&sandbox, "state/backups/" LATER);
	put_folder(&sandbox, "state/backups/" EARLIER);
	put_folder(&sandbox, "state/backups/000003-20260203T000000Z");
	put(&sandbox, "state/backups/" LATER "/0-a", "a");
	put_folder(&sandbox, "state/backups/" EARLIER "/1-b");
	put(&sandbox, "state/backups/" EARLIER "/1-b/within", "isn't one");
	put_link(&sandbox, "state/backups/" EARLIER "/0-c", "nowhere");
	/* What Lumina didn't make is no backup. */
	put(&sandbox, "state/backups/000013-20261123T101112Z", "no folder");
	put_link(&sandbox, "state/backups/000099-20261123T101112Z", "../../home/folder");
	put_folder(&sandbox, "state/backups/mine");
	put(&sandbox, "state/backups/mine/photo", "x");
	check_text("some", list(&sandbox, &facts),
			"2:" EARLIER "/0-c 2:" EARLIER "/1-b 12:" LATER "/0-a");
	facts.state = at(&sandbox, "none");
	check_text("no state", list(&sandbox, &facts), "");
	close_state(&sandbox, &store);
}

static void test_kinds(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	struct store store;
	open_state(&sandbox, &facts, &store);
	put_folder(&sandbox, "state/backups/1");
	put(&sandbox, "state/backups/1/0-file", "x");
	put_link(&sandbox, "state/backups/1/1-gone", "nowhere");
	put_link(&sandbox, "state/backups/1/2-file", at(&sandbox, "home/file"));
	put_link(&sandbox, "state/backups/1/3-folder", at(&sandbox, "home/folder"));
	assert_int_equal(mkfifoat(sandbox.dir, "state/backups/1/4-pipe", 0600), 0);
	put_folder(&sandbox, "state/backups/1/5-deep");
	put_folder(&sandbox, "state/backups/1/5-deep/a");
	put_folder(&sandbox, "state/backups/1/5-deep/a/b");
	put_folder(&sandbox, "state/backups/1/5-deep/c");
	put(&sandbox, "state/backups/1/5-deep/a/b/f", "x");
	put_link(&sandbox, "state/backups/1/5-deep/a/out", at(&sandbox, "home/folder"));
	put_link(&sandbox, "state/backups/1/5-deep/a/up", "../..");
	put_link(&sandbox, "state/backups/1/5-deep/a/b/root", "/");
	assert_int_equal(linkat(sandbox.dir, "home/file", sandbox.dir,
					 "state/backups/1/5-deep/hard", 0),
			0);
	static const char *const slots[] = {"1/0-file", "1/1-gone", "1/2-file", "1/3-folder",
			"1/4-pipe", "1/5-deep"};
	for (size_t i = 0; i < COUNT(slots); i++) {
		const char *name = path_join("state/backups", slots[i], &sandbox.arena);
		check(what(&sandbox, name)[0] != '\0', "%s went too early", slots[i]);
		check(purge(&sandbox, &store, slots[i]) == 0, "%s: %s", slots[i], strerror(errno));
		check_text(slots[i], what(&sandbox, name), "");
	}
	/* The folders go with the last. */
	check_text("backups", what(&sandbox, "state/backups"), "");
	check_text("state", what(&sandbox, "state"), "/");
	close_state(&sandbox, &store);
}

static void test_folders_stay(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	struct store store;
	open_state(&sandbox, &facts, &store);
	put_folder(&sandbox, "state/backups/1");
	put_folder(&sandbox, "state/backups/2");
	put(&sandbox, "state/backups/1/0-a", "x");
	put(&sandbox, "state/backups/1/1-b", "x");
	put(&sandbox, "state/backups/2/0-c", "x");
	assert_int_equal(purge(&sandbox, &store, "1/0-a"), 0);
	check_text("the other", what(&sandbox, "state/backups/1/1-b"), "x");
	assert_int_equal(purge(&sandbox, &store, "1/1-b"), 0);
	check_text("empty", what(&sandbox, "state/backups/1"), "");
	check_text("another's", what(&sandbox, "state/backups/2/0-c"), "x");
	/* Gone already. */
	assert_int_equal(purge(&sandbox, &store, "2/9-none"), 0);
	assert_int_equal(purge(&sandbox, &store, "7/0-none"), -1);
	check_text("another's", what(&sandbox, "state/backups/2/0-c"), "x");
	close_state(&sandbox, &store);
}

/* Links on the way lead out of the backups. */
static void test_links_above(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	struct store store;
	open_state(&sandbox, &facts, &store);
	put_link(&sandbox, "state/backups/1", "../../home");
	assert_int_equal(purge(&sandbox, &store, "1/file"), -1);
	assert_int_equal(purge(&sandbox, &store, "1/folder"), -1);
	assert_int_equal(unlinkat(sandbox.dir, "state/backups/1", 0), 0);
	assert_int_equal(unlinkat(sandbox.dir, "state/backups", AT_REMOVEDIR), 0);
	put_folder(&sandbox, "home/1");
	put(&sandbox, "home/1/file", "as well");
	put_link(&sandbox, "state/backups", "../home");
	assert_int_equal(purge(&sandbox, &store, "1/file"), -1);
	check_text("file", what(&sandbox, "home/1/file"), "as well");
	check_text("link", what(&sandbox, "state/backups"), "-> ../home");
	close_state(&sandbox, &store);
}

/* As a person who isn't root: folders that can't be written or entered, in turn. */
static int purge_locked(struct sandbox *sandbox) {
	struct store store = {.path = at(sandbox, "state")};
	store.dir = open(store.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return store.dir < 0 || purge(sandbox, &store, "1/0-d") < 0 ? 1 : 0;
}

static void test_read_only(void **state) {
	(void)state;
	static const mode_t modes[] = {0500, 0555, 0400, 0300, 0100, 0};
	for (size_t i = 0; i < COUNT(modes); i++) {
		struct sandbox sandbox;
		struct facts facts;
		struct store store;
		open_state(&sandbox, &facts, &store);
		assert_int_equal(fchmodat(AT_FDCWD, sandbox.path, 0755, 0), 0);
		put_folder(&sandbox, "state/backups/1");
		put_folder(&sandbox, "state/backups/1/0-d");
		put_folder(&sandbox, "state/backups/1/0-d/e");
		put(&sandbox, "state/backups/1/0-d/e/f", "x");
		static const char *const names[] = {"state/backups/1/0-d/e/f", "state/backups/1/0-d/e",
				"state/backups/1/0-d", "state/backups/1", "state/backups", "state"};
		for (size_t n = 0; n < COUNT(names); n++) {
			give_away(&sandbox, names[n]);
			if (n < 3) {
				assert_int_equal(fchmodat(sandbox.dir, names[n], modes[i], 0), 0);
			}
		}
		int result = as_somebody(purge_locked, &sandbox);
		check(result == 0, "mode %o", modes[i]);
		check_text("backup", what(&sandbox, "state/backups"), "");
		close_state(&sandbox, &store);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_folders_stay),
		cmocka_unit_test(test_links_above),
		cmocka_unit_test(test_read_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
