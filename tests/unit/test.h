/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What every unit test includes. Of cmocka only what 1.1.5 and 2.0 share: the
 * runner, fail_msg() and the asserts for true, integers, texts and memory.
 */

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Ends the test with a message that names the row of the table. */
#define check(condition, ...)                                                                    \
	do {                                                                                     \
		if (!(condition)) {                                                              \
			fail_msg(__VA_ARGS__);                                                   \
		}                                                                                \
	} while (0)

/* Adds bytes as a test's message can hold them: hostile ones escaped. */
static inline const char *shown(struct arena *arena, const char *text) {
	if (text == NULL) {
		return "(null)";
	}
	struct buf buf = BUF_INIT;
	buf_add_shown(&buf, text, strlen(text));
	const char *copy = arena_strndup(arena, buf.data, buf.len);
	buf_release(&buf);
	return copy;
}

static inline void check_text(const char *row, const char *got, const char *want) {
	bool same = got == want || (got != NULL && want != NULL && strcmp(got, want) == 0);
	if (!same) {
		struct arena arena;
		arena_init(&arena);
		print_error("%s\n", shown(&arena, row));
		print_error("  expected: %s\n", shown(&arena, want));
		print_error("  got:      %s\n", shown(&arena, got));
		arena_release(&arena);
		fail();
	}
}

/* A source over bytes that live elsewhere. */
static inline struct source source_of(const char *bytes, size_t size) {
	return (struct source){
		.path = "/p/lumina.yaml",
		.name = "lumina.yaml",
		.bytes = bytes,
		.size = (uint32_t)size,
	};
}

/* Every problem on its own line, "line:column: text". */
static inline const char *diags_text(const struct diags *diags, struct arena *arena) {
	struct buf buf = BUF_INIT;
	for (const struct diag *diag = diags->first; diag != NULL; diag = diag->next) {
		struct position pos = span_position(diag->at);
		buf_addf(&buf, "%s%u:%u: %s", buf.len > 0 ? "\n" : "", pos.line, pos.column,
				diag->text);
	}
	const char *text = arena_strndup(arena, buf.data, buf.len);
	buf_release(&buf);
	return text;
}
