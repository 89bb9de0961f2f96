/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Files as a whole. Every function loops over short reads and writes and EINTR.
 * `dir` is a directory descriptor or AT_FDCWD, as in openat(2).
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"

/* Identity of a file's content, as far as stat(2) can tell. */
struct file_mark {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

struct file_mark file_mark_of(const struct stat *info);
bool file_mark_eq(const struct file_mark *a, const struct file_mark *b);

/*
 * Reads a regular file of at most `limit` bytes into the arena, NUL-terminated.
 * -1 with errno: EFBIG above the limit, EISDIR or EINVAL for what is no file.
 */
int file_read(int dir, const char *path, size_t limit, struct arena *arena, char **ret_bytes,
		size_t *ret_size, struct file_mark *ret_mark);

/*
 * The same from an open descriptor, whose place is at its start. *ret_info is what
 * fstat(2) says of it; set even where it is refused, but not where that fails.
 */
int file_read_open(int fd, size_t limit, struct arena *arena, char **ret_bytes,
		size_t *ret_size, struct stat *ret_info);

/* All bytes, or -1 with errno. */
int file_write_all(int fd, const char *bytes, size_t n);

/*
 * Makes `name` hold the bytes, durably, with mode 0600: a temporary file beside
 * it is written and flushed. Nothing is published: rename `temporary` onto the
 * final name, then flush the folder. A file of that name left by a crash is
 * replaced. -1 with errno; the temporary file is removed then.
 */
int file_prepare(int dir, const char *temporary, const char *bytes, size_t n);

/* fsync(2) of a folder's entries. */
int file_flush(int fd);

/* Makes a folder and the missing ones above it, mode 0700; -1 with errno. */
int file_make_folders(const char *path);
