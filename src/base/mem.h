/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Heap memory that cannot fail, and cleanup attributes.
 *
 * The x-functions never return NULL: without memory they print one line and
 * abort(). The executor has everything allocated before it changes anything,
 * so that abort cannot strike between two changes.
 */

#include <stddef.h>

/* Says so, and aborts: for libraries that report it. */
_Noreturn void mem_exhausted(void);

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
/* Resizes to count * size bytes; the product is checked for overflow. */
void *xreallocarray(void *ptr, size_t count, size_t size);
char *xstrdup(const char *text);
/* realpath(3): NULL with errno, if there is no such path. */
char *xrealpath(const char *path);

/* For the attributes below: free what the variable holds, if anything; a descriptor is -1 then. */
void cleanup_free_ptr(void *ptr);
void cleanup_close_fd(int *fd);

/* The variable's memory is freed, or its descriptor closed, at scope exit. */
#define _cleanup_free_  __attribute__((cleanup(cleanup_free_ptr)))
#define _cleanup_close_ __attribute__((cleanup(cleanup_close_fd)))

/* Takes the descriptor out of a _cleanup_close_ variable. */
static inline int steal_fd(int *fd) {
	int taken = *fd;
	*fd = -1;
	return taken;
}
