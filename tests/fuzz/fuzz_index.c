/* SPDX-License-Identifier: MIT */

/*
 * The flow's index. The first byte says what the rest is:
 *
 *   0   an index, as it is
 *   1   an index, given the head's first fields and the checksum that belong to it
 *   2   four bytes, and a registry: its missions must be the same behind an index; then
 *       the bytes say what is changed in that index, with a checksum that fits again
 *
 * Whatever is taken is walked to its ends, and is the same written and read again.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/vec.h"
#include "flow/compile.h"
#include "flow/index.h"
#include "reg/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of the head: magic, sum, version, size. */
enum { SUM_AT = 8, SUM_FROM = 16, VERSION_AT = 16, SIZE_AT = 20, LEAST = 80 };

/* What is written again to be compared. */
enum { WRITTEN_MAX = 1 << 20 };

static const struct facts facts = {.home = "/home/u", .profile = "/home/u/.lumina", .host = "box"};

static bool same(const char *a, const char *b) {
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void same_list(const char *const *a, const char *const *b) {
	assert((a == NULL) == (b == NULL));
	for (size_t i = 0; a != NULL; i++) {
		assert(same(a[i], b[i]));
		if (a[i] == NULL) {
			break;
		}
	}
}

static void same_pairs(const struct pair *a, size_t na, const struct pair *b, size_t nb) {
	assert(na == nb);
	for (size_t i = 0; i < na; i++) {
		assert(a[i].name != NULL && same(a[i].name, b[i].name));
		assert(a[i].value != NULL && same(a[i].value, b[i].value));
	}
}

static void same_missions(const struct missions *a, const struct missions *b) {
	assert(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct mission *m = &a->items[i], *n = &b->items[i];
		assert(m->name != NULL && same(m->name, n->name) && same(m->label, n->label));
		assert(same(m->nix, n->nix) && m->direnv == n->direnv);
		same_list(m->when, n->when);
		same_list(m->in, n->in);
		same_list(m->path, n->path);
		same_list(m->dotenv, n->dotenv);
		same_list(m->show, n->show);
		same_list(m->hide, n->hide);
		same_pairs(m->env, m->nenv, n->env, n->nenv);
		same_pairs(m->hyprland, m->nhyprland, n->hyprland, n->nhyprland);
	}
}

static size_t size_of_list(const char *const *list) {
	size_t size = 0;
	for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
		size += strlen(list[i]) + 1;
	}
	return size;
}

/* Walks all of it. The same entries may be in many lists: written out, they could be gigabytes. */
static size_t size_of(const struct missions *missions) {
	size_t size = 0;
	for (size_t i = 0; i < missions->count; i++) {
		const struct mission *m = &missions->items[i];
		const char *const *const lists[] = {m->when, m->in, m->path, m->dotenv, m->show, m->hide};
		for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
			size += size_of_list(lists[k]);
		}
		for (size_t k = 0; k < m->nenv; k++) {
			size += strlen(m->env[k].name) + strlen(m->env[k].value);
		}
		for (size_t k = 0; k < m->nhyprland; k++) {
			size += strlen(m->hyprland[k].name) + strlen(m->hyprland[k].value);
		}
	}
	return size;
}

/* Bytes of their own, so that reading beyond them is seen. */
static void check_bytes(const char *bytes, size_t size) {
	struct arena arena;
	struct index index, again;
	char *copy = xmalloc(size > 0 ? size : 1);
	memcpy(copy, bytes, size);
	arena_init(&arena);
	if (index_parse(&index, copy, size, &facts, &arena) == INDEX_GOOD) {
		assert(index.nfiles > 0 && (!index.broken || index.missions.count == 0));
		if (size_of(&index.missions) < WRITTEN_MAX) {
			struct buf out = BUF_INIT;
			index_format(&index, &facts, &out);
			char *second = xmalloc(out.len);
			memcpy(second, out.data, out.len);
			assert(index_parse(&again, second, out.len, &facts, &arena) == INDEX_GOOD);
			same_missions(&index.missions, &again.missions);
			assert(index.nfiles == again.nfiles);
			for (size_t i = 0; i < index.nfiles; i++) {
				assert(same(index.files[i].path, again.files[i].path));
			}
			free(second);
			buf_release(&out);
		}
	} else {
		assert(index.missions.count == 0 && index.nfiles == 0);
	}
	arena_release(&arena);
	free(copy);
}

static void seal(char *bytes, size_t size) {
	uint64_t sum = hash64(bytes + SUM_FROM, size - SUM_FROM);
	memcpy(bytes + SUM_AT, &sum, sizeof(sum));
}

static void check_sealed(const char *bytes, size_t size) {
	if (size < LEAST) {
		return;
	}
	char *copy = xmalloc(size);
	uint32_t version = 1, whole = (uint32_t)size;
	memcpy(copy, bytes, size);
	memcpy(copy, "lumina\0\1", 8);
	memcpy(copy + VERSION_AT, &version, sizeof(version));
	memcpy(copy + SIZE_AT, &whole, sizeof(whole));
	seal(copy, size);
	check_bytes(copy, size);
	free(copy);
}

static void check_registry(const char *bytes, size_t size, const uint8_t change[4]) {
	static const struct index_file files[] = {{.path = "/p", .there = true}, {.path = "/l"}};
	struct arena arena;
	char *text = xmalloc(size + 1);
	memcpy(text, bytes, size);
	text[size] = '\0';
	arena_init(&arena);
	struct source source = {.path = "/p", .name = "p", .bytes = text, .size = (uint32_t)size};
	struct diags diags = {.arena = &arena};
	struct registry registry = {0};
	struct target_rules rules;
	struct node *root;
	target_rules_init(&rules, &facts, &arena);
	struct schema schema = {.registry = &registry, .arena = &arena, .diags = &diags,
			.rules = &rules, .source = &source, .rank = 1};
	(void)node_parse(&source, &arena, &diags, &root);
	if (root != NULL) {
		schema_walk_file(&schema, root);
	}
	missions_merge(&registry.missions, &arena);
	struct index index = {.files = files, .nfiles = 2}, again;
	missions_compile(&index.missions, &registry, facts.home, &arena);
	struct buf out = BUF_INIT;
	index_format(&index, &facts, &out);
	assert(index_parse(&again, out.data, out.len, &facts, &arena) == INDEX_GOOD);
	same_missions(&index.missions, &again.missions);
	size_t at = SUM_FROM + (change[0] | (size_t)change[1] << 8) % (out.len - SUM_FROM);
	out.data[at] = (char)(out.data[at] ^ change[2]);
	seal(out.data, out.len);
	check_bytes(out.data, out.len);
	buf_release(&out);
	VEC_RELEASE(&schema.includes);
	registry_release(&registry);
	source_release(&source);
	arena_release(&arena);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size == 0) {
		return 0;
	}
	const char *body = (const char *)data + 1;
	if (data[0] % 3 == 0) {
		check_bytes(body, size - 1);
	} else if (data[0] % 3 == 1) {
		check_sealed(body, size - 1);
	} else if (size > 5) {
		check_registry(body + 4, size - 5, data + 1);
	}
	return 0;
}
