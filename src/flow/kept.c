/* SPDX-License-Identifier: MIT */
#include "flow/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "sys/file.h"

enum kept kept_read(const char *path, uid_t owner, size_t limit, struct arena *arena,
		const char **ret_bytes, size_t *ret_size) {
	_cleanup_close_ int fd = open(path,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat info;
	if (fd < 0) {
		return errno == ELOOP ? KEPT_UNFIT : KEPT_NONE;
	}
	if (fstat(fd, &info) < 0) {
		return KEPT_NONE;
	}
	if (!S_ISREG(info.st_mode) || info.st_uid != owner || (info.st_mode & 022) != 0) {
		return KEPT_UNFIT;
	}
	if ((uintmax_t)info.st_size > limit) {
		return KEPT_NONE;
	}
	size_t room = (size_t)info.st_size + 1, size = 0;
	char *bytes = arena_alloc(arena, room);
	while (size < room) {
		ssize_t n = read(fd, bytes + size, room - size);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return KEPT_NONE;
		}
		size += (size_t)n;
		/* As long as it was said to be: no need to ask for the end. */
		if (n == 0 || size == room - 1) {
			break;
		}
	}
	if (size != room - 1) {
		return KEPT_NONE;
	}
	bytes[size] = '\0';
	*ret_bytes = bytes;
	*ret_size = size;
	return KEPT_GOOD;
}

/*
 * The temporary file, locked; -1 if somebody else has it. There is one name for all
 * writers, so that a killed one leaves no more than the next will use again. Once the
 * lock is had, the name must still be this file's: else it was renamed meanwhile, and
 * is what readers read.
 */
static int open_temporary(int dir, const char *temporary) {
	_cleanup_close_ int fd = openat(dir, temporary,
			O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat mine, there;
	if (fd < 0 || fcntl(fd, F_OFD_SETLK, &whole) < 0 || fstat(fd, &mine) < 0 ||
			fstatat(dir, temporary, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
			mine.st_dev != there.st_dev || mine.st_ino != there.st_ino) {
		return -1;
	}
	if (!S_ISREG(mine.st_mode) || mine.st_uid != geteuid() || mine.st_nlink != 1) {
		(void)unlinkat(dir, temporary, 0); /* not ours to write; the next one can */
		return -1;
	}
	return fchmod(fd, 0600) < 0 ? -1 : steal_fd(&fd);
}

bool kept_write(const char *folder, const char *name, const char *bytes, size_t n) {
	if (file_make_folders(folder) < 0) {
		return false;
	}
	_cleanup_close_ int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		return false;
	}
	struct arena scratch;
	arena_init(&scratch);
	const char *temporary = arena_printf(&scratch, "%s.new", name);
	_cleanup_close_ int fd = open_temporary(dir, temporary);
	bool done = false;
	if (fd >= 0) {
		done = ftruncate(fd, 0) == 0 && file_write_all(fd, bytes, n) == 0 &&
				renameat(dir, temporary, dir, name) == 0;
		if (!done) {
			(void)unlinkat(dir, temporary, 0);
		}
	}
	arena_release(&scratch);
	return done;
}
