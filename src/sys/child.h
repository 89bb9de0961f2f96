/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Programs that do one step for us: input and output in memory, and not for ever; or
 * one that a person runs through us, with the terminal its own. For everything else
 * see sys/proc.h.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

struct child {
	const char *const *argv; /* NULL-terminated; found on PATH */
	const char *const *env;  /* "NAME=VALUE", NULL-terminated: added, or in place of; or NULL */
	mode_t umask;            /* the person's */
	bool git;                /* without the variables that point Git elsewhere */
	/* Only for child_run(): */
	const char *input;       /* standard input; NULL: nothing is there to be read */
	size_t input_size;
	struct buf *output;      /* standard output is added to it; NULL: it goes nowhere */
	struct buf *errors;      /* standard error likewise; may be the same as `output` */
	int timeout_ms;          /* 0: however long it takes */
	bool apart;              /* in a session without a terminal: it can't ask anybody */
	bool abrupt;             /* late, it is killed without being asked to end first */
};

enum child_end {
	CHILD_EXITED,
	CHILD_SIGNALLED,   /* by a signal that wasn't ours */
	CHILD_LATE,        /* its time was over: it was killed, with all that it had started */
	CHILD_INTERRUPTED, /* a signal for us came meanwhile (signals_pending()): likewise */
};

struct child_result {
	enum child_end end;
	int code; /* exit code, or the signal's number */
};

/*
 * Runs it to its end. -1 with err only if it could not be run: ERR_NO_PROGRAM where it
 * isn't there. Nobody waits for what it leaves running, even if that holds its output.
 * Signals must be held (sys/signals.h), or a Ctrl-C ends us too.
 */
int child_run(const struct child *child, struct child_result *ret, struct err *err);

/*
 * Runs it on our terminal, with our input and output, as if it ran in our place: Ctrl-C
 * and Ctrl-\ are its own, a SIGTERM or SIGHUP for us alone is handed on, Ctrl-Z stops both.
 */
int child_attend(const struct child *child, struct child_result *ret, struct err *err);

/* Ends this process as the child was ended: by the same signal, without a core of our own. */
_Noreturn void child_die_alike(int number);
