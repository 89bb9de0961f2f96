/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * pacman's configuration, as far as it says where things are, read as pacman reads
 * it (pacman.conf(5); in its source src/common/ini.c, src/pacman/conf.c):
 *
 *   - blanks around lines, keys and values go; lines that begin with '#' are comments,
 *     there are none behind a value; keys are case-sensitive;
 *   - a line is cut after 4,095 bytes and at a NUL, and what is behind the cut at
 *     4,095 is the next line;
 *   - our keys count in [options] only, and nothing but Include may stand before the
 *     first section;
 *   - RootDir, DBPath and LogFile: the first one that is seen holds; CacheDir and
 *     HoldPkg add up, separated by spaces (not tabs);
 *   - Include takes a glob pattern, goes ten levels deep, and counts in the section it
 *     stands in; an included file's sections go on behind it; a file that isn't there is
 *     an error, also for a pattern that matches nothing.
 *
 * Values of other keys, which pacman may refuse, are not looked at.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Strings in the arena, arrays on the heap. What is set before reading wins, or comes first. */
struct pacman_conf {
	const char *root, *db, *log; /* as they are written there; NULL: not at all */
	struct pacman_list {
		const char **items;
		size_t count, room;
	} caches, hold;
};

/*
 * Reads a configuration file and those that it includes; with `sysroot`, all of them are
 * below that folder. Fails where pacman would not start, saying the file and line.
 */
int pacman_conf_read(struct pacman_conf *conf, const char *path, const char *sysroot,
		struct arena *arena, struct err *err);

/*
 * Takes over what pacman-conf has printed: lines "DBPath = /var/lib/pacman/"; with
 * `key`, which alone was asked for, lines that are values.
 */
void pacman_conf_answer(struct pacman_conf *conf, struct str text, const char *key,
		struct arena *arena);

void pacman_conf_release(struct pacman_conf *conf);
