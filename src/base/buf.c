/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"

/* Shared by all empty buffers; never written to. */
char buf_empty[1] = "";

void buf_init(struct buf *buf) {
	*buf = (struct buf)BUF_INIT;
}

void buf_release(struct buf *buf) {
	if (buf->room > 0) {
		free(buf->data);
	}
	buf_init(buf);
}

void buf_clear(struct buf *buf) {
	buf->len = 0;
	if (buf->room > 0) {
		buf->data[0] = '\0';
	}
}

void buf_reserve(struct buf *buf, size_t more) {
	size_t need = buf->len + more + 1;
	if (need <= buf->room) {
		return;
	}
	size_t room = buf->room + buf->room / 2;
	if (room < need) {
		room = need;
	}
	buf->data = xreallocarray(buf->room > 0 ? buf->data : NULL, room, 1);
	buf->data[buf->len] = '\0';
	buf->room = room;
}

void buf_add(struct buf *buf, const char *bytes, size_t n) {
	if (n == 0) {
		return;
	}
	buf_reserve(buf, n);
	memcpy(buf->data + buf->len, bytes, n);
	buf->len += n;
	buf->data[buf->len] = '\0';
}

void buf_adds(struct buf *buf, const char *text) {
	buf_add(buf, text, strlen(text));
}

void buf_addc(struct buf *buf, char c) {
	buf_add(buf, &c, 1);
}

void buf_addf(struct buf *buf, const char *format, ...) {
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n > 0) {
		buf_reserve(buf, (size_t)n);
		(void)vsnprintf(buf->data + buf->len, (size_t)n + 1, format, again);
		buf->len += (size_t)n;
	}
	va_end(again);
}

/*
 * Characters that change how their neighbours are shown, or that can't be seen: C1, line
 * separators, annotations, and what Unicode calls Default_Ignorable_Code_Point.
 */
static bool is_deceptive(uint32_t code) {
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x80, 0x9f}, {0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c}, {0x115f, 0x1160},
		{0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e},
		{0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
		{0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
		{0xe0000, 0xe0fff},
	};
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]) && code >= ranges[i].first; i++) {
		if (code <= ranges[i].last) {
			return true;
		}
	}
	return false;
}

static void add_control(struct buf *buf, unsigned char byte) {
	switch (byte) {
	case '\n':
		buf_adds(buf, "\\n");
		break;
	case '\t':
		buf_adds(buf, "\\t");
		break;
	case '\r':
		buf_adds(buf, "\\r");
		break;
	case 0x1b:
		buf_adds(buf, "\\e");
		break;
	default:
		buf_addf(buf, "\\x%02x", byte);
	}
}

void buf_add_shown(struct buf *buf, const char *bytes, size_t n) {
	size_t i = 0;
	while (i < n) {
		size_t plain = i;
		while (plain < n && bytes[plain] >= 0x20 && bytes[plain] < 0x7f) {
			plain++;
		}
		buf_add(buf, bytes + i, plain - i);
		i = plain;
		if (i == n) {
			break;
		}
		uint32_t code = 0;
		size_t size = utf8_decode(bytes + i, n - i, &code);
		if (size <= 1) {
			add_control(buf, (unsigned char)bytes[i]);
			i++;
		} else {
			if (is_deceptive(code)) {
				buf_addf(buf, "\\u{%x}", code);
			} else {
				buf_add(buf, bytes + i, size);
			}
			i += size;
		}
	}
}

void buf_add_quoted(struct buf *buf, const char *text) {
	buf_addc(buf, '\'');
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\'') {
			buf_adds(buf, "'\\''");
		} else {
			buf_addc(buf, *p);
		}
	}
	buf_addc(buf, '\'');
}
