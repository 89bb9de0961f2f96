/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * When a package came or went, and by which command: from pacman's log. It explains
 * what the database shows; nothing is decided by it.
 *
 *   [2026-11-23T10:11:12+0100] [PACMAN] Running 'pacman -S foo'
 *   [2026-11-23T10:11:12+0100] [ALPM] installed foo (1.0-1)
 *
 * and, before pacman 5.2, [2013-11-23 10:11] in local time; before 4.1, no [ALPM] either
 * (lib/libalpm/log.c, and add.c and remove.c for the words). Scriptlets' output has
 * another tag. Text from the log may hold any bytes but NUL and newline.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum log_change {
	LOG_UNKNOWN, /* the log doesn't say, as far as it was read */
	LOG_INSTALLED,
	LOG_REMOVED,
};

struct log_event {
	const char *name;       /* asked for, by the caller */
	enum log_change change; /* the last one */
	int64_t time;           /* seconds since 1970 */
	const char *command;    /* "pacman -S foo", in the arena; NULL: unknown */
};

/* At most that much of the log's end is read. */
enum { PACMAN_LOG_MAX = 64 << 20 };

/*
 * Fills in the events; `name` is set, in any order, each once. Reads the log backwards,
 * and only until every name was found. No log, or none that can be read, is no error: it
 * is only an explanation.
 */
void pacman_log_find(const char *path, struct log_event *events, size_t count,
		struct arena *arena);
