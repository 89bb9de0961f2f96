/* SPDX-License-Identifier: MIT */
#include "sealed.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"
#include "state/owned.h"

static enum record_state parse_once(char *bytes, size_t size) {
	struct owned_record record = {0};
	enum record_state state = owned_parse(&record, bytes, size);
	owned_release(&record);
	return state;
}

static void example(struct owned_record *record) {
	*record = (struct owned_record){.generation = 12, .present_generation = 9};
	VEC_ADD(record, (struct owned){"~/.config/hypr", NULL, 3});
	VEC_ADD(record, (struct owned){"~/.config/hypr/a\tb\n\xff", "/p/hypr/\\x2d", 7});
	VEC_ADD(record, (struct owned){"~/.config.d", "-", 12});
	VEC_ADD(record, (struct owned){"~/.zshrc", "/home/u/.lumina/zsh/zshrc", 0});
}

static void test_round_trip(void **state) {
	(void)state;
	struct owned_record record, again = {0};
	struct buf buf = BUF_INIT;
	example(&record);
	owned_format(&record, &buf);
	char *bytes = exact_copy(buf.data, buf.len);
	assert_int_equal(owned_parse(&again, bytes, buf.len), RECORD_GOOD);
	assert_true(again.generation == 12 && again.present_generation == 9);
	assert_int_equal(again.count, record.count);
	for (size_t i = 0; i < record.count; i++) {
		check_text("path", again.items[i].path, record.items[i].path);
		check_text("text", again.items[i].text, record.items[i].text);
		assert_true(again.items[i].since == record.items[i].since);
	}
	owned_release(&again);
	free(bytes);
	/* And an empty one. */
	owned_release(&record);
	buf_clear(&buf);
	owned_format(&record, &buf);
	bytes = exact_copy(buf.data, buf.len);
	assert_int_equal(owned_parse(&again, bytes, buf.len), RECORD_GOOD);
	assert_int_equal(again.count, 0);
	free(bytes);
	owned_release(&again);
	buf_release(&buf);
}

static void test_damage(void **state) {
	(void)state;
	struct owned_record record;
	struct buf buf = BUF_INIT;
	example(&record);
	owned_format(&record, &buf);
	check_damage(&buf, parse_once);
	owned_release(&record);
	buf_release(&buf);
}

/* Lines that no Lumina writes, under a checksum that fits. */
static void test_forms(void **state) {
	(void)state;
	static const struct {
		const char *lines;
		enum record_state want;
	} rows[] = {
		{"generation\t1\n", RECORD_GOOD},
		{"link\t~/a\t/p/a\t1\n", RECORD_GOOD},
		{"folder\t~/a\t-\t1\nlink\t~/a/b\tx\t1\nlink\t~/a.b\tx\t1\n", RECORD_GOOD},
		{"generation\t-\n", RECORD_DAMAGED},
		{"generation\tx\n", RECORD_DAMAGED},
		{"generation\n", RECORD_DAMAGED},
		{"link\t~/a\t/p/a\n", RECORD_DAMAGED},
		{"link\t~/a\t/p/a\tx\n", RECORD_DAMAGED},
		{"link\t~/a\t-\t1\n", RECORD_DAMAGED},
		{"link\t-\t/p/a\t1\n", RECORD_DAMAGED},
		{"folder\t~/a\t/p/a\t1\n", RECORD_DAMAGED},
		{"socket\t~/a\t/p/a\t1\n", RECORD_DAMAGED},
		{"-\t~/a\t/p/a\t1\n", RECORD_DAMAGED},
		{"\n", RECORD_DAMAGED},
		{"link\t~/a\t/p/a\t1", RECORD_DAMAGED},
		{"link\t~/b\tx\t1\nlink\t~/a\tx\t1\n", RECORD_DAMAGED}, /* order */
		{"link\t~/a\tx\t1\nlink\t~/a\tx\t1\n", RECORD_DAMAGED}, /* twice */
		{"link\t~/a.b\tx\t1\nlink\t~/a/b\tx\t1\n", RECORD_DAMAGED},
		/* escapes, also in the last line */
		{"link\t~/a\\q\tx\t1\nlink\t~/b\tx\t1\n", RECORD_DAMAGED},
		{"link\t~/a\tx\t1\nlink\t~/b\\q\tx\t1\n", RECORD_DAMAGED},
		{"link\t~/a\\\tx\t1\n", RECORD_DAMAGED},
		{"link\t~/a\\x\tx\t1\n", RECORD_DAMAGED},
		{"link\t~/a\\x1\tx\t1\n", RECORD_DAMAGED},
		{"link\t~/a\\x00\tx\t1\n", RECORD_DAMAGED},
		{"link\t~/a\\x 1\tx\t1\n", RECORD_DAMAGED},
		{"link\t~/a\\x+1\tx\t1\n", RECORD_DAMAGED},
	};
	struct buf body = BUF_INIT, buf = BUF_INIT;
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_clear(&body);
		buf_addf(&body, "lumina owned 1\n%s", rows[i].lines);
		seal(&buf, body.data, body.len);
		char *bytes = exact_copy(buf.data, buf.len);
		enum record_state got = parse_once(bytes, buf.len);
		check(got == rows[i].want, "'%s': %d", rows[i].lines, (int)got);
		free(bytes);
	}
	buf_release(&body);
	buf_release(&buf);
}

/* Version 1 knew no undo: the last change is where the machine is. */
static void test_version_1(void **state) {
	(void)state;
	struct owned_record record = {0};
	const char *body = "lumina owned 1\ngeneration\t5\nlink\t~/a\tx\t1\n";
	struct buf buf = BUF_INIT;
	seal(&buf, body, strlen(body));
	assert_int_equal(owned_parse(&record, buf.data, buf.len), RECORD_GOOD);
	assert_true(record.generation == 5 && record.present_generation == 5);
	owned_release(&record);
	body = "lumina owned 2\ngeneration\t5\tx\n";
	seal(&buf, body, strlen(body));
	assert_int_equal(owned_parse(&record, buf.data, buf.len), RECORD_DAMAGED);
	owned_release(&record);
	buf_release(&buf);
}

static void test_find(void **state) {
	(void)state;
	struct owned_record record;
	example(&record);
	for (size_t i = 0; i < record.count; i++) {
		assert_true(owned_find(&record, record.items[i].path) == &record.items[i]);
	}
	static const char *const none[] = {"", "~", "~/.config", "~/.config/hypr/", "~/.zshrcx", "~/z"};
	for (size_t i = 0; i < COUNT(none); i++) {
		check(owned_find(&record, none[i]) == NULL, "'%s'", none[i]);
	}
	owned_release(&record);
	assert_true(owned_find(&record, "~/a") == NULL);
}

static void write_file(const char *path, const struct buf *buf) {
	FILE *file = fopen(path, "w");
	assert_true(file != NULL);
	assert_int_equal(fwrite(buf->data, 1, buf->len, file), buf->len);
	assert_int_equal(fclose(file), 0);
}

static void test_load(void **state) {
	(void)state;
	char folder[] = "/tmp/lumina-unit-XXXXXX";
	assert_true(mkdtemp(folder) != NULL);
	struct arena arena;
	struct err err = {0};
	struct owned_record record;
	struct buf buf = BUF_INIT;
	arena_init(&arena);
	const char *path = path_join(folder, "owned", &arena);

	/* no folder, no file */
	assert_int_equal(owned_load(&record, path_join(folder, "none", &arena), &arena, &err), 0);
	assert_true(!record.present && !record.damaged && record.count == 0);
	assert_int_equal(owned_load(&record, folder, &arena, &err), 0);
	assert_true(!record.present && !record.damaged && record.count == 0);

	struct owned_record written;
	example(&written);
	owned_format(&written, &buf);
	write_file(path, &buf);
	assert_int_equal(owned_load(&record, folder, &arena, &err), 0);
	assert_true(record.present && !record.damaged && record.count == written.count);
	assert_int_equal(record.mark.size, buf.len);
	owned_release(&record);

	/* damaged: nothing of it is used */
	buf.data[buf.len / 2] ^= 1;
	write_file(path, &buf);
	assert_int_equal(owned_load(&record, folder, &arena, &err), 0);
	assert_true(!record.present && record.damaged && record.count == 0);
	assert_true(record.generation == 0);
	owned_release(&record);
	const char *body = "lumina owned 1\ngeneration\t5\nlink\t~/a\tx\t1\nwhat\n";
	seal(&buf, body, strlen(body));
	write_file(path, &buf);
	assert_int_equal(owned_load(&record, folder, &arena, &err), 0);
	assert_true(!record.present && record.damaged && record.count == 0);
	owned_release(&record);
	buf_clear(&buf);
	write_file(path, &buf);
	assert_int_equal(owned_load(&record, folder, &arena, &err), 0);
	assert_true(!record.present && record.damaged);

	/* a later Lumina's, and what is no file */
	seal(&buf, "lumina owned 3\n", 15);
	write_file(path, &buf);
	assert_int_equal(owned_load(&record, folder, &arena, &err), -1);
	assert_true(err.kind == ERR_FAILED && strstr(err.text, "newer") != NULL);
	err_release(&err);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(owned_load(&record, folder, &arena, &err), -1);
	err_release(&err);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(folder), 0);

	owned_release(&written);
	buf_release(&buf);
	arena_release(&arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_version_1),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_load),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
