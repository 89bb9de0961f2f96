/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/hash.h"
#include "flow/env_state.h"
#include "flow/environ.h"

static struct env_entry entries[] = {{"/p/node_modules/.bin", false}, {"/p/b in;", true}};
static struct env_var vars[] = {
	{"A", NULL, 0x0123456789abcdef, false},
	{"B", "", 1, false},
	{"C", " %;\n\x01\xff\xc3\xa9=+:'\"$", 0xffffffffffffffff, false},
	{"D", NULL, 7, true},
	{"DD", "x", 8, false},
};

static const struct env_state full = {
	.identity = "/home/u/p\nweb",
	.shell = "1234.5",
	.path = "/usr/bin:/bin:",
	.entries = entries,
	.nentries = COUNT(entries),
	.vars = vars,
	.nvars = COUNT(vars),
};

static const char full_body[] =
		"i/home/u/p%0Aweb;s1234.5;P/usr/bin:/bin:;p/p/node_modules/.bin;g/p/b%20in%3B;"
		"vA=0123456789abcdef-;vB=0000000000000001+;"
		"vC=ffffffffffffffff+%20%25%3B%0A%01%FF%C3%A9=+:%27%22%24;wD=0000000000000007-;"
		"vDD=0000000000000008+x;";

static const char *seal(const char *body, struct arena *arena) {
	return arena_printf(arena, "1:%016" PRIx64 ":%s", hash64(body, strlen(body)), body);
}

static const char *format(const struct env_state *state, struct arena *arena) {
	struct buf buf = BUF_INIT;
	env_state_format(state, &buf);
	const char *text = arena_strndup(arena, buf.data, buf.len);
	buf_release(&buf);
	return text;
}

static void test_both_ways(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	const char *text = format(&full, &arena);
	check_text("text", text, seal(full_body, &arena));
	struct env_state got;
	assert_true(env_state_parse(&got, text, &arena));
	check_text("again", format(&got, &arena), text);
	assert_string_equal(got.identity, full.identity);
	assert_string_equal(got.shell, full.shell);
	assert_string_equal(got.path, full.path);
	assert_int_equal(got.nentries, full.nentries);
	assert_int_equal(got.nvars, full.nvars);
	for (size_t i = 0; i < got.nentries; i++) {
		assert_string_equal(got.entries[i].folder, entries[i].folder);
		assert_int_equal(got.entries[i].gone, entries[i].gone);
	}
	for (size_t i = 0; i < got.nvars; i++) {
		assert_string_equal(got.vars[i].name, vars[i].name);
		check_text(vars[i].name, got.vars[i].before, vars[i].before);
		assert_true(got.vars[i].hash == vars[i].hash);
		assert_int_equal(got.vars[i].theirs, vars[i].theirs);
	}
	assert_int_equal(env_state_cost(vars[2].before), strlen("%20%25%3B%0A%01%FF%C3%A9=+:%27%22%24"));
	arena_release(&arena);
}

static void refuse(const char *text, const char *why) {
	struct arena arena;
	arena_init(&arena);
	struct env_state got;
	memset(&got, 0xff, sizeof(got));
	check(!env_state_parse(&got, text, &arena), "taken: %s", why);
	check(got.identity == NULL && got.nvars == 0 && got.nentries == 0, "left over: %s", why);
	arena_release(&arena);
}

/* Cut anywhere, any byte another, any byte twice or missing, something behind it. */
static void test_damaged(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	const char *text = format(&full, &arena);
	size_t n = strlen(text);
	for (size_t i = 0; i < n; i++) {
		char *copy = arena_strdup(&arena, text);
		copy[i] = '\0';
		refuse(copy, "cut");
		for (int byte = 1; byte < 256; byte++) {
			if ((char)byte != text[i]) {
				memcpy(copy, text, n);
				copy[i] = (char)byte;
				refuse(copy, "altered");
			}
		}
		refuse(arena_printf(&arena, "%.*s%s", (int)i, text, text + i + 1), "missing");
		if (i + 1 < n && text[i] != text[i + 1]) {
			char *swapped = arena_strdup(&arena, text);
			swapped[i] = text[i + 1];
			swapped[i + 1] = text[i];
			refuse(swapped, "swapped");
		}
		refuse(arena_printf(&arena, "%.*s%s", (int)i + 1, text, text + i), "twice");
	}
	refuse(arena_printf(&arena, "%s ", text), "longer");
	refuse(arena_printf(&arena, "%s%s", text, text), "twice");
	refuse(arena_printf(&arena, " %s", text), "shifted");
	arena_release(&arena);
}

/* With the right checksum. */
static void test_form(void **state) {
	(void)state;
	static const char *const bodies[] = {
		"",
		"i/p;s1;",                                       /* nothing that is set */
		"ix;",
		"s1;i/p;vA=0000000000000001-;",                  /* order */
		"i/p;vA=0000000000000001-;",                     /* no shell */
		"i/p;s1;vA=0000000000000001-",                   /* no end */
		"i/p;s1;vA=0000000000000001-;x;",                /* unknown */
		"i/p;s1;vA=0000000000000001-;\n",
		"i/p;s1;vA=000000000000001-;",                   /* short hash */
		"i/p;s1;vA=000000000000000g-;",
		"i/p;s1;vA=000000000000000A-;",                  /* other spelling */
		"i/p;s1;vA=0000000000000001;",
		"i/p;s1;vA=0000000000000001-x;",
		"i/p;s1;vA=0000000000000001*x;",
		"i/p;s1;wA=0000000000000001+x;",
		"i/p;s1;v=0000000000000001-;",
		"i/p;s1;v1=0000000000000001-;",
		"i/p;s1;vA%42=0000000000000001-;",
		"i/p;s1;vLD_PRELOAD=0000000000000001+x;",        /* never ours */
		"i/p;s1;vPATH=0000000000000001+x;",
		"i/p;s1;v__LUMINA_FLOW=0000000000000001+x;",
		"i/p;s1;vB=0000000000000001-;vA=0000000000000001-;", /* not sorted */
		"i/p;s1;vA=0000000000000001-;vA=0000000000000001-;",
		"i/p;s1;vA=0000000000000001+ ;",                 /* not escaped */
		"i/p;s1;vA=0000000000000001+%41;",               /* needn't be */
		"i/p;s1;vA=0000000000000001+%3b;",               /* lower case */
		"i/p;s1;vA=0000000000000001+%00;",
		"i/p;s1;vA=0000000000000001+%;",
		"i/p;s1;vA=0000000000000001+%2;",
		"i/p;s1;vA=0000000000000001+%G0;",
		"i/p;s1;vA=0000000000000001+\xc3\xa9;",
		"i/p;s1;P/bin;",                                 /* no entry */
		"i/p;s1;p/x;",                                   /* no PATH */
		"i/p;s1;P;p/x;",                                 /* empty PATH */
		"i/p;s1;P/bin;px;",                              /* relative */
		"i/p;s1;P/bin;p;",
		"i/p;s1;P/bin;p/x:/y;",
		"i/p;s1;P/bin;p/x;p/x;",
		"i/p;s1;P/bin;p/x;g/x;",
		"i/p;s1;P/bin;p/x;P/bin;p/y;",
		"i/p;s1;vA=0000000000000001-;P/bin;p/x;",
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(bodies); i++) {
		refuse(seal(bodies[i], &arena), bodies[i]);
	}
	static const char *const good[] = {
		"i;s;vA=0000000000000001-;",
		"i/p;s1;P/bin;p/x;",
		"i/p;s1;P:;g/x;p/y;",
	};
	for (size_t i = 0; i < COUNT(good); i++) {
		struct env_state got;
		const char *text = seal(good[i], &arena);
		check(env_state_parse(&got, text, &arena), "refused: %s", good[i]);
		check_text(good[i], format(&got, &arena), text);
	}
	refuse("", "empty");
	refuse("1", "one byte");
	refuse("2:0000000000000000:", "another version");
	arena_release(&arena);
}

static const char *repeat(char c, size_t n, struct arena *arena) {
	char *text = arena_alloc(arena, n + 1);
	memset(text, c, n);
	text[n] = '\0';
	return text;
}

static void test_bounds(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	struct env_var var = {"A", repeat('x', ENVIRON_BEFORE_MAX, &arena), 1, false};
	struct env_state one = {"i", "s", NULL, NULL, 0, &var, 1}, got;
	assert_true(env_state_parse(&got, format(&one, &arena), &arena));
	var.before = repeat('x', ENVIRON_BEFORE_MAX + 1, &arena);
	refuse(format(&one, &arena), "value too long");
	var.before = repeat(' ', ENVIRON_BEFORE_MAX, &arena);
	refuse(format(&one, &arena), "text too long");
	var.before = NULL;
	one.shell = repeat('1', ENV_STATE_SHELL_MAX + 1, &arena);
	refuse(format(&one, &arena), "shell too long");
	one.shell = "s";
	one.identity = repeat('1', ENVIRON_WORD_MAX + 1, &arena);
	refuse(format(&one, &arena), "identity too long");
	one.identity = "i";

	static struct env_var many[ENVIRON_PAIRS_MAX + 1];
	for (size_t i = 0; i < COUNT(many); i++) {
		many[i] = (struct env_var){arena_printf(&arena, "V%04zu", i), "x", i, false};
	}
	one.vars = many;
	one.nvars = ENVIRON_PAIRS_MAX;
	assert_true(env_state_parse(&got, format(&one, &arena), &arena));
	assert_int_equal(got.nvars, ENVIRON_PAIRS_MAX);
	one.nvars++;
	refuse(format(&one, &arena), "too many variables");

	static struct env_entry folders[ENVIRON_PATH_MAX + 1];
	for (size_t i = 0; i < COUNT(folders); i++) {
		folders[i].folder = arena_printf(&arena, "/%zu", i);
	}
	one = (struct env_state){"i", "s", "/bin", folders, ENVIRON_PATH_MAX, NULL, 0};
	assert_true(env_state_parse(&got, format(&one, &arena), &arena));
	one.nentries++;
	refuse(format(&one, &arena), "too many entries");
	arena_release(&arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
