/* SPDX-License-Identifier: MIT */
#include "sealed.h"

enum { VERSION = 3 };

static enum record_state open_and_read(char *bytes, size_t size) {
	struct record_reader reader;
	enum record_state state = record_open(&reader, bytes, size, "test", VERSION);
	char *fields[RECORD_FIELDS_MAX];
	while (state == RECORD_GOOD && record_next(&reader, fields) > 0) {
	}
	return state;
}

/* Writes one line with these fields and reads it back. */
static void check_round_trip(const char *const fields[], size_t count) {
	struct buf buf = BUF_INIT;
	record_begin(&buf, "test", VERSION);
	record_word(&buf, "line");
	for (size_t i = 0; i < count; i++) {
		record_field(&buf, fields[i]);
	}
	record_newline(&buf);
	record_end(&buf);
	/* Lines stay lines, and nothing in them can fool a terminal's control codes. */
	size_t lines = 0;
	for (size_t i = 0; i < buf.len; i++) {
		unsigned char c = (unsigned char)buf.data[i];
		lines += c == '\n';
		check(c >= 0x20 || c == '\n' || c == '\t', "byte %zu is %02x", i, c);
		check(c != 0x7f, "byte %zu is DEL", i);
	}
	assert_int_equal(lines, 3);
	char *bytes = exact_copy(buf.data, buf.len);
	struct record_reader reader;
	char *got[RECORD_FIELDS_MAX];
	assert_int_equal(record_open(&reader, bytes, buf.len, "test", VERSION), RECORD_GOOD);
	assert_int_equal(record_next(&reader, got), count + 1);
	assert_string_equal(got[0], "line");
	for (size_t i = 0; i < count; i++) {
		check_text("field", got[i + 1], fields[i]);
	}
	assert_int_equal(record_next(&reader, got), 0);
	assert_true(reader.next == reader.end);
	free(bytes);
	buf_release(&buf);
}

/* Any byte but NUL, alone, twice, and beside others. */
static void test_every_byte(void **state) {
	(void)state;
	char all[256];
	for (int byte = 1; byte < 256; byte++) {
		char alone[] = {(char)byte, '\0'};
		char twice[] = {(char)byte, (char)byte, '\0'};
		char inside[] = {'a', (char)byte, '0', '\0'};
		const char *const fields[] = {alone, twice, inside};
		check_round_trip(fields, COUNT(fields));
		all[byte - 1] = (char)byte;
	}
	all[255] = '\0';
	const char *const fields[] = {all};
	check_round_trip(fields, 1);
}

static void test_random_bytes(void **state) {
	(void)state;
	uint32_t seed = 20251123;
	for (int round = 0; round < 2000; round++) {
		char texts[5][40];
		const char *fields[COUNT(texts)];
		for (size_t i = 0; i < COUNT(texts); i++) {
			seed = seed * 1664525 + 1013904223;
			size_t n = (seed >> 16) % sizeof(texts[i]);
			for (size_t j = 0; j < n; j++) {
				seed = seed * 1664525 + 1013904223;
				/* mostly what is special in a record */
				const char *special = "-\\tnx\t\n2d0 ";
				texts[i][j] = (seed >> 30) != 0 ? special[(seed >> 16) % 11]
								: (char)((seed >> 16) % 255 + 1);
			}
			texts[i][n] = '\0';
			fields[i] = (seed >> 8) % 7 == 0 ? NULL : texts[i];
		}
		check_round_trip(fields, COUNT(fields));
	}
}

static void test_special_fields(void **state) {
	(void)state;
	const char *const rows[][3] = {
		{NULL, "-", ""},
		{"", "", ""},
		{"\\x2d", "\\", "\\\\"},
		{"--", "-\n", "\t-"},
		{"end\txxh3:0", "\nend\t", "lumina test 3\n"},
		{"a b/\xff\xc3", "~/.zshrc", NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_round_trip(rows[i], COUNT(rows[i]));
	}
	const char *full[RECORD_FIELDS_MAX - 1];
	for (size_t i = 0; i < COUNT(full); i++) {
		full[i] = "x";
	}
	check_round_trip(full, COUNT(full));
}

static void test_damage(void **state) {
	(void)state;
	struct buf buf = BUF_INIT;
	record_begin(&buf, "test", VERSION);
	record_word(&buf, "link");
	record_field(&buf, "~/.zshrc");
	record_field(&buf, "a\tb\n\xff");
	record_number(&buf, 12);
	record_newline(&buf);
	record_end(&buf);
	check_damage(&buf, open_and_read);
	buf_release(&buf);
}

/* With a checksum that fits: what another program, or another version, may have written. */
static void test_open(void **state) {
	(void)state;
	static const struct {
		const char *body;
		enum record_state want;
	} rows[] = {
		{"lumina test 3\n", RECORD_GOOD},
		{"lumina test 1\n", RECORD_GOOD},
		{"lumina test 3\nlink\ta\n", RECORD_GOOD},
		{"lumina test 4\n", RECORD_NEWER},
		{"lumina test 99999999999999999999\n", RECORD_NEWER},
		{"", RECORD_DAMAGED},
		{"\n", RECORD_DAMAGED},
		{"lumina test 0\n", RECORD_DAMAGED},
		{"lumina test x\n", RECORD_DAMAGED},
		{"lumina test \n", RECORD_DAMAGED},
		{"lumina test 3", RECORD_DAMAGED},
		{"lumina test 3 \n", RECORD_DAMAGED},
		{"lumina test -1\n", RECORD_DAMAGED},
		{"lumina test  3\n", RECORD_DAMAGED},
		{"lumina other 3\n", RECORD_DAMAGED},
		{"lumina tes", RECORD_DAMAGED},
		{"Lumina test 3\n", RECORD_DAMAGED},
	};
	struct buf buf = BUF_INIT;
	for (size_t i = 0; i < COUNT(rows); i++) {
		seal(&buf, rows[i].body, strlen(rows[i].body));
		char *bytes = exact_copy(buf.data, buf.len);
		enum record_state got = open_and_read(bytes, buf.len);
		check(got == rows[i].want, "'%s': %d", rows[i].body, (int)got);
		free(bytes);
	}
	buf_release(&buf);
}

static void test_number(void **state) {
	(void)state;
	static const struct {
		const char *field;
		bool good;
		uint64_t number;
	} rows[] = {
		{"0", true, 0},
		{"12", true, 12},
		{"18446744073709551615", true, UINT64_MAX},
		{"18446744073709551616", false, 0},
		{"99999999999999999999999", false, 0},
		{NULL, false, 0},
		{"", false, 0},
		{"-1", false, 0},
		{"+1", false, 0},
		{" 1", false, 0},
		{"1 ", false, 0},
		{"0x1", false, 0},
		{"a", false, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t number = 0;
		bool good = record_parse_number(rows[i].field, &number);
		check(good == rows[i].good, "'%s'", rows[i].field != NULL ? rows[i].field : "(null)");
		check(!good || number == rows[i].number, "'%s'", rows[i].field);
	}
	static const uint64_t numbers[] = {0, 9, 10, 1795424406, UINT64_MAX};
	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct buf buf = BUF_INIT;
		uint64_t number = 1;
		record_number(&buf, numbers[i]);
		assert_true(record_parse_number(buf.data + 1, &number));
		assert_true(number == numbers[i]);
		buf_release(&buf);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_special_fields),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
