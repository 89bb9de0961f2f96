/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>

#include "base/path.h"
#include "cmd/doctor.h"
#include "cmd/hook.h"
#include "sys/file.h"

enum { FILE_SIZE_MAX = 16 * 1024 * 1024 };

/*
 * The hook's function `lumina` tells us: $LUMINA_HOOK is "SHELL:PID" of the shell that has it. Its
 * children inherit that if we start them: it must be the one that has called us.
 */
static const struct hook_shell *loaded_in(struct arena *arena) {
	const char *told = getenv("LUMINA_HOOK");
	const char *colon = told != NULL ? strchr(told, ':') : NULL;
	if (colon == NULL || !streq(colon + 1, arena_printf(arena, "%ld", (long)getppid()))) {
		return NULL;
	}
	return hook_shell_find(arena_strndup(arena, told, (size_t)(colon - told)));
}

void doctor_check_hook(struct doctor *doctor) {
	struct arena *arena = &doctor->app->arena;
	const struct hook_shell *loaded = loaded_in(arena);
	const struct hook_shell *shell = loaded != NULL ? loaded : hook_shell_of_person();
	if (shell == NULL) {
		return; /* none of those that have one */
	}
	const char *install = arena_printf(arena, "lumina hook --install %s", shell->name);
	const char *file = hook_file(shell, &doctor->app->facts, arena);
	char *text = NULL;
	size_t size = 0;
	struct file_mark mark;
	int read = file_read(AT_FDCWD, file, FILE_SIZE_MAX, arena, &text, &size, &mark);
	if (read < 0 && errno != ENOENT) {
		doctor_find(doctor, HEALTH_WARNING, "hook",
				arena_printf(arena, "'%s': %s", file, strerror(errno)), NULL);
		return;
	}
	bool there = read == 0 && hook_is_in(shell, text, size);
	if (loaded != NULL) {
		doctor_find(doctor, HEALTH_GOOD, "hook",
				arena_printf(arena, "loaded in this %s%s", shell->name,
						there ? "" : ", though not by its line in the "
							     "configuration"), NULL);
	} else if (there) {
		doctor_find(doctor, HEALTH_GOOD, "hook",
				arena_printf(arena, "in '%s'; not seen in the shell that called", file), NULL);
	} else {
		doctor_find(doctor, HEALTH_WARNING, "hook",
				arena_printf(arena, "not in '%s': %s doesn't follow projects", file,
						shell->name), install);
	}
}
