/* SPDX-License-Identifier: MIT */
#include "flow/compile.h"

#include "base/path.h"

struct compile {
	const char *home;
	struct arena *arena;
};

/* A list without its "~"; NULL for an empty one. */
static const char *const *expand(const struct compile *compile, const struct mission_texts *texts) {
	size_t count = 0;
	while (texts->items != NULL && texts->items[count] != NULL) {
		count++;
	}
	if (count == 0) {
		return NULL;
	}
	const char **items = arena_alloc(compile->arena, (count + 1) * sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		const char *text = texts->items[i];
		items[i] = text[0] == '~' ? path_from_home(text, compile->home, compile->arena)
					  : text;
	}
	items[count] = NULL;
	return items;
}

static const char *const *plain(const struct mission_texts *texts) {
	return texts->items != NULL && texts->items[0] != NULL ? texts->items : NULL;
}

static const struct pair *pairs(const struct compile *compile, const struct mission_pairs *from) {
	if (from->count == 0) {
		return NULL;
	}
	struct pair *items = arena_alloc(compile->arena, from->count * sizeof(*items));
	for (size_t i = 0; i < from->count; i++) {
		items[i] = (struct pair){from->items[i].name, from->items[i].value};
	}
	return items;
}

struct mission mission_compile(const struct mission_decl *decl, const char *home,
		struct arena *arena) {
	const struct compile compile = {home, arena};
	return (struct mission){
		.name = decl->name,
		.label = decl->label.text,
		.when = plain(&decl->when),
		.in = expand(&compile, &decl->in),
		.env = pairs(&compile, &decl->env),
		.nenv = decl->env.count,
		.path = expand(&compile, &decl->path),
		.dotenv = plain(&decl->dotenv),
		.direnv = decl->direnv.text == NULL ? -1 : streq(decl->direnv.text, "true"),
		.nix = decl->nix.text,
		.hyprland = pairs(&compile, &decl->hyprland),
		.nhyprland = decl->hyprland.count,
		.show = plain(&decl->show),
		.hide = plain(&decl->hide),
	};
}

void missions_compile(struct missions *ret, const struct registry *registry, const char *home,
		struct arena *arena) {
	size_t count = registry->missions.count;
	struct mission *items = arena_alloc(arena, count * sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		items[i] = mission_compile(&registry->missions.items[i], home, arena);
	}
	*ret = (struct missions){items, count, registry->bar.argv};
}
