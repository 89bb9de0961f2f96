/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/path.h"
#include "base/vec.h"
#include "cmd/change.h"
#include "cmd/copying.h"
#include "cmd/editing.h"
#include "cmd/reach.h"
#include "state/peek.h"

struct forget {
	const struct forget_opts *opts;
	int argc;
	char **argv;
	struct editing editing;
	struct targets targets;
};

/* --- the registry -------------------------------------------------------------------------- */

static int drop_decl(struct change *change, const struct link_decl *decl, struct err *err) {
	struct forget *forget = change->user;
	struct arena *arena = &change->app->arena;
	const char **section = arena_zalloc(arena, 5 * sizeof(*section));
	size_t depth = 0;
	if (decl->host != NULL) {
		section[depth++] = "hosts";
		section[depth++] = decl->host;
	}
	if (decl->rendered) {
		section[depth++] = "themes";
	}
	section[depth] = decl->rendered ? "templates" : "symlinks";
	struct edit edit = {
		.kind = EDIT_REMOVE,
		.section = section,
		.key = arena_strndup(arena, decl->key.p, decl->key.n),
	};
	bool done;
	return editing_apply(&forget->editing, decl->at.source->path, decl->at.source->name, &edit,
			&done, err);
}

/* Wherever it is declared: the next lower level would come into force otherwise. */
static int drop_decls(struct change *change, const char *target, struct err *err) {
	const struct registry *registry = &change->view.registry;
	for (size_t i = 0; i < registry->links.count; i++) {
		const struct link_decl *decl = &registry->links.items[i];
		if (streq(decl->target, target) && drop_decl(change, decl, err) < 0) {
			return -1;
		}
	}
	for (size_t i = 0; i < registry->shadowed.count; i++) {
		const struct link_decl *decl = &registry->shadowed.items[i];
		if (streq(decl->target, target) && drop_decl(change, decl, err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* --- the source ---------------------------------------------------------------------------- */

static bool is_forgotten(const struct forget *forget, const struct link_decl *decl) {
	for (size_t i = 0; i < forget->targets.count; i++) {
		if (streq(forget->targets.items[i], decl->target)) {
			return true;
		}
	}
	return false;
}

static bool shares_source(const struct link_decl *a, const struct link_decl *b) {
	return path_is_under(a->source, b->source) || path_is_under(b->source, a->source);
}

/* Somebody else who needs what would go. */
static const struct link_decl *other_user(struct change *change, const struct link_decl *decl) {
	const struct forget *forget = change->user;
	const struct registry *registry = &change->view.registry;
	for (size_t i = 0; i < registry->links.count; i++) {
		const struct link_decl *other = &registry->links.items[i];
		if (shares_source(other, decl) && !is_forgotten(forget, other)) {
			return other;
		}
	}
	for (size_t i = 0; i < registry->shadowed.count; i++) {
		const struct link_decl *other = &registry->shadowed.items[i];
		if (shares_source(other, decl) && !is_forgotten(forget, other)) {
			return other;
		}
	}
	for (size_t i = 0; i < registry->elsewhere.count; i++) {
		if (shares_source(&registry->elsewhere.items[i], decl)) {
			return &registry->elsewhere.items[i];
		}
	}
	return NULL;
}

static void refuse(struct plan *plan, const char *target, const char *what, const char *hint,
		const char *from) {
	plan_add_conflict(plan, (struct conflict){
		.kind = CONFLICT_UNFIT,
		.path = target,
		.target = target,
		.what = what,
		.hint = hint,
		.from = from,
	});
}

/* The source goes to the backups, last. */
static int drop_source(struct change *change, const struct link_decl *decl, struct err *err) {
	struct app *app = change->app;
	struct plan *plan = &change->view.plan;
	struct partner source;
	const struct link_decl *other = other_user(change, decl);
	if (other != NULL) {
		refuse(plan, decl->target,
				arena_printf(&app->arena, "its source '%s' is also that of '%s'",
						decl->source, other->target),
				"without --delete the profile keeps it",
				span_describe(other->at, &app->arena));
		return 0;
	}
	if (peek_source(decl->source, &app->facts, &app->arena, &source, err) < 0) {
		return -1;
	}
	if (source.seen.kind == STAMP_ABSENT) {
		return 0;
	}
	for (size_t i = 0; i < plan->ops.count; i++) {
		if (plan->ops.items[i].phase == PHASE_LAST &&
				path_is_under(source.path, plan->ops.items[i].path)) {
			return 0; /* it goes already */
		}
	}
	bool far = source.seen.dev != peek_device(app->facts.state, &app->arena);
	if (far && source.seen.kind == STAMP_FOLDER) {
		refuse(plan, decl->target, "its source is a folder on another file system than the "
					   "backups: it can't be moved there",
				"without --delete the profile keeps it", NULL);
		return 0;
	}
	VEC_ADD(&plan->ops, (struct op){
		.kind = OP_UNLINK,
		.why = WHY_FORGOTTEN,
		.phase = PHASE_LAST,
		.theirs = true,
		.keeps = true,
		.far = far,
		.path = source.path,
		.source = decl->source,
		.expect = expect_of(&source.seen),
	});
	return 0;
}

/* --- the targets --------------------------------------------------------------------------- */

/* A link of ours becomes what it leads to; anything else is left as it is. */
static int release_link(struct change *change, const char *target, struct err *err) {
	struct app *app = change->app;
	struct stamp seen;
	const struct owned *owned = owned_find(&change->view.owned, target);
	const struct want *want = view_find_want(&change->view, target);
	peek(target, &app->facts, &app->arena, &seen);
	if (seen.kind == STAMP_HIDDEN) {
		errno = seen.sys;
		return err_sys(err, "cannot look at '%s'", target);
	}
	bool ours = owned != NULL && owned->text != NULL && seen.kind == STAMP_LINK &&
			streq(owned->text, seen.text);
	bool right = want != NULL && seen.kind == STAMP_LINK &&
			streq(seen.text, want_text(want, app->facts.profile, &app->arena));
	if (ours || right) {
		return copying_add(&change->view.plan, app, target, seen.text, WHY_FORGOTTEN, err);
	}
	if (owned != NULL) {
		VEC_ADD(&change->view.plan.ops, (struct op){
			.kind = OP_DISOWN,
			.why = WHY_FORGOTTEN,
			.phase = PHASE_MAIN,
			.path = target,
			.expect = expect_of(&seen),
			.before = owned->text,
			.before_owned = true,
		});
	}
	app_note(app, "at '%s' stands %s: left as it is", target,
			stamp_describe(&seen, &app->arena));
	return 0;
}

static int forget_tree(struct change *change, const struct link_decl *decl, struct err *err) {
	const struct wants *wants = &change->view.wants;
	for (size_t i = 0; i < wants->count; i++) {
		if (wants->items[i].decl == decl && release_link(change, wants->items[i].path, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int forget_target(struct change *change, const char *target, struct err *err) {
	const struct forget *forget = change->user;
	struct plan *plan = &change->view.plan;
	struct arena *arena = &change->app->arena;
	const struct link_decl *decl = view_find_decl(&change->view, target);
	const struct owned *owned = owned_find(&change->view.owned, target);
	if (decl == NULL) {
		const struct want *want = view_find_want(&change->view, target);
		if (want != NULL) {
			refuse(plan, target,
					arena_printf(arena, "it belongs to %s '%s', which is declared as a "
							    "whole", want->decl->tree ? "the tree" : "the folder link",
							want->decl->target),
					arena_printf(arena, "lumina forget '%s'", want->decl->target),
					span_describe(want->decl->at, arena));
			return 0;
		}
		if (owned == NULL || owned->text == NULL) {
			return err_set(err, ERR_FAILED, "'%s' is not declared in the registry", target);
		}
		return release_link(change, target, err);
	}
	if (drop_decls(change, target, err) < 0 ||
			(decl->tree ? forget_tree(change, decl, err)
				    : release_link(change, target, err)) < 0) {
		return -1;
	}
	return forget->opts->delete ? drop_source(change, decl, err) : 0;
}

static int build(struct change *change, struct err *err) {
	struct forget *forget = change->user;
	struct app *app = change->app;
	struct plan *plan = &change->view.plan;
	editing_release(&forget->editing);
	targets_release(&forget->targets);
	int result = app_targets(app, forget->argc, forget->argv, &forget->targets, err);
	for (size_t i = 0; result == 0 && i < forget->targets.count; i++) {
		result = forget_target(change, forget->targets.items[i], err);
	}
	if (result == 0) {
		editing_plan(&forget->editing, plan, WHY_FORGOTTEN);
		reach_plan(plan, app, true, &app->arena);
	}
	return result;
}

int cmd_forget(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct forget_opts *options = opts;
	struct forget forget = {.opts = options, .argc = argc, .argv = argv,
			.editing = {.app = app}};
	struct change change = {
		.app = app,
		.command = "forget",
		.dry_run = options->dry_run,
		.build = build,
		.user = &forget,
	};
	if (argc < 2) {
		return err_set(err, ERR_USAGE, "'lumina forget' needs a target");
	}
	int result = change_run(&change, err);
	editing_release(&forget.editing);
	targets_release(&forget.targets);
	view_release(&change.view);
	return result;
}
