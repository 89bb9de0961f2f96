/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A look into what is about to become part of a Git repository: is anything in it
 * that doesn't belong there? Reads only.
 */

#include "base/arena.h"
#include "base/str.h"
#include "sys/facts.h"

enum finding_kind {
	FINDING_ODD,     /* a socket, pipe or device */
	FINDING_OWNER,   /* belongs to another user */
	FINDING_MOUNT,   /* another file system is mounted there */
	FINDING_HIDDEN,  /* can't be read */
	FINDING_SECRET,  /* looks like a private key or token */
	FINDING_GIT,     /* a Git repository of its own */
	FINDING_LINK,    /* a relative link that leads out of the folder */
};

struct finding {
	enum finding_kind kind;
	const char *path; /* home path */
	unsigned line;    /* FINDING_SECRET; 0: of no line */
	const char *what; /* "a private key" */
};

struct findings {
	struct finding *items;
	size_t count, room;
};

/* At a file or folder, and in it. At most FINDINGS_MAX are listed. */
enum { FINDINGS_MAX = 20 };
void inspect(struct findings *findings, const char *path, const struct facts *facts,
		struct arena *arena);
void findings_release(struct findings *findings);

/* NULL, or what a line of a file looks like. */
const char *secret_in(struct str line);
