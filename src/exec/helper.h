/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Helpers: the programs that install and remove packages, each with the person's own
 * terminal. pacman gets its rights from sudo, doas or run0; paru and yay ask for them
 * when they need them.
 *
 *   [sudo --] /usr/bin/pacman -S --needed [--noconfirm] ARGS -- NAME…
 *   paru -S --needed ARGS -- NAME…
 *   flatpak install [-y] ARGS -- ID…
 *
 * LUMINA_SUDO names another program for the rights, with arguments; empty: none.
 */

#include "base/arena.h"
#include "base/err.h"
#include "plan/plan.h"
#include "state/installed.h"
#include "state/pacman.h"
#include "sys/facts.h"

enum helper { HELPER_PACMAN, HELPER_AUR, HELPER_FLATPAK };

struct helpers {
	const struct pacman *pacman;
	const struct facts *facts;
	struct arena *arena;
	bool yes;       /* pacman and flatpak ask nothing; an AUR helper does still */
	bool to_stderr; /* standard output is for a document of ours */
};

struct helper_call {
	enum helper helper;
	const char *const *verb; /* "-S", "--needed": NULL-terminated */
	const char *const *args; /* the person's own, NULL-terminated; NULL: none */
	const char *const *names;
	size_t count;
};

/* The argument vector, in the arena. ERR_NO_PROGRAM, with a hint, where a program is missing. */
int helper_vector(const struct helpers *helpers, const struct helper_call *call,
		const char *const **ret, struct err *err);
/* Runs it to its end; *ret_code is its exit code, or 128 + signal. */
int helper_run(const struct helpers *helpers, const struct helper_call *call, int *ret_code,
		struct err *err);

/*
 * Asks pacman something that needs no rights: its output's lines, NULL-terminated, and
 * whether it said yes. `quietly`: nobody can answer a question of its, and its complaints
 * are not shown.
 */
int helper_ask(const struct helpers *helpers, const char *const *verb, const char *const *names,
		size_t count, const char *const **ret_lines, bool *ret_yes, struct err *err);

/*
 * The members of a group that aren't installed, NULL-terminated; NULL if all are, or pacman
 * has no such group (any more).
 */
int helper_group(const struct helpers *helpers, const struct installed *installed,
		const char *group, const char *const **ret_lacks, struct err *err);
/* flatpak says that it has this application or runtime, wherever it keeps it. */
bool helper_has_flatpak(const struct helpers *helpers, const char *id);

enum helper helper_for(enum package_from from);
/* "pacman", "paru": what carries out such a call here; NULL if nothing does. */
const char *helper_name(const struct helpers *helpers, enum helper helper);
