/* SPDX-License-Identifier: MIT */
#include "flow/detect_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"

/* About 100 entries: what most folders of a project have. */
enum { ENTRIES_SIZE = 4096 };

/* Entries read and names asked for: some 8 ms on ext4, at most 30 on tmpfs. */
enum { WORK_MAX = 20000 };

/* Build systems that have a file in every folder. */
enum { NESTS_MESON = 1, NESTS_CMAKE = 2, NESTS_XMAKE = 4, NESTS_MAKE = 8 };

uint8_t marker_nests(const char *name) {
	if (str_starts(str_of(name), "meson")) {
		return NESTS_MESON;
	}
	if (str_starts(str_of(name), "CMake")) {
		return NESTS_CMAKE;
	}
	return str_starts(str_of(name), "xmake") ? NESTS_XMAKE : NESTS_MAKE;
}

/* Never asks a server again for what is known: it can't hang on a folder that is open. */
static int look(int fd, const char *name, struct statx *info) {
	int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
	return statx(fd, name, *name == '\0' ? flags | AT_EMPTY_PATH : flags,
			STATX_TYPE | STATX_MODE | STATX_UID | STATX_GID, info);
}

static bool fits(unsigned flags, mode_t type) {
	return S_ISLNK(type) || (S_ISREG(type) && (flags & MARKER_FILE) != 0) ||
	       (S_ISDIR(type) && (flags & MARKER_FOLDER) != 0);
}

static struct spot *new_spot(struct scan *scan) {
	if (scan->count == scan->room) {
		size_t room = scan->room > 0 ? scan->room * 2 : 16;
		struct spot *spots = arena_alloc(scan->arena, room * sizeof(*spots));
		if (scan->count > 0) {
			memcpy(spots, scan->spots, scan->count * sizeof(*spots));
		}
		scan->spots = spots;
		scan->room = room;
	}
	struct spot *spot = &scan->spots[scan->count++];
	*spot = (struct spot){.level = scan->level, .kind = KINDS, .depth = -1};
	return spot;
}

/* The present level's spot of the same mission or kind, or a new one. */
static struct spot *spot_for(struct scan *scan, const struct mission *own, uint8_t kind) {
	for (size_t i = scan->first; i < scan->count; i++) {
		struct spot *spot = &scan->spots[i];
		if (!spot->project && (own != NULL ? spot->own && spot->mission == own
						   : !spot->own && spot->kind == kind)) {
			return spot;
		}
	}
	struct spot *spot = new_spot(scan);
	spot->own = own != NULL;
	spot->mission = own;
	return spot;
}

static void improve(struct spot *spot, const char *name, int row, struct scan *scan) {
	uint8_t rank = row >= 0 ? markers[row].rank : RANK_OWN;
	if (spot->marker == NULL || rank > spot->rank) {
		spot->marker = name;
		spot->rank = rank;
		spot->flags = row >= 0 ? markers[row].flags : MARKER_FILE | MARKER_FOLDER;
		spot->kind = row >= 0 && !spot->own ? markers[row].kind : KINDS;
	}
	if (row >= 0 && (markers[row].flags & MARKER_NESTS) != 0) {
		scan->nests[scan->level] |= marker_nests(markers[row].name);
	}
}

static void found_builtin(struct scan *scan, const char *name, int row) {
	const struct marker *marker = &markers[row];
	if (scan->at_home && (marker->flags & MARKER_LOOSE) != 0) {
		return;
	}
	struct spot *spot = spot_for(scan, NULL, marker->kind);
	improve(spot, name, row, scan);
	spot->mission = scan->wanted->of_kind[marker->kind];
	if ((marker->flags & MARKER_REPOSITORY) != 0 && scan->repository < 0) {
		scan->repository = (int)scan->level;
	}
}

static void found_own(struct scan *scan, const char *name, const struct wanted *wanted) {
	for (const struct owner *owner = wanted->first; owner != NULL; owner = owner->next) {
		improve(spot_for(scan, owner->mission, KINDS), name, wanted->marker, scan);
	}
}

/* The type of an entry that somebody wants; 0 if it isn't there, or not to be believed. */
static mode_t confirm(struct scan *scan, const char *name, mode_t type) {
	struct statx info;
	if (type != 0 && !scan->shared) {
		return type;
	}
	if (look(scan->fd, name, &info) < 0) {
		return 0;
	}
	/* In a folder in which everybody can write: another's marker is no marker. */
	bool strange = scan->shared && info.stx_uid != scan->uid && info.stx_uid != 0;
	return strange ? 0 : info.stx_mode & S_IFMT;
}

static bool has_end(const char *name, size_t length, const char *end, size_t n) {
	return length > n && memcmp(name + length - n, end, n) == 0;
}

static void found_ends(struct scan *scan, const char *name, size_t length, mode_t type) {
	const struct wanted_names *wanted = scan->wanted;
	for (unsigned i = 0; i < wanted->builtin_ends; i++) {
		if (has_end(name, length, markers[i].name + 1, markers[i].length - 1u) &&
				(type = confirm(scan, name, type)) != 0 &&
				fits(markers[i].flags, type)) {
			found_builtin(scan, arena_strndup(scan->arena, name, length), (int)i);
		}
	}
	for (size_t i = 0; i < wanted->nends; i++) {
		const struct wanted *end = &wanted->ends[i];
		if (has_end(name, length, end->name, end->length) &&
				(type = confirm(scan, name, type)) != 0 &&
				fits(MARKER_FILE | MARKER_FOLDER, type)) {
			found_own(scan, arena_strndup(scan->arena, name, length), end);
		}
	}
}

static bool has_project(const struct scan *scan) {
	for (size_t i = scan->first; i < scan->count; i++) {
		if (scan->spots[i].project) {
			return true;
		}
	}
	return false;
}

/* What no kind has: true if it was one of these. */
static bool found_special(struct scan *scan, const char *name, mode_t type) {
	if (streq(name, PROJECT_NAME)) {
		if (fits(MARKER_FILE, type) && !has_project(scan)) {
			struct spot *spot = new_spot(scan);
			spot->project = true;
			spot->marker = PROJECT_NAME;
			spot->rank = RANK_OWN;
			spot->flags = MARKER_FILE;
		}
		return true;
	}
	if (streq(name, ENVRC_NAME) && scan->envrc < 0 && fits(MARKER_FILE, type)) {
		scan->envrc = (int)scan->level;
	}
	if (streq(name, "flake.nix") && scan->flake < 0 && fits(MARKER_FILE, type)) {
		scan->flake = (int)scan->level;
	}
	return false;
}

/* An entry; type 0 if it isn't known. */
static void found(struct scan *scan, const char *name, size_t length, mode_t type) {
	if (!wanted_perhaps(scan->wanted, name, length)) {
		return;
	}
	int row = marker_find(name, length);
	const struct wanted *wanted = wanted_find(scan->wanted, name, length);
	bool special = streq(name, PROJECT_NAME) || streq(name, ENVRC_NAME);
	if (row >= 0 || wanted != NULL || special) {
		type = confirm(scan, name, type);
		if (type == 0 || found_special(scan, name, type)) {
			return;
		}
		if (row >= 0 && fits(markers[row].flags, type)) {
			found_builtin(scan, markers[row].name, row);
		}
		if (wanted != NULL && fits(MARKER_FILE | MARKER_FOLDER, type)) {
			found_own(scan, wanted->name, wanted);
		}
	}
	found_ends(scan, name, length, type);
}

static void ask(struct scan *scan, const char *name, size_t length) {
	struct statx info;
	scan->work++;
	if (look(scan->fd, name, &info) == 0) {
		found(scan, name, length, info.stx_mode & S_IFMT);
	}
}

static void ask_all(struct scan *scan) {
	const struct wanted_names *wanted = scan->wanted;
	for (unsigned i = wanted->builtin_ends; i < marker_count; i++) {
		ask(scan, markers[i].name, markers[i].length);
	}
	for (size_t i = 0; i < wanted->count; i++) {
		if (wanted->names[i].marker < 0) {
			ask(scan, wanted->names[i].name, wanted->names[i].length);
		}
	}
	ask(scan, PROJECT_NAME, sizeof(PROJECT_NAME) - 1);
	ask(scan, ENVRC_NAME, sizeof(ENVRC_NAME) - 1);
}

/*
 * All names of the level. An entry read costs about as much as a name asked for (ext4; on
 * tmpfs a third of it), so one reads while that is the shorter way.
 */
static void scan_level(struct scan *scan) {
	_Alignas(struct dirent64) char entries[ENTRIES_SIZE];
	size_t seen = 0;
	ssize_t n;
	while ((n = getdents64(scan->fd, entries, sizeof(entries))) > 0) {
		for (size_t at = 0; at < (size_t)n;) {
			const struct dirent64 *entry = (const void *)(entries + at);
			mode_t type = entry->d_type == DT_UNKNOWN ? 0 : DTTOIF(entry->d_type);
			found(scan, entry->d_name, strlen(entry->d_name), type);
			at += entry->d_reclen;
			seen++;
			scan->work++;
		}
		if (seen >= scan->wanted->asked) {
			n = -1;
			break;
		}
	}
	if (n < 0) { /* too many, or not readable */
		ask_all(scan);
	}
}

static void end(struct scan *scan, enum detect_stop why, bool at_level) {
	scan->stop = why;
	scan->stop_level = at_level ? (int)scan->level : -1;
}

/* May this level be looked at? */
static bool enter(struct scan *scan, dev_t *dev) {
	struct statx info;
	if (look(scan->fd, "", &info) < 0) {
		end(scan, DETECT_UNREADABLE, true);
		return false;
	}
	dev_t here = makedev(info.stx_dev_major, info.stx_dev_minor);
	if (scan->level > 0 && here != *dev) {
		end(scan, DETECT_OTHER_SYSTEM, true);
		return false;
	}
	*dev = here;
	if (info.stx_uid != scan->uid && info.stx_uid != 0) {
		end(scan, DETECT_OWNER, true);
		return false;
	}
	/* A group that has the person's own number is the person's alone (umask 002). */
	bool own_group = info.stx_uid == scan->uid && info.stx_gid == scan->uid;
	bool shared = (info.stx_mode & S_IWOTH) != 0 ||
		      ((info.stx_mode & S_IWGRP) != 0 && !own_group);
	if (shared && (info.stx_mode & S_ISVTX) == 0) {
		end(scan, DETECT_WRITABLE, true);
		return false;
	}
	scan->shared = shared;
	return true;
}

/* The level above as a descriptor; -1. */
static int open_above(struct scan *scan) {
	int fd = openat(scan->fd, "..", O_RDONLY | O_DIRECTORY | O_NOATIME | O_CLOEXEC);
	if (fd < 0 && errno == EPERM) {
		fd = openat(scan->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0 && errno == EACCES) {
		fd = openat(scan->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	return fd;
}

/* By its path, before it is touched: is there anything to look for? */
static bool is_above_all(struct scan *scan, size_t size) {
	const char *path = scan->place->path;
	scan->at_home = strlen(scan->home) == size && strncmp(path, scan->home, size) == 0;
	if (size <= 1) {
		return true;
	}
	return !scan->at_home && strncmp(scan->home, path, size) == 0 && scan->home[size] == '/';
}

static bool is_too_slow(struct scan *scan, size_t size, struct mount *mount) {
	if (size >= mount->point) {
		return false;
	}
	if (mounts_find(&scan->place->mounts, scan->place->path, size, mount) && !mount->slow) {
		return false;
	}
	scan->stop_mount = *mount;
	return true;
}

void scan_up(struct scan *scan, int folder) {
	_cleanup_close_ int fd = folder;
	struct mount mount = scan->place->mount;
	dev_t dev = 0;
	for (scan->level = 0;; scan->level++) {
		size_t size = place_level_size(scan->place, scan->level);
		if (is_above_all(scan, size)) {
			end(scan, DETECT_HOME, false);
			return;
		}
		if (scan->level == DETECT_LEVELS) {
			end(scan, DETECT_LEVEL, true);
			return;
		}
		if (scan->work >= WORK_MAX) {
			end(scan, DETECT_WORK, true);
			return;
		}
		if (is_too_slow(scan, size, &mount)) {
			end(scan, DETECT_SLOW, true);
			return;
		}
		if (scan->level > 0) {
			scan->fd = fd;
			int above = open_above(scan);
			if (above < 0) {
				end(scan, DETECT_UNREADABLE, true);
				return;
			}
			(void)close(fd);
			fd = above;
		}
		scan->fd = fd;
		scan->first = scan->count;
		if (!enter(scan, &dev)) {
			return;
		}
		if (scan->repository >= 0) {
			/* The root is known: what is it nested in? */
			ask(scan, PROJECT_NAME, sizeof(PROJECT_NAME) - 1);
			ask(scan, ENVRC_NAME, sizeof(ENVRC_NAME) - 1);
		} else {
			scan_level(scan);
		}
	}
}
