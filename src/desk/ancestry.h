/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The processes that a shell's window may belong to: the shell, its parent, and so on
 * up (proc_pid_stat(5); the name in it may hold anything, so fields count from behind the
 * last bracket). A tmux server is nobody's child: from there it goes on with the client
 * that shows this session ($TMUX, `tmux list-clients`), the last active one if there are
 * several; detached: none.
 */

#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"

enum { ANCESTRY_MAX = 32 };

struct ancestry {
	pid_t pids[ANCESTRY_MAX]; /* nearest first */
	size_t count;             /* 0: it can't be told; nothing is to be done */
};

/* May start tmux once, with a limit of `ms`. */
void ancestry_find(struct ancestry *ret, pid_t shell, unsigned ms, struct arena *arena);
