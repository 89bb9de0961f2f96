/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BLOCK_MIN = 16 * 1024, BLOCK_MAX = 256 * 1024 };

struct arena_block {
	struct arena_block *older;
	size_t size;
	alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *arena) {
	*arena = (struct arena){0};
}

void arena_release(struct arena *arena) {
	struct arena_block *block = arena->blocks;
	while (block != NULL) {
		struct arena_block *older = block->older;
		free(block);
		block = older;
	}
	arena_init(arena);
}

/* Blocks double up to a limit: small commands stay small, large ones make few calls. */
static void add_block(struct arena *arena, size_t need) {
	size_t size = arena->blocks != NULL ? arena->blocks->size * 2 : BLOCK_MIN;
	if (size > BLOCK_MAX) {
		size = BLOCK_MAX;
	}
	if (size < need) {
		size = need;
	}
	struct arena_block *block = xmalloc(sizeof(*block) + size);
	block->older = arena->blocks;
	block->size = size;
	arena->blocks = block;
	arena->next = block->bytes;
	arena->end = block->bytes + size;
}

static void *take(struct arena *arena, size_t size, size_t align) {
	size_t pad = (align - (uintptr_t)arena->next % align) % align;
	if (arena->next == NULL || (size_t)(arena->end - arena->next) < size + pad) {
		add_block(arena, size);
		pad = 0;
	}
	char *start = arena->next + pad;
	arena->next = start + size;
	return start;
}

void *arena_alloc(struct arena *arena, size_t size) {
	return take(arena, size, alignof(max_align_t));
}

void *arena_zalloc(struct arena *arena, size_t size) {
	return memset(arena_alloc(arena, size), 0, size);
}

char *arena_strndup(struct arena *arena, const char *bytes, size_t n) {
	char *copy = take(arena, n + 1, 1);
	if (n > 0) {
		memcpy(copy, bytes, n);
	}
	copy[n] = '\0';
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text) {
	return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...) {
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0) {
		va_end(again);
		return arena_strdup(arena, "");
	}
	char *text = take(arena, (size_t)n + 1, 1);
	(void)vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	return text;
}
