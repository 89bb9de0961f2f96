/* SPDX-License-Identifier: MIT */
#include "state/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"

struct opened {
	const char *folder; /* relative to the profile; NULL: none yet */
	size_t length;
	int fd;
};

/* The folder of a source; neighbours mostly share it. */
static int open_folder(struct opened *opened, int profile, const char *source,
		struct arena *arena) {
	const char *name = path_name(source);
	size_t length = name > source ? (size_t)(name - source) - 1 : 0;
	if (opened->folder != NULL && opened->length == length &&
			memcmp(opened->folder, source, length) == 0) {
		return opened->fd;
	}
	cleanup_close_fd(&opened->fd);
	opened->folder = source;
	opened->length = length;
	opened->fd = openat(profile, length > 0 ? arena_strndup(arena, source, length) : ".",
			O_PATH | O_DIRECTORY | O_CLOEXEC);
	return opened->fd;
}

void sources_check(struct missing_sources *missing, const struct places *places,
		const struct facts *facts, struct arena *arena) {
	*missing = (struct missing_sources){0};
	_cleanup_close_ int profile = open(facts->profile, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct opened opened = {.fd = -1};
	for (size_t i = 1; i < places->count; i++) {
		const struct place *place = &places->items[i];
		if (place->want == NULL || !place->seen.right || place->want->decl->tree) {
			continue;
		}
		int dir = open_folder(&opened, profile, place->want->source, arena);
		if (dir < 0 || faccessat(dir, path_name(place->want->source), F_OK, 0) < 0) {
			VEC_ADD(missing, place);
		}
	}
	cleanup_close_fd(&opened.fd);
}
