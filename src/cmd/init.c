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
#include "cmd/clone.h"
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

/* --- the command --------------------------------------------------------------------------- */

/* The one case in which a profile that is there may be gone on with. */
static int check_again(struct app *app, const char *url, const struct init_opts *options,
		struct err *err) {
	const char *profile = app->facts.profile, *why = NULL;
	int same = url != NULL && options->sync
			? clone_is_of(app, url, options->branch, &why, err)
			: 0;
	if (same < 0 && err->kind == ERR_NO_PROGRAM) {
		err_release(err);
		same = 0;
	}
	if (same == 0) {
		(void)err_set(err, ERR_REFUSED, "'%s' is not empty%s%s; it is left as it is", profile,
				why != NULL ? ", and " : "", why != NULL ? why : "");
		err_hint(err, "lumina status");
	}
	if (same <= 0) {
		return -1;
	}
	app_note(app, "'%s' is cloned already; going on with the sync", profile);
	return 0;
}

static int check_usage(const struct init_opts *options, int argc, struct err *err) {
	if (argc > 2) {
		return err_set(err, ERR_USAGE, "'lumina init' takes one URL or path");
	}
	if (options->branch != NULL && (argc < 2 || options->branch[0] == '-')) {
		return err_set(err, ERR_USAGE, argc < 2 ? "'--branch' needs a URL or path to clone"
							 : "'--branch' names no branch");
	}
	if (options->take_profile && options->keep_local) {
		return err_set(err, ERR_USAGE, "--take-profile and --keep-local exclude each other");
	}
	if ((options->take_profile || options->keep_local) && !options->sync) {
		return err_set(err, ERR_USAGE, "'%s' needs '--sync'",
				options->take_profile ? "--take-profile" : "--keep-local");
	}
	return 0;
}

int cmd_init(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct init_opts *options = opts;
	const char *profile = app->facts.profile;
	const char *url = argc > 1 ? argv[1] : NULL;
	if (check_usage(options, argc, err) < 0) {
		return -1;
	}
	enum content content;
	if (facts_check_owner(&app->facts, err) < 0 || look_inside(profile, &content, err) < 0) {
		return -1;
	}
	int result;
	if (content == CONTENT_SOME || (content == CONTENT_GIT_ONLY && url != NULL)) {
		result = check_again(app, url, options, err);
	} else {
		result = url != NULL ? clone_profile(app, url, options->branch, err)
				     : make_profile(app, content, err);
	}
	if (result < 0 || !options->sync) {
		return result;
	}
	/* The profile's real path is known only now. */
	if (facts_load(&app->facts, &app->arena, err) < 0) {
		return -1;
	}
	const struct sync_opts sync = {.only = -1, .backup = options->take_profile,
			.adopt = options->keep_local, .yes = options->yes};
	return sync_run(app, &sync, err);
}
