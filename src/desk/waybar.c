/* SPDX-License-Identifier: MIT */
#include "desk/waybar.h"

#include <signal.h>
#include <string.h>

#include "base/str.h"
#include "desk/running.h"

/* --- what shows ---------------------------------------------------------------------------- */

static bool has(const char *const *list, const char *word) {
	for (; list != NULL && *list != NULL; list++) {
		if (streq(*list, word)) {
			return true;
		}
	}
	return false;
}

bool waybar_shows(const char *module, const struct workspace *workspace,
		const struct missions *missions) {
	if (workspace != NULL && has(workspace->hide, module)) {
		return false;
	}
	if (workspace != NULL && has(workspace->show, module)) {
		return true;
	}
	for (size_t i = 0; i < missions->count; i++) {
		if (has(missions->items[i].show, module)) {
			return false;
		}
	}
	return true;
}

const struct workspace *waybar_shown(const struct desk *desk, const char *output) {
	const struct workspace *found = NULL;
	for (size_t i = 0; i < desk->count; i++) {
		const struct workspace *one = &desk->items[i];
		bool there = one->output != NULL && !one->hidden &&
				(output == NULL || streq(one->output, output));
		if (there && (found == NULL || one->asked > found->asked)) {
			found = one;
		}
	}
	return found;
}

bool waybar_is_wanted(const struct missions *missions) {
	for (size_t i = 0; i < missions->count; i++) {
		if (missions->items[i].show != NULL || missions->items[i].hide != NULL) {
			return true;
		}
	}
	return false;
}

/* --- telling ------------------------------------------------------------------------------- */

size_t waybar_tell(const struct facts *facts, struct arena *arena) {
	static const char *const names[] = {"waybar", NULL};
	struct runnings all;
	size_t count = 0;
	running_find(&all, names, facts, arena);
	for (size_t i = 0; i < all.count; i++) {
		count += running_tell(&all.items[i], SIGRTMIN + WAYBAR_SIGNAL, arena) == RUNNING_TOLD;
	}
	running_release(&all);
	return count;
}
