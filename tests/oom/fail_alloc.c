/* SPDX-License-Identifier: MIT */

/*
 * To be preloaded: makes one allocation of the program fail, counted from main() on.
 *
 *   OOM_AT=N      the Nth allocation fails (1 is the first)
 *   OOM_LASTING=1 … and all after it
 *   OOM_COUNT=F   at the end, the number of allocations is written to the file F
 *
 * Programs that it runs are left alone. glibc only: its own allocator is reached by its
 * second names, and what of libc allocates (strdup, getline, opendir, …) comes by here, too.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *ptr, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static bool counting, lasting;
static unsigned long count, at;

static bool fails(void) {
	if (!counting) {
		return false;
	}
	count++;
	if (at == 0 || (count != at && !(lasting && count > at))) {
		return false;
	}
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size) {
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
	return fails() ? NULL : __libc_calloc(number, size);
}

void *realloc(void *ptr, size_t size) {
	return fails() ? NULL : __libc_realloc(ptr, size);
}

void *reallocarray(void *ptr, size_t number, size_t size) {
	size_t bytes;
	if (__builtin_mul_overflow(number, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return fails() ? NULL : __libc_realloc(ptr, bytes);
}

void *memalign(size_t alignment, size_t size) {
	return fails() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
	return memalign(alignment, size);
}

int posix_memalign(void **ret, size_t alignment, size_t size) {
	void *ptr = memalign(alignment, size);
	if (ptr == NULL) {
		return ENOMEM;
	}
	*ret = ptr;
	return 0;
}

static void report(void) {
	const char *path = getenv("OOM_COUNT");
	char text[32];
	counting = false;
	if (path == NULL) {
		return;
	}
	int n = snprintf(text, sizeof(text), "%lu\n", count);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0) {
		(void)!write(fd, text, (size_t)n);
		(void)close(fd);
	}
}

typedef int main_fn(int argc, char **argv, char **envp);
typedef int start_fn(main_fn *main, int argc, char **argv, void (*init)(void),
		void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

static main_fn *real_main;

static int counted_main(int argc, char **argv, char **envp) {
	const char *number = getenv("OOM_AT");
	at = number != NULL ? strtoul(number, NULL, 10) : 0;
	lasting = getenv("OOM_LASTING") != NULL;
	(void)atexit(report);
	(void)unsetenv("LD_PRELOAD");
	counting = true;
	return real_main(argc, argv, envp);
}

int __libc_start_main(main_fn *main, int argc, char **argv, void (*init)(void),
		void (*fini)(void), void (*rtld_fini)(void), void *stack_end) {
	start_fn *start;
	void *found = dlsym(RTLD_NEXT, "__libc_start_main");
	memcpy(&start, &found, sizeof(start));
	real_main = main;
	return start(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
