/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * .env files: names and values, no program. Nothing is expanded, nothing is run: a `$`
 * is a `$`, in all quotes and without.
 *
 *   NAME=value            up to the end of the line; blanks at both ends are dropped
 *   NAME=value # comment  a "#" behind a blank begins one
 *   export NAME=value     the same
 *   NAME = value          the same
 *   NAME='a $b "c" \d'    every byte as it stands, over several lines too
 *   NAME="a\n\"b\" \\"    \n \r \t \\ \" \' \$ \`; a backslash at a line's end joins two
 *                         lines; before other characters it is a backslash
 *
 * Lines end with LF or CRLF; in quotes both give LF. A byte order mark is passed over.
 * Values may hold any bytes but NUL. Whatever else there is, is an error, and then no
 * line of the file counts.
 */

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "flow/environ.h"

enum {
	DOTENV_SIZE_MAX = 1024 * 1024,
	DOTENV_PAIRS_MAX = ENVIRON_PAIRS_MAX,
};

/*
 * Appends the pairs, in the order of the file, with copies in the arena. `shown` is the
 * file's name in messages: "'.env':3: no '=' behind 'NAME'". On error nothing is appended.
 */
int dotenv_parse(struct env_pairs *pairs, const char *bytes, size_t size,
		enum env_source source, const char *shown, struct arena *arena, struct err *err);
