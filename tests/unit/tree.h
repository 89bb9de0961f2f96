/* SPDX-License-Identifier: MIT */
#pragma once

/* Trees of projects in a sandbox, and what detect() says of them. */

#include "sandbox.h"

#include "flow/detect.h"
#include "flow/markers.h"

enum { MISSIONS_MAX = 16 };

struct tree {
	struct sandbox box;
	const char *home;
	struct mission missions[MISSIONS_MAX];
	size_t count;
	struct detected found;
};

static inline void tree_folder(struct tree *tree, const char *path) {
	char *copy = arena_strdup(&tree->box.arena, path);
	for (char *slash = copy; (slash = strchr(slash + 1, '/')) != NULL;) {
		*slash = '\0';
		check(mkdirat(tree->box.dir, copy, 0755) == 0 || errno == EEXIST, "%s: %s", copy,
				strerror(errno));
		*slash = '/';
	}
	check(mkdirat(tree->box.dir, copy, 0755) == 0 || errno == EEXIST, "%s: %s", copy,
			strerror(errno));
}

/* "a/b a/c/": files, and folders with a slash at the end; those above are made. */
static inline void tree_make(struct tree *tree, const char *paths) {
	char *copy = arena_strdup(&tree->box.arena, paths), *save = NULL;
	for (char *path = strtok_r(copy, " ", &save); path != NULL;
			path = strtok_r(NULL, " ", &save)) {
		size_t n = strlen(path);
		char *slash = strrchr(path, '/');
		if (path[n - 1] == '/') {
			path[n - 1] = '\0';
			tree_folder(tree, path);
			continue;
		}
		if (slash != NULL) {
			*slash = '\0';
			tree_folder(tree, path);
			*slash = '/';
		}
		put(&tree->box, path, "");
	}
}

static inline void tree_open(struct tree *tree, const char *paths) {
	*tree = (struct tree){0};
	(void)umask(022);
	sandbox_open(&tree->box);
	tree_make(tree, "home/");
	tree->home = at(&tree->box, "home");
	tree_make(tree, paths);
}

static inline void tree_close(struct tree *tree) {
	sandbox_close(&tree->box);
}

/* A list of words; "~" is home, "^" the sandbox. */
static inline const char *const *tree_words(struct tree *tree, const char *words) {
	if (words == NULL) {
		return NULL;
	}
	struct arena *arena = &tree->box.arena;
	const char **list = arena_zalloc(arena, 16 * sizeof(*list));
	char *copy = arena_strdup(arena, words), *save = NULL;
	size_t n = 0;
	for (char *word = strtok_r(copy, " ", &save); word != NULL;
			word = strtok_r(NULL, " ", &save)) {
		const char *base = word[0] == '~' ? tree->home : tree->box.path;
		list[n++] = word[0] == '~' || word[0] == '^'
					    ? arena_printf(arena, "%s%s", base, word + 1)
					    : word;
	}
	return list;
}

static inline void tree_mission(
		struct tree *tree, const char *name, const char *when, const char *in) {
	assert_true(tree->count < MISSIONS_MAX);
	tree->missions[tree->count++] = (struct mission){
		.name = name,
		.when = tree_words(tree, when),
		.in = tree_words(tree, in),
		.direnv = -1,
	};
}

/* Missions as "web: package.json deno.json @ ~/work; rust". */
static inline void tree_missions(struct tree *tree, const char *text) {
	char *copy = arena_strdup(&tree->box.arena, text), *save = NULL;
	tree->count = 0;
	for (char *one = strtok_r(copy, ";", &save); one != NULL;
			one = strtok_r(NULL, ";", &save)) {
		one += strspn(one, " ");
		char *in = strchr(one, '@'), *when = strchr(one, ':');
		if (in != NULL) {
			*in++ = '\0';
		}
		if (when != NULL) {
			*when++ = '\0';
		}
		one[strcspn(one, " ")] = '\0';
		tree_mission(tree, one, when, in);
	}
}

/* An absolute path in the sandbox as "home/a"; others as they are. */
static inline const char *tree_short(struct tree *tree, const char *path) {
	if (path == NULL || !path_is_under(path, tree->box.path)) {
		return path;
	}
	const char *rest = path + strlen(tree->box.path);
	return *rest == '/' ? rest + 1 : rest;
}

static inline int tree_detect_as(struct tree *tree, const char *dir, uid_t uid) {
	struct missions missions = {tree->missions, tree->count, NULL};
	struct err err = {0};
	const char *path = dir[0] == '/' || dir[0] == '\0' ? dir : at(&tree->box, dir);
	int result = detect(&tree->found, path, &missions, tree->home, uid, &tree->box.arena, &err);
	assert_true((result < 0) == (err.text != NULL));
	err_release(&err);
	return result;
}

/* "root marker kind mission", "-" for NULL; or "error". */
static inline const char *tree_say(struct tree *tree, const char *dir) {
	if (tree_detect_as(tree, dir, geteuid()) < 0) {
		return "error";
	}
	const struct detected *found = &tree->found;
	if (found->root == NULL) {
		assert_true(found->mission == NULL && found->marker == NULL && found->kind == NULL);
		return "none";
	}
	const char *root = tree_short(tree, found->root);
	return arena_printf(&tree->box.arena, "%s %s %s %s", root,
			found->marker != NULL ? found->marker : "-",
			found->kind != NULL ? found->kind : "-",
			found->mission != NULL ? found->mission->name : "-");
}

#define TREE_CHECK(tree, dir, want) check_text(dir, tree_say(tree, dir), want)
