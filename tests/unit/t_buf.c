/* SPDX-License-Identifier: MIT */
#include "test.h"

static void test_grows(void **state) {
	(void)state;
	struct buf buf = BUF_INIT;
	assert_string_equal(buf.data, "");
	buf_clear(&buf);
	buf_add(&buf, "", 0);
	assert_int_equal(buf.len, 0);
	for (int i = 0; i < 10000; i++) {
		buf_addc(&buf, (char)('a' + i % 26));
		assert_int_equal(buf.data[buf.len], 0);
	}
	buf_addf(&buf, "%d-%s", 42, "x");
	buf_adds(&buf, "!");
	assert_int_equal(buf.len, 10005);
	assert_string_equal(buf.data + 10000, "42-x!");
	buf_clear(&buf);
	assert_int_equal(buf.len, 0);
	assert_string_equal(buf.data, "");
	buf_add(&buf, "a\0b", 3);
	assert_int_equal(buf.len, 3);
	assert_memory_equal(buf.data, "a\0b", 4);
	buf_release(&buf);
	buf_release(&buf);
	assert_string_equal(buf.data, "");
}

static void test_shown(void **state) {
	(void)state;
	static const struct {
		const char *text;
		size_t size; /* 0: up to the NUL */
		const char *want;
	} rows[] = {
		{"plain ~/a b.c", 0, "plain ~/a b.c"},
		{"gr\xc3\xbc\xc3\x9f \xe6\x97\xa5 \xf0\x9f\x98\x80", 0,
				"gr\xc3\xbc\xc3\x9f \xe6\x97\xa5 \xf0\x9f\x98\x80"},
		{"a\nb\tc\rd", 0, "a\\nb\\tc\\rd"},
		{"\x1b[31mred\x1b[0m", 0, "\\e[31mred\\e[0m"},
		{"\x1b]0;title\x07", 0, "\\e]0;title\\x07"},
		{"\x01\x7f", 0, "\\x01\\x7f"},
		{"a\0b", 3, "a\\x00b"},
		{"\xc2\x9b" "31m", 0, "\\u{9b}31m"},             /* C1: CSI */
		{"\xff\xfe", 0, "\\xff\\xfe"},                   /* no UTF-8 */
		{"\xc3", 0, "\\xc3"},                            /* cut */
		{"\xe6\x97", 0, "\\xe6\\x97"},
		{"\xc0\xaf", 0, "\\xc0\\xaf"},                   /* overlong '/' */
		{"\xed\xa0\x80", 0, "\\xed\\xa0\\x80"},          /* surrogate */
		{"\xe2\x80\xae" "gpj", 0, "\\u{202e}gpj"},       /* right-to-left override */
		{"\xe2\x81\xa6", 0, "\\u{2066}"},                /* isolate */
		{"a\xe2\x80\x8b" "b", 0, "a\\u{200b}b"},         /* zero-width space */
		{"\xe2\x80\xa8\xe2\x80\xa9", 0, "\\u{2028}\\u{2029}"}, /* line separators */
		{"\xef\xbb\xbfx", 0, "\\u{feff}x"},
		{"\xc2\xad", 0, "\\u{ad}"},                      /* soft hyphen */
		{"\xf3\xa0\x81\x81", 0, "\\u{e0041}"},           /* tag letter */
		{"a\xef\xb8\x8f" "\xf3\xa0\x84\x80", 0, "a\\u{fe0f}\\u{e0100}"}, /* variation selectors */
		{"\xcd\x8f\xe3\x85\xa4", 0, "\\u{34f}\\u{3164}"}, /* joiner, filler */
		{"", 0, ""},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf buf = BUF_INIT;
		size_t size = rows[i].size > 0 ? rows[i].size : strlen(rows[i].text);
		buf_add_shown(&buf, rows[i].text, size);
		check_text(rows[i].want, buf.data, rows[i].want);
		buf_release(&buf);
	}
}

/* Whatever one byte is, what is shown of it is printable ASCII. */
static void test_shown_every_byte(void **state) {
	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		struct buf buf = BUF_INIT;
		char c = (char)byte;
		buf_add_shown(&buf, &c, 1);
		assert_true(buf.len > 0);
		for (size_t i = 0; i < buf.len; i++) {
			check(buf.data[i] >= 0x20 && buf.data[i] < 0x7f, "byte %d", byte);
		}
		buf_release(&buf);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_shown_every_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
