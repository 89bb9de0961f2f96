/* SPDX-License-Identifier: MIT */
#include "text/runs.h"

#include <string.h>

#include "base/vec.h"

/* Shorter runs aren't worth the cut. */
enum { RUN_MIN = 8 };

enum line_kind { LINE_OTHER, LINE_EMPTY, LINE_PAIR };

/* 1: may begin a key or value, 2: may stand behind; no indicator of YAML is among them. */
static const unsigned char harmless[256] = {
	['0'] = 3, ['1'] = 3, ['2'] = 3, ['3'] = 3, ['4'] = 3, ['5'] = 3, ['6'] = 3, ['7'] = 3,
	['8'] = 3, ['9'] = 3, ['A'] = 3, ['B'] = 3, ['C'] = 3, ['D'] = 3, ['E'] = 3, ['F'] = 3,
	['G'] = 3, ['H'] = 3, ['I'] = 3, ['J'] = 3, ['K'] = 3, ['L'] = 3, ['M'] = 3, ['N'] = 3,
	['O'] = 3, ['P'] = 3, ['Q'] = 3, ['R'] = 3, ['S'] = 3, ['T'] = 3, ['U'] = 3, ['V'] = 3,
	['W'] = 3, ['X'] = 3, ['Y'] = 3, ['Z'] = 3, ['a'] = 3, ['b'] = 3, ['c'] = 3, ['d'] = 3,
	['e'] = 3, ['f'] = 3, ['g'] = 3, ['h'] = 3, ['i'] = 3, ['j'] = 3, ['k'] = 3, ['l'] = 3,
	['m'] = 3, ['n'] = 3, ['o'] = 3, ['p'] = 3, ['q'] = 3, ['r'] = 3, ['s'] = 3, ['t'] = 3,
	['u'] = 3, ['v'] = 3, ['w'] = 3, ['x'] = 3, ['y'] = 3, ['z'] = 3, ['_'] = 3, ['.'] = 3,
	['/'] = 3, ['~'] = 3, ['$'] = 3, ['+'] = 2, ['@'] = 2, ['='] = 2, ['%'] = 2, ['-'] = 2,
};

/* A key longer than this is no implicit key to YAML (1,024 characters). */
enum { WORD_MAX = 1000 };

/* End of the word at `at`; `at` itself if there is none. */
static uint32_t word_end(const char *text, uint32_t at, uint32_t end) {
	const unsigned char *start = (const unsigned char *)text + at;
	const unsigned char *stop = (const unsigned char *)text + end, *next = start;
	if (at == end || (harmless[*start] & 1) == 0) {
		return at;
	}
	while (next < stop && (harmless[*next] & 2) != 0) {
		next++;
	}
	return next - start <= WORD_MAX ? at + (uint32_t)(next - start) : at;
}

static uint32_t skip_blanks(const char *text, uint32_t at, uint32_t end) {
	while (at < end && text[at] == ' ') {
		at++;
	}
	return at;
}

/*
 * A comment that holds what some YAML takes for a line end (a lone CR, NEL, LS or
 * PS, by their last bytes) may hide a line of its own.
 */
static bool is_one_line(const char *text, uint32_t at, uint32_t end) {
	for (; at < end; at++) {
		unsigned char byte = (unsigned char)text[at];
		if (byte == '\r' || byte == 0x85 || byte == 0xa8 || byte == 0xa9) {
			return false;
		}
	}
	return true;
}

/* [at, end) is a line without its line end. */
static enum line_kind classify(const char *text, uint32_t at, uint32_t end,
		struct pair_line *ret) {
	uint32_t start = at;
	if (end > at && text[end - 1] == '\r') {
		end--;
	}
	at = skip_blanks(text, at, end);
	if (at == end || text[at] == '#') {
		return is_one_line(text, at, end) ? LINE_EMPTY : LINE_OTHER;
	}
	ret->key = at;
	ret->key_end = at = word_end(text, at, end);
	if (at == ret->key || ret->key == start || at == end || text[at] != ':') {
		return LINE_OTHER;
	}
	at++;
	ret->value = skip_blanks(text, at, end);
	ret->value_end = word_end(text, ret->value, end);
	if (ret->value == at || ret->value_end == ret->value) {
		return LINE_OTHER;
	}
	at = skip_blanks(text, ret->value_end, end);
	bool comment = at > ret->value_end && at < end && text[at] == '#' &&
			is_one_line(text, at, end);
	return at == end || comment ? LINE_PAIR : LINE_OTHER;
}

/* End of the line at `at`, without its newline. */
static uint32_t line_end(const char *text, uint32_t at, uint32_t size) {
	const char *newline = memchr(text + at, '\n', size - at);
	return newline != NULL ? (uint32_t)(newline - text) : size;
}

/* A run while it grows. */
struct growing {
	struct pair_line first;
	uint32_t indent;
	uint32_t second;     /* start of the line behind the first */
	uint32_t last_start; /* start of the last pair's line */
	unsigned count;
};

static void finish(struct runs *runs, struct growing *growing, const char *text,
		uint32_t *copied, struct buf *out) {
	if (growing->count >= RUN_MIN) {
		buf_add(out, text + *copied, growing->second - *copied);
		VEC_ADD(runs, (struct run){growing->first, growing->second, growing->last_start,
					(uint32_t)out->len});
		*copied = growing->last_start;
	}
	growing->count = 0;
}

void runs_find(struct runs *runs, const char *text, uint32_t size, struct buf *ret_short) {
	struct growing growing = {0};
	uint32_t copied = 0;
	*runs = (struct runs){0};
	for (uint32_t at = 0; at < size;) {
		struct pair_line pair;
		uint32_t end = line_end(text, at, size);
		uint32_t next = end < size ? end + 1 : size;
		enum line_kind kind = classify(text, at, end, &pair);
		bool joins = kind == LINE_PAIR && growing.count > 0 &&
				pair.key - at == growing.indent;
		if (kind == LINE_OTHER || (kind == LINE_PAIR && !joins)) {
			finish(runs, &growing, text, &copied, ret_short);
		}
		if (kind == LINE_PAIR) {
			if (growing.count++ == 0) {
				growing.first = pair;
				growing.indent = pair.key - at;
				growing.second = next;
			}
			growing.last_start = at;
		}
		at = next;
	}
	finish(runs, &growing, text, &copied, ret_short);
	buf_add(ret_short, text + copied, size - copied);
}

void runs_release(struct runs *runs) {
	VEC_RELEASE(runs);
}

bool runs_next(const char *text, uint32_t *at, uint32_t end, struct pair_line *ret) {
	while (*at < end) {
		uint32_t stop = line_end(text, *at, end);
		uint32_t start = skip_blanks(text, *at, stop);
		*at = stop < end ? stop + 1 : end;
		/* classify() has seen the line: a pair, unless it has no colon or is a comment. */
		const char *colon = memchr(text + start, ':', stop - start);
		if (colon != NULL && text[start] != '#') {
			ret->key = start;
			ret->key_end = (uint32_t)(colon - text);
			ret->value = skip_blanks(text, ret->key_end + 1, stop);
			const char *blank = memchr(text + ret->value, ' ', stop - ret->value);
			ret->value_end = blank != NULL ? (uint32_t)(blank - text) : stop;
			ret->value_end -= text[ret->value_end - 1] == '\r';
			return true;
		}
	}
	return false;
}

uint32_t runs_map(const struct runs *runs, uint32_t at, bool is_end) {
	uint32_t left_out = 0;
	for (size_t i = 0; i < runs->count; i++) {
		const struct run *run = &runs->items[i];
		if (is_end ? at <= run->at : at < run->at) {
			break;
		}
		left_out += run->end - run->start;
	}
	return at + left_out;
}
