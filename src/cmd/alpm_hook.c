/* SPDX-License-Identifier: MIT */

/*
 * What pacman's hook runs, as root, once a transaction is done: the names of the packages
 * come in on standard input (alpm-hooks(5), NeedsTargets) and are appended to a queue, for
 * lumina-sync.path to see. It touches nothing else, has no home, and always succeeds: a
 * queue that can't be written costs a report, and must not cost a person's nerves.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/when.h"
#include "cmd/cmd.h"
#include "reg/package.h"
#include "sys/file.h"

enum { NAMES_SIZE_MAX = 1 << 20, QUEUE_SIZE_MAX = 64 * 1024 };

static const char queue_folder[] = "/var/lib/lumina";
static const char queue_name[] = "queue";

static void read_names(struct buf *names) {
	char chunk[4096];
	ssize_t n;
	while (names->len < NAMES_SIZE_MAX) {
		n = read(STDIN_FILENO, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return;
		}
		buf_add(names, chunk, (size_t)n);
	}
}

/* "2026-11-23T10:11:12Z foo bar" */
static void add_line(struct buf *line, const struct buf *names) {
	const struct when now = when_utc(time(NULL), "%Y-%m-%dT%H:%M:%SZ");
	buf_adds(line, now.text);
	for (size_t at = 0; at < names->len;) {
		const char *name = names->data + at;
		const char *end = memchr(name, '\n', names->len - at);
		struct str text = {name, end != NULL ? (size_t)(end - name) : names->len - at};
		if (package_name_check(text) == NULL) {
			buf_addf(line, " %.*s", (int)text.n, text.p);
		}
		at += text.n + 1;
	}
	buf_addc(line, '\n');
}

static void append(const char *folder, const struct buf *line) {
	if (mkdir(folder, 0755) < 0 && errno != EEXIST) {
		return;
	}
	_cleanup_close_ int dir = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_close_ int fd = dir < 0 ? -1
			: openat(dir, queue_name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW |
							  O_NONBLOCK | O_CLOEXEC, 0644);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode)) {
		return;
	}
	/* Nothing depends on old lines. */
	if (info.st_size > QUEUE_SIZE_MAX && ftruncate(fd, 0) < 0) {
		return;
	}
	(void)file_write_all(fd, line->data, line->len);
}

int cmd_alpm_hook(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	(void)app;
	(void)opts;
	(void)argc;
	(void)argv;
	(void)err;
	struct buf names _cleanup_buf_ = BUF_INIT;
	struct buf line _cleanup_buf_ = BUF_INIT;
	const char *folder = getenv("LUMINA_QUEUE");
	read_names(&names);
	add_line(&line, &names);
	append(folder != NULL && folder[0] == '/' ? folder : queue_folder, &line);
	return 0;
}
