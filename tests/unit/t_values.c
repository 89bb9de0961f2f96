/* SPDX-License-Identifier: MIT */
#include "schemes.h"

#include "theme/values.h"

static const struct value *find(const struct value *map, const char *name) {
	for (size_t i = 0; i < map->count; i++) {
		if (str_is(map->items[i].name, name)) {
			return &map->items[i].value;
		}
	}
	return NULL;
}

static void check_value(const struct value *map, const char *name, const char *want) {
	const struct value *value = find(map, name);
	check(value != NULL, "no %s", name);
	if (value->kind == VALUE_BOOL) {
		check_text(name, value->yes ? "true" : "false", want);
		return;
	}
	assert_int_equal(value->kind, VALUE_TEXT);
	check(str_is(value->text, want), "%s is '%.*s', not '%s'", name, (int)value->text.n,
			value->text.p, want);
}

struct row {
	const char *name, *want;
};

static void check_rows(const char *file, const char *text, const struct row *rows, size_t count) {
	struct read read;
	read_good(&read, file, text);
	struct value map = values_make(&read.scheme, "/p/a.png", &read.arena);
	assert_int_equal(map.kind, VALUE_MAP);
	for (size_t i = 0; i < count; i++) {
		check_value(&map, rows[i].name, rows[i].want);
	}
	read_release(&read);
}

static void test_specification(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"scheme-name", "A & B"},
		{"scheme-author", "C"},
		{"scheme-description", "D"},
		{"scheme-slug", "a-b_c"},
		{"scheme-slug-underscored", "a_b_c"},
		{"scheme-system", "base24"},
		{"scheme-variant", "light"},
		{"wallpaper", "/p/a.png"},
		{"scheme-is-light-variant", "true"},
		{"scheme-is-dark-variant", "false"},
		/* The specification's own example. */
		{"base0D-hex", "7cafc2"},
		{"base0D-hex-bgr", "c2af7c"},
		{"base0D-hex-r", "7c"},
		{"base0D-hex-g", "af"},
		{"base0D-hex-b", "c2"},
		{"base0D-rgb-r", "124"},
		{"base0D-rgb-g", "175"},
		{"base0D-rgb-b", "194"},
		{"base0D-dec-r", "0.4863"},
		{"base0D-dec-g", "0.6863"},
		{"base0D-dec-b", "0.7608"},
		{"base00-hex", "0001ff"},
		{"base00-hex-bgr", "ff0100"},
		{"base00-hex-r", "00"},
		{"base00-rgb-r", "0"},
		{"base00-dec-r", "0.0000"},
		{"base00-dec-g", "0.0039"},
		{"base00-dec-b", "1.0000"},
		{"base17-hex", "171717"},
	};
	check_rows("a.yaml",
			"{system: base24, name: A & B, author: C, description: D, slug: a-b_c, "
			"variant: light, palette: {base00: '0001FF', base01: '111111', "
			"base02: '222222', base03: '333333', base04: '444444', base05: '555555', "
			"base06: '666666', base07: '777777', base08: '888888', base09: '999999', "
			"base0A: aaaaaa, base0B: bbbbbb, base0C: cccccc, base0D: '#7CAFC2', "
			"base0E: eeeeee, base0F: ffffff, base10: '101010', base11: '111111', "
			"base12: '121212', base13: '131313', base14: '141414', base15: '151515', "
			"base16: '161616', base17: '171717'}}",
			rows, COUNT(rows));
}

static void test_names_of_base16(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"scheme-description", "A"},
		{"scheme-author", ""},
		{"scheme-slug-underscored", "the_stem_2"},
		{"scheme-system", "base16"},
		{"scheme-variant", "dark"},
		{"scheme-is-dark-variant", "true"},
		{"scheme-is-light-variant", "false"},
		{"base12-hex", "880000"},
		{"background", "#000000"},
		{"foreground", "#555555"},
		{"cursor", "#555555"},
		{"accent", "#0000dd"},
		{"selection-background", "#222222"},
		{"selection-foreground", "#777777"},
		{"muted", "#555555"},
		{"black", "#000000"},
		{"red", "#880000"},
		{"orange", "#994400"},
		{"yellow", "#aaaa00"},
		{"green", "#00bb00"},
		{"cyan", "#00cccc"},
		{"blue", "#0000dd"},
		{"magenta", "#ee00ee"},
		{"purple", "#ee00ee"},
		{"brown", "#ff8844"},
		{"white", "#555555"},
		{"bright-black", "#333333"},
		{"bright-red", "#880000"},
		{"bright-white", "#777777"},
		{"red-hex", "880000"},
		{"red-hex-bgr", "000088"},
		{"red-hex-r", "88"},
		{"red-rgb-r", "136"},
		{"red-dec-r", "0.5333"},
		{"red-rgb-g", "0"},
		{"selection-background-hex-b", "22"},
	};
	check_rows("a.yaml", "{scheme: A, " BASES_16 "}", rows, COUNT(rows));
}

static void test_names_of_omarchy(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"scheme-name", "The Stem (2)"},
		{"scheme-system", "base24"},
		{"accent", "#7aa2f7"},
		{"cursor", "#c0caf5"},
		{"foreground", "#a9b1d6"},
		{"background", "#1a1b26"},
		{"selection-foreground", "#c0caf6"},
		{"selection-background", "#7aa2f8"},
		{"black", "#32344a"},
		{"color0", "#32344a"},
		{"red", "#f7768e"},
		{"color1", "#f7768e"},
		{"green", "#9ece6a"},
		{"color2", "#9ece6a"},
		{"yellow", "#e0af68"},
		{"color3", "#e0af68"},
		{"blue", "#7aa2f9"},
		{"color4", "#7aa2f9"},
		{"magenta", "#ad8ee6"},
		{"purple", "#ad8ee6"},
		{"color5", "#ad8ee6"},
		{"cyan", "#449dab"},
		{"color6", "#449dab"},
		{"white", "#787c99"},
		{"color7", "#787c99"},
		{"bright-black", "#444b6a"},
		{"color8", "#444b6a"},
		{"bright-red", "#ff7a93"},
		{"color9", "#ff7a93"},
		{"bright-green", "#b9f27c"},
		{"color10", "#b9f27c"},
		{"bright-yellow", "#ff9e64"},
		{"color11", "#ff9e64"},
		{"bright-blue", "#7da6ff"},
		{"color12", "#7da6ff"},
		{"bright-magenta", "#bb9af7"},
		{"bright-purple", "#bb9af7"},
		{"color13", "#bb9af7"},
		{"bright-cyan", "#0db9d7"},
		{"color14", "#0db9d7"},
		{"bright-white", "#acb0d0"},
		{"color15", "#acb0d0"},
		{"color15-hex", "acb0d0"},
		{"color10-rgb-g", "242"},
		{"base00-hex", "1a1b26"},
		{"base08-hex", "f7768e"},
		{"base12-hex", "ff7a93"},
		{"orange", "#ec937b"},
		{"brown", "#f18485"},
	};
	check_rows("colors.toml", OMARCHY, rows, COUNT(rows));
}

static void test_all(void **state) {
	(void)state;
	struct read read;
	read_good(&read, "colors.toml", OMARCHY);
	struct value map = values_make(&read.scheme, "/p/a.png", &read.arena);
	/* 9 of the scheme, the picture, 11 forms of 24 bases, 12 of 27 names and 16 numbers. */
	assert_int_equal(map.count, 9 + 1 + 24 * 11 + (27 + 16) * 12);
	for (size_t i = 0; i < map.count; i++) {
		const struct value_item *item = &map.items[i];
		const char *name = arena_strndup(&read.arena, item->name.p, item->name.n);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEF0123456789-"),
				item->name.n);
		if (i > 0) {
			const char *before = arena_strndup(
					&read.arena, item[-1].name.p, item[-1].name.n);
			check(strcmp(before, name) < 0, "%s behind %s", name, before);
		}
		/* Every form of a colour there is, is there for all of them. */
		size_t n = item->name.n;
		if (n > 4 && strcmp(name + n - 4, "-hex") == 0) {
			static const char *const forms[] = {"-bgr", "-r", "-g", "-b"};
			for (size_t k = 0; k < COUNT(forms); k++) {
				const char *form = arena_printf(
						&read.arena, "%s%s", name, forms[k]);
				check(find(&map, form) != NULL, "no %s", form);
			}
			assert_int_equal(item->value.text.n, 6);
		}
	}
	read_release(&read);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_specification),
		cmocka_unit_test(test_names_of_base16),
		cmocka_unit_test(test_names_of_omarchy),
		cmocka_unit_test(test_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
