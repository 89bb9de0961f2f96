/* SPDX-License-Identifier: MIT */
#include "exec/history.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
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

static int compare_journals(const void *a, const void *b) {
	const struct journal *left = a, *right = b;
	return left->generation < right->generation ? -1 : left->generation > right->generation;
}

static void add_named(struct history *history, const char *state_folder, const char *name,
		struct arena *arena) {
	uint64_t number;
	struct journal journal;
	/* Only as it is written: "2" beside "000002" is somebody's copy. */
	if (!record_parse_number(name, &number) ||
			!streq(name, arena_printf(arena, "%06" PRIu64, number)) ||
			!history_read(state_folder, number, &journal, arena)) {
		return;
	}
	if (journal.moves || journal.generation != number) {
		journal_release(&journal);
	} else {
		VEC_ADD(history, journal);
	}
}

int history_load(struct history *history, const char *state_folder, struct arena *arena,
		struct err *err) {
	*history = (struct history){0};
	const char *path = path_join(state_folder, "generations", arena);
	DIR *stream = opendir(path);
	if (stream == NULL) {
		return errno == ENOENT || errno == ENOTDIR
				? 0
				: err_sys(err, "cannot read the folder '%s'", path);
	}
	const struct dirent *entry;
	while ((entry = readdir(stream)) != NULL) {
		add_named(history, state_folder, entry->d_name, arena);
	}
	(void)closedir(stream);
	if (history->count > 1) {
		qsort(history->items, history->count, sizeof(*history->items), compare_journals);
	}
	return 0;
}

void history_release(struct history *history) {
	for (size_t i = 0; i < history->count; i++) {
		journal_release(&history->items[i]);
	}
	VEC_RELEASE(history);
}

uint64_t history_present(const struct history *history, const struct owned_record *owned) {
	if (owned->present) {
		return owned->present_generation;
	}
	return history->count > 0 ? history->items[history->count - 1].generation : 0;
}

static int compare_number(const void *number, const void *journal) {
	const uint64_t *wanted = number;
	uint64_t found = ((const struct journal *)journal)->generation;
	return *wanted < found ? -1 : *wanted > found;
}

const struct journal *history_find(const struct history *history, uint64_t generation) {
	return history->count > 0 ? bsearch(&generation, history->items, history->count,
						    sizeof(*history->items), compare_number)
				  : NULL;
}
