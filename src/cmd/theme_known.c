/* SPDX-License-Identifier: MIT */
#include "cmd/theme_known.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reg/check.h"
#include "state/theme.h"

void theme_known_read(struct theme_known *one, struct app *app) {
	if (!check_name(str_of(one->entry.name))) {
		one->problem = "a theme can't be named so: A-Z a-z 0-9 . _ @ + - only";
		return;
	}
	struct diags diags = {.arena = &app->arena};
	struct err err = {0};
	struct theme theme;
	bool good = theme_scheme(&theme, &one->entry, &app->facts, &app->arena, &diags, &err) == 0;
	one->scheme = theme.scheme;
	one->problem = good ? NULL : theme_problem(&diags, &err, &app->arena);
	err_release(&err);
	theme_release(&theme);
}

int themes_known_load(struct themes_known *ret, struct app *app, struct err *err) {
	struct theme_entries entries;
	*ret = (struct themes_known){0};
	if (themes_list(&entries, &app->facts, &app->arena, err) < 0) {
		return -1;
	}
	ret->items = xcalloc(entries.count + 1, sizeof(*ret->items));
	ret->pairs = xcalloc(entries.count + 1, sizeof(*ret->pairs));
	for (size_t i = 0; i < entries.count; i++) {
		struct theme_known *one = &ret->items[ret->count++];
		one->entry = entries.items[i];
		theme_known_read(one, app);
		if (one->problem == NULL) {
			ret->pairs[ret->npairs++] =
					(struct pair_theme){one->entry.name, one->scheme.is_dark};
		}
	}
	theme_entries_release(&entries);
	return 0;
}

void themes_known_release(struct themes_known *all) {
	free(all->items);
	free(all->pairs);
	*all = (struct themes_known){0};
}

/* --- partners ------------------------------------------------------------------------------ */

static const struct theme_known *find(const struct themes_known *all, const char *name) {
	for (size_t i = 0; i < all->count; i++) {
		if (streq(all->items[i].entry.name, name)) {
			return &all->items[i];
		}
	}
	return NULL;
}

static const char *declared(const struct theme_decl *decl, const char *name) {
	for (size_t i = 0; i < decl->npairs; i++) {
		const struct theme_pair *pair = &decl->pairs[i];
		if (streq(name, pair->one) || streq(name, pair->other)) {
			return streq(name, pair->one) ? pair->other : pair->one;
		}
	}
	return NULL;
}

const char *themes_known_partner(const struct themes_known *all, const struct theme_known *one,
		const struct theme_decl *decl, struct arena *arena) {
	if (one->problem != NULL) {
		return NULL;
	}
	const struct pair_theme of = {one->entry.name, one->scheme.is_dark};
	const char *name = declared(decl, of.name);
	if (name == NULL) {
		const struct pair_theme *found = pair_find(all->pairs, all->npairs, &of, arena);
		return found != NULL ? found->name : NULL;
	}
	const struct theme_known *other = find(all, name);
	bool good = other != NULL && other->problem == NULL && other->scheme.is_dark != of.is_dark;
	return good ? other->entry.name : NULL;
}

/* --- turning ------------------------------------------------------------------------------- */

/* Why there is none. */
static int no_partner(const struct themes_known *all, const struct theme_known *one, struct app *app,
		const struct theme_decl *decl, struct err *err) {
	const char *variant = one->scheme.is_dark ? "dark" : "light";
	const char *other = one->scheme.is_dark ? "light" : "dark";
	const char *name = declared(decl, one->entry.name);
	struct theme_entry entry;
	if (name == NULL) {
		(void)err_set(err, ERR_FAILED, "the theme '%s' has no %s partner", one->entry.name, other);
		err_hint(err, "by hand: write the line '%s%s: NAME%s' below '%s:', in lumina.yaml",
				decl->npairs > 0 ? "" : "pairs: {", one->entry.name,
				decl->npairs > 0 ? "" : "}", decl->npairs > 0 ? "pairs" : "themes");
		return -1;
	}
	if (theme_find(&entry, name, &app->facts, &app->arena, err) < 0) {
		return err_wrap(err, "the partner of '%s'", one->entry.name);
	}
	const struct theme_known *partner = find(all, name);
	if (partner != NULL && partner->problem != NULL) {
		return err_set(err, ERR_FAILED, "the partner of '%s': %s", one->entry.name, partner->problem);
	}
	return err_set(err, ERR_FAILED, "the theme '%s' and its partner '%s' are both %s; see 'pairs' in the "
					"registry", one->entry.name, name, variant);
}

int themes_known_turn(const char **ret, struct app *app, const struct theme_decl *decl,
		enum turn turn, struct err *err) {
	struct themes_known all;
	struct theme_entry entry;
	if (decl->active == NULL) {
		(void)err_set(err, ERR_FAILED, "the registry names no theme");
		err_hint(err, "lumina theme set NAME");
		return -1;
	}
	if (theme_find(&entry, decl->active, &app->facts, &app->arena, err) < 0 ||
			themes_known_load(&all, app, err) < 0) {
		return -1;
	}
	const struct theme_known *one = find(&all, decl->active);
	int result = 0;
	*ret = decl->active;
	if (one == NULL || one->problem != NULL) {
		result = err_set(err, ERR_FAILED, "%s", one != NULL ? one->problem : "the themes have just changed");
	} else if (turn == TURN_OVER || one->scheme.is_dark != (turn == TURN_DARK)) {
		*ret = themes_known_partner(&all, one, decl, &app->arena);
		result = *ret != NULL ? 0 : no_partner(&all, one, app, decl, err);
	}
	themes_known_release(&all);
	return result;
}
