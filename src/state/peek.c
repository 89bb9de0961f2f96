/* SPDX-License-Identifier: MIT */
#include "state/peek.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"

const char *peek_open_name(const char *path, const struct facts *facts, struct arena *arena) {
	return path[0] == '~' ? path_from_home(path, facts->home, arena) : path;
}

const char *peek_name(const char *real, const struct facts *facts, struct arena *arena) {
	_cleanup_free_ char *home = xrealpath(facts->home);
	const char *path = home != NULL ? path_to_home(real, home, arena) : NULL;
	return path != NULL ? path : real;
}

void peek(const char *path, const struct facts *facts, struct arena *arena, struct stamp *ret) {
	const char *name = peek_open_name(path, facts, arena);
	char text[PATH_MAX + 1];
	struct stat info;
	*ret = (struct stamp){0};
	if (lstat(name, &info) < 0) {
		bool absent = errno == ENOENT || errno == ENOTDIR;
		ret->kind = absent ? STAMP_ABSENT : STAMP_HIDDEN;
		ret->sys = absent ? 0 : errno;
		return;
	}
	stamp_fill(ret, &info);
	if (ret->kind == STAMP_LINK) {
		ssize_t n = readlink(name, text, sizeof(text) - 1);
		if (n < 0) {
			ret->kind = STAMP_HIDDEN;
			ret->sys = errno;
			return;
		}
		ret->text = arena_strndup(arena, text, (size_t)n);
	}
}

static bool leads_into_profile(const char *folder, const struct facts *facts) {
	_cleanup_free_ char *real = xrealpath(folder);
	return real != NULL && facts->profile_real != NULL &&
			path_is_under(real, facts->profile_real);
}

void peek_above(const char *path, const struct facts *facts, struct arena *arena,
		struct above *ret) {
	*ret = (struct above){0};
	for (const char *slash = strchr(path + 1, '/'); slash != NULL;
			slash = strchr(slash + 1, '/')) {
		const char *folder = arena_strndup(arena, path, (size_t)(slash - path));
		struct stamp seen;
		struct stat info;
		if (streq(folder, "~")) {
			continue;
		}
		const char *name = peek_open_name(folder, facts, arena);
		peek(folder, facts, arena, &seen);
		if (seen.kind == STAMP_ABSENT) {
			VEC_ADD(&ret->missing, folder);
		} else if (seen.kind == STAMP_LINK && leads_into_profile(name, facts)) {
			ret->blocked = folder;
			ret->why = "is a link into the profile";
		} else if (seen.kind == STAMP_LINK && stat(name, &info) == 0 &&
				S_ISDIR(info.st_mode)) {
			VEC_ADD(&ret->followed, folder);
		} else if (seen.kind != STAMP_FOLDER) {
			ret->blocked = folder;
			ret->why = seen.kind == STAMP_HIDDEN ? strerror(seen.sys)
							     : "is not a folder";
		}
		if (ret->blocked != NULL) {
			return;
		}
	}
}

void above_release(struct above *above) {
	VEC_RELEASE(&above->missing);
	VEC_RELEASE(&above->followed);
}

dev_t peek_device(const char *absolute, struct arena *arena) {
	struct stat info;
	const char *path = absolute;
	while (stat(path, &info) < 0) {
		const char *slash = strrchr(path, '/');
		if (slash == NULL || slash == path) {
			return stat("/", &info) == 0 ? info.st_dev : 0;
		}
		path = arena_strndup(arena, path, (size_t)(slash - path));
	}
	return info.st_dev;
}

int peek_source(const char *source, const struct facts *facts, struct arena *arena,
		struct partner *ret, struct err *err) {
	if (facts->profile_real == NULL) {
		(void)err_set(err, ERR_FAILED, "no profile: '%s' is not there", facts->profile);
		err_hint(err, "lumina init");
		return -1;
	}
	/* The deepest folder that is there, then what is missing below it. */
	const char *folder = path_join(facts->profile_real, source, arena);
	const char *rest = "";
	_cleanup_free_ char *real = NULL;
	do {
		const char *name = path_name(folder);
		rest = rest[0] != '\0' ? path_join(name, rest, arena) : name;
		folder = arena_strndup(arena, folder, (size_t)(name - folder) - 1);
		free(real);
		real = xrealpath(folder);
	} while (real == NULL && errno == ENOENT);
	if (real == NULL) {
		return err_sys(err, "cannot look at '%s'", folder);
	}
	if (!path_is_under(real, facts->profile_real)) {
		return err_set(err, ERR_REFUSED,
				"source '%s': a folder in its path is a link that leaves the profile",
				source);
	}
	ret->path = peek_name(path_join(real, rest, arena), facts, arena);
	peek(ret->path, facts, arena, &ret->seen);
	if (ret->seen.kind == STAMP_ABSENT) {
		ret->seen.dev = peek_device(real, arena);
	}
	return 0;
}
