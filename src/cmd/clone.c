/* SPDX-License-Identifier: MIT */
#include "cmd/clone.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "exec/repo.h"
#include "sys/proc.h"
#include "sys/swap.h"

/* --- URLs ---------------------------------------------------------------------------------- */

/* Transports that run a command of the URL's choice (ext::), or read as an option, are refused. */
int clone_check_url(const char *url, struct err *err) {
	static const char *const schemes[] = {"https", "http", "ssh", "git", "file", "git+ssh",
			"ssh+git"};
	if (url[0] == '-' || url[0] == '\0') {
		return err_set(err, ERR_USAGE, "'%s' is no URL or path", url);
	}
	const char *helper = strstr(url, "::");
	size_t before = helper != NULL ? strcspn(url, "/:") : 0;
	if (helper != NULL && url + before == helper) {
		return err_set(err, ERR_USAGE, "the transport of '%s' is not allowed", url);
	}
	const char *scheme = strstr(url, "://");
	if (scheme == NULL) {
		return 0; /* a path, or host:path for ssh */
	}
	struct str name = {url, (size_t)(scheme - url)};
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (str_is(name, schemes[i])) {
			return 0;
		}
	}
	return err_set(err, ERR_USAGE, "the transport of '%s' is not allowed: use https, ssh, git, "
			"http or a path", url);
}

static bool is_path(const char *url) {
	size_t n = strcspn(url, "/:");
	return strstr(url, "://") == NULL && url[n] != ':';
}

/* One spelling for what Git takes for the same: the real path, no slash or ".git" behind it. */
static const char *plain_url(const char *url, struct arena *arena) {
	static const char file[] = "file://", suffix[] = ".git";
	const char *path = strncmp(url, file, sizeof(file) - 1) == 0 ? url + sizeof(file) - 1 : url;
	if (path != url || is_path(url)) {
		_cleanup_free_ char *real = realpath(path, NULL);
		if (real == NULL) {
			const char *bare = arena_printf(arena, "%s%s", path, suffix);
			real = realpath(bare, NULL);
		}
		path = real != NULL ? arena_strdup(arena, real) : path;
	}
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/') {
		n--;
	}
	size_t length = sizeof(suffix) - 1;
	if (n > length && memcmp(path + n - length, suffix, length) == 0 && path[n - length - 1] != '/') {
		n -= length;
	}
	return arena_strndup(arena, path, n);
}

int clone_is_of(struct app *app, const char *url, const char *branch, const char **ret_why,
		struct err *err) {
	const char *const origin[] = {"config", "--get", "remote.origin.url", NULL};
	const char *const present[] = {"rev-parse", "--abbrev-ref", "HEAD", NULL};
	struct repo repo;
	*ret_why = NULL;
	int is_one = repo_open(&repo, &app->facts, &app->arena, err);
	if (is_one <= 0) {
		return is_one;
	}
	const char *from = repo_ask(&repo, origin, NULL, false, NULL);
	if (from == NULL ||
			!streq(plain_url(from, &app->arena), plain_url(url, &app->arena))) {
		return 0;
	}
	const char *at = repo_ask(&repo, present, NULL, false, NULL);
	if (branch != NULL && at != NULL && !streq(at, branch)) {
		*ret_why = arena_printf(&app->arena, "its branch is '%s', not '%s'", at, branch);
		return 0;
	}
	return 1;
}

/* --- beside the profile -------------------------------------------------------------------- */

/* Where the clone is made; the profile itself where it couldn't be moved there. */
static const char *choose_place(const char *profile, struct arena *arena) {
	struct stat there, above;
	const char *parent = arena_strndup(arena, profile,
			(size_t)(path_name(profile) - profile) - 1);
	parent = parent[0] == '\0' ? "/" : parent;
	bool exists = stat(profile, &there) == 0;
	if (exists && (stat(parent, &above) < 0 || there.st_dev != above.st_dev ||
				      access(parent, W_OK) < 0)) {
		return profile; /* a mount point, mostly */
	}
	uint32_t number = 0;
	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0) {
		number = (uint32_t)getpid();
	}
	return arena_printf(arena, "%s.clone-%08x", profile, number);
}

static int put_in_place(const char *place, const char *profile, struct err *err) {
	struct stat there;
	bool exists = lstat(profile, &there) == 0;
	int result = 0;
	if (exists) { /* an empty folder: rename(2) replaces it, and nothing else */
		result = chmod(place, there.st_mode & 07777) < 0 ? -1 : rename(place, profile);
	} else {
		result = swap_move(AT_FDCWD, place, AT_FDCWD, profile);
	}
	if (result < 0) {
		(void)err_sys(err, "cannot move the clone '%s' to '%s'", place, profile);
	}
	return result;
}

/* Nothing is removed that might be another's: the person is told. */
static void note_leftovers(struct app *app, const char *profile) {
	const char *name = path_name(profile);
	const char *parent = arena_strndup(&app->arena, profile, (size_t)(name - profile));
	DIR *stream = opendir(parent);
	size_t n = strlen(name);
	const struct dirent *entry;
	while (stream != NULL && (entry = readdir(stream)) != NULL) {
		if (strncmp(entry->d_name, name, n) == 0 &&
				strncmp(entry->d_name + n, ".clone-", 7) == 0) {
			app_note(app, "'%s%s' is left from a clone that was interrupted; it can be deleted",
					parent, entry->d_name);
		}
	}
	if (stream != NULL) {
		(void)closedir(stream);
	}
}

static int run_clone(struct app *app, const char *url, const char *branch, const char *place,
		struct err *err) {
	const char *argv[16];
	size_t count = 0;
	argv[count++] = "git";
	argv[count++] = "-c";
	argv[count++] = "protocol.ext.allow=never";
	argv[count++] = "-c"; /* submodules are repositories of others: never unasked */
	argv[count++] = "submodule.recurse=false";
	argv[count++] = "clone";
	argv[count++] = "--no-recurse-submodules";
	if (app->global.quiet) {
		argv[count++] = "--quiet";
	}
	if (branch != NULL) {
		argv[count++] = "--branch";
		argv[count++] = branch;
	}
	argv[count++] = "--";
	argv[count++] = url;
	argv[count++] = place;
	argv[count] = NULL;
	int code;
	struct proc git = {.argv = argv, .umask = app->facts.umask, .git = true};
	if (proc_run(&git, &code, err) < 0) {
		return -1;
	}
	return code != 0 ? err_exit(err, code) : 0;
}

int clone_profile(struct app *app, const char *url, const char *branch, struct err *err) {
	if (clone_check_url(url, err) < 0) {
		return -1;
	}
	/* A link to an empty folder stays one. */
	_cleanup_free_ char *real = realpath(app->facts.profile, NULL);
	const char *profile = real != NULL ? arena_strdup(&app->arena, real) : app->facts.profile;
	const char *place = choose_place(profile, &app->arena);
	if (run_clone(app, url, branch, place, err) < 0 ||
			(place != profile && put_in_place(place, profile, err) < 0)) {
		return -1;
	}
	app_note(app, "cloned the profile into '%s'", app->facts.profile);
	note_leftovers(app, profile);
	return 0;
}
