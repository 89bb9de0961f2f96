/* SPDX-License-Identifier: MIT */
#include "state/pacman_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "state/record.h"
#include "sys/file.h"
#include "sys/proc.h"

enum { VERSION = 1, SIZE_MAX_BYTES = 1 << 20, ANSWER_MAX = 1 << 20 };

static const char *const keys[] = {"RootDir", "DBPath", "LogFile", "CacheDir", "HoldPkg"};
#define COUNT_OF_KEYS (sizeof(keys) / sizeof(keys[0]))

/* Identity of a file as it is now. Nothing there is something else than any file. */
static void add_mark(struct buf *out, const char *path) {
	struct stat info;
	if (path[0] != '/' || stat(path, &info) < 0) {
		buf_adds(out, "-\n");
		return;
	}
	struct file_mark mark = file_mark_of(&info);
	buf_addf(out, "%ju:%ju:%jd:%jd.%09ld\n", (uintmax_t)mark.dev, (uintmax_t)mark.ino,
			(intmax_t)mark.size, (intmax_t)mark.mtime.tv_sec, mark.mtime.tv_nsec);
}

static void add_word(struct buf *out, const char *word) {
	buf_addf(out, "%zu:%s\n", strlen(word), word);
	/* "--config=/x" names a file too. */
	const char *slash = strchr(word, '/');
	add_mark(out, slash != NULL ? slash : "");
}

static uint64_t key_of(const struct pacman_question *question) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	add_word(&text, question->program);
	for (const char *const *word = question->arguments; word != NULL && *word != NULL; word++) {
		add_word(&text, *word);
	}
	buf_adds(&text, "-- ");
	add_word(&text, question->config != NULL ? question->config : "");
	add_word(&text, question->root != NULL ? question->root : "");
	add_word(&text, question->watched);
	return hash64(text.data, text.len);
}

static bool recall(struct pacman_conf *conf, const char *path, uint64_t key, struct arena *arena) {
	char *bytes;
	size_t size;
	struct record_reader reader;
	if (file_read(AT_FDCWD, path, SIZE_MAX_BYTES, arena, &bytes, &size, NULL) < 0 ||
			record_open(&reader, bytes, size, "pacman-conf", VERSION) != RECORD_GOOD) {
		return false;
	}
	char *field[RECORD_FIELDS_MAX];
	uint64_t found;
	if (record_next(&reader, field) < 2 || field[0] == NULL || !streq(field[0], "key") ||
			!record_parse_number(field[1], &found) || found != key) {
		return false;
	}
	struct buf text _cleanup_buf_ = BUF_INIT;
	while (record_next(&reader, field) > 0) {
		buf_addf(&text, "%s = %s\n", field[0] != NULL ? field[0] : "",
				field[1] != NULL ? field[1] : "");
	}
	if (!record_is_done(&reader)) {
		return false;
	}
	pacman_conf_answer(conf, (struct str){text.data, text.len}, NULL, arena);
	return true;
}

static void add_answer(struct buf *out, const char *key, const char *value) {
	if (value != NULL) {
		record_word(out, key);
		record_field(out, value);
		record_newline(out);
	}
}

/* Best effort: without it, the program is asked again. */
static void keep(const struct pacman_conf *answer, const char *folder, const char *path,
		uint64_t key, struct arena *arena) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	record_begin(&text, "pacman-conf", VERSION);
	record_word(&text, "key");
	record_number(&text, key);
	record_newline(&text);
	add_answer(&text, "RootDir", answer->root);
	add_answer(&text, "DBPath", answer->db);
	add_answer(&text, "LogFile", answer->log);
	for (size_t i = 0; i < answer->caches.count; i++) {
		add_answer(&text, "CacheDir", answer->caches.items[i]);
	}
	for (size_t i = 0; i < answer->hold.count; i++) {
		add_answer(&text, "HoldPkg", answer->hold.items[i]);
	}
	record_end(&text);
	const char *temporary = arena_printf(arena, "%s.%ld", path, (long)getpid());
	if (file_make_folders(folder) == 0 &&
			file_prepare(AT_FDCWD, temporary, text.data, text.len) == 0 &&
			rename(temporary, path) < 0) {
		(void)unlink(temporary);
	}
}

/* One run; the answer to `key`, or to everything. */
static int run(struct pacman_conf *answer, const struct pacman_question *question, const char *key,
		const struct facts *facts, struct arena *arena, struct err *err) {
	struct {
		const char **items;
		size_t count, room;
	} argv = {0};
	struct buf output _cleanup_buf_ = BUF_INIT;
	VEC_ADD(&argv, question->program);
	for (const char *const *word = question->arguments; word != NULL && *word != NULL; word++) {
		VEC_ADD(&argv, *word);
	}
	if (question->config != NULL) {
		VEC_ADD(&argv, "--config");
		VEC_ADD(&argv, question->config);
	}
	if (question->root != NULL) {
		VEC_ADD(&argv, "--rootdir");
		VEC_ADD(&argv, question->root);
	}
	if (key != NULL) {
		VEC_ADD(&argv, key);
	}
	VEC_ADD(&argv, NULL);
	struct proc proc = {.argv = argv.items, .umask = facts->umask, .capture = &output,
			.quiet = true};
	int code = 0;
	int result = proc_run(&proc, &code, err);
	if (result == 0 && code != 0) {
		result = err_set(err, ERR_FAILED, "'%s' cannot say where pacman's database is: "
				"it ended with exit code %d", question->program, code);
	}
	if (result == 0) {
		size_t n = output.len < ANSWER_MAX ? output.len : ANSWER_MAX;
		pacman_conf_answer(answer, (struct str){output.data, n}, key, arena);
	}
	VEC_RELEASE(&argv);
	return result;
}

static int ask(struct pacman_conf *answer, const struct pacman_question *question,
		const struct facts *facts, struct arena *arena, struct err *err) {
	struct err first = {0};
	int result = run(answer, question, NULL, facts, arena, &first);
	if (result < 0 || (answer->db == NULL && answer->root == NULL)) {
		pacman_conf_release(answer);
		*answer = (struct pacman_conf){0};
		for (size_t i = 0; first.kind != ERR_NO_PROGRAM && i < COUNT_OF_KEYS; i++) {
			struct err single = {0};
			(void)run(answer, question, keys[i], facts, arena, &single);
			err_release(&single);
		}
	}
	if (answer->db != NULL || answer->root != NULL) {
		err_release(&first);
		return 0;
	}
	if (result < 0) {
		*err = first;
		return -1;
	}
	return err_set(err, ERR_FAILED, "'%s' doesn't say where pacman's database is",
			question->program);
}

static void add_all(struct pacman_list *list, const struct pacman_list *more) {
	for (size_t i = 0; i < more->count; i++) {
		VEC_ADD(list, more->items[i]);
	}
}

int pacman_ask(struct pacman_conf *conf, const struct pacman_question *question,
		const struct facts *facts, struct arena *arena, struct err *err) {
	struct pacman_conf answer = {0};
	const char *path = path_join(facts->cache, "pacman-conf", arena);
	uint64_t key = key_of(question);
	int result = 0;
	if (!recall(&answer, path, key, arena)) {
		result = ask(&answer, question, facts, arena, err);
		if (result == 0) {
			keep(&answer, facts->cache, path, key, arena);
		}
	}
	conf->root = conf->root != NULL ? conf->root : answer.root;
	conf->db = conf->db != NULL ? conf->db : answer.db;
	conf->log = conf->log != NULL ? conf->log : answer.log;
	add_all(&conf->caches, &answer.caches);
	add_all(&conf->hold, &answer.hold);
	pacman_conf_release(&answer);
	return result;
}
