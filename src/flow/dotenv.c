/* SPDX-License-Identifier: MIT */
#include "flow/dotenv.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"

/* Where the reader is; end[0] can't be read. */
struct reader {
	const char *next, *end;
	unsigned line;
	const char *shown;
	struct arena *arena;
	struct err *err;
};

static int fail(const struct reader *reader, unsigned line, const char *what) {
	return err_set(reader->err, ERR_FAILED, "'%s':%u: %s", reader->shown, line, what);
}

static bool is_blank(char c) {
	return c == ' ' || c == '\t';
}

static bool at_end(const struct reader *reader) {
	return reader->next == reader->end;
}

/* How long the line end at this place is: 1, 2, or 0 for none. */
static size_t line_end(const struct reader *reader, const char *at) {
	if (at < reader->end && *at == '\n') {
		return 1;
	}
	return reader->end - at > 1 && at[0] == '\r' && at[1] == '\n' ? 2 : 0;
}

/* The line's last byte may be a CR with no LF behind it. */
static bool is_line_end(const struct reader *reader, const char *at) {
	return at == reader->end || line_end(reader, at) > 0 ||
			(*at == '\r' && at + 1 == reader->end);
}

static void skip_blanks(struct reader *reader) {
	while (!at_end(reader) && is_blank(*reader->next)) {
		reader->next++;
	}
}

static void skip_line(struct reader *reader) {
	const char *end = memchr(reader->next, '\n', (size_t)(reader->end - reader->next));
	reader->next = end != NULL ? end + 1 : reader->end;
	reader->line++;
}

/* Up to the closing quote, all as it stands. */
static int read_single(struct reader *reader, struct buf *value) {
	unsigned line = reader->line;
	for (reader->next++; !at_end(reader) && *reader->next != '\'';) {
		size_t end = line_end(reader, reader->next);
		reader->line += end > 0;
		if (end > 0) {
			buf_addc(value, '\n');
		} else {
			buf_addc(value, *reader->next);
		}
		reader->next += end > 0 ? end : 1;
	}
	if (at_end(reader)) {
		return fail(reader, line, "the single quote has no end");
	}
	reader->next++;
	return 0;
}

/* Behind a backslash. */
static void read_escape(struct reader *reader, struct buf *value) {
	static const char escapes[] = "n\nr\rt\t\\\\\"\"''$$``";
	size_t end = line_end(reader, reader->next);
	if (end > 0) {
		reader->next += end;
		reader->line++;
		return;
	}
	for (const char *row = escapes; *row != '\0'; row += 2) {
		if (*row == *reader->next) {
			buf_addc(value, row[1]);
			reader->next++;
			return;
		}
	}
	buf_addc(value, '\\');
}

static int read_double(struct reader *reader, struct buf *value) {
	unsigned line = reader->line;
	for (reader->next++; !at_end(reader) && *reader->next != '"';) {
		size_t end = line_end(reader, reader->next);
		if (end > 0) {
			buf_addc(value, '\n');
			reader->next += end;
			reader->line++;
		} else if (*reader->next != '\\') {
			buf_addc(value, *reader->next++);
		} else if (++reader->next < reader->end) {
			read_escape(reader, value);
		}
	}
	if (at_end(reader)) {
		return fail(reader, line, "the double quote has no end");
	}
	reader->next++;
	return 0;
}

/* Up to the end of the line, or a "#" behind a blank. `start`: behind the "=". */
static void read_plain(struct reader *reader, const char *start, struct buf *value) {
	const char *from = reader->next, *to = from;
	for (const char *p = from; !is_line_end(reader, p); p++) {
		if (*p == '#' && p > start && is_blank(p[-1])) {
			break;
		}
		if (!is_blank(*p)) {
			to = p + 1;
		}
	}
	buf_add(value, from, (size_t)(to - from));
	reader->next = to;
}

/* The value, and what may stand behind it. */
static int read_value(struct reader *reader, struct buf *value) {
	const char *start = reader->next;
	skip_blanks(reader);
	if (at_end(reader) || (*reader->next != '\'' && *reader->next != '"')) {
		read_plain(reader, start, value);
		return 0;
	}
	if ((*reader->next == '"' ? read_double : read_single)(reader, value) < 0) {
		return -1;
	}
	const char *behind = reader->next;
	skip_blanks(reader);
	bool comment = !at_end(reader) && *reader->next == '#' && reader->next > behind;
	if (!comment && !is_line_end(reader, reader->next)) {
		return fail(reader, reader->line, "there is text behind the closing quote");
	}
	return 0;
}

/* The name and "=", with an `export` before it. */
static int read_name(struct reader *reader, const char **ret) {
	static const char export[] = "export";
	size_t n = sizeof(export) - 1, left = (size_t)(reader->end - reader->next);
	if (left > n && memcmp(reader->next, export, n) == 0 && is_blank(reader->next[n])) {
		const char *line = reader->next;
		reader->next += n;
		skip_blanks(reader);
		/* A variable may have that name, too. */
		if (!at_end(reader) && *reader->next == '=') {
			reader->next = line;
		}
	}
	const char *start = reader->next;
	while (!is_line_end(reader, reader->next) && *reader->next != '=' &&
			!is_blank(*reader->next)) {
		reader->next++;
	}
	n = (size_t)(reader->next - start);
	if (!env_name_is_valid(start, n)) {
		return fail(reader, reader->line, "no name of a variable where one should be");
	}
	*ret = arena_strndup(reader->arena, start, n);
	skip_blanks(reader);
	if (at_end(reader) || *reader->next != '=') {
		return fail(reader, reader->line, "no '=' behind the name");
	}
	reader->next++;
	return 0;
}

static int read_pair(struct reader *reader, enum env_source source, struct env_pairs *pairs) {
	unsigned line = reader->line;
	struct env_pair pair = {.source = source};
	if (read_name(reader, &pair.name) < 0) {
		return -1;
	}
	_cleanup_buf_ struct buf value = BUF_INIT;
	if (read_value(reader, &value) < 0) {
		return -1;
	}
	if (value.len > ENVIRON_VALUE_MAX) {
		return fail(reader, line, "the value is longer than 128 KiB");
	}
	pair.value = arena_strndup(reader->arena, value.data, value.len);
	VEC_ADD(pairs, pair);
	skip_line(reader);
	return 0;
}

static int read_all(struct reader *reader, enum env_source source, struct env_pairs *pairs) {
	size_t most = pairs->count + DOTENV_PAIRS_MAX;
	while (!at_end(reader)) {
		skip_blanks(reader);
		if (is_line_end(reader, reader->next) || *reader->next == '#') {
			skip_line(reader);
		} else if (pairs->count == most) {
			return fail(reader, reader->line, "more than 1,024 variables");
		} else if (read_pair(reader, source, pairs) < 0) {
			return -1;
		}
	}
	return 0;
}

int dotenv_parse(struct env_pairs *pairs, const char *bytes, size_t size,
		enum env_source source, const char *shown, struct arena *arena, struct err *err) {
	struct reader reader = {bytes, bytes + size, 1, shown, arena, err};
	if (size > DOTENV_SIZE_MAX) {
		return err_set(err, ERR_FAILED, "'%s': larger than 1 MiB", shown);
	}
	const char *nul = memchr(bytes, '\0', size);
	if (nul != NULL) {
		for (const char *p = bytes; p < nul; p++) {
			reader.line += *p == '\n';
		}
		return fail(&reader, reader.line, "a NUL byte");
	}
	if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		reader.next += 3;
	}
	size_t before = pairs->count;
	if (read_all(&reader, source, pairs) < 0) {
		pairs->count = before;
		return -1;
	}
	return 0;
}
