/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files reload*.c share, and nobody else includes. */

#include <sys/stat.h>

#include "base/arena.h"
#include "desk/reload.h"
#include "desk/running.h"
#include "sys/facts.h"

/* --- What is looked for on the disk (reload_place.c) --- */

/* The first name in the theme's folder, as bytes are ordered, that starts so; NULL if none does. */
const char *reload_file(const char *folder, const char *start, struct arena *arena);

/* Sockets of the person's tmux servers, where somebody answers. NULL-terminated. */
const char *const *reload_tmux_sockets(const struct facts *facts, struct arena *arena);
/* A path as `source-file` takes it: it reads a pattern of glob(7). */
const char *reload_tmux_pattern(const char *path, struct arena *arena);

/* Folders of rendered themes, and which of them were nudged. VEC_RELEASE() is the caller's. */
struct nudge {
	struct nudge_folder {
		const char *path;
		struct stat info;
		bool done, failed;
	} *items;
	size_t count, room;
	bool looked; /* they are listed for the first program that watches something */
};

/*
 * If it watches any of them: writes the first byte of each file there once more, the same; once
 * for all who watch it. 1, 0 if it watches none, -1 if a file couldn't be written.
 */
int nudge_watched(struct nudge *nudge, const struct running *one, const struct facts *facts,
		struct arena *arena);

/* --- Programs that are run, side by side (reload_jobs.c) --- */

struct reload_jobs {
	struct reload_job **items; /* each on the heap: they stay where they are */
	size_t count, room;
};

struct reload_order {
	const char *const *argv, *const *env;
	const char *absent;
	bool complains; /* on standard output, too */
	bool goes_on;   /* the rest of what another one began: counted if it fails */
	unsigned ms;
};

/* `tally` is the caller's, for reload_end(). What is in the order has to live as long. */
void reload_begin(struct reload_jobs *jobs, size_t tally, const struct reload_order *order,
		const struct facts *facts);

typedef void (*reload_counter)(void *context, size_t tally, enum reload_what what, const char *why);

/* Waits for all, tells what came of each, and releases them. Texts are in the arena. */
void reload_end(struct reload_jobs *jobs, reload_counter count, void *context, struct arena *arena);
