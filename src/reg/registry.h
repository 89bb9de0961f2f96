/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the registry says, merged: plain data, with the place of every entry.
 * Filled by reg/load.c; everything lives in the command's arena, the arrays on
 * the heap.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/str.h"
#include "reg/mission_decl.h"
#include "sys/file.h"

/* One line below `symlinks:`, or below `themes: templates:`. */
struct link_decl {
	const char *target; /* home path: "~/.zshrc" */
	struct str key;     /* the same as it is written there */
	const char *source; /* folded, relative to the profile */
	bool rendered;      /* `source` is a template: the link leads to what the theme makes of it */
	const char *host;   /* the hosts: block it stands in, or NULL */
	struct span at;     /* of the target */
	struct span source_at;
	unsigned rank;      /* the later level wins */
	bool tree;
};

/* One item below `packages:` or `ignore:`. */
struct package_decl {
	const char *name;  /* as written, with its "aur/" or "flatpak/" */
	const char *group; /* NULL for a plain list */
	const char *host;
	struct span at;
};

struct package_decls {
	struct package_decl *items;
	size_t count, room;
};

/* A key below `packages:`, with or without packages in its list. */
struct package_group {
	const char *name;
	const char *host;
	struct span at;
};

/* What becomes of installs that `lumina pacman` and `lumina paru` saw. */
enum record_policy { RECORD_UNSET, RECORD_ASK, RECORD_ALWAYS, RECORD_NEVER };

/* A switch below `git:`; the later level wins. */
struct switch_decl {
	bool on;
	unsigned rank; /* 0: not given */
};

struct git_decl {
	struct switch_decl commit, push, sync;
};

/* `bar: {command: …}`: the program that tells a bar other than Waybar. */
struct bar_decl {
	const char *const *argv; /* NULL-terminated; or NULL */
	unsigned rank;
};

/* A picture of the profile. */
struct picture_decl {
	const char *path; /* folded, relative to the profile; NULL: none is named */
	struct span at;
};

/* `themes: wallpaper:` */
struct wallpaper_decl {
	struct picture_decl file; /* for themes that have none */
	const struct theme_picture {
		const char *theme;
		struct picture_decl picture;
	} *files; /* by theme: these win over the themes' own */
	size_t nfiles;
	const char *const *command; /* NULL-terminated; or NULL */
	unsigned rank;
};

/* `themes: pairs: {ONE: OTHER}`; each theme is in one pair at most. */
struct theme_pair {
	const char *one, *other;
};

/* `themes:`; of each key the later level counts, as a whole. */
struct theme_decl {
	const char *active; /* name of the theme, or NULL */
	struct span at;     /* of `active` */
	const char *host;   /* the block that `active` stands in, or NULL */
	unsigned active_rank;
	const char *const *const *reload; /* commands, each NULL-terminated, and so is the list */
	unsigned reload_rank;
	struct wallpaper_decl wallpaper;
	const struct theme_pair *pairs;
	size_t npairs;
	unsigned pairs_rank;
};

/* A file that was read. */
struct registry_file {
	struct source *source;
	struct file_mark mark;
};

struct registry {
	struct {
		struct registry_file *items;
		size_t count, room;
	} files;
	/* Sorted by path_compare() of the targets, each target once. */
	struct {
		struct link_decl *items;
		size_t count, room;
	} links;
	/* Links of lower levels, whose targets are declared again above. */
	struct {
		struct link_decl *items;
		size_t count, room;
	} shadowed;
	/* Links of other hosts' blocks: of no effect here, but they use sources too. */
	struct {
		struct link_decl *items;
		size_t count, room;
	} elsewhere;
	struct package_decls packages, ignored;
	struct {
		struct package_group *items;
		size_t count, room;
	} groups;
	enum record_policy record;
	unsigned record_rank;
	struct git_decl git;
	struct bar_decl bar;
	struct theme_decl theme;
	const char *host;       /* as the block for this machine is called; NULL: there is none */
	struct mission_decls missions; /* merged: each name once, in the order of the first ones */
	size_t mission_bytes;          /* of their texts, other levels' too */
	const char *no_overlay; /* where local.yaml would stand; NULL if it was read */
};

void registry_release(struct registry *registry);
