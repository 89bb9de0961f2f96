/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include "report/package_drift.h"
#include "report/packages.h"

static const struct paint plain = {"", "", "", "", "", "", ""};

/* "state name[<by][@time]" a word each. */
static const char *drifts_text(const struct package_drifts *drifts, struct arena *arena) {
	const char *text = "";
	for (size_t i = 0; i < drifts->count; i++) {
		const struct package_drift *drift = &drifts->items[i];
		text = arena_printf(arena, "%s%s%s:%s", text, i > 0 ? " " : "",
				package_drift_name(drift->state), drift->name);
		text = drift->by != NULL ? arena_printf(arena, "%s<%s", text, drift->by) : text;
		text = drift->time != 0 ? arena_printf(arena, "%s@%" PRId64, text, drift->time) : text;
		text = drift->foreign ? arena_printf(arena, "%s(foreign)", text) : text;
	}
	return arena_printf(arena, "%s (%zu)", text, package_drifts_count(drifts));
}

static void test_build(void **state) {
	(void)state;
	static const struct {
		const char *packages, *yaml, *want;
	} rows[] = {
		{"a e; b", "packages: [a]\n", " (0)"},
		{"a e", "packages: [a, c, b]\n", "missing:b missing:c (2)"},
		{"a", "packages: [aur/b, flatpak/c.d]\n", "missing:aur/b missing:flatpak/c.d (2)"},
		{"", "packages: {x: [a], y: [a, aur/a]}\n", "missing:a (1)"},
		/* newest first */
		{"a e t=5; b e t=9; c e; d e t=9; e e f t=7", "packages: []\n",
				"unrecorded:b@9 unrecorded:d@9 unrecorded:e@7(foreign) unrecorded:a@5 "
				"unrecorded:c (0)"},
		{"a e; b e", "packages: [a]\n", "unrecorded:b (1)"},
		/* no word of packages: what is installed is no drift */
		{"a e", "{}\n", "unrecorded:a (0)"},
		{"a e", "packages: {x: }\n", "unrecorded:a (1)"},
		{"a e", "ignore: [b]\n", "unrecorded:a (0)"},
		{"a e", "packages: [b]\nignore: [a]\n", "missing:b (1)"},
		/* renamed: another package took its place */
		{"new e r=old t=3", "packages: [old]\n", "replaced:old<new@3 (1)"},
		{"new e r=old p=old", "packages: [old]\n", "replaced:old<new (1)"},
		{"new e p=old", "packages: [old]\n", " (0)"},
		{"old e; new e r=old", "packages: [old, new]\n", " (0)"},
		{"new e r=old", "packages: [old, aur/old]\n", "replaced:old<new (1)"},
		{"self e r=self", "packages: [self]\n", " (0)"},
		/* damaged ones aren't known to be explicit */
		{"a !; b !", "packages: [a]\n", "damaged:a damaged:b (2)"},
		{"x e; m !", "packages: [y]\n", "missing:y unrecorded:x damaged:m (3)"},
		/* a group, of which nobody has asked pacman for the rest */
		{"a e g=tools", "packages: [tools]\n", "missing:tools (1)"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct machine machine;
		struct package_drifts drifts = {0};
		machine_open(&machine, rows[i].packages, rows[i].yaml);
		package_drifts_build(&drifts, &machine.haves, &machine.registry, &machine.arena);
		check_text(rows[i].yaml, drifts_text(&drifts, &machine.arena), rows[i].want);
		package_drifts_release(&drifts);
		machine_close(&machine);
	}
}

/* --- as text ------------------------------------------------------------------------------- */

static const char *report(const struct package_drift *items, size_t count, bool verbose,
		struct arena *arena) {
	struct package_drifts drifts = {.managed = true};
	for (size_t i = 0; i < count; i++) {
		VEC_ADD(&drifts, items[i]);
	}
	struct buf buf = BUF_INIT;
	report_package_drifts(&drifts, verbose, &plain, &buf);
	const char *text = arena_strndup(arena, buf.data != NULL ? buf.data : "", buf.len);
	buf_release(&buf);
	package_drifts_release(&drifts);
	return text;
}

static void test_text(void **state) {
	(void)state;
	static const struct package_drift rows[] = {
		{.state = DRIFT_PACKAGE_PENDING, .name = "pend", .command = "lumina install pend"},
		{.state = DRIFT_PACKAGE_MISSING, .name = "gone", .from = "lumina.yaml:3:5",
				.removed = true, .time = 1795424406, .command = "pacman -R gone"},
		{.state = DRIFT_PACKAGE_MISSING, .name = "never-there", .from = "lumina.yaml:4:5",
				.time = 1795424406},
		{.state = DRIFT_PACKAGE_REPLACED, .name = "old", .by = "new", .version = "2-1",
				.from = "a.yaml:1:1"},
		{.state = DRIFT_PACKAGE_UNRECORDED, .name = "foo", .version = "1-1", .foreign = true,
				.time = 1795424406, .command = "pacman -S foo"},
		{.state = DRIFT_PACKAGE_DAMAGED, .name = "bad", .version = "1-1"},
	};
	struct arena arena;
	arena_init(&arena);
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	check_text("all", report(rows, COUNT(rows), false, &arena),
			"pending (packages that could not be recorded)\n"
			"  pend  by 'lumina install pend'\n"
			"  hint: the next command that changes something tries again\n"
			"missing (packages declared, but not installed)\n"
			"  gone         removed 2026-11-23 09:00 by 'pacman -R gone'  lumina.yaml:3:5\n"
			"  never-there  lumina.yaml:4:5\n"
			"  hint: 'lumina sync' installs them, 'lumina remove' drops the line\n"
			"replaced (packages that another one replaced)\n"
			"  old  by new  2-1  a.yaml:1:1\n"
			"  hint: 'lumina capture' puts the new name in their place\n"
			"unrecorded (packages installed, but not recorded)\n"
			"  foo  1-1  installed 2026-11-23 09:00 by 'pacman -S foo'  from no repository\n"
			"  hint: 'lumina capture' records them, 'lumina ignore' leaves them out, "
			"'lumina prune' uninstalls them\n"
			"damaged (entries of the package database that can't be read)\n"
			"  bad  1-1\n"
			"  hint: reinstall them: lumina pacman -S NAME\n");
	check_text("none", report(rows, 0, false, &arena), "");
	arena_release(&arena);
}

/* What comes from outside is shown, not obeyed. */
static void test_hostile_text(void **state) {
	(void)state;
	static const struct package_drift rows[] = {
		{.state = DRIFT_PACKAGE_UNRECORDED, .name = "a\x1b[31m", .version = "1\n2",
				.time = 1, .command = "x'\x9b\r y"},
		{.state = DRIFT_PACKAGE_REPLACED, .name = "o\t", .by = "n\x7f", .from = "f\x1b:1:1"},
	};
	struct arena arena;
	arena_init(&arena);
	const char *text = report(rows, COUNT(rows), true, &arena);
	for (const char *at = text; *at != '\0'; at++) {
		unsigned char c = (unsigned char)*at;
		check(c == '\n' || (c >= 0x20 && c != 0x7f), "byte %02x of: %s", c, text);
	}
	size_t lines = 0;
	for (const char *at = text; *at != '\0'; at++) {
		lines += *at == '\n';
	}
	assert_int_equal(lines, 6);
	arena_release(&arena);
}

/* A machine that nothing was recorded of yet: the newest few. */
static void test_many(void **state) {
	(void)state;
	struct arena arena;
	struct package_drift rows[30];
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		rows[i] = (struct package_drift){.state = DRIFT_PACKAGE_UNRECORDED,
				.name = arena_printf(&arena, "package-%02zu", i)};
	}
	const char *briefly = report(rows, COUNT(rows), false, &arena);
	assert_true(strstr(briefly, "package-19") != NULL && strstr(briefly, "package-20") == NULL);
	assert_true(strstr(briefly, "  … and 10 older ones: lumina status -v\n") != NULL);
	const char *all = report(rows, COUNT(rows), true, &arena);
	assert_true(strstr(all, "package-29") != NULL && strstr(all, "older") == NULL);
	assert_true(strstr(report(rows, 20, false, &arena), "older") == NULL);
	/* What is missing is never cut off. */
	for (size_t i = 0; i < COUNT(rows); i++) {
		rows[i].state = DRIFT_PACKAGE_MISSING;
	}
	assert_true(strstr(report(rows, COUNT(rows), false, &arena), "package-29") != NULL);
	arena_release(&arena);
}

static void test_json(void **state) {
	(void)state;
	static const struct package_drift rows[] = {
		{.state = DRIFT_PACKAGE_MISSING, .name = "a", .from = "lumina.yaml:1:1", .removed = true,
				.time = 1795424406, .command = "x\xff"},
		{.state = DRIFT_PACKAGE_UNRECORDED, .name = "b", .version = "1-1", .foreign = true},
	};
	struct package_drifts drifts = {0};
	for (size_t i = 0; i < COUNT(rows); i++) {
		VEC_ADD(&drifts, rows[i]);
	}
	struct buf buf = BUF_INIT;
	struct json json;
	json_init(&json, &buf);
	json_open_array(&json, NULL);
	report_package_drifts_json(&json, &drifts);
	json_close_array(&json);
	assert_string_equal(buf.data,
			"[\n"
			"  {\n"
			"    \"kind\": \"package\",\n"
			"    \"state\": \"missing\",\n"
			"    \"package\": \"a\",\n"
			"    \"version\": null,\n"
			"    \"by\": null,\n"
			"    \"time\": \"2026-11-23T09:00:06Z\",\n"
			"    \"command\": \"x\\udcff\",\n"
			"    \"removed\": true,\n"
			"    \"foreign\": false,\n"
			"    \"declared\": \"lumina.yaml:1:1\"\n"
			"  },\n"
			"  {\n"
			"    \"kind\": \"package\",\n"
			"    \"state\": \"unrecorded\",\n"
			"    \"package\": \"b\",\n"
			"    \"version\": \"1-1\",\n"
			"    \"by\": null,\n"
			"    \"time\": null,\n"
			"    \"command\": null,\n"
			"    \"removed\": false,\n"
			"    \"foreign\": true,\n"
			"    \"declared\": null\n"
			"  }\n"
			"]\n");
	buf_release(&buf);
	package_drifts_release(&drifts);
}

/* --- what was planned and done --------------------------------------------------------------- */

static void test_operations(void **state) {
	(void)state;
	static struct package_op rows[] = {
		{.action = PACKAGE_INSTALL, .state = PACKAGE_DONE, .name = "foo", .asked = "foo",
				.version = "1-1", .explicit = true},
		{.action = PACKAGE_INSTALL, .state = PACKAGE_DONE, .why = WHY_NEEDED, .name = "lib",
				.asked = "lib", .version = "1-1"},
		{.action = PACKAGE_INSTALL, .state = PACKAGE_PLANNED, .from = FROM_AUR,
				.name = "hyprshade", .asked = "aur/hyprshade", .explicit = true},
		{.action = PACKAGE_REMOVE, .state = PACKAGE_DONE, .why = WHY_NEEDED, .name = "old",
				.asked = "old", .version = "3-1", .explicit = true},
		{.action = PACKAGE_INSTALL, .state = PACKAGE_FAILED, .name = "no\x1b", .asked = "no\x1b",
				.problem = "in no repository", .at = "lumina.yaml:3:1"},
		{.action = PACKAGE_REMOVE, .state = PACKAGE_FAILED, .name = "stays", .asked = "stays"},
	};
	const struct package_ops ops = {rows, COUNT(rows), COUNT(rows)};
	struct buf buf = BUF_INIT;
	report_packages(&ops, &plain, false, &buf);
	check_text("brief", buf.data,
			"  + foo        package 1-1\n"
			"  + hyprshade  package, AUR\n"
			"  - old        package 3-1, went with another\n");
	buf_clear(&buf);
	report_packages(&ops, &plain, true, &buf);
	check_text("verbose", buf.data,
			"  + foo        package 1-1\n"
			"  + lib        package 1-1, needed by another\n"
			"  + hyprshade  package, AUR\n"
			"  - old        package 3-1, went with another\n");
	buf_clear(&buf);
	report_failed_packages(&ops, &plain, &buf);
	check_text("failed", buf.data,
			"  ! no\\e  not installed: in no repository (lumina.yaml:3:1)\n"
			"  ! stays  not removed\n");
	buf_release(&buf);
	struct package_counts counts = report_count_packages(&ops);
	assert_int_equal(counts.installed, 2);
	assert_int_equal(counts.removed, 1);
	assert_int_equal(counts.failed, 2);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_operations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
