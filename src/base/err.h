/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One error, on its way up to main(), which prints it and turns its kind into
 * the exit code.
 *
 * Functions that can fail return 0 or -1 (or a pointer or NULL) and take a
 * `struct err *` last; it is untouched on success and complete on failure.
 * Nothing below cmd/ prints. Messages name what failed first, the subject in
 * single quotes, no capital, no full stop. They may hold raw bytes of paths:
 * the printer makes them safe (buf_add_shown).
 */

enum err_kind {
	ERR_NONE,
	ERR_FAILED,     /* 1: it could not be done */
	ERR_USAGE,      /* 2: wrong usage, or a registry that can't be read */
	ERR_REFUSED,    /* 3: needs a decision; nothing was changed */
	ERR_NO_PROGRAM, /* 127: a program that is needed isn't there */
	ERR_SIGNAL,     /* 128 + signal */
	ERR_REPORTED,   /* the exit code is in `code`; everything has been said already */
};

struct err {
	enum err_kind kind;
	int code;   /* ERR_SIGNAL: the signal; ERR_REPORTED: the exit code */
	int sys;    /* errno behind the message, or 0 */
	char *text; /* heap; NULL while there is no error */
	char *hint; /* heap; the one command that mends it, or NULL */
};

/* All of these return -1, so that `return err_set(...)` reads well. */
int err_set(struct err *err, enum err_kind kind, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
/* ERR_FAILED with ": " and the text of errno behind the message. */
int err_sys(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Ends the command with an exit code, without a further word. */
int err_exit(struct err *err, int code);

/* Adds the hint of an error that is already set. */
void err_hint(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts "context: " in front of the message. */
int err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

void err_release(struct err *err);
/* The exit code (interface, chapter 4). */
int err_exit_code(const struct err *err);
