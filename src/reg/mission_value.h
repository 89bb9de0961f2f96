/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The values in a mission, one by one: which are accepted, and as what. Other programs
 * get them (Hyprland by its command language or as Lua, Waybar as style sheets), so what
 * is accepted is a list of harmless characters, never a list of dangerous ones.
 *
 * The parse functions return NULL with the text in *ret, or what is wrong with it: half
 * a sentence that follows the value.
 */

#include "base/arena.h"
#include "base/str.h"
#include "reg/check.h"

/* Shown to the person: 1 to 64 columns, nothing invisible, no control characters. */
const char *mission_parse_label(struct str text, struct arena *arena, const char **ret);
/* A file's name: no '/', 1 to 64 bytes. */
const char *mission_parse_marker(struct str text, struct arena *arena, const char **ret);
/* A path below the project's root, folded. */
const char *mission_parse_beneath(struct str text, struct arena *arena, const char **ret);
/* "custom/lumina", "hyprland/workspaces#2" */
const char *mission_parse_module(struct str text, struct arena *arena, const char **ret);
/* The name of a layout's option, as "layout_opts.NAME"; and a value. */
const char *mission_parse_option(struct str text, struct arena *arena, const char **ret);
const char *mission_parse_word(struct str text, struct arena *arena, const char **ret);

/* The keys of `hyprland:`, NULL-terminated and sorted. */
const char *const *mission_rule_names(void);
/* One of these, or NULL. */
const char *mission_rule_find(struct str name);
/* The value of such a key but `layout_opts`, as text; NULL after a complaint. */
const char *mission_rule_value(const char *name, const struct checker *check,
		const struct node *value, struct arena *arena);
