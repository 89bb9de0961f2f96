/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include "state/flatpaks.h"

static void test_folders(void **state) {
	(void)state;
	static const struct {
		const char *data, *user, *machine, *want[2];
	} rows[] = {
		{NULL, NULL, NULL, {"/home/u/.local/share/flatpak", "/var/lib/flatpak"}},
		{"/data/", NULL, NULL, {"/data/flatpak", "/var/lib/flatpak"}},
		{"data", "", "x", {"/home/u/.local/share/flatpak", "/var/lib/flatpak"}},
		{"/data", "/u//f/", "/m/f/", {"/u/f", "/m/f"}},
	};
	struct arena arena;
	arena_init(&arena);
	struct facts facts = {.home = "/home/u"};
	for (size_t i = 0; i < COUNT(rows); i++) {
		static const char *const names[] = {"XDG_DATA_HOME", "FLATPAK_USER_DIR",
				"FLATPAK_SYSTEM_DIR"};
		const char *const values[] = {rows[i].data, rows[i].user, rows[i].machine};
		for (size_t k = 0; k < COUNT(names); k++) {
			assert_int_equal(values[k] != NULL ? setenv(names[k], values[k], 1)
							   : unsetenv(names[k]), 0);
		}
		struct flatpaks flatpaks;
		flatpaks_find(&flatpaks, &facts, &arena);
		check_text("person", flatpaks.folders[0], rows[i].want[0]);
		check_text("machine", flatpaks.folders[1], rows[i].want[1]);
	}
	arena_release(&arena);
}

static void put_folders(struct sandbox *sandbox, const char *path) {
	char *copy = arena_strdup(&sandbox->arena, path);
	for (char *slash = strchr(copy, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdirat(sandbox->dir, copy, 0755);
		*slash = '/';
	}
	put_folder(sandbox, path);
}

static void test_have(void **state) {
	(void)state;
	static const struct {
		const char *id;
		bool want;
	} rows[] = {
		{"org.mozilla.firefox", true},
		{"org.gnome.Platform", true},
		{"org.both.Both", true},
		{"org.left.Over", false},
		{"org.dangling.Link", false},
		{"org.file.File", false},
		{"org.none.None", false},
		{"org.mozilla", false},
		{"", false}, {".", false}, {"..", false}, {".hidden", false},
		{"org.mozilla.firefox/current", false}, {"../app/org.mozilla.firefox", false},
		{"org.gnome.Platform/", false},
	};
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put_folders(&sandbox, "u/app/org.mozilla.firefox/x86_64/stable");
	put_link(&sandbox, "u/app/org.mozilla.firefox/current", "x86_64/stable");
	put_folders(&sandbox, "u/app/org.left.Over/data");
	put_folders(&sandbox, "u/app/org.dangling.Link");
	put_link(&sandbox, "u/app/org.dangling.Link/current", "x86_64/stable");
	put_folders(&sandbox, "u/app/.hidden/current");
	put_folders(&sandbox, "u/runtime/org.both.Both");
	put_folders(&sandbox, "m/runtime/org.gnome.Platform/x86_64/45");
	put_folders(&sandbox, "m/app/org.both.Both/current");
	put(&sandbox, "m/runtime/org.file.File", "");
	struct flatpaks flatpaks = {{at(&sandbox, "u"), at(&sandbox, "m")}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check(flatpaks_have(&flatpaks, rows[i].id) == rows[i].want, "'%s'", rows[i].id);
	}
	struct flatpaks nowhere = {{at(&sandbox, "none"), at(&sandbox, "m/runtime/org.file.File")}};
	assert_true(!flatpaks_have(&nowhere, "org.mozilla.firefox"));
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_have),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
