/* SPDX-License-Identifier: MIT */
#include "cmd/package_back.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"
#include "exec/helper.h"
#include "plan/needs.h"
#include "plan/packages.h"
#include "state/flatpaks.h"

void package_back_release(struct package_back *back) {
	VEC_RELEASE(&back->came);
	VEC_RELEASE(&back->planned);
}

/* --- looking ------------------------------------------------------------------------------- */

/* It is as the operation would have it. */
static bool is_done(const struct package_op *op, const struct installed *installed,
		const struct flatpaks *flatpaks) {
	bool install = op->action == PACKAGE_INSTALL;
	if (op->from == FROM_FLATPAK) {
		return flatpaks_have(flatpaks, op->name) == install;
	}
	const struct installed_package *now = installed_find(installed, op->name);
	return install ? now != NULL && now->is_explicit == op->explicit : now == NULL;
}

static void leave(struct notes *left, const struct package_op *op, const char *why,
		struct arena *arena) {
	VEC_ADD(left, arena_printf(arena, "package '%s': %s", op->name, why));
}

/* What was planned, and what the database says by now. */
static void settle(const struct package_back *back, struct change *change,
		const struct installed *installed, struct notes *left) {
	struct arena *arena = &change->app->arena;
	struct flatpaks flatpaks;
	flatpaks_find(&flatpaks, &change->app->facts, arena);
	for (size_t i = 0; i < back->planned.count; i++) {
		struct package_op op = back->planned.items[i];
		bool install = op.action == PACKAGE_INSTALL;
		if (is_done(&op, installed, &flatpaks)) {
			op.state = PACKAGE_DONE;
			VEC_ADD(&change->view.plan.packages, op);
		} else {
			leave(left, &op, install ? "it could not be installed again"
						 : "it could not be removed", arena);
		}
	}
}

int package_back_plan(struct package_back *back, struct change *change,
		const struct back_step *steps, size_t count, struct notes *left, struct err *err) {
	struct arena *arena = &change->app->arena;
	struct installed installed = {0};
	bool some = false;
	for (size_t i = 0; i < count; i++) {
		some = some || steps[i].npackages > 0;
	}
	if (!some) {
		return 0;
	}
	if (!back->known && pacman_find(&back->pacman, &change->app->facts, arena, err) < 0) {
		return -1;
	}
	back->known = true;
	if (installed_load(&installed, back->pacman.db, arena, err) < 0) {
		return -1;
	}
	if (change->helped) {
		settle(back, change, &installed, left);
		installed_release(&installed);
		return 0;
	}
	struct back_packages packages;
	back_packages_compose(&packages, steps, count, &installed, WHY_UNDONE);
	back->planned.count = back->came.count = 0;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < steps[i].npackages; j++) {
			VEC_ADD(&back->came, steps[i].packages[j].name);
		}
	}
	for (size_t i = 0; i < packages.count; i++) {
		const struct back_package *package = &packages.items[i];
		if (package->stays != NULL) {
			leave(left, &package->op, arena_printf(arena, "'%s' needs it now; it stays",
							     package->stays), arena);
			continue;
		}
		VEC_ADD(&back->planned, package->op);
		VEC_ADD(&change->view.plan.packages, package->op);
	}
	back_packages_release(&packages);
	installed_release(&installed);
	return 0;
}

/* --- running ------------------------------------------------------------------------------- */

struct run {
	struct package_back *back;
	struct helpers helpers;
	struct installed now;
	struct package_names names;
};

/* NAME-VERSION-ARCH.pkg.tar and an ending of compression. */
static bool is_file_of(const char *file, const struct package_op *op) {
	size_t name = strlen(op->name), version = strlen(op->version);
	if (strncmp(file, op->name, name) != 0 || file[name] != '-' ||
			strncmp(file + name + 1, op->version, version) != 0 ||
			file[name + 1 + version] != '-') {
		return false;
	}
	const char *ending = strstr(file + name + 1 + version, ".pkg.tar");
	const char *arch = file + name + version + 2;
	size_t length = strlen(file);
	return ending != NULL && memchr(arch, '-', (size_t)(ending - arch)) == NULL &&
			!(length > 4 && streq(file + length - 4, ".sig"));
}

/* The package as it was, in pacman's cache; NULL if it isn't there any more. */
static const char *find_cached(const struct run *run, const struct package_op *op) {
	for (size_t i = 0; op->version != NULL && run->back->pacman.caches[i] != NULL; i++) {
		const char *folder = run->back->pacman.caches[i];
		DIR *stream = opendir(folder);
		const struct dirent *entry;
		const char *found = NULL;
		while (stream != NULL && found == NULL && (entry = readdir(stream)) != NULL) {
			if (is_file_of(entry->d_name, op)) {
				found = path_join(folder, entry->d_name, run->helpers.arena);
			}
		}
		if (stream != NULL) {
			(void)closedir(stream);
		}
		if (found != NULL) {
			return found;
		}
	}
	return NULL;
}

static int look(struct run *run, struct err *err) {
	installed_release(&run->now);
	return installed_load(&run->now, run->back->pacman.db, run->helpers.arena, err);
}

static int call(struct run *run, enum helper helper, const char *const *verb, struct err *err) {
	struct package_back *back = run->back;
	if (run->names.count == 0 || back->code != 0) {
		return 0;
	}
	const struct helper_call helper_call = {.helper = helper, .verb = verb,
			.names = run->names.items, .count = run->names.count};
	return helper_run(&run->helpers, &helper_call, &back->code, err);
}

static bool is_due(const struct run *run, const struct package_op *op, enum package_action action) {
	return op->action == action && op->state == PACKAGE_PLANNED &&
			(op->from == FROM_FLATPAK ||
					(installed_find(&run->now, op->name) != NULL) ==
							(action == PACKAGE_REMOVE));
}

static bool is_named(const struct package_names *names, const char *name) {
	for (size_t i = 0; i < names->count; i++) {
		if (streq(names->items[i], name)) {
			return true;
		}
	}
	return false;
}

/*
 * What nothing needs any more goes as well, but only what came with those steps: -Rs would
 * take dependencies along that were there before.
 */
static void add_dependencies(struct run *run) {
	struct needs needs;
	struct package_list list = {0};
	needs_init(&needs, &run->now);
	for (size_t i = 0; i < run->names.count; i++) {
		needs_take(&needs, installed_find(&run->now, run->names.items[i]));
	}
	needs_take_dependencies(&needs, &list);
	for (size_t i = 0; i < list.count; i++) {
		if (is_named(&run->back->came, list.items[i]->name)) {
			VEC_ADD(&run->names, list.items[i]->name);
		}
	}
	VEC_RELEASE(&list);
	needs_release(&needs);
}

static int remove_all(struct run *run, bool flatpak, struct err *err) {
	static const char *const pacman[] = {"-R", NULL};
	static const char *const uninstall[] = {"uninstall", NULL};
	const struct package_ops *planned = &run->back->planned;
	run->names.count = 0;
	for (size_t i = 0; i < planned->count; i++) {
		if (is_due(run, &planned->items[i], PACKAGE_REMOVE) &&
				(planned->items[i].from == FROM_FLATPAK) == flatpak) {
			VEC_ADD(&run->names, planned->items[i].name);
		}
	}
	if (!flatpak && run->names.count > 0) {
		add_dependencies(run);
	}
	return call(run, flatpak ? HELPER_FLATPAK : HELPER_PACMAN, flatpak ? uninstall : pacman, err);
}

enum origin { FROM_CACHE, FROM_SYNC, FROM_BUILD, ORIGINS };

static enum origin origin_of(const struct run *run, const struct package_op *op,
		const char **ret_file) {
	*ret_file = find_cached(run, op);
	return *ret_file != NULL ? FROM_CACHE : op->from == FROM_AUR ? FROM_BUILD : FROM_SYNC;
}

static int install_all(struct run *run, enum origin origin, bool explicit, struct err *err) {
	static const char *const verbs[ORIGINS][2][5] = {
		/* --asexplicit would make dependencies explicit that come along. */
		[FROM_CACHE] = {{"-U", "--needed", "--asdeps"}, {"-U", "--needed"}},
		[FROM_SYNC] = {{"-S", "--needed", "--asdeps"}, {"-S", "--needed"}},
		[FROM_BUILD] = {{"-S", "--aur", "--needed", "--asdeps"}, {"-S", "--aur", "--needed"}},
	};
	const struct package_ops *planned = &run->back->planned;
	if (look(run, err) < 0) {
		return -1;
	}
	run->names.count = 0;
	for (size_t i = 0; i < planned->count; i++) {
		const struct package_op *op = &planned->items[i];
		const char *file;
		if (op->from != FROM_FLATPAK && op->explicit == explicit &&
				is_due(run, op, PACKAGE_INSTALL) && origin_of(run, op, &file) == origin) {
			VEC_ADD(&run->names, file != NULL ? file : op->name);
		}
	}
	return call(run, origin == FROM_BUILD ? HELPER_AUR : HELPER_PACMAN, verbs[origin][explicit],
			err);
}

/* What is there, but not for the reason that it is to be there for. */
static int set_reasons(struct run *run, bool explicit, struct err *err) {
	static const char *const verbs[][3] = {{"-D", "--asdeps"}, {"-D", "--asexplicit"}};
	const struct package_ops *planned = &run->back->planned;
	if (look(run, err) < 0) {
		return -1;
	}
	run->names.count = 0;
	for (size_t i = 0; i < planned->count; i++) {
		const struct package_op *op = &planned->items[i];
		const struct installed_package *now = op->from == FROM_FLATPAK
				? NULL : installed_find(&run->now, op->name);
		if (op->action == PACKAGE_INSTALL && op->explicit == explicit && now != NULL &&
				now->is_explicit != explicit) {
			VEC_ADD(&run->names, op->name);
		}
	}
	return call(run, HELPER_PACMAN, verbs[explicit], err);
}

static int install_flatpaks(struct run *run, struct err *err) {
	static const char *const verb[] = {"install", NULL};
	const struct package_ops *planned = &run->back->planned;
	run->names.count = 0;
	for (size_t i = 0; i < planned->count; i++) {
		const struct package_op *op = &planned->items[i];
		if (op->from == FROM_FLATPAK && op->action == PACKAGE_INSTALL) {
			VEC_ADD(&run->names, op->name);
		}
	}
	return call(run, HELPER_FLATPAK, verb, err);
}

static int run_all(struct run *run, struct err *err) {
	if (look(run, err) < 0 || remove_all(run, false, err) < 0 ||
			remove_all(run, true, err) < 0 || install_flatpaks(run, err) < 0) {
		return -1;
	}
	/* Dependencies last: they come with the others, and only what doesn't is asked for. */
	for (int explicit = 1; explicit >= 0; explicit--) {
		for (enum origin origin = FROM_CACHE; origin < ORIGINS; origin++) {
			if (install_all(run, origin, explicit > 0, err) < 0) {
				return -1;
			}
		}
	}
	if (set_reasons(run, true, err) < 0 || set_reasons(run, false, err) < 0) {
		return -1;
	}
	return look(run, err);
}

static bool did_something(const struct run *run, const struct flatpaks *flatpaks) {
	const struct package_ops *planned = &run->back->planned;
	for (size_t i = 0; i < planned->count; i++) {
		if (is_done(&planned->items[i], &run->now, flatpaks)) {
			return true;
		}
	}
	return false;
}

int package_back_run(struct package_back *back, struct change *change, struct err *err) {
	struct app *app = change->app;
	struct run run = {
		.back = back,
		.helpers = {
			.pacman = &back->pacman,
			.facts = &app->facts,
			.arena = &app->arena,
			/* undo asks nothing by itself; at a terminal pacman may. */
			.yes = !isatty(STDIN_FILENO),
			.to_stderr = app->global.json,
		},
	};
	struct flatpaks flatpaks;
	flatpaks_find(&flatpaks, &app->facts, &app->arena);
	change_close(change);
	back->code = 0;
	int result = run_all(&run, err);
	if (result == 0 && back->code != 0 && !did_something(&run, &flatpaks)) {
		app_warn(app, "no package was changed; nothing was taken back");
		result = err_exit(err, back->code);
	}
	installed_release(&run.now);
	VEC_RELEASE(&run.names);
	return result;
}
