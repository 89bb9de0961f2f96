/* SPDX-License-Identifier: MIT */

/*
 * Four bytes that choose an edit, and a registry's text that it is applied to. Whatever
 * is taken: the new text is valid, doing it again is nothing, taking it back gives the
 * same bytes, and so does a fresh edit in the other direction where the section was
 * there. Nothing but the entry's own bytes comes or goes.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reg/edit.h"
#include "text/node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 4 };

static const char *const sections[][5] = {
	{"packages"},
	{"packages", "base"},
	{"symlinks"},
	{"ignore"},
	{"themes"},
	{"hosts", "box", "packages"},
	{"hosts", "box", "symlinks"},
	{"hosts", "box", "themes"},
	{NULL},
	{"a"},
	{"a", "b"},
	{"on", "- x", "c: d"},
};

static const char *const values[] = {
	"foo", "a", "b", "zsh/zshrc", "~/.zshrc", "zz", "", "on", "null", "~", "1.0", "12:30", "- x",
	"a: b", "a #b", "#", " a ", "[a", "a, b", "}", "*a", "&a", "!a", "%a", "@a", "`a", "'", "\"",
	"it's", "a\\b", "a\nb", "a\n\n b\n", "\t", "\x1b", "\xc3\xbc", "\xc2\x85", "\xe2\x80\xa8",
	"\xef\xbb\xbf", "\xff", "---", "...", "<<", "=", "|", ">", "?", ":", "-", "a:", "tree",
};

/* A copy of exactly this size and its NUL, on the heap: a read beyond it is seen. */
struct text {
	char *bytes;
	struct source source;
};

static struct text text_of(const void *data, size_t size) {
	struct text text = {.bytes = xmalloc(size + 1)};
	memcpy(text.bytes, data, size);
	text.bytes[size] = '\0';
	text.source = (struct source){.path = "/p/lumina.yaml", .name = "lumina.yaml",
			.bytes = text.bytes, .size = (uint32_t)size};
	return text;
}

static void release(struct text *text) {
	source_release(&text->source);
	free(text->bytes);
}

struct result {
	struct edit edit;
	enum edit_result result;
	const char *bytes;
	size_t size;
};

static struct result apply(struct edit edit, const void *bytes, size_t size, struct arena *arena) {
	struct text text = text_of(bytes, size);
	struct err err = {0};
	struct result result = {.edit = edit, .bytes = NULL};
	result.result = edit_apply(&result.edit, &text.source, arena, &result.bytes, &result.size,
			&err);
	assert((result.result == EDIT_DONE) == (result.bytes != NULL));
	assert((result.result == EDIT_REFUSED) == (err.kind == ERR_FAILED));
	if (result.result == EDIT_DONE) {
		assert(result.bytes[result.size] == '\0');
	} else {
		assert(memcmp(&result.edit, &edit, sizeof(edit)) == 0);
	}
	err_release(&err);
	release(&text);
	return result;
}

static void need_bytes(const struct result *result, const void *bytes, size_t size) {
	assert(result->result == EDIT_DONE);
	assert(result->size == size && memcmp(result->bytes, bytes, size) == 0);
}

/* Are all bytes of the first in the second, in this order? */
static bool is_within(const char *a, size_t n, const char *b, size_t size) {
	size_t at = 0;
	for (size_t i = 0; i < size && at < n; i++) {
		at += a[at] == b[i];
	}
	return at == n;
}

/* "~", "null", "[]", "{ }": nothing in other words, which an entry takes the place of. */
static bool is_nothing(const char *bytes, size_t n) {
	return n <= 4 || strspn(bytes, "[]{} \t") == n;
}

/* What the section's keys lead to. */
static const struct node *find(const struct node *root, const char *const *section) {
	const struct node *node = root;
	for (unsigned i = 0; section[i] != NULL && node != NULL; i++) {
		const struct node *key = node->kind == NODE_MAP ? node->child : NULL;
		while (key != NULL && !str_is(key->text, section[i])) {
			key = key->next->next;
		}
		node = key != NULL ? key->next : NULL;
	}
	return node;
}

/* Has the section entries, so that it is as before without the new one? */
static bool was_there(const struct node *node) {
	return node != NULL && node->kind != NODE_SCALAR && node->count > 0;
}

/* An entry that is there, so that there is something to remove or set. */
static void aim(struct edit *edit, const struct node *node, unsigned choice, struct arena *arena) {
	if (node == NULL || node->kind == NODE_SCALAR || node->count == 0) {
		return;
	}
	bool map = node->kind == NODE_MAP;
	const struct node *entry = node->child;
	for (unsigned i = choice % node->count * (map ? 2 : 1); i > 0; i--) {
		entry = entry->next;
	}
	const char *text = arena_strndup(arena, entry->text.p, entry->text.n);
	if (map) {
		edit->key = text;
		edit->value = edit->kind == EDIT_REMOVE ? NULL : edit->value;
	} else if (edit->kind != EDIT_SET) {
		edit->key = NULL;
		edit->value = text;
	}
}

static void check_done(const struct result *done, const struct edit *edit, const char *bytes,
		size_t size, bool there, struct arena *arena) {
	const struct edit *full = &done->edit;
	assert(done->size - size + full->left_size == full->raw_size ||
			size - done->size + full->left_size == full->raw_size);
	if (full->kind != EDIT_SET) {
		assert(is_within(full->left, full->left_size, full->raw, full->raw_size) ||
				is_nothing(full->left, full->left_size));
	}
	struct result again = apply(*edit, done->bytes, done->size, arena);
	assert(again.result == EDIT_NOTHING);
	struct result back = apply(edit_invert(full), done->bytes, done->size, arena);
	need_bytes(&back, bytes, size);
	struct result forth = apply(edit_invert(&back.edit), bytes, size, arena);
	need_bytes(&forth, done->bytes, done->size);
	if (edit->kind == EDIT_ADD && there) {
		struct edit fresh = *edit;
		fresh.kind = EDIT_REMOVE;
		struct result removed = apply(fresh, done->bytes, done->size, arena);
		need_bytes(&removed, bytes, size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size < HEAD) {
		return 0;
	}
	struct arena arena;
	arena_init(&arena);
	const char *bytes = (const char *)data + HEAD;
	size -= HEAD;
	const char *const *section = sections[data[1] % (sizeof(sections) / sizeof(sections[0]))];
	struct edit edit = {
		.kind = (enum edit_kind)(data[0] % 3),
		.section = section,
		.value = values[data[2] % (sizeof(values) / sizeof(values[0]))],
		.tree = (data[0] & 0x10) != 0,
	};
	if (edit.kind == EDIT_SET || (data[0] & 0x20) != 0 || section[0] == NULL) {
		edit.key = values[data[3] % (sizeof(values) / sizeof(values[0]))];
	}
	struct text text = text_of(bytes, size);
	struct diags diags = {.arena = &arena};
	struct node *root;
	int result = node_parse(&text.source, &arena, &diags, &root);
	const struct node *node = find(root, section);
	bool there = was_there(node);
	if ((data[0] & 0x40) != 0) {
		aim(&edit, node, data[3], &arena);
	}
	/* Each text that isn't valid costs memory for good (src/text/node.c); some will do. */
	if (result == 0 || data[3] % 8 == 0) {
		struct result done = apply(edit, bytes, size, &arena);
		if (done.result == EDIT_DONE) {
			check_done(&done, &edit, bytes, size, there, &arena);
		}
	}
	release(&text);
	arena_release(&arena);
	return 0;
}
