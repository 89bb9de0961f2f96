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
