/* SPDX-License-Identifier: MIT */
#include "state/installed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"

enum {
	FORMAT = 9, /* ALPM_LOCAL_DB_VERSION */
	DESC_ROOM = 64 << 10,
	DESC_MAX = 8 << 20,
	ATTEMPTS = 3,
};

/* A folder's name is one of a package if it has a name in front of its last two dashes. */
static bool split_entry(char *entry, const char **ret_version) {
	char *dash = strrchr(entry, '-');
	if (dash == NULL || dash == entry) {
		return false;
	}
	char *before = memrchr(entry, '-', (size_t)(dash - entry));
	if (before == NULL || before == entry) {
		return false;
	}
	*before = '\0';
	*ret_version = before + 1;
	return true;
}

static bool is_folder(int dir, const struct dirent *entry) {
	struct stat info;
	return entry->d_type == DT_DIR || (entry->d_type == DT_UNKNOWN &&
							  fstatat(dir, entry->d_name, &info, 0) == 0 &&
							  S_ISDIR(info.st_mode));
}

static int unreadable(const char *path, struct err *err) {
	return err_sys(err, "cannot read the package database '%s'", path);
}

/* No such file is the format that we know: pacman refuses that by itself, if it minds. */
static int check_format(int dir, const char *folder, struct err *err) {
	static const char name[] = "ALPM_DB_VERSION";
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT) {
		return 0;
	}
	char text[32];
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (n < 0) {
		return err_sys(err, "cannot read the package database '%s/%s'", folder, name);
	}
	text[n] = '\0';
	char *at = text + strspn(text, " \t\n\v\f\r");
	unsigned long format = *at >= '0' && *at <= '9' ? strtoul(at, NULL, 10) : 0;
	if (format == FORMAT) {
		return 0;
	}
	if (format == 0) {
		(void)err_set(err, ERR_FAILED, "the package database '%s' has no format that can be "
				"read from '%s'", folder, name);
		err_hint(err, "look with: pacman -Dk");
	} else {
		(void)err_set(err, ERR_FAILED, "the package database '%s' has format %lu; "
				"this Lumina reads format %d", folder, format, FORMAT);
		err_hint(err, format < FORMAT ? "sudo pacman-db-upgrade" : "update Lumina");
	}
	return -1;
}

static int compare_entries(const void *a, const void *b) {
	const struct installed_package *one = a, *other = b;
	int order = strcmp(one->name, other->name);
	return order != 0 ? order : strcmp(one->version, other->version);
}

static int list(struct installed *installed, DIR *folder, const char *path, struct arena *arena,
		struct err *err) {
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(folder);
		if (entry == NULL) {
			break;
		}
		if (entry->d_name[0] == '.' || !is_folder(dirfd(folder), entry)) {
			continue;
		}
		char *name = arena_strdup(arena, entry->d_name);
		struct installed_package package = {.name = name};
		if (split_entry(name, &package.version)) {
			VEC_ADD(installed, package);
		}
	}
	if (errno != 0) {
		return unreadable(path, err);
	}
	if (installed->count > 1) {
		qsort(installed->items, installed->count, sizeof(*installed->items),
				compare_entries);
	}
	return 0;
}

/* Of two entries of a name, the one that can be read, then the later one. */
static bool is_better(const struct installed_package *one, const struct installed_package *other) {
	if (one->damaged != other->damaged) {
		return other->damaged;
	}
	return one->time >= other->time;
}

static void drop_doubles(struct installed *installed) {
	size_t used = 0;
	for (size_t i = 0; i < installed->count; i++) {
		struct installed_package *package = &installed->items[i];
		struct installed_package *last = used > 0 ? &installed->items[used - 1] : NULL;
		if (last == NULL || !streq(last->name, package->name)) {
			installed->items[used++] = *package;
			continue;
		}
		if (is_better(package, last)) {
			*last = *package;
		}
		last->twice = true;
	}
	installed->count = used;
}

/* Every `desc` in turn, in the same memory. */
struct loader {
	int dir;
	const char *folder;
	char *bytes;
	size_t room;
};

/* Reads to the end. -1 with errno; EFBIG above the limit. */
static ssize_t read_desc(struct loader *loader, int fd) {
	size_t size = 0;
	for (;;) {
		if (size == loader->room) {
			if (loader->room >= DESC_MAX) {
				errno = EFBIG;
				return -1;
			}
			loader->room = loader->room > 0 ? loader->room * 4 : DESC_ROOM;
			loader->bytes = xreallocarray(loader->bytes, loader->room, 1);
		}
		ssize_t n = read(fd, loader->bytes + size, loader->room - size);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return n < 0 ? n : (ssize_t)size;
		}
		size += (size_t)n;
		/* A whole file ends with an empty line: no second read to learn that it ends. */
		if (size < loader->room && size > 2 && memcmp(loader->bytes + size - 2, "\n\n", 2) == 0) {
			return (ssize_t)size;
		}
	}
}

/* Errors that say nothing of the entry, but that we can't look. */
static bool is_ours(int error) {
	return error == EACCES || error == EPERM || error == EIO || error == EMFILE ||
			error == ENFILE || error == ENOMEM;
}

enum { ENTRY_GONE = 1 };

static int load(struct loader *loader, struct installed_package *package, struct arena *arena,
		struct err *err) {
	char path[NAME_MAX + sizeof("/desc")];
	size_t name = strlen(package->name), version = strlen(package->version);
	memcpy(path, package->name, name);
	path[name] = '-';
	memcpy(path + name + 1, package->version, version);
	size_t n = name + 1 + version;
	memcpy(path + n, "/desc", sizeof("/desc"));
	_cleanup_close_ int fd = openat(loader->dir, path,
			O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t size = fd >= 0 ? read_desc(loader, fd) : -1;
	if (size >= 0) {
		installed_parse(package, loader->bytes, (size_t)size, arena);
		return 0;
	}
	int error = errno;
	if (is_ours(error)) {
		return err_sys(err, "cannot read the package database '%s/%s'", loader->folder,
				path);
	}
	package->damaged = true;
	if (error == ENOENT) {
		path[n] = '\0';
		struct stat info;
		return fstatat(loader->dir, path, &info, AT_SYMLINK_NOFOLLOW) < 0 ? ENTRY_GONE : 0;
	}
	return 0;
}

/* Entries that have gone meanwhile leave a hole: a pacman is at work. */
static int load_all(struct installed *installed, int dir, const char *folder, struct arena *arena,
		size_t *ret_gone, struct err *err) {
	struct loader loader = {.dir = dir, .folder = folder};
	int result = 0;
	size_t used = 0;
	for (size_t i = 0; result >= 0 && i < installed->count; i++) {
		result = load(&loader, &installed->items[i], arena, err);
		if (result == 0) {
			installed->items[used++] = installed->items[i];
		}
	}
	free(loader.bytes);
	*ret_gone = installed->count - used;
	installed->count = used;
	return result < 0 ? -1 : 0;
}

static int read_once(struct installed *installed, bool loaded, struct arena *arena,
		size_t *ret_gone, struct err *err) {
	const char *path = path_join(installed->db, "local", arena);
	*ret_gone = 0;
	DIR *folder = opendir(path);
	if (folder == NULL) {
		return errno == ENOENT ? 0 : unreadable(path, err);
	}
	int result = check_format(dirfd(folder), path, err);
	if (result == 0) {
		result = list(installed, folder, path, arena, err);
	}
	if (result == 0 && loaded) {
		result = load_all(installed, dirfd(folder), path, arena, ret_gone, err);
	}
	(void)closedir(folder);
	return result;
}

static int read_database(struct installed *installed, const char *db, bool loaded,
		struct arena *arena, struct err *err) {
	*installed = (struct installed){.db = db, .loaded = loaded};
	size_t gone = 0;
	int result = 0;
	/* An upgrade takes the old entry away and then makes the new one: look again. */
	for (unsigned i = 0; i < ATTEMPTS && (i == 0 || gone > 0) && result == 0; i++) {
		VEC_RELEASE(installed);
		result = read_once(installed, loaded, arena, &gone, err);
	}
	if (result < 0) {
		installed_release(installed);
		return -1;
	}
	drop_doubles(installed);
	installed->busy = access(path_join(db, "db.lck", arena), F_OK) == 0;
	for (size_t i = 0; i < installed->count; i++) {
		installed->damaged += installed->items[i].damaged;
	}
	return 0;
}

int installed_names(struct installed *installed, const char *db, struct arena *arena,
		struct err *err) {
	return read_database(installed, db, false, arena, err);
}

int installed_load(struct installed *installed, const char *db, struct arena *arena,
		struct err *err) {
	return read_database(installed, db, true, arena, err);
}

void installed_release(struct installed *installed) {
	VEC_RELEASE(&installed->provisions);
	VEC_RELEASE(installed);
	*installed = (struct installed){0};
}

static int compare_name(const void *name, const void *package) {
	return strcmp(name, ((const struct installed_package *)package)->name);
}

const struct installed_package *installed_find(const struct installed *installed,
		const char *name) {
	return installed->count > 0 ? bsearch(name, installed->items, installed->count,
						      sizeof(*installed->items), compare_name)
				    : NULL;
}

static int compare_provisions(const void *a, const void *b) {
	const struct installed_provision *one = a, *other = b;
	int order = strcmp(one->name, other->name);
	return order != 0 ? order : (one->package > other->package) - (one->package < other->package);
}

static void index_provisions(struct installed *installed) {
	for (size_t i = 0; i < installed->count; i++) {
		const char *const *name = installed->items[i].provides;
		for (; name != NULL && *name != NULL; name++) {
			VEC_ADD(&installed->provisions,
					(struct installed_provision){*name, (uint32_t)i});
		}
	}
	if (installed->provisions.count > 1) {
		qsort(installed->provisions.items, installed->provisions.count,
				sizeof(*installed->provisions.items), compare_provisions);
	}
	installed->indexed = true;
}

const struct installed_package *installed_satisfies(struct installed *installed,
		const char *name) {
	const struct installed_package *package = installed_find(installed, name);
	if (package != NULL) {
		return package;
	}
	if (!installed->indexed) {
		index_provisions(installed);
	}
	size_t low = 0, high = installed->provisions.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(installed->provisions.items[middle].name, name) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	const struct installed_provision *found = installed->provisions.items + low;
	return low < installed->provisions.count && streq(found->name, name)
			? &installed->items[found->package]
			: NULL;
}
