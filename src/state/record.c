/* SPDX-License-Identifier: MIT */
#include "state/record.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"

/* "end\txxh3:" + 16 digits + newline */
enum { TRAILER_SIZE = 4 + 5 + 16 + 1 };

void record_begin(struct buf *out, const char *kind, unsigned version) {
	buf_addf(out, "lumina %s %u\n", kind, version);
}

void record_word(struct buf *out, const char *word) {
	buf_adds(out, word);
}

void record_field(struct buf *out, const char *field) {
	buf_addc(out, '\t');
	if (field == NULL) {
		buf_addc(out, '-');
		return;
	}
	if (streq(field, "-")) {
		buf_adds(out, "\\x2d");
		return;
	}
	for (const char *p = field; *p != '\0';) {
		const char *plain = p;
		while ((unsigned char)*p >= 0x20 && *p != 0x7f && *p != '\\') {
			p++;
		}
		buf_add(out, plain, (size_t)(p - plain));
		if (*p == '\0') {
			break;
		}
		if (*p == '\\') {
			buf_adds(out, "\\\\");
		} else if (*p == '\t') {
			buf_adds(out, "\\t");
		} else if (*p == '\n') {
			buf_adds(out, "\\n");
		} else {
			buf_addf(out, "\\x%02x", (unsigned char)*p);
		}
		p++;
	}
}

void record_number(struct buf *out, uint64_t number) {
	char digits[24];
	char *p = digits + sizeof(digits);
	do {
		*--p = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	buf_addc(out, '\t');
	buf_add(out, p, (size_t)(digits + sizeof(digits) - p));
}

void record_newline(struct buf *out) {
	buf_addc(out, '\n');
}

void record_end(struct buf *out) {
	uint64_t sum = hash64(out->data, out->len);
	buf_addf(out, "end\txxh3:%016" PRIx64 "\n", sum);
}

/* Undoes the escapes of a field in place; false if there is a wrong one. */
static bool unescape(char *field) {
	char *out = strchr(field, '\\');
	if (out == NULL) {
		return true;
	}
	for (const char *p = out; *p != '\0'; p++) {
		if (*p != '\\') {
			*out++ = *p;
			continue;
		}
		p++;
		if (*p == 't') {
			*out++ = '\t';
		} else if (*p == 'n') {
			*out++ = '\n';
		} else if (*p == '\\') {
			*out++ = '\\';
		} else if (*p == 'x' && isxdigit((unsigned char)p[1]) &&
				isxdigit((unsigned char)p[2])) {
			char hex[3] = {p[1], p[2], '\0'};
			long byte = strtol(hex, NULL, 16);
			if (byte == 0) {
				return false;
			}
			*out++ = (char)byte;
			p += 2;
		} else {
			return false;
		}
	}
	*out = '\0';
	return true;
}

enum record_state record_open(struct record_reader *reader, char *bytes, size_t size,
		const char *kind, unsigned version) {
	*reader = (struct record_reader){0};
	char head[64], trailer[TRAILER_SIZE + 1];
	int n = snprintf(head, sizeof(head), "lumina %s ", kind);
	if (n < 0 || size < (size_t)n + TRAILER_SIZE || memcmp(bytes, head, (size_t)n) != 0) {
		return RECORD_DAMAGED;
	}
	size_t body = size - TRAILER_SIZE;
	(void)snprintf(trailer, sizeof(trailer), "end\txxh3:%016" PRIx64 "\n",
			hash64(bytes, body));
	if (memcmp(bytes + body, trailer, TRAILER_SIZE) != 0) {
		return RECORD_DAMAGED;
	}
	char *end;
	bool digit = bytes[n] >= '1' && bytes[n] <= '9';
	unsigned long found = digit ? strtoul(bytes + n, &end, 10) : 0;
	if (found == 0 || *end != '\n') {
		return RECORD_DAMAGED;
	}
	if (found > version) {
		return RECORD_NEWER;
	}
	reader->next = end + 1;
	reader->end = bytes + body;
	return RECORD_GOOD;
}

size_t record_next(struct record_reader *reader, char *fields[RECORD_FIELDS_MAX]) {
	for (size_t i = 0; i < RECORD_FIELDS_MAX; i++) {
		fields[i] = NULL;
	}
	if (reader->broken || reader->next >= reader->end) {
		return 0;
	}
	char *newline = memchr(reader->next, '\n', (size_t)(reader->end - reader->next));
	if (newline == NULL) {
		reader->broken = true;
		return 0;
	}
	*newline = '\0';
	char *at = reader->next;
	reader->next = newline + 1;
	size_t count = 0;
	while (at != NULL && count < RECORD_FIELDS_MAX) {
		char *tab = strchr(at, '\t');
		if (tab != NULL) {
			*tab++ = '\0';
		}
		if (!streq(at, "-")) {
			if (!unescape(at)) {
				reader->broken = true;
				return 0;
			}
			fields[count] = at;
		}
		count++;
		at = tab;
	}
	return count;
}

bool record_is_done(const struct record_reader *reader) {
	return !reader->broken && reader->next == reader->end;
}

bool record_parse_number(const char *field, uint64_t *ret) {
	if (field == NULL || *field < '0' || *field > '9') {
		return false;
	}
	char *end;
	errno = 0;
	*ret = strtoull(field, &end, 10);
	return *end == '\0' && errno == 0;
}
