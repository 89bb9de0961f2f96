/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include <time.h>

#include "state/pacman_log.h"

enum { NAMES = 4 };

/* "installed 2026-11-23 09:11:12 'pacman -S foo'" for each name, one a line. */
static const char *look(struct sandbox *sandbox, const char *path, const char *const *names) {
	struct log_event events[NAMES] = {0};
	size_t count = 0;
	for (; names[count] != NULL; count++) {
		events[count] = (struct log_event){names[count], LOG_REMOVED, 1, "left over"};
	}
	pacman_log_find(path, events, count, &sandbox->arena);
	struct buf buf = BUF_INIT;
	for (size_t i = 0; i < count; i++) {
		assert_true(events[i].name == names[i]);
		buf_addf(&buf, "%s%s", i > 0 ? "\n" : "", events[i].name);
		if (events[i].change == LOG_UNKNOWN) {
			assert_true(events[i].time == 0 && events[i].command == NULL);
			continue;
		}
		struct tm tm;
		time_t when = (time_t)events[i].time;
		char text[32];
		assert_true(gmtime_r(&when, &tm) != NULL);
		assert_true(strftime(text, sizeof(text), "%F %T", &tm) > 0);
		buf_addf(&buf, " %s %s '%s'",
				events[i].change == LOG_INSTALLED ? "installed" : "removed", text,
				events[i].command != NULL ? events[i].command : "?");
	}
	const char *text = arena_strndup(&sandbox->arena, buf.data, buf.len);
	buf_release(&buf);
	return text;
}

static const char *look_text(struct sandbox *sandbox, const char *log, const char *const *names) {
	put(sandbox, "log", log);
	return look(sandbox, at(sandbox, "log"), names);
}

#define T "[2026-11-23T10:11:12+0100] "

static void test_lines(void **state) {
	(void)state;
	static const struct {
		const char *log, *want; /* of "foo" */
	} rows[] = {
		{T "[PACMAN] Running 'pacman -S foo'\n" T "[ALPM] transaction started\n"
		 T "[ALPM] installed foo (1.0-1)\n" T "[ALPM] transaction completed\n",
				"foo installed 2026-11-23 09:11:12 'pacman -S foo'"},
		{T "[PACMAN] Running 'pacman -R foo'\n" T "[ALPM] removed foo (1.0-1)",
				"foo removed 2026-11-23 09:11:12 'pacman -R foo'"},
		{T "[ALPM] installed foo (1)\n", "foo installed 2026-11-23 09:11:12 '?'"},
		/* the last one, and the command above it */
		{T "[PACMAN] Running 'a'\n" T "[ALPM] installed foo (1)\n"
		 T "[PACMAN] Running 'b'\n" T "[PACMAN] synchronizing package lists\n"
		 T "[ALPM] removed foo (1)\n" T "[PACMAN] Running 'c'\n",
				"foo removed 2026-11-23 09:11:12 'b'"},
		/* zones */
		{"[2026-01-01T00:30:00-0330] [ALPM] installed foo (1)\n",
				"foo installed 2026-01-01 04:00:00 '?'"},
		{"[2024-02-29T23:59:60+0000] [ALPM] installed foo (1)\n",
				"foo installed 2024-03-01 00:00:00 '?'"},
		/* before pacman 5.2: local time, here of UTC-2 */
		{"[2013-11-23 10:11] [PACMAN] Running 'pacman -S foo'\n"
		 "[2013-11-23 10:11] [ALPM] installed foo (1.0-1)\n",
				"foo installed 2013-11-23 12:11:00 'pacman -S foo'"},
		{"[2011-11-23 10:11] installed foo (1.0-1)\n",
				"foo installed 2011-11-23 12:11:00 '?'"},
		/* text is data */
		{T "[PACMAN] Running 'pacman -S it's \x1b[31m \\ \xff'\n" T "[ALPM] installed foo (1)\n",
				"foo installed 2026-11-23 09:11:12 'pacman -S it's \x1b[31m \\ \xff'"},
		{T "[PACMAN] Running 'cut\n" T "[ALPM] installed foo (1)\n",
				"foo installed 2026-11-23 09:11:12 'cut'"},
		{T "[PACMAN] Running ''\n" T "[ALPM] installed foo (1)\n",
				"foo installed 2026-11-23 09:11:12 ''"},
		/* none of these */
		{"", "foo"},
		{"\n\n\n", "foo"},
		{T "[ALPM] upgraded foo (1 -> 2)\n" T "[ALPM] reinstalled foo (2)\n", "foo"},
		{T "[ALPM-SCRIPTLET] installed foo (1)\n", "foo"},
		{T "[PACMAN] installed foo (1)\n", "foo"},
		{T "[ALPM]installed foo (1)\n", "foo"},
		{T "[ALPM] installed food (1)\n" T "[ALPM] installed fo (1)\n", "foo"},
		{T "[ALPM] installed foo\n", "foo"},
		{T "[ALPM] installed foo \n", "foo"},
		{T "[ALPM] installed foo 1\n", "foo"},
		{T "[ALPM] installed \n" T "[ALPM] installed\n" T "[ALPM] \n" T "\n" T, "foo"},
		{"[ALPM] installed foo (1)\n", "foo"},
		{" " T "[ALPM] installed foo (1)\n", "foo"},
		{"[2026-13-23T10:11:12+0100] [ALPM] installed foo (1)\n", "foo"},
		{"[2026-11-32T10:11:12+0100] [ALPM] installed foo (1)\n", "foo"},
		{"[2026-11-23T24:11:12+0100] [ALPM] installed foo (1)\n", "foo"},
		{"[2026-11-23T10:11:12 0100] [ALPM] installed foo (1)\n", "foo"},
		{"[2026-11-23T10:11:12+01:0] [ALPM] installed foo (1)\n", "foo"},
		{"[2026-11-23T10:11:12+0100]x[ALPM] installed foo (1)\n", "foo"},
		{"[2026/11/23T10:11:12+0100] [ALPM] installed foo (1)\n", "foo"},
		{"[2026-11-23 1a:11] installed foo (1)\n", "foo"},
		{"[2026-11-23 10:11]xinstalled foo (1)\n", "foo"},
		{"[", "foo"},
		{"[2026-11-23 10:11]", "foo"},
		{"[2026-11-23 10:11] ", "foo"},
	};
	static const char *const names[] = {"foo", NULL};
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	assert_int_equal(setenv("TZ", "XXX2", 1), 0);
	tzset();
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_text(rows[i].log, look_text(&sandbox, rows[i].log, names), rows[i].want);
	}
	sandbox_close(&sandbox);
}

static void test_many(void **state) {
	(void)state;
	static const char *const names[] = {"zsh", "a", "never", "foo", NULL};
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	check_text("many", look_text(&sandbox,
			T "[PACMAN] Running 'one'\n" T "[ALPM] installed a (1)\n"
			T "[PACMAN] Running 'two'\n" T "[ALPM] installed zsh (1)\n"
			T "[ALPM] installed other (1)\n" T "[ALPM] removed foo (1)\n", names),
			"zsh installed 2026-11-23 09:11:12 'two'\n"
			"a installed 2026-11-23 09:11:12 'one'\nnever\n"
			"foo removed 2026-11-23 09:11:12 'two'");
	static const char *const none[] = {NULL};
	check_text("none", look_text(&sandbox, T "[ALPM] installed a (1)\n", none), "");
	static const char nuls[] = T "[ALPM] installed a\0b (1)\n" T "[ALPM] installed zsh\0 (1)\n";
	put_bytes(&sandbox, "log", nuls, sizeof(nuls) - 1);
	check_text("NUL", look(&sandbox, at(&sandbox, "log"), names), "zsh\na\nnever\nfoo");
	sandbox_close(&sandbox);
}

static void test_absent(void **state) {
	(void)state;
	static const char *const names[] = {"foo", NULL};
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	check_text("none", look(&sandbox, at(&sandbox, "none"), names), "foo");
	check_text("a folder", look(&sandbox, sandbox.path, names), "foo");
	check_text("a device", look(&sandbox, "/dev/zero", names), "foo");
	assert_int_equal(mkfifoat(sandbox.dir, "pipe", 0600), 0);
	check_text("a pipe", look(&sandbox, at(&sandbox, "pipe"), names), "foo");
	put_link(&sandbox, "loop", "loop");
	check_text("a loop", look(&sandbox, at(&sandbox, "loop"), names), "foo");
	sandbox_close(&sandbox);
}

/* Lines at every place of a piece, so that each of them is once cut by its border. */
static void test_pieces(void **state) {
	(void)state;
	static const char *const names[] = {"foo", "bar", NULL};
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	struct buf head = BUF_INIT, log = BUF_INIT;
	buf_adds(&head, T "[PACMAN] Running 'pacman -S foo'\n" T "[ALPM] installed foo (1)\n");
	static const char tail[] = T "[PACMAN] Running 'x'\n" T "[ALPM] installed bar (1)\n";
	for (size_t shift = 0; shift < head.len + 2; shift++) {
		buf_clear(&log);
		buf_add(&log, head.data, head.len);
		size_t fill = (256 << 10) - shift - sizeof(tail) + 1;
		for (size_t n = 0; n < fill; n += 64) {
			size_t line = fill - n < 64 ? fill - n : 64;
			static const char filler[] = "[2026-11-23T10:11:12+0100] [ALPM] "
					"warning: something was so and so \n\n";
			buf_add(&log, filler, line - 1);
			buf_addc(&log, '\n');
		}
		buf_adds(&log, tail);
		check_text("pieces", look_text(&sandbox, log.data, names),
				"foo installed 2026-11-23 09:11:12 'pacman -S foo'\n"
				"bar installed 2026-11-23 09:11:12 'x'");
	}
	/* A line that is longer than a piece is passed over. */
	buf_clear(&log);
	buf_add(&log, head.data, head.len);
	buf_adds(&log, T "[PACMAN] ");
	for (size_t i = 0; i < 40000; i++) {
		buf_adds(&log, "0123456789abcdef");
	}
	buf_adds(&log, "\n");
	buf_adds(&log, tail);
	check_text("long line", look_text(&sandbox, log.data, names),
			"foo installed 2026-11-23 09:11:12 'pacman -S foo'\n"
			"bar installed 2026-11-23 09:11:12 'x'");
	buf_release(&head);
	buf_release(&log);
	sandbox_close(&sandbox);
}

/* Only the end of a very long log is read. */
static void test_limit(void **state) {
	(void)state;
	static const char *const names[] = {"foo", "bar", NULL};
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put(&sandbox, "log", T "[PACMAN] Running 'old'\n" T "[ALPM] installed foo (1)\n");
	assert_int_equal(truncate(at(&sandbox, "log"), PACMAN_LOG_MAX), 0);
	FILE *file = fopen(at(&sandbox, "log"), "a");
	assert_true(file != NULL);
	assert_true(fputs("\n" T "[ALPM] installed bar (1)\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	check_text("limit", look(&sandbox, at(&sandbox, "log"), names),
			"foo\nbar installed 2026-11-23 09:11:12 '?'");
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
