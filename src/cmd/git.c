/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "sys/proc.h"

int cmd_git(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	(void)opts;
	const struct facts *facts = &app->facts;
	if (facts->profile_real == NULL) {
		(void)err_set(err, ERR_FAILED, "no profile: '%s' is not there", facts->profile);
		err_hint(err, "lumina init");
		return -1;
	}
	_cleanup_free_ const char **args = xcalloc((size_t)argc + 3, sizeof(*args));
	size_t count = 0;
	args[count++] = "git";
	args[count++] = "-C";
	args[count++] = facts->profile;
	for (int i = 1; i < argc; i++) {
		args[count++] = argv[i];
	}
	/* A profile that is no repository must not be taken for part of one around it. */
	const char *name = path_name(facts->profile_real);
	struct proc git = {
		.argv = args,
		.umask = facts->umask,
		.git = true,
		.ceiling = arena_strndup(&app->arena, facts->profile_real,
				(size_t)(name - facts->profile_real) - (name > facts->profile_real + 1)),
	};
	return proc_exec(&git, err);
}
