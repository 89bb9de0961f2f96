/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a mission does to a shell's environment: the environment as it is, what an
 * earlier answer did to it, and what is wanted now, become steps that the shell carries
 * out. Pure: nothing is read but the arguments.
 *
 * Entering sets; leaving puts back what was there before: unset, empty, or a value.
 * What an answer set is recorded in the variable __LUMINA_FLOW (flow/env_state.h), with
 * what was there before and a hash of what was set. A variable with another value than
 * that was changed by the person since: it stays as it is, when the project is left,
 * and when it is asked for again from inside. A variable that the registry wants
 * otherwise by now is set again. Another project's values always count as new.
 *
 * Of PATH only the entries put in front are Lumina's. Each is taken out once; others
 * that the person has added since, or that were there before, stay. An entry that the
 * person took out isn't put back.
 *
 * Another shell than the one in the record (a nested one, a terminal of tmux, `exec
 * zsh`) inherits variables and record, but has run its own start-up files since: what
 * these set is what is there before, and everything wanted is set again.
 *
 * The record is inherited, so it may be anything: what isn't a whole record is taken
 * as none.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/env_name.h"

/* The variable that holds the record. */
#define ENVIRON_STATE "__LUMINA_FLOW"

enum {
	ENVIRON_VALUE_MAX = 128 * 1024, /* name, '=', value and NUL: more can't be exec'ed */
	ENVIRON_TOTAL_MAX = 512 * 1024, /* the values wanted, together */
	ENVIRON_BEFORE_MAX = 32 * 1024, /* a value that has to be put back */
	ENVIRON_PAIRS_MAX = 1024,
	ENVIRON_PATH_MAX = 64,          /* entries put in front of PATH */
	ENVIRON_WORD_MAX = 4096,        /* an entry; the identity */
};

struct env_pair {
	const char *name, *value;
	enum env_source source;
};

/* A growing list (base/vec.h); its owner releases the items. */
struct env_pairs {
	struct env_pair *items;
	size_t count, room;
};

struct env_wanted {
	/* Whose environment this is: root and mission, in any form, at most ENVIRON_WORD_MAX bytes. */
	const char *identity;
	/* Of one name, the last counts. Any names; what can't be set is skipped. */
	const struct env_pair *pairs;
	size_t npairs;
	/* Absolute folders, the first in front. */
	const char *const *path;
	size_t npath;
};

/* value NULL: unset. */
struct env_step {
	const char *name, *value;
};

/* What was wanted and isn't set; `why` follows the name or the folder: "belongs to the shell". */
struct env_skip {
	const char *what, *why;
};

struct env_change {
	struct env_step *steps; /* none: nothing has to change, the record neither */
	size_t nsteps;
	struct env_skip *skipped;
	size_t nskipped;
	bool applied; /* something is set afterwards (there is a record) */
};

/*
 * `environment` is environ(7)'s array. `wanted` NULL: no mission, all is put back.
 * `shell` names who asks, 64 bytes at most, for example by a process id; NULL is a name too.
 *
 * The steps are sorted by name, but for the record: it comes first where something is
 * set, and last where all is put back, so that an answer that was cut short loses
 * no value. Everything is in the arena, or is the caller's.
 */
void environ_change(struct env_change *ret, const char *const *environment,
		const struct env_wanted *wanted, const char *shell, struct arena *arena);

/* The identity that is applied, in the arena; NULL for none (no record, or a broken one). */
const char *environ_identity(const char *const *environment, struct arena *arena);

/* getenv(3) for such an array: NULL where it isn't set. */
const char *environ_get(const char *const *environment, const char *name);
