/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the person's own files of Waybar say, as far as Lumina has to know: its
 * configuration is JSON with comments, its style sheets are GTK's CSS. They are looked
 * through, not understood: whatever is in them, nothing goes wrong.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* A style sheet imports lumina.css, in a form that Waybar takes; comments don't count. */
bool waybar_imports(const char *text);

struct waybar_config {
	bool reloads;         /* "reload_style_on_change": true */
	size_t modules;       /* that run `lumina bar` */
	const char *unsignalled; /* the first of these without our "signal"; or NULL */
};

/* Adds to *ret. Texts are in the arena. */
void waybar_config_scan(struct waybar_config *ret, const char *text, size_t size,
		struct arena *arena);
