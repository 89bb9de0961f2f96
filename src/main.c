/* SPDX-License-Identifier: MIT */

/*
 * lumina: one profile, one registry, one machine that matches it.
 *
 * Where to find what; data flows downwards, and a folder includes only those
 * above it (tests/lint/layers.sh):
 *
 *   base/    memory, strings, errors, options, JSON: knows nothing of Lumina
 *   text/    YAML → nodes with byte spans (the only user of libfyaml, loaded on first use)
 *   sys/     files, folders, links, processes, signals, the lock; facts of the machine
 *   theme/   schemes → values; templates and values → text (Mustache); pure
 *   reg/     lumina.yaml and its includes → struct registry; edit*: splices into them
 *   state/   want (desired) × owned (record) × look (observed) → places; peek: single paths;
 *            pacman, installed, pacman_log, flatpaks: packages, no child process;
 *            theme: the registry's theme, read and rendered; theme_find, theme_place
 *   plan/    places → operations and conflicts (build, clash); generations → the way
 *            back or forward (back, back_plan); packages, needs, prune; pure
 *   exec/    preflight → journal → act → commit; restore, recovery; history and backups.
 *            Kinds of operation: links and folders in act, others behind part.h.
 *            stage: rendered themes. helper: pacman, paru, flatpak; pending: what isn't recorded yet.
 *            Git: repo (one step), commit (exactly our changes), known, index_lock
 *   report/  plan, outcome and history as text or JSON
 *   flow/    what a folder wants of its shell. visit puts it together: index (compiled
 *            missions), detect (markers → project), project (.lumina.yaml), trust (the
 *            gate), environ (steps), nix; shell writes the answer
 *   desk/    the desktop follows the flow: follow (the child behind it), hyprland, waybar;
 *            desk (the file of what each workspace has now). And the theme: reload*, running
 *   cmd/     one file a command; table.c lists them all; change.c is the way that
 *            those take which change something, coordinate.c that of packages in it
 *
 * This file: global options, dispatch, error → exit code.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/typo.h"
#include "cmd/cmd.h"

#ifndef LUMINA_VERSION
#define LUMINA_VERSION "unknown"
#endif

enum { COLOUR_ALWAYS = 1, COLOUR_NEVER = 2 };

static bool is_set(const char *variable) {
	const char *value = getenv(variable);
	return value != NULL && value[0] != '\0';
}

/* no-color.org, and bixense.com/clicolors for CLICOLOR_FORCE. */
static const struct paint *choose_paint(int choice, int fd) {
	if (choice == COLOUR_ALWAYS) {
		return &paint_ansi;
	}
	if (choice == COLOUR_NEVER || is_set("NO_COLOR")) {
		return &paint_none;
	}
	const char *force = getenv("CLICOLOR_FORCE");
	if (force != NULL && force[0] != '\0' && !streq(force, "0")) {
		return &paint_ansi;
	}
	const char *term = getenv("TERM");
	bool dumb = term == NULL || streq(term, "dumb");
	return isatty(fd) && !dumb ? &paint_ansi : &paint_none;
}

static const char *join_words(struct arena *arena, int argc, char **argv) {
	struct buf line _cleanup_buf_ = BUF_INIT;
	buf_adds(&line, "lumina");
	for (int i = 1; i < argc; i++) {
		buf_addf(&line, " %s", argv[i]);
	}
	return arena_strndup(arena, line.data, line.len);
}

static void print_error(const struct app *app, const struct err *err) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	const struct paint *paint = app->paint_err;
	if (err->kind == ERR_NONE || err->kind == ERR_REPORTED) {
		return;
	}
	buf_addf(&text, "%serror:%s ", paint->red, paint->off);
	buf_add_shown(&text, err->text, strlen(err->text));
	buf_addc(&text, '\n');
	if (err->hint != NULL) {
		buf_addf(&text, "%shint:%s ", paint->cyan, paint->off);
		buf_add_shown(&text, err->hint, strlen(err->hint));
		buf_addc(&text, '\n');
	}
	app_stderr(&text);
}

static int run_command(struct app *app, const struct command *command, int argc, char **argv,
		struct err *err) {
	_cleanup_free_ void *opts = xcalloc(1, command->opts_size);
	opt_defaults(command->opts, opts);
	if ((command->flags & CMD_RAW) == 0 &&
			opt_parse(command->opts, opts, global_opts, &app->global, false, &argc, argv,
					err) < 0) {
		err_hint(err, "lumina %s --help", command->name);
		return -1;
	}
	app->paint = choose_paint(app->global.color, STDOUT_FILENO);
	app->paint_err = choose_paint(app->global.color, STDERR_FILENO);
	if (app->global.help) {
		command_usage(command, &app->out);
		return 0;
	}
	if (app->global.version) {
		buf_adds(&app->out, "lumina " LUMINA_VERSION "\n");
		return 0;
	}
	if (app->global.json && (command->flags & CMD_JSON) == 0) {
		return err_set(err, ERR_USAGE, "'lumina %s' has no JSON form", command->name);
	}
	if ((command->flags & CMD_FACTS) != 0 &&
			facts_load(&app->facts, &app->arena, err) < 0) {
		return -1;
	}
	return command->run(app, opts, argc, argv, err);
}

static int dispatch(struct app *app, int argc, char **argv, struct err *err) {
	/* Set-user-ID would mean acting on one person's profile with another's rights. */
	if (getauxval(AT_SECURE) != 0) {
		return err_set(err, ERR_FAILED, "lumina does not run set-user-ID or with file "
						"capabilities");
	}
	if (opt_parse(NULL, NULL, global_opts, &app->global, true, &argc, argv, err) < 0) {
		err_hint(err, "lumina --help");
		return -1;
	}
	app->paint = choose_paint(app->global.color, STDOUT_FILENO);
	app->paint_err = choose_paint(app->global.color, STDERR_FILENO);
	if (app->global.version) {
		buf_adds(&app->out, "lumina " LUMINA_VERSION "\n");
		return 0;
	}
	if (argc < 2) {
		if (app->global.help) {
			commands_overview(app->paint, &app->out);
			return 0;
		}
		struct buf text _cleanup_buf_ = BUF_INIT;
		commands_overview(app->paint_err, &text);
		app_stderr(&text);
		return err_exit(err, 2);
	}
	const struct command *command = command_find(argv[1]);
	if (command == NULL) {
		const char *nearest = typo_nearest(str_of(argv[1]), command_names());
		if (nearest != NULL) {
			(void)err_set(err, ERR_USAGE, "'%s' is not a lumina command; did you mean "
						      "'%s'?", argv[1], nearest);
		} else {
			(void)err_set(err, ERR_USAGE, "'%s' is not a lumina command", argv[1]);
		}
		err_hint(err, "lumina help");
		return -1;
	}
	return run_command(app, command, argc - 1, argv + 1, err);
}

int main(int argc, char **argv) {
	static char no_name[] = "lumina", *no_argv[] = {no_name, NULL};
	struct app app = {.global.color = -1, .out = BUF_INIT, .paint = &paint_none,
			.paint_err = &paint_none};
	struct err err = {0};
	if (argc < 1) { /* execve(2) allows it */
		argc = 1;
		argv = no_argv;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL); /* ignored by the caller, it would lose us exit codes */
	/* Every file made here is given its mode explicitly; folders in the home follow the
	 * person's umask. */
	app.facts.umask = umask(0);
	arena_init(&app.arena);
	app.command_line = join_words(&app.arena, argc, argv);
	int result = dispatch(&app, argc, argv, &err);
	struct err unwritten = {0};
	if (app_flush(&app, &unwritten) < 0 && result == 0) {
		err = unwritten;
		unwritten = (struct err){0};
	}
	print_error(&app, &err);
	int code = err_exit_code(&err);
	err_release(&unwritten);
	err_release(&err);
	buf_release(&app.out);
	arena_release(&app.arena);
	return code;
}
