/* SPDX-License-Identifier: MIT */
#pragma once

/* Records as bytes that a parser may change: whole, cut, damaged, forged. */

#include "test.h"

#include "state/record.h"

/* A heap copy of exactly n bytes: a sanitizer sees every read beyond it. */
static inline char *exact_copy(const char *bytes, size_t n) {
	char *copy = malloc(n > 0 ? n : 1);
	memcpy(copy, bytes, n);
	return copy;
}

/* The body with the checksum that fits it; the caller releases the buffer. */
static inline void seal(struct buf *out, const char *body, size_t n) {
	buf_clear(out);
	buf_add(out, body, n);
	record_end(out);
}

typedef enum record_state (*parse_fn)(char *bytes, size_t size);

/* One flipped bit or byte anywhere, and every length but the whole, must be noticed. */
static inline void check_damage(const struct buf *whole, parse_fn parse) {
	static const char flips[] = {1, 0x20, (char)0x80, (char)0xff};
	for (size_t i = 0; i < whole->len * COUNT(flips); i++) {
		char *copy = exact_copy(whole->data, whole->len);
		copy[i / COUNT(flips)] ^= flips[i % COUNT(flips)];
		check(parse(copy, whole->len) == RECORD_DAMAGED, "byte %zu changed by %x: taken",
				i / COUNT(flips), (unsigned char)flips[i % COUNT(flips)]);
		free(copy);
	}
	for (size_t n = 0; n < whole->len; n++) {
		char *copy = exact_copy(whole->data, n);
		check(parse(copy, n) == RECORD_DAMAGED, "cut at byte %zu: taken", n);
		free(copy);
	}
	char *longer = exact_copy(whole->data, whole->len + 1);
	longer[whole->len] = '\n';
	check(parse(longer, whole->len + 1) == RECORD_DAMAGED, "with a byte more: taken");
	free(longer);
	char *copy = exact_copy(whole->data, whole->len);
	check(parse(copy, whole->len) == RECORD_GOOD, "the whole is refused");
	free(copy);
}
