/* SPDX-License-Identifier: MIT */
#pragma once

/* What the two readers of theme/scheme.h share. */

#include "theme/scheme.h"

struct scheme_reader {
	struct scheme *scheme; /* zeroed; texts that the file lacks stay NULL */
	struct source *source;
	struct arena *arena;
	struct diags *diags;
};

/* Both fill in what they find, problems into `diags`; with none every colour is there. */
void scheme_read_yaml(struct scheme_reader *reader);
void scheme_read_toml(struct scheme_reader *reader);

/* What base10 to base17 are where there are none (the styling guide of base24). */
void scheme_fill_bases(struct scheme *scheme, uint32_t have);

/* A terminal's sixteen, the cursor and the rest, from the bases. */
void scheme_derive(struct scheme *scheme);

/* What can be read best on the selection's background. */
void scheme_choose_selection(struct scheme *scheme);

/* The bits of `wanted` that `have` lacks, as one problem at `at`; names[i] belongs to bit i. */
void scheme_report_missing(struct scheme_reader *reader, struct span at, uint32_t wanted,
		uint32_t have, const char *const names[]);

/* A colour from a text at a place; false after a complaint. */
bool scheme_take_color(struct scheme_reader *reader, struct str text, struct span at,
		struct color *ret);

/*
 * Each run of blanks, line breaks (Unicode's, too) and control characters (C1 as well) becomes
 * one blank. Templates put a name behind a comment's sign, where a line break would make the
 * rest of it a line of somebody's configuration.
 */
const char *scheme_one_line(struct str text, struct arena *arena);

/* For '%.*s': no more of a text than belongs into a message. */
int scheme_clip(struct str text);
