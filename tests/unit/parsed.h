/* SPDX-License-Identifier: MIT */
#pragma once

/* Texts parsed into nodes, and nodes as text. */

#include "test.h"

#include "text/node.h"

struct parsed {
	struct arena arena;
	struct diags diags;
	struct source source;
	struct node *root;
	int result;
};

static inline void parse_bytes(struct parsed *parsed, const char *bytes, size_t size) {
	*parsed = (struct parsed){.source = source_of(bytes, size)};
	arena_init(&parsed->arena);
	parsed->diags.arena = &parsed->arena;
	parsed->result = node_parse(&parsed->source, &parsed->arena, &parsed->diags, &parsed->root);
	assert_true((parsed->result == 0) == (parsed->diags.count == 0));
}

static inline void release(struct parsed *parsed) {
	source_release(&parsed->source);
	arena_release(&parsed->arena);
}

/*
 * abc, 'quoted or block', [list], {key: value}; "&" anchored, "*" alias; with
 * `spans` followed by @start-end.
 */
static inline void dump(const struct node *node, bool spans, struct buf *out) {
	buf_adds(out, node->anchored ? "&" : "");
	buf_adds(out, node->alias ? "*" : "");
	if (node->kind == NODE_SCALAR) {
		buf_adds(out, node->plain ? "" : "'");
		buf_add_shown(out, node->text.p, node->text.n);
		buf_adds(out, node->plain ? "" : "'");
	} else {
		bool map = node->kind == NODE_MAP;
		uint32_t count = 0;
		buf_addc(out, map ? '{' : '[');
		for (const struct node *item = node->child; item != NULL; item = item->next) {
			buf_adds(out, count == 0 ? "" : map && count % 2 == 1 ? ": " : ", ");
			dump(item, spans, out);
			count++;
		}
		buf_addc(out, map ? '}' : ']');
		assert_int_equal(count, map ? node->count * 2 : node->count);
	}
	if (spans) {
		buf_addf(out, "@%u-%u", node->start, node->end);
	}
}
