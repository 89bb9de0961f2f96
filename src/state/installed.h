/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The packages that are installed: pacman's local database, read directly and never
 * written. Its form, as libalpm has it (lib/libalpm/be_local.c, db.c, util.c; format 9,
 * pacman 4.2 to 7):
 *
 *   <db>/local/ALPM_DB_VERSION         "9"
 *   <db>/local/NAME-VERSION-REL/desc   "%KEY%", its value or values a line each, an empty line
 *                               files  %FILES%: paths without the leading slash, folders
 *                                      with one at the end
 *
 * The folder's name is split at its last two '-'. pacman takes the name and version from
 * there; %NAME% and %VERSION% in `desc` say the same, or the entry is damaged. No %REASON%
 * is 0, explicitly installed; 1 is a dependency; others are neither (pacman 7; pacman 6 takes
 * what is no number for 0).
 *
 * A damaged entry (`desc` is missing, empty, or another package's) is a package that is
 * installed, of which nothing else is known: not explicit, nothing in its lists. pacman's lock is
 * not needed and not taken: where an entry goes while it is read, everything is read again, and
 * `busy` says that a pacman is at work, so that all this may soon be otherwise.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* Strings and lists in the arena. Lists are NULL-terminated, and NULL where they are empty. */
struct installed_package {
	const char *name, *version; /* version with epoch and release: "1:2.3-4" */
	/* The rest by installed_load() only. */
	const char *base;  /* of a split package; NULL: it doesn't say */
	int64_t time;      /* when it was installed or upgraded; 0: unknown */
	/* Names only: without version or description. */
	const char *const *groups, *const *provides, *const *replaces, *const *conflicts;
	const char *const *depends, *const *optdepends;
	bool is_explicit : 1; /* asked for, not a dependency of another */
	bool is_foreign : 1;  /* its file's origin wasn't checked: built here, not from a repository */
	bool damaged : 1;
	bool twice : 1;       /* there are more entries of this name; this is one of them */
};

struct installed {
	const char *db;                  /* absolute path of the database */
	struct installed_package *items; /* sorted by name, each name once */
	size_t count, room;
	bool loaded;                     /* by installed_load() */
	size_t damaged;                  /* how many are */
	bool busy;                       /* there is a lock in the database: db.lck */
	/* Who provides what, sorted by name; filled when it is first asked for. */
	bool indexed;
	struct {
		struct installed_provision {
			const char *name;
			uint32_t package; /* index into items */
		} *items;
		size_t count, room;
	} provisions;
};

/*
 * Lists the packages: names and versions. No local database is an empty one. Fails, naming
 * the path, where it can't be read or has another format.
 */
int installed_names(struct installed *installed, const char *db, struct arena *arena,
		struct err *err);
/* The same, with what each `desc` says. One open, read and close a package. */
int installed_load(struct installed *installed, const char *db, struct arena *arena,
		struct err *err);
void installed_release(struct installed *installed);

/* By binary search; NULL if there is no package of that name. */
const struct installed_package *installed_find(const struct installed *installed, const char *name);

/*
 * What `pacman -T NAME` asks: the package of that name, or the first in order of names that
 * provides it; NULL if there is none. After installed_load().
 */
const struct installed_package *installed_satisfies(struct installed *installed, const char *name);

/*
 * Calls `found` for each path that the package holds, relative to the root, without a
 * leading slash, folders with one at the end; it returns false to stop. The file is read
 * into `scratch`, which may be used again. No list is no files; err where it can't be read.
 */
typedef bool installed_file_fn(void *user, const char *path);
int installed_files(const struct installed *installed, const struct installed_package *package,
		struct buf *scratch, installed_file_fn *found, void *user, struct err *err);

/*
 * The package that holds `path` (relative to the root, as above). Reads every list of files until it
 * is found, tens of megabytes: for commands that ask before they do a lot. NULL without
 * err if nobody does.
 */
const struct installed_package *installed_owner(const struct installed *installed, const char *path,
		struct buf *scratch, struct err *err);

/* Reads the bytes of a `desc` into a package whose name and version are set. */
void installed_parse(struct installed_package *package, const char *bytes, size_t size,
		struct arena *arena);
