/* SPDX-License-Identifier: MIT */
#include "sys/facts.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

static int find_home(struct facts *facts, struct arena *arena, struct err *err) {
	const char *home = getenv("HOME");
	if (home == NULL) {
		const struct passwd *entry = getpwuid(getuid());
		home = entry != NULL ? entry->pw_dir : NULL;
		if (home == NULL) {
			return err_set(err, ERR_FAILED,
					"HOME is not set, and the password database has no home "
					"for user %u", (unsigned)getuid());
		}
	}
	if (home[0] != '/') {
		return err_set(err, ERR_FAILED, "HOME must be an absolute path, not '%s'", home);
	}
	facts->home = path_fold_absolute(home, arena);
	if (streq(facts->home, "/")) {
		return err_set(err, ERR_FAILED, "HOME must not be the root folder '/'");
	}
	return 0;
}

/* An XDG base directory; relative and empty values are ignored, as its specification says. */
static const char *base_folder(const char *variable, const char *home, const char *otherwise,
		struct arena *arena) {
	const char *value = getenv(variable);
	const char *base = value != NULL && value[0] == '/' ? path_fold_absolute(value, arena)
							     : path_join(home, otherwise, arena);
	return path_join(base, "lumina", arena);
}

static int find_profile(struct facts *facts, struct arena *arena, struct err *err) {
	const char *profile = getenv("LUMINA_HOME");
	if (profile == NULL || profile[0] == '\0') {
		facts->profile = path_join(facts->home, ".lumina", arena);
	} else if (profile[0] != '/') {
		return err_set(err, ERR_FAILED, "LUMINA_HOME must be an absolute path, not '%s'",
				profile);
	} else {
		facts->profile = path_fold_absolute(profile, arena);
	}
	if (streq(facts->profile, "/") || path_is_under(facts->home, facts->profile)) {
		return err_set(err, ERR_FAILED,
				"the profile must not be the home folder or one above it: '%s'",
				facts->profile);
	}
	_cleanup_free_ char *real = realpath(facts->profile, NULL);
	/* Not "it isn't there"; and no end of the program, which a shell may be waiting for. */
	if (real == NULL && errno == ENOMEM) {
		return err_sys(err, "cannot look at '%s'", facts->profile);
	}
	facts->profile_real = real != NULL ? arena_strdup(arena, real) : NULL;
	return 0;
}

static const char *find_host(struct arena *arena) {
	const char *given = getenv("LUMINA_HOST");
	if (given != NULL && given[0] != '\0') {
		return arena_strdup(arena, given);
	}
	struct utsname names;
	return uname(&names) == 0 && names.nodename[0] != '\0'
			? arena_strdup(arena, names.nodename)
			: NULL;
}

int facts_load(struct facts *facts, struct arena *arena, struct err *err) {
	*facts = (struct facts){.uid = geteuid(), .umask = facts->umask};
	if (find_home(facts, arena, err) < 0 || find_profile(facts, arena, err) < 0) {
		return -1;
	}
	facts->state = base_folder("XDG_STATE_HOME", facts->home, ".local/state", arena);
	facts->cache = base_folder("XDG_CACHE_HOME", facts->home, ".cache", arena);
	facts->config = base_folder("XDG_CONFIG_HOME", facts->home, ".config", arena);
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	facts->runtime = runtime != NULL && runtime[0] == '/'
			? path_join(path_fold_absolute(runtime, arena), "lumina", arena)
			: facts->state;
	facts->host = find_host(arena);
	return 0;
}

int facts_check_owner(const struct facts *facts, struct err *err) {
	struct stat info;
	if (stat(facts->home, &info) < 0) {
		return err_sys(err, "cannot look at the home folder '%s'", facts->home);
	}
	if (!S_ISDIR(info.st_mode)) {
		return err_set(err, ERR_FAILED, "HOME is not a folder: '%s'", facts->home);
	}
	if (info.st_uid != facts->uid && facts->uid == 0) {
		(void)err_set(err, ERR_REFUSED,
				"running as root on a home owned by uid %u: '%s'",
				(unsigned)info.st_uid, facts->home);
		err_hint(err, "run it as that user, without sudo");
		return -1;
	}
	return 0;
}
