/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/utf8.h"

static void test_decode(void **state) {
	(void)state;
	static const struct {
		const char *bytes;
		size_t n;
		size_t size; /* 0: no character */
		uint32_t code;
	} rows[] = {
		{"", 0, 0, 0},
		{"a", 1, 1, 'a'},
		{"\0", 1, 1, 0},
		{"\x7f", 1, 1, 0x7f},
		{"\xc2\x80", 2, 2, 0x80},
		{"\xdf\xbf", 2, 2, 0x7ff},
		{"\xe0\xa0\x80", 3, 3, 0x800},
		{"\xed\x9f\xbf", 3, 3, 0xd7ff},
		{"\xee\x80\x80", 3, 3, 0xe000},
		{"\xef\xbf\xbf", 3, 3, 0xffff},
		{"\xf0\x90\x80\x80", 4, 4, 0x10000},
		{"\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff},
		{"\xc3\xa9zzz", 5, 2, 0xe9},
		/* continuation, overlong, surrogate, too large, cut, wrong continuation */
		{"\x80", 1, 0, 0},
		{"\xbf\xbf", 2, 0, 0},
		{"\xc0\x80", 2, 0, 0},
		{"\xc1\xbf", 2, 0, 0},
		{"\xe0\x9f\xbf", 3, 0, 0},
		{"\xf0\x8f\xbf\xbf", 4, 0, 0},
		{"\xed\xa0\x80", 3, 0, 0},
		{"\xed\xbf\xbf", 3, 0, 0},
		{"\xf4\x90\x80\x80", 4, 0, 0},
		{"\xf5\x80\x80\x80", 4, 0, 0},
		{"\xf8\x88\x80\x80\x80", 5, 0, 0},
		{"\xfe", 1, 0, 0},
		{"\xff", 1, 0, 0},
		{"\xc3\xa9", 1, 0, 0},
		{"\xe6\x97\xa5", 2, 0, 0},
		{"\xf0\x9f\x98\x80", 3, 0, 0},
		{"\xc3(", 2, 0, 0},
		{"\xe6(\xa5", 3, 0, 0},
		{"\xf0\x9f\x98(", 4, 0, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t code = 0;
		size_t size = utf8_decode(rows[i].bytes, rows[i].n, &code);
		check(size == rows[i].size, "row %zu: size %zu", i, size);
		check(size == 0 || code == rows[i].code, "row %zu: U+%04x", i, (unsigned)code);
	}
}

static size_t encode(uint32_t code, char *out) {
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = size; i-- > 1; code >>= 6) {
		out[i] = (char)(0x80 | (code & 0x3f));
	}
	out[0] = (char)(lead[size] | code);
	return size;
}

static void test_every_code_point(void **state) {
	(void)state;
	for (uint32_t code = 0; code <= 0x10ffff; code++) {
		char bytes[4];
		uint32_t got = 0;
		size_t n = encode(code, bytes);
		size_t want = code >= 0xd800 && code <= 0xdfff ? 0 : n;
		check(utf8_decode(bytes, n, &got) == want, "U+%04x", (unsigned)code);
		check(want == 0 || got == code, "U+%04x", (unsigned)code);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_every_code_point),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
