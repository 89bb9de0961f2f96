/* SPDX-License-Identifier: MIT */
#pragma once

/* A folder of the test's own, and what is in it as text. */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/path.h"

struct sandbox {
	char path[32];
	int dir;
	struct arena arena;
};

static inline void sandbox_open(struct sandbox *sandbox) {
	memcpy(sandbox->path, "/tmp/lumina-unit-XXXXXX", sizeof("/tmp/lumina-unit-XXXXXX"));
	assert_true(mkdtemp(sandbox->path) != NULL);
	sandbox->dir = open(sandbox->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(sandbox->dir >= 0);
	arena_init(&sandbox->arena);
}

static inline int sandbox_remove(const char *path, const struct stat *info, int type,
		struct FTW *ftw) {
	(void)info, (void)type, (void)ftw;
	return remove(path);
}

static inline void sandbox_close(struct sandbox *sandbox) {
	assert_int_equal(nftw(sandbox->path, sandbox_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
	assert_int_equal(close(sandbox->dir), 0);
	arena_release(&sandbox->arena);
}

static inline const char *at(struct sandbox *sandbox, const char *name) {
	return path_join(sandbox->path, name, &sandbox->arena);
}

static inline void put_bytes(struct sandbox *sandbox, const char *name, const char *bytes,
		size_t n) {
	FILE *file = fopen(at(sandbox, name), "w");
	check(file != NULL, "%s: %s", name, strerror(errno));
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static inline void put(struct sandbox *sandbox, const char *name, const char *text) {
	put_bytes(sandbox, name, text, strlen(text));
}

static inline void put_folder(struct sandbox *sandbox, const char *name) {
	check(mkdirat(sandbox->dir, name, 0755) == 0, "%s: %s", name, strerror(errno));
}

static inline void put_link(struct sandbox *sandbox, const char *name, const char *text) {
	check(symlinkat(text, sandbox->dir, name) == 0, "%s: %s", name, strerror(errno));
}

static inline struct stat info_of(struct sandbox *sandbox, const char *name) {
	struct stat info = {0};
	check(fstatat(sandbox->dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0, "%s: %s", name,
			strerror(errno));
	return info;
}

/* "text" of a file, "-> text" of a link, "/", "|" (anything else), or "" for nothing. */
static inline const char *what(struct sandbox *sandbox, const char *name) {
	struct stat info;
	if (fstatat(sandbox->dir, name, &info, AT_SYMLINK_NOFOLLOW) < 0) {
		return "";
	}
	char text[PATH_MAX + 1] = "";
	if (S_ISLNK(info.st_mode)) {
		ssize_t n = readlinkat(sandbox->dir, name, text, sizeof(text) - 1);
		return arena_printf(&sandbox->arena, "-> %.*s", (int)n, text);
	}
	if (!S_ISREG(info.st_mode)) {
		return S_ISDIR(info.st_mode) ? "/" : "|";
	}
	FILE *file = fopen(at(sandbox, name), "r");
	assert_true(file != NULL);
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	assert_int_equal(fclose(file), 0);
	return arena_strndup(&sandbox->arena, text, n);
}

/*
 * Runs a test's part as somebody who isn't root, in a process of its own: 0 if it
 * returned 0. As an ordinary person it simply runs.
 */
enum { SOMEBODY = 65534 };

static inline int as_somebody(int (*part)(struct sandbox *), struct sandbox *sandbox) {
	pid_t pid = fork();
	if (pid == 0) {
		bool ready = geteuid() != 0 ||
				(setgid(SOMEBODY) == 0 && setuid(SOMEBODY) == 0);
		_exit(ready ? part(sandbox) : 99);
	}
	int status = -1;
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void give_away(struct sandbox *sandbox, const char *name) {
	if (geteuid() == 0) {
		assert_int_equal(fchownat(sandbox->dir, name, SOMEBODY, SOMEBODY,
						  AT_SYMLINK_NOFOLLOW),
				0);
	}
}
