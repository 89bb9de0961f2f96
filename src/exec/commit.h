/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One commit of exactly what a change of ours changed in the profile, by Git itself: hooks
 * and signing as the person has them. What is staged in other paths stays staged, what isn't
 * stays so; of a file of the registry only our own edits are committed, whatever else
 * the person has changed in it.
 *
 * Two index files are made while .git/index.lock is held, as `git commit -- PATH` does:
 * one that is HEAD and our paths, for the commit, and the person's with our paths, which
 * takes its place before the commit. So after a crash, or a hook that says no, the change
 * is staged, and nothing else is different.
 */

#include "exec/apply.h"
#include "exec/repo.h"

/* A path that was changed. Relative to the profile. */
struct commit_path {
	const char *path;
	const char *line;   /* of the message's body */
	const struct rewrite *rewrite; /* only these edits of the file; NULL: all that is there */
	/* What stood there before, an absolute path, where what is there now holds it too: it must
	 * be what HEAD has; or NULL. */
	const char *before;
	bool returned;      /* it came back from the backups: only what Git has had before */
	bool out;           /* for our own use */
};

struct commit {
	const char *subject;
	struct {
		struct commit_path *items;
		size_t count, room;
	} paths;
	/* Out: what isn't committed, with the reason. */
	struct notes notes;
	const char *id;     /* the new commit, in the arena; NULL: there was nothing to commit */
};

/*
 * 0, or -1 with err: nothing was committed. `repo` as repo_open() fills it. Holds the
 * signals.
 */
int commit_make(struct commit *commit, struct repo *repo, struct err *err);
void commit_release(struct commit *commit);
