/* SPDX-License-Identifier: MIT */
#include "desk/instance.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "sys/file.h"

/* Compositors that crashed leave their folders: so many are looked at. */
enum { LOCK_SIZE_MAX = 4096, FOLDERS_MAX = 256, COMM_SIZE = 64 };

struct living {
	struct instance at;
	const char *display; /* or NULL */
	struct timespec since;
	bool named;          /* its process has Hyprland's name: no other one has got the number */
};

struct all {
	struct living *items;
	size_t count, room;
};

/* --- the environment ----------------------------------------------------------------------- */

static const char *variable(const char *name) {
	const char *value = getenv(name);
	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* The name of one folder, and nothing that a terminal or a state file could stumble over. */
static bool is_signature(const char *text) {
	if (text == NULL || text[0] == '.') {
		return false;
	}
	size_t n = 0;
	while (text[n] > ' ' && text[n] < 127 && text[n] != '/') {
		n++;
	}
	return n > 0 && text[n] == '\0';
}

/* A remote `cd` must not rearrange what stands before somebody else. */
static bool is_remote(void) {
	return variable("SSH_CONNECTION") != NULL || variable("SSH_CLIENT") != NULL ||
			variable("SSH_TTY") != NULL;
}

bool instance_is_likely(const struct facts *facts) {
	const char *runtime = variable("XDG_RUNTIME_DIR");
	if (facts->uid == 0 || is_remote() || runtime == NULL || runtime[0] != '/') {
		return false;
	}
	/* A tmux server that was there before the first login has none for its shells. */
	return is_signature(variable("HYPRLAND_INSTANCE_SIGNATURE")) || variable("TMUX") != NULL;
}

/* --- one instance -------------------------------------------------------------------------- */

static int open_own_folder(int dir, const char *path, int flags, uid_t uid) {
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
	struct stat info;
	return fd >= 0 && fstat(fd, &info) == 0 && info.st_uid == uid ? steal_fd(&fd) : -1;
}

static bool is_named(pid_t pid, struct arena *arena) {
	const char *path = arena_printf(arena, "/proc/%ld/comm", (long)pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char name[COMM_SIZE];
	ssize_t n = fd >= 0 ? read(fd, name, sizeof(name) - 1) : -1;
	name[n > 0 ? n : 0] = '\0';
	return strcasestr(name, "hypr") != NULL; /* ".Hyprland-wrapp" is one of them */
}

/* A line without its end may be half of one. */
static bool parse_lock(struct living *ret, char *text) {
	char *newline = strchr(text, '\n'), *end;
	if (newline == NULL || text[0] < '1' || text[0] > '9') {
		return false;
	}
	long pid = strtol(text, &end, 10);
	ret->at.pid = (pid_t)pid;
	if (end != newline || ret->at.pid != pid || pid <= 1) {
		return false;
	}
	char *display = newline + 1;
	newline = strchr(display, '\n');
	if (newline != NULL && newline > display) {
		*newline = '\0';
		ret->display = display;
	}
	return true;
}

static bool read_lock(struct living *ret, int dir, uid_t uid, struct arena *arena) {
	_cleanup_close_ int fd = openat(dir, "hyprland.lock",
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat info;
	char *text;
	size_t size;
	if (fd < 0 || file_read_open(fd, LOCK_SIZE_MAX, arena, &text, &size, &info) < 0 ||
			info.st_uid != uid) {
		return false;
	}
	ret->since = info.st_mtim;
	return parse_lock(ret, text);
}

/* `hypr` is the open folder, `path` its path. */
static bool look(struct living *ret, int hypr, const char *path, const char *signature, uid_t uid,
		struct arena *arena) {
	struct sockaddr_un address;
	struct stat info;
	*ret = (struct living){0};
	_cleanup_close_ int dir = open_own_folder(hypr, signature, O_NOFOLLOW, uid);
	/* Signal 0 reaches a process that is there, and the person's. */
	if (dir < 0 || !read_lock(ret, dir, uid, arena) || kill(ret->at.pid, 0) < 0 ||
			fstatat(dir, ".socket.sock", &info, AT_SYMLINK_NOFOLLOW) < 0 ||
			!S_ISSOCK(info.st_mode) || info.st_uid != uid) {
		return false;
	}
	ret->at.signature = arena_strdup(arena, signature);
	ret->at.socket = arena_printf(arena, "%s/%s/.socket.sock", path, signature);
	ret->named = is_named(ret->at.pid, arena);
	return strlen(ret->at.socket) < sizeof(address.sun_path);
}

/* --- all of them --------------------------------------------------------------------------- */

static void find_all(struct all *all, int hypr, const char *path, uid_t uid,
		struct arena *arena) {
	_cleanup_close_ int fd = openat(hypr, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	if (folder == NULL) {
		return;
	}
	(void)steal_fd(&fd);
	const struct dirent *entry;
	for (unsigned i = 0; i < FOLDERS_MAX && (entry = readdir(folder)) != NULL; i++) {
		struct living living;
		if (is_signature(entry->d_name) &&
				look(&living, hypr, path, entry->d_name, uid, arena)) {
			VEC_ADD(all, living);
		}
	}
	(void)closedir(folder);
}

static bool is_newer(const struct timespec *a, const struct timespec *b) {
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/*
 * The environment's; the newest of this display; the only one. Where there is a process with
 * the right name, one without it has but the number of a compositor that is gone.
 */
static const struct living *choose(const struct all *all, const char *own, const char *display) {
	const struct living *newest = NULL, *any = NULL;
	size_t count = 0;
	bool named = false;
	for (size_t i = 0; i < all->count; i++) {
		named = named || all->items[i].named;
	}
	for (size_t i = 0; i < all->count; i++) {
		const struct living *one = &all->items[i];
		if (one->named != named) {
			continue;
		}
		if (own != NULL && streq(one->at.signature, own)) {
			return one;
		}
		count++;
		any = one;
		if (display != NULL && one->display != NULL && streq(one->display, display) &&
				(newest == NULL || is_newer(&one->since, &newest->since))) {
			newest = one;
		}
	}
	return newest != NULL ? newest : count == 1 ? any : NULL;
}

bool instance_find(struct instance *ret, const struct facts *facts, struct arena *arena) {
	if (!instance_is_likely(facts)) {
		return false;
	}
	const char *runtime = path_fold_absolute(variable("XDG_RUNTIME_DIR"), arena);
	const char *own = variable("HYPRLAND_INSTANCE_SIGNATURE");
	const char *display = variable("WAYLAND_DISPLAY"); /* may be the socket's path */
	const char *path = path_join(runtime, "hypr", arena);
	_cleanup_close_ int top = open_own_folder(AT_FDCWD, runtime, 0, facts->uid);
	_cleanup_close_ int hypr = top < 0 ? -1
					   : open_own_folder(top, "hypr", O_NOFOLLOW, facts->uid);
	if (hypr < 0) {
		return false;
	}
	struct living living;
	own = is_signature(own) ? own : NULL;
	if (own != NULL && look(&living, hypr, path, own, facts->uid, arena) && living.named) {
		*ret = living.at;
		return true;
	}
	struct all all = {0};
	find_all(&all, hypr, path, facts->uid, arena);
	const struct living *chosen = choose(&all, own,
			display != NULL ? path_name(display) : NULL);
	if (chosen != NULL) {
		*ret = chosen->at;
	}
	VEC_RELEASE(&all);
	return chosen != NULL;
}
