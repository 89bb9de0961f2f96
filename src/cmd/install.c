/* SPDX-License-Identifier: MIT */

/* install and remove: a helper's work and the registry's line, as one. */

#include <string.h>

#include "base/vec.h"
#include "base/words.h"
#include "cmd/change.h"
#include "cmd/coordinate.h"
#include "report/packages.h"

struct request {
	int argc;
	char **argv;
	struct coordination coordination;
	bool for_host;
	size_t dropped; /* lines of packages that weren't installed */
};

static int check_names(int argc, char **argv, struct err *err) {
	if (argc < 2) {
		return err_set(err, ERR_USAGE, "'lumina %s' needs a package", argv[0]);
	}
	for (int i = 1; i < argc; i++) {
		const char *wrong = package_name_check(str_of(argv[i]));
		if (wrong != NULL) {
			return err_set(err, ERR_USAGE, "'%s' %s", argv[i], wrong);
		}
	}
	return 0;
}

static bool is_named_before(char **argv, int index) {
	for (int i = 1; i < index; i++) {
		if (package_is_same(argv[i], argv[index])) {
			return true;
		}
	}
	return false;
}

static void plan_package(struct change *change, const char *asked, enum op_reason why) {
	const struct request *request = change->user;
	struct package_op op = {
		.action = request->coordination.action,
		.why = why,
		.explicit = true,
		.asked = asked,
	};
	op.from = package_split(asked, &op.name);
	if (op.action == PACKAGE_REMOVE) {
		const struct installed_package *now = installed_find(&change->view.haves.installed,
				op.name);
		op.version = now != NULL ? now->version : NULL;
	}
	VEC_ADD(&change->view.plan.packages, op);
}

/* What would be run, since what would be recorded is only known afterwards. */
static int show_commands(struct change *change, struct err *err) {
	static const char *const verbs[][3] = {
		[PACKAGE_INSTALL] = {"-S", "--needed"}, [PACKAGE_REMOVE] = {"-Rs"},
	};
	const struct request *request = change->user;
	struct app *app = change->app;
	const struct package_ops *packages = &change->view.plan.packages;
	struct package_names names = {0};
	for (size_t i = 0; i < packages->count; i++) {
		if (packages->items[i].from == FROM_REPOSITORY) {
			VEC_ADD(&names, packages->items[i].asked);
		}
	}
	const struct helpers helpers = {.pacman = &change->view.haves.pacman, .facts = &app->facts,
			.arena = &app->arena, .yes = request->coordination.yes};
	const struct helper_call call = {
		.verb = verbs[request->coordination.action],
		.args = request->coordination.args,
		.names = names.items,
		.count = names.count,
	};
	const char *const *argv;
	int result = names.count == 0 ? 0 : helper_vector(&helpers, &call, &argv, err);
	if (result == 0 && names.count > 0) {
		struct buf line _cleanup_buf_ = BUF_INIT;
		for (size_t i = 0; argv[i] != NULL; i++) {
			buf_addf(&line, " %s", argv[i]);
		}
		app_note(app, "would run%s", line.data);
	}
	VEC_RELEASE(&names);
	return result;
}

static int build_install(struct change *change, struct err *err) {
	struct request *request = change->user;
	struct coordination *coordination = &request->coordination;
	if (change->helped) {
		return coordinate_settle(change, err);
	}
	coordination->recording.view = &change->view;
	coordination->recording.group = coordination->group;
	coordination->recording.host = coordination->host;
	if (request->for_host) {
		coordination->host = recording_host(&change->view, change->app, err);
		coordination->recording.host = coordination->host;
		if (coordination->host == NULL) {
			return -1;
		}
	}
	if (recording_check_group(&coordination->recording, err) < 0) {
		return -1;
	}
	for (int i = 1; i < request->argc; i++) {
		if (!is_named_before(request->argv, i)) {
			plan_package(change, request->argv[i], WHY_INSTALLED);
		}
	}
	return change->dry_run ? show_commands(change, err) : 0;
}

static bool is_installed(const struct change *change, const char *asked) {
	const struct installed *installed = &change->view.haves.installed;
	const char *name;
	/* Of flatpaks, and without pacman, nothing is known here: whoever removes it knows. */
	if (package_split(asked, &name) == FROM_FLATPAK ||
			change->view.haves.pacman.program == NULL) {
		return true;
	}
	for (size_t i = 0; i < installed->count; i++) {
		if (streq(installed->items[i].name, name) ||
				words_have(installed->items[i].groups, name)) {
			return true;
		}
	}
	return false;
}

static bool is_declared(const struct change *change, const char *asked) {
	for (size_t i = 0; i < change->view.registry.packages.count; i++) {
		if (package_is_same(change->view.registry.packages.items[i].name, asked)) {
			return true;
		}
	}
	return false;
}

static int build_remove(struct change *change, struct err *err) {
	struct request *request = change->user;
	struct coordination *coordination = &request->coordination;
	struct plan *plan = &change->view.plan;
	if (change->helped) {
		if (coordinate_settle(change, err) < 0) {
			return -1;
		}
		plan->ops.count = 0; /* the edits are planned once more, with those below */
	}
	if (!change->helped) {
		editing_release(&coordination->recording.editing);
	}
	coordination->recording.view = &change->view;
	request->dropped = 0;
	for (int i = 1; i < request->argc; i++) {
		const char *asked = request->argv[i];
		if (is_named_before(request->argv, i)) {
			continue;
		}
		bool installed = is_installed(change, asked);
		if (!installed && !change->helped && !is_declared(change, asked)) {
			return err_set(err, ERR_FAILED, "'%s' is neither installed nor declared", asked);
		}
		/* Only declared, or a group of which nothing is left: the line goes. */
		if (!installed && recording_remove(&coordination->recording, asked, &request->dropped,
						  err) < 0) {
			return -1;
		}
		if (installed && !change->helped) {
			plan_package(change, asked, WHY_REMOVED);
		}
	}
	if (plan->packages.count == 0 || change->helped || change->dry_run) {
		editing_plan(&coordination->recording.editing, plan, WHY_REMOVED);
	}
	return change->dry_run ? show_commands(change, err) : 0;
}

/* What the registry wants again at the next sync: a member of a group that it names. */
static void warn_of_groups(const struct change *change, const struct request *request) {
	const struct installed *before = &request->coordination.pending.before;
	for (int i = 1; i < request->argc; i++) {
		const char *name;
		(void)package_split(request->argv[i], &name);
		const struct installed_package *package = installed_find(before, name);
		for (size_t j = 0; package != NULL && j < change->view.registry.packages.count; j++) {
			const struct package_decl *decl = &change->view.registry.packages.items[j];
			if (words_have(package->groups, decl->name)) {
				app_warn(change->app, "'%s' belongs to the group '%s' of %s: the next sync "
						      "installs it again", name, decl->name,
						span_describe(decl->at, &change->app->arena));
			}
		}
	}
}

static void finish(struct change *change) {
	const struct request *request = change->user;
	struct app *app = change->app;
	if (request->coordination.action == PACKAGE_REMOVE) {
		warn_of_groups(change, request);
	}
	if (change->result == RESULT_NOTHING && request->coordination.code == 0 &&
			!app->global.json && !app->global.quiet) {
		buf_adds(&app->out, request->coordination.action == PACKAGE_INSTALL
				? "nothing to do: what was asked for is there, and recorded\n"
				: "nothing to do\n");
	}
	coordinate_finish(change);
}

static int run(struct app *app, struct change *change, struct request *request, struct err *err) {
	int argc = request->argc;
	if (check_names(argc, request->argv, err) < 0) {
		return -1;
	}
	change->app = app;
	change->packages = PACKAGES_ALL;
	change->coordination = &request->coordination;
	change->help = coordinate;
	change->finish = finish;
	change->hush = true; /* links are not what was asked about */
	change->user = request;
	coordination_init(&request->coordination, app);
	int result = change_run(change, err);
	if (result < 0 && change->helped && err->text != NULL) {
		err->kind = ERR_FAILED; /* whatever it is: the package is there, and the line isn't */
		(void)err_wrap(err, "%s, but not recorded; the next command tries again",
				request->coordination.action == PACKAGE_INSTALL ? "installed" : "removed");
	}
	result = coordination_exit(change, result, err);
	view_release(&change->view);
	coordination_release(&request->coordination);
	return result;
}

int cmd_install(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct install_opts *options = opts;
	struct request request = {
		.argc = argc,
		.argv = argv,
		.for_host = options->host,
		.coordination = {
			.why = WHY_INSTALLED,
			.action = PACKAGE_INSTALL,
			.records = true,
			.group = options->group,
			.args = (const char *const *)options->args,
			.yes = options->yes,
		},
	};
	struct change change = {.command = "install", .dry_run = options->dry_run,
			.build = build_install};
	return run(app, &change, &request, err);
}

int cmd_remove(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct remove_opts *options = opts;
	struct request request = {
		.argc = argc,
		.argv = argv,
		.coordination = {
			.why = WHY_REMOVED,
			.action = PACKAGE_REMOVE,
			.records = true,
			.args = (const char *const *)options->args,
			.yes = options->yes,
		},
	};
	struct change change = {.command = "remove", .dry_run = options->dry_run,
			.build = build_remove};
	return run(app, &change, &request, err);
}
