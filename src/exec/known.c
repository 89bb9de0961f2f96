/* SPDX-License-Identifier: MIT */
#include "exec/known.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/vec.h"
#include "sys/folder.h"

struct files {
	const char **items;
	size_t count, room;
};

struct walk {
	const struct repo *repo;
	const char *top;
	struct files plain;
	struct known *known;
};

static void add(struct known *known, const char *path) {
	buf_add(&known->paths, path, strlen(path) + 1);
}

static int found(void *user, const char *name) {
	struct walk *walk = user;
	struct arena *arena = walk->repo->arena;
	const char *path = name[0] != '\0' ? path_join(walk->top, name, arena) : walk->top;
	struct stat info;
	if (lstat(path_join(walk->repo->profile, path, arena), &info) < 0) {
		return errno == ENOENT ? 0 : -1;
	}
	if (S_ISLNK(info.st_mode)) {
		add(walk->known, path);
	} else if (strchr(path, '\n') != NULL) {
		walk->known->unknown++; /* Git takes one name a line here */
	} else {
		VEC_ADD(&walk->plain, path);
	}
	return 0;
}

static int list(struct walk *walk, struct err *err) {
	struct arena *arena = walk->repo->arena;
	const char *path = path_join(walk->repo->profile, walk->top, arena);
	struct stat info;
	int result = lstat(path, &info);
	if (result == 0 && S_ISDIR(info.st_mode)) {
		int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		result = fd < 0 ? -1 : folder_walk(fd, found, walk);
	} else if (result == 0) {
		result = found(walk, "");
	}
	return result < 0 ? err_sys(err, "cannot look at '%s'", path) : 0;
}

/* "ID\n" for each file, then "ID blob SIZE\n" or "ID missing\n". */
static int ask(const struct repo *repo, const struct files *files, struct buf *ret,
		struct err *err) {
	const char *const hash[] = {"hash-object", "--stdin-paths", NULL};
	const char *const check[] = {"cat-file", "--batch-check=%(objecttype)", NULL};
	struct buf names _cleanup_buf_ = BUF_INIT, ids _cleanup_buf_ = BUF_INIT;
	for (size_t i = 0; i < files->count; i++) {
		buf_addf(&names, "%s\n", files->items[i]);
	}
	const struct repo_step first = {.input = names.data, .input_size = names.len, .output = &ids};
	if (repo_ask(repo, hash, &first, true, err) == NULL) {
		return -1;
	}
	const struct repo_step second = {.input = ids.data, .input_size = ids.len, .output = ret};
	return repo_ask(repo, check, &second, true, err) != NULL ? 0 : -1;
}

int known_find(struct known *known, const struct repo *repo, const char *path, struct err *err) {
	struct walk walk = {.repo = repo, .top = path, .known = known};
	struct buf answers _cleanup_buf_ = BUF_INIT;
	*known = (struct known){.paths = BUF_INIT};
	int result = list(&walk, err);
	if (result == 0 && walk.plain.count > 0) {
		result = ask(repo, &walk.plain, &answers, err);
	}
	const char *line = answers.data;
	for (size_t i = 0; result == 0 && i < walk.plain.count; i++) {
		size_t n = strcspn(line, "\n");
		if (n == 4 && memcmp(line, "blob", 4) == 0) {
			add(known, walk.plain.items[i]);
		} else {
			known->unknown++;
		}
		line += n + (line[n] == '\n');
	}
	VEC_RELEASE(&walk.plain);
	return result;
}

void known_release(struct known *known) {
	buf_release(&known->paths);
}
