/* SPDX-License-Identifier: MIT */
#include "cmd/package_status.h"

#include "base/mem.h"
#include "base/vec.h"
#include "exec/pending.h"
#include "state/pacman_log.h"

static bool is_explained_by_log(const struct package_drift *drift) {
	const char *bare;
	return (drift->state == DRIFT_PACKAGE_MISSING &&
			       package_split(drift->name, &bare) != FROM_FLATPAK) ||
			drift->state == DRIFT_PACKAGE_UNRECORDED;
}

/* When, and by which command: of what is missing, and of what came outside of Lumina. */
static void explain(struct package_drifts *drifts, const struct pacman *pacman,
		struct arena *arena) {
	struct log_event *events = xcalloc(drifts->count + 1, sizeof(*events));
	size_t count = 0;
	for (size_t i = 0; i < drifts->count; i++) {
		if (is_explained_by_log(&drifts->items[i])) {
			(void)package_split(drifts->items[i].name, &events[count++].name);
		}
	}
	if (count > 0) {
		pacman_log_find(pacman->log, events, count, arena);
	}
	count = 0;
	for (size_t i = 0; i < drifts->count; i++) {
		struct package_drift *drift = &drifts->items[i];
		if (!is_explained_by_log(drift)) {
			continue;
		}
		const struct log_event *event = &events[count++];
		bool removed = drift->state == DRIFT_PACKAGE_MISSING;
		if (event->change == (removed ? LOG_REMOVED : LOG_INSTALLED)) {
			drift->removed = removed;
			drift->command = event->command;
			drift->time = event->time;
		}
	}
	free(events);
}

static int add_pending(struct package_drifts *drifts, struct app *app, struct err *err) {
	struct pendings pendings;
	if (!pendings_exist(&app->facts, &app->arena)) {
		return 0;
	}
	if (pendings_load(&pendings, &app->facts, false, &app->arena, err) < 0) {
		return -1;
	}
	struct package_drifts all = {.managed = drifts->managed};
	for (size_t i = 0; i < pendings.count; i++) {
		for (size_t j = 0; j < pendings.items[i].asked.count; j++) {
			VEC_ADD(&all, (struct package_drift){
				.state = DRIFT_PACKAGE_PENDING,
				.name = pendings.items[i].asked.items[j].asked,
				.command = pendings.items[i].command,
				.time = pendings.items[i].time,
				.removed = pendings.items[i].action == PACKAGE_REMOVE,
			});
		}
	}
	for (size_t i = 0; i < drifts->count; i++) {
		VEC_ADD(&all, drifts->items[i]);
	}
	package_drifts_release(drifts);
	*drifts = all;
	pendings_release(&pendings);
	return 0;
}

int package_status_load(struct package_drifts *drifts, const struct view *view, struct app *app,
		struct err *err) {
	*drifts = (struct package_drifts){0};
	if (!view->haves.nowhere) {
		package_drifts_build(drifts, &view->haves, &view->registry, &app->arena);
		explain(drifts, &view->haves.pacman, &app->arena);
	}
	if (add_pending(drifts, app, err) < 0) {
		package_drifts_release(drifts);
		return -1;
	}
	return 0;
}
