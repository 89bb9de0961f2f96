/* SPDX-License-Identifier: MIT */
#include "state/theme_paper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "sys/folder.h"

/* Only looked at: a picture may be large. 0, or -1 with errno. */
static int look(struct stat *ret, int profile, const char *path) {
	_cleanup_close_ int fd = folder_open_beneath(profile, path, O_PATH);
	return fd < 0 ? -1 : fstat(fd, ret);
}

static void note(struct theme *theme, const char *path, const struct stat *info) {
	struct theme_input input = {.path = path, .absent = info == NULL};
	if (info != NULL) {
		input.mark = file_mark_of(info);
	}
	VEC_ADD(&theme->inputs, input);
}

/* --- the theme's own ----------------------------------------------------------------------- */

static bool is_first(int profile, const char *path, const char *first) {
	struct stat info;
	return (first == NULL || strcmp(path, first) < 0) && look(&info, profile, path) == 0 &&
			S_ISREG(info.st_mode);
}

/* What isn't a file of the profile is passed over, and so is what is hidden. */
static const char *first_within(int profile, int fd, const char *folder, struct arena *arena) {
	const char *first = NULL;
	DIR *stream = fdopendir(fd);
	if (stream == NULL) {
		cleanup_close_fd(&fd);
		return NULL;
	}
	for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
		const char *path = entry->d_name[0] != '.' ? path_join(folder, entry->d_name, arena) : NULL;
		if (path != NULL && is_first(profile, path, first)) {
			first = path;
		}
	}
	(void)closedir(stream);
	return first;
}

static const char *find_own(struct theme *theme, int profile, const struct facts *facts,
		struct arena *arena) {
	const char *folder = arena_printf(arena, "themes/%s/backgrounds", theme->name);
	const char *path = path_join(facts->profile, folder, arena);
	struct stat info;
	_cleanup_close_ int fd = folder_open_beneath(profile, folder, O_RDONLY | O_DIRECTORY);
	if (fd < 0 || fstat(fd, &info) < 0) {
		if (errno == ENOENT || errno == ENOTDIR) {
			note(theme, path, NULL);
		}
		return NULL;
	}
	note(theme, path, &info);
	return first_within(profile, steal_fd(&fd), folder, arena);
}

/* --- which one ----------------------------------------------------------------------------- */

static const struct picture_decl *find_named(const struct wallpaper_decl *decl, const char *theme) {
	for (size_t i = 0; i < decl->nfiles; i++) {
		if (streq(decl->files[i].theme, theme)) {
			return &decl->files[i].picture;
		}
	}
	return NULL;
}

void theme_paper_find(struct theme *theme, const struct wallpaper_decl *decl, int profile,
		const struct facts *facts, struct arena *arena, struct diags *diags) {
	const struct picture_decl *named = find_named(decl, theme->name);
	const char *path = named != NULL ? named->path : find_own(theme, profile, facts, arena);
	struct stat info;
	if (path == NULL && decl->file.path != NULL) {
		named = &decl->file;
		path = named->path;
	}
	if (path == NULL) {
		return;
	}
	int result = look(&info, profile, path);
	if (result == 0 && S_ISREG(info.st_mode)) {
		theme->wallpaper = path_join(facts->profile, path, arena);
		note(theme, theme->wallpaper, &info);
	} else if (named != NULL) {
		diag_add(diags, named->at, "cannot use the picture '%s': %s", path,
				result == 0 ? "it is no regular file"
					: errno == EXDEV ? "a link in its path leaves the profile"
							 : strerror(errno));
	}
}
