/* SPDX-License-Identifier: MIT */

/* prune: what is installed, and the registry lacks, goes; never by accident. */

#include "cmd/prune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "base/words.h"
#include "cmd/change.h"
#include "cmd/coordinate.h"
#include "plan/prune.h"
#include "sys/proc.h"

enum { SHARE_MAX = 5 }; /* a fifth of all */

struct pruning {
	const struct prune_opts *opts;
	struct prune prune;
	struct coordination coordination;
	bool explained;
};

/* --- what holds the programs in use -------------------------------------------------------- */

/* A program that may not go: its path below the root, without the leading slash. */
struct program {
	const char *path;
	const char *reason;
};

struct programs {
	struct program *items;
	size_t count, room;
};

static void add_program(struct programs *programs, const char *path, const char *reason,
		struct arena *arena) {
	_cleanup_free_ char *real = path != NULL ? realpath(path, NULL) : NULL;
	if (path != NULL && path[0] == '/') {
		VEC_ADD(programs, (struct program){arena_strdup(arena, path + 1), reason});
	}
	if (real != NULL) {
		VEC_ADD(programs, (struct program){arena_strdup(arena, real + 1), reason});
	}
}

static void find_programs(struct programs *programs, struct arena *arena) {
	static const char *const names[] = {"pacman", "paru", "yay", "sudo", "doas", "run0", "git"};
	add_program(programs, getenv("SHELL"), "the shell in use", arena);
	add_program(programs, "/proc/self/exe", "Lumina itself", arena);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		add_program(programs, proc_find(names[i], arena), "Lumina runs it", arena);
	}
}

struct held {
	const struct programs *programs;
	const char *reason;
};

static bool look_at_file(void *user, const char *path) {
	struct held *held = user;
	const char modules[] = "usr/lib/modules/";
	if (strncmp(path, modules, sizeof(modules) - 1) == 0 &&
			(streq(path_name(path), "pkgbase") || streq(path_name(path), "vmlinuz"))) {
		held->reason = "a kernel";
	}
	for (size_t i = 0; i < held->programs->count && held->reason == NULL; i++) {
		if (streq(held->programs->items[i].path, path)) {
			held->reason = held->programs->items[i].reason;
		}
	}
	return held->reason == NULL;
}

/* Dependencies that would go along, and hold a program in use. *ret_more: there are new ones. */
static int find_held(const struct prune *prune, const struct installed *installed,
		struct package_names *names, bool *ret_more, struct arena *arena, struct err *err) {
	struct programs programs = {0};
	struct buf scratch _cleanup_buf_ = BUF_INIT;
	int result = 0;
	*ret_more = false;
	find_programs(&programs, arena);
	for (size_t i = 0; result == 0 && i < prune->along.count; i++) {
		struct held held = {&programs, NULL};
		result = installed_files(installed, prune->along.items[i], &scratch, look_at_file, &held,
				err);
		if (held.reason != NULL) {
			VEC_ADD(names, prune->along.items[i]->name);
			*ret_more = true;
		}
	}
	VEC_RELEASE(&programs);
	return result;
}

static int protect_holders(struct prune *prune, const struct installed *installed,
		struct arena *arena, struct err *err) {
	struct programs programs = {0};
	struct buf scratch _cleanup_buf_ = BUF_INIT;
	int result = 0;
	find_programs(&programs, arena);
	for (size_t i = 0; result == 0 && i < prune->candidates.count; i++) {
		struct prune_candidate *candidate = &prune->candidates.items[i];
		struct held held = {&programs, NULL};
		result = installed_files(installed, candidate->package, &scratch, look_at_file, &held,
				err);
		candidate->reason = candidate->reason != NULL ? candidate->reason : held.reason;
	}
	VEC_RELEASE(&programs);
	return result;
}

static const char *const *desktops(struct arena *arena) {
	const char *value = getenv("XDG_CURRENT_DESKTOP");
	char *copy = value != NULL ? arena_strdup(arena, value) : NULL;
	for (char *at = copy; at != NULL && (at = strchr(at, ':')) != NULL;) {
		*at = ' ';
	}
	return words_split(copy, arena);
}

/* --- the plan ------------------------------------------------------------------------------ */

/* What stays, and why: once, whatever attempts there are. */
static void explain(struct pruning *pruning, const struct app *app) {
	const struct prune *prune = &pruning->prune;
	for (size_t i = 0; !pruning->explained && i < prune->candidates.count; i++) {
		const struct prune_candidate *candidate = &prune->candidates.items[i];
		if (candidate->fate == PRUNE_NEEDED) {
			app_note(app, "'%s' stays: '%s' needs it", candidate->package->name,
					candidate->by);
		} else if (candidate->fate == PRUNE_TAKES) {
			app_note(app, "'%s' stays: '%s' would go with it", candidate->package->name,
					candidate->by);
		} else if (candidate->fate == PRUNE_PROTECTED) {
			app_note(app, "'%s' stays: %s", candidate->package->name, candidate->reason);
		}
	}
	pruning->explained = true;
}

static void plan_package(struct plan *plan, const struct installed_package *package,
		enum op_reason why) {
	VEC_ADD(&plan->packages, (struct package_op){
		.action = PACKAGE_REMOVE,
		.why = why,
		.explicit = package->is_explicit,
		.name = package->name,
		.asked = package->name,
		.version = package->version,
	});
}

static int check_share(const struct pruning *pruning, struct err *err) {
	const struct prune *prune = &pruning->prune;
	if (pruning->opts->force || prune->going * SHARE_MAX <= prune->explicit) {
		return 0;
	}
	(void)err_set(err, ERR_REFUSED, "this uninstalls %zu of the %zu packages that are installed for "
					"themselves; nothing was changed", prune->going, prune->explicit);
	err_hint(err, "'lumina capture' records them; if that is meant: lumina prune --force");
	return -1;
}

static int build(struct change *change, struct err *err) {
	struct pruning *pruning = change->user;
	struct prune *prune = &pruning->prune;
	struct haves *haves = &change->view.haves;
	struct app *app = change->app;
	if (change->helped) {
		return coordinate_settle(change, err);
	}
	prune_release(prune);
	prune_init(prune, haves, &change->view.registry);
	const char *shell = getenv("SHELL");
	struct package_names held = {0};
	const struct prune_names names = {
		.held = &held,
		.shell = shell != NULL ? path_name(shell) : NULL,
		.desktops = desktops(&app->arena),
		.hold = haves->pacman.hold,
	};
	prune_protect_names(prune, &haves->installed, &names);
	if (protect_holders(prune, &haves->installed, &app->arena, err) < 0) {
		return -1;
	}
	/* Each round keeps what the last one would have taken: there are as many as packages. */
	int result = 0;
	for (bool more = true; result == 0 && more;) {
		prune_decide(prune, &haves->installed, &names);
		result = find_held(prune, &haves->installed, &held, &more, &app->arena, err);
	}
	VEC_RELEASE(&held);
	if (result < 0) {
		return -1;
	}
	explain(pruning, app);
	for (size_t i = 0; i < prune->candidates.count; i++) {
		if (prune->candidates.items[i].fate == PRUNE_GOES) {
			plan_package(&change->view.plan, prune->candidates.items[i].package, WHY_PRUNED);
		}
	}
	for (size_t i = 0; i < prune->along.count; i++) {
		plan_package(&change->view.plan, prune->along.items[i], WHY_NEEDED);
	}
	return change->dry_run ? 0 : check_share(pruning, err);
}

static int ask(struct change *change, bool *ret_asked, struct err *err) {
	const struct pruning *pruning = change->user;
	*ret_asked = false;
	if (pruning->opts->yes || change->helped) {
		return 0;
	}
	*ret_asked = true;
	size_t count = pruning->prune.going;
	struct buf loss _cleanup_buf_ = BUF_INIT;
	buf_addf(&loss, "this uninstalls %zu %s, and %zu that only they need", count,
			count == 1 ? "package" : "packages", pruning->prune.along.count);
	return change_consent(change->app, loss.data, "if that is meant: lumina prune --yes", err);
}

int prune_run(struct app *app, const struct prune_opts *opts, bool silent, struct err *err) {
	struct pruning pruning = {
		.opts = opts,
		.coordination = {.why = WHY_PRUNED, .action = PACKAGE_REMOVE, .yes = opts->yes},
	};
	struct change change = {
		.app = app,
		.command = "prune",
		.silent = silent,
		.dry_run = opts->dry_run,
		.build = build,
		.consent = ask,
		.finish = coordinate_finish,
		.packages = PACKAGES_ALL,
		.coordination = &pruning.coordination,
		.help = coordinate,
		.user = &pruning,
	};
	coordination_init(&pruning.coordination, app);
	int result = change_run(&change, err);
	result = coordination_exit(&change, result, err);
	view_release(&change.view);
	coordination_release(&pruning.coordination);
	prune_release(&pruning.prune);
	return result;
}

int cmd_prune(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	if (argc > 1) {
		return err_set(err, ERR_USAGE, "'lumina prune' takes no argument '%s'", argv[1]);
	}
	return prune_run(app, opts, false, err);
}
