/* SPDX-License-Identifier: MIT */
#include "sys/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

enum { POLL_MS = 20 };

static struct flock whole_file(void) {
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

long lock_holder(int dir, const char *name) {
	_cleanup_close_ int fd = openat(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct flock lock = whole_file();
	if (fd < 0 || fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK) {
		return 0;
	}
	return lock.l_pid;
}

/* The file of that name is still the one that is open: an eject may have removed it. */
static bool is_current(int dir, const char *name, int fd) {
	struct stat ours, there;
	return fstat(fd, &ours) == 0 && fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
			ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static int open_file(int dir, const char *name) {
	return openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int lock_take(int dir, const char *name, const char *folder, struct err *err) {
	_cleanup_close_ int fd = open_file(dir, name);
	for (int waited = 0; fd >= 0; waited += POLL_MS) {
		struct flock lock = whole_file();
		bool locked = fcntl(fd, F_SETLK, &lock) == 0;
		if (locked && is_current(dir, name, fd)) {
			return steal_fd(&fd);
		}
		if (!locked && errno != EACCES && errno != EAGAIN && errno != EINTR) {
			return err_sys(err, "cannot lock '%s/%s'", folder, name);
		}
		if (waited >= LOCK_WAIT_MS) {
			break;
		}
		if (locked) {
			(void)close(fd);
			fd = open_file(dir, name);
		} else {
			(void)poll(NULL, 0, POLL_MS);
		}
	}
	if (fd < 0) {
		return err_sys(err, "cannot open the lock file '%s/%s'", folder, name);
	}
	struct flock lock = whole_file();
	long pid = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
	return err_set(err, ERR_FAILED, "another lumina is changing this machine (pid %ld); gave up "
			"after %d seconds", pid, LOCK_WAIT_MS / 1000);
}
