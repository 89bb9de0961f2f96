/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * From a folder to its project, and to the mission that is entered there (interface,
 * chapter 8, "Finding the mission"). Only names are looked at, never a file of a project.
 *
 * The walk goes up from the folder, level by level. Before anything is touched,
 * /proc/self/mountinfo says whether that could hang: then there is no project.
 *
 *   1. The nearest level that has a marker is the project's root. Markers are what
 *      missions name in `when:` (below their `in:`, if they have one), the built-in table
 *      (flow/markers.h), and `.lumina.yaml`.
 *   2. A level that has loose markers only, which no mission asks for, gives way to a
 *      manifest further up in the same repository. A level that has nothing but
 *      meson.build, CMakeLists.txt or makefiles is part of the level above it inside a
 *      repository, if that has the same.
 *   3. On one level: a manifest before a repository; a mission's own `when:` before the
 *      built-in table; the deeper `in:`; the more specific marker (its rank); what stands
 *      first in the registry. A built-in kind without a mission names the project; it keeps
 *      no mission of the same level out, but those of levels further up.
 *   4. A mission that has `in:` only is entered there in whatever has no mission by 1 to 3;
 *      its folder is the root where there is no project. Not where the walk
 *      ended at another's folder on the way.
 *   5. With nothing else, a folder with `.envrc` is the root, without mission or kind.
 *
 * `when:` names: "*.csproj" is any name with that end; everything else is itself.
 * In folders with more entries than there are names to look for, such ends are seen
 * among the first entries only: one reads on no further than asking for the names costs.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "flow/mission.h"

/* Levels that are looked at. */
enum { DETECT_LEVELS = 40 };

/* Why the walk ended; `stop_at` is the folder that was not looked at any more. */
enum detect_stop {
	DETECT_HOME,         /* home's parent, or "/": the usual end */
	DETECT_LEVEL,        /* DETECT_LEVELS were looked at */
	DETECT_WORK,         /* too many names in too many crowded folders */
	DETECT_OTHER_SYSTEM, /* another file system than the folder's */
	DETECT_OWNER,        /* belongs neither to the person nor to root */
	DETECT_WRITABLE,     /* others can write to it, and it isn't sticky */
	DETECT_UNREADABLE,   /* can't be opened */
	DETECT_SLOW,         /* network, FUSE, automount */
	DETECT_NO_MOUNTS,    /* /proc/self/mountinfo can't be read: nothing is safe to touch */
};

enum candidate_result {
	CANDIDATE_WON,
	CANDIDATE_KIND,       /* names the project's kind; no mission has this name */
	CANDIDATE_FARTHER,    /* a nearer level is the project's root */
	CANDIDATE_OUTSIDE,    /* not below the mission's `in:` */
	CANDIDATE_LOOSE,      /* gave way to a manifest further up */
	CANDIDATE_PART,       /* a part of what is above */
	CANDIDATE_REPOSITORY, /* a manifest stands beside it */
	CANDIDATE_TABLE,      /* a mission's own `when:` or `in:` comes first */
	CANDIDATE_WIDER,      /* another mission's `in:` is deeper */
	CANDIDATE_RANK,       /* another marker is more specific */
	CANDIDATE_LATER,      /* another mission stands before it in the registry */
	CANDIDATE_NO_MISSION, /* a kind without a mission, beside others */
};

/* A mission or a kind at one level, by the best of its markers there. */
struct candidate {
	unsigned level;                /* 0: the folder itself */
	const char *root;              /* the level's path */
	const char *marker;            /* NULL: the folder is in the mission's `in:` */
	const char *kind;              /* NULL: a mission's own `when:`, or `.lumina.yaml` */
	const struct mission *mission; /* NULL: none has the kind's name */
	enum candidate_result result;
};

/* Everything in the arena; missions are those that were given. */
struct detected {
	const char *dir;               /* the folder's real path; NULL where nothing was touched */
	const char *root;              /* the project's root; NULL: no project */
	const char *marker;            /* that made it so: "package.json"; NULL: `in:` alone */
	const char *kind;              /* the best built-in kind there, "node"; or NULL */
	const struct mission *mission; /* that is entered, unless another one is selected */
	const char *repository;        /* the nearest repository's root, or NULL */
	const char *project_path;      /* root's `.lumina.yaml`, or NULL */
	bool project_file;             /* project_path != NULL */
	/* `.lumina.yaml` of levels further up, nearest first: what the root is nested in. */
	const char *const *outer;
	const char *envrc; /* the nearest `.envrc` upwards, wherever it is; or NULL */
	const char *flake; /* the nearest flake.nix up to the root or repository; or NULL */
	const struct candidate *candidates; /* nearest first, on one level the best first */
	size_t ncandidates;
	enum detect_stop stop;
	const char *stop_at;    /* path, or NULL for "/" and what is above home */
	const char *filesystem; /* DETECT_SLOW: its type, "nfs4" */
};

/*
 * `dir` as the shell spells it ($PWD), so perhaps through links; a relative one is below
 * the present folder. `home` is absolute and folded. -1, without anything found, if there
 * is no such folder; no error is a slow file system, or no project.
 */
int detect(struct detected *ret, const char *dir, const struct missions *missions, const char *home,
		uid_t uid, struct arena *arena, struct err *err);

/*
 * The mission to enter: the selected one, if there is one of that name, else the one that
 * was found; NULL: none. A project's own file may be bound to the mission's `in:` by
 * asking detect_is_in() first.
 */
const struct mission *detect_choose(const struct detected *detected,
		const struct missions *missions, const char *selected);

/* True if the mission has no `in:`, or the root (without one, the folder) is below one of it. */
bool detect_is_in(const struct detected *detected, const struct mission *mission,
		struct arena *arena);

/* Half a sentence for people, in the arena: "a nearer folder has a marker". */
const char *candidate_reason(const struct candidate *candidate, struct arena *arena);
/* The same for the end of the walk; NULL for the usual end. */
const char *detect_stop_reason(const struct detected *detected, struct arena *arena);

/* For tests: another file in place of /proc/self/mountinfo. */
extern const char *detect_mountinfo;
