/* SPDX-License-Identifier: MIT */
/*
 * Floor of a first sync: makes the folders, and each link under a temporary name which is then
 * renamed; no fsync.
 */
#include "links.h"

static int make_folder(int home, char *path) {
	if (mkdirat(home, path, 0777) == 0 || errno == EEXIST) {
		return 0;
	}
	char *slash = strrchr(path, '/');
	if (errno != ENOENT || !slash) {
		return -1;
	}
	*slash = '\0';
	int made = make_folder(home, path);
	*slash = '/';
	return made < 0 ? -1 : mkdirat(home, path, 0777);
}

static int make_and_open(int home, char *path) {
	if (make_folder(home, path) < 0) {
		return -1;
	}
	return openat(home, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int make_link(int folder, const char *name, const char *text) {
	static int count;
	char temporary[32];
	snprintf(temporary, sizeof(temporary), ".floor-%d", count++);
	if (symlinkat(text, folder, temporary) < 0) {
		return -1;
	}
	return renameat(folder, temporary, folder, name);
}

int main(int argc, char *argv[]) {
	return each_link(argc, argv, make_and_open, make_link);
}
