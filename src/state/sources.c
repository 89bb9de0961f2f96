/* SPDX-License-Identifier: MIT */
#include "state/sources.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/path.h"
#include "base/vec.h"

/* From this many sources in a folder on, listing it costs less than asking for each. */
enum { LIST_FROM = 4, LIST_SIZE = 32 * 1024 };

/* Neighbouring places whose sources share a folder. */
struct group {
	const struct place **items;
	size_t count, room;
	size_t length; /* of the folder's path, relative to the profile */
};

static size_t folder_length(const char *source) {
	const char *name = path_name(source);
	return name > source ? (size_t)(name - source) - 1 : 0;
}

static bool belongs(const struct group *group, const char *source) {
	const char *first = group->items[0]->want->source;
	return folder_length(source) == group->length && memcmp(first, source, group->length) == 0;
}

/* Asks for one, following links. */
static bool is_there(int folder, const char *path) {
	return faccessat(folder, path, F_OK, 0) == 0;
}

/* The group's names, by hash: indexes + 1, in open addressing. */
struct names {
	uint32_t *slots;
	size_t room;
};

static void names_init(struct names *names, const struct group *group) {
	names->room = 8;
	while (names->room < group->count * 2) {
		names->room *= 2;
	}
	names->slots = xcalloc(names->room, sizeof(*names->slots));
	for (size_t i = 0; i < group->count; i++) {
		const char *name = path_name(group->items[i]->want->source);
		size_t slot = (size_t)hash64(name, strlen(name)) & (names->room - 1);
		while (names->slots[slot] != 0) {
			slot = (slot + 1) & (names->room - 1);
		}
		names->slots[slot] = (uint32_t)i + 1;
	}
}

/* Marks what has this name; returns how many places that were. */
static size_t mark(const struct names *names, const struct group *group, const char *name,
		bool *seen) {
	size_t count = 0;
	size_t slot = (size_t)hash64(name, strlen(name)) & (names->room - 1);
	for (; names->slots[slot] != 0; slot = (slot + 1) & (names->room - 1)) {
		size_t i = names->slots[slot] - 1;
		if (!seen[i] && streq(path_name(group->items[i]->want->source), name)) {
			seen[i] = true;
			count++;
		}
	}
	return count;
}

/*
 * Marks in `seen` which of the group's names the folder lists. Bare getdents64(2):
 * readdir(3) makes twice as many calls, and this stops when all are found.
 */
static void list_folder(const struct group *group, int folder, bool *seen) {
	struct names names;
	names_init(&names, group);
	_cleanup_free_ char *entries = xmalloc(LIST_SIZE);
	size_t found = 0;
	ssize_t n;
	while (found < group->count && (n = getdents64(folder, entries, LIST_SIZE)) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *entry = (const void *)(entries + at);
			bool link = entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
			if (!link || is_there(folder, entry->d_name)) {
				found += mark(&names, group, entry->d_name, seen);
			}
			at += entry->d_reclen;
		}
	}
	free(names.slots);
}

static void check_group(struct group *group, int profile, struct missing_sources *missing) {
	if (group->count == 0) {
		return;
	}
	_cleanup_free_ bool *seen = xcalloc(group->count, sizeof(*seen));
	if (group->count >= LIST_FROM) {
		const char *source = group->items[0]->want->source;
		_cleanup_free_ char *path = xmalloc(group->length + 2);
		memcpy(path, group->length > 0 ? source : ".", group->length + 1);
		path[group->length > 0 ? group->length : 1] = '\0';
		_cleanup_close_ int folder = openat(profile, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (folder >= 0) {
			list_folder(group, folder, seen);
		}
	}
	for (size_t i = 0; i < group->count; i++) {
		if (!seen[i] && !is_there(profile, group->items[i]->want->source)) {
			VEC_ADD(missing, group->items[i]);
		}
	}
	group->count = 0;
}

void sources_check(struct missing_sources *missing, const struct places *places,
		const struct facts *facts) {
	*missing = (struct missing_sources){0};
	_cleanup_close_ int profile = open(facts->profile, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct group group = {0};
	for (size_t i = 1; i < places->count; i++) {
		const struct place *place = &places->items[i];
		/* What a tree lists is there. */
		if (place->want == NULL || place->want->decl->tree) {
			continue;
		}
		if (group.count > 0 && !belongs(&group, place->want->source)) {
			check_group(&group, profile, missing);
		}
		group.length = folder_length(place->want->source);
		VEC_ADD(&group, place);
	}
	check_group(&group, profile, missing);
	VEC_RELEASE(&group);
}
