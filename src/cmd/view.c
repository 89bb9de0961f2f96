/* SPDX-License-Identifier: MIT */
#include "cmd/view.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/path.h"
#include "cmd/reach.h"
#include "cmd/theming.h"
#include "exec/helper.h"
#include "exec/store.h"
#include "flow/index.h"
#include "plan/packages.h"
#include "reg/load.h"
#include "state/look.h"
#include "state/peek.h"

static int show_problems(const struct app *app, const struct diags *diags, struct err *err) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	diags_render(diags, app->paint_err, &text);
	app_stderr(&text);
	return err_exit(err, 2);
}

/* Registry and desired state; problems are printed. */
static int load_registry(struct view *view, struct app *app, const struct view_opts *opts,
		struct err *err) {
	struct diags diags = {.arena = &app->arena};
	int result = registry_load(&view->registry, &app->facts, &view->rules, &app->arena, &diags,
			err);
	if (!opts->dry_run && (result == 0 || diags.count > 0)) {
		index_refresh(&view->registry, result < 0, &app->facts);
	}
	if (result < 0) {
		return diags.count > 0 ? show_problems(app, &diags, err) : -1;
	}
	if (opts->theme != NULL) {
		view->registry.theme.active = opts->theme;
	}
	wants_build(&view->wants, &view->registry, &app->facts, &view->rules, &app->arena, &diags);
	return diags.count > 0 ? show_problems(app, &diags, err) : 0;
}

/* The sources of targets that something stands at. */
static int look_at_partners(struct view *view, struct app *app, struct err *err) {
	for (size_t i = 0; i < view->places.count; i++) {
		struct place *place = &view->places.items[i];
		bool whole = place->seen.kind == STAMP_FILE || place->seen.kind == STAMP_FOLDER;
		if (place->want == NULL || place->want->text != NULL || !whole) {
			continue;
		}
		struct partner *partner = arena_zalloc(&app->arena, sizeof(*partner));
		if (peek_source(place->want->source, &app->facts, &app->arena, partner, err) < 0) {
			return -1;
		}
		place->partner = partner;
	}
	return 0;
}

/* What no file tells: which members a group has, and whether flatpak knows better. */
static int ask_helpers(struct view *view, struct app *app, struct err *err) {
	const struct helpers helpers = {.pacman = &view->haves.pacman, .facts = &app->facts,
			.arena = &app->arena};
	for (size_t i = 0; i < view->haves.count; i++) {
		struct have *have = &view->haves.items[i];
		if (have->present || !(have->group || have->from == FROM_FLATPAK)) {
			continue;
		}
		if (have->from == FROM_FLATPAK) {
			have->present = helper_has_flatpak(&helpers, have->name);
		} else if (helper_group(&helpers, &view->haves.installed, have->name, &have->lacks,
					   err) < 0) {
			return -1;
		} else {
			have->present = have->lacks == NULL;
		}
	}
	return 0;
}

static int load_packages(struct view *view, struct app *app, enum view_packages packages,
		struct err *err) {
	if (packages == PACKAGES_NONE) {
		return 0;
	}
	if (haves_load(&view->haves, &view->registry, &app->facts, packages == PACKAGES_ALL,
			    &app->arena, err) < 0 ||
			ask_helpers(view, app, err) < 0) {
		return -1;
	}
	if (packages == PACKAGES_DECLARED && !view->haves.nowhere) {
		packages_plan(&view->plan, &view->haves, &app->arena);
	}
	return 0;
}

static int load(struct view *view, struct app *app, const struct view_opts *opts,
		struct err *err) {
	target_rules_init(&view->rules, &app->facts, &app->arena);
	if (!opts->without_registry && load_registry(view, app, opts, err) < 0) {
		return -1;
	}
	if (owned_load(&view->owned, app->facts.state, &app->arena, err) < 0) {
		return -1;
	}
	if (view->owned.damaged) {
		app_warn(app, "the ownership record in '%s' is damaged and is not used; links that "
			      "are right will be recognised, nothing is removed",
				app->facts.state);
	}
	if (opts->without_registry) {
		return 0;
	}
	places_join(&view->places, &view->wants, &view->owned, &app->arena);
	if (look(&view->places, &app->facts, &app->arena, err) < 0 ||
			(opts->resolve == RESOLVE_ADOPT && look_at_partners(view, app, err) < 0)) {
		return -1;
	}
	_cleanup_free_ char *home = xrealpath(app->facts.home);
	struct plan_input input = {
		.places = &view->places,
		.wants = &view->wants,
		.profile = app->facts.profile,
		.home = home != NULL ? home : app->facts.home,
		.resolve = opts->resolve,
	};
	if (opts->resolve != RESOLVE_NOT) {
		input.state_dev = peek_device(app->facts.state, &app->arena);
	}
	plan_build(&view->plan, &input, &app->arena);
	if (opts->resolve == RESOLVE_ADOPT) {
		/* What moves into the profile may need folders there. */
		reach_plan(&view->plan, app, false, &app->arena);
	}
	if (opts->themes != THEMES_NONE &&
			theming_plan(view, app, opts->themes == THEMES_PLAN, err) < 0) {
		return -1;
	}
	return load_packages(view, app, opts->packages, err);
}

int view_load(struct view *view, struct app *app, const struct view_opts *opts,
		struct err *err) {
	const struct view_opts plain = {0};
	*view = (struct view){0};
	if (load(view, app, opts != NULL ? opts : &plain, err) < 0) {
		view_release(view);
		return -1;
	}
	return 0;
}

void view_release(struct view *view) {
	plan_release(&view->plan);
	theme_release(&view->theme);
	haves_release(&view->haves);
	places_release(&view->places);
	wants_release(&view->wants);
	owned_release(&view->owned);
	registry_release(&view->registry);
}

static bool owned_is_current(const struct view *view, const struct app *app,
		struct arena *arena) {
	struct stat info;
	struct file_mark now = {0};
	if (stat(path_join(app->facts.state, "owned", arena), &info) == 0) {
		now = file_mark_of(&info);
	}
	return file_mark_eq(&now, &view->owned.mark);
}

bool view_is_current(const struct view *view, struct app *app) {
	struct arena scratch;
	arena_init(&scratch);
	bool current = owned_is_current(view, app, &scratch) &&
			registry_is_current(&view->registry) &&
			theme_is_current(&view->theme);
	if (current && view->wants.has_trees) {
		/* Trees are listed again: Git may have changed branches under us. */
		struct wants again;
		struct diags diags = {.arena = &scratch};
		wants_build(&again, &view->registry, &app->facts, &view->rules, &scratch, &diags);
		current = again.listing == view->wants.listing &&
				again.count == view->wants.count;
		wants_release(&again);
	}
	arena_release(&scratch);
	return current;
}

const char *view_note_interrupted(struct app *app) {
	struct err ignored = {0};
	int there = store_has_journal(&app->facts, &app->arena, &ignored);
	if (there < 0) {
		app_warn(app, "%s", ignored.text);
		err_release(&ignored);
	}
	if (there <= 0) {
		return NULL;
	}
	long writer = store_writer(&app->facts, &app->arena);
	if (writer > 0) {
		app_note(app, "another lumina is changing this machine just now (pid %ld)", writer);
		return NULL;
	}
	struct journal journal;
	enum record_state state;
	const char *command = "lumina";
	bool committed = false;
	if (store_read_journal(app->facts.state, &journal, &state, &app->arena, &ignored) == 0) {
		if (state == RECORD_GOOD) {
			command = journal.command;
			committed = store_is_committed(&app->facts, &journal, &app->arena);
			journal_release(&journal);
		}
	}
	err_release(&ignored);
	if (committed) {
		app_note(app, "'%s' was interrupted, or failed to clean up, after it was done; the next "
			      "'lumina sync' does the rest first", command);
	} else {
		app_note(app, "'%s' was interrupted; the next 'lumina sync' puts that right first",
				command);
	}
	return command;
}

const struct link_decl *view_find_decl(const struct view *view, const char *target) {
	for (size_t i = 0; i < view->registry.links.count; i++) {
		if (streq(view->registry.links.items[i].target, target)) {
			return &view->registry.links.items[i];
		}
	}
	return NULL;
}

const struct want *view_find_want(const struct view *view, const char *path) {
	for (size_t i = 0; i < view->wants.count; i++) {
		if (path_is_under(path, view->wants.items[i].path)) {
			return &view->wants.items[i];
		}
	}
	return NULL;
}
