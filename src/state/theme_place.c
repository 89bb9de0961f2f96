/* SPDX-License-Identifier: MIT */
#include "state/theme_place.h"

#include <inttypes.h>
#include <string.h>

#include "base/path.h"
#include "reg/check.h"

enum { DIGITS = 16, COPY_DIGITS = 2 };

const char *theme_place_folder(const struct facts *facts, struct arena *arena) {
	return path_join(facts->state, "themes", arena);
}

const char *theme_place_current(const struct facts *facts, struct arena *arena) {
	return path_join(theme_place_folder(facts, arena), THEME_PLACE_CURRENT, arena);
}

const char *theme_place_file(const char *template, struct arena *arena) {
	static const char folder[] = "templates/", ending[] = ".mustache";
	struct str name = str_of(template);
	if (str_starts(name, folder)) {
		name = (struct str){name.p + sizeof(folder) - 1, name.n - (sizeof(folder) - 1)};
	}
	if (name.n > sizeof(ending) - 1 && str_ends(name, ending)) {
		name.n -= sizeof(ending) - 1;
	}
	char *file = arena_strndup(arena, name.p, name.n);
	for (char *slash = file; (slash = strchr(slash, '/')) != NULL;) {
		*slash = '-'; /* all of them in one folder */
	}
	return file;
}

const char *theme_place_link(const char *template, const struct facts *facts, struct arena *arena) {
	return path_join(theme_place_current(facts, arena), theme_place_file(template, arena), arena);
}

const char *theme_place_copy(const char *name, uint64_t hash, unsigned n, struct arena *arena) {
	return arena_printf(arena, "%s-%016" PRIx64, name, (hash & ~UINT64_C(0xff)) | n);
}

bool theme_place_is_copy(const char *folder, const char *other) {
	if (folder == NULL || other == NULL) {
		return false;
	}
	size_t n = strlen(folder);
	return theme_place_name(folder).n > 0 && theme_place_name(other).n > 0 &&
			n == strlen(other) && memcmp(folder, other, n - COPY_DIGITS) == 0;
}

struct str theme_place_name(const char *folder) {
	const char *dash = folder != NULL ? strrchr(folder, '-') : NULL;
	bool good = dash != NULL && dash > folder && strlen(dash + 1) == DIGITS &&
			strspn(dash + 1, "0123456789abcdef") == DIGITS &&
			check_name((struct str){folder, (size_t)(dash - folder)});
	return good ? (struct str){folder, (size_t)(dash - folder)} : (struct str){0};
}
