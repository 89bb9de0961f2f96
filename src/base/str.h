/* SPDX-License-Identifier: MIT */
#pragma once

/* A view of bytes owned by somebody else; not NUL-terminated. */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

static inline struct str str_of(const char *text) {
	return (struct str){text, strlen(text)};
}

static inline bool str_eq(struct str a, struct str b) {
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *text) {
	return str_eq(a, str_of(text));
}

static inline bool str_starts(struct str a, const char *prefix) {
	size_t n = strlen(prefix);
	return a.n >= n && memcmp(a.p, prefix, n) == 0;
}

static inline bool str_ends(struct str a, const char *ending) {
	size_t n = strlen(ending);
	return a.n >= n && memcmp(a.p + a.n - n, ending, n) == 0;
}

static inline bool streq(const char *a, const char *b) {
	return strcmp(a, b) == 0;
}

/* The same where there may be none: NULL is like NULL only. */
static inline bool str_same(const char *a, const char *b) {
	return a == NULL || b == NULL ? a == b : streq(a, b);
}
