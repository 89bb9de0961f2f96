/* SPDX-License-Identifier: MIT */
#include "base/opt.h"

#include <string.h>

#include "base/str.h"
#include "base/typo.h"

/* More options than any command has; the list is only for "did you mean". */
enum { NAMES_MAX = 32 };

struct tables {
	const struct opt *opts, *globals;
	void *values, *global;
};

static const struct opt *find(const struct opt *opts, char letter, struct str name) {
	for (const struct opt *opt = opts; opt != NULL && opt->name != NULL; opt++) {
		if (letter != 0 ? opt->letter == letter : str_is(name, opt->name)) {
			return opt;
		}
	}
	return NULL;
}

static const struct opt *lookup(const struct tables *tables, char letter, struct str name,
		void **ret_values) {
	*ret_values = tables->values;
	const struct opt *opt = find(tables->opts, letter, name);
	if (opt == NULL) {
		*ret_values = tables->global;
		opt = find(tables->globals, letter, name);
	}
	return opt;
}

static int unknown(const struct tables *tables, const char *word, struct str name,
		struct err *err) {
	const char *names[NAMES_MAX + 1] = {0};
	size_t count = 0;
	const struct opt *both[] = {tables->opts, tables->globals};
	for (size_t i = 0; i < 2; i++) {
		for (const struct opt *opt = both[i]; opt != NULL && opt->name != NULL; opt++) {
			if (count < NAMES_MAX) {
				names[count++] = opt->name;
			}
		}
	}
	const char *nearest = name.n > 0 ? typo_nearest(name, names) : NULL;
	if (nearest != NULL) {
		return err_set(err, ERR_USAGE, "unknown option '%s'; did you mean '--%s'?", word,
				nearest);
	}
	return err_set(err, ERR_USAGE, "unknown option '%s'", word);
}

static int store(const struct opt *opt, void *values, const char *value, const char *word,
		struct err *err) {
	void *member = (char *)values + opt->offset;
	switch (opt->kind) {
	case OPT_FLAG:
		*(bool *)member = true;
		return 0;
	case OPT_STRING:
		*(const char **)member = value;
		return 0;
	case OPT_CHOICE:
		for (int i = 0; opt->choices[i] != NULL; i++) {
			if (streq(opt->choices[i], value)) {
				*(int *)member = i;
				return 0;
			}
		}
		break;
	case OPT_REST:
		return 0; /* has no name to be found by */
	}
	struct buf known = BUF_INIT;
	for (int i = 0; opt->choices[i] != NULL; i++) {
		buf_addf(&known, "%s%s", i > 0 ? ", " : "", opt->choices[i]);
	}
	(void)err_set(err, ERR_USAGE, "'%s' takes one of %s, not '%s'", word, known.data, value);
	buf_release(&known);
	return -1;
}

/* "--name", "--name=value" or "--name value". */
static int parse_long(const struct tables *tables, int argc, char **argv, int *at,
		struct err *err) {
	const char *word = argv[*at];
	const char *equals = strchr(word, '=');
	struct str name = {word + 2, equals != NULL ? (size_t)(equals - word) - 2 : strlen(word) - 2};
	void *values;
	const struct opt *opt = lookup(tables, 0, name, &values);
	if (opt == NULL) {
		return unknown(tables, word, name, err);
	}
	const char *value = equals != NULL ? equals + 1 : NULL;
	if (opt->kind == OPT_FLAG && value != NULL) {
		return err_set(err, ERR_USAGE, "'--%s' takes no value", opt->name);
	}
	if (opt->kind != OPT_FLAG && value == NULL) {
		if (*at + 1 >= argc) {
			return err_set(err, ERR_USAGE, "'--%s' needs a value: %s", opt->name,
					opt->arg);
		}
		value = argv[++*at];
	}
	return store(opt, values, value, word, err);
}

/* "-ny", "-gvalue" or "-g value". */
static int parse_letters(const struct tables *tables, int argc, char **argv, int *at,
		struct err *err) {
	const char *word = argv[*at];
	for (const char *letter = word + 1; *letter != '\0'; letter++) {
		void *values;
		const struct opt *opt = lookup(tables, *letter, (struct str){0}, &values);
		if (opt == NULL) {
			return unknown(tables, word, (struct str){0}, err);
		}
		if (opt->kind == OPT_FLAG) {
			if (store(opt, values, NULL, word, err) < 0) {
				return -1;
			}
			continue;
		}
		const char *value = letter + 1;
		if (*value == '\0') {
			if (*at + 1 >= argc) {
				return err_set(err, ERR_USAGE, "'-%c' needs a value: %s",
						opt->letter, opt->arg);
			}
			value = argv[++*at];
		}
		return store(opt, values, value, word, err);
	}
	return 0;
}

/* The row that ends the table. */
static const struct opt *rest_of(const struct opt *opts) {
	while (opts->name != NULL) {
		opts++;
	}
	return opts;
}

/* Where to put what stands behind "--", or NULL: it is arguments like those in front. */
static char ***rest_member(const struct opt *opts, void *values) {
	if (opts == NULL || rest_of(opts)->kind != OPT_REST) {
		return NULL;
	}
	void *member = (char *)values + rest_of(opts)->offset;
	return member;
}

int opt_parse(const struct opt *opts, void *values, const struct opt *globals, void *global,
		bool first_word_ends, int *argc, char **argv, struct err *err) {
	struct tables tables = {opts, globals, values, global};
	int kept = *argc > 0 ? 1 : 0;
	char ***rest = rest_member(opts, values);
	bool ended = false;
	for (int i = 1; i < *argc; i++) {
		const char *word = argv[i];
		int result = 0;
		if (ended || word[0] != '-' || word[1] == '\0') {
			ended = ended || first_word_ends;
			argv[kept++] = argv[i];
		} else if (streq(word, "--") && rest != NULL) {
			*rest = argv + i + 1;
			break;
		} else if (streq(word, "--")) {
			ended = true;
		} else if (word[1] == '-') {
			result = parse_long(&tables, *argc, argv, &i, err);
		} else {
			result = parse_letters(&tables, *argc, argv, &i, err);
		}
		if (result < 0) {
			return -1;
		}
	}
	*argc = kept;
	argv[kept] = NULL;
	return 0;
}

void opt_defaults(const struct opt *opts, void *values) {
	for (const struct opt *opt = opts; opt != NULL && opt->name != NULL; opt++) {
		if (opt->kind == OPT_CHOICE) {
			void *member = (char *)values + opt->offset;
			*(int *)member = -1;
		}
	}
}

void opt_help(const struct opt *opts, struct buf *out) {
	for (const struct opt *opt = opts; opt != NULL && opt->name != NULL; opt++) {
		size_t start = out->len;
		if (opt->letter != 0) {
			buf_addf(out, "  -%c, --%s", opt->letter, opt->name);
		} else {
			buf_addf(out, "      --%s", opt->name);
		}
		if (opt->arg != NULL) {
			buf_addf(out, "=%s", opt->arg);
		}
		size_t width = out->len - start;
		buf_addf(out, "%*s%s\n", width < 26 ? (int)(28 - width) : 2, "", opt->help);
	}
	if (opts != NULL && rest_of(opts)->kind == OPT_REST) {
		buf_addf(out, "  -- %-23s %s\n", rest_of(opts)->arg, rest_of(opts)->help);
	}
}
