/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What is known about the person and the machine before the registry is read.
 * All strings live in the arena. Folders need not exist.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

struct facts {
	const char *home;         /* $HOME, folded; absolute, never "/" */
	const char *profile;      /* $LUMINA_HOME or ~/.lumina, folded, as spelled */
	const char *profile_real; /* the same with every symlink resolved; NULL if it isn't there */
	const char *state;        /* …/lumina folders of the XDG base directories */
	const char *cache;
	const char *config;
	const char *runtime;      /* $XDG_RUNTIME_DIR/lumina, else the state folder */
	const char *host;         /* $LUMINA_HOST or the kernel's host name; NULL if unknown */
	uid_t uid;                /* effective */
	mode_t umask;             /* the person's; the process itself runs with umask 0 */
};

/* Fills everything but `umask`, which main() has set. */
int facts_load(struct facts *facts, struct arena *arena, struct err *err);

/* Refuses to change a home that belongs to somebody else (root with a person's HOME). */
int facts_check_owner(const struct facts *facts, struct err *err);
