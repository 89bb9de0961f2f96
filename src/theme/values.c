/* SPDX-License-Identifier: MIT */
#include "theme/values.h"

#include <stdlib.h>

#include "base/vec.h"

/* Colours by what they are for. */
static const struct {
	const char *name;
	size_t offset;
} named[] = {
	{"accent", offsetof(struct scheme, accent)},
	{"background", offsetof(struct scheme, background)},
	{"black", offsetof(struct scheme, ansi[0])},
	{"blue", offsetof(struct scheme, ansi[4])},
	{"bright-black", offsetof(struct scheme, ansi[8])},
	{"bright-blue", offsetof(struct scheme, ansi[12])},
	{"bright-cyan", offsetof(struct scheme, ansi[14])},
	{"bright-green", offsetof(struct scheme, ansi[10])},
	{"bright-magenta", offsetof(struct scheme, ansi[13])},
	{"bright-purple", offsetof(struct scheme, ansi[13])},
	{"bright-red", offsetof(struct scheme, ansi[9])},
	{"bright-white", offsetof(struct scheme, ansi[15])},
	{"bright-yellow", offsetof(struct scheme, ansi[11])},
	{"brown", offsetof(struct scheme, base[0x0f])},
	{"cursor", offsetof(struct scheme, cursor)},
	{"cyan", offsetof(struct scheme, ansi[6])},
	{"foreground", offsetof(struct scheme, foreground)},
	{"green", offsetof(struct scheme, ansi[2])},
	{"magenta", offsetof(struct scheme, ansi[5])},
	{"muted", offsetof(struct scheme, muted)},
	{"orange", offsetof(struct scheme, base[0x09])},
	{"purple", offsetof(struct scheme, ansi[5])},
	{"red", offsetof(struct scheme, ansi[1])},
	{"selection-background", offsetof(struct scheme, selection_background)},
	{"selection-foreground", offsetof(struct scheme, selection_foreground)},
	{"white", offsetof(struct scheme, ansi[7])},
	{"yellow", offsetof(struct scheme, ansi[3])},
};

struct list {
	struct value_item *items;
	size_t count, room;
	struct arena *arena;
};

static void add(struct list *list, const char *name, struct value value) {
	VEC_ADD(list, (struct value_item){str_of(name), value});
}

static void add_text(struct list *list, const char *name, const char *text) {
	add(list, name, (struct value){.kind = VALUE_TEXT, .text = str_of(text)});
}

static void add_bool(struct list *list, const char *name, bool yes) {
	add(list, name, (struct value){.kind = VALUE_BOOL, .yes = yes});
}

static const char *underscored(const char *slug, struct arena *arena) {
	char *copy = arena_strdup(arena, slug);
	for (char *p = copy; *p != '\0'; p++) {
		if (*p == '-') {
			*p = '_';
		}
	}
	return copy;
}

static void add_scheme(struct list *list, const struct scheme *scheme) {
	add_text(list, "scheme-author", scheme->author);
	add_text(list, "scheme-description", scheme->description);
	add_bool(list, "scheme-is-dark-variant", scheme->is_dark);
	add_bool(list, "scheme-is-light-variant", !scheme->is_dark);
	add_text(list, "scheme-name", scheme->name);
	add_text(list, "scheme-slug", scheme->slug);
	add_text(list, "scheme-slug-underscored", underscored(scheme->slug, list->arena));
	add_text(list, "scheme-system", scheme->system);
	add_text(list, "scheme-variant", scheme->is_dark ? "dark" : "light");
}

/* One channel as a share of all there is, in the specification's four digits. */
static const char *decimal(uint8_t channel, struct arena *arena) {
	unsigned share = (channel * 20000U + 255) / 510;
	return arena_printf(arena, "%u.%04u", share / 10000, share % 10000);
}

static void add_channel(struct list *list, const char *name, char letter, uint8_t channel) {
	struct arena *arena = list->arena;
	add_text(list, arena_printf(arena, "%s-hex-%c", name, letter),
			arena_printf(arena, "%02x", channel));
	add_text(list, arena_printf(arena, "%s-rgb-%c", name, letter),
			arena_printf(arena, "%u", channel));
	add_text(list, arena_printf(arena, "%s-dec-%c", name, letter), decimal(channel, arena));
}

static void add_forms(struct list *list, const char *name, struct color color) {
	struct arena *arena = list->arena;
	add_text(list, arena_printf(arena, "%s-hex", name),
			arena_printf(arena, "%02x%02x%02x", color.r, color.g, color.b));
	add_text(list, arena_printf(arena, "%s-hex-bgr", name),
			arena_printf(arena, "%02x%02x%02x", color.b, color.g, color.r));
	add_channel(list, name, 'r', color.r);
	add_channel(list, name, 'g', color.g);
	add_channel(list, name, 'b', color.b);
}

static void add_named(struct list *list, const char *name, struct color color) {
	add_text(list, name,
			arena_printf(list->arena, "#%02x%02x%02x", color.r, color.g, color.b));
	add_forms(list, name, color);
}

static int compare(const void *a, const void *b) {
	const struct value_item *left = a, *right = b;
	size_t n = left->name.n < right->name.n ? left->name.n : right->name.n;
	int order = memcmp(left->name.p, right->name.p, n);
	return order != 0 ? order : (left->name.n > right->name.n) - (left->name.n < right->name.n);
}

struct value values_make(const struct scheme *scheme, const char *wallpaper, struct arena *arena) {
	struct list list = {.arena = arena};
	add_scheme(&list, scheme);
	add_text(&list, "wallpaper", wallpaper != NULL ? wallpaper : "");
	for (size_t i = 0; i < SCHEME_BASES; i++) {
		add_forms(&list, scheme_base_names[i], scheme->base[i]);
	}
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		struct color color;
		memcpy(&color, (const char *)scheme + named[i].offset, sizeof(color));
		add_named(&list, named[i].name, color);
	}
	for (unsigned i = 0; i < SCHEME_ANSI; i++) {
		add_named(&list, arena_printf(arena, "color%u", i), scheme->ansi[i]);
	}
	qsort(list.items, list.count, sizeof(*list.items), compare);
	struct value_item *items = arena_alloc(arena, list.count * sizeof(*items));
	memcpy(items, list.items, list.count * sizeof(*items));
	struct value map = {.kind = VALUE_MAP, .items = items, .count = list.count};
	VEC_RELEASE(&list);
	return map;
}
