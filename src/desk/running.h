/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Programs of the person's that are running, and signals that they live through.
 *
 * A process is held by its pidfd, opened before anything else is looked at: whatever is found out
 * and done then is about that process, never about one that has got its number since.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "sys/facts.h"

struct running {
	pid_t pid;
	int fd;              /* pidfd */
	const char *name;    /* what it calls itself: proc_pid_comm(5) */
	const char *program; /* the name of the file that it runs; NULL where that can't be told */
};

struct runnings {
	struct running *items;
	size_t count, room;
};

/* Those that call themselves one of `names` (NULL-terminated). Texts are in the arena. */
void running_find(struct runnings *ret, const char *const *names, const struct facts *facts,
		struct arena *arena);
void running_release(struct runnings *all);

/*
 * A file of its folder in /proc, whatever bytes are in it: "cmdline", "environ", "maps". False if it
 * can't be read, or the process has ended since it was found.
 */
bool running_read(const struct running *one, const char *file, struct buf *text, struct arena *arena);

enum running_told {
	RUNNING_TOLD,
	RUNNING_DEAF,   /* it doesn't take this signal: it may die of it, so it isn't sent */
	RUNNING_GONE,
};

/*
 * Sends a signal that the process handles: caught (SigCgt of proc_pid_status(5)), or blocked by
 * each of its threads and read from a signalfd(2).
 */
enum running_told running_tell(const struct running *one, int number, struct arena *arena);
/*
 * True if it watches that folder by inotify(7), as its open files tell (proc_pid_fdinfo(5)).
 * False where these can't be read.
 */
bool running_watches(const struct running *one, const struct stat *folder, struct arena *arena);
