/* SPDX-License-Identifier: MIT */
#include "sys/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"

/* Deeper trees than this are a loop of bind mounts, not configuration. */
enum { DEPTH_MAX = 128 };

/* Without openat2(2): kernels before 5.6, and sandboxes that don't know it. */
static int open_and_check(int dir, const char *path, int flags) {
	struct arena arena;
	_cleanup_close_ int fd = openat(dir, path, flags | O_CLOEXEC);
	if (fd < 0) {
		return -1;
	}
	arena_init(&arena);
	const char *above = folder_real_path(dir, &arena);
	const char *real = folder_real_path(fd, &arena);
	bool beneath = above != NULL && real != NULL && path_is_under(real, above);
	arena_release(&arena);
	errno = EXDEV;
	return beneath ? steal_fd(&fd) : -1;
}

int folder_open_beneath(int dir, const char *path, int flags) {
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
	return fd < 0 && (errno == ENOSYS || errno == EPERM) ? open_and_check(dir, path, flags) : fd;
}

const char *folder_real_path(int fd, struct arena *arena) {
	char link[64];
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	char *path = arena_alloc(arena, PATH_MAX);
	ssize_t n = readlink(link, path, PATH_MAX - 1);
	if (n < 0) {
		return NULL;
	}
	path[n] = '\0';
	return path;
}

static bool is_dots(const char *name) {
	return streq(name, ".") || streq(name, "..");
}

int folder_count(int dir, const char *name, uint32_t *ret_count) {
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	if (stream == NULL) {
		cleanup_close_fd(&fd);
		return -1;
	}
	uint32_t count = 0;
	const struct dirent *entry;
	errno = 0;
	while ((entry = readdir(stream)) != NULL) {
		count += !is_dots(entry->d_name);
	}
	int saved = errno;
	(void)closedir(stream);
	errno = saved;
	*ret_count = count;
	return saved == 0 ? 0 : -1;
}

/* DT_UNKNOWN comes from file systems that don't store the type in the folder. */
static unsigned char entry_type(int dir, const struct dirent *entry) {
	struct stat info;
	if (entry->d_type != DT_UNKNOWN) {
		return entry->d_type;
	}
	if (fstatat(dir, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0) {
		return DT_UNKNOWN;
	}
	return (unsigned char)IFTODT(info.st_mode);
}

struct walk {
	folder_found_fn *found;
	void *user;
	struct buf path;
	unsigned depth;
};

static int walk(struct walk *state, int fd);

static int visit(struct walk *state, int dir, const struct dirent *entry) {
	const char *name = entry->d_name;
	if (is_dots(name) || streq(name, ".git")) {
		return 0;
	}
	unsigned char type = entry_type(dir, entry);
	size_t length = state->path.len;
	int result = 0;
	if (length > 0) {
		buf_addc(&state->path, '/');
	}
	buf_adds(&state->path, name);
	if (type == DT_DIR) {
		int below = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		result = below >= 0 ? walk(state, below) : -1;
	} else if (type == DT_REG || type == DT_LNK) {
		result = state->found(state->user, state->path.data);
	}
	if (result == 0) {
		state->path.len = length;
		if (length > 0) {
			state->path.data[length] = '\0';
		}
	}
	return result;
}

static int walk(struct walk *state, int fd) {
	DIR *stream = fdopendir(fd);
	if (stream == NULL) {
		(void)close(fd);
		return -1;
	}
	int result = 0;
	if (++state->depth > DEPTH_MAX) {
		errno = ELOOP;
		result = -1;
	}
	while (result == 0) {
		errno = 0;
		const struct dirent *entry = readdir(stream);
		if (entry == NULL) {
			result = errno == 0 ? 0 : -1;
			break;
		}
		result = visit(state, dirfd(stream), entry);
	}
	state->depth--;
	int saved = errno;
	(void)closedir(stream);
	errno = saved;
	return result;
}

int folder_walk(int fd, folder_found_fn *found, void *user) {
	struct walk state = {.found = found, .user = user, .path = BUF_INIT};
	int result = walk(&state, fd);
	buf_release(&state.path);
	return result;
}
