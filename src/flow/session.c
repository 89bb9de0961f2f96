/* SPDX-License-Identifier: MIT */
#include "flow/session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "flow/runtime.h"
#include "state/record.h"
#include "sys/file.h"

#define FOLDER "terminals"

enum { SESSION_VERSION = 1, SESSION_SIZE_MAX = 64 * 1024, STAT_SIZE_MAX = 4096, STARTED_FIELD = 20 };

/* When a process started, in ticks since the boot (proc(5), field 22); NULL if that can't be told. */
static const char *started(pid_t pid, struct arena *arena) {
	const char *path = arena_printf(arena, "/proc/%ld/stat", (long)pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[STAT_SIZE_MAX];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0) {
		return NULL;
	}
	text[n] = '\0';
	/* The name may hold blanks and brackets: fields count from behind its end. */
	const char *at = strrchr(text, ')');
	for (int field = 0; at != NULL && field < STARTED_FIELD; field++) {
		at = strchr(at + 1, ' ');
	}
	return at == NULL ? NULL : arena_strndup(arena, at + 1, strspn(at + 1, "0123456789"));
}

/*
 * NULL where there is no session of this machine's: nothing is kept then. Its leader may be gone
 * (a launcher that ended, `setsid` in a script); nobody else has its number as long as we are here.
 */
static const char *file_name(struct arena *arena) {
	pid_t leader = getsid(0);
	const char *since = leader > 0 ? started(leader, arena) : NULL;
	return leader <= 0 ? NULL
			   : arena_printf(arena, "%ld-%s", (long)leader, since != NULL ? since : "0");
}

void session_load(struct session *session, const struct facts *facts, struct arena *arena) {
	*session = (struct session){0};
	const char *name = file_name(arena);
	struct record_reader reader;
	char *bytes, *field[RECORD_FIELDS_MAX];
	size_t size;
	struct file_mark mark;
	if (name == NULL ||
			file_read(AT_FDCWD, path_join(path_join(facts->runtime, FOLDER, arena), name, arena),
					SESSION_SIZE_MAX, arena, &bytes, &size, &mark) < 0 ||
			record_open(&reader, bytes, size, "terminal", SESSION_VERSION) != RECORD_GOOD) {
		return;
	}
	while (record_next(&reader, field) > 0) {
		if (field[0] != NULL && streq(field[0], "pin")) {
			session->pin = field[1];
		} else if (field[0] != NULL && streq(field[0], "mission")) {
			session->mission = field[1];
			session->label = field[2];
			session->root = field[3];
			session->marker = field[4];
		} else if (field[0] != NULL && streq(field[0], "desk") && field[2] != NULL &&
				record_parse_number(field[2], &session->asked)) {
			session->desk = field[1];
		} else if (field[0] != NULL && streq(field[0], "later")) {
			session->later = field[1];
		}
	}
	if (!record_is_done(&reader)) {
		*session = (struct session){0};
	}
}

int session_save(const struct session *session, const struct facts *facts, struct arena *arena,
		struct err *err) {
	const char *name = file_name(arena);
	if (name == NULL) {
		return err_set(err, ERR_FAILED, "there is no terminal to remember a mission for");
	}
	_cleanup_close_ int dir = runtime_open(facts, FOLDER, arena, err);
	if (dir < 0) {
		return -1;
	}
	struct buf text _cleanup_buf_ = BUF_INIT;
	record_begin(&text, "terminal", SESSION_VERSION);
	if (session->pin != NULL) {
		record_word(&text, "pin");
		record_field(&text, session->pin);
		record_newline(&text);
	}
	if (session->mission != NULL || session->root != NULL) {
		record_word(&text, "mission");
		record_field(&text, session->mission);
		record_field(&text, session->label);
		record_field(&text, session->root);
		record_field(&text, session->marker);
		record_newline(&text);
	}
	if (session->asked > 0) {
		record_word(&text, "desk");
		record_field(&text, session->desk);
		record_number(&text, session->asked);
		record_newline(&text);
	}
	if (session->later != NULL) {
		record_word(&text, "later");
		record_field(&text, session->later);
		record_newline(&text);
	}
	record_end(&text);
	return runtime_write(dir, name, &text, arena, err);
}

bool session_is_same(const struct session *a, const struct session *b) {
	return str_same(a->pin, b->pin) && str_same(a->mission, b->mission) && str_same(a->label, b->label) &&
			str_same(a->root, b->root) && str_same(a->marker, b->marker) &&
			str_same(a->desk, b->desk) && str_same(a->later, b->later);
}
