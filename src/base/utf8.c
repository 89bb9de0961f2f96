/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

size_t utf8_decode(const char *p, size_t n, uint32_t *ret_code) {
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	if (n == 0) {
		return 0;
	}
	unsigned char lead = (unsigned char)p[0];
	size_t size;
	uint32_t code;
	if (lead < 0x80) {
		*ret_code = lead;
		return 1;
	} else if ((lead & 0xe0) == 0xc0) {
		size = 2;
		code = lead & 0x1fU;
	} else if ((lead & 0xf0) == 0xe0) {
		size = 3;
		code = lead & 0x0fU;
	} else if ((lead & 0xf8) == 0xf0) {
		size = 4;
		code = lead & 0x07U;
	} else {
		return 0;
	}
	if (size > n) {
		return 0;
	}
	for (size_t i = 1; i < size; i++) {
		unsigned char byte = (unsigned char)p[i];
		if ((byte & 0xc0) != 0x80) {
			return 0;
		}
		code = code << 6 | (byte & 0x3fU);
	}
	if (code < least[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
		return 0;
	}
	*ret_code = code;
	return size;
}

/* Characters of two columns (Unicode 15, East Asian Width W and F), roughly; and of none. */
static const struct {
	uint32_t first, last;
	unsigned columns;
} widths[] = {
	{0x300, 0x36f, 0},     {0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},
	{0x20d0, 0x20ff, 0},   {0x231a, 0x231b, 2},   {0x23e9, 0x23ec, 2},   {0x25fd, 0x25fe, 2},
	{0x2614, 0x2615, 2},   {0x2648, 0x2653, 2},   {0x26a1, 0x26a1, 2},   {0x26bd, 0x26be, 2},
	{0x2705, 0x2705, 2},   {0x2728, 0x2728, 2},   {0x274c, 0x274e, 2},   {0x2753, 0x2757, 2},
	{0x2795, 0x2797, 2},   {0x2b1b, 0x2b1c, 2},   {0x2b50, 0x2b55, 2},   {0x2e80, 0x303e, 2},
	{0x3041, 0x3247, 2},   {0x3250, 0x4dbf, 2},   {0x4e00, 0xa4cf, 2},   {0xa960, 0xa97f, 2},
	{0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe20, 0xfe2f, 0},
	{0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x16fe0, 0x18dff, 2},
	{0x1b000, 0x1b2ff, 2}, {0x1f004, 0x1f004, 2}, {0x1f0cf, 0x1f0cf, 2}, {0x1f18e, 0x1f19a, 2},
	{0x1f200, 0x1f320, 2}, {0x1f32d, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2}, {0x1f7e0, 0x1f7eb, 2},
	{0x1f900, 0x1f9ff, 2}, {0x1fa70, 0x1faff, 2}, {0x20000, 0x3fffd, 2}, {0xe0100, 0xe01ef, 0},
};

size_t utf8_columns(const char *text, size_t n) {
	size_t columns = 0;
	for (size_t i = 0; i < n;) {
		uint32_t code = 0;
		size_t size = utf8_decode(text + i, n - i, &code);
		unsigned width = 1;
		for (size_t k = 0; code >= 0x300 && k < sizeof(widths) / sizeof(widths[0]); k++) {
			if (code >= widths[k].first && code <= widths[k].last) {
				width = widths[k].columns;
			}
		}
		columns += width;
		i += size > 0 ? size : 1;
	}
	return columns;
}
