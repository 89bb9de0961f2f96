/* SPDX-License-Identifier: MIT */
#include "exec/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"
#include "sys/file.h"
#include "sys/folder.h"

int walk_init(struct walk *walk, const char *home, const char *profile_real,
		const struct followed *followed, size_t nfollowed, struct arena *arena,
		struct err *err) {
	*walk = (struct walk){
		.arena = arena,
		.home = home,
		.profile_real = profile_real,
		.followed = followed,
		.nfollowed = nfollowed,
	};
	int fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		return err_sys(err, "cannot open the home folder '%s'", home);
	}
	VEC_ADD(&walk->open, (struct walk_folder){.path = "~", .fd = fd});
	return 0;
}

static void leave_all(struct walk *walk) {
	for (size_t i = 0; i < walk->open.count; i++) {
		(void)close(walk->open.items[i].fd);
	}
	walk->open.count = 0;
}

/* Home paths begin at home, absolute ones at the root. */
static int enter_root(struct walk *walk, const char *path) {
	bool absolute = path[0] == '/';
	const char *root = absolute ? "" : "~";
	if (walk->open.count > 0 && streq(walk->open.items[0].path, root)) {
		return 0;
	}
	leave_all(walk);
	int fd = open(absolute ? "/" : walk->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		VEC_ADD(&walk->open, (struct walk_folder){.path = root, .fd = fd});
	}
	return fd < 0 ? -1 : 0;
}

void walk_release(struct walk *walk) {
	leave_all(walk);
	for (size_t i = 0; i < walk->changed.count; i++) {
		(void)close(walk->changed.items[i].fd);
	}
	VEC_RELEASE(&walk->open);
	VEC_RELEASE(&walk->aliases);
	VEC_RELEASE(&walk->changed);
}

static const char *name_of(const struct walk *walk, const char *path) {
	for (size_t i = 0; i < walk->aliases.count; i++) {
		if (streq(walk->aliases.items[i].path, path)) {
			return walk->aliases.items[i].name;
		}
	}
	return path_name(path);
}

static int follow(const struct walk *walk, int dir, const char *name, const char *path) {
	bool expected = false;
	for (size_t i = 0; i < walk->nfollowed && !expected; i++) {
		expected = streq(walk->followed[i].path, path);
	}
	if (!expected) {
		errno = ELOOP;
		return -1;
	}
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *real = fd >= 0 ? folder_real_path(fd, walk->arena) : NULL;
	if (real == NULL) {
		return -1;
	}
	if (walk->profile_real != NULL && path_is_under(real, walk->profile_real)) {
		errno = ELOOP;
		return -1;
	}
	return steal_fd(&fd);
}

static int enter(struct walk *walk, const char *path) {
	int dir = walk->open.items[walk->open.count - 1].fd;
	const char *name = name_of(walk, path);
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
		fd = follow(walk, dir, name, path);
	}
	if (fd < 0) {
		return -1;
	}
	VEC_ADD(&walk->open, (struct walk_folder){.path = path, .fd = fd});
	return fd;
}

int walk_to(struct walk *walk, const char *path) {
	const char *last = strrchr(path, '/');
	if (enter_root(walk, path) < 0) {
		return -1;
	}
	while (walk->open.count > 1) {
		const char *open = walk->open.items[walk->open.count - 1].path;
		size_t n = strlen(open);
		if (n <= (size_t)(last - path) && strncmp(path, open, n) == 0 && path[n] == '/') {
			break;
		}
		(void)close(walk->open.items[--walk->open.count].fd);
	}
	size_t done = strlen(walk->open.items[walk->open.count - 1].path);
	while (path + done < last) {
		const char *slash = strchr(path + done + 1, '/');
		done = (size_t)(slash - path);
		if (enter(walk, arena_strndup(walk->arena, path, done)) < 0) {
			return -1;
		}
	}
	return walk->open.items[walk->open.count - 1].fd;
}

static bool is_known(const struct walk *walk, const struct stat *info) {
	for (size_t i = 0; i < walk->changed.count; i++) {
		const struct walk_changed *known = &walk->changed.items[i];
		if (known->dev == info->st_dev && (walk->many || known->ino == info->st_ino)) {
			return true;
		}
	}
	return false;
}

/* From single folders to whole file systems: one descriptor of each is kept. */
static void merge_changed(struct walk *walk) {
	size_t kept = 0;
	walk->many = true;
	for (size_t i = 0; i < walk->changed.count; i++) {
		struct walk_changed folder = walk->changed.items[i];
		bool known = false;
		for (size_t j = 0; j < kept && !known; j++) {
			known = walk->changed.items[j].dev == folder.dev;
		}
		if (known) {
			(void)close(folder.fd);
		} else {
			walk->changed.items[kept++] = folder;
		}
	}
	walk->changed.count = kept;
}

void walk_touch(struct walk *walk) {
	struct walk_folder *folder = &walk->open.items[walk->open.count - 1];
	int fd = folder->fd;
	struct stat info;
	if (folder->touched) {
		return;
	}
	folder->touched = true;
	if (fstat(fd, &info) < 0 || is_known(walk, &info)) {
		return;
	}
	if (!walk->many && walk->changed.count == WALK_FLUSH_MAX) {
		merge_changed(walk);
		if (is_known(walk, &info)) {
			return;
		}
	}
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	VEC_ADD(&walk->changed, (struct walk_changed){folder->path, info.st_dev, info.st_ino, copy});
}

void walk_add_alias(struct walk *walk, const char *path, const char *name) {
	VEC_ADD(&walk->aliases, (struct walk_alias){path, name});
}

void walk_drop_alias(struct walk *walk, const char *path) {
	for (size_t i = 0; i < walk->aliases.count; i++) {
		if (streq(walk->aliases.items[i].path, path)) {
			walk->aliases.items[i] = walk->aliases.items[--walk->aliases.count];
			return;
		}
	}
}

int walk_flush(struct walk *walk, const char **ret_folder) {
	for (size_t i = 0; i < walk->changed.count; i++) {
		int fd = walk->changed.items[i].fd;
		*ret_folder = walk->changed.items[i].path;
		if (fd < 0) {
			errno = EMFILE; /* it couldn't be kept open */
			return -1;
		}
		if ((walk->many ? syncfs(fd) : file_flush(fd)) < 0) {
			return -1;
		}
	}
	return 0;
}
