/* SPDX-License-Identifier: MIT */
#include "exec/index_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/file.h"
#include "sys/signals.h"

enum { WAIT_MS = 3000, POLL_MS = 50 };

static const char word[] = "lumina\n";

static bool lock(int fd) {
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	return fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

void index_lock_mend(const char *path) {
	char text[sizeof(word)] = "";
	struct stat ours, there;
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || read(fd, text, sizeof(text)) != (ssize_t)sizeof(word) - 1 ||
			memcmp(text, word, sizeof(word) - 1) != 0 || !lock(fd)) {
		return;
	}
	/* Only who holds the lock on this very file removes it. */
	if (fstat(fd, &ours) == 0 && lstat(path, &there) == 0 && ours.st_dev == there.st_dev &&
			ours.st_ino == there.st_ino) {
		(void)unlink(path);
	}
}

int index_lock_take(const char *path, mode_t umask, struct err *err) {
	for (int waited = 0;; waited += POLL_MS) {
		index_lock_mend(path);
		_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
				0666 & ~umask);
		if (fd >= 0) {
			/* The word comes last: until then nobody takes it for one that was left. */
			if (lock(fd)) {
				(void)file_write_all(fd, word, sizeof(word) - 1);
			}
			return steal_fd(&fd);
		}
		if (errno != EEXIST) {
			return err_sys(err, "cannot lock the index of the profile");
		}
		if (waited >= WAIT_MS || signals_pending() != 0) {
			return err_set(err, ERR_FAILED, "Git is changing the profile just now");
		}
		(void)poll(NULL, 0, POLL_MS);
	}
}

void index_lock_drop(const char *path, int fd) {
	(void)unlink(path);
	(void)close(fd);
}
