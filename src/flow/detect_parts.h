/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The parts of flow/detect.h, in the order in which they run: place (where is it, is it
 * safe), wanted (which names), scan (what is there), pick (what follows).
 */

#include <stdint.h>

#include "flow/detect.h"
#include "flow/markers.h"
#include "flow/mounts.h"

#define PROJECT_NAME ".lumina.yaml"
#define ENVRC_NAME   ".envrc"

/* --- detect_place.c -------------------------------------------------------------------- */

struct place {
	struct mounts mounts;
	const char *path;   /* the folder's real path */
	struct mount mount; /* of the path */
	unsigned followed;  /* `in:` folders that were looked up so far */
	struct arena *arena;
};

/*
 * Opens a folder without touching a slow file system, links on the way included: for
 * reading, if that is wanted and it may be read, else by O_PATH. Needs `mounts`. -1 with
 * errno, EREMOTE for a slow one: *mount says which.
 */
int place_open(struct place *place, const char *path, bool readable, const char **ret_real,
		struct mount *mount);

/* How many components the folder lies above the place: 0 is the place itself; -1: not above. */
int place_below(struct place *place, const char *folder);

/* The path of the level so many components up, in the arena. */
const char *place_level(const struct place *place, unsigned level);
size_t place_level_size(const struct place *place, unsigned level);

/* --- detect_wanted.c ------------------------------------------------------------------- */

struct owner { /* a mission that wants a name */
	const struct mission *mission;
	struct owner *next;
};

struct wanted {
	const char *name; /* of an end: without the '*' */
	size_t length;
	uint32_t hash;
	int marker; /* its row in the table, or -1 */
	struct owner *first, *last;
	struct wanted *next; /* in its chain */
};

struct wanted_names {
	struct wanted *names; /* missions' own */
	size_t count;
	struct wanted **chains;
	uint32_t mask; /* of chains; there are none while `chains` is NULL */
	struct wanted *ends;
	size_t nends;
	size_t asked;           /* names that would be asked for one by one */
	struct owner *owners;   /* free ones */
	uint32_t seen[32];      /* filter: length and first byte */
	uint32_t table[32];     /* the same, of the built-in table alone */
	uint32_t last_bytes[8]; /* filter: last byte of an end */
	unsigned builtin_ends;  /* rows at the table's start */
	/* Missions that have a kind's name, and no `when:`. */
	const struct mission *of_kind[KINDS];
};

void wanted_make(struct wanted_names *wanted, const struct missions *missions, struct arena *arena);
/* False: nobody wants this name. True: perhaps. */
bool wanted_perhaps(const struct wanted_names *wanted, const char *name, size_t length);
const struct wanted *wanted_find(
		const struct wanted_names *wanted, const char *name, size_t length);
/* True for a mission that has only `in:`. */
bool mission_is_in_only(const struct mission *mission);

/* --- detect_scan.c --------------------------------------------------------------------- */

struct spot { /* a candidate in the making */
	unsigned level;
	const char *marker;
	const struct mission *mission; /* own: that wants it; else: that has the kind's name */
	uint8_t kind;                  /* KINDS: none */
	uint8_t rank, flags;
	bool own;     /* by `when:` */
	bool project; /* `.lumina.yaml` */
	bool outside; /* not below `in:` */
	int depth;    /* of the `in:` that holds, in components; -1: no `in:` */
};

struct scan {
	struct place *place;
	const struct wanted_names *wanted;
	struct arena *arena;
	const char *home; /* real path, or as given */
	uid_t uid;
	struct spot *spots;
	size_t count, room;
	/* Per level: which build systems that have a file in every folder. */
	uint8_t nests[DETECT_LEVELS];
	int repository, envrc, flake; /* levels, or -1 */
	enum detect_stop stop;
	int stop_level; /* of stop_at, or -1 */
	struct mount stop_mount;
	size_t work; /* entries and names so far */
	/* of the level at hand */
	unsigned level;
	size_t first; /* its first spot */
	int fd;
	bool at_home, shared;
};

/* A bit for the build system whose file this is, which has one in every folder. */
uint8_t marker_nests(const char *name);

/* Walks up from the open folder, which it closes; `level` is then the first not looked at. */
void scan_up(struct scan *scan, int folder);

/* --- detect_pick.c --------------------------------------------------------------------- */

void pick(struct detected *ret, struct scan *scan, const struct missions *missions);
