/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void mem_exhausted(void) {
	(void)fputs("lumina: error: out of memory\n", stderr);
	abort();
}

void *xmalloc(size_t size) {
	void *ptr = malloc(size > 0 ? size : 1);
	if (ptr == NULL) {
		mem_exhausted();
	}
	return ptr;
}

void *xcalloc(size_t count, size_t size) {
	void *ptr = calloc(count > 0 ? count : 1, size > 0 ? size : 1);
	if (ptr == NULL) {
		mem_exhausted();
	}
	return ptr;
}

void *xreallocarray(void *ptr, size_t count, size_t size) {
	void *moved = reallocarray(ptr, count > 0 ? count : 1, size > 0 ? size : 1);
	if (moved == NULL) {
		mem_exhausted();
	}
	return moved;
}

char *xstrdup(const char *text) {
	size_t size = strlen(text) + 1;
	return memcpy(xmalloc(size), text, size);
}

char *xrealpath(const char *path) {
	char *real = realpath(path, NULL);
	if (real == NULL && errno == ENOMEM) {
		mem_exhausted();
	}
	return real;
}

void cleanup_free_ptr(void *ptr) {
	void *held;
	memcpy(&held, ptr, sizeof(held));
	free(held);
}

void cleanup_close_fd(int *fd) {
	if (*fd >= 0) {
		int saved = errno;
		(void)close(*fd);
		errno = saved;
		*fd = -1;
	}
}
