/* SPDX-License-Identifier: MIT */
#include "text/characters.h"

#include <string.h>

#include "base/utf8.h"

/*
 * Brackets are counted without a look at quotes, so this is far above what a
 * registry may nest (NODE_DEPTH_MAX), which is found out later and exactly.
 */
enum { BRACKETS_MAX = 1000 };

/* One character that isn't plain ASCII text; its size, or 0 after a complaint. */
static size_t check_special(struct source *source, uint32_t i, struct diags *diags) {
	unsigned char byte = (unsigned char)source->bytes[i];
	const struct span at = {source, i, i + 1};
	uint32_t code = 0;
	size_t size = utf8_decode(source->bytes + i, source->size - i, &code);
	if (size == 0) {
		diag_add(diags, at, "byte 0x%02x is not UTF-8", byte);
	} else if (size == 1) {
		diag_add(diags, at, "a %s in the file (0x%02x)",
				byte == 0 ? "NUL byte" : "control character", byte);
		size = 0;
	}
	return size;
}

static int check_brackets(struct source *source, struct diags *diags) {
	const char *text = source->bytes, *end = text + source->size;
	unsigned depth = 0;
	for (const char *p = text; p < end; p++) {
		if (*p == '[' || *p == '{') {
			depth++;
		} else if ((*p == ']' || *p == '}') && depth > 0) {
			depth--;
		} else if (*p == '#' && (p == text || p[-1] == ' ' || p[-1] == '\n')) {
			const char *newline = memchr(p, '\n', (size_t)(end - p));
			p = newline != NULL ? newline - 1 : end - 1;
		} else if (*p == '\n' && p + 1 < end && strchr(" \t\r\n[]{}#,", p[1]) == NULL) {
			depth = 0; /* a key of the outermost map: nothing is open there */
		}
		if (depth > BRACKETS_MAX) {
			uint32_t at = (uint32_t)(p - text);
			diag_add(diags, (struct span){source, at, at + 1},
					"nested deeper than 64 levels");
			return -1;
		}
	}
	return 0;
}

/* True if all eight bytes are printable ASCII: 0x20 to 0x7e. */
static bool is_plain_word(const char *bytes) {
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones * 0x80;
	uint64_t word;
	memcpy(&word, bytes, sizeof(word));
	/* Without a top bit in any byte, these carry into it below 0x20, and from 0x7f on. */
	return ((word | (word + ones) | ~(word + ones * 0x60)) & tops) == 0;
}

int characters_check(struct source *source, struct diags *diags) {
	for (uint32_t i = 0; i < source->size;) {
		if (source->size - i >= 8 && is_plain_word(source->bytes + i)) {
			i += 8;
			continue;
		}
		unsigned char byte = (unsigned char)source->bytes[i];
		if ((byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\r' || byte == '\t') {
			i++;
			continue;
		}
		size_t size = check_special(source, i, diags);
		if (size == 0) {
			return -1;
		}
		i += (uint32_t)size;
	}
	bool brackets = memchr(source->bytes, '[', source->size) != NULL ||
			memchr(source->bytes, '{', source->size) != NULL;
	return brackets ? check_brackets(source, diags) : 0;
}
