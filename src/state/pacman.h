/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which pacman, and where its folders are. Reads only, except for the answer of a
 * pacman-conf that had to be run, which is kept in the cache folder.
 *
 *   LUMINA_PACMAN       another pacman and its arguments, split at blanks
 *   LUMINA_PACMAN_CONF  another pacman-conf and its arguments, used as it is spelled
 *
 * Folders are, the first that says so:
 *
 *   1. arguments of LUMINA_PACMAN (pacman(8)): --root/-r, --dbpath/-b, --logfile,
 *      --cachedir (adds up), --config, --sysroot (everything lies below it);
 *   2. what pacman-conf (8) answers: LUMINA_PACMAN_CONF, else the one in the found pacman's
 *      folder, else on PATH, with --config and --rootdir of 1. pacman's own program is not run:
 *      the configuration that it would read is read here (state/pacman_conf.h). Another
 *      one (a script; a build outside /usr/bin, whose folders the configuration doesn't all
 *      name) is run once, and again when it, its arguments, a file that they name, or the
 *      configuration is another;
 *   3. /var/lib/pacman, /var/log/pacman.log and /var/cache/pacman/pkg; the first two
 *      below the root, where one is given.
 *
 * Options are recognised as pacman(8) spells them, not abbreviated.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "sys/facts.h"

/* All in the arena. */
struct pacman {
	const char *const *argv; /* the program as spelled and its arguments, NULL-terminated */
	const char *program;     /* where it was found, absolute; NULL: it isn't there */
	bool chosen;             /* LUMINA_PACMAN says so */
	/* Absolute and folded, without a slash at the end ("/" is "/"); they need not exist. */
	const char *root, *db, *log;
	const char *const *caches; /* NULL-terminated, never empty */
	const char *const *hold;   /* names of HoldPkg, NULL-terminated, may be empty */
	const char *sysroot;       /* --sysroot: already part of all paths; or NULL */
	const char *config;        /* the configuration file; NULL where none is known */
	const char *conf;          /* pacman-conf, absolute; NULL: there is none */
};

/*
 * A program that isn't there is no error. Fails on a configuration with which pacman
 * would not start, and on a pacman-conf that can't be asked: no folder is guessed then.
 */
int pacman_find(struct pacman *ret, const struct facts *facts, struct arena *arena,
		struct err *err);
