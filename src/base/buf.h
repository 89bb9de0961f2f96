/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A growing string.
 *
 * Invariants: after buf_init() (or `= BUF_INIT`) `data` is never NULL, and
 * data[len] is always NUL; the content may hold any bytes.
 */

#include <stddef.h>

#include "base/str.h"

struct buf {
	char *data;
	size_t len, room;
};

extern char buf_empty[];
#define BUF_INIT {buf_empty, 0, 0}

void buf_init(struct buf *buf);
/* Frees the content; the buffer is empty and usable afterwards. */
void buf_release(struct buf *buf);
/* Keeps the memory. */
void buf_clear(struct buf *buf);
/* Makes room for `more` further bytes. */
void buf_reserve(struct buf *buf, size_t more);

void buf_add(struct buf *buf, const char *bytes, size_t n);
void buf_adds(struct buf *buf, const char *text);
void buf_addc(struct buf *buf, char c);
void buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Adds text from a file, path or program so that a terminal can't be fooled by
 * it: control characters (C0, DEL, C1), bidirectional and zero-width marks,
 * line separators and bytes that aren't UTF-8 become \n, \t, \e, \xHH or
 * \u{HEX}. One line stays one line.
 */
void buf_add_shown(struct buf *buf, const char *bytes, size_t n);

/* In single quotes, for the shells: bash, zsh and fish. */
void buf_add_quoted(struct buf *buf, const char *text);

#define _cleanup_buf_ __attribute__((cleanup(buf_release)))
