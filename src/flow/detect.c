/* SPDX-License-Identifier: MIT */
#include "flow/detect_parts.h"

#include <errno.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

const char *detect_mountinfo = "/proc/self/mountinfo";

static const char *const no_files[] = {NULL};
static const struct missions no_missions = {NULL, 0, NULL};

/* Where nothing may be touched. */
static int end_slow(struct detected *ret, const char *dir, const struct mount *mount,
		struct arena *arena) {
	ret->stop = DETECT_SLOW;
	ret->stop_at = arena_strdup(arena, dir);
	ret->filesystem = arena_strndup(arena, mount->type, mount->type_size);
	return 0;
}

static const char *absolute(const char *dir, struct arena *arena) {
	if (dir[0] == '/') {
		return dir;
	}
	_cleanup_free_ char *here = getcwd(NULL, 0);
	/* "(unreachable)/…": a folder outside of this process's root. */
	return here != NULL && here[0] == '/' ? path_join(here, dir, arena) : NULL;
}

/*
 * Home's real path. In the usual case the folder is below it as spelled, and nothing has
 * to be looked up.
 */
static const char *home_of(struct place *place, const char *home) {
	const char *real = NULL;
	struct mount mount;
	if (path_is_under(place->path, home)) {
		return home;
	}
	_cleanup_close_ int fd = place_open(place, home, false, &real, &mount);
	return fd >= 0 ? real : home;
}

static void fill_stop(struct detected *ret, const struct scan *scan) {
	ret->stop = scan->stop;
	if (scan->stop_level >= 0) {
		ret->stop_at = place_level(scan->place, (unsigned)scan->stop_level);
	}
	if (scan->stop == DETECT_SLOW) {
		ret->filesystem = arena_strndup(
				scan->arena, scan->stop_mount.type, scan->stop_mount.type_size);
	}
}

int detect(struct detected *ret, const char *dir, const struct missions *missions, const char *home,
		uid_t uid, struct arena *arena, struct err *err) {
	*ret = (struct detected){.outer = no_files};
	if (missions == NULL) {
		missions = &no_missions;
	}
	if (dir == NULL || *dir == '\0') {
		return err_set(err, ERR_FAILED, "no folder is given");
	}
	struct place place = {.arena = arena};
	if (mounts_read(&place.mounts, detect_mountinfo, arena) < 0) {
		ret->stop = DETECT_NO_MOUNTS;
		return 0;
	}
	const char *path = absolute(dir, arena);
	errno = ENOENT;
	int fd = path != NULL ? place_open(&place, path, true, &place.path, &place.mount) : -1;
	if (fd < 0 && errno == EREMOTE) {
		return end_slow(ret, path, &place.mount, arena);
	}
	if (fd < 0) {
		return err_sys(err, "can't open folder '%s'", dir);
	}
	struct wanted_names wanted;
	wanted_make(&wanted, missions, arena);
	struct scan scan = {
		.place = &place,
		.wanted = &wanted,
		.arena = arena,
		.home = home_of(&place, home),
		.uid = uid,
		.repository = -1,
		.envrc = -1,
		.flake = -1,
		.stop_level = -1,
	};
	ret->dir = place.path;
	scan_up(&scan, fd);
	fill_stop(ret, &scan);
	pick(ret, &scan, missions);
	return 0;
}

const struct mission *detect_choose(const struct detected *detected,
		const struct missions *missions, const char *selected) {
	for (size_t i = 0; selected != NULL && missions != NULL && i < missions->count; i++) {
		if (streq(missions->items[i].name, selected)) {
			return &missions->items[i];
		}
	}
	return detected->mission;
}

bool detect_is_in(const struct detected *detected, const struct mission *mission,
		struct arena *arena) {
	if (mission->in == NULL || mission->in[0] == NULL) {
		return true;
	}
	const char *path = detected->root != NULL ? detected->root : detected->dir;
	struct place place = {.arena = arena, .path = path};
	if (path == NULL || mounts_read(&place.mounts, detect_mountinfo, arena) < 0) {
		return false;
	}
	for (const char *const *in = mission->in; *in != NULL; in++) {
		if (place_below(&place, *in) >= 0) {
			return true;
		}
	}
	return false;
}

const char *candidate_reason(const struct candidate *candidate, struct arena *arena) {
	switch (candidate->result) {
	case CANDIDATE_WON:
		return candidate->marker != NULL ? "the nearest and most specific marker"
						 : "the folder is in the mission's 'in:'";
	case CANDIDATE_KIND:
		return arena_printf(arena, "names the project; no mission '%s' is entered",
				candidate->kind != NULL ? candidate->kind : "");
	case CANDIDATE_FARTHER:
		return "a nearer folder has a marker";
	case CANDIDATE_OUTSIDE:
		return "the folder is not in the mission's 'in:'";
	case CANDIDATE_LOOSE:
		return "common in other projects; the repository has a manifest further up";
	case CANDIDATE_PART:
		return "a part of the folder above, which has the same";
	case CANDIDATE_REPOSITORY:
		return "a manifest is more specific than its repository";
	case CANDIDATE_TABLE:
		return "a mission's own 'when:' comes before the built-in table";
	case CANDIDATE_WIDER:
		return "another mission's 'in:' is deeper";
	case CANDIDATE_RANK:
		return "another marker is more specific";
	case CANDIDATE_LATER:
		return "another mission stands before it in the registry";
	case CANDIDATE_NO_MISSION:
		return "no mission of this name is entered";
	}
	return "";
}

const char *detect_stop_reason(const struct detected *detected, struct arena *arena) {
	const char *at = detected->stop_at != NULL ? detected->stop_at : "/";
	switch (detected->stop) {
	case DETECT_HOME:
		return NULL;
	case DETECT_LEVEL:
		return arena_printf(arena, "looked at %d folders", (int)DETECT_LEVELS);
	case DETECT_WORK:
		return arena_printf(arena, "too many names to look for, up to '%s'", at);
	case DETECT_OTHER_SYSTEM:
		return arena_printf(arena, "'%s' is on another file system", at);
	case DETECT_OWNER:
		return arena_printf(arena, "'%s' belongs to somebody else", at);
	case DETECT_WRITABLE:
		return arena_printf(arena, "others can write to '%s'", at);
	case DETECT_UNREADABLE:
		return arena_printf(arena, "'%s' can't be opened", at);
	case DETECT_SLOW:
		return arena_printf(arena, "'%s' is on a file system that may hang (%s)", at,
				detected->filesystem);
	case DETECT_NO_MOUNTS:
		return "the list of mounts can't be read";
	}
	return NULL;
}
