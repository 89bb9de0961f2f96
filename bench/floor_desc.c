/* SPDX-License-Identifier: MIT */
/*
 * floor_desc FOLDER
 * Floor of looking at installed packages: opens, reads and closes each package's `desc` below
 * pacman's local database, and prints how many there were.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* O_PATH and others, as the program has it */
#endif

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
	if (!folder) {
		perror(argc == 2 ? argv[1] : "usage: floor_desc FOLDER");
		return 1;
	}
	static char bytes[64 << 10];
	char path[300];
	int count = 0;
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.') {
			continue;
		}
		size_t n = strlen(entry->d_name);
		memcpy(path, entry->d_name, n);
		memcpy(path + n, "/desc", sizeof("/desc"));
		int fd = openat(dirfd(folder), path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, bytes, sizeof(bytes)) < 0 || close(fd) < 0) {
			perror(path);
			return 1;
		}
		count++;
	}
	printf("%d\n", count);
	return 0;
}
