/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Other programs: argument vectors only, found on PATH, with the person's
 * umask and terminal.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct proc {
	const char *const *argv; /* NULL-terminated */
	mode_t umask;            /* the person's */
	struct buf *capture;     /* standard output, or NULL: it goes where ours goes */
	bool to_stderr;          /* standard output goes where our standard error goes */
	bool quiet;              /* standard error to /dev/null */
	bool no_input;           /* standard input from /dev/null: nobody is there to answer */
	bool privileged;         /* without the variables that load code into it */
	bool forward;            /* a SIGTERM or SIGHUP for us is handed on to it, once … */
	bool gently;             /* … SIGTERM as SIGINT: pacman then ends in good order */
	bool *interrupted;       /* set if Ctrl-C was pressed while it ran, however it ended; or NULL */
	const char *folder;      /* to run in, or NULL: ours */
	bool git;                /* without the variables that point Git elsewhere */
	const char *ceiling;     /* git: folder above which no repository is looked for, or NULL */
};

/*
 * Runs the program to its end. *ret_code is its exit code, or 128 + signal.
 * ERR_NO_PROGRAM where it isn't there. Ctrl-C is the program's while it runs; Ctrl-Z
 * stops both, as it stops every process in the foreground.
 */
int proc_run(const struct proc *proc, int *ret_code, struct err *err);

/* Becomes the program; returns only on failure. */
int proc_exec(const struct proc *proc, struct err *err);

/* True if a program of that name can be found on PATH. */
bool proc_exists(const char *name);

/*
 * Absolute path of a program: the first on PATH, whose empty and relative parts are passed
 * over; a name with a slash is taken as it is. NULL if there is none. "Trusted": one that
 * root owns and nobody else can write.
 */
const char *proc_find(const char *name, struct arena *arena);
const char *proc_find_trusted(const char *name, struct arena *arena);

/* An entry of the environment that points Git to another repository, or changes this one. */
bool proc_points_git(const char *entry);

/*
 * The parent of a process by proc_pid_stat(5), 0 where that is none of this PID namespace;
 * -1 if there is no such process.
 */
pid_t proc_parent(pid_t pid);
