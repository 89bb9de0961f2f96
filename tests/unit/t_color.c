/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "theme/color.h"

static const char *hex(struct color color, struct arena *arena) {
	return arena_printf(arena, "%02x%02x%02x", color.r, color.g, color.b);
}

static void test_parse(void **state) {
	(void)state;
	static const struct {
		const char *text, *want; /* NULL: no colour */
	} rows[] = {
		{"7cafc2", "7cafc2"},
		{"#7cafc2", "7cafc2"},
		{"7CAFC2", "7cafc2"},
		{"#7CaFc2", "7cafc2"},
		{"000000", "000000"},
		{"#ffffff", "ffffff"},
		{"09aAfF", "09aaff"},
		{"", NULL},
		{"#", NULL},
		{"##7cafc2", NULL},
		{"7cafc", NULL},
		{"7cafc2f", NULL},
		{"#7cafc2ff", NULL},
		{"#7ac", NULL},
		{"7ac", NULL},
		{"7cafg2", NULL},
		{"g00000", NULL},
		{"00000@", NULL},
		{"00000`", NULL},
		{"0000 0", NULL},
		{" 7cafc2", NULL},
		{"7cafc2 ", NULL},
		{"0x7caf", NULL},
		{"-10000", NULL},
		{"red", NULL},
		{"rgb(1,2,3)", NULL},
		{"00000\xc3", NULL},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		/* Memory that ends where the text does, for the sanitizers. */
		size_t n = strlen(rows[i].text);
		char *copy = malloc(n > 0 ? n : 1);
		memcpy(copy, rows[i].text, n);
		struct color color = {1, 2, 3};
		bool good = color_parse((struct str){copy, n}, &color);
		free(copy);
		check_text(rows[i].text, good ? hex(color, &arena) : NULL, rows[i].want);
		check_text("left alone", good ? "010203" : hex(color, &arena), "010203");
	}
	arena_release(&arena);
}

static struct color color_of(const char *text) {
	struct color color = {0, 0, 0};
	check(color_parse(str_of(text), &color), "%s", text);
	return color;
}

static void test_mix(void **state) {
	(void)state;
	static const struct {
		const char *from, *to;
		unsigned percent;
		const char *want;
	} rows[] = {
		{"102030", "405060", 0, "102030"},
		{"102030", "405060", 100, "405060"},
		{"000000", "ffffff", 50, "808080"}, /* 127.5 */
		{"ffffff", "000000", 50, "808080"},
		{"000000", "ffffff", 9, "171717"}, /* 22.95 */
		{"000000", "0a0a0a", 14, "010101"}, /* 1.4 */
		{"000000", "0a0a0a", 15, "020202"}, /* 1.5 */
		{"ff0000", "00ff00", 25, "bf4000"}, /* 191.25, 63.75 */
		{"000000", "646464", 111, "6f6f6f"}, /* 111 */
		{"646464", "000000", 150, "000000"},
		{"000000", "ffffff", 200, "ffffff"},
		{"1a1b26", "a9b1d6", 121, "c7d1fb"}, /* 199.03, 208.5, 250.96 */
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct color mixed = color_mix(
				color_of(rows[i].from), color_of(rows[i].to), rows[i].percent);
		check_text(arena_printf(&arena, "row %zu", i), hex(mixed, &arena), rows[i].want);
	}
	arena_release(&arena);
}

/* Values worked out with a pow() of 50 digits. */
static void test_luminance(void **state) {
	(void)state;
	static const struct {
		const char *color;
		double want;
	} rows[] = {
		{"000000", 0.000000000000000000},
		{"ffffff", 1.000000000000000000},
		{"ff0000", 0.212600000000000011},
		{"00ff00", 0.715199999999999947},
		{"0000ff", 0.072200000000000000},
		{"0a0a0a", 0.003035269835488375},
		{"0b0b0b", 0.003346535763899159},
		{"010203", 0.000564438778607418},
		{"808080", 0.215860500113899151},
		{"7cafc2", 0.388400721841628938},
		{"1a1b26", 0.011434186070629836},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		double got = color_luminance(color_of(rows[i].color));
		double off = got > rows[i].want ? got - rows[i].want : rows[i].want - got;
		check(off < 1e-12, "%s: %.15f, not %.15f", rows[i].color, got, rows[i].want);
	}
	for (unsigned i = 1; i < 256; i++) {
		uint8_t more = (uint8_t)i, less = (uint8_t)(i - 1);
		check(color_luminance((struct color){more, more, more}) >
						color_luminance((struct color){less, less, less}),
				"%u is no lighter than %u", i, i - 1);
	}
}

static void test_dark(void **state) {
	(void)state;
	static const struct {
		const char *color;
		bool want;
	} rows[] = {
		{"000000", true},
		{"1a1b26", true},
		{"282828", true},
		{"757575", true}, /* 4.61 on white, 4.56 on black */
		{"767676", false}, /* 4.54 and 4.62 */
		{"ffffff", false},
		{"fdf6e3", false},
		{"eff1f5", false},
		{"0000ff", true},
		{"00ff00", false},
		{"ff0000", false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check(color_is_dark(color_of(rows[i].color)) == rows[i].want, "%s", rows[i].color);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_mix),
		cmocka_unit_test(test_luminance),
		cmocka_unit_test(test_dark),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
