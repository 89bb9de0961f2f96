/* SPDX-License-Identifier: MIT */
#include "cmd/recording.h"

#include "plan/packages.h"

enum { SECTION_MAX = 5 };

/* Keys from the root down to a list of packages. */
static const char *const *section_of(const char *host, const char *group, struct arena *arena) {
	const char **keys = arena_alloc(arena, SECTION_MAX * sizeof(*keys));
	size_t count = 0;
	if (host != NULL) {
		keys[count++] = "hosts";
		keys[count++] = host;
	}
	keys[count++] = "packages";
	if (group != NULL) {
		keys[count++] = group;
	}
	keys[count] = NULL;
	return keys;
}

static const struct source *main_file(const struct recording *recording) {
	return recording->view->registry.files.items[0].source;
}

static bool is_same_host(const char *a, const char *b) {
	return a == NULL || b == NULL ? a == b : streq(a, b);
}

static const struct package_decl *find_decl(const struct recording *recording, const char *name) {
	const struct package_decls *decls = &recording->view->registry.packages;
	for (size_t i = 0; i < decls->count; i++) {
		if (package_is_same(decls->items[i].name, name)) {
			return &decls->items[i];
		}
	}
	return NULL;
}

/* In the registry's own file, and the host's block or outside of any. */
static const struct package_decl *find_plain(const struct recording *recording, const char *host) {
	const struct package_decls *decls = &recording->view->registry.packages;
	for (size_t i = 0; i < decls->count; i++) {
		const struct package_decl *decl = &decls->items[i];
		if (decl->group == NULL && decl->at.source == main_file(recording) &&
				is_same_host(decl->host, host)) {
			return decl;
		}
	}
	return NULL;
}

/* The last group there; NULL: there are none, or a plain list. */
static const char *last_group(const struct recording *recording, const char *host) {
	const char *group = NULL;
	for (size_t i = 0; i < recording->view->registry.groups.count; i++) {
		const struct package_group *found = &recording->view->registry.groups.items[i];
		if (found->at.source == main_file(recording) && is_same_host(found->host, host)) {
			group = found->name;
		}
	}
	return group;
}

/* The file that has the group already; NULL: none has. */
static const struct source *file_of_group(const struct recording *recording) {
	for (size_t i = 0; i < recording->view->registry.groups.count; i++) {
		const struct package_group *group = &recording->view->registry.groups.items[i];
		if (streq(group->name, recording->group) &&
				is_same_host(group->host, recording->host)) {
			return group->at.source;
		}
	}
	return NULL;
}

const char *recording_host(const struct view *view, struct app *app, struct err *err) {
	if (view->registry.host != NULL) {
		return view->registry.host;
	}
	if (app->facts.host == NULL) {
		(void)err_set(err, ERR_FAILED, "this machine's host name is not known");
		return NULL;
	}
	return arena_strndup(&app->arena, app->facts.host, strcspn(app->facts.host, "."));
}

int recording_check_group(const struct recording *recording, struct err *err) {
	const struct package_decl *plain =
			recording->group != NULL && file_of_group(recording) == NULL
			? find_plain(recording, recording->host) : NULL;
	if (plain == NULL) {
		return 0;
	}
	(void)err_set(err, ERR_USAGE, "%s: the packages are a plain list here, which has no group '%s'",
			span_describe(plain->at, &recording->editing.app->arena), recording->group);
	err_hint(err, "make named groups of it, or leave out --group");
	return -1;
}

int recording_add(struct recording *recording, const char *name, struct err *err) {
	struct arena *arena = &recording->editing.app->arena;
	if (find_decl(recording, name) != NULL) {
		return 0;
	}
	const struct source *file = main_file(recording);
	const char *group = recording->group;
	const char *bare;
	(void)package_split(name, &bare);
	if (group != NULL && file_of_group(recording) != NULL) {
		file = file_of_group(recording);
	}
	if (group == NULL && recording->host == NULL && recording->installed != NULL) {
		const struct package_decl *neighbour = package_neighbour(bare,
				&recording->view->registry, recording->installed);
		if (neighbour != NULL) {
			file = neighbour->at.source;
			group = neighbour->group;
		}
	}
	if (group == NULL && file == main_file(recording) &&
			find_plain(recording, recording->host) == NULL) {
		group = last_group(recording, recording->host);
	}
	struct edit edit = {
		.kind = EDIT_ADD,
		.section = section_of(recording->host, group, arena),
		.value = name,
	};
	bool done;
	return editing_apply(&recording->editing, file->path, file->name, &edit, &done, err);
}

/* Where the item's name stands in the bytes of its line; a comment above may name it, too. */
static const char *find_item(const char *raw, const char *name) {
	for (const char *at = strstr(raw, name); at != NULL; at = strstr(at + 1, name)) {
		const char *line = at;
		while (line > raw && line[-1] != '\n') {
			line--;
		}
		if (memchr(line, '#', (size_t)(at - line)) == NULL) {
			return at;
		}
	}
	return NULL;
}

/* What puts the removed line back, quotes and comment included, with another name in it. */
static struct edit with_name(const struct edit *removed, const char *other, struct arena *arena) {
	struct edit edit = edit_invert(removed);
	const char *at = edit.raw != NULL ? find_item(edit.raw, removed->value) : NULL;
	if (other == NULL || at == NULL) {
		edit = (struct edit){.kind = EDIT_ADD, .section = removed->section};
	} else {
		edit.raw = arena_printf(arena, "%.*s%s%s", (int)(at - edit.raw), edit.raw, other,
				at + strlen(removed->value));
		edit.raw_size = strlen(edit.raw);
	}
	edit.value = other;
	return edit;
}

/* Takes each line of `name` out, and with `other` puts that in where it stood. */
static int replace(struct recording *recording, const char *name, const char *other,
		size_t *ret_count, struct err *err) {
	const struct package_decls *decls = &recording->view->registry.packages;
	for (size_t i = 0; i < decls->count; i++) {
		const struct package_decl *decl = &decls->items[i];
		if (!package_is_same(decl->name, name)) {
			continue;
		}
		struct edit edit = {
			.kind = EDIT_REMOVE,
			.section = section_of(decl->host, decl->group, &recording->editing.app->arena),
			.value = decl->name,
		};
		bool done;
		if (editing_apply(&recording->editing, decl->at.source->path, decl->at.source->name,
				    &edit, &done, err) < 0) {
			return -1;
		}
		*ret_count += done;
		struct edit back = with_name(&edit, other, &recording->editing.app->arena);
		if (done && other != NULL && editing_apply(&recording->editing, decl->at.source->path,
				    decl->at.source->name, &back, &done, err) < 0) {
			return -1;
		}
	}
	return 0;
}

int recording_remove(struct recording *recording, const char *name, size_t *ret_count,
		struct err *err) {
	return replace(recording, name, NULL, ret_count, err);
}

int recording_rename(struct recording *recording, const char *name, const char *other,
		size_t *ret_count, struct err *err) {
	return replace(recording, name, other, ret_count, err);
}

int recording_ignore(struct recording *recording, const char *name, bool *ret_done,
		struct err *err) {
	static const char *const section[] = {"ignore", NULL};
	const struct package_decls *ignored = &recording->view->registry.ignored;
	const struct source *file = main_file(recording);
	*ret_done = false;
	for (size_t i = 0; i < ignored->count; i++) {
		if (package_is_same(ignored->items[i].name, name)) {
			return 0;
		}
	}
	struct edit edit = {.kind = EDIT_ADD, .section = section, .value = name};
	return editing_apply(&recording->editing, file->path, file->name, &edit, ret_done, err);
}
