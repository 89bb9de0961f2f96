/* SPDX-License-Identifier: MIT */
#include "machine.h"
#include "sandbox.h"

#include "reg/load.h"

/* What is declared, against a database on disk, with no program to ask: none may be run. */
struct home {
	struct sandbox sandbox;
	struct arena arena;
	struct facts facts;
	struct registry registry;
	struct target_rules rules;
};

static void put_package(struct sandbox *sandbox, const char *name, const char *desc) {
	const char *folder = arena_printf(&sandbox->arena, "db/local/%s-1-1", name);
	put_folder(sandbox, folder);
	put(sandbox, path_join(folder, "desc", &sandbox->arena), arena_printf(&sandbox->arena,
			"%%NAME%%\n%s\n\n%%VERSION%%\n1-1\n\n%s", name, desc));
}

static void home_open(struct home *home, const char *yaml) {
	*home = (struct home){0};
	struct sandbox *sandbox = &home->sandbox;
	sandbox_open(sandbox);
	arena_init(&home->arena);
	static const char *const folders[] = {"profile", "db", "db/local", "bin", "flatpak", "flatpak/app",
			"flatpak/app/org.a.B"};
	for (size_t i = 0; i < COUNT(folders); i++) {
		put_folder(sandbox, folders[i]);
	}
	put_link(sandbox, "flatpak/app/org.a.B/current", ".");
	put(sandbox, "db/local/ALPM_DB_VERSION", "9\n");
	put(sandbox, "profile/lumina.yaml", yaml);
	put(sandbox, "bin/pacman", "#!/bin/false\n");
	assert_int_equal(fchmodat(sandbox->dir, "bin/pacman", 0755, 0), 0);
	assert_int_equal(setenv("LUMINA_PACMAN", arena_printf(&home->arena, "%s --config /dev/null "
			"--root / --dbpath %s --logfile /dev/null --cachedir /x",
			at(sandbox, "bin/pacman"), at(sandbox, "db")), 1), 0);
	assert_int_equal(setenv("FLATPAK_SYSTEM_DIR", at(sandbox, "flatpak"), 1), 0);
	assert_int_equal(unsetenv("LUMINA_PACMAN_CONF") | unsetenv("FLATPAK_USER_DIR") |
			unsetenv("XDG_DATA_HOME"), 0);
	const char *profile = at(sandbox, "profile");
	home->facts = (struct facts){.home = sandbox->path, .profile = profile,
			.profile_real = profile, .state = at(sandbox, "state"),
			.config = at(sandbox, "config"), .cache = at(sandbox, "cache"), .host = "box",
			.uid = geteuid(), .umask = 022};
	struct diags diags = {.arena = &home->arena};
	struct err err = {0};
	target_rules_init(&home->rules, &home->facts, &home->arena);
	assert_int_equal(registry_load(&home->registry, &home->facts, &home->rules, &home->arena,
					 &diags, &err), 0);
}

static void home_close(struct home *home) {
	registry_release(&home->registry);
	arena_release(&home->arena);
	sandbox_close(&home->sandbox);
}

/* "+name" present, "?name" a group, "-name"; "=by", "<instead". */
static const char *haves_text(const struct haves *haves, struct arena *arena) {
	const char *text = "";
	for (size_t i = 0; i < haves->count; i++) {
		const struct have *have = &haves->items[i];
		assert_true(have->lacks == NULL);
		assert_true(!have->present || !have->group);
		text = arena_printf(arena, "%s%s%c%s", text, i > 0 ? " " : "",
				have->present ? '+' : have->group ? '?' : '-', have->name);
		if (have->by != NULL && !streq(have->by->name, have->name)) {
			text = arena_printf(arena, "%s=%s", text, have->by->name);
		}
		if (have->instead != NULL) {
			text = arena_printf(arena, "%s<%s", text, have->instead->name);
		}
	}
	return text;
}

static void test_load(void **state) {
	(void)state;
	static const struct {
		const char *yaml, *want;
		bool whole; /* more than names had to be read */
	} rows[] = {
		{"packages: [a, b]\n", "+a +b", false},
		{"packages: [extra/a, aur/b]\n", "+a +b", false},
		{"packages: [a, c]\n", "+a -c", true},
		{"packages: [a, virtual]\n", "+a +virtual=b", true},
		{"packages: [tools]\n", "?tools", true},
		{"packages: [old]\n", "-old<t", true},
		{"packages: [flatpak/org.a.B, flatpak/org.c.D]\n", "+org.a.B -org.c.D", false},
		{"packages: [flatpak/a, a]\n", "-a +a", false},
		{"packages: [broken]\n", "+broken", false},
		{"packages: []\nhosts: {box: {packages: [a]}, other: {packages: [z]}}\n", "+a", false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (int whole = 0; whole < 2; whole++) {
			struct home home;
			struct haves haves;
			struct err err = {0};
			home_open(&home, rows[i].yaml);
			put_package(&home.sandbox, "a", "");
			put_package(&home.sandbox, "b", "%PROVIDES%\nvirtual=2\nother.so=1-64\n\n");
			put_package(&home.sandbox, "t", "%GROUPS%\ntools\n\n%REASON%\n1\n\n%REPLACES%\nold\n\n");
			put_folder(&home.sandbox, "db/local/broken-1-1");
			int result = haves_load(&haves, &home.registry, &home.facts, whole == 1,
					&home.arena, &err);
			check(result == 0, "%s", err.text);
			check_text(rows[i].yaml, haves_text(&haves, &home.arena), rows[i].want);
			assert_true(haves.looked && !haves.nowhere);
			assert_true(haves.whole == (whole == 1 || rows[i].whole));
			assert_int_equal(haves.installed.count, 4);
			haves_release(&haves);
			home_close(&home);
		}
	}
}

/* Nothing declared: nothing is looked for, unless the whole is asked for. */
static void test_nothing_declared(void **state) {
	(void)state;
	struct home home;
	struct haves haves;
	struct err err = {0};
	home_open(&home, "symlinks: {}\n");
	put(&home.sandbox, "db/local/ALPM_DB_VERSION", "42\n"); /* would be an error */
	assert_int_equal(haves_load(&haves, &home.registry, &home.facts, false, &home.arena, &err), 0);
	assert_true(!haves.looked && haves.count == 0);
	haves_release(&haves);
	assert_int_equal(haves_load(&haves, &home.registry, &home.facts, true, &home.arena, &err), -1);
	assert_true(strstr(err.text, "format 42") != NULL);
	err_release(&err);
	home_close(&home);
}

/* No program and no database: packages are none of this machine's business. */
static void test_nowhere(void **state) {
	(void)state;
	struct home home;
	struct haves haves;
	struct err err = {0};
	home_open(&home, "packages: [a, flatpak/org.a.B]\n");
	assert_int_equal(unlinkat(home.sandbox.dir, "bin/pacman", 0), 0);
	assert_int_equal(haves_load(&haves, &home.registry, &home.facts, false, &home.arena, &err), 0);
	assert_true(haves.nowhere);
	check_text("haves", haves_text(&haves, &home.arena), "-a +org.a.B");
	haves_release(&haves);
	put_package(&home.sandbox, "b", "");
	assert_int_equal(haves_load(&haves, &home.registry, &home.facts, false, &home.arena, &err), 0);
	assert_true(!haves.nowhere); /* it was one once */
	haves_release(&haves);
	home_close(&home);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_nothing_declared),
		cmocka_unit_test(test_nowhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
