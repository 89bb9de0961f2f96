/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The profile's Git repository, by the person's own git: one step a call, with what goes
 * in and out in memory. Variables like GIT_DIR are taken out of the environment. Hold the
 * signals (sys/signals.h) around a row of steps.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "sys/child.h"
#include "sys/facts.h"

struct repo {
	const char *profile;
	const char *git_dir;
	/* By repo_look(): the commit that it is at, and its tree; NULL: there is none yet. */
	const char *head, *head_tree;
	mode_t umask;
	struct arena *arena;
};

/* What a step needs beside its arguments; all of it may be left out. */
struct repo_step {
	const char *index;      /* another index file */
	bool literal;           /* paths in the arguments and the input are no patterns */
	const char *input;
	size_t input_size;
	struct buf *output, *errors;
	int timeout_ms;
	bool apart;
	const char *const *env; /* at most REPO_ENV_MAX more */
};

enum { REPO_ENV_MAX = 8 };

/*
 * Opens the repository whose top is the profile. 1; 0 where the profile is none; -1 with
 * err (ERR_NO_PROGRAM without git).
 */
int repo_open(struct repo *repo, const struct facts *facts, struct arena *arena,
		struct err *err);

/* Where it is now. */
int repo_look(struct repo *repo, struct err *err);

/* "git -C PROFILE ARGS…", NULL-terminated. See child_run(). */
int repo_git(const struct repo *repo, const char *const args[], const struct repo_step *step,
		struct child_result *ret, struct err *err);

/*
 * The same for a step that must succeed: its first line, in the arena, "" for none. NULL if
 * it failed; with err only if `needed` ("git read-tree: …").
 */
const char *repo_ask(const struct repo *repo, const char *const args[],
		const struct repo_step *step, bool needed, struct err *err);

/* "a merge", "a rebase", …: what is in progress; NULL if nothing is. */
const char *repo_in_progress(const struct repo *repo);

/* What Git said, for people: its last line that isn't a hint, without "fatal: ". */
const char *repo_complaint(const struct buf *errors, struct arena *arena);

/*
 * Variables for a step that goes to the network and must not ask anybody: no prompt on the
 * terminal and no window. NULL-terminated, in the arena.
 */
const char *const *repo_unattended(const struct repo *repo);
