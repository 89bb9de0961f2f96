/* SPDX-License-Identifier: MIT */
#include "cmd/theming.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "exec/history.h"
#include "exec/stage.h"
#include "state/peek.h"
#include "state/theme_place.h"

/* The link that all targets lead through, as operations spell it. */
static const char *current_path(const struct app *app, struct arena *arena) {
	const char *path = theme_place_current(&app->facts, arena);
	/* Of what isn't made yet, as far as there is something. */
	for (const char *end = strrchr(path, '/'); end != NULL && end > path;
			end = memrchr(path, '/', (size_t)(end - path))) {
		const char *above = arena_strndup(arena, path, (size_t)(end - path));
		_cleanup_free_ char *real = xrealpath(above);
		if (real != NULL) {
			return peek_name(path_join(arena_strdup(arena, real), end + 1, arena),
					&app->facts, arena);
		}
	}
	return path;
}

static struct stage_file *stage_files(const struct theme *theme, struct arena *arena) {
	struct stage_file *files = arena_zalloc(arena, (theme->files.count + 1) * sizeof(*files));
	for (size_t i = 0; i < theme->files.count; i++) {
		const struct theme_file *file = &theme->files.items[i];
		files[i] = (struct stage_file){file->name, file->bytes, file->size, file->is_link};
	}
	return files;
}

/* The one that is shown, if it is what it should be; else the first that is whole, or isn't there yet. */
static const char *choose_folder(const struct theme *theme, const char *shown, struct app *app) {
	struct arena *arena = &app->arena;
	const char *place = theme_place_folder(&app->facts, arena), *folder = theme->folder;
	const struct stage_file *files = stage_files(theme, arena);
	size_t count = theme->files.count;
	if (shown != NULL && theme_place_is_copy(shown, folder) &&
			stage_look(place, shown, files, count) == STAGE_WHOLE) {
		return shown;
	}
	/* Not the one that is shown: to show it again would be no change. */
	for (unsigned n = 1; n < THEME_PLACE_COPIES && (str_same(folder, shown) ||
			stage_look(place, folder, files, count) == STAGE_DAMAGED); n++) {
		folder = theme_place_copy(theme->name, theme->hash, n, arena);
	}
	return folder;
}

static void plan_switch(struct view *view, struct app *app) {
	struct arena *arena = &app->arena;
	const char *folder = NULL;
	const char *path = current_path(app, arena);
	struct stamp seen;
	peek(path, &app->facts, arena, &seen);
	if (view->theme.folder != NULL) {
		folder = choose_folder(&view->theme, seen.kind == STAMP_LINK ? seen.text : NULL, app);
		view->theme.folder = folder;
	}
	bool shown = seen.kind == STAMP_LINK && folder != NULL && streq(seen.text, folder);
	if (shown || (folder == NULL && seen.kind != STAMP_LINK)) {
		return;
	}
	const char *from = folder != NULL ? span_describe(view->registry.theme.at, arena) : NULL;
	if (seen.kind != STAMP_LINK && seen.kind != STAMP_ABSENT) {
		plan_add_conflict(&view->plan, (struct conflict){
			.kind = CONFLICT_FOREIGN,
			.path = path,
			.target = path,
			.what = stamp_describe(&seen, arena),
			.hint = "move it away: this is Lumina's own place",
			.from = from,
		});
		return;
	}
	/* First: links to what is in a theme shall never lead nowhere. And last, if it goes. */
	VEC_ADD(&view->plan.ops, (struct op){
		.kind = folder != NULL ? OP_LINK : OP_UNLINK,
		.why = WHY_THEMED,
		.phase = folder != NULL ? PHASE_FIRST : PHASE_LAST,
		.theirs = true,
		.source_known = true,
		.path = path,
		.text = folder,
		.expect = expect_of(&seen),
		.from = from,
	});
	plan_sort(&view->plan);
}

int theming_plan(struct view *view, struct app *app, bool strict, struct err *err) {
	struct diags diags = {.arena = &app->arena};
	if (view->registry.theme.active == NULL) {
		plan_switch(view, app);
		return 0;
	}
	if (theme_make(&view->theme, &view->registry, &app->facts, &app->arena, &diags, err) < 0) {
		struct buf text _cleanup_buf_ = BUF_INIT;
		if (strict) {
			diags_render(&diags, app->paint_err, &text);
			app_stderr(&text);
			return -1;
		}
		view->unthemed = theme_problem(&diags, err, &app->arena);
		err_release(err);
		return 0;
	}
	plan_switch(view, app);
	return 0;
}

static const struct op *switch_of(const struct plan *plan) {
	for (size_t i = 0; i < plan->ops.count; i++) {
		if (op_switches_theme(&plan->ops.items[i])) {
			return &plan->ops.items[i];
		}
	}
	return NULL;
}

int theming_stage(const struct view *view, const struct store *store, struct arena *arena,
		struct err *err) {
	const struct theme *theme = &view->theme;
	const struct op *op = switch_of(&view->plan);
	const char *shown = op != NULL && op->kind == OP_LINK ? op->text : NULL;
	if (shown == NULL || (!str_same(shown, theme->folder) && stage_has(store, shown))) {
		return 0;
	}
	if (!str_same(shown, theme->folder)) {
		struct str name = theme_place_name(shown);
		if (name.n == 0) {
			return 0; /* somebody's link, which undo puts back */
		}
		(void)err_set(err, ERR_FAILED, "what was rendered of the theme '%.*s' is not there any more; "
					       "nothing was changed", (int)name.n, name.p);
		err_hint(err, "lumina theme set %.*s", (int)name.n, name.p);
		return -1;
	}
	return stage_write(store, theme->folder, stage_files(theme, arena), theme->files.count, err);
}

/* --- what is not needed any more ----------------------------------------------------------- */

struct kept {
	const char **items;
	size_t count, room;
};

/* Both sides of every switch that a generation made: undo goes there and back. */
static void keep_known(struct kept *kept, const struct history *history) {
	for (size_t i = 0; i < history->count; i++) {
		const struct journal *journal = &history->items[i];
		for (size_t j = 0; j < journal->ops.count; j++) {
			const struct op *op = &journal->ops.items[j];
			if (op->why == WHY_THEMED && op->text != NULL) {
				VEC_ADD(kept, op->text);
			}
			if (op->why == WHY_THEMED && op->expect.text != NULL) {
				VEC_ADD(kept, op->expect.text);
			}
		}
	}
}

void theming_sweep(const struct view *view, struct app *app, const struct store *store, bool shown) {
	struct history history;
	struct kept kept = {0};
	struct err ignored = {0};
	const struct op *op = switch_of(&view->plan);
	if (op == NULL || (!shown && store_has_journal(&app->facts, &app->arena, &ignored) != 0)) {
		err_release(&ignored);
		return;
	}
	if (history_load(&history, app->facts.state, &app->arena, &ignored) < 0) {
		err_release(&ignored); /* the next switch tries again */
		return;
	}
	if (shown && op->text != NULL) {
		VEC_ADD(&kept, op->text);
	}
	/* Programs may still read in the one of before. */
	if (op->expect.text != NULL) {
		VEC_ADD(&kept, op->expect.text);
	}
	keep_known(&kept, &history);
	stage_sweep(store, kept.items, kept.count, &app->arena);
	VEC_RELEASE(&kept);
	history_release(&history);
}

/* --- apart from the rest ------------------------------------------------------------------- */

static bool leads_there(const char *text, const char *current) {
	return text != NULL && path_is_under(text, current);
}

static bool is_themes(const struct op *op, const char *current) {
	return op->why == WHY_THEMED || leads_there(op->text, current) ||
			leads_there(op->expect.text, current) || leads_there(op->before, current);
}

/* A folder is made for what comes into it. */
static bool is_needed(const struct plan *plan, size_t at, const char *current, bool rendered) {
	const struct op *folder = &plan->ops.items[at];
	for (size_t i = at + 1; i < plan->ops.count; i++) {
		const struct op *op = &plan->ops.items[i];
		if (!path_is_under(op->path, folder->path)) {
			return false;
		}
		if (op->kind != OP_FOLDER && is_themes(op, current) == rendered) {
			return true;
		}
	}
	return false;
}

void theming_keep(struct view *view, struct app *app, bool rendered) {
	struct plan *plan = &view->plan;
	const char *current = theme_place_current(&app->facts, &app->arena);
	size_t kept = 0;
	for (size_t i = 0; i < plan->ops.count; i++) {
		const struct op *op = &plan->ops.items[i];
		bool keep = op->kind == OP_FOLDER ? is_needed(plan, i, current, rendered)
				: op->kind == OP_RMDIR ? !rendered
						       : is_themes(op, current) == rendered;
		if (keep) {
			plan->ops.items[kept++] = *op;
		}
	}
	plan->ops.count = kept;
	plan->removals = rendered ? 0 : plan->removals;
	kept = 0;
	for (size_t i = 0; i < plan->conflicts.count; i++) {
		const struct conflict *conflict = &plan->conflicts.items[i];
		const struct want *want = view_find_want(view, conflict->target);
		if (want == NULL || (want->text != NULL) == rendered) {
			plan->conflicts.items[kept++] = *conflict;
		}
	}
	plan->conflicts.count = kept;
}
