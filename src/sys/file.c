/* SPDX-License-Identifier: MIT */
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "base/mem.h"

struct file_mark file_mark_of(const struct stat *info) {
	return (struct file_mark){
		.dev = info->st_dev,
		.ino = info->st_ino,
		.size = info->st_size,
		.mtime = info->st_mtim,
	};
}

bool file_mark_eq(const struct file_mark *a, const struct file_mark *b) {
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
			a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec;
}

/*
 * Reads what there was to read when it was opened; one byte more tells of a file that
 * has grown since.
 */
static ssize_t read_all(int fd, char *bytes, size_t expected) {
	size_t size = 0;
	do {
		ssize_t n = read(fd, bytes + size, expected + 1 - size);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return -1;
		}
		if (n == 0) {
			break;
		}
		size += (size_t)n;
	} while (size < expected);
	return (ssize_t)size;
}

int file_read_open(int fd, size_t limit, struct arena *arena, char **ret_bytes,
		size_t *ret_size, struct stat *ret_info) {
	if (fstat(fd, ret_info) < 0) {
		return -1;
	}
	if (!S_ISREG(ret_info->st_mode)) {
		errno = S_ISDIR(ret_info->st_mode) ? EISDIR : EINVAL;
		return -1;
	}
	if ((uintmax_t)ret_info->st_size > limit) {
		errno = EFBIG;
		return -1;
	}
	size_t expected = (size_t)ret_info->st_size;
	char *bytes = arena_alloc(arena, expected + 1);
	ssize_t n = read_all(fd, bytes, expected);
	if (n < 0) {
		return -1;
	}
	if ((size_t)n > expected) {
		/* It grew while it was read: what we have is no state that it ever had. */
		errno = EAGAIN;
		return -1;
	}
	bytes[n] = '\0';
	*ret_bytes = bytes;
	*ret_size = (size_t)n;
	return 0;
}

int file_read(int dir, const char *path, size_t limit, struct arena *arena, char **ret_bytes,
		size_t *ret_size, struct file_mark *ret_mark) {
	/* O_NONBLOCK: a pipe of that name must not hang us. */
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat info;
	if (fd < 0 || file_read_open(fd, limit, arena, ret_bytes, ret_size, &info) < 0) {
		return -1;
	}
	if (ret_mark != NULL) {
		*ret_mark = file_mark_of(&info);
	}
	return 0;
}

int file_write_all(int fd, const char *bytes, size_t n) {
	while (n > 0) {
		ssize_t written = write(fd, bytes, n);
		if (written < 0 && errno == EINTR) {
			continue;
		}
		if (written < 0) {
			return -1;
		}
		bytes += written;
		n -= (size_t)written;
	}
	return 0;
}

int file_flush(int fd) {
	int result;
	do {
		result = fsync(fd);
	} while (result < 0 && errno == EINTR);
	return result;
}

int file_prepare(int dir, const char *temporary, const char *bytes, size_t n) {
	if (unlinkat(dir, temporary, 0) < 0 && errno != ENOENT) {
		return -1;
	}
	_cleanup_close_ int fd = openat(dir, temporary,
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		return -1;
	}
	if (file_write_all(fd, bytes, n) < 0 || file_flush(fd) < 0 || close(steal_fd(&fd)) < 0) {
		int saved = errno;
		(void)unlinkat(dir, temporary, 0);
		errno = saved;
		return -1;
	}
	return 0;
}

int file_make_folders(const char *path) {
	if (mkdir(path, 0700) == 0) {
		return 0;
	}
	if (errno == EEXIST) {
		struct stat info;
		if (stat(path, &info) < 0) {
			return -1;
		}
		errno = ENOTDIR;
		return S_ISDIR(info.st_mode) ? 0 : -1;
	}
	if (errno != ENOENT) {
		return -1;
	}
	_cleanup_free_ char *above = xstrdup(path);
	char *slash = strrchr(above, '/');
	if (slash == NULL || slash == above) {
		errno = ENOENT;
		return -1;
	}
	*slash = '\0';
	if (file_make_folders(above) < 0) {
		return -1;
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -1;
}
