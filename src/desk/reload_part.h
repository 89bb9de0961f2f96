/* SPDX-License-Identifier: MIT */
#pragma once

/* Of reload.c only: what has to be looked for on the disk. */

#include <sys/stat.h>

#include "base/arena.h"
#include "desk/running.h"
#include "sys/facts.h"

/* The first name in the theme's folder, as bytes are ordered, that starts so; NULL if none does. */
const char *reload_file(const char *folder, const char *start, struct arena *arena);

/* Sockets of the person's tmux servers, where somebody answers. NULL-terminated. */
const char *const *reload_tmux_sockets(const struct facts *facts, struct arena *arena);
/* A path as `source-file` takes it: it reads a pattern of glob(7). */
const char *reload_tmux_pattern(const char *path, struct arena *arena);

/* Folders of rendered themes, and which of them were nudged. */
struct nudge {
	struct nudge_folder {
		int fd;
		struct stat info;
		bool done, failed;
	} *items;
	size_t count, room;
};

void nudge_open(struct nudge *nudge, const struct facts *facts, struct arena *arena);
/*
 * If it watches any of them: writes the first byte of each file there once more, the same; once
 * for all who watch it. 1, 0 if it watches none, -1 if a file couldn't be written.
 */
int nudge_watched(struct nudge *nudge, const struct running *one, struct arena *arena);
void nudge_close(struct nudge *nudge);
