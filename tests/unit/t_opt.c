/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/opt.h"

static const char *const colours[] = {"auto", "always", "never", NULL};

struct values {
	bool dry_run, yes;
	const char *branch;
};

struct global {
	bool help;
	int colour;
};

static const struct opt opts[] = {
	{'n', "dry-run", OPT_FLAG, offsetof(struct values, dry_run), NULL, NULL, "change nothing"},
	{'y', "yes", OPT_FLAG, offsetof(struct values, yes), NULL, NULL, "say yes"},
	{'b', "branch", OPT_STRING, offsetof(struct values, branch), "NAME", NULL, "a branch"},
	{0},
};

static const struct opt globals[] = {
	{'h', "help", OPT_FLAG, offsetof(struct global, help), NULL, NULL, "help"},
	{0, "color", OPT_CHOICE, offsetof(struct global, colour), "WHEN", colours, "colour"},
	{0},
};

enum { WORDS_MAX = 8 };

/* Options found and words left, as text; or the error. */
static void run(const char *line, bool first_word_ends, char *out, size_t size) {
	char words[256];
	char *argv[WORDS_MAX + 2] = {(char *)(uintptr_t)"lumina"};
	int argc = 1;
	(void)snprintf(words, sizeof(words), "%s", line);
	/* Words stand between '|', so that they can be empty. */
	for (char *at = words; line[0] != '\0' && at != NULL && argc <= WORDS_MAX;) {
		char *bar = strchr(at, '|');
		if (bar != NULL) {
			*bar++ = '\0';
		}
		argv[argc++] = at;
		at = bar;
	}
	argv[argc] = NULL;
	struct values values = {0};
	struct global global = {0};
	struct err err = {0};
	opt_defaults(opts, &values);
	opt_defaults(globals, &global);
	if (opt_parse(opts, &values, globals, &global, first_word_ends, &argc, argv, &err) < 0) {
		(void)snprintf(out, size, "%s", err.text);
		assert_int_equal(err.kind, ERR_USAGE);
		err_release(&err);
		return;
	}
	int n = snprintf(out, size, "%s%s%s%s%s", values.dry_run ? "n" : "",
			values.yes ? "y" : "", global.help ? "h" : "",
			values.branch != NULL ? " b=" : "", values.branch != NULL ? values.branch : "");
	if (global.colour >= 0) {
		n += snprintf(out + n, size - (size_t)n, " c=%s", colours[global.colour]);
	}
	for (int i = 1; i < argc; i++) {
		n += snprintf(out + n, size - (size_t)n, " [%s]", argv[i]);
	}
	assert_true(argv[argc] == NULL);
	assert_string_equal(argv[0], "lumina");
}

static void test_parse(void **state) {
	(void)state;
	static const struct {
		const char *line;
		const char *want;
	} rows[] = {
		{"", ""},
		{"-n", "n"},
		{"-ny", "ny"},
		{"-nyh|-n", "nyh"},
		{"--dry-run|--yes|--help", "nyh"},
		{"-bmain", " b=main"},
		{"-b|main", " b=main"},
		{"-nb|main|x", "n b=main [x]"},
		{"-nbmain", "n b=main"},
		{"--branch=main", " b=main"},
		{"--branch|main", " b=main"},
		{"--branch=", " b="},
		{"--branch|", " b="},
		{"--branch=a=b", " b=a=b"},
		{"--branch|-n", " b=-n"},
		{"-b|--", " b=--"},
		{"--branch=a|-b|c", " b=c"}, /* the last one counts */
		{"--color=never", " c=never"},
		{"--color|always", " c=always"},
		{"a|-n|b|-y", "ny [a] [b]"},
		{"-n|--|-y|--|x", "n [-y] [--] [x]"},
		{"-", " [-]"},
		{"|-n", "n []"},
		/* errors */
		{"-x", "unknown option '-x'"},
		{"-nx", "unknown option '-nx'"},
		{"--x", "unknown option '--x'"},
		{"--dryrun", "unknown option '--dryrun'; did you mean '--dry-run'?"},
		{"--hepl", "unknown option '--hepl'; did you mean '--help'?"},
		{"--dry", "unknown option '--dry'"},
		{"---n", "unknown option '---n'"},
		{"--=x", "unknown option '--=x'"},
		{"--yes=1", "'--yes' takes no value"},
		{"--branch", "'--branch' needs a value: NAME"},
		{"-b", "'-b' needs a value: NAME"},
		{"-nb", "'-b' needs a value: NAME"},
		{"--color", "'--color' needs a value: WHEN"},
		{"--color=", "'--color=' takes one of auto, always, never, not ''"},
		{"--color|red", "'--color' takes one of auto, always, never, not 'red'"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char got[512];
		run(rows[i].line, false, got, sizeof(got));
		check_text(rows[i].line, got, rows[i].want);
	}
}

static void test_first_word_ends(void **state) {
	(void)state;
	static const char *const rows[][2] = {
		{"-n|sync|-y", "n [sync] [-y]"},
		{"sync|--help", " [sync] [--help]"},
		{"-n|--|-y", "n [-y]"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char got[512];
		run(rows[i][0], true, got, sizeof(got));
		check_text(rows[i][0], got, rows[i][1]);
	}
}

static void test_no_words(void **state) {
	(void)state;
	int argc = 0;
	char *argv[] = {NULL};
	struct err err = {0};
	assert_int_equal(opt_parse(NULL, NULL, NULL, NULL, false, &argc, argv, &err), 0);
	assert_int_equal(argc, 0);
}

static void test_help(void **state) {
	(void)state;
	struct buf buf = BUF_INIT;
	opt_help(opts, &buf);
	opt_help(globals, &buf);
	opt_help(NULL, &buf);
	assert_string_equal(buf.data,
			"  -n, --dry-run             change nothing\n"
			"  -y, --yes                 say yes\n"
			"  -b, --branch=NAME         a branch\n"
			"  -h, --help                help\n"
			"      --color=WHEN          colour\n");
	buf_release(&buf);
}

struct rest_values {
	bool yes;
	const char *group;
	char **args;
};

static const struct opt rest_opts[] = {
	{'y', "yes", OPT_FLAG, offsetof(struct rest_values, yes), NULL, NULL, "say yes"},
	{'g', "group", OPT_STRING, offsetof(struct rest_values, group), "NAME", NULL, "a group"},
	{0, NULL, OPT_REST, offsetof(struct rest_values, args), "ARGS", NULL, "another program's"},
};

/* What stands behind "--" is handed on as it is, whatever it looks like. */
static void test_rest(void **state) {
	(void)state;
	static const char *const rows[][2] = {
		{"a|b", "[a][b]"},
		{"a|--", "[a] --"},
		{"a|--|", "[a] -- []"},
		{"--|--asdeps", " -- [--asdeps]"},
		{"a|-y|--|--overwrite|*|b", "y[a] -- [--overwrite][*][b]"},
		{"-y|a|-g|x|--|-y|--group|z", "y g=x[a] -- [-y][--group][z]"},
		{"a|--|b|--|c", "[a] -- [b][--][c]"},
		{"-g|--|a|--|b", " g=--[a] -- [b]"},
		{"a|-|--|-", "[a][-] -- [-]"},
		{"a|--|--no-such", "[a] -- [--no-such]"},
		{"a|--no-such|--|b", "unknown option '--no-such'"},
		{"a|-g", "'-g' needs a value: NAME"},
		/* The row has no name to be found by. */
		{"a|--=x", "unknown option '--=x'"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char words[128];
		char *argv[WORDS_MAX + 2] = {(char *)(uintptr_t)"install"};
		int argc = 1;
		(void)snprintf(words, sizeof(words), "%s", rows[i][0]);
		for (char *at = words; at != NULL; argc++) {
			char *bar = strchr(at, '|');
			if (bar != NULL) {
				*bar++ = '\0';
			}
			argv[argc] = at;
			at = bar;
		}
		assert_true(argc <= WORDS_MAX + 1);
		argv[argc] = NULL;
		struct rest_values values = {0};
		struct global global = {0};
		struct err err = {0};
		struct buf got = BUF_INIT;
		if (opt_parse(rest_opts, &values, globals, &global, false, &argc, argv, &err) < 0) {
			buf_adds(&got, err.text);
			err_release(&err);
		} else {
			buf_addf(&got, "%s%s%s", values.yes ? "y" : "", values.group != NULL ? " g=" : "",
					values.group != NULL ? values.group : "");
			for (int j = 1; j < argc; j++) {
				buf_addf(&got, "[%s]", argv[j]);
			}
			buf_adds(&got, values.args != NULL ? " -- " : "");
			for (char **arg = values.args; arg != NULL && *arg != NULL; arg++) {
				buf_addf(&got, "[%s]", *arg);
			}
			if (got.len > 4 && values.args != NULL && values.args[0] == NULL) {
				got.data[--got.len] = '\0'; /* the blank */
			}
		}
		check_text(rows[i][0], got.data, rows[i][1]);
		buf_release(&got);
	}
	struct buf help = BUF_INIT;
	opt_help(rest_opts, &help);
	assert_string_equal(help.data,
			"  -y, --yes                 say yes\n"
			"  -g, --group=NAME          a group\n"
			"  -- ARGS                    another program's\n");
	buf_release(&help);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_first_word_ends),
		cmocka_unit_test(test_no_words),
		cmocka_unit_test(test_help),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
