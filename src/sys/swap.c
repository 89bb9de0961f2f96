/* SPDX-License-Identifier: MIT */
#include "sys/swap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

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

static char *spare_name(const char *name) {
	size_t size = strlen(name) + sizeof("-was");
	char *spare = xmalloc(size);
	(void)snprintf(spare, size, "%s-was", name);
	return spare;
}

static bool is_folder(int dir, const char *name) {
	struct stat info;
	return fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

/* In three steps. A file at `a` gets a second name for the moment, so that `a` is never without
 * one; where a folder is concerned there is a moment without. */
static int exchange_slowly(int dir, const char *a, const char *b) {
	_cleanup_free_ char *spare = spare_name(b);
	bool files = !is_folder(dir, a) && !is_folder(dir, b);
	if (!(files && linkat(dir, a, dir, spare, 0) == 0) && swap_move(dir, a, dir, spare) < 0) {
		return -1;
	}
	if (renameat(dir, b, dir, a) < 0) {
		int saved = errno;
		(void)swap_mend(dir, a, b);
		errno = saved;
		return -1;
	}
	if (renameat(dir, spare, dir, b) == 0) {
		return 0;
	}
	/* As before, then. */
	int saved = errno;
	if (renameat(dir, a, dir, b) == 0) {
		(void)renameat(dir, spare, dir, a);
	}
	errno = saved;
	return -1;
}

int swap_exchange(int dir, const char *a, const char *b) {
	if (renameat2(dir, a, dir, b, RENAME_EXCHANGE) == 0) {
		return 0;
	}
	bool unable = errno == EINVAL || errno == ENOSYS;
	return unable ? exchange_slowly(dir, a, b) : -1;
}

int swap_mend(int dir, const char *a, const char *b) {
	_cleanup_free_ char *spare = spare_name(b);
	struct stat kept, there;
	if (fstatat(dir, spare, &kept, AT_SYMLINK_NOFOLLOW) < 0) {
		return errno == ENOENT ? 0 : -1;
	}
	if (swap_is_absent(dir, a)) {
		return renameat(dir, spare, dir, a);
	}
	bool second_name = fstatat(dir, a, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
			there.st_dev == kept.st_dev && there.st_ino == kept.st_ino;
	if (second_name) {
		return unlinkat(dir, spare, 0);
	}
	return swap_is_absent(dir, b) ? renameat(dir, spare, dir, b) : 0;
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
