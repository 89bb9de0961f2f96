/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A pacman-conf that has to be run: once, for the answer is kept. The file is
 * `pacman-conf` in the cache folder (state/record.h):
 *
 *   lumina pacman-conf 1
 *   key<TAB>1234…            hash of who was asked what, and of the files behind it
 *   RootDir<TAB>/            as it was answered; CacheDir and HoldPkg as often as needed
 *
 * It may be deleted at any time; one that can't be written is done without.
 */

#include "base/arena.h"
#include "base/err.h"
#include "state/pacman_conf.h"
#include "sys/facts.h"

struct pacman_question {
	const char *program;          /* absolute */
	const char *const *arguments; /* NULL-terminated, or NULL */
	const char *config, *root;    /* for --config and --rootdir; or NULL */
	const char *watched;          /* a file whose change asks again */
};

/*
 * Adds the answer to `conf`. The whole configuration is asked for, and where that
 * yields no database (a shim may know single keys only), each key by itself. Fails
 * where the program does, and where no database is answered.
 */
int pacman_ask(struct pacman_conf *conf, const struct pacman_question *question,
		const struct facts *facts, struct arena *arena, struct err *err);
