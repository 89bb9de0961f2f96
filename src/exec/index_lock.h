/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Git's lock on a repository's index (.git/index.lock), taken by us. Git's own stays behind
 * when its process is killed, and a person has to remove it; ours holds a word and a record
 * lock of the kernel, so that the next of us can tell that nobody holds it any more.
 */

#include <sys/types.h>

#include "base/err.h"

/* Waits for a while. The descriptor, or -1 with err. Hold the signals. */
int index_lock_take(const char *path, mode_t umask, struct err *err);
void index_lock_drop(const char *path, int fd);

/* Removes one that a killed process of ours left. */
void index_lock_mend(const char *path);
