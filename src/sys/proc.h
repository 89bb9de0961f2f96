/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Other programs: argument vectors only, found on PATH, with the person's
 * umask and terminal.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

struct proc {
	const char *const *argv; /* NULL-terminated */
	mode_t umask;            /* the person's */
	struct buf *capture;     /* standard output, or NULL: it goes where ours goes */
	bool quiet;              /* standard error to /dev/null */
	bool git;                /* without the variables that point Git elsewhere */
	const char *ceiling;     /* git: folder above which no repository is looked for, or NULL */
};

/*
 * Runs the program to its end. *ret_code is its exit code, or 128 + signal.
 * ERR_NO_PROGRAM where it isn't there. Ctrl-C is the program's while it runs.
 */
int proc_run(const struct proc *proc, int *ret_code, struct err *err);

/* Becomes the program; returns only on failure. */
int proc_exec(const struct proc *proc, struct err *err);

/* True if a program of that name can be found on PATH. */
bool proc_exists(const char *name);
