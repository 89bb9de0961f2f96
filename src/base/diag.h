/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Problems found in a text: collected while it is read, so that all of them
 * are reported, and rendered once, as
 *
 *   error: lumina.yaml:14:11: unknown key 'form'; did you mean 'from'?
 *      14 |   - form: nvim
 *         |     ^~~~
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

/* A text that was read from a file. */
struct source {
	const char *path;  /* to open it: absolute */
	const char *name;  /* to show it: "lumina.yaml", "registry/fonts.yaml" */
	const char *bytes; /* NUL-terminated behind `size` */
	uint32_t size;
	/* Where each line starts: made by the first span_position(), on the heap. */
	uint32_t *lines;
	uint32_t nlines;
};

void source_release(struct source *source);

/* A place in a source: bytes [start, end). `source` is NULL for "nowhere". */
struct span {
	struct source *source;
	uint32_t start, end;
};

struct diag {
	struct span at;
	const char *text;
	unsigned file;  /* number of its source among the sources with problems */
	unsigned found; /* number of the problem, in the order of finding */
	struct diag *next;
};

struct diags {
	struct arena *arena;
	struct diag *first, *last;
	unsigned count;
};

/* Lines and columns count from 1; columns in characters. */
struct position {
	unsigned line, column;
};
struct position span_position(struct span span);

/* "lumina.yaml:14:11" in the arena; "" for nowhere. */
const char *span_describe(struct span span, struct arena *arena);

void diag_add(struct diags *diags, struct span at, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

struct paint;

/* Every problem, file by file in the order of their places, with its line and a caret. */
void diags_render(const struct diags *diags, const struct paint *paint, struct buf *out);
