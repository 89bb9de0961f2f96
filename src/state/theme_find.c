/* SPDX-License-Identifier: MIT */
#include "state/theme_find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/typo.h"
#include "base/vec.h"
#include "sys/folder.h"

#define THEMES "themes"

static const char *const endings[] = {".yaml", ".yml"};

/* The name of a scheme's file, without its ending; NULL if it is none. */
static const char *scheme_name(const char *file, struct arena *arena) {
	struct str name = str_of(file);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t n = strlen(endings[i]);
		if (name.n > n && str_ends(name, endings[i]) && file[0] != '.') {
			return arena_strndup(arena, file, name.n - n);
		}
	}
	return NULL;
}

static bool is_there(int profile, const char *path, int flags) {
	_cleanup_close_ int fd = folder_open_beneath(profile, path, O_PATH | flags);
	return fd >= 0;
}

/* The scheme in a theme's folder; NULL if there is none. */
static const char *scheme_within(int profile, const char *folder, const char *name,
		struct arena *arena) {
	const char *const known[] = {
		"colors.toml",
		arena_printf(arena, "%s.yaml", name),
		arena_printf(arena, "%s.yml", name),
		"scheme.yaml",
		"scheme.yml",
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *path = path_join(folder, known[i], arena);
		if (is_there(profile, path, 0)) {
			return path;
		}
	}
	return NULL;
}

static bool find_folder(struct theme_entry *ret, int profile, const char *name,
		struct arena *arena) {
	const char *folder = path_join(THEMES, name, arena);
	const char *scheme = is_there(profile, folder, O_DIRECTORY)
			? scheme_within(profile, folder, name, arena) : NULL;
	*ret = (struct theme_entry){name, scheme, folder};
	return scheme != NULL;
}

static bool find_file(struct theme_entry *ret, int profile, const char *name,
		struct arena *arena) {
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		const char *path = arena_printf(arena, THEMES "/%s%s", name, endings[i]);
		if (is_there(profile, path, 0)) {
			*ret = (struct theme_entry){.name = name, .scheme = path};
			return true;
		}
	}
	return false;
}

static int open_profile(const struct facts *facts) {
	return open(facts->profile, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* --- all of them --------------------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b) {
	return strcmp(((const struct theme_entry *)a)->name, ((const struct theme_entry *)b)->name);
}

/* A scheme and a folder of one name: the scheme's file counts, as in theme_find(). */
static void drop_doubles(struct theme_entries *entries) {
	size_t kept = 0;
	for (size_t i = 0; i < entries->count; i++) {
		struct theme_entry *last = kept > 0 ? &entries->items[kept - 1] : NULL;
		if (last == NULL || !streq(last->name, entries->items[i].name)) {
			entries->items[kept++] = entries->items[i];
		} else if (last->folder != NULL) {
			*last = entries->items[i];
		}
	}
	entries->count = kept;
}

int themes_list(struct theme_entries *entries, const struct facts *facts, struct arena *arena,
		struct err *err) {
	*entries = (struct theme_entries){0};
	_cleanup_close_ int profile = open_profile(facts);
	_cleanup_close_ int fd = profile < 0 ? -1
			: folder_open_beneath(profile, THEMES, O_RDONLY | O_DIRECTORY);
	if (fd < 0) {
		return errno == ENOENT || errno == ENOTDIR ? 0
				: err_sys(err, "cannot read the folder '%s/" THEMES "'", facts->profile);
	}
	DIR *stream = fdopendir(fd);
	if (stream == NULL) {
		return err_sys(err, "cannot read the folder '%s/" THEMES "'", facts->profile);
	}
	(void)steal_fd(&fd);
	const struct dirent *item;
	while ((item = readdir(stream)) != NULL) {
		struct theme_entry entry;
		const char *name = scheme_name(item->d_name, arena);
		const char *folder = arena_strdup(arena, item->d_name);
		if (name != NULL ? find_file(&entry, profile, name, arena)
				 : folder[0] != '.' && find_folder(&entry, profile, folder, arena)) {
			VEC_ADD(entries, entry);
		}
	}
	(void)closedir(stream);
	if (entries->count > 1) {
		qsort(entries->items, entries->count, sizeof(*entries->items), compare_entries);
		drop_doubles(entries);
	}
	return 0;
}

void theme_entries_release(struct theme_entries *entries) {
	VEC_RELEASE(entries);
}

/* --- one ----------------------------------------------------------------------------------- */

static const char *nearest(const char *name, const struct facts *facts, struct arena *arena) {
	struct theme_entries entries;
	struct err ignored = {0};
	if (themes_list(&entries, facts, arena, &ignored) < 0) {
		err_release(&ignored);
		return NULL;
	}
	const char **names = arena_zalloc(arena, (entries.count + 1) * sizeof(*names));
	for (size_t i = 0; i < entries.count; i++) {
		names[i] = entries.items[i].name;
	}
	theme_entries_release(&entries);
	return typo_nearest(str_of(name), names);
}

int theme_find(struct theme_entry *ret, const char *name, const struct facts *facts,
		struct arena *arena, struct err *err) {
	_cleanup_close_ int profile = open_profile(facts);
	if (profile >= 0 && (find_file(ret, profile, name, arena) ||
					   find_folder(ret, profile, name, arena))) {
		return 0;
	}
	const char *near = nearest(name, facts, arena);
	(void)err_set(err, ERR_FAILED, "there is no theme '%s' in '%s/" THEMES "'%s%s%s", name,
			facts->profile, near != NULL ? "; did you mean '" : "",
			near != NULL ? near : "", near != NULL ? "'?" : "");
	err_hint(err, "lumina theme list");
	return -1;
}
