/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A theme, read and rendered: what its folder is to hold (state/theme_place.h). Reads the
 * scheme, the templates that the registry names, and their partials; changes nothing.
 */

#include "base/diag.h"
#include "reg/registry.h"
#include "sys/facts.h"
#include "state/theme_find.h"
#include "sys/file.h"
#include "theme/scheme.h"

struct theme_file {
	const char *name;     /* "waybar.css" */
	const char *template; /* relative to the profile; NULL: of none */
	const char *bytes;    /* in the arena */
	size_t size;
	bool is_link;         /* a link to `bytes` */
};

/* A file that was read, or the folder that was, to tell whether it changed since. */
struct theme_input {
	const char *path;
	struct file_mark mark;
	bool absent; /* a partial, or a theme's own file, that isn't there */
};

struct theme {
	const char *name;
	const char *folder; /* "nord-0123456789abcd00": by what is in the files */
	uint64_t hash;      /* of that */
	struct scheme scheme;
	const char *wallpaper; /* absolute path; or NULL */
	struct {
		struct theme_file *items;
		size_t count, room;
	} files; /* sorted by name */
	struct {
		struct theme_input *items;
		size_t count, room;
	} inputs;
	struct {
		struct source **items;
		size_t count, room;
	} sources; /* what problems point into */
};

/*
 * Of registry->theme.active, which isn't NULL. -1 with err; problems of scheme and
 * templates are in `diags`, with their places, and err is set too. In any case it is to be
 * released, behind the last use of `diags`.
 */
int theme_make(struct theme *ret, const struct registry *registry, const struct facts *facts,
		struct arena *arena, struct diags *diags, struct err *err);
void theme_release(struct theme *theme);

/*
 * The same with no more than the scheme. An empty file `light.mode` in a theme's folder says that it is a
 * light one, as Omarchy has it.
 */
int theme_scheme(struct theme *ret, const struct theme_entry *entry, const struct facts *facts,
		struct arena *arena, struct diags *diags, struct err *err);

/* Of what one of both left there, in a line: the first problem with its place, else the error. */
const char *theme_problem(const struct diags *diags, const struct err *err, struct arena *arena);

/* Everything that was read is still what it was. */
bool theme_is_current(const struct theme *theme);
