/* SPDX-License-Identifier: MIT */
#pragma once

/* What every command gets, and the table of all commands. */

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/opt.h"
#include "base/paint.h"
#include "sys/facts.h"

struct global_opts {
	bool help, version, verbose, quiet, json;
	int color; /* index into auto, always, never; -1: not given */
};

struct app {
	struct arena arena;
	struct facts facts;
	struct global_opts global;
	const struct paint *paint;     /* for standard output */
	const struct paint *paint_err; /* for standard error */
	struct buf out;                /* standard output, written by app_flush() */
	const char *command_line;      /* "lumina sync -n", for history */
};

enum {
	CMD_FACTS = 1 << 0, /* needs home and profile */
	CMD_RAW = 1 << 1,   /* everything behind the name belongs to another program */
	CMD_JSON = 1 << 2,  /* has a JSON form */
};

struct command {
	const char *name;
	const char *alias;     /* or NULL */
	const char *usage;     /* behind the name */
	const char *summary;
	const struct opt *opts; /* or NULL */
	size_t opts_size;       /* of the struct that they fill */
	unsigned flags;
	/* argv[0] is the command's name; 0, or -1 with err. */
	int (*run)(struct app *app, const void *opts, int argc, char **argv, struct err *err);
};

extern const struct command commands[]; /* sorted; ends with a NULL name */
extern const struct opt global_opts[];

const struct command *command_find(const char *name);
/* NULL-terminated names and aliases, for "did you mean". */
const char *const *command_names(void);
void command_usage(const struct command *command, struct buf *out);
void commands_overview(const struct paint *paint, struct buf *out);

/* Writes what is in app->out. */
int app_flush(struct app *app, struct err *err);
/* "lumina: …" on standard error, made safe; silent with --quiet. */
void app_note(const struct app *app, const char *format, ...)
		__attribute__((format(printf, 2, 3)));
/* "warning: …" on standard error. */
void app_warn(const struct app *app, const char *format, ...)
		__attribute__((format(printf, 2, 3)));
/* "hint: …" on standard error: a command that helps. */
void app_hint(const struct app *app, const char *format, ...)
		__attribute__((format(printf, 2, 3)));
/* Writes to standard error as it is. */
void app_stderr(const struct buf *text);

/*
 * A target named on the command line: "~/x", "$HOME/x", an absolute path below
 * home or one relative to the present folder → home path.
 */
int app_target(const struct app *app, const char *argument, struct arena *arena,
		const char **ret, struct err *err);

/* The same for several, each once. The array on the heap. */
struct targets {
	const char **items;
	size_t count, room;
};
int app_targets(struct app *app, int argc, char **argv, struct targets *ret,
		struct err *err);
void targets_release(struct targets *targets);

int cmd_absorb(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_add(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_allow(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_alpm_hook(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_bar(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_capture(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_completion(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_deny(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_diff(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_doctor(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_eject(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_flow(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_forget(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_git(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_help(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_history(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_hook(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_ignore(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_init(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_install(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_mission(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_pacman(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_paru(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_prune(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_remove(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_rollback(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_status(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_sync(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_theme(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_undo(struct app *app, const void *opts, int argc, char **argv, struct err *err);
int cmd_why(struct app *app, const void *opts, int argc, char **argv, struct err *err);

struct init_opts {
	const char *branch;
	bool sync, take_profile, keep_local, yes;
};

struct absorb_opts {
	bool dry_run;
	int take; /* index into profile, local, merge; -1: not given */
};

struct add_opts {
	const char *as;
	bool tree, force, dry_run;
};

struct allow_opts {
	bool yes, list, revoke;
};

struct bar_opts {
	bool tell;
	char **args; /* the person's own command, for what shows */
};

struct flow_opts {
	const char *dir, *shell;
	bool slow, off;
};

struct forget_opts {
	bool delete, dry_run;
};

struct history_opts {
	bool purge, yes;
};

struct hook_opts {
	bool install, dry_run;
};

struct install_opts {
	const char *group;
	bool host, yes, dry_run;
	char **args; /* of the helper */
};

struct capture_opts {
	const char *group;
	bool host, yes, dry_run;
};

struct ignore_opts {
	bool dry_run;
};

struct mission_opts {
	bool explain;
};

struct prune_opts {
	bool force, yes, dry_run;
};

struct remove_opts {
	bool yes, dry_run;
	char **args;
};

struct status_opts {
	bool exit_code;
};

struct theme_opts {
	const char *as;
	bool light, dark;
	bool set, host, backup, dry_run;
};

struct undo_opts { /* of rollback too */
	bool dry_run;
};

struct sync_opts {
	bool dry_run, yes, backup, adopt, pull;
	bool no_packages; /* they are only reported */
	bool prune; /* then, what the registry lacks goes */
	bool hush; /* behind 'lumina git': says nothing where there is nothing to do */
	int only; /* index into packages, symlinks, themes; -1: all */
};
