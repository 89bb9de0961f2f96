/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "state/installed.h"

enum { FILES_MAX = 256 << 20 };

static int read_all(int fd, struct buf *out) {
	struct stat info;
	if (fstat(fd, &info) < 0) {
		return -1;
	}
	if (!S_ISREG(info.st_mode) || info.st_size > FILES_MAX) {
		errno = S_ISREG(info.st_mode) ? EFBIG : EINVAL;
		return -1;
	}
	buf_reserve(out, (size_t)info.st_size + 1);
	for (;;) {
		ssize_t n = read(fd, out->data + out->len, out->room - 1 - out->len);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			out->data[out->len] = '\0';
			return (int)n;
		}
		out->len += (size_t)n;
		if (out->len + 1 >= out->room) {
			buf_reserve(out, out->room);
		}
	}
}

/* The list as bytes, every line of it ended. */
static int read_list(const struct installed *installed, const struct installed_package *package,
		struct buf *scratch, struct err *err) {
	struct buf path _cleanup_buf_ = BUF_INIT;
	buf_addf(&path, "%s/local/%s-%s/files", installed->db, package->name, package->version);
	buf_clear(scratch);
	_cleanup_close_ int fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if ((fd < 0 && errno != ENOENT) || (fd >= 0 && read_all(fd, scratch) < 0)) {
		return err_sys(err, "cannot read the package database '%s'", path.data);
	}
	if (scratch->len > 0 && scratch->data[scratch->len - 1] != '\n') {
		buf_addc(scratch, '\n');
	}
	return 0;
}

/* Where the paths begin and end: behind %FILES%, up to an empty line. */
static char *find_paths(const struct buf *scratch, char **ret_end) {
	static const char head[] = "%FILES%\n";
	char *at = scratch->data, *end = scratch->data + scratch->len;
	while (at < end && (size_t)(end - at) >= sizeof(head) - 1 &&
			memcmp(at, head, sizeof(head) - 1) != 0) {
		char *newline = memchr(at, '\n', (size_t)(end - at));
		at = newline != NULL ? newline + 1 : end;
	}
	if ((size_t)(end - at) < sizeof(head) - 1) {
		return NULL;
	}
	at += sizeof(head) - 1;
	if (at < end && *at == '\n') {
		return NULL;
	}
	char *empty = memmem(at, (size_t)(end - at), "\n\n", 2);
	*ret_end = empty != NULL ? empty + 1 : end;
	return at;
}

int installed_files(const struct installed *installed, const struct installed_package *package,
		struct buf *scratch, installed_file_fn *found, void *user, struct err *err) {
	if (read_list(installed, package, scratch, err) < 0) {
		return -1;
	}
	char *end, *at = find_paths(scratch, &end);
	while (at != NULL && at < end) {
		char *newline = memchr(at, '\n', (size_t)(end - at));
		if (newline == NULL) {
			break;
		}
		*newline = '\0';
		if (!found(user, at)) {
			break;
		}
		at = newline + 1;
	}
	return 0;
}

const struct installed_package *installed_owner(const struct installed *installed, const char *path,
		struct buf *scratch, struct err *err) {
	struct buf line _cleanup_buf_ = BUF_INIT;
	buf_addf(&line, "\n%s\n", path);
	for (size_t i = 0; i < installed->count && path[0] != '\0'; i++) {
		const struct installed_package *package = &installed->items[i];
		if (read_list(installed, package, scratch, err) < 0) {
			return NULL;
		}
		char *end, *at = find_paths(scratch, &end);
		/* From the newline in front of the first path. */
		if (at != NULL && memmem(at - 1, (size_t)(end - at) + 1, line.data, line.len) != NULL) {
			return package;
		}
	}
	return NULL;
}
