/* SPDX-License-Identifier: MIT */

/* capture and ignore: what is installed, put into the registry. Nothing is run. */

#include "cmd/capture.h"

#include <stdio.h>
#include <string.h>

#include "base/vec.h"
#include "cmd/change.h"
#include "cmd/package_status.h"
#include "cmd/recording.h"

struct capture {
	const struct capture_opts *opts;
	const char *const *only; /* names, NULL-terminated; NULL: all that the registry lacks */
	bool agreed;             /* the person has said so already */
	struct recording recording;
	bool ungrouped;          /* there is no list yet that they could join */
	size_t count;
};

static void capture_init(struct capture *capture, struct change *change) {
	editing_release(&capture->recording.editing);
	capture->recording.view = &change->view;
	capture->recording.installed = &change->view.haves.installed;
	capture->count = 0;
	capture->ungrouped = capture->only == NULL && !capture->opts->host &&
			change->view.registry.packages.count == 0 &&
			change->view.registry.groups.count == 0;
}

static bool is_wanted(const struct capture *capture, const char *name) {
	for (size_t i = 0; capture->only != NULL && capture->only[i] != NULL; i++) {
		if (streq(capture->only[i], name)) {
			return true;
		}
	}
	return capture->only == NULL;
}

/* The line of a package that another one replaced gets the other's name. */
static int rename_package(struct capture *capture, const struct package_drift *drift,
		struct err *err) {
	size_t count = 0;
	const char *bare;
	const char *name = drift->by;
	if (package_split(drift->name, &bare) == FROM_AUR) {
		name = arena_printf(&capture->recording.editing.app->arena, "aur/%s", drift->by);
	}
	capture->count++;
	return recording_rename(&capture->recording, drift->name, name, &count, err);
}

/*
 * In a registry without any packages, they are grouped: by the group that pacman has them
 * in, foreign ones apart, and all others together.
 */
static const char *group_of(const struct capture *capture, const struct package_drift *drift) {
	const struct installed_package *package = installed_find(capture->recording.installed,
			drift->name);
	if (drift->foreign) {
		return "aur";
	}
	return package != NULL && package->groups != NULL ? package->groups[0] : "base";
}

static int capture_one(struct capture *capture, const struct package_drift *drift,
		struct err *err) {
	struct arena *arena = &capture->recording.editing.app->arena;
	if (drift->state == DRIFT_PACKAGE_REPLACED && capture->only == NULL) {
		return rename_package(capture, drift, err);
	}
	if (drift->state != DRIFT_PACKAGE_UNRECORDED || !is_wanted(capture, drift->name)) {
		return 0;
	}
	/* A package without a repository can only come from the AUR, or from here. */
	const char *name = drift->foreign ? arena_printf(arena, "aur/%s", drift->name) : drift->name;
	capture->count++;
	if (capture->ungrouped && capture->opts->group == NULL) {
		capture->recording.group = group_of(capture, drift);
	}
	return recording_add(&capture->recording, name, err);
}

static bool is_replacing(const struct package_drifts *drifts, const char *name) {
	for (size_t i = 0; i < drifts->count; i++) {
		if (drifts->items[i].state == DRIFT_PACKAGE_REPLACED &&
				streq(drifts->items[i].by, name)) {
			return true;
		}
	}
	return false;
}

static int build(struct change *change, struct err *err) {
	struct capture *capture = change->user;
	struct package_drifts drifts;
	capture_init(capture, change);
	if (capture->opts->host) {
		capture->recording.host = recording_host(&change->view, change->app, err);
		if (capture->recording.host == NULL) {
			return -1;
		}
	}
	if (recording_check_group(&capture->recording, err) < 0 ||
			package_status_load(&drifts, &change->view, change->app, err) < 0) {
		return -1;
	}
	int result = 0;
	for (size_t i = 0; result == 0 && i < drifts.count; i++) {
		bool renamed = drifts.items[i].state == DRIFT_PACKAGE_UNRECORDED &&
				capture->only == NULL && is_replacing(&drifts, drifts.items[i].name);
		result = renamed ? 0 : capture_one(capture, &drifts.items[i], err);
	}
	package_drifts_release(&drifts);
	if (result == 0) {
		editing_plan(&capture->recording.editing, &change->view.plan, WHY_CAPTURED);
	}
	return result;
}

static int ask(struct change *change, bool *ret_asked, struct err *err) {
	const struct capture *capture = change->user;
	*ret_asked = false;
	if (capture->agreed || capture->opts->yes) {
		return 0;
	}
	*ret_asked = true;
	struct buf question _cleanup_buf_ = BUF_INIT;
	buf_addf(&question, "this records %zu %s in the registry", capture->count,
			capture->count == 1 ? "package" : "packages");
	return change_consent(change->app, question.data, "to record them: lumina capture --yes", err);
}

static int run(struct app *app, struct capture *capture, struct change *change, struct err *err) {
	capture->recording.editing.app = app;
	change->app = app;
	change->packages = PACKAGES_ALL;
	change->user = capture;
	int result = change_run(change, err);
	editing_release(&capture->recording.editing);
	view_release(&change->view);
	return result;
}

int cmd_capture(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct capture_opts *options = opts;
	struct capture capture = {.opts = options};
	struct change change = {.command = "capture", .dry_run = options->dry_run, .build = build,
			.consent = ask};
	if (argc > 1) {
		return err_set(err, ERR_USAGE, "'lumina capture' takes no argument '%s'", argv[1]);
	}
	capture.recording.group = options->group;
	return run(app, &capture, &change, err);
}

int capture_names(struct app *app, const char *const *names, struct err *err) {
	static const struct capture_opts options = {0};
	struct capture capture = {.opts = &options, .only = names, .agreed = true};
	struct change change = {.command = "capture", .build = build, .consent = ask,
			.silent = true};
	return run(app, &capture, &change, err);
}

/* --- dropping lines ------------------------------------------------------------------------ */

static int build_drop(struct change *change, struct err *err) {
	struct capture *capture = change->user;
	capture_init(capture, change);
	for (size_t i = 0; capture->only[i] != NULL; i++) {
		if (recording_remove(&capture->recording, capture->only[i], &capture->count, err) < 0) {
			return -1;
		}
	}
	editing_plan(&capture->recording.editing, &change->view.plan, WHY_REMOVED);
	return 0;
}

int capture_drop_names(struct app *app, const char *const *names, struct err *err) {
	static const struct capture_opts options = {0};
	struct capture capture = {.opts = &options, .only = names, .agreed = true};
	struct change change = {.command = "remove", .build = build_drop, .silent = true};
	return run(app, &capture, &change, err);
}

/* --- ignore -------------------------------------------------------------------------------- */

struct ignore {
	int argc;
	char **argv;
	struct recording recording;
};

static int build_ignore(struct change *change, struct err *err) {
	struct ignore *ignore = change->user;
	editing_release(&ignore->recording.editing);
	ignore->recording.view = &change->view;
	for (int i = 1; i < ignore->argc; i++) {
		bool done;
		if (recording_ignore(&ignore->recording, ignore->argv[i], &done, err) < 0) {
			return -1;
		}
	}
	editing_plan(&ignore->recording.editing, &change->view.plan, WHY_IGNORED);
	return 0;
}

int cmd_ignore(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct ignore_opts *options = opts;
	struct ignore ignore = {.argc = argc, .argv = argv, .recording = {.editing = {.app = app}}};
	struct change change = {.app = app, .command = "ignore", .dry_run = options->dry_run,
			.build = build_ignore, .user = &ignore};
	if (argc < 2) {
		return err_set(err, ERR_USAGE, "'lumina ignore' needs a package");
	}
	for (int i = 1; i < argc; i++) {
		const char *wrong = package_name_check(str_of(argv[i]));
		if (wrong != NULL) {
			return err_set(err, ERR_USAGE, "'%s' %s", argv[i], wrong);
		}
	}
	int result = change_run(&change, err);
	editing_release(&ignore.recording.editing);
	view_release(&change.view);
	return result;
}
