/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdint.h>
#include <stdlib.h>

#include "desk/waybar.h"
#include "desk/waybar_config.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct missions missions_of(const struct mission *items, size_t count) {
	return (struct missions){.items = items, .count = count};
}

static void test_shows(void **state) {
	(void)state;
	const struct mission items[] = {
		{.name = "web", .show = LIST("network", "both"), .hide = LIST("mpris")},
		{.name = "ops", .hide = LIST("battery", "both")},
	};
	const struct workspace web = {.mission = "web", .show = items[0].show, .hide = items[0].hide},
			       ops = {.mission = "ops", .hide = items[1].hide},
			       none = {.id = 1},
			       torn = {.show = LIST("x"), .hide = LIST("x")};
	const struct missions missions = missions_of(items, COUNT(items)), nothing = {0};
	const struct {
		const char *module;
		const struct workspace *workspace;
		bool shows;
	} rows[] = {
		{"network", NULL, false}, {"network", &none, false}, {"network", &web, true},
		{"network", &ops, false}, {"mpris", NULL, true}, {"mpris", &web, false},
		{"mpris", &ops, true}, {"battery", &ops, false}, {"battery", &web, true},
		{"both", NULL, false}, {"both", &web, true}, {"both", &ops, false},
		{"clock", NULL, true}, {"clock", &web, true}, {"x", &torn, false}, {"", NULL, true},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check(waybar_shows(rows[i].module, rows[i].workspace, &missions) == rows[i].shows,
				"row %zu", i);
	}
	assert_true(waybar_shows("network", NULL, &nothing));
	assert_true(waybar_is_wanted(&missions));
	assert_false(waybar_is_wanted(&nothing));
}

static void test_shown(void **state) {
	(void)state;
	struct workspace items[] = {
		{.id = 1, .output = "A", .asked = 5},
		{.id = 2, .output = "A", .asked = 9, .hidden = true},
		{.id = 3, .output = "A", .asked = 7},
		{.id = 4, .output = "B", .asked = 8},
		{.id = 5, .asked = 100},
	};
	const struct desk desk = {.items = items, .count = COUNT(items)}, empty = {0};
	assert_ptr_equal(waybar_shown(&desk, "A"), &items[2]);
	assert_ptr_equal(waybar_shown(&desk, "B"), &items[3]);
	assert_ptr_equal(waybar_shown(&desk, NULL), &items[3]);
	assert_null(waybar_shown(&desk, "C"));
	assert_null(waybar_shown(&empty, NULL));
}

/* The selectors of one module hidden in a mission that output DP-1 has. */
static void test_selectors(void **state) {
	(void)state;
	static const struct {
		const char *module, *selector; /* NULL: left out */
	} rows[] = {
		{"clock", "#clock"}, {"custom/x", "#custom-x"}, {"custom/x#two", "#custom-x.two"},
		{"hyprland/workspaces", "#workspaces"}, {"battery#bat0", "#battery.bat0"},
		{"pulseaudio/slider", "#pulseaudio-slider"}, {"backlight/slider", "#backlight-slider"},
		{"idle_inhibitor", "#idle_inhibitor"}, {"group/hardware", "#hardware"},
		{"power-profiles-daemon", "#power-profiles-daemon"},
		{"", NULL}, {"#", NULL}, {"#x", NULL}, {"x#", NULL}, {"x#1", NULL}, {"/", NULL},
		{"custom/", NULL}, {"a/b/c", NULL}, {"1x", NULL}, {"-x", NULL}, {"x.y", NULL},
		{"x y", NULL}, {"x,y", NULL}, {"x{}", NULL}, {"x*/", NULL}, {"\xc3\xa9", NULL},
		{"x:hover", NULL}, {"@import", NULL}, {"x\ny", NULL},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mission mission = {.name = "m", .hide = LIST(rows[i].module)};
		struct workspace one = {.id = 1, .output = "DP-1", .hide = mission.hide};
		const struct desk desk = {.items = &one, .count = 1};
		const struct missions missions = missions_of(&mission, 1);
		struct buf text _cleanup_buf_ = BUF_INIT, wanted _cleanup_buf_ = BUF_INIT;
		waybar_style_text(&desk, &missions, &text, &arena);
		if (rows[i].selector == NULL) {
			check(strchr(text.data, '{') == NULL, "'%s': %s", rows[i].module, text.data);
			continue;
		}
		buf_addf(&wanted, "\nwindow#waybar.DP-1:not(#lumina) %s,\n"
				  "window#waybar.DP-1:not(#lumina) %s * {\n",
				rows[i].selector, rows[i].selector);
		check(strstr(text.data, wanted.data) != NULL, "'%s': %s", rows[i].module, text.data);
	}
	arena_release(&arena);
}

static void test_outputs(void **state) {
	(void)state;
	const struct mission mission = {.name = "m", .show = LIST("cpu"), .hide = LIST("mpris")};
	const struct missions missions = missions_of(&mission, 1);
	struct workspace items[] = {
		{.id = 1, .output = "A", .show = mission.show, .hide = mission.hide},
		{.id = 2, .output = "B{}", .show = mission.show, .hide = mission.hide},
		{.id = 3, .output = "C", .show = mission.show, .hide = mission.hide, .hidden = true},
		{.id = 4, .output = "D"},
		{.id = 5, .output = "E-1", .show = mission.show},
	};
	const struct desk desk = {.items = items, .count = COUNT(items)};
	struct arena arena;
	struct buf text _cleanup_buf_ = BUF_INIT;
	arena_init(&arena);
	waybar_style_text(&desk, &missions, &text, &arena);
	assert_non_null(strstr(text.data, "\nwindow#waybar:not(.A):not(.E-1):not(#lumina) #cpu,\n"));
	assert_non_null(strstr(text.data, "\nwindow#waybar.A:not(#lumina) #mpris,\n"));
	assert_null(strstr(text.data, "B"));
	assert_null(strstr(text.data, ".C"));
	assert_null(strstr(text.data, ".D"));
	arena_release(&arena);
}

static void test_imports(void **state) {
	(void)state;
	static const struct {
		const char *text;
		bool imports;
	} rows[] = {
		{"@import \"lumina.css\";", true}, {"@import 'lumina.css';", true},
		{"@import url(\"lumina.css\");", true}, {"@import url( 'a/b/lumina.css' );", true},
		{"\n/* @ */@import/* x */\"./lumina.css\" ;", true},
		{"* { x: y; }\n@import \"x.css\"; @import \"/home/u/.config/waybar/lumina.css\";", true},
		{"", false}, {"@", false}, {"@import", false}, {"@import ", false}, {"@import \"", false},
		{"@import url(lumina.css);", false}, {"@import \"lumina.css", false},
		{"/* @import \"lumina.css\"; */", false}, {"/* @import \"lumina.css\";", false},
		{"@import \"xlumina.css\";", false}, {"@import \"lumina.css.old\";", false},
		{"/", false}, {"/*", false}, {"//@import", false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check(waybar_imports(rows[i].text) == rows[i].imports, "%s", rows[i].text);
	}
}

static struct waybar_config scan(const char *text, size_t size, struct arena *arena) {
	struct waybar_config config = {0};
	waybar_config_scan(&config, text, size, arena);
	return config;
}

static void test_scan(void **state) {
	(void)state;
	static const struct {
		const char *text;
		bool reloads;
		size_t modules;
		const char *unsignalled;
	} rows[] = {
		{"{}", false, 0, NULL},
		{"{\"reload_style_on_change\": true}", true, 0, NULL},
		{"[{\"reload_style_on_change\":/* */true}]", true, 0, NULL},
		{"{\"reload_style_on_change\": \"x\"}", false, 0, NULL},
		{"{\"a\": {\"exec\": \"lumina bar x\", \"signal\": 13}}", false, 1, NULL},
		{"{\"a\": {\"signal\": 13, \"exec\": \"/usr/bin/lumina bar x\"}}", false, 1, NULL},
		{"{\"a\": {\"exec\": \"lumina bar x\"}, \"b\": {\"exec\": \"lumina bar y\"}}", false, 2, "a"},
		{"{\"a\": {\"exec\": \"lumina bar x\", \"signal\": 1}}", false, 1, "a"},
		{"{\"a\": {\"exec\": \"lumina bar x\", \"sub\": {\"signal\": 13}}}", false, 1, "a"},
		{"{\"a\": {\"exec\": \"lumina sync\", \"on-click\": \"lumina bar x\"}}", false, 0, NULL},
		{"{// \"a\": {\"exec\": \"lumina bar x\"}\n}", false, 0, NULL},
		{"{\"a\": {\"exec\": \"lumina bar \\\"x}\", \"signal\":13,},}", false, 1, NULL},
		{"{\"exec\": \"lumina bar x\"", false, 0, NULL},
		{"}}}]]{\"a\":{\"exec\":\"lumina bar x\"}}}}", false, 1, "a"},
		{"\"exec\": \"lumina bar x\" } } }", false, 1, ""},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct waybar_config got = scan(rows[i].text, strlen(rows[i].text), &arena);
		check(got.reloads == rows[i].reloads && got.modules == rows[i].modules, "%s: %zu",
				rows[i].text, got.modules);
		check((got.unsignalled == NULL) == (rows[i].unsignalled == NULL), "%s", rows[i].text);
		if (got.unsignalled != NULL) {
			assert_string_equal(got.unsignalled, rows[i].unsignalled);
		}
	}
	arena_release(&arena);
}

static unsigned roll(uint64_t *random, unsigned sides) {
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*random >> 33) % sides;
}

/* Whatever the bytes are: it ends, and reads nothing behind them. */
static void test_scan_of_anything(void **state) {
	(void)state;
	static const char *const pieces[] = {"{", "}", "[", "]", ":", ",", "\"", "\\", "/", "*", "//", "/*",
			"*/", "\n", " ", "\"exec\"", "\"lumina bar x\"", "\"signal\"", "13", "true", "a", "\x80"};
	struct arena arena;
	uint64_t random = 7;
	for (int turn = 0; turn < 20000; turn++) {
		struct buf text _cleanup_buf_ = BUF_INIT;
		for (unsigned n = roll(&random, 60); n > 0; n--) {
			const char *piece = pieces[roll(&random, COUNT(pieces))];
			buf_adds(&text, piece);
			if (roll(&random, 50) == 0) {
				buf_addc(&text, '\0');
			}
		}
		arena_init(&arena);
		char *exact = malloc(text.len > 0 ? text.len : 1); /* for the sanitizer */
		assert_non_null(exact);
		memcpy(exact, text.data, text.len);
		(void)scan(exact, text.len, &arena);
		(void)waybar_imports(text.data);
		free(exact);
		arena_release(&arena);
	}
	char deep[400];
	memset(deep, '{', sizeof(deep));
	arena_init(&arena);
	(void)scan(deep, sizeof(deep), &arena);
	arena_release(&arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shows), cmocka_unit_test(test_shown),
		cmocka_unit_test(test_selectors), cmocka_unit_test(test_outputs),
		cmocka_unit_test(test_imports), cmocka_unit_test(test_scan),
		cmocka_unit_test(test_scan_of_anything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
