/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Programs side by side, each as child_run() runs one: in a process of its own that waits for
 * it, so that one that is late is ended with all that it has started, and nobody else is.
 */

#include <sys/types.h>

#include "base/err.h"
#include "sys/child.h"

struct beside {
	struct child child;        /* yours; `timeout_ms` is above 0 */
	/* After beside_end(): what child_run() returned, and what it set. */
	int result;
	struct child_result ended;
	struct err err;            /* yours to release */
	/* Its own. */
	pid_t worker;
	int news;
};

/* Starts it and returns; child, argv and buffers stay until the end. It can't fail: that is its result. */
void beside_begin(struct beside *one);
/* Waits for its end, for hardly longer than its time. Each that was begun is ended once. */
void beside_end(struct beside *one);
