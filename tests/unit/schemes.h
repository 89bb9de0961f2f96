/* SPDX-License-Identifier: MIT */
#pragma once

/* Schemes read from texts. */

#include "test.h"

#include "theme/scheme.h"

struct read {
	struct arena arena;
	struct diags diags;
	struct source source;
	char *copy;
	struct scheme scheme;
	int result;
};

static inline void read_bytes(struct read *read, const char *name, const char *bytes,
		size_t size) {
	/* Memory that ends where the text does, for the sanitizers; the NUL is promised. */
	char *copy = malloc(size + 1);
	memcpy(copy, bytes, size);
	copy[size] = '\0';
	*read = (struct read){.copy = copy, .source = source_of(copy, size)};
	read->source.name = name;
	arena_init(&read->arena);
	read->diags.arena = &read->arena;
	read->result = scheme_read(
			&read->scheme, &read->source, "The Stem (2)", &read->arena, &read->diags);
	check((read->result == 0) == (read->diags.count == 0), "%s", bytes);
}

static inline void read_text(struct read *read, const char *name, const char *text) {
	read_bytes(read, name, text, strlen(text));
}

/* One that has to be good. */
static inline void read_good(struct read *read, const char *name, const char *text) {
	read_text(read, name, text);
	check_text(text, diags_text(&read->diags, &read->arena), "");
}

static inline void read_release(struct read *read) {
	source_release(&read->source);
	arena_release(&read->arena);
	free(read->copy);
}

#define BASES_16                                                                                 \
	"base00: \"000000\", base01: \"111111\", base02: \"222222\", base03: \"333333\", "       \
	"base04: \"444444\", base05: \"555555\", base06: \"666666\", base07: \"777777\", "       \
	"base08: \"880000\", base09: \"994400\", base0A: \"aaaa00\", base0B: \"00bb00\", "       \
	"base0C: \"00cccc\", base0D: \"0000dd\", base0E: \"ee00ee\", base0F: \"ff8844\""
#define BASES_24                                                                                 \
	BASES_16 ", base10: \"101010\", base11: \"111112\", base12: \"121212\", "                \
		 "base13: \"131313\", base14: \"141414\", base15: \"151515\", "                  \
		 "base16: \"161616\", base17: \"171717\""

/* Every key that Omarchy's own themes have. */
#define OMARCHY                                                                                  \
	"accent = \"#7aa2f7\"\ncursor = \"#c0caf5\"\nforeground = \"#a9b1d6\"\n"                 \
	"background = \"#1a1b26\"\nselection_foreground = \"#c0caf6\"\n"                         \
	"selection_background = \"#7aa2f8\"\n\ncolor0 = \"#32344a\"\ncolor1 = \"#f7768e\"\n"     \
	"color2 = \"#9ece6a\"\ncolor3 = \"#e0af68\"\ncolor4 = \"#7aa2f9\"\n"                     \
	"color5 = \"#ad8ee6\"\ncolor6 = \"#449dab\"\ncolor7 = \"#787c99\"\n"                     \
	"color8 = \"#444b6a\"\ncolor9 = \"#ff7a93\"\ncolor10 = \"#b9f27c\"\n"                    \
	"color11 = \"#ff9e64\"\ncolor12 = \"#7da6ff\"\ncolor13 = \"#bb9af7\"\n"                  \
	"color14 = \"#0db9d7\"\ncolor15 = \"#acb0d0\"\n"

/* No more than has to be there. */
#define OMARCHY_LEAST                                                                            \
	"foreground = '#ffffff'\nbackground = '#000000'\ncolor1 = 'ff0000'\ncolor2 = '00ff00'\n" \
	"color3 = 'ffff00'\ncolor4 = '0000ff'\ncolor5 = 'ff00ff'\ncolor6 = '00ffff'\n"
