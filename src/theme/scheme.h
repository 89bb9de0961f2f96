/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Colour schemes, from the two kinds of files that people have:
 *
 * - base16 and base24 of tinted-theming, as YAML (github.com/tinted-theming/home: the
 *   builder specification 0.11 and the styling guides):
 *
 *     system: "base16"                scheme: "Ocean"         (the older spelling:
 *     name: "Ocean"                   author: "Chris"          everything at the top)
 *     author: "Chris"                 base00: "2b303b"
 *     variant: "dark"                 ...
 *     palette:                        base0F: "ab7967"
 *       base00: "2b303b"
 *       ...
 *
 * - colors.toml of Omarchy's themes: accent, cursor, foreground, background,
 *   selection_foreground, selection_background and color0 to color15, a line each:
 *
 *     background = "#1a1b26"          # at least this, foreground, and color1 to color6
 *
 * Either becomes a whole scheme: what a file doesn't have is made of what it has.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "theme/color.h"

enum {
	SCHEME_SIZE_MAX = 256 * 1024, /* real ones have two KiB */
	SCHEME_BASES = 24,
	SCHEME_ANSI = 16,
};

/* "base00" to "base0F", "base10" to "base17", and NULL. */
extern const char *const scheme_base_names[SCHEME_BASES + 1];

/* Texts are in the arena, never NULL, and one line each, without control characters. */
struct scheme {
	const char *name;        /* the file's, else the stem */
	const char *author;      /* may be empty */
	const char *description; /* the file's, else the name */
	const char *slug;        /* lower-case letters, digits, "-" and "_" */
	const char *system;      /* "base16" or "base24" */
	bool is_dark;            /* as the file says, else by the background */
	struct color base[SCHEME_BASES];
	struct color ansi[SCHEME_ANSI]; /* a terminal's: black, red, green, yellow, … */
	struct color background, foreground, cursor, accent;
	struct color selection_background, selection_foreground;
	/* For text that steps back: base04, or so far towards the foreground that its contrast on
	 * the background is 4.5:1 (WCAG 2) where the scheme has that at all. */
	struct color muted;
};

/*
 * Reads a scheme; the source's name decides as what: "….yaml" and "….yml", or
 * "colors.toml". `stem` is what the scheme is called by its place: the file's name without
 * its ending, or the folder of a colors.toml; the slug is made of it where the file has none.
 *
 * Returns 0, or -1 with all that is wrong in `diags`; *ret is of no use then. Keys that
 * mean nothing to a scheme are passed over; in a palette they are errors.
 */
int scheme_read(struct scheme *ret, struct source *source, const char *stem, struct arena *arena,
		struct diags *diags);
