/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Command-line options as tables: parsing, help and completions come from the
 * same rows.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum opt_kind {
	OPT_FLAG,   /* bool */
	OPT_STRING, /* const char *, NULL while not given */
	OPT_CHOICE, /* int: index into `choices`, -1 while not given */
	/* char **: what stands behind "--", another program's; NULL without one. The table's last
	 * row, without a name. */
	OPT_REST,
};

struct opt {
	char letter;      /* 0 for none */
	const char *name; /* without the dashes; NULL ends the table */
	enum opt_kind kind;
	size_t offset;    /* of the member in the options struct */
	const char *arg;  /* what the value is called in the help; NULL for flags */
	const char *const *choices; /* OPT_CHOICE: NULL-terminated */
	const char *help;
};

/*
 * Moves the options found in argv[1…] into `values` (by `opts`) or `global`
 * (by `globals`), and what remains into argv[0…] after the first element;
 * *argc is the new count. "--" ends the options, and with OPT_REST the arguments. With `first_word_ends` the
 * first argument that is no option ends them too.
 */
int opt_parse(const struct opt *opts, void *values, const struct opt *globals, void *global,
		bool first_word_ends, int *argc, char **argv, struct err *err);

/* Sets OPT_CHOICE members to -1; the struct must be zeroed. */
void opt_defaults(const struct opt *opts, void *values);

/* One line an option, aligned. */
void opt_help(const struct opt *opts, struct buf *out);
