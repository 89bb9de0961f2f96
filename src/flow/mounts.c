/* SPDX-License-Identifier: MIT */
#include "flow/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

enum { MOUNTS_MAX = 4 << 20 };

/* "nfs4" is below "nfs"; the dot separates what a FUSE program calls itself. */
static const char slow_types[][12] = {
		"9p",
		"acfs",
		"afs",
		"autofs",
		"beegfs",
		"ceph",
		"cifs",
		"coda",
		"davfs",
		"fuse",
		"gfs2",
		"glusterfs",
		"gpfs",
		"lustre",
		"ncp",
		"ncpfs",
		"nfs",
		"nfs4",
		"ocfs2",
		"orangefs",
		"panfs",
		"prl_fs",
		"pvfs2",
		"smb3",
		"smbfs",
		"sshfs",
		"vboxsf",
		"vmhgfs",
};

static bool is_slow(struct str type) {
	if (str_starts(type, "fuse.")) {
		return true;
	}
	for (size_t i = 0; i < sizeof(slow_types) / sizeof(slow_types[0]); i++) {
		if (str_is(type, slow_types[i])) {
			return true;
		}
	}
	return false;
}

int mounts_read(struct mounts *mounts, const char *file, struct arena *arena) {
	_cleanup_close_ int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return -1;
	}
	size_t room = 16 << 10, size = 0;
	char *text = arena_alloc(arena, room);
	for (;;) {
		if (size + 1 == room) {
			if (room >= MOUNTS_MAX) {
				errno = EFBIG;
				return -1;
			}
			char *more = arena_alloc(arena, room * 2);
			memcpy(more, text, size);
			text = more;
			room *= 2;
		}
		ssize_t n = read(fd, text + size, room - size - 1);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return -1;
		}
		if (n == 0) {
			break;
		}
		size += (size_t)n;
	}
	text[size] = '\0';
	*mounts = (struct mounts){text, size};
	return 0;
}

static bool is_octal(char c) {
	return c >= '0' && c <= '7';
}

/* The path's length up to the end of the mount point, or -1 if it isn't below it. */
static ssize_t reach(const char *point, const char *end, const char *path, size_t length) {
	size_t at = 0;
	for (const char *p = point; p < end; p++) {
		char c = *p;
		if (c == '\\' && end - p > 3 && is_octal(p[1]) && is_octal(p[2]) &&
				is_octal(p[3])) {
			c = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 3;
		}
		if (at == length || path[at] != c) {
			return -1;
		}
		at++;
	}
	if (at == 1) { /* "/", which ends in the slash that others lack */
		return 0;
	}
	return at == length || path[at] == '/' ? (ssize_t)at : -1;
}

/*
 * The mount point of a line, and where it ends; NULL if the line is shorter. By hand: what
 * stands in front of it is a dozen bytes.
 */
static const char *point_of(const char *p, const char *end, const char **ret_end) {
	for (unsigned blanks = 0; p < end && blanks < 4; p++) {
		blanks += *p == ' ';
	}
	if (p >= end || *p != '/') {
		return NULL;
	}
	const char *behind = memchr(p, ' ', (size_t)(end - p));
	*ret_end = behind;
	return behind != NULL ? p : NULL;
}

bool mounts_find(const struct mounts *mounts, const char *path, size_t length, struct mount *ret) {
	bool found = false, above_slow = false, top_slow = false, top_auto = false;
	const char *end = mounts->text + mounts->size;
	for (const char *line = mounts->text, *next; line < end; line = next) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *stop = newline != NULL ? newline : end;
		next = stop + 1;
		const char *blank, *point = point_of(line, stop, &blank);
		ssize_t n = point != NULL ? reach(point, blank, path, length) : -1;
		const char *dash = n >= 0 ? memmem(blank, (size_t)(stop - blank), " - ", 3) : NULL;
		if (dash == NULL) {
			continue;
		}
		const char *type = dash + 3;
		const char *behind = memchr(type, ' ', (size_t)(stop - type));
		struct str name = {type, (size_t)((behind != NULL ? behind : stop) - type)};
		bool slow = is_slow(name);
		if (found && (size_t)n < ret->point) {
			above_slow = above_slow || (slow && n > 0 && !str_is(name, "autofs"));
			continue;
		}
		/* What was on top so far is above now, or covered. */
		if (found && (size_t)n > ret->point && top_slow && !top_auto && ret->point > 0) {
			above_slow = true;
		}
		found = true;
		top_slow = slow;
		top_auto = str_is(name, "autofs");
		*ret = (struct mount){.point = (size_t)n, .type = name.p, .type_size = name.n};
	}
	if (found) {
		ret->slow = top_slow || above_slow;
	}
	return found;
}
