/* SPDX-License-Identifier: MIT */
#include "exec/purge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"

/* Reads an open folder's entries; takes the descriptor. */
static DIR *open_entries(int fd) {
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	if (stream == NULL) {
		cleanup_close_fd(&fd);
	}
	return stream;
}

static const char *next_name(DIR *stream) {
	const struct dirent *entry;
	errno = 0;
	while ((entry = readdir(stream)) != NULL) {
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, "..")) {
			return entry->d_name;
		}
	}
	return NULL;
}

static int open_folder(int dir, const char *name) {
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* "000012-20261123T101112Z": what a person put beside such folders is not listed. */
static bool is_ours(const char *name) {
	size_t n = strspn(name, "0123456789");
	const char *time = name + n + 1;
	return n >= 6 && name[n] == '-' && strspn(time, "0123456789") == 8 && time[8] == 'T' &&
			strspn(time + 9, "0123456789") == 6 && streq(time + 15, "Z");
}

static void list_folder(struct backups *backups, int dir, const char *folder,
		struct arena *arena) {
	DIR *stream = open_entries(open_folder(dir, folder));
	const char *name;
	while (stream != NULL && (name = next_name(stream)) != NULL) {
		VEC_ADD(backups, (struct backup){path_join(folder, name, arena),
						strtoull(folder, NULL, 10)});
	}
	if (stream != NULL) {
		(void)closedir(stream);
	}
}

static int compare_backups(const void *a, const void *b) {
	return strcmp(((const struct backup *)a)->slot, ((const struct backup *)b)->slot);
}

int backups_list(struct backups *backups, const struct facts *facts, struct arena *arena,
		struct err *err) {
	*backups = (struct backups){0};
	const char *path = path_join(facts->state, "backups", arena);
	DIR *stream = open_entries(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (stream == NULL) {
		return errno == ENOENT || errno == ENOTDIR
				? 0
				: err_sys(err, "cannot read the folder '%s'", path);
	}
	const char *name;
	while ((name = next_name(stream)) != NULL) {
		if (!is_ours(name)) {
			continue;
		}
		list_folder(backups, dirfd(stream), arena_strdup(arena, name), arena);
	}
	(void)closedir(stream);
	if (backups->count > 1) {
		qsort(backups->items, backups->count, sizeof(*backups->items), compare_backups);
	}
	return 0;
}

void backups_release(struct backups *backups) {
	VEC_RELEASE(backups);
}

/* A folder that its owner has no right to read: he can give it to himself. */
static int open_unreadable(int dir, const char *name) {
	int fd = open_folder(dir, name);
	if (fd >= 0 || errno != EACCES) {
		return fd;
	}
	_cleanup_close_ int path = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char link[64];
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", path);
	return path < 0 || chmod(link, 0700) < 0 ? -1 : open_folder(dir, name);
}

/* A folder and all in it, on this file system; links are removed, not followed. */
static int remove_object(int dir, const char *name, dev_t device) {
	struct stat info;
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT) {
		return 0;
	}
	int saved = errno;
	bool folder = fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
	if (!folder) {
		errno = saved;
		return -1;
	}
	_cleanup_close_ int fd = open_unreadable(dir, name);
	if (fd < 0 || fstat(fd, &info) < 0) {
		return -1;
	}
	if (info.st_dev != device) {
		errno = EXDEV; /* somebody mounted something there */
		return -1;
	}
	/* It was read-only, maybe; it is ours to remove now. */
	(void)fchmod(fd, 0700);
	DIR *stream = open_entries(steal_fd(&fd));
	const char *entry;
	int result = stream != NULL ? 0 : -1;
	while (result == 0 && (entry = next_name(stream)) != NULL) {
		result = remove_object(dirfd(stream), entry, device);
	}
	if (stream != NULL) {
		saved = errno;
		(void)closedir(stream);
		errno = saved;
	}
	return result == 0 ? unlinkat(dir, name, AT_REMOVEDIR) : -1;
}

int backup_purge(const struct store *store, const struct backup *backup, struct arena *arena,
		struct err *err) {
	struct stat info;
	const char *name = path_name(backup->slot);
	const char *folder = arena_strndup(arena, backup->slot,
			(size_t)(name - backup->slot) - 1);
	_cleanup_close_ int backups = open_folder(store->dir, "backups");
	_cleanup_close_ int dir = backups >= 0 ? open_folder(backups, folder) : -1;
	if (dir < 0 || fstat(dir, &info) < 0 || remove_object(dir, name, info.st_dev) < 0) {
		return err_sys(err, "cannot remove the backup '%s'", backup->slot);
	}
	/* Only when it is empty. */
	(void)unlinkat(backups, folder, AT_REMOVEDIR);
	(void)unlinkat(store->dir, "backups", AT_REMOVEDIR);
	return 0;
}
