/* SPDX-License-Identifier: MIT */
#include "exec/stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "state/theme_place.h"
#include "sys/file.h"
#include "sys/swap.h"

#define THEMES "themes"
#define MAKING ".new"
#define LIST ".files"

enum { LIST_SIZE_MAX = 64 * 1024 * 1024 };

static int open_folder(int dir, const char *name) {
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* --- removing ------------------------------------------------------------------------------ */

/* The next name of a list, NULL behind the last; *rest is what is left of it. */
static const char *next_name(char **rest) {
	char *name, *end;
	while ((end = strchr(*rest, '\n')) != NULL) {
		name = *rest;
		*end = '\0';
		*rest = end + 1;
		if (name[0] != '\0' && strchr(name, '/') == NULL) {
			return name;
		}
	}
	return NULL;
}

/* What the list names, then the list, then the folder if it is empty. */
static void drop(int themes, const char *theme, struct arena *arena) {
	_cleanup_close_ int dir = open_folder(themes, theme);
	const char *name;
	char *list;
	size_t size;
	if (dir >= 0 && file_read(dir, LIST, LIST_SIZE_MAX, arena, &list, &size, NULL) == 0) {
		while ((name = next_name(&list)) != NULL) {
			(void)unlinkat(dir, name, 0);
		}
		(void)unlinkat(dir, LIST, 0);
	}
	(void)unlinkat(themes, theme, AT_REMOVEDIR);
}

static bool is_among(const char *name, const char *const *kept, size_t count) {
	for (size_t i = 0; i < count; i++) {
		if (streq(name, kept[i])) {
			return true;
		}
	}
	return false;
}

/* -1 with errno if not all of them could be seen. */
static int sweep(const struct store *store, const char *const *kept, size_t count,
		struct arena *arena) {
	struct {
		const char **items;
		size_t count, room;
	} gone = {0};
	const struct dirent *entry;
	int fd = open_folder(store->dir, THEMES);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	if (stream == NULL) {
		int saved = errno;
		cleanup_close_fd(&fd);
		errno = saved;
		return saved == ENOENT ? 0 : -1;
	}
	for (errno = 0; (entry = readdir(stream)) != NULL; errno = 0) {
		bool ours = theme_place_name(entry->d_name).n > 0 ||
				streq(entry->d_name, MAKING);
		if (ours && !is_among(entry->d_name, kept, count)) {
			VEC_ADD(&gone, arena_strdup(arena, entry->d_name));
		}
	}
	int saved = errno;
	for (size_t i = 0; i < gone.count; i++) {
		drop(dirfd(stream), gone.items[i], arena);
	}
	VEC_RELEASE(&gone);
	(void)closedir(stream);
	errno = saved;
	return saved == 0 ? 0 : -1;
}

void stage_sweep(const struct store *store, const char *const *kept, size_t count,
		struct arena *arena) {
	(void)sweep(store, kept, count, arena); /* the next switch tries again */
}

int stage_erase(const struct store *store, struct arena *arena, struct err *err) {
	if (sweep(store, NULL, 0, arena) < 0) {
		return err_sys(err, "cannot look into the folder '%s/" THEMES "'", store->path);
	}
	_cleanup_close_ int themes = open_folder(store->dir, THEMES);
	if (themes >= 0) {
		(void)unlinkat(themes, THEME_PLACE_CURRENT, 0); /* a link: nobody else's work */
		(void)unlinkat(store->dir, THEMES, AT_REMOVEDIR);
	}
	return 0;
}

/* --- looking ------------------------------------------------------------------------------- */

bool stage_has(const struct store *store, const char *theme) {
	_cleanup_close_ int themes = open_folder(store->dir, THEMES);
	_cleanup_close_ int dir = themes >= 0 ? open_folder(themes, theme) : -1;
	struct arena scratch;
	struct stat info;
	const char *name;
	char *list;
	size_t size;
	arena_init(&scratch);
	bool good = dir >= 0 && file_read(dir, LIST, LIST_SIZE_MAX, &scratch, &list, &size, NULL) == 0;
	while (good && (name = next_name(&list)) != NULL) {
		good = fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
				(S_ISREG(info.st_mode) || S_ISLNK(info.st_mode));
	}
	arena_release(&scratch);
	return good;
}

static bool is_same(int dir, const struct stage_file *file) {
	if (file->is_link) {
		return swap_is_link(dir, file->name, file->bytes);
	}
	struct arena scratch;
	char *bytes;
	size_t size;
	arena_init(&scratch);
	bool same = file_read(dir, file->name, file->size, &scratch, &bytes, &size, NULL) == 0 &&
			size == file->size && (size == 0 || memcmp(bytes, file->bytes, size) == 0);
	arena_release(&scratch);
	return same;
}

static enum stage_state look(int themes, const char *theme, const struct stage_file *files,
		size_t count) {
	struct stat info;
	if (fstatat(themes, theme, &info, AT_SYMLINK_NOFOLLOW) < 0) {
		return STAGE_ABSENT;
	}
	_cleanup_close_ int dir = open_folder(themes, theme);
	bool whole = dir >= 0;
	for (size_t i = 0; whole && i < count; i++) {
		whole = is_same(dir, &files[i]);
	}
	return whole ? STAGE_WHOLE : STAGE_DAMAGED;
}

enum stage_state stage_look(const char *themes, const char *theme, const struct stage_file *files,
		size_t count) {
	_cleanup_close_ int above = open(themes, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return above >= 0 ? look(above, theme, files, count) : STAGE_ABSENT;
}

/* --- making -------------------------------------------------------------------------------- */

/* The list first: what a crash leaves can be removed. */
static int fill(int dir, const struct stage_file *files, size_t count) {
	struct buf list _cleanup_buf_ = BUF_INIT;
	for (size_t i = 0; i < count; i++) {
		buf_addf(&list, "%s\n", files[i].name);
	}
	int result = file_prepare(dir, LIST, list.data, list.len);
	for (size_t i = 0; result == 0 && i < count; i++) {
		result = files[i].is_link
				? symlinkat(files[i].bytes, dir, files[i].name)
				: file_prepare(dir, files[i].name, files[i].bytes, files[i].size);
	}
	return result == 0 ? file_flush(dir) : -1;
}

static int make(int themes, const char *theme, const struct stage_file *files, size_t count) {
	if (mkdirat(themes, MAKING, 0700) < 0) {
		return -1;
	}
	_cleanup_close_ int dir = open_folder(themes, MAKING);
	if (dir < 0 || fill(dir, files, count) < 0 ||
			renameat(themes, MAKING, themes, theme) < 0) {
		return -1;
	}
	return file_flush(themes);
}

int stage_write(const struct store *store, const char *theme, const struct stage_file *files,
		size_t count, struct err *err) {
	if (mkdirat(store->dir, THEMES, 0700) < 0 && errno != EEXIST) {
		return err_sys(err, "cannot make the folder '%s/" THEMES "'", store->path);
	}
	_cleanup_close_ int themes = open_folder(store->dir, THEMES);
	if (themes < 0) {
		return err_sys(err, "cannot open the folder '%s/" THEMES "'", store->path);
	}
	enum stage_state present = look(themes, theme, files, count);
	if (present != STAGE_ABSENT) {
		errno = EEXIST;
		return present == STAGE_WHOLE ? 0
				: err_sys(err, "cannot write the theme '%s' in '%s/" THEMES "'", theme,
						  store->path);
	}
	struct arena scratch;
	arena_init(&scratch);
	drop(themes, MAKING, &scratch);
	int result = make(themes, theme, files, count);
	if (result < 0) {
		(void)err_sys(err, "cannot write the theme '%s' in '%s/" THEMES "'", theme, store->path);
		drop(themes, MAKING, &scratch);
	}
	arena_release(&scratch);
	return result;
}
