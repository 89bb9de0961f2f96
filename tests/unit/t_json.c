/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/json.h"

static void test_strings(void **state) {
	(void)state;
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"", "\"\""},
		{"a/b c", "\"a/b c\""},
		{"\"\\", "\"\\\"\\\\\""},
		{"a\nb\t\r", "\"a\\u000ab\\u0009\\u000d\""},
		{"\x01\x1b\x7f", "\"\\u0001\\u001b\\u007f\""},
		{"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
		/* surrogateescape */
		{"\xff\x80", "\"\\udcff\\udc80\""},
		{"a\xc3", "\"a\\udcc3\""},
		{"\xed\xa0\x80", "\"\\udced\\udca0\\udc80\""},
		{"\xc0\xaf", "\"\\udcc0\\udcaf\""},
		/* C1 controls; marks, embeddings, overrides and isolates of direction */
		{"\xc2\x80\xc2\x9f\xc2\xa0", "\"\\u0080\\u009f\xc2\xa0\""},
		{"\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\x90",
				"\"\xe2\x80\x8d\\u200e\\u200f\xe2\x80\x90\""},
		{"\xe2\x80\xa9\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad\xe2\x80\xae"
		 "\xe2\x80\xaf", "\"\xe2\x80\xa9\\u202a\\u202b\\u202c\\u202d\\u202e"
		 "\xe2\x80\xaf\""},
		{"\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9\xe2\x81\xaa",
				"\"\xe2\x81\xa5\\u2066\\u2067\\u2068\\u2069\xe2\x81\xaa\""},
		{"foo\xe2\x80\xaegpj.exe", "\"foo\\u202egpj.exe\""},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf buf = BUF_INIT;
		struct json json;
		json_init(&json, &buf);
		json_string(&json, NULL, rows[i].text);
		check_text(rows[i].want, buf.data, rows[i].want);
		buf_release(&buf);
	}
	struct buf buf = BUF_INIT;
	struct json json;
	json_init(&json, &buf);
	json_string_n(&json, NULL, (struct str){"a\0b", 3});
	assert_string_equal(buf.data, "\"a\\u0000b\"");
	buf_release(&buf);
}

static void test_structure(void **state) {
	(void)state;
	struct buf buf = BUF_INIT;
	struct json json;
	json_init(&json, &buf);
	json_open_object(&json, NULL);
	json_number(&json, "schema", 1);
	json_open_array(&json, "none");
	json_close_array(&json);
	json_open_array(&json, "links");
	json_string(&json, NULL, "a");
	json_open_object(&json, NULL);
	json_close_object(&json);
	json_open_object(&json, NULL);
	json_string(&json, "source", NULL);
	json_bool(&json, "ok", true);
	json_bool(&json, "ke\"y", false);
	json_close_object(&json);
	json_close_array(&json);
	json_number(&json, "least", INT64_MIN);
	json_close_object(&json);
	assert_string_equal(buf.data,
			"{\n"
			"  \"schema\": 1,\n"
			"  \"none\": [],\n"
			"  \"links\": [\n"
			"    \"a\",\n"
			"    {},\n"
			"    {\n"
			"      \"source\": null,\n"
			"      \"ok\": true,\n"
			"      \"ke\\\"y\": false\n"
			"    }\n"
			"  ],\n"
			"  \"least\": -9223372036854775808\n"
			"}\n");
	buf_release(&buf);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_structure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
