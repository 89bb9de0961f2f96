/* SPDX-License-Identifier: MIT */
#include "cmd/bootstrap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "cmd/change.h"
#include "sys/file.h"
#include "sys/proc.h"

static const char aur_url[] = "https://aur.archlinux.org";

struct bootstrap {
	struct app *app;
	const struct helpers *helpers;
	const char *folder; /* of the build */
};

static int run(const struct bootstrap *boot, const char *const argv[], const char *folder,
		struct buf *capture, struct err *err) {
	struct proc proc = {
		.argv = argv,
		.umask = boot->app->facts.umask,
		.folder = folder,
		.capture = capture,
		.git = true,
		.forward = true,
		.to_stderr = boot->helpers->to_stderr,
	};
	int code;
	if (proc_run(&proc, &code, err) < 0) {
		return -1;
	}
	if (code != 0) {
		return err_set(err, ERR_FAILED, "'%s' failed (exit code %d)", argv[0], code);
	}
	return 0;
}

/* The recipe, new or brought up to date. */
static int fetch(const struct bootstrap *boot, const char *url, struct err *err) {
	struct arena *arena = &boot->app->arena;
	const char *const clone[] = {"git", "clone", "--quiet", "--", url, boot->folder, NULL};
	const char *const pull[] = {"git", "-C", boot->folder, "pull", "--quiet", "--ff-only", NULL};
	const char *above = path_join(boot->app->facts.cache, "aur", arena);
	if (file_make_folders(above) < 0) {
		return err_sys(err, "cannot make the folder '%s'", above);
	}
	bool there = access(path_join(boot->folder, ".git", arena), F_OK) == 0;
	return run(boot, there ? pull : clone, NULL, NULL, err);
}

/* A build runs what the recipe says, so it is looked at before anything is run. */
static int ask(const struct bootstrap *boot, struct err *err) {
	struct app *app = boot->app;
	const char *recipe = path_join(boot->folder, "PKGBUILD", &app->arena);
	if (boot->helpers->yes) {
		return 1;
	}
	if (!isatty(STDIN_FILENO)) {
		return 0;
	}
	return change_ask(app, arena_printf(&app->arena, "packages of the AUR need paru or yay, and "
						"neither is here; build paru by '%s'?", recipe), err);
}

static int install(const struct bootstrap *boot, struct err *err) {
	static const char *const list[] = {"makepkg", "--packagelist", NULL};
	static const char *const verb[] = {"-U", "--needed", NULL};
	struct buf text _cleanup_buf_ = BUF_INIT;
	if (run(boot, list, boot->folder, &text, err) < 0) {
		return -1;
	}
	/* Split packages and their debugging files are several; the first is the helper. */
	size_t n = strcspn(text.data, "\n");
	const char *file = arena_strndup(&boot->app->arena, text.data, n);
	const struct helper_call call = {.helper = HELPER_PACMAN, .verb = verb, .names = &file,
			.count = 1};
	int code;
	if (helper_run(boot->helpers, &call, &code, err) < 0) {
		return -1;
	}
	return code == 0 ? 0 : err_set(err, ERR_FAILED, "pacman did not install '%s'", file);
}

int bootstrap_aur_helper(struct app *app, const struct helpers *helpers, struct err *err) {
	static const char *const build[] = {"makepkg", "--syncdeps", "--needed", "--force", NULL};
	static const char *const build_quietly[] = {"makepkg", "--syncdeps", "--needed", "--force",
			"--noconfirm", NULL};
	const char *base = getenv("LUMINA_AUR_URL");
	struct bootstrap boot = {
		.app = app,
		.helpers = helpers,
		.folder = path_join(app->facts.cache, "aur/paru", &app->arena),
	};
	if (app->facts.uid == 0) {
		app_warn(app, "paru can't be built as root; run lumina as a user, or install paru or yay");
		return 0;
	}
	const char *url = arena_printf(&app->arena, "%s/paru.git",
			base != NULL && base[0] != '\0' ? base : aur_url);
	if (fetch(&boot, url, err) < 0) {
		return -1;
	}
	int agreed = ask(&boot, err);
	if (agreed <= 0) {
		return agreed;
	}
	if (run(&boot, helpers->yes ? build_quietly : build, boot.folder, NULL, err) < 0 ||
			install(&boot, err) < 0) {
		return -1;
	}
	return helper_name(helpers, HELPER_AUR) != NULL;
}
