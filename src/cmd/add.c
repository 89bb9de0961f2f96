/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/vec.h"
#include "cmd/change.h"
#include "cmd/editing.h"
#include "cmd/reach.h"
#include "reg/source_name.h"
#include "state/inspect.h"
#include "state/peek.h"
#include "sys/folder.h"

struct add {
	const struct add_opts *opts;
	int argc;
	char **argv;
	struct editing editing;
	size_t absent; /* paths that are not there at all */
};

/* One path on its way into the profile. */
struct candidate {
	struct change *change;
	const char *target;
	const char *source;
	struct stamp seen;
	const struct link_decl *tree; /* it will be covered by this one */
};

static void refuse(const struct candidate *candidate, const char *what, const char *hint,
		const char *from) {
	plan_add_conflict(&candidate->change->view.plan, (struct conflict){
		.kind = CONFLICT_UNFIT,
		.path = candidate->target,
		.target = candidate->target,
		.source = candidate->source,
		.what = what,
		.hint = hint,
		.from = from,
	});
}

static const char *where(const struct candidate *candidate, struct span at) {
	return span_describe(at, &candidate->change->app->arena);
}

/* --- may it be added? ---------------------------------------------------------------------- */

static bool is_managed(struct candidate *candidate) {
	const struct view *view = &candidate->change->view;
	struct arena *arena = &candidate->change->app->arena;
	const struct want *want = view_find_want(view, candidate->target);
	if (want != NULL) {
		refuse(candidate, "it is declared already",
				"if a program replaced the link: lumina absorb; otherwise: lumina sync",
				where(candidate, want->decl->at));
		return true;
	}
	for (size_t i = 0; i < view->owned.count; i++) {
		const struct owned *owned = &view->owned.items[i];
		if (owned->text != NULL && !streq(owned->path, candidate->target) &&
				path_is_under(owned->path, candidate->target)) {
			refuse(candidate, arena_printf(arena, "'%s' in it is a link of Lumina's",
						       owned->path), "lumina sync, then try again", NULL);
			return true;
		}
	}
	for (size_t i = 0; i < view->registry.links.count; i++) {
		const struct link_decl *decl = &view->registry.links.items[i];
		if (streq(decl->target, candidate->target)) {
			refuse(candidate, "it is declared already, as a tree", NULL,
					where(candidate, decl->at));
			return true;
		}
		if (path_is_under(decl->target, candidate->target)) {
			refuse(candidate, arena_printf(arena, "'%s' in it is declared already",
						       decl->target),
					"add what else is in it, piece by piece", where(candidate, decl->at));
			return true;
		}
		if (decl->tree && path_is_under(candidate->target, decl->target)) {
			candidate->tree = decl;
		}
	}
	return false;
}

static bool is_fit(struct candidate *candidate) {
	const struct add *add = candidate->change->user;
	struct arena *arena = &candidate->change->app->arena;
	const char *wrong = target_check(candidate->target, &candidate->change->view.rules, arena);
	const struct facts *facts = &candidate->change->app->facts;
	const char *config = path_to_home(facts->config, facts->home, arena);
	if (config != NULL && (path_is_under(candidate->target, config) ||
					      path_is_under(config, candidate->target))) {
		wrong = "holds what is for this machine only (local.yaml), and is not to be committed";
	}
	if (wrong != NULL || streq(candidate->target, "~")) {
		refuse(candidate, wrong != NULL ? arena_printf(arena, "it %s", wrong)
						: "it is the home folder itself", NULL, NULL);
		return false;
	}
	switch (candidate->seen.kind) {
	case STAMP_FILE:
	case STAMP_FOLDER:
		break;
	case STAMP_LINK:
		refuse(candidate, stamp_describe(&candidate->seen, arena),
				"add the file that it leads to", NULL);
		return false;
	case STAMP_ABSENT:
		refuse(candidate, "it is not there", NULL, NULL);
		((struct add *)candidate->change->user)->absent++;
		return false;
	case STAMP_OTHER:
	case STAMP_HIDDEN:
		refuse(candidate, stamp_describe(&candidate->seen, arena), NULL, NULL);
		return false;
	}
	if (add->opts->tree && candidate->seen.kind != STAMP_FOLDER) {
		refuse(candidate, "it is a file: --tree is for folders", NULL, NULL);
		return false;
	}
	return true;
}

static bool is_clean(struct candidate *candidate) {
	const struct add *add = candidate->change->user;
	struct app *app = candidate->change->app;
	struct findings findings;
	size_t refused = 0;
	inspect(&findings, candidate->target, &app->facts, &app->arena);
	for (size_t i = 0; i < findings.count; i++) {
		const struct finding *finding = &findings.items[i];
		bool secret = finding->kind == FINDING_SECRET;
		bool forced = secret || finding->kind == FINDING_GIT || finding->kind == FINDING_LINK;
		if (forced && add->opts->force) {
			continue;
		}
		refused++;
		plan_add_conflict(&candidate->change->view.plan, (struct conflict){
			.kind = CONFLICT_UNFIT,
			.path = finding->line > 0 ? arena_printf(&app->arena, "%s:%u",
								   finding->path, finding->line)
						  : finding->path,
			.target = candidate->target,
			.what = secret ? arena_printf(&app->arena, "looks like %s", finding->what)
				       : finding->what,
			.hint = forced ? "if it shall be in the profile all the same: --force" : NULL,
		});
	}
	findings_release(&findings);
	return refused == 0;
}

/* --- where to? ----------------------------------------------------------------------------- */

static int choose_source(struct candidate *candidate, struct err *err) {
	const struct add *add = candidate->change->user;
	struct app *app = candidate->change->app;
	const char *as = add->opts->as, *name = as, *wrong;
	if (candidate->tree != NULL) {
		if (as != NULL) {
			return err_set(err, ERR_USAGE, "'%s' lies in the tree '%s': its source follows "
						       "from that", candidate->target,
					candidate->tree->target);
		}
		const char *rest = candidate->target + strlen(candidate->tree->target) + 1;
		candidate->source = path_join(candidate->tree->source, rest, &app->arena);
		return 0;
	}
	if (as == NULL) {
		name = source_name(candidate->target, &app->arena);
	} else if (as[0] != '\0' && as[strlen(as) - 1] == '/') {
		const char *last = path_name(candidate->target);
		name = arena_printf(&app->arena, "%s%s", as, last[0] == '.' ? last + 1 : last);
	}
	wrong = source_parse(str_of(name), &candidate->change->view.rules, &app->arena,
			&candidate->source);
	return wrong == NULL ? 0 : err_set(err, ERR_USAGE, "source '%s' %s", name, wrong);
}

static bool is_source_taken(const struct candidate *candidate, const char *path) {
	const struct plan *plan = &candidate->change->view.plan;
	for (size_t i = 0; i < plan->ops.count; i++) {
		const struct op *op = &plan->ops.items[i];
		if ((op->partner != NULL && path_is_under(path, op->partner)) ||
				(op->kind == OP_FILE && path_is_under(path, op->path))) {
			return true;
		}
	}
	return false;
}

/* --- the plan ------------------------------------------------------------------------------ */

/* Between two file systems: a copy into the profile, the object itself to the backups. */
static void plan_copy(struct candidate *candidate, const struct partner *partner, struct op op) {
	struct app *app = candidate->change->app;
	struct plan *plan = &candidate->change->view.plan;
	struct op copy = op;
	copy.kind = OP_FILE;
	copy.phase = PHASE_FIRST;
	copy.path = partner->path;
	copy.theirs = true;
	copy.text = NULL;
	copy.expect = expect_of(&partner->seen);
	copy.becomes = op.expect;
	copy.becomes.ino = 0;
	copy.origin = path_from_home(candidate->target, app->facts.home, &app->arena);
	VEC_ADD(&plan->ops, copy);
	op.kind = OP_LINK;
	op.keeps = true;
	op.far = candidate->seen.dev != peek_device(app->facts.state, &app->arena);
	VEC_ADD(&plan->ops, op);
}

static int plan_object(struct candidate *candidate, struct err *err) {
	struct app *app = candidate->change->app;
	struct partner partner;
	if (peek_source(candidate->source, &app->facts, &app->arena, &partner, err) < 0) {
		return -1;
	}
	if (partner.seen.kind != STAMP_ABSENT || is_source_taken(candidate, partner.path)) {
		refuse(candidate, arena_printf(&app->arena, "'%s' is in the profile already",
					       candidate->source),
				"name another source: --as SOURCE", NULL);
		return 0;
	}
	struct op op = {
		.kind = OP_ADOPT,
		.why = WHY_ADDED,
		.phase = PHASE_MAIN,
		.path = candidate->target,
		.source = candidate->source,
		.text = path_join(app->facts.profile, candidate->source, &app->arena),
		.sensitive = target_is_sensitive(candidate->target),
		.source_known = true,
		.expect = expect_of(&candidate->seen),
	};
	if (partner.seen.dev != candidate->seen.dev) {
		if (candidate->seen.kind == STAMP_FOLDER) {
			refuse(candidate, "it is a folder on another file system than the profile",
					"--tree takes its files one by one", NULL);
			return 0;
		}
		plan_copy(candidate, &partner, op);
		return 0;
	}
	op.partner = partner.path;
	op.there = expect_of(&partner.seen);
	VEC_ADD(&candidate->change->view.plan.ops, op);
	return 0;
}

/* --- a folder, file by file ---------------------------------------------------------------- */

struct found {
	struct candidate *folder;
	struct err *err;
};

static int add_found(void *user, const char *path) {
	struct found *found = user;
	struct app *app = found->folder->change->app;
	struct candidate candidate = *found->folder;
	candidate.target = path_join(found->folder->target, path, &app->arena);
	candidate.source = path_join(found->folder->source, path, &app->arena);
	peek(candidate.target, &app->facts, &app->arena, &candidate.seen);
	if (candidate.seen.kind == STAMP_HIDDEN || candidate.seen.kind == STAMP_ABSENT) {
		errno = candidate.seen.sys != 0 ? candidate.seen.sys : ENOENT;
		return -1;
	}
	if (candidate.seen.kind != STAMP_FILE) {
		app_note(app, "'%s' is a link: left where it is", candidate.target);
		return 0;
	}
	return plan_object(&candidate, found->err);
}

static int plan_tree(struct candidate *candidate, struct err *err) {
	struct app *app = candidate->change->app;
	const char *name = path_from_home(candidate->target, app->facts.home, &app->arena);
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct found found = {candidate, err};
	if (fd < 0 || folder_walk(fd, add_found, &found) < 0) {
		return err->kind != ERR_NONE ? -1 : err_sys(err, "cannot list '%s'", candidate->target);
	}
	return 0;
}

static int declare(struct candidate *candidate, bool tree, struct err *err) {
	static const char *const section[] = {"symlinks", NULL};
	struct change *change = candidate->change;
	struct add *add = change->user;
	struct edit edit = {
		.kind = EDIT_ADD,
		.section = section,
		.key = candidate->target,
		.value = candidate->source,
		.tree = tree,
	};
	bool done;
	const struct source *file = change->view.registry.files.items[0].source;
	return editing_apply(&add->editing, file->path, file->name, &edit, &done, err);
}

static int add_path(struct change *change, const char *target, struct err *err) {
	const struct add *add = change->user;
	struct app *app = change->app;
	struct candidate candidate = {.change = change, .target = target};
	peek(target, &app->facts, &app->arena, &candidate.seen);
	if (is_managed(&candidate) || !is_fit(&candidate) || !is_clean(&candidate)) {
		return 0;
	}
	if (choose_source(&candidate, err) < 0) {
		return -1;
	}
	/* What lies in a tree is linked file by file, as the tree is. */
	bool tree = candidate.seen.kind == STAMP_FOLDER &&
			(add->opts->tree || candidate.tree != NULL);
	if ((tree ? plan_tree(&candidate, err) : plan_object(&candidate, err)) < 0) {
		return -1;
	}
	return candidate.tree != NULL ? 0 : declare(&candidate, tree, err);
}

static const char *find_above(const struct targets *targets, const char *target) {
	for (size_t i = 0; i < targets->count; i++) {
		if (!streq(targets->items[i], target) && path_is_under(target, targets->items[i])) {
			return targets->items[i];
		}
	}
	return NULL;
}

static int build(struct change *change, struct err *err) {
	struct add *add = change->user;
	struct app *app = change->app;
	struct plan *plan = &change->view.plan;
	struct targets targets;
	editing_release(&add->editing);
	add->absent = 0;
	int result = app_targets(app, add->argc, add->argv, &targets, err);
	for (size_t i = 0; result == 0 && i < targets.count; i++) {
		const char *above = find_above(&targets, targets.items[i]);
		struct candidate candidate = {.change = change, .target = targets.items[i]};
		if (above != NULL) {
			refuse(&candidate, arena_printf(&app->arena, "it lies in '%s', which is to be "
								     "added as well", above), NULL, NULL);
		} else {
			result = add_path(change, targets.items[i], err);
		}
	}
	targets_release(&targets);
	if (result == 0 && add->absent > 0 && add->absent == plan->conflicts.count) {
		return err_set(err, ERR_FAILED, "'%s' is not there; nothing was changed",
				plan->conflicts.items[0].path);
	}
	/* An edit that can't be done is no reason to keep quiet about what else is wrong. */
	if (result < 0 && plan->conflicts.count > 0 && err->kind == ERR_FAILED) {
		err_release(err);
		result = 0;
	}
	if (result == 0) {
		editing_plan(&add->editing, plan, WHY_ADDED);
		reach_plan(plan, app, true, &app->arena);
	}
	return result;
}

int cmd_add(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct add_opts *options = opts;
	struct add add = {.opts = options, .argc = argc, .argv = argv, .editing = {.app = app}};
	struct change change = {
		.app = app,
		.command = "add",
		.dry_run = options->dry_run,
		.build = build,
		.user = &add,
	};
	if (argc < 2) {
		return err_set(err, ERR_USAGE, "'lumina add' needs a file or folder");
	}
	size_t length = options->as != NULL ? strlen(options->as) : 0;
	if (argc > 2 && length > 0 && options->as[length - 1] != '/') {
		return err_set(err, ERR_USAGE, "with several paths, --as names a folder: '%s/'",
				options->as);
	}
	int result = change_run(&change, err);
	editing_release(&add.editing);
	view_release(&change.view);
	return result;
}
