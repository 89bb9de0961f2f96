/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <stdlib.h>

#include "base/typo.h"
#include "sys/proc.h"

/* man(1) finds pages by MANPATH and beside PATH; an uninstalled build has none. */
static bool has_page(const struct app *app, const char *page) {
	const char *const argv[] = {"man", "-w", "1", page, NULL};
	struct buf ignored _cleanup_buf_ = BUF_INIT;
	struct proc man = {.argv = argv, .umask = app->facts.umask, .capture = &ignored,
			.quiet = true};
	struct err err = {0};
	int code = 1;
	int result = proc_run(&man, &code, &err);
	err_release(&err);
	return result == 0 && code == 0;
}

int cmd_help(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	(void)opts;
	if (argc > 2) {
		return err_set(err, ERR_USAGE, "'lumina help' takes one command");
	}
	if (argc < 2) {
		commands_overview(app->paint, &app->out);
		return 0;
	}
	const struct command *command = command_find(argv[1]);
	if (command == NULL) {
		const char *nearest = typo_nearest(str_of(argv[1]), command_names());
		return err_set(err, ERR_USAGE, "'%s' is not a lumina command%s%s%s", argv[1],
				nearest != NULL ? "; did you mean '" : "",
				nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
	}
	const char *page = arena_printf(&app->arena, "lumina-%s", command->name);
	if (has_page(app, page)) {
		const char *const man[] = {"man", "1", page, NULL};
		return proc_exec(&(struct proc){.argv = man, .umask = app->facts.umask}, err);
	}
	command_usage(command, &app->out);
	return 0;
}
