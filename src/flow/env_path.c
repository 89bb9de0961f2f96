/* SPDX-License-Identifier: MIT */
#include "flow/env_path.h"

#include <string.h>

#include "base/str.h"

/* Folders, as views of the text they come from. */
struct folders {
	struct str *items;
	size_t count;
};

/* Room for `more` further ones. */
static struct folders split(const char *path, size_t more, struct arena *arena) {
	size_t count = 1;
	for (const char *p = path; (p = strchr(p, ':')) != NULL; p++) {
		count++;
	}
	struct folders list = {arena_alloc(arena, (count + more) * sizeof(struct str)), count};
	for (size_t i = 0; i < count; i++) {
		list.items[i] = (struct str){path, strcspn(path, ":")};
		path += list.items[i].n + 1;
	}
	return list;
}

static const char *join(const struct folders *list, struct arena *arena) {
	size_t size = 0;
	for (size_t i = 0; i < list->count; i++) {
		size += list->items[i].n + 1;
	}
	char *path = arena_alloc(arena, size + 1), *to = path;
	for (size_t i = 0; i < list->count; i++) {
		to = mempcpy(to, list->items[i].p, list->items[i].n);
		*to++ = ':';
	}
	to[list->count > 0 ? -1 : 0] = '\0';
	return path;
}

/* Where the folder is, from `from` on; the count if it isn't. */
static size_t find(const struct folders *list, struct str folder, size_t from) {
	size_t i = from;
	while (i < list->count && !str_eq(list->items[i], folder)) {
		i++;
	}
	return i;
}

static void take_out(struct folders *list, size_t at) {
	list->count--;
	memmove(&list->items[at], &list->items[at + 1],
			(list->count - at) * sizeof(list->items[0]));
}

static void put_in(struct folders *list, size_t at, struct str folder) {
	memmove(&list->items[at + 1], &list->items[at],
			(list->count - at) * sizeof(list->items[0]));
	list->items[at] = folder;
	list->count++;
}

bool env_path_has(const char *path, const char *folder) {
	struct str wanted = str_of(folder);
	for (;; path++) {
		size_t n = strcspn(path, ":");
		if (str_eq((struct str){path, n}, wanted)) {
			return true;
		}
		path += n;
		if (*path == '\0') {
			return false;
		}
	}
}

const char *env_path_prepend(const char *const *folders, size_t count, const char *path,
		struct arena *arena) {
	struct folders list = {arena_alloc(arena, (count + 1) * sizeof(struct str)), count + 1};
	for (size_t i = 0; i < count; i++) {
		list.items[i] = str_of(folders[i]);
	}
	list.items[count] = str_of(path);
	return join(&list, arena);
}

/* What zsh's `typeset -U path` makes of it. */
static const char *unique(const char *path, struct arena *arena) {
	struct folders all = split(path, 0, arena), list = split(path, 0, arena);
	list.count = 0;
	for (size_t i = 0; i < all.count; i++) {
		if (find(&list, all.items[i], 0) == list.count) {
			list.items[list.count++] = all.items[i];
		}
	}
	return join(&list, arena);
}

/* `lost`, which `before` had: in front of their next old neighbour, else at the end. */
static void put_back(struct folders *list, const struct folders *lost,
		const struct folders *before) {
	for (size_t i = before->count; i-- > 0;) {
		struct str folder = before->items[i];
		bool first = find(before, folder, 0) == i;
		if (!first || find(lost, folder, 0) == lost->count) {
			continue;
		}
		size_t at = list->count;
		for (size_t next = i + 1; next < before->count && at == list->count; next++) {
			at = find(list, before->items[next], 0);
		}
		put_in(list, at, folder);
	}
}

const char *env_path_remove(const char *const *folders, size_t count, const char *before,
		const char *path, struct arena *arena) {
	if (count == 0) {
		return path;
	}
	const char *set = env_path_prepend(folders, count, before, arena);
	/* With `typeset -U`, the path before had no folder twice either. */
	if (streq(path, set) || (streq(path, unique(set, arena)) &&
						streq(before, unique(before, arena)))) {
		return before;
	}
	struct folders list = split(path, count, arena), old = split(before, 0, arena);
	struct folders lost = {arena_alloc(arena, count * sizeof(struct str)), 0};
	for (size_t i = 0; i < count; i++) {
		struct str folder = str_of(folders[i]);
		size_t at = find(&list, folder, 0);
		if (at == list.count) {
			continue;
		}
		take_out(&list, at);
		if (find(&list, folder, 0) == list.count && find(&old, folder, 0) < old.count) {
			lost.items[lost.count++] = folder;
		}
	}
	put_back(&list, &lost, &old);
	return list.count > 0 ? join(&list, arena) : path;
}
