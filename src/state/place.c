/* SPDX-License-Identifier: MIT */
#include "state/place.h"

#include "base/path.h"
#include "base/vec.h"

/* Mostly the next of both lists is the same path, which strcmp() tells faster. */
static int compare_next(const char *wanted, const char *owned) {
	return streq(wanted, owned) ? 0 : path_compare(wanted, owned);
}

/* The deepest place that `path` lies below, coming up from the last one added. */
static uint32_t find_above(const struct places *places, const char *path) {
	uint32_t at = (uint32_t)places->count - 1;
	while (at != 0 && !path_is_under(path, places->items[at].path)) {
		at = places->items[at].parent;
	}
	return at;
}

static uint32_t add(struct places *places, const char *path, uint32_t parent) {
	VEC_ADD(places, (struct place){.path = path, .parent = parent});
	places->items[parent].above = true;
	return (uint32_t)places->count - 1;
}

/* Adds the place of `path`, which sorts after all others, and the folders above it. */
static struct place *add_path(struct places *places, const char *path, struct arena *arena) {
	uint32_t parent = find_above(places, path);
	size_t done = strlen(places->items[parent].path);
	const char *slash;
	while ((slash = strchr(path + done + 1, '/')) != NULL) {
		done = (size_t)(slash - path);
		parent = add(places, arena_strndup(arena, path, done), parent);
	}
	uint32_t at = add(places, path, parent); /* may move the items */
	return &places->items[at];
}

void places_join(struct places *places, const struct wants *wants,
		const struct owned_record *owned, struct arena *arena) {
	*places = (struct places){0};
	VEC_ADD(places, (struct place){.path = "~", .parent = PLACE_NONE});
	size_t w = 0, o = 0;
	while (w < wants->count || o < owned->count) {
		int order = w == wants->count ? 1
				: o == owned->count
				? -1
				: compare_next(wants->items[w].path, owned->items[o].path);
		const char *path = order <= 0 ? wants->items[w].path : owned->items[o].path;
		if (path[0] != '~' || path[1] != '/') {
			o++; /* nothing that this Lumina could have made */
			continue;
		}
		struct place *place = add_path(places, path, arena);
		if (order <= 0) {
			place->want = &wants->items[w++];
		}
		if (order >= 0) {
			place->owned = &owned->items[o++];
		}
	}
	/* Places below come later, so one pass from the end sees children first. */
	for (size_t i = places->count; i-- > 1;) {
		const struct place *place = &places->items[i];
		if (place->want != NULL || place->wanted_below) {
			places->items[place->parent].wanted_below = true;
		}
	}
}

void places_release(struct places *places) {
	VEC_RELEASE(places);
}
