/* SPDX-License-Identifier: MIT */
#include "desk/reload_part.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"
#include "state/theme_place.h"

enum { FOLDERS_MAX = 1024 };

/* --- the theme's files --------------------------------------------------------------------- */

const char *reload_file(const char *folder, const char *start, struct arena *arena) {
	const char *first = NULL;
	DIR *all = opendir(folder);
	for (const struct dirent *entry; all != NULL && (entry = readdir(all)) != NULL;) {
		if (str_starts(str_of(entry->d_name), start) &&
				(first == NULL || strcmp(entry->d_name, first) < 0)) {
			first = arena_strdup(arena, entry->d_name);
		}
	}
	if (all != NULL) {
		(void)closedir(all);
	}
	return first;
}

/* --- tmux ---------------------------------------------------------------------------------- */

struct sockets {
	const char **items;
	size_t count, room;
};

/* Somebody answers, and it is the person. A server that is gone leaves its socket. */
static bool answers(const char *path, uid_t uid) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct ucred peer;
	struct stat info;
	socklen_t size = sizeof(peer);
	if (strlen(path) >= sizeof(address.sun_path) || lstat(path, &info) < 0 ||
			!S_ISSOCK(info.st_mode) || info.st_uid != uid) {
		return false;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
			getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == uid;
}

static void add_socket(struct sockets *sockets, const char *path, const struct facts *facts) {
	for (size_t i = 0; i < sockets->count; i++) {
		if (streq(sockets->items[i], path)) {
			return;
		}
	}
	if (answers(path, facts->uid)) {
		VEC_ADD(sockets, path);
	}
}

/* $TMUX is SOCKET,PID,SESSION: one of its own (-S) may be anywhere. */
static const char *own_socket(struct arena *arena) {
	const char *value = getenv("TMUX");
	const char *last = value != NULL ? strrchr(value, ',') : NULL;
	const char *first = last != NULL ? memrchr(value, ',', (size_t)(last - value)) : NULL;
	return first != NULL && value[0] == '/' ? arena_strndup(arena, value, (size_t)(first - value))
						: NULL;
}

/* What tmux(1) takes: a folder of the person's that others can't enter. */
static bool is_private(const char *path, uid_t uid) {
	struct stat info;
	return lstat(path, &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == uid &&
			(info.st_mode & S_IRWXO) == 0;
}

const char *const *reload_tmux_sockets(const struct facts *facts, struct arena *arena) {
	const char *top = getenv("TMUX_TMPDIR");
	struct sockets sockets = {0};
	const char *folder = arena_printf(arena, "%s/tmux-%lu",
			top != NULL && top[0] == '/' ? top : "/tmp", (unsigned long)facts->uid);
	DIR *all = is_private(folder, facts->uid) ? opendir(folder) : NULL;
	const struct dirent *entry;
	for (size_t i = 0; all != NULL && i < FOLDERS_MAX && (entry = readdir(all)) != NULL; i++) {
		add_socket(&sockets, path_join(folder, entry->d_name, arena), facts);
	}
	if (all != NULL) {
		(void)closedir(all);
	}
	const char *own = own_socket(arena);
	if (own != NULL) {
		add_socket(&sockets, own, facts);
	}
	const char **ret = arena_zalloc(arena, (sockets.count + 1) * sizeof(*ret));
	for (size_t i = 0; i < sockets.count; i++) {
		ret[i] = sockets.items[i];
	}
	VEC_RELEASE(&sockets);
	return ret;
}

const char *reload_tmux_pattern(const char *path, struct arena *arena) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	for (; *path != '\0'; path++) {
		if (strchr("*?[]\\", *path) != NULL) {
			buf_addc(&text, '\\');
		}
		buf_addc(&text, *path);
	}
	return arena_strndup(arena, text.data, text.len);
}

/* --- nudging ------------------------------------------------------------------------------- */

static void find_folders(struct nudge *nudge, const struct facts *facts, struct arena *arena) {
	const char *themes = theme_place_folder(facts, arena);
	DIR *all = opendir(themes);
	const struct dirent *entry;
	nudge->looked = true;
	for (size_t i = 0; all != NULL && i < FOLDERS_MAX && (entry = readdir(all)) != NULL; i++) {
		struct nudge_folder folder = {.path = path_join(themes, entry->d_name, arena)};
		if (entry->d_name[0] != '.' && lstat(folder.path, &folder.info) == 0 &&
				S_ISDIR(folder.info.st_mode) && folder.info.st_uid == facts->uid) {
			VEC_ADD(nudge, folder);
		}
	}
	if (all != NULL) {
		(void)closedir(all);
	}
}

/* A write of what is there: nobody can read anything else meanwhile, and a crash changes nothing. */
static bool nudge_file(int dir, const char *name) {
	_cleanup_close_ int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat info;
	char byte;
	if (fd < 0 && errno == ELOOP) {
		return true; /* the theme's picture isn't ours */
	}
	if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode)) {
		return false;
	}
	return info.st_size == 0 || (pread(fd, &byte, 1, 0) == 1 && pwrite(fd, &byte, 1, 0) == 1);
}

static void nudge_folder(struct nudge_folder *folder) {
	_cleanup_close_ int fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *all = fd >= 0 ? fdopendir(fd) : NULL;
	folder->done = true;
	folder->failed = all == NULL;
	if (all == NULL) {
		return;
	}
	(void)steal_fd(&fd);
	for (const struct dirent *entry; (entry = readdir(all)) != NULL;) {
		if (entry->d_name[0] != '.' && !nudge_file(dirfd(all), entry->d_name)) {
			folder->failed = true;
		}
	}
	(void)closedir(all);
}

int nudge_watched(struct nudge *nudge, const struct running *one, const struct facts *facts,
		struct arena *arena) {
	int result = 0;
	if (!nudge->looked) {
		find_folders(nudge, facts, arena);
	}
	for (size_t i = 0; i < nudge->count; i++) {
		struct nudge_folder *folder = &nudge->items[i];
		if (!running_watches(one, &folder->info, arena)) {
			continue;
		}
		if (!folder->done) {
			nudge_folder(folder);
		}
		result = folder->failed || result < 0 ? -1 : 1;
	}
	return result;
}
