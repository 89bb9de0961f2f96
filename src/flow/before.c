/* SPDX-License-Identifier: MIT */
#include "flow/before.h"

#include <stdlib.h>

#include "base/str.h"
#include "flow/env_state.h"
#include "flow/environ.h"

extern char **environ;

const char *before_path(struct arena *arena) {
	const char *record = getenv(ENVIRON_STATE), *path = getenv("PATH");
	struct env_state state;
	struct env_change change;
	if (path == NULL || record == NULL || !env_state_parse(&state, record, arena)) {
		return path;
	}
	environ_change(&change, (const char *const *)environ, NULL, state.shell, arena);
	for (size_t i = 0; i < change.nsteps; i++) {
		if (streq(change.steps[i].name, "PATH")) {
			return change.steps[i].value;
		}
	}
	return path;
}

void before_enter(struct arena *arena) {
	const char *path = before_path(arena);
	if (path == NULL || setenv("PATH", path, 1) < 0) {
		(void)unsetenv("PATH");
	}
}
