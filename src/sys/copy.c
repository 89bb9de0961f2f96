/* SPDX-License-Identifier: MIT */
#include "sys/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/file.h"

enum { BLOCK_SIZE = 128 * 1024 };

static ssize_t read_block(int fd, char *block) {
	ssize_t n;
	do {
		n = read(fd, block, BLOCK_SIZE);
	} while (n < 0 && errno == EINTR);
	return n;
}

static int copy_bytes(int from, int to) {
	_cleanup_free_ char *block = xmalloc(BLOCK_SIZE);
	ssize_t n;
	while ((n = read_block(from, block)) > 0) {
		if (file_write_all(to, block, (size_t)n) < 0) {
			return -1;
		}
	}
	return n < 0 ? -1 : 0;
}

static void copy_attribute(int from, int to, const char *name) {
	ssize_t n = fgetxattr(from, name, NULL, 0);
	if (n < 0) {
		return;
	}
	_cleanup_free_ char *value = xmalloc((size_t)n + 1);
	n = fgetxattr(from, name, value, (size_t)n);
	if (n >= 0) {
		(void)fsetxattr(to, name, value, (size_t)n, 0);
	}
}

int copy_attributes(int from, int to) {
	struct stat info;
	if (fstat(from, &info) < 0) {
		return -1;
	}
	bool owned = fchown(to, info.st_uid, info.st_gid) == 0;
	if (!owned) {
		(void)!fchown(to, (uid_t)-1, info.st_gid);
	}
	if (fchmod(to, info.st_mode & (owned ? 07777 : 0777)) < 0) {
		return -1;
	}
	ssize_t n = flistxattr(from, NULL, 0);
	if (n <= 0) {
		return 0;
	}
	_cleanup_free_ char *names = xmalloc((size_t)n + 1);
	n = flistxattr(from, names, (size_t)n);
	for (const char *name = names; n > 0 && name < names + n; name += strlen(name) + 1) {
		copy_attribute(from, to, name);
	}
	return 0;
}

static bool is_same_file(const struct stat *a, const struct stat *b) {
	struct file_mark left = file_mark_of(a), right = file_mark_of(b);
	return file_mark_eq(&left, &right);
}

static int fill(int from, int to) {
	struct stat before, after;
	if (fstat(from, &before) < 0) {
		return -1;
	}
	if (!S_ISREG(before.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	if (copy_bytes(from, to) < 0 || fstat(from, &after) < 0) {
		return -1;
	}
	if (!is_same_file(&before, &after)) {
		errno = ESTALE;
		return -1;
	}
	if (copy_attributes(from, to) < 0) {
		return -1;
	}
	const struct timespec times[2] = {before.st_atim, before.st_mtim};
	return futimens(to, times) < 0 || file_flush(to) < 0 ? -1 : 0;
}

int copy_file(int from_dir, const char *from, int to_dir, const char *to, bool follow) {
	int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW);
	_cleanup_close_ int in = openat(from_dir, from, flags);
	if (in < 0) {
		return -1;
	}
	_cleanup_close_ int out = openat(to_dir, to,
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (out < 0) {
		return -1;
	}
	if (fill(in, out) < 0 || close(steal_fd(&out)) < 0) {
		int saved = errno;
		(void)unlinkat(to_dir, to, 0);
		errno = saved;
		return -1;
	}
	return 0;
}

int copy_is_same(int a_dir, const char *a, int b_dir, const char *b) {
	_cleanup_close_ int left = openat(a_dir, a, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	_cleanup_close_ int right = openat(b_dir, b, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (left < 0 || right < 0) {
		return -1;
	}
	_cleanup_free_ char *one = xmalloc(BLOCK_SIZE);
	_cleanup_free_ char *two = xmalloc(BLOCK_SIZE);
	for (;;) {
		ssize_t n = read_block(left, one), m = read_block(right, two);
		if (n < 0 || m < 0) {
			return -1;
		}
		/* Regular files give full blocks up to their end. */
		if (n != m || memcmp(one, two, (size_t)n) != 0) {
			return 0;
		}
		if (n == 0) {
			return 1;
		}
	}
}
