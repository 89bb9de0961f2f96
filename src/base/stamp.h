/* SPDX-License-Identifier: MIT */
#pragma once

/* What stands at a path, as plain data. Filled by state/look.c, compared by plan/ and exec/. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

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
	uid_t uid;
	off_t size;       /* STAMP_FILE: bytes */
	int64_t mtime;    /* STAMP_FILE: nanoseconds since 1970 */
};

/* Nanoseconds since 1970, floored like the kernel's; years beyond 2262 are that far only. */
static inline int64_t stamp_time(struct timespec time) {
	const int64_t second = 1000000000, most = INT64_MAX / second - 1;
	int64_t seconds = time.tv_sec > most ? most : time.tv_sec < -most ? -most : time.tv_sec;
	return seconds * second + time.tv_nsec;
}

static inline struct timespec stamp_timespec(int64_t time) {
	const int64_t second = 1000000000;
	int64_t seconds = time / second - (time % second < 0);
	return (struct timespec){.tv_sec = seconds, .tv_nsec = (long)(time - seconds * second)};
}

/* What lstat(2) says; a link's text is the caller's to read. */
static inline void stamp_fill(struct stamp *stamp, const struct stat *info) {
	stamp->kind = S_ISREG(info->st_mode)    ? STAMP_FILE
			: S_ISDIR(info->st_mode) ? STAMP_FOLDER
			: S_ISLNK(info->st_mode) ? STAMP_LINK
						 : STAMP_OTHER;
	stamp->dev = info->st_dev;
	stamp->ino = info->st_ino;
	stamp->mode = info->st_mode & 07777;
	stamp->uid = info->st_uid;
	stamp->size = info->st_size;
	stamp->mtime = stamp_time(info->st_mtim);
}
