/* SPDX-License-Identifier: MIT */
#include "cmd/reloading.h"

#include <limits.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"
#include "desk/reload.h"
#include "reg/load.h"
#include "state/theme_place.h"
#include "sys/signals.h"

bool reloading_is_due(const struct change *change) {
	const struct plan *plan = &change->view.plan;
	if (change->dry_run) {
		return false;
	}
	if (change->themed) {
		return true;
	}
	for (size_t i = 0; change->result == RESULT_DONE && i < plan->ops.count; i++) {
		if (op_switches_theme(&plan->ops.items[i])) {
			return true;
		}
	}
	return change->theme != NULL &&
			(change->result == RESULT_DONE || change->result == RESULT_NOTHING);
}

static bool is_light(const struct app *app, struct arena *arena) {
	const char *current = theme_place_current(&app->facts, arena);
	return access(path_join(current, THEME_PLACE_LIGHT, arena), F_OK) == 0;
}

/* "" if none is shown. */
static const char *shown_name(const struct app *app, struct arena *arena) {
	char text[NAME_MAX + 1];
	ssize_t n = readlink(theme_place_current(&app->facts, arena), text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	struct str name = theme_place_name(text);
	return arena_strndup(arena, name.p, name.n);
}

static void tell(struct tolds *ret, struct app *app, const struct registry *registry) {
	bool light = is_light(app, &app->arena);
	const char *const env[] = {
		arena_printf(&app->arena, "LUMINA_THEME=%s", shown_name(app, &app->arena)),
		light ? "LUMINA_VARIANT=light" : "LUMINA_VARIANT=dark", NULL};
	const struct reload wish = {
		.light = light,
		.commands = registry->theme.reload,
		.wallpaper = registry->theme.wallpaper.command,
		.env = env,
	};
	struct reload_lines lines;
	signals_hold();
	reload(&lines, &wish, &app->facts, &app->arena);
	signals_release();
	for (size_t i = 0; i < lines.count; i++) {
		const struct reload_line *line = &lines.items[i];
		VEC_ADD(ret, (struct told){
			.name = line->name,
			.state = reload_what_name(line->what),
			.detail = line->detail,
			.failed = line->what == RELOAD_FAILED || line->what == RELOAD_LATE,
			.absent = line->what == RELOAD_NOT_RUNNING,
		});
	}
	VEC_RELEASE(&lines);
}

void reloading_run(struct tolds *ret, const struct change *change) {
	struct app *app = change->app;
	*ret = (struct tolds){0};
	if (!change->without_registry) {
		tell(ret, app, &change->view.registry);
		return;
	}
	/* An undo: the registry is what it was before, by now. */
	struct diags diags = {.arena = &app->arena};
	struct err ignored = {0};
	struct target_rules rules;
	struct registry registry;
	target_rules_init(&rules, &app->facts, &app->arena);
	if (registry_load(&registry, &app->facts, &rules, &app->arena, &diags, &ignored) < 0) {
		err_release(&ignored);
		registry = (struct registry){0};
		tell(ret, app, &registry);
		return;
	}
	tell(ret, app, &registry);
	registry_release(&registry);
}
