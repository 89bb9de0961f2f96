/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Answers to a shell's hook: lines that the shell evaluates. Each is the name of a
 * function that the hook defines, and quoted words:
 *
 *   _lumina_set NODE_ENV 'development'
 *   _lumina_unset X
 *   #lumina:end
 *
 * The last line is the mark by which the hook knows that the answer is whole. Quoting
 * never puts a line end into a line, whatever a word holds, so that no part of an
 * answer looks like a whole one.
 *
 * Words may hold any bytes but NUL. zsh and bash get pure ASCII, so that what their
 * locale makes of bytes doesn't matter. fish gets UTF-8 as it is, and other bytes
 * escaped, which it keeps for programs as they were, in UTF-8 and C locales; in others
 * it decodes and encodes all text, not always to the same bytes.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "flow/environ.h"

enum shell {
	SHELL_ZSH,
	SHELL_BASH,
	SHELL_FISH,
};

/* False if there is no such shell here. */
bool shell_parse(const char *name, enum shell *ret);
const char *shell_name(enum shell shell);

/* One word. */
void shell_quote(enum shell shell, const char *word, struct buf *out);

/* A line: the function's name, a blank, the word; NULL: no word. */
void shell_call(enum shell shell, const char *function, const char *word, struct buf *out);

/* Lines for the steps. */
void shell_steps(enum shell shell, const struct env_change *change, struct buf *out);

/* The mark. An answer without any line before it is one, too. */
void shell_end(struct buf *out);
