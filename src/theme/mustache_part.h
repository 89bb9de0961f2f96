/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files mustache*.c share, and nobody else includes: a template as a row of parts. */

#include <stdint.h>

#include "theme/mustache.h"

enum part_kind { PART_TEXT, PART_VALUE, PART_SECTION, PART_INVERTED, PART_PARTIAL };

struct part {
	enum part_kind kind : 8;
	bool raw : 1;         /* PART_VALUE: no entities */
	bool alone : 1;       /* PART_PARTIAL: the only thing on its line */
	bool starts_line : 1; /* PART_TEXT: it may be empty then, in front of a tag */
	uint32_t start, end;  /* bytes in the source */
	uint32_t indent;      /* PART_PARTIAL, alone: that many blanks are in front of `start` */
	uint32_t next;        /* number of the part behind it: a section's content is between */
	struct str text;      /* PART_TEXT: the bytes; otherwise the name */
};

struct mustache {
	struct source *source;
	const struct part *parts;
	uint32_t count;
};

/* A name as a message can hold it: whatever bytes it has, and not all where it is long. */
const char *mustache_shown(struct str name, struct arena *arena);
