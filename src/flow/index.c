/* SPDX-License-Identifier: MIT */
#include "flow/index.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "flow/compile.h"
#include "flow/kept.h"
#include "reg/load.h"

enum {
	SIZE_LIMIT = 64 * 1024 * 1024,
	TICK_NS = 10 * 1000 * 1000, /* the coarsest clock that stamps files: 100 a second */
	SECOND_NS = 1000 * 1000 * 1000,
};

enum index_state index_open(struct index *ret, const struct facts *facts, struct arena *arena) {
	const char *bytes;
	size_t size;
	*ret = (struct index){0};
	switch (kept_read(path_join(facts->cache, "index", arena), facts->uid, SIZE_LIMIT, arena,
			&bytes, &size)) {
	case KEPT_GOOD:
		return index_parse(ret, bytes, size, facts, arena);
	case KEPT_UNFIT:
		return INDEX_UNFIT;
	case KEPT_NONE:
		break;
	}
	return INDEX_NONE;
}

static bool is_missing(int error) {
	return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

bool index_is_current(const struct index *index) {
	for (size_t i = 0; i < index->nfiles; i++) {
		const struct index_file *file = &index->files[i];
		struct stat info;
		if (stat(file->path, &info) < 0) {
			if (file->there || !is_missing(errno)) {
				return false;
			}
			continue;
		}
		struct file_mark now = file_mark_of(&info);
		if (!file->there || !file_mark_eq(&now, &file->mark)) {
			return false;
		}
	}
	return index->nfiles > 0;
}

/* --- making it ----------------------------------------------------------------------------- */

/* The files that the registry was read from, and those it would have been; NULL if one of them
 * can't be judged by looking at it. */
static const struct index_file *list_files(const struct registry *registry, size_t *ret_count,
		struct arena *arena) {
	size_t count = 0;
	struct index_file *files = arena_zalloc(arena,
			(registry->files.count + 1) * sizeof(*files));
	for (size_t i = 0; i < registry->files.count; i++) {
		const struct registry_file *file = &registry->files.items[i];
		struct stat info;
		bool there = file->mark.ino != 0;
		if (!there && (stat(file->source->path, &info) == 0 || !is_missing(errno))) {
			return NULL; /* there, but it couldn't be read */
		}
		files[count++] = (struct index_file){file->source->path, there, file->mark};
	}
	if (registry->no_overlay != NULL) {
		files[count++] = (struct index_file){.path = registry->no_overlay};
	}
	*ret_count = count;
	return files;
}

/* Is the file what was read? It was changed so shortly before that its mark can't tell. */
static bool is_same(const struct registry_file *file) {
	struct arena scratch;
	char *bytes;
	size_t size;
	arena_init(&scratch);
	bool same = file_read(AT_FDCWD, file->source->path, (size_t)file->source->size + 1, &scratch,
				    &bytes, &size, NULL) == 0 &&
			size == file->source->size && memcmp(bytes, file->source->bytes, size) == 0;
	arena_release(&scratch);
	return same;
}

/*
 * A file that was changed in the clock tick it was read in may be changed again without
 * another mark to show for it. So that tick is waited for to end, and the file read again.
 */
static bool is_settled(const struct registry *registry) {
	struct timespec now;
	if (clock_gettime(CLOCK_REALTIME, &now) < 0) {
		return false;
	}
	long wait = 0;
	for (size_t i = 0; i < registry->files.count; i++) {
		const struct timespec *changed = &registry->files.items[i].mark.mtime;
		/* More than a second is no matter of ticks; neither is the future. */
		long age = now.tv_sec - changed->tv_sec > 1 ? TICK_NS
				: (now.tv_sec - changed->tv_sec) * SECOND_NS + now.tv_nsec -
						changed->tv_nsec;
		if (age >= 0 && TICK_NS - age > wait) {
			wait = TICK_NS - age;
		}
	}
	if (wait == 0) {
		return true;
	}
	const struct timespec pause = {.tv_nsec = wait};
	if (nanosleep(&pause, NULL) < 0) {
		return false;
	}
	for (size_t i = 0; i < registry->files.count; i++) {
		if (registry->files.items[i].mark.ino != 0 && !is_same(&registry->files.items[i])) {
			return false;
		}
	}
	return true;
}

static void compile(struct index *ret, const struct registry *registry, bool broken,
		const struct facts *facts, struct arena *arena) {
	*ret = (struct index){.broken = broken};
	if (!broken) {
		missions_compile(&ret->missions, registry, facts->home, arena);
	}
	ret->files = list_files(registry, &ret->nfiles, arena);
}

static void write_index(const struct index *index, const struct registry *registry,
		const struct facts *facts) {
	struct buf bytes _cleanup_buf_ = BUF_INIT;
	if (index->files == NULL || !is_settled(registry) || !index_is_current(index)) {
		return; /* another command will */
	}
	index_format(index, facts, &bytes);
	if (bytes.len <= SIZE_LIMIT) {
		(void)kept_write(facts->cache, "index", bytes.data, bytes.len);
	}
}

int index_build(struct index *ret, const struct facts *facts, size_t limit, struct arena *arena,
		struct err *err) {
	struct registry registry;
	struct target_rules rules;
	struct diags diags = {.arena = arena};
	*ret = (struct index){0};
	target_rules_init(&rules, facts, arena);
	int result = registry_load_within(&registry, facts, &rules, limit, arena, &diags, err);
	bool broken = result < 0 && diags.count > 0 && err->kind == ERR_REPORTED;
	if (broken) {
		err_release(err);
		result = 0;
	}
	if (result == 0) {
		compile(ret, &registry, broken, facts, arena);
		write_index(ret, &registry, facts);
	}
	registry_release(&registry);
	return result;
}

static bool is_quick(const struct registry *registry) {
	size_t size = 0;
	for (size_t i = 0; i < registry->files.count; i++) {
		size += registry->files.items[i].source->size;
	}
	return size <= INDEX_QUICK_SIZE;
}

void index_refresh(const struct registry *registry, bool broken, const struct facts *facts) {
	struct arena scratch;
	struct index index;
	arena_init(&scratch);
	enum index_state state = index_open(&index, facts, &scratch);
	bool wanted = state == INDEX_GOOD   ? index.broken != broken || !index_is_current(&index)
			: state == INDEX_NONE ? registry->missions.count > 0 && !is_quick(registry)
					      : state != INDEX_UNFIT;
	if (wanted) {
		compile(&index, registry, broken, facts, &scratch);
		write_index(&index, registry, facts);
	}
	arena_release(&scratch);
}
