/* SPDX-License-Identifier: MIT */
#pragma once

/* What came of telling running programs of another theme: a line each. */

#include "base/buf.h"
#include "base/json.h"
#include "base/paint.h"

struct told {
	const char *name;   /* "Waybar" */
	const char *state;  /* "told"; the word that lumina-json(5) has */
	const char *detail; /* raw bytes of others; or NULL */
	bool failed;
	bool absent;        /* nothing to say to people, unless they ask for all */
};

struct tolds {
	struct told *items;
	size_t count, room;
};

void report_tolds(const struct tolds *tolds, const struct paint *paint, bool verbose,
		struct buf *out);
/* The member "reload"; NULL: nothing was told. */
void report_tolds_json(struct json *json, const struct tolds *tolds);
