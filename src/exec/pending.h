/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Pending records: what a helper was run for, written down durably before it starts. The
 * lock isn't held while it runs (a build may take an hour), so each run has a file of its
 * own below the state folder's `pending`, and holds a lock on that. A file that nobody
 * holds was left by a run that died, or that could not write the registry: the next
 * command that changes something takes it up, and the package database decides.
 *
 *   lumina pending 1
 *   time<TAB>1795424406
 *   command<TAB>lumina install foo
 *   action<TAB>install<TAB>installed          and the reason
 *   where<TAB>desktop<TAB>-                   the group and host to record in
 *   records                                   the registry is to follow
 *   code<TAB>0                                of the helper, once it has ended
 *   asked<TAB>foo<TAB>aur/foo<TAB>lumina.yaml:3:5
 *   had<TAB>bar<TAB>1.0-1<TAB>explicit        what was installed before
 *   end<TAB>xxh3:…
 */

#include <time.h>

#include "base/err.h"
#include "plan/plan.h"
#include "state/installed.h"
#include "sys/facts.h"

enum { PENDING_RUNNING = -1 };

struct pending {
	time_t time;
	const char *command;
	enum package_action action;
	enum op_reason why;
	const char *group, *host; /* or NULL */
	bool records;
	int code; /* of the helper; PENDING_RUNNING: not known */
	struct package_ops asked;
	struct installed before;
	const char *name; /* of the file; NULL: none was written */
	int lock;         /* its descriptor, or -1 */
};

/* Strings live in an arena, the arrays on the heap. */
void pending_release(struct pending *pending);

/* With the store's lock held: writes the file, and holds it. */
int pending_write(struct pending *pending, const struct facts *facts, struct arena *arena,
		struct err *err);
/* It is recorded: the file goes. */
int pending_remove(struct pending *pending, const struct facts *facts, struct arena *arena,
		struct err *err);

struct pendings {
	struct pending *items;
	size_t count, room;
};

/*
 * Those that nobody holds, oldest first. With `take` they are held from now on (the
 * store's lock is to be held while that happens). Damaged files are passed over.
 */
int pendings_load(struct pendings *pendings, const struct facts *facts, bool take,
		struct arena *arena, struct err *err);
void pendings_release(struct pendings *pendings);
/* There may be some: one look at the folder. */
bool pendings_exist(const struct facts *facts, struct arena *arena);
