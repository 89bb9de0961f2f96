/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The form of Lumina's state files: ownership record, journal, generations.
 *
 *   lumina owned 1                     the kind of file, and its version
 *   link<TAB>~/.zshrc<TAB>…            one record a line, fields between tabs
 *   end<TAB>xxh3:0123456789abcdef      checksum of every byte before this line
 *
 * In a field, backslash, tab, newline and other control characters are written
 * \\ \t \n \xHH, so that the file can be read with less(1). A file whose last
 * line isn't its checksum is no record at all.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { RECORD_FIELDS_MAX = 16 };

/* Writing. */
void record_begin(struct buf *out, const char *kind, unsigned version);
/* A field after a tab, or the line's first; NULL is written as "-", "-" as "\x2d". */
void record_word(struct buf *out, const char *word);
void record_field(struct buf *out, const char *field);
void record_number(struct buf *out, uint64_t number);
void record_newline(struct buf *out);
void record_end(struct buf *out);

/* Reading: the bytes are changed in place and must outlive the fields. */
struct record_reader {
	char *next, *end;
	bool broken; /* a line that isn't one; nothing is read behind it */
};

enum record_state {
	RECORD_GOOD,
	RECORD_DAMAGED, /* checksum, form, or kind */
	RECORD_NEWER,   /* a later Lumina's version */
};

enum record_state record_open(struct record_reader *reader, char *bytes, size_t size,
		const char *kind, unsigned version);

/* One line's fields ("-" is NULL, missing ones are NULL); the count, or 0 at the end. */
size_t record_next(struct record_reader *reader, char *fields[RECORD_FIELDS_MAX]);

/* True once every line was read, and was good. */
bool record_is_done(const struct record_reader *reader);

/* A decimal number of 64 bits; false if the field is none. */
bool record_parse_number(const char *field, uint64_t *ret);
