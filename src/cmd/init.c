/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/sync.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/swap.h"

static const char starter[] =
	"# The registry: what this machine should be like. 'lumina sync' makes it so.\n"
	"# 'man lumina.yaml' explains every key; nothing here is required.\n"
	"version: 1\n"
	"\n"
	"# Packages, in a plain list or in named groups. A bare name comes from pacman's\n"
	"# repositories, aur/NAME from the AUR, flatpak/ID from Flathub.\n"
	"packages:\n"
	"#  base: [git, neovim]\n"
	"#  desktop:\n"
	"#    - hyprland\n"
	"#    - aur/hyprshade\n"
	"\n"
	"# Links: where a file stands in your home, and which file of this profile it is.\n"
	"symlinks:\n"
	"#  ~/.zshrc: zsh/zshrc\n"
	"#  ~/.config/nvim: nvim              # a folder, linked as one\n"
	"#  ~/.config/hypr: {tree: hypr}      # a real folder; every file below is linked\n"
	"\n"
	"# What only one machine has, by its host name.\n"
	"hosts:\n"
	"#  thinkpad:\n"
	"#    packages: [tlp]\n";

enum content { CONTENT_NONE, CONTENT_EMPTY, CONTENT_GIT_ONLY, CONTENT_SOME };

/* What is in the profile's folder already. */
static int look_inside(const char *profile, enum content *ret, struct err *err) {
	DIR *stream = opendir(profile);
	if (stream == NULL) {
		struct stat info;
		*ret = CONTENT_NONE;
		if (errno == ENOENT && lstat(profile, &info) == 0) {
			return err_set(err, ERR_REFUSED, "'%s' is a link that leads nowhere", profile);
		}
		return errno == ENOENT ? 0 : err_sys(err, "cannot look into '%s'", profile);
	}
	*ret = CONTENT_EMPTY;
	const struct dirent *entry;
	while ((entry = readdir(stream)) != NULL) {
		if (streq(entry->d_name, ".git")) {
			*ret = *ret == CONTENT_EMPTY ? CONTENT_GIT_ONLY : *ret;
		} else if (!streq(entry->d_name, ".") && !streq(entry->d_name, "..")) {
			*ret = CONTENT_SOME;
		}
	}
	(void)closedir(stream);
	return 0;
}

static int run_git(struct app *app, const char *const argv[], struct err *err) {
	int code;
	struct proc git = {.argv = argv, .umask = app->facts.umask, .git = true};
	if (proc_run(&git, &code, err) < 0) {
		return -1;
	}
	if (code != 0) {
		(void)err_exit(err, code);
		return -1;
	}
	return 0;
}

/* --- a new profile ------------------------------------------------------------------------- */

static int write_starter(const struct app *app, struct err *err) {
	const char *profile = app->facts.profile;
	_cleanup_close_ int dir = open(profile, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		return err_sys(err, "cannot open '%s'", profile);
	}
	static const char temporary[] = ".lumina.yaml.new";
	if (file_prepare(dir, temporary, starter, sizeof(starter) - 1) < 0 ||
			fchmodat(dir, temporary, 0666 & ~app->facts.umask, 0) < 0) {
		return err_sys(err, "cannot write the registry in '%s'", profile);
	}
	if (swap_move(dir, temporary, dir, "lumina.yaml") < 0 ||
			file_flush(dir) < 0) {
		(void)err_sys(err, "cannot write the registry in '%s'", profile);
		(void)unlinkat(dir, temporary, 0);
		return -1;
	}
	return 0;
}

static int make_profile(struct app *app, enum content content, struct err *err) {
	const char *profile = app->facts.profile;
	if (content == CONTENT_NONE) {
		/* It holds a person's configuration: nobody else's to read. */
		if (file_make_folders(profile) < 0) {
			return err_sys(err, "cannot make the profile '%s'", profile);
		}
	}
	if (content != CONTENT_GIT_ONLY) {
		const char *const argv[] = {"git", "init", "--quiet", "--", profile, NULL};
		if (run_git(app, argv, err) < 0) {
			if (err->kind != ERR_NO_PROGRAM) {
				return -1;
			}
			app_warn(app, "there is no git; the profile works without, but has no history");
			err_release(err);
		}
	}
	if (write_starter(app, err) < 0) {
		return -1;
	}
	app_note(app, "made the profile '%s'", profile);
	app_note(app, "edit '%s/lumina.yaml', then run 'lumina sync'", profile);
	return 0;
}

/* --- cloning ------------------------------------------------------------------------------- */

/* Transports that run a command of the URL's choice (ext::), or read as an option, are refused. */
static int check_url(const char *url, struct err *err) {
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

static int clone_profile(struct app *app, const char *url, const char *branch, struct err *err) {
	if (check_url(url, err) < 0) {
		return -1;
	}
	const char *argv[12];
	size_t count = 0;
	argv[count++] = "git";
	argv[count++] = "-c";
	argv[count++] = "protocol.ext.allow=never";
	argv[count++] = "clone";
	if (app->global.quiet) {
		argv[count++] = "--quiet";
	}
	if (branch != NULL) {
		argv[count++] = "--branch";
		argv[count++] = branch;
	}
	argv[count++] = "--";
	argv[count++] = url;
	argv[count++] = app->facts.profile;
	argv[count] = NULL;
	if (run_git(app, argv, err) < 0) {
		return -1;
	}
	app_note(app, "cloned the profile into '%s'", app->facts.profile);
	return 0;
}

int cmd_init(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct init_opts *options = opts;
	const char *profile = app->facts.profile;
	if (argc > 2) {
		return err_set(err, ERR_USAGE, "'lumina init' takes one URL or path");
	}
	if (options->branch != NULL && (argc < 2 || options->branch[0] == '-')) {
		return err_set(err, ERR_USAGE, argc < 2 ? "'--branch' needs a URL or path to clone"
							 : "'--branch' names no branch");
	}
	enum content content;
	if (facts_check_owner(&app->facts, err) < 0 || look_inside(profile, &content, err) < 0) {
		return -1;
	}
	if (content == CONTENT_SOME || (content == CONTENT_GIT_ONLY && argc > 1)) {
		(void)err_set(err, ERR_REFUSED, "'%s' is not empty; it is left as it is", profile);
		err_hint(err, "lumina status");
		return -1;
	}
	int result = argc > 1 ? clone_profile(app, argv[1], options->branch, err)
			      : make_profile(app, content, err);
	if (result < 0 || !options->sync) {
		return result;
	}
	/* The profile's real path is known only now. */
	if (facts_load(&app->facts, &app->arena, err) < 0) {
		return -1;
	}
	return sync_run(app, &(struct sync_opts){.only = -1}, err);
}
