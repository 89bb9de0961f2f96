/* SPDX-License-Identifier: MIT */
#include "flow/detect_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "sys/folder.h"

/* As the kernel counts links; components, so that a path of many links stays cheap. */
enum { LINKS_MAX = 40, PARTS_MAX = 256, FOLLOWED_MAX = 64 };

/* A path that holds no link; ELOOP if it does. */
static int open_straight(const char *path, int flags) {
	struct open_how how = {
		.flags = (uint64_t)flags | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* Kernels before 5.6, and sandboxes that don't know the call. */
static bool is_unknown_call(int code) {
	return code == ENOSYS || code == EPERM;
}

/* Without "//", "/./", "/../" and a slash at the end. */
static bool is_folded(const char *path) {
	for (const char *p = path; *p != '\0'; p++) {
		if (*p != '/') {
			continue;
		}
		const char *part = p + 1;
		size_t n = strcspn(part, "/");
		if ((n == 0 && p != path) || (n == 0 && *part == '/') ||
				(n == 1 && part[0] == '.') ||
				(n == 2 && part[0] == '.' && part[1] == '.')) {
			return false;
		}
	}
	return true;
}

/* errno EREMOTE for a slow place. */
static int check_speed(const struct place *place, const char *path, struct mount *mount) {
	if (!mounts_find(&place->mounts, path, strlen(path), mount)) {
		errno = ENOENT;
		return -1;
	}
	if (mount->slow) {
		errno = EREMOTE;
		return -1;
	}
	return 0;
}

/*
 * Follows the links of a path, one component after the other, and looks at none that lies
 * on a slow file system. NULL with errno.
 */
static const char *follow(const struct place *place, const char *path, struct mount *mount) {
	struct arena *arena = place->arena;
	char *real = arena_alloc(arena, PATH_MAX), *link = arena_alloc(arena, PATH_MAX);
	size_t size = 0;
	unsigned links = 0, parts = 0;
	for (const char *rest = path; *(rest += strspn(rest, "/")) != '\0';) {
		size_t n = strcspn(rest, "/");
		const char *part = rest;
		rest += n;
		if (n == 1 && part[0] == '.') {
			continue;
		}
		if (n == 2 && part[0] == '.' && part[1] == '.') {
			while (size > 0 && real[--size] != '/') {
			}
			continue;
		}
		if (size + n + 2 > PATH_MAX || ++parts > PARTS_MAX) {
			errno = ENAMETOOLONG;
			return NULL;
		}
		size_t above = size;
		real[size++] = '/';
		memcpy(real + size, part, n);
		size += n;
		real[size] = '\0';
		if (check_speed(place, real, mount) < 0) {
			return NULL;
		}
		ssize_t got = readlink(real, link, PATH_MAX);
		if (got < 0 && errno == EINVAL) { /* no link */
			continue;
		}
		if (got >= PATH_MAX || (got >= 0 && ++links > LINKS_MAX)) {
			errno = ELOOP;
			return NULL;
		}
		if (got < 0) {
			return NULL;
		}
		size = link[0] == '/' ? 0 : above;
		rest = arena_printf(arena, "%.*s/%s", (int)got, link, rest);
	}
	real[size] = '\0';
	return size > 0 ? real : "/";
}

static int open_folder(const char *path, bool readable) {
	int fd = open_straight(path, readable ? O_RDONLY | O_NOATIME : O_PATH);
	/* Another's folder; or a sandbox, which is asked twice then. */
	if (fd < 0 && readable && errno == EPERM) {
		fd = open_straight(path, O_RDONLY);
	}
	if (fd < 0 && readable && errno == EACCES) {
		fd = open_straight(path, O_PATH);
	}
	return fd;
}

int place_open(struct place *place, const char *path, bool readable, const char **ret_real,
		struct mount *mount) {
	if (check_speed(place, path, mount) < 0) {
		return -1;
	}
	int fd = -1;
	errno = ELOOP;
	if (is_folded(path)) {
		fd = open_folder(path, readable);
	}
	if (fd < 0 && (errno == ELOOP || is_unknown_call(errno))) {
		const char *real = follow(place, path, mount);
		if (real == NULL || check_speed(place, real, mount) < 0) {
			return -1;
		}
		fd = open_folder(real, readable);
		if (fd < 0 && is_unknown_call(errno)) {
			fd = open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		}
	}
	if (fd < 0) {
		return -1;
	}
	/* What it is, not what it was called: somebody may have exchanged a link since. */
	const char *real = folder_real_path(fd, place->arena);
	int result = 0;
	if (real == NULL || real[0] != '/') {
		errno = ENOENT;
		result = -1;
	} else if (!streq(real, path)) {
		result = check_speed(place, real, mount);
	}
	if (result < 0) {
		int saved = errno;
		(void)close(fd);
		errno = saved;
		return -1;
	}
	*ret_real = real;
	return fd;
}

static int count_parts(const char *path) {
	int count = 0;
	for (; *path != '\0'; path++) {
		count += *path == '/' && path[1] != '\0';
	}
	return count;
}

/* Components of the path below the folder, -1 if it isn't there. */
static int below(const char *path, const char *folder) {
	return path_is_under(path, folder) ? count_parts(path) - count_parts(folder) : -1;
}

int place_below(struct place *place, const char *folder) {
	int count = below(place->path, folder);
	if (count >= 0) {
		return count;
	}
	if (place->followed >= FOLLOWED_MAX) {
		return -1;
	}
	place->followed++;
	const char *real;
	struct mount mount;
	_cleanup_close_ int fd = place_open(place, folder, false, &real, &mount);
	return fd >= 0 ? below(place->path, real) : -1;
}

size_t place_level_size(const struct place *place, unsigned level) {
	size_t size = strlen(place->path);
	for (; level > 0 && size > 0; level--) {
		while (size > 0 && place->path[--size] != '/') {
		}
	}
	return size;
}

const char *place_level(const struct place *place, unsigned level) {
	size_t size = place_level_size(place, level);
	return size > 0 ? arena_strndup(place->arena, place->path, size) : "/";
}
