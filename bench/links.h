/* SPDX-License-Identifier: MIT */
/*
 * What both link floors share: PROGRAM HOME LIST goes through a list that has a line
 * "folder/name<TAB>link text" for each link, the lines of a folder together, and prints how many.
 */
#ifndef BENCH_LINKS_H
#define BENCH_LINKS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* O_PATH */
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef int open_folder(int home, char *path);
typedef int visit_link(int folder, const char *name, const char *text);

static inline _Noreturn void die(const char *what) {
	perror(what);
	exit(1);
}

/* The whole file as a string. */
static inline char *read_list(const char *path) {
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		die(path);
	}
	char *bytes = calloc((size_t)st.st_size + 1, 1);
	if (!bytes || read(fd, bytes, (size_t)st.st_size) != st.st_size) {
		die(path);
	}
	close(fd);
	return bytes;
}

/* Opens each folder once and visits each link in it. Either function gives -1 with errno. */
static inline int each_link(int argc, char *argv[], open_folder *opened, visit_link *visit) {
	if (argc != 3) {
		fprintf(stderr, "usage: %s HOME LIST\n", argv[0]);
		return 2;
	}
	int home = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (home < 0) {
		die(argv[1]);
	}
	const char *last = "";
	int folder = -1;
	int count = 0;
	for (char *end, *at = read_list(argv[2]); (end = strchr(at, '\n')); at = end + 1) {
		*end = '\0';
		char *tab = strchr(at, '\t');
		*tab = '\0';
		char *slash = strrchr(at, '/');
		*slash = '\0';
		if (strcmp(last, at) != 0) {
			close(folder);
			folder = opened(home, at);
			if (folder < 0) {
				die(at);
			}
			last = at;
		}
		if (visit(folder, slash + 1, tab + 1) < 0) {
			die(slash + 1);
		}
		count++;
	}
	printf("%d\n", count);
	return 0;
}

#endif
