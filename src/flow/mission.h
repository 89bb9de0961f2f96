/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Missions as the flow uses them: plain data, ready to use. They come from the
 * registry (flow/compile.h), from the index (flow/index.h) or, without name and
 * label, from a project's own file (flow/project.h); memory is the maker's.
 *
 * Lists are NULL-terminated; NULL stands for none.
 */

#include <stddef.h>

struct pair {
	const char *name, *value;
};

struct mission {
	const char *name, *label;             /* label NULL: the name */
	const char *const *when, *const *in;  /* `in`: absolute, folded; as spelled, so perhaps a link */
	const struct pair *env;
	size_t nenv;
	const char *const *path;              /* relative to the project's root ("." is it), or absolute */
	const char *const *dotenv;            /* names below the root; {".env"} for true */
	int direnv;                           /* -1 not said, 0, 1 */
	const char *nix;                      /* "develop" or NULL */
	/*
	 * Keys as in the registry, options of the layout as "layout_opts.NAME". Values
	 * are checked: "true" or "false"; whole numbers; gaps are one to four numbers
	 * with a blank between them; all others of [A-Za-z0-9_.:+%-] and blanks.
	 */
	const struct pair *hyprland;
	size_t nhyprland;
	const char *const *show, *const *hide;
};

/* In the order of the registry; merged by name, the later level wins key by key. */
struct missions {
	const struct mission *items;
	size_t count;
	const char *const *bar; /* the registry's command that tells another bar; or NULL */
};
