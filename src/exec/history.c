/* SPDX-License-Identifier: MIT */
#include "exec/history.h"

#include <fcntl.h>
#include <inttypes.h>

#include "sys/file.h"

enum { GENERATION_SIZE_MAX = 1 << 30 };

bool history_read(const char *state_folder, uint64_t generation, struct journal *ret,
		struct arena *arena) {
	const char *path = arena_printf(arena, "%s/generations/%06" PRIu64, state_folder,
			generation);
	char *bytes;
	size_t size;
	if (file_read(AT_FDCWD, path, GENERATION_SIZE_MAX, arena, &bytes, &size, NULL) < 0) {
		return false;
	}
	return journal_parse(ret, bytes, size) == RECORD_GOOD;
}
