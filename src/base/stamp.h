/* SPDX-License-Identifier: MIT */
#pragma once

/* What stands at a path, as plain data. Filled by state/look.c, compared by plan/ and exec/. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum stamp_kind {
	STAMP_ABSENT,
	STAMP_LINK,   /* a symbolic link: `text` */
	STAMP_FILE,   /* a regular file */
	STAMP_FOLDER, /* a real folder */
	STAMP_OTHER,  /* socket, device, pipe */
	STAMP_HIDDEN, /* could not be looked at: `sys` */
};

/* A link in the place of a folder: where it leads. */
enum stamp_lead {
	LEAD_NONE,    /* not looked at, or not a link */
	LEAD_FOLDER,  /* to a folder outside the profile: it is followed */
	LEAD_PROFILE, /* into the profile */
	LEAD_FILE,    /* to something that is no folder */
	LEAD_NOWHERE, /* dangling */
	LEAD_LOOP,
	LEAD_HIDDEN, /* could not be followed: `sys` */
};

struct stamp {
	enum stamp_kind kind : 8;
	enum stamp_lead lead : 8;
	bool right : 1;   /* the link leads to the wanted source, whatever its text */
	int sys;          /* errno for STAMP_HIDDEN and LEAD_HIDDEN */
	uint32_t entries; /* folder of ours that may go: how many entries it has */
	const char *text; /* STAMP_LINK: its text; NULL if it is exactly the wanted one */
	const char *leads; /* LEAD_FOLDER: the real path of that folder */
	dev_t dev;        /* folders and files only */
	ino_t ino;
	mode_t mode;      /* permission bits of files and folders */
	off_t size;       /* STAMP_FILE: bytes */
};
