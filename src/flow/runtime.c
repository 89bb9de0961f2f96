/* SPDX-License-Identifier: MIT */
#include "flow/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "sys/file.h"

int runtime_open(const struct facts *facts, const char *sub, struct arena *arena, struct err *err) {
	const char *path = sub != NULL ? path_join(facts->runtime, sub, arena) : facts->runtime;
	struct stat info;
	if (file_make_folders(path) < 0) {
		return err_sys(err, "cannot make the folder '%s'", path);
	}
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || fstat(dir, &info) < 0) {
		(void)err_sys(err, "cannot open '%s'", path);
		cleanup_close_fd(&dir);
		return -1;
	}
	if (info.st_uid != facts->uid) {
		(void)close(dir);
		return err_set(err, ERR_FAILED, "'%s' belongs to another user", path);
	}
	return dir;
}

int runtime_write(int dir, const char *name, const struct buf *text, struct arena *arena,
		struct err *err) {
	const char *temporary = arena_printf(arena, ".%s.%ld", name, (long)getpid());
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	_cleanup_close_ int fd = openat(dir, temporary, flags, 0600);
	if (fd < 0 && errno == EEXIST && unlinkat(dir, temporary, 0) == 0) {
		/* Of an earlier process with our number, which was killed meanwhile. */
		fd = openat(dir, temporary, flags, 0600);
	}
	if (fd < 0) {
		return err_sys(err, "cannot write '%s'", name);
	}
	if (file_write_all(fd, text->data, text->len) < 0 ||
			renameat(dir, temporary, dir, name) < 0) {
		(void)err_sys(err, "cannot write '%s'", name);
		(void)unlinkat(dir, temporary, 0);
		return -1;
	}
	return 0;
}
