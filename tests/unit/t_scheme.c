/* SPDX-License-Identifier: MIT */
#include "schemes.h"

#include <dirent.h>
#include <strings.h>

/* The colours as text: all bases, then the sixteen, then the rest. */
static const char *colors_text(const struct scheme *scheme, struct arena *arena) {
	struct buf out = BUF_INIT;
	const struct color rest[] = {scheme->background, scheme->foreground, scheme->cursor,
			scheme->accent, scheme->selection_background, scheme->selection_foreground};
	for (size_t i = 0; i < SCHEME_BASES + SCHEME_ANSI + COUNT(rest); i++) {
		const struct color *color = i < SCHEME_BASES ? &scheme->base[i]
				: i < SCHEME_BASES + SCHEME_ANSI ? &scheme->ansi[i - SCHEME_BASES]
					: &rest[i - SCHEME_BASES - SCHEME_ANSI];
		buf_addf(&out, "%s%02x%02x%02x", i == 0 ? "" : i % 8 == 0 ? "\n" : " ", color->r,
				color->g, color->b);
	}
	const char *text = arena_strndup(arena, out.data, out.len);
	buf_release(&out);
	return text;
}

static const char *words_text(const struct scheme *scheme, struct arena *arena) {
	return arena_printf(arena, "%s|%s|%s|%s|%s|%s", scheme->name, scheme->author,
			scheme->description, scheme->slug, scheme->system,
			scheme->is_dark ? "dark" : "light");
}

static void check_colors(const char *name, const char *text, const char *want) {
	struct read read;
	read_good(&read, name, text);
	check_text(text, colors_text(&read.scheme, &read.arena), want);
	read_release(&read);
}

static void check_words(const char *name, const char *text, const char *want) {
	struct read read;
	read_good(&read, name, text);
	check_text(text, words_text(&read.scheme, &read.arena), want);
	read_release(&read);
}

static const char base16_colors[] =
		"000000 111111 222222 333333 444444 555555 666666 777777\n"
		"880000 994400 aaaa00 00bb00 00cccc 0000dd ee00ee ff8844\n"
		"000000 000000 880000 aaaa00 00bb00 00cccc 0000dd ee00ee\n"
		"000000 880000 00bb00 aaaa00 0000dd ee00ee 00cccc 555555\n"
		"333333 880000 00bb00 aaaa00 0000dd ee00ee 00cccc 777777\n"
		"000000 555555 555555 0000dd 222222 777777";

static const char base24_colors[] =
		"000000 111111 222222 333333 444444 555555 666666 777777\n"
		"880000 994400 aaaa00 00bb00 00cccc 0000dd ee00ee ff8844\n"
		"101010 111112 121212 131313 141414 151515 161616 171717\n"
		"000000 880000 00bb00 aaaa00 0000dd ee00ee 00cccc 555555\n"
		"333333 121212 141414 131313 161616 171717 151515 777777\n"
		"000000 555555 555555 0000dd 222222 777777";

static void test_yaml_colors(void **state) {
	(void)state;
	check_colors("a.yaml", "{" BASES_16 "}", base16_colors);
	check_colors("a.yml", "{palette: {" BASES_16 "}}", base16_colors);
	check_colors("d/a.yaml", "{system: base16, palette: {" BASES_16 "}}", base16_colors);
	check_colors("a.yaml", "{" BASES_24 "}", base24_colors);
	check_colors("a.yaml", "{palette: {" BASES_24 "}}", base24_colors);
	check_colors("a.yaml", "{system: base24, palette: {" BASES_24 "}}", base24_colors);
	/* What a file has beyond its system counts. */
	check_colors("a.yaml", "{system: base16, palette: {" BASES_24 "}}", base24_colors);
	/* Without quotes, with a sign, in capitals, in another order, with an anchor. */
	check_colors("a.yaml",
			"base0F: Ff8844\nbase0E: '#EE00ee'\nbase0D: 0000dd\nbase0C: 00cccc\n"
			"base0B: \"#00bb00\"\nbase0A: aaaa00\nbase09: 994400\nbase08: 880000\n"
			"base07: 777777\nbase06: 666666\nbase05: 555555\nbase04: 444444\n"
			"base03: &a 333333\nbase02: 222222\nbase01: 111111\nbase00: 000000\n",
			base16_colors);
}

static void test_yaml_words(void **state) {
	(void)state;
	check_words("a.yaml", "{" BASES_16 "}",
			"The Stem (2)||The Stem (2)|the-stem-2|base16|dark");
	check_words("a.yaml", "{scheme: A, author: B, " BASES_16 "}",
			"A|B|A|the-stem-2|base16|dark");
	check_words("a.yaml",
			"{system: base24, name: A, author: B, description: C, slug: d-e_f1, "
			"variant: light, palette: {" BASES_24 "}}",
			"A|B|C|d-e_f1|base24|light");
	check_words("a.yaml", "{name: A, scheme: B, " BASES_24 "}",
			"A||A|the-stem-2|base24|dark");
	/* One line each; what is left empty is as good as missing. */
	check_words("a.yaml",
			"{name: \" a\\n exec = b\\t\\e\\x7f\\0c \\n\", author: \" \\n\", " BASES_16
			"}",
			"a exec = b c||a exec = b c|the-stem-2|base16|dark");
	check_words("a.yaml", "{name: \"a\\u0085b\\u009b31m\\Lc\\P \\u00a0\\xe9\", " BASES_16 "}",
			"a b 31m c \xc2\xa0\xc3\xa9||a b 31m c \xc2\xa0\xc3\xa9|the-stem-2|base16|dark");
	check_words("a.yaml", "{name: , author: ~, slug: , variant: null, system: , " BASES_16 "}",
			"The Stem (2)||The Stem (2)|the-stem-2|base16|dark");
	check_words("a.yaml",
			"name: Ros\xc3\xa9 & <Pine>\ndescription: >\n  a\n  b\n\n"
			"other: [1, 2]\npalette: {" BASES_16 "}\n",
			"Ros\xc3\xa9 & <Pine>||a b|the-stem-2|base16|dark");
	/* By the background, where the file doesn't say. */
	check_words("a.yaml", "{palette: {base00: ffffff, base01: '111111', base02: '222222', "
			"base03: '333333', base04: '444444', base05: '555555', base06: '666666', "
			"base07: '777777', base08: '880000', base09: '994400', base0A: aaaa00, "
			"base0B: 00bb00, base0C: 00cccc, base0D: 0000dd, base0E: ee00ee, "
			"base0F: ff8844}}",
			"The Stem (2)||The Stem (2)|the-stem-2|base16|light");
}

static void test_slugs(void **state) {
	(void)state;
	static const struct {
		const char *stem, *want;
	} rows[] = {
		{"tokyo-night", "tokyo-night"},
		{"Tomorrow Night", "tomorrow-night"},
		{"Default (Dark)", "default-dark"},
		{"a_b.c", "a_bc"},
		{"Ros\xc3\xa9 Pine", "ros-pine"},
		{"(\xc3\xa9)", "scheme"},
		{"", "scheme"},
		{"../../etc\n", "etc"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct read read;
		read_good(&read, "colors.toml", OMARCHY);
		int result = scheme_read(&read.scheme, &read.source, rows[i].stem, &read.arena,
				&read.diags);
		assert_int_equal(result, 0);
		check_text(rows[i].stem, read.scheme.slug, rows[i].want);
		read_release(&read);
	}
}

static void test_omarchy(void **state) {
	(void)state;
	static const char whole[] =
			"1a1b26 272936 3b3e4e 5d6279 8e95b5 a9b1d6 b9c2e9 c7d1fb\n"
			"f7768e ec937b e0af68 9ece6a 449dab 7aa2f9 ad8ee6 f18485\n"
			"1a1b26 1a1b26 ff7a93 ff9e64 b9f27c 0db9d7 7da6ff bb9af7\n"
			"32344a f7768e 9ece6a e0af68 7aa2f9 ad8ee6 449dab 787c99\n"
			"444b6a ff7a93 b9f27c ff9e64 7da6ff bb9af7 0db9d7 acb0d0\n"
			"1a1b26 a9b1d6 c0caf5 7aa2f7 7aa2f8 c0caf6";
	static const char least[] =
			"000000 171717 3b3b3b 787878 cfcfcf ffffff ffffff ffffff\n"
			"ff0000 ff8000 ffff00 00ff00 00ffff 0000ff ff00ff ff4000\n"
			"000000 000000 ff0000 ffff00 00ff00 00ffff 0000ff ff00ff\n"
			"000000 ff0000 00ff00 ffff00 0000ff ff00ff 00ffff ffffff\n"
			"787878 ff0000 00ff00 ffff00 0000ff ff00ff 00ffff ffffff\n"
			"000000 ffffff ffffff 0000ff 3b3b3b ffffff";
	check_colors("themes/tokyo-night/colors.toml", OMARCHY, whole);
	check_colors("colors.toml", OMARCHY_LEAST, least);
	check_colors("colors.toml", "\xef\xbb\xbf" OMARCHY_LEAST "# c\n", least);
	check_words("colors.toml", OMARCHY, "The Stem (2)||The Stem (2)|the-stem-2|base24|dark");
}

/* One line in front of a good file. */
static void test_toml_lines(void **state) {
	(void)state;
	static const char *const good[] = {
		"",
		"\n\r\n \t\r\n",
		"# c \xc3\xa9 = \"\n#\r\n  # d\n",
		"spectrum0 = \"#123\"\n",
		"x=\"\"\ny =''\n\tz\t=\t\"a\"\t#c\n",
		"a-B_9 = \"x\" # c\r\n",
		"x = \"\\b\\t\\n\\f\\r\\\"\\\\ \\u00e9\\U0001F600 # '\"\n",
		"x = '\\ \" \\u'#\n",
		"accent = \"\\u0030000f\\U00000046\"\n",
		"1 = \"x\"\n",
		"[a]\n\"",
	};
	for (size_t i = 0; i < COUNT(good); i++) {
		struct read read;
		struct buf text = BUF_INIT;
		bool table = good[i][0] == '[';
		buf_addf(&text, "%s%s", table ? OMARCHY_LEAST : good[i],
				table ? good[i] : OMARCHY_LEAST);
		read_good(&read, "colors.toml", text.data);
		read_release(&read);
		buf_release(&text);
	}
	/* Behind a header keys are the table's, duplicates and all. */
	static const char *const tables[] = {"[a]", " [ a.\"b c\" ] # d", "[[x]]"};
	for (size_t i = 0; i < COUNT(tables); i++) {
		struct read read;
		struct buf text = BUF_INIT;
		buf_addf(&text, OMARCHY_LEAST "%s\naccent = \"#123456\"\ncolor1 = 5\n", tables[i]);
		read_good(&read, "colors.toml", text.data);
		assert_int_equal(read.scheme.accent.r, 0);
		assert_int_equal(read.scheme.accent.b, 0xff);
		read_release(&read);
		buf_release(&text);
	}
}

static void check_problems(const char *name, const char *bytes, size_t size, const char *want) {
	struct read read;
	read_bytes(&read, name, bytes, size);
	check_text(bytes, diags_text(&read.diags, &read.arena), want);
	assert_int_equal(read.result, -1);
	read_release(&read);
}

#define SIX "; expected six digits such as 7cafc2"

static void test_toml_problems(void **state) {
	(void)state;
	static const struct {
		const char *text, *want; /* in front of a good file */
	} rows[] = {
		{"x = 5\n", "1:5: expected a text in quotes"},
		{"x = true # c\n", "1:5: expected a text in quotes"},
		{"x =\n", "1:4: expected a text in quotes"},
		{"x\n", "1:2: expected '=' behind the key"},
		{"\n\n  x y = \"\"\n", "3:5: expected '=' behind the key"},
		{"a.b = \"\"\n", "1:2: expected '=' behind the key"},
		{"\"a\" = \"\"\n", "1:1: expected a key"},
		{"= \"\"\n", "1:1: expected a key"},
		{"x: \"\"\n", "1:2: expected '=' behind the key"},
		{"\xc3\xa9 = \"\"\n", "1:1: expected a key"},
		{"x = \"a\n", "1:5: the quote has no end on this line"},
		{"x = 'a\r\n", "1:5: the quote has no end on this line"},
		{"x = \"a\\\n", "1:7: a text ends on its line"},
		{"x = \"a\\\"\n", "1:5: the quote has no end on this line"},
		{"x = 'a\\'b'\n", "1:9: expected the end of the line"},
		{"x = \"\"\"a\"\"\"\n", "1:5: texts of several lines are not read"},
		{"x = ''''''\n", "1:5: texts of several lines are not read"},
		{"x = \"\\x41\"\n", "1:6: unknown escape"},
		{"x = \"\xc3\xa9\\e\"\n", "1:7: unknown escape"},
		{"x = \"\\u12\"\n", "1:6: expected more hexadecimal digits"},
		{"x = \"\\U0000006\"\n", "1:6: expected more hexadecimal digits"},
		{"x = \"\\u004g\"\n", "1:6: expected more hexadecimal digits"},
		{"x = \"\\ud800\"\n", "1:6: this is no character of Unicode"},
		{"x = \"\\U00110000\"\n", "1:6: this is no character of Unicode"},
		{"x = \"\\U02010000\"\n", "1:6: this is no character of Unicode"},
		{"x = \"\\Uffffffff\"\n", "1:6: this is no character of Unicode"},
		{"x = \"a\" b\n", "1:9: expected the end of the line"},
		{"x = \"a\"\"b\" # c\n", "1:8: expected the end of the line"},
		{"x = \"a\", y = \"b\"\r\n", "1:8: expected the end of the line"},
		{"x = \"\"\ny = ''\nx = ''\n",
				"3:1: duplicate key 'x'; it stands at colors.toml:1:1 already"},
		{"# c\ncolor1 = '000000'\n",
				"5:1: duplicate key 'color1'; it stands at colors.toml:2:1 "
				"already"},
		{"accent = \"\"\n", "1:10: '' is no colour" SIX},
		{"accent = \"\\u00E9\\u00e9\"\n", "1:10: '\xc3\xa9\xc3\xa9' is no colour" SIX},
		{"accent = \"red\" # c\n", "1:10: 'red' is no colour" SIX},
		{"accent = '#123'\n", "1:10: '#123' is no colour" SIX},
		{"color15 = \"\xc3\xa9#1a1b2\xc3\xa9\"\n",
				"1:11: '\xc3\xa9#1a1b2\xc3\xa9' is no colour" SIX},
		{"cursor = rgb\naccent = 'x'\n[\n",
				"1:10: expected a text in quotes\n2:10: 'x' is no colour" SIX
				"\n3:1: expected a table's name between brackets\n"
				"1:1: missing: background, foreground, color1, color2, color3, "
				"color4, color5, color6"},
		{"x = \"\x1b\"\n", "1:6: a control character in the file (0x1b)"},
		{"\x7f", "1:1: a control character in the file (0x7f)"},
		{"# \xff\n", "1:3: byte 0xff is not UTF-8"},
		{"# a\rb = 5\n", "1:4: a carriage return within a line"},
		{"x = \"a\rb\"\n", "1:7: a carriage return within a line"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf text = BUF_INIT;
		buf_addf(&text, "%s" OMARCHY_LEAST, rows[i].text);
		check_problems("colors.toml", text.data, text.len, rows[i].want);
		buf_release(&text);
	}
	static const struct {
		const char *text, *want; /* whole files */
	} files[] = {
		{"",
				"1:1: missing: background, foreground, color1, color2, color3, "
				"color4, color5, color6"},
		{"color1",
				"1:7: expected '=' behind the key\n1:1: missing: background, "
				"foreground, color2, color3, color4, color5, color6"},
		{"[a]\n" OMARCHY,
				"1:1: missing: background, foreground, color1, color2, color3, "
				"color4, color5, color6"},
		{OMARCHY_LEAST "[a] b\n", "9:5: expected the end of the line"},
		{OMARCHY_LEAST "[]\n", "9:1: expected a table's name between brackets"},
		{OMARCHY_LEAST "[[a]\n", "9:1: expected a table's name between brackets"},
		{OMARCHY_LEAST "[a\n]\n", "9:1: expected a table's name between brackets"},
		{OMARCHY_LEAST "accent = '000000", "9:10: the quote has no end on this line"},
		{OMARCHY_LEAST "accent = \"\\", "9:11: a text ends on its line"},
		{OMARCHY_LEAST "accent = \"\\u00", "9:11: expected more hexadecimal digits"},
		{OMARCHY_LEAST "accent = \"", "9:10: the quote has no end on this line"},
		{OMARCHY_LEAST "accent =", "9:9: expected a text in quotes"},
		{"foreground = ''\nbackground = 5\ncolor1 = '0'\ncolor2 = '000000' x\n"
		 "color4 = ''\ncolor5 = ''",
				"1:14: '' is no colour" SIX "\n"
				"2:14: expected a text in quotes\n"
				"3:10: '0' is no colour" SIX "\n"
				"4:19: expected the end of the line\n"
				"5:10: '' is no colour" SIX "\n"
				"6:10: '' is no colour" SIX "\n"
				"1:1: missing: color3, color6"},
	};
	for (size_t i = 0; i < COUNT(files); i++) {
		check_problems("colors.toml", files[i].text, strlen(files[i].text), files[i].want);
	}
	check_problems("colors.toml", "a = \"\0\"", 7, "1:6: a NUL byte in the file (0x00)");
}

#define FROM_02                                                                                  \
	"base02, base03, base04, base05, base06, base07, base08, base09, base0A, base0B, "       \
	"base0C, base0D, base0E, base0F"
#define ALL_16 "base00, base01, " FROM_02
#define FLAT_15                                                                                  \
	"base00: '000000'\nbase01: '000000'\nbase02: '000000'\nbase03: '000000'\n"               \
	"base04: '000000'\nbase05: '000000'\nbase06: '000000'\nbase07: '000000'\n"               \
	"base08: '000000'\nbase09: '000000'\nbase0A: '000000'\nbase0B: '000000'\n"               \
	"base0C: '000000'\nbase0D: '000000'\nbase0E: '000000'\n"
#define FLAT_16 FLAT_15 "base0F: '000000'\n"

static void test_yaml_problems(void **state) {
	(void)state;
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"", "1:1: expected a scheme, not nothing"},
		{"# c\n", "1:1: expected a scheme, not nothing"},
		{"~\n", "1:1: expected a scheme, not nothing"},
		{"[a]\n", "1:1: expected a scheme, not a list"},
		{"# c\nabc\n", "2:1: expected a scheme, not a text"},
		{"# c\nname: a\nauthor: b\n", "2:1: missing: " ALL_16},
		{"system: base24\npalette: {" BASES_16 "}\n",
				"2:10: missing: base10, base11, base12, base13, base14, base15, "
				"base16, base17"},
		{"palette: {" BASES_16 ", base13: '000000'}\n",
				"1:10: missing: base10, base11, base12, base14, base15, base16, "
				"base17"},
		{"name: a\npalette:\n  base01: '000000'\n", "3:3: missing: base00, " FROM_02},
		{"palette: {}\n", "1:10: missing: " ALL_16},
		{"palette:\n", "1:1: missing: " ALL_16},
		{"palette: [a]\n", "1:10: expected a map of colours, not a list"},
		{"palette: a\n", "1:10: expected a map of colours, not a text"},
		{"palette: {\n " BASES_16 ",\n base1G: x}\n",
				"3:2: unknown palette entry 'base1G'; did you mean 'base10'?"},
		{"palette: {\n " BASES_16 ",\n base0a: x}\n",
				"3:2: unknown palette entry 'base0a'; did you mean 'base0A'?"},
		{"palette: {\n " BASES_16 ",\n accent: x}\n",
				"3:2: unknown palette entry 'accent'"},
		{"accent: x\nbase1G: x\n" FLAT_16,
				"2:1: unknown palette entry 'base1G'; did you mean 'base10'?"},
		{FLAT_16 "base0A: '123456'\n",
				"17:1: duplicate key 'base0A'; it stands at a.yaml:11:1 already"},
		{"name: [a]\nauthor: {a: b}\ndescription: []\nslug: {}\n"
		 "system: []\nvariant: [dark]\n" FLAT_16,
				"1:7: expected text, not a list\n2:9: expected text, not a map\n"
				"3:14: expected text, not a list\n4:7: expected text, not a map\n"
				"5:9: expected text, not a list\n6:10: expected text, not a list"},
		{"scheme: {system: tinted8}\n" FLAT_16, "1:9: expected text, not a map"},
		{"system: tinted8\n" FLAT_16,
				"1:9: unknown system 'tinted8'; expected 'base16' or 'base24'"},
		{"variant: Dark\n" FLAT_16,
				"1:10: unknown variant 'Dark'; expected 'dark' or 'light'"},
		{"slug: ../x\n" FLAT_16,
				"1:7: slug '../x' is not lower-case letters, digits, '-' and '_'"},
		{"slug: \"\"\n" FLAT_16,
				"1:7: slug '' is not lower-case letters, digits, '-' and '_'"},
		{"slug: \"a\\0b\"\n" FLAT_16,
				"1:7: slug 'a' is not lower-case letters, digits, '-' and '_'"},
		{FLAT_15 "base0F: #ff8844\n",
				"16:8: expected a colour, not nothing; one with a '#' stands in "
				"quotes"},
		{FLAT_15 "base0F:\n",
				"16:8: expected a colour, not nothing; one with a '#' stands in "
				"quotes"},
		{FLAT_15 "base0F: [1]\n", "16:9: expected a colour, not a list"},
		{FLAT_15 "base0F: {a: b}\n", "16:9: expected a colour, not a map"},
		{FLAT_15 "base0F: ''\n", "16:9: '' is no colour" SIX},
		{FLAT_15 "base0F: ff884g\n", "16:9: 'ff884g' is no colour" SIX},
		{FLAT_15 "base0F: \"#f84\"\n", "16:9: '#f84' is no colour" SIX},
		{FLAT_15, "1:1: missing: base0F"},
		{"variant: x\npalette:\n  base00: y\n  base1G: z\n",
				"1:10: unknown variant 'x'; expected 'dark' or 'light'\n3:11: "
				"'y' is no colour" SIX "\n4:3: unknown palette entry 'base1G'; "
				"did you mean 'base10'?\n3:3: missing: base01, " FROM_02},
		{FLAT_16 "---\n", "17:1: a file is one YAML document; a second one starts here"},
		{FLAT_15 "base0F: \x01\n", "16:9: a control character in the file (0x01)"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_problems("a.yaml", rows[i].text, strlen(rows[i].text), rows[i].want);
	}
}

static void test_names(void **state) {
	(void)state;
	static const char *const none[] = {"", "colors.tom", "a.toml", "mycolors.toml", ".yaml",
			"a.yaml~", "yaml", "colors.toml/x", "a.YAML", "a.json"};
	for (size_t i = 0; i < COUNT(none); i++) {
		check_problems(none[i], "a", 1,
				"1:1: no scheme by its name; expected a .yaml file or colors.toml");
	}
}

static const char *read_long(const char *name, const char *start, size_t size,
		struct arena *arena) {
	char *text = malloc(size);
	memset(text, '\n', size);
	memcpy(text, start, strlen(start));
	struct read read;
	read_bytes(&read, name, text, size);
	const char *told = arena_strdup(arena, diags_text(&read.diags, &read.arena));
	read_release(&read);
	free(text);
	return told;
}

static void test_bounds(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	const size_t most = SCHEME_SIZE_MAX;
	const char *yaml = "{" BASES_16 "}";
	check_text("toml", read_long("colors.toml", OMARCHY, most, &arena), "");
	check_text("toml", read_long("colors.toml", OMARCHY, most + 1, &arena),
			"1:1: larger than 256 KiB");
	check_text("yaml", read_long("a.yaml", yaml, most, &arena), "");
	check_text("yaml", read_long("a.yaml", yaml, most + 1, &arena),
			"1:1: larger than 256 KiB");
	for (unsigned more = 0; more < 2; more++) {
		struct buf text = BUF_INIT;
		buf_adds(&text, OMARCHY_LEAST); /* 8 keys */
		for (unsigned i = 8; i < 1024 + more; i++) {
			buf_addf(&text, "k%u = ''\n", i);
		}
		struct read read;
		read_text(&read, "colors.toml", text.data);
		check_text("keys", diags_text(&read.diags, &read.arena),
				more ? "1025:1: more than 1,024 keys" : "");
		read_release(&read);
		buf_release(&text);
	}
	arena_release(&arena);
}

/* --- other people's schemes ---------------------------------------------------------------- */

static char *load(const char *path, size_t *ret_size) {
	FILE *file = fopen(path, "rb");
	check(file != NULL, "%s", path);
	struct buf text = BUF_INIT;
	char block[4096];
	size_t n;
	while ((n = fread(block, 1, sizeof(block), file)) > 0) {
		buf_add(&text, block, n);
	}
	(void)fclose(file);
	*ret_size = text.len;
	return text.data;
}

/* The text behind "key:" at a line's start, without quotes; the oracle of the next test. */
static const char *grep(const char *text, const char *key, struct arena *arena) {
	const char *line = strstr(text, key);
	if (line == NULL) {
		return NULL;
	}
	line += strlen(key) + strspn(line + strlen(key), " \"#");
	return arena_strndup(arena, line, strcspn(line, "\"\n"));
}

static void check_real(const char *folder, const char *name) {
	struct read read;
	struct arena arena;
	size_t size;
	arena_init(&arena);
	const char *path = arena_printf(&arena, "%s/%s", folder, name);
	char *text = load(path, &size);
	read_bytes(&read, name, text, size);
	check_text(path, diags_text(&read.diags, &read.arena), "");
	for (size_t i = 0; i < SCHEME_BASES; i++) {
		const char *want = grep(text, arena_printf(&arena, "%s:", scheme_base_names[i]),
				&arena);
		const struct color *got = &read.scheme.base[i];
		check(i >= 16 || want != NULL, "%s: %s", path, scheme_base_names[i]);
		if (want != NULL) {
			check(strncasecmp(want, arena_printf(&arena, "%02x%02x%02x", got->r, got->g,
							  got->b), 6) == 0,
					"%s: %s", path, scheme_base_names[i]);
		}
	}
	const struct scheme *scheme = &read.scheme;
	double plain = color_contrast(scheme->foreground, scheme->background);
	check(color_contrast(scheme->muted, scheme->background) >= (plain < 4.5 ? plain : 4.5), "%s",
			path);
	check(color_contrast(scheme->selection_foreground, scheme->selection_background) >=
					color_contrast(scheme->foreground, scheme->selection_background),
			"%s", path);
	const char *variant = grep(text, "\nvariant:", &arena);
	if (variant != NULL) {
		check(read.scheme.is_dark == (strcmp(variant, "dark") == 0), "%s", path);
	}
	const char *last = strrchr(folder, '/') + 1;
	check_text(path, read.scheme.system, last);
	read_release(&read);
	arena_release(&arena);
	free(text);
}

static size_t check_folder(const char *folder) {
	size_t count = 0;
	DIR *dir = opendir(folder);
	for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
		if (strstr(entry->d_name, ".yaml") != NULL) {
			check_real(folder, entry->d_name);
			count++;
		}
	}
	if (dir != NULL) {
		(void)closedir(dir);
	}
	return count;
}

static void test_real(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	const char *shared = getenv("LUMINA_SHARED");
	size_t count = 0;
	if (shared != NULL) {
		count += check_folder(arena_printf(&arena, "%s/data/base16-schemes/base16",
				shared));
		count += check_folder(arena_printf(&arena, "%s/data/base16-schemes/base24",
				shared));
	}
	arena_release(&arena);
	if (count == 0) {
		/* No skip(): meson takes what it prints for a failure. */
		print_message("# skipped: no base16-schemes (LUMINA_SHARED)\n");
		return;
	}
	assert_true(count >= 287);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yaml_colors),
		cmocka_unit_test(test_yaml_words),
		cmocka_unit_test(test_slugs),
		cmocka_unit_test(test_omarchy),
		cmocka_unit_test(test_toml_lines),
		cmocka_unit_test(test_toml_problems),
		cmocka_unit_test(test_yaml_problems),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_real),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
