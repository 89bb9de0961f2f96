/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What Lumina has done to the desktop, by workspace: one file, `desk` in the runtime
 * folder, gone with the login. `lumina flow`'s child writes it under `desk.lock`; `lumina bar`,
 * `mission show`, `doctor` and other people's bars read it, whole at any time (it is renamed
 * into place).
 *
 *   lumina desk 1
 *   instance<TAB>SIGNATURE<TAB>lua-repl
 *   failures<TAB>0
 *   workspace<TAB>3<TAB>Virtual-1<TAB>web<TAB>the shop<TAB>/home/u/work/shop<TAB>ASKED[<TAB>hidden]
 *   rule<TAB>3<TAB>KEY<TAB>master
 *   before<TAB>3<TAB>layout<TAB>dwindle
 *   show<TAB>3<TAB>network
 *   hide<TAB>3<TAB>mpris
 *   end<TAB>xxh3:…
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "flow/mission.h"
#include "sys/facts.h"

/* How this Hyprland is talked to: found out once, by what it answers, never by its version. */
enum dialect {
	DIALECT_UNKNOWN,
	DIALECT_REPL,    /* Lua, values come back, rules have handles (0.56 and later) */
	DIALECT_EVAL,    /* Lua without either (0.55) */
	DIALECT_KEYWORD, /* hyprland.conf */
	DIALECT_NONE,    /* none of them: no rules; the bar still follows */
};

enum { DESK_FAILURES_MAX = 3 };

struct workspace {
	long id;
	const char *output;             /* where it was shown last; or NULL */
	bool hidden;                    /* for all that is known, that shows another one now */
	const char *mission, *label, *root; /* NULL: none */
	const char *const *show, *const *hide; /* modules; NULL-terminated, or NULL */
	uint64_t asked;                 /* when the directory changed: CLOCK_BOOTTIME, ns */
	const char *rule;               /* which rule of ours is on, by its key; NULL: none */
	const char *layout;             /* that we set with it; NULL: none */
	struct pair *before;            /* without handles: what to write back when leaving */
	size_t nbefore;
};

struct desk {
	const char *signature;          /* which instance all this is true of; NULL: none yet */
	enum dialect dialect;
	unsigned failures;              /* in a row; DESK_FAILURES_MAX: it rests */
	struct workspace *items;        /* in the arena; by id */
	size_t count;
};

/* No file, or one that can't be used: an empty desk. Strings in the arena. */
void desk_load(struct desk *desk, const struct facts *facts, struct arena *arena);
int desk_save(const struct desk *desk, const struct facts *facts, struct arena *arena,
		struct err *err);
/*
 * One at a time changes the desk, or talks to the compositor: an open descriptor that
 * holds the lock, waited for up to `ms`; -1 with err.
 */
int desk_lock(const struct facts *facts, unsigned ms, struct arena *arena, struct err *err);
/* NULL if nothing is known of it. */
struct workspace *desk_find(const struct desk *desk, long id);
/* The same, made if it isn't there; earlier pointers to workspaces go stale. */
struct workspace *desk_make(struct desk *desk, long id, struct arena *arena);
const char *dialect_name(enum dialect dialect);
