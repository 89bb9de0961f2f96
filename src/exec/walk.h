/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Opens the folders of targets, component by component and without following
 * links, save those that the plan saw and followed. Keeps the chain of open
 * folders, so that neighbours cost nothing, and remembers which were changed,
 * so that each is flushed once.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "plan/plan.h"

struct walk_folder {
	const char *path; /* home path */
	int fd;
	bool touched;
};

/* A folder that stands under its temporary name for the time being. */
struct walk_alias {
	const char *path; /* home path */
	const char *name;
};

/* Above this many changed folders, syncfs(2) costs less than fsync(2) of each. */
enum { WALK_FLUSH_MAX = 64 };

struct walk_changed {
	const char *path; /* home path */
	dev_t dev;
	ino_t ino;
	int fd;
};

struct walk {
	struct arena *arena;
	const char *home;
	const char *profile_real; /* a followed link may not lead there; NULL: unknown */
	const struct followed *followed;
	size_t nfollowed;
	struct {
		struct walk_folder *items;
		size_t count, room;
	} open;
	struct {
		struct walk_alias *items;
		size_t count, room;
	} aliases;
	struct {
		struct walk_changed *items;
		size_t count, room;
	} changed; /* at most WALK_FLUSH_MAX, then one a file system */
	bool many;
};

int walk_init(struct walk *walk, const char *home, const char *profile_real,
		const struct followed *followed, size_t nfollowed, struct arena *arena,
		struct err *err);
void walk_release(struct walk *walk);

/*
 * Descriptor of the folder that holds `path`; it is the walk's own, and valid
 * until the next call. -1 with errno (ELOOP: a link that the plan didn't see).
 */
int walk_to(struct walk *walk, const char *path);

/* The folder last walked to is about to be changed. */
void walk_touch(struct walk *walk);

void walk_add_alias(struct walk *walk, const char *path, const char *name);
void walk_drop_alias(struct walk *walk, const char *path);

/* Makes every change so far durable. -1 with errno, and the folder that failed. */
int walk_flush(struct walk *walk, const char **ret_folder);
