/* SPDX-License-Identifier: MIT */
#include "sys/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

int lock_take(int dir, const char *name, const char *folder, struct err *err) {
	_cleanup_close_ int fd =
			openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		return err_sys(err, "cannot open the lock file '%s/%s'", folder, name);
	}
	for (int waited = 0;; waited += POLL_MS) {
		struct flock lock = whole_file();
		if (fcntl(fd, F_SETLK, &lock) == 0) {
			return steal_fd(&fd);
		}
		if (errno != EACCES && errno != EAGAIN && errno != EINTR) {
			return err_sys(err, "cannot lock '%s/%s'", folder, name);
		}
		if (waited >= LOCK_WAIT_MS) {
			break;
		}
		(void)poll(NULL, 0, POLL_MS);
	}
	struct flock lock = whole_file();
	long pid = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
	return err_set(err, ERR_FAILED, "another lumina is changing this machine (pid %ld); gave up "
			"after %d seconds", pid, LOCK_WAIT_MS / 1000);
}
