/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A mission as a file declares it: below `missions:` in the registry, or in a project's
 * `.lumina.yaml`. What is in it was checked by reg/mission_read.h, and holds to the rules of
 * flow/mission.h, but that "~" isn't expanded yet. Everything lives in the arena.
 *
 * The same mission may be declared at several levels. Maps (env, hyprland) are merged
 * entry by entry, everything else as a whole; the higher rank wins, and of the same
 * rank what was read later. A rank of 0 is "not said".
 */

#include <stddef.h>

#include "base/diag.h"

struct mission_text {
	const char *text;
	struct span at;
	unsigned rank;
};

struct mission_texts {
	const char *const *items; /* NULL-terminated, never NULL once there is a rank */
	struct span at;
	unsigned rank;
};

struct mission_pair {
	const char *name, *value;
	struct span at;
	unsigned rank;
};

struct mission_pairs {
	struct mission_pair *items;
	size_t count;
};

struct mission_decl {
	const char *name;
	const char *host; /* the hosts: block it stands in, or NULL */
	struct span at;
	struct mission_text label, nix, direnv; /* direnv: "true" or "false" */
	struct mission_texts when, in, path, dotenv, show, hide;
	struct mission_pairs env, hyprland; /* merged: sorted by name, each once */
};

struct mission_decls {
	struct mission_decl *items;
	size_t count, room;
};

/* Makes one of all declarations of each name, in the order of their first ones. */
void missions_merge(struct mission_decls *decls, struct arena *arena);
