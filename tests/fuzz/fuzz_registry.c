/* SPDX-License-Identifier: MIT */

/*
 * Any bytes as a registry: they are refused with a problem that has its place, or
 * become a tree whose spans and counts are sound, which the schema then walks as a
 * file and as a host's block. The short cut of text/runs.h must not show.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/paint.h"
#include "base/path.h"
#include "base/vec.h"
#include "reg/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Appended to a text that was taken: then there are two documents. */
static const char second[] = "\n...\n--- x\n";

static void check_node(const struct node *node, const struct source *source, unsigned depth) {
	assert(depth <= NODE_DEPTH_MAX);
	assert(node->start <= node->end && node->end <= source->size);
	assert(node->text.n == 0 || node->text.p != NULL);
	if (node->kind == NODE_SCALAR) {
		assert(node->child == NULL);
		return;
	}
	size_t count = 0;
	uint32_t last = node->start;
	for (const struct node *item = node->child; item != NULL; item = item->next) {
		assert(node->kind != NODE_MAP || count % 2 == 1 || item->kind == NODE_SCALAR);
		/* An alias shares the children of its anchor, which are walked there. */
		if (!node->alias) {
			assert(item->start >= last);
			last = item->start;
			check_node(item, source, depth + 1);
		}
		count++;
	}
	assert(count == (node->kind == NODE_MAP ? (size_t)node->count * 2 : node->count));
}

static void check_diags(struct diags *diags, const struct source *source) {
	for (const struct diag *diag = diags->first; diag != NULL; diag = diag->next) {
		assert(diag->at.source == source && diag->text[0] != '\0');
		assert(diag->at.start <= source->size);
		struct position pos = span_position(diag->at);
		assert(pos.line >= 1 && pos.column >= 1);
	}
	struct buf out = BUF_INIT;
	diags_render(diags, &paint_none, &out);
	for (size_t i = 0; i < out.len; i++) {
		unsigned char c = (unsigned char)out.data[i];
		assert((c >= 0x20 && c != 0x7f) || c == '\n');
	}
	buf_release(&out);
}

static void check_registry(const struct registry *registry) {
	for (size_t i = 0; i < registry->links.count; i++) {
		const struct link_decl *link = &registry->links.items[i];
		assert(link->target[0] == '~' && (link->target[1] == '/' || link->target[1] == '\0'));
		assert(link->tree || link->target[1] == '/');
		assert(strstr(link->target, "/../") == NULL && strstr(link->target, "//") == NULL);
		assert(link->tree || !path_is_under(link->target, "~/.lumina"));
		assert(link->source[0] != '/' && link->source[0] != '\0');
		assert(strcmp(link->source, "..") != 0 && strncmp(link->source, "../", 3) != 0);
		assert(strstr(link->source, "/../") == NULL);
	}
	for (size_t i = 0; i < registry->packages.count; i++) {
		assert(registry->packages.items[i].name[0] != '-');
	}
}

static void walk_schema(struct source *source, const struct node *root, struct arena *arena,
		struct diags *diags) {
	const struct facts facts = {.home = "/home/u", .profile = "/home/u/.lumina",
			.state = "/home/u/.local/state/lumina"};
	struct target_rules rules;
	target_rules_init(&rules, &facts, arena);
	struct registry registry = {0};
	struct schema schema = {
		.registry = &registry,
		.arena = arena,
		.diags = diags,
		.rules = &rules,
		.source = source,
	};
	schema_walk_file(&schema, root);
	const struct node *hosts = schema.hosts;
	if (hosts != NULL) {
		for (const struct node *key = hosts->child; key != NULL; key = key->next->next) {
			struct diags ignored = {.arena = arena};
			schema.diags = &ignored;
			schema.host = "box";
			schema_walk_host(&schema, key->next);
		}
	}
	check_registry(&registry);
	VEC_RELEASE(&schema.includes);
	registry_release(&registry);
}

/* A copy of exactly this size and its NUL, on the heap: a read beyond it is seen. */
static struct source source_of(const uint8_t *data, size_t size) {
	char *bytes = xmalloc(size + 1);
	memcpy(bytes, data, size);
	bytes[size] = '\0';
	return (struct source){.path = "/p/lumina.yaml", .name = "lumina.yaml", .bytes = bytes,
			.size = (uint32_t)size};
}

static void release(struct source *source) {
	source_release(source);
	free((void *)(uintptr_t)source->bytes);
}

static bool same_node(const struct node *a, const struct node *b) {
	if (a == NULL || b == NULL) {
		return a == b;
	}
	if (a->kind != b->kind || a->plain != b->plain || a->flow != b->flow ||
			a->alias != b->alias || a->anchored != b->anchored || a->start != b->start ||
			a->end != b->end || a->count != b->count || !str_eq(a->text, b->text)) {
		return false;
	}
	if (a->alias) {
		return true;
	}
	const struct node *left = a->child, *right = b->child;
	while (left != NULL && right != NULL) {
		if (!same_node(left, right)) {
			return false;
		}
		left = left->next;
		right = right->next;
	}
	return left == right;
}

/* The short cut of text/runs.h and the whole way give the same, problems included. */
static void check_slowly(struct source *source, const struct node *root,
		const struct diags *diags) {
	struct arena arena;
	arena_init(&arena);
	struct diags again = {.arena = &arena};
	struct node *slow;
	(void)node_parse_slowly(source, &arena, &again, &slow);
	assert(same_node(root, slow));
	assert(diags->count == again.count);
	const struct diag *b = again.first;
	for (const struct diag *a = diags->first; a != NULL; a = a->next, b = b->next) {
		assert(strcmp(a->text, b->text) == 0);
		assert(a->at.start == b->at.start && a->at.end == b->at.end);
	}
	arena_release(&arena);
}

/* Nothing may be cut off silently: what follows a text that was taken must be seen. */
static void check_whole(const uint8_t *data, size_t size) {
	struct buf longer = BUF_INIT;
	buf_add(&longer, (const char *)data, size);
	buf_adds(&longer, second);
	struct source source = source_of((const uint8_t *)longer.data, longer.len);
	struct arena arena;
	arena_init(&arena);
	struct diags diags = {.arena = &arena};
	struct node *root;
	assert(node_parse(&source, &arena, &diags, &root) < 0);
	release(&source);
	arena_release(&arena);
	buf_release(&longer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct source source = source_of(data, size);
	struct arena arena;
	arena_init(&arena);
	struct diags diags = {.arena = &arena};
	struct node *root;
	int result = node_parse(&source, &arena, &diags, &root);
	assert((result < 0) == (diags.count > 0));
	check_slowly(&source, root, &diags);
	if (root != NULL) {
		check_node(root, &source, 0);
		walk_schema(&source, root, &arena, &diags);
	}
	check_diags(&diags, &source);
	if (result == 0 && root != NULL && size < 4096) {
		check_whole(data, size);
	}
	release(&source);
	arena_release(&arena);
	return 0;
}
