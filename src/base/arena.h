/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A bump allocator: one per command run. Everything that flows from the
 * registry to the report lives in it and is freed at once, at the end.
 */

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	char *next, *end;           /* free bytes of the newest block */
};

void arena_init(struct arena *arena);
/* Frees every block; the arena can be used again. */
void arena_release(struct arena *arena);

/* Uninitialised memory, aligned for any object; never NULL. */
void *arena_alloc(struct arena *arena, size_t size);
/* Zeroed memory. */
void *arena_zalloc(struct arena *arena, size_t size);
/* A NUL-terminated copy of n bytes. */
char *arena_strndup(struct arena *arena, const char *bytes, size_t n);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...)
		__attribute__((format(printf, 2, 3)));
