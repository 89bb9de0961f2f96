/* SPDX-License-Identifier: MIT */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/paint.h"
#include "base/utf8.h"
#include "base/vec.h"

/* Long lines are cut in the excerpt: a registry can be one line of 16 MiB. */
enum { EXCERPT_MAX = 160 };

static unsigned count_columns(const char *bytes, uint32_t n) {
	unsigned columns = 0;
	for (uint32_t i = 0; i < n; columns++) {
		uint32_t code;
		size_t size = utf8_decode(bytes + i, n - i, &code);
		i += size > 0 ? (uint32_t)size : 1;
	}
	return columns;
}

static uint32_t bom_size(const struct source *source) {
	return source->size >= 3 && memcmp(source->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static void index_lines(struct source *source) {
	struct {
		uint32_t *items;
		size_t count, room;
	} lines = {0};
	VEC_ADD(&lines, 0);
	for (const char *p = source->bytes, *end = source->bytes + source->size; p < end;) {
		p = memchr(p, '\n', (size_t)(end - p));
		if (p == NULL) {
			break;
		}
		p++;
		VEC_ADD(&lines, (uint32_t)(p - source->bytes));
	}
	source->lines = lines.items;
	source->nlines = (uint32_t)lines.count;
}

void source_release(struct source *source) {
	free(source->lines);
	source->lines = NULL;
	source->nlines = 0;
}

/* Index of the line that holds the byte. */
static uint32_t find_line(struct source *source, uint32_t at) {
	if (source->lines == NULL) {
		index_lines(source);
	}
	uint32_t low = 0, high = source->nlines;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (source->lines[middle] <= at) {
			low = middle;
		} else {
			high = middle;
		}
	}
	return low;
}

struct position span_position(struct span span) {
	struct source *source = span.source;
	if (source == NULL) {
		return (struct position){1, 1};
	}
	uint32_t at = span.start < source->size ? span.start : source->size;
	uint32_t line = find_line(source, at);
	uint32_t start = source->lines[line];
	/* A byte order mark is no character of the first line. */
	if (start == 0 && at >= bom_size(source)) {
		start = bom_size(source);
	}
	return (struct position){line + 1, 1 + count_columns(source->bytes + start, at - start)};
}

const char *span_describe(struct span span, struct arena *arena) {
	if (span.source == NULL) {
		return "";
	}
	struct position pos = span_position(span);
	return arena_printf(arena, "%s:%u:%u", span.source->name, pos.line, pos.column);
}

/* Problems mostly come file by file: the last one's is asked first. */
static unsigned file_number(const struct diags *diags, const struct source *source) {
	if (diags->last != NULL && diags->last->at.source == source) {
		return diags->last->file;
	}
	unsigned next = 0;
	for (const struct diag *other = diags->first; other != NULL; other = other->next) {
		if (other->at.source == source) {
			return other->file;
		}
		next = other->file >= next ? other->file + 1 : next;
	}
	return next;
}

void diag_add(struct diags *diags, struct span at, const char *format, ...) {
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	size_t size = n > 0 ? (size_t)n + 1 : 1;
	char *text = arena_zalloc(diags->arena, size);
	(void)vsnprintf(text, size, format, again);
	va_end(again);

	struct diag *diag = arena_zalloc(diags->arena, sizeof(*diag));
	*diag = (struct diag){
		.at = at,
		.text = text,
		.file = file_number(diags, at.source),
		.found = diags->count,
	};
	if (diags->last != NULL) {
		diags->last->next = diag;
	} else {
		diags->first = diag;
	}
	diags->last = diag;
	diags->count++;
}

/* Part of a line, made safe, tabs as blanks; returns how many columns it takes. */
static unsigned add_excerpt(struct buf *out, const char *bytes, uint32_t n) {
	size_t start = out->len;
	for (uint32_t i = 0; i < n;) {
		uint32_t run = i;
		while (run < n && bytes[run] != '\t') {
			run++;
		}
		buf_add_shown(out, bytes + i, run - i);
		if (run < n) {
			buf_addc(out, ' ');
		}
		i = run + 1;
	}
	return count_columns(out->data + start, (uint32_t)(out->len - start));
}

/* The line that holds the span, and a caret under it. */
static void render_excerpt(struct span at, unsigned line, const struct paint *paint,
		struct buf *out) {
	const struct source *source = at.source;
	uint32_t first = source->lines[line - 1];
	first += first == 0 ? bom_size(source) : 0;
	uint32_t last = first;
	while (last < source->size && source->bytes[last] != '\n' && source->bytes[last] != '\r') {
		last++;
	}
	uint32_t shift = at.start > first ? at.start - first : 0;
	if (last - first > EXCERPT_MAX || shift > last - first) {
		return;
	}
	uint32_t end = at.end < last ? at.end : last;
	uint32_t start = first + shift;
	if (end < start) {
		end = start;
	}
	buf_addf(out, "%s%5u |%s ", paint->dim, line, paint->off);
	unsigned before = add_excerpt(out, source->bytes + first, start - first);
	unsigned width = add_excerpt(out, source->bytes + start, end - start);
	(void)add_excerpt(out, source->bytes + end, last - end);
	buf_addf(out, "\n%s      |%s %*s%s^", paint->dim, paint->off, (int)before, "",
			paint->green);
	for (unsigned i = 1; i < width; i++) {
		buf_addc(out, '~');
	}
	buf_addf(out, "%s\n", paint->off);
}

/* Files keep the order in which they were first heard of. */
static int compare_diags(const void *a, const void *b) {
	const struct diag *left = *(const struct diag *const *)a;
	const struct diag *right = *(const struct diag *const *)b;
	if (left->file != right->file) {
		return left->file < right->file ? -1 : 1;
	}
	if (left->at.start != right->at.start) {
		return left->at.start < right->at.start ? -1 : 1;
	}
	return left->found < right->found ? -1 : left->found > right->found;
}

void diags_render(const struct diags *diags, const struct paint *paint, struct buf *out) {
	const struct diag **sorted =
			arena_alloc(diags->arena, diags->count * sizeof(struct diag *));
	unsigned count = 0;
	for (const struct diag *diag = diags->first; diag != NULL; diag = diag->next) {
		sorted[count++] = diag;
	}
	qsort(sorted, count, sizeof(struct diag *), compare_diags);
	for (unsigned i = 0; i < count; i++) {
		const struct diag *diag = sorted[i];
		struct span at = diag->at;
		buf_addf(out, "%serror:%s ", paint->red, paint->off);
		if (at.source != NULL) {
			struct position pos = span_position(at);
			buf_add_shown(out, at.source->name, strlen(at.source->name));
			buf_addf(out, ":%u:%u: ", pos.line, pos.column);
		}
		buf_add_shown(out, diag->text, strlen(diag->text));
		buf_addc(out, '\n');
		if (at.source != NULL && at.source->size > 0) {
			render_excerpt(at, span_position(at).line, paint, out);
		}
	}
}
