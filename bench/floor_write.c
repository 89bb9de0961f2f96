/* SPDX-License-Identifier: MIT */
/*
 * floor_write FOLDER NAME SOURCE
 * Floor of a theme's switch: the files of SOURCE, written and flushed one by one into the new folder
 * FOLDER/NAME, both folders flushed, and one link renamed over FOLDER/current.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_file(int from, int to, const char *name) {
	static char bytes[1 << 20];
	int in = openat(from, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = in < 0 ? -1 : read(in, bytes, sizeof(bytes));
	int out = n < 0 ? -1 : openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0 || write(out, bytes, (size_t)n) != n || fsync(out) < 0) {
		return -1;
	}
	close(in);
	return close(out);
}

int main(int argc, char *argv[]) {
	if (argc != 4) {
		return 2;
	}
	int top = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
	if (top < 0 || mkdirat(top, argv[2], 0700) < 0) {
		return 1;
	}
	int to = openat(top, argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int from = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = from < 0 ? NULL : fdopendir(from);
	const struct dirent *entry;
	while (stream != NULL && (entry = readdir(stream)) != NULL) {
		if (entry->d_name[0] != '.') {
			if (write_file(from, to, entry->d_name) < 0) {
				return 1;
			}
			count++;
		}
	}
	if (count == 0 || fsync(to) < 0 || symlinkat(argv[2], top, ".next") < 0 ||
			renameat(top, ".next", top, "current") < 0 || fsync(top) < 0) {
		return 1;
	}
	printf("%d\n", count);
	return 0;
}
