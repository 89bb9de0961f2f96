/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Mustache templates: the core of its specification (github.com/mustache/spec).
 *
 *   {{name}} {{a.b}} {{.}}     a value, with & < > " as entities of HTML
 *   {{{name}}} {{&name}}       a value as it stands
 *   {{#name}}…{{/name}}        once for each item of a list; once for any other value but
 *                              false, nothing, "" and an unknown one
 *   {{^name}}…{{/name}}        where the other shows nothing
 *   {{>name}}                  another template; alone on a line, each of its lines gets
 *                              the blanks in front of the tag
 *   {{!…}}                     a comment
 *   {{=<% %>=}}                other delimiters, up to the end of this template
 *
 * Names are looked for in the innermost section's value first; of a dotted name that holds
 * for the first part only. A tag that is alone on its line, save {{name}}, takes the line
 * with it. Blanks are fine in front of a tag's sign and around names. Booleans render as
 * "true" and "false", lists and maps as nothing.
 *
 * Text is bytes: NUL, CR and what isn't UTF-8 pass through.
 *
 * Templates may come from strangers: how deep they go, what comes out of them and how long
 * that takes is bounded, and nothing recurses.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/str.h"
#include "theme/value.h"

enum {
	MUSTACHE_SECTIONS_MAX = 64,  /* sections in each other, in one template */
	MUSTACHE_PARTIALS_MAX = 64,  /* partials in each other */
	MUSTACHE_DELIMITER_MAX = 64, /* bytes */
	MUSTACHE_OUTPUT_MAX = 16 * 1024 * 1024,
	MUSTACHE_STEPS_MAX = 1000 * 1000, /* tags and items, more for what takes long */
};

/* A template that was read; it points into its source, which must stay as it is. */
struct mustache;

/*
 * *ret is in the arena. On errors all that can be found are in `diags`, with the tags they
 * are about, and -1 is returned: unclosed sections and tags, wrong closing tags, closing
 * tags without a section, tags without a name, bad delimiters, sections too deep.
 */
int mustache_parse(const struct mustache **ret, struct source *source, struct arena *arena,
		struct diags *diags);

/* How to render; zeroed it is as specified, without partials. */
struct mustache_rules {
	/*
	 * The template of that name, or NULL where there is none: that renders as nothing.
	 * Asked once a name; the source must stay as long as `diags` are of use.
	 */
	struct source *(*partial)(struct str name, void *context);
	void *context;
	/*
	 * An unknown name is an error, everywhere it stands, once a place. Sections that show
	 * nothing are looked through, too, where what they would be filled with can't have
	 * further names: not those of empty lists and of nothing, and not their partials.
	 */
	bool strict;
};

/*
 * Appends what comes out. On errors, of partials as well, `out` is as it was before, they
 * are in `diags`, and -1 is returned.
 */
int mustache_render(const struct mustache *mustache, const struct value *values,
		const struct mustache_rules *rules, struct arena *arena, struct diags *diags,
		struct buf *out);
