/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One writer at a time: a record lock of the kernel (fcntl(2), F_SETLK). It
 * goes with the process, so no lock can be stale; the kernel knows the holder.
 */

#include "base/err.h"

/* How long a second writer waits, in milliseconds. */
enum { LOCK_WAIT_MS = 10000 };

/*
 * Opens (makes) the file `name` in `dir` and locks it; waits up to LOCK_WAIT_MS.
 * `folder` is the path of `dir`, for messages.
 * Returns the descriptor; closing it releases the lock, as does closing any
 * other descriptor of that file in this process.
 */
int lock_take(int dir, const char *name, const char *folder, struct err *err);

/* Pid of the process that holds the lock, 0 if nobody does. Never waits, changes nothing. */
long lock_holder(int dir, const char *name);
