/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * YAML 1.2 bytes → a tree of nodes, each with its byte span.
 *
 * Built from libfyaml's events: its own document builder is quadratic in the
 * keys of a mapping, and its marks are byte offsets, which is what an edit by
 * splicing needs. This is the only user of libfyaml (text/fyaml.h).
 *
 * Refused, each with its place: syntax errors, a second document, tags, merge
 * keys, keys that aren't scalars, duplicate keys, depth over 64, aliases that
 * lead to themselves or grow the document beyond reason. Anchors and aliases
 * as such are fine: an alias shares the children of its anchor.
 *
 * Scalars stay text: "on", "null" and "1e3" are strings until somebody asks.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/str.h"

enum { NODE_DEPTH_MAX = 64 };

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind : 8;
	bool plain : 1;      /* scalar without quotes, not a block */
	bool block : 1;      /* scalar behind '|' or '>'; its span is the content's */
	bool flow : 1;       /* [a, b] or {a: b} */
	bool alias : 1;      /* stands for the anchored node whose content it shares */
	bool anchored : 1;
	uint32_t start, end; /* bytes in the source, [start, end) */
	uint32_t count;      /* items of a list, pairs of a map */
	struct str text;     /* scalar: the value, unescaped */
	struct node *child;  /* first item; or first key, then its value, then the next key */
	struct node *next;   /* sibling */
};

/*
 * Loads libfyaml, if it isn't yet. Who can report an error asks for it before reading;
 * node_parse() does so too, and has no more than a problem in `diags` to say so.
 */
int node_prepare(struct err *err);

/*
 * Parses a source. *ret_root is NULL for an empty document. On problems they
 * are in `diags` and -1 is returned. Nodes live in the arena and may point
 * into the source's bytes. With duplicate keys as the only problem the tree is
 * there all the same, so that what else is wrong can be found.
 */
int node_parse(struct source *source, struct arena *arena, struct diags *diags,
		struct node **ret_root);

/* The same without the short cut of text/runs.h: for tests, which compare the two. */
int node_parse_slowly(struct source *source, struct arena *arena, struct diags *diags,
		struct node **ret_root);

static inline struct span node_span(const struct node *node, struct source *source) {
	return (struct span){source, node->start, node->end};
}

/* An unquoted null: nothing at all, "~" or "null". */
bool node_is_null(const struct node *node);
/* "text", "list", "map" or "nothing", for messages. */
const char *node_describe(const struct node *node);
