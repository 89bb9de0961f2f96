/* SPDX-License-Identifier: MIT */
#include "sys/swap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool swap_is_link(int dir, const char *name, const char *text) {
	char found[PATH_MAX + 1];
	size_t expected = strlen(text);
	ssize_t n = readlinkat(dir, name, found, sizeof(found));
	return n >= 0 && (size_t)n == expected && memcmp(found, text, expected) == 0;
}

bool swap_is_absent(int dir, const char *name) {
	struct stat info;
	return fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

int swap_exchange(int dir, const char *a, const char *b) {
	return renameat2(dir, a, dir, b, RENAME_EXCHANGE);
}

int swap_move(int from_dir, const char *from, int to_dir, const char *to) {
	if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0) {
		return 0;
	}
	if (errno != EINVAL && errno != ENOSYS) {
		return -1;
	}
	if (!swap_is_absent(to_dir, to)) {
		errno = EEXIST;
		return -1;
	}
	return renameat(from_dir, from, to_dir, to);
}
