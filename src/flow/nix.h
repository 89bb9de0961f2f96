/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * `nix: develop`: the environment that `nix print-dev-env` describes, kept in the cache
 * folder beside the flake's bytes it was made from, so that entering again needs no Nix. It
 * is used only for exactly the same bytes, and if nobody else can have written it. That a flake can't be evaluated is kept, too.
 *
 *   nix/KEY, a record (state/record.h):
 *   lumina nix 1
 *   root<TAB>/home/u/shop
 *   flake<TAB>…   lock<TAB>…       the bytes
 *   ready | failed
 *   set<TAB>NAME<TAB>VALUE         path<TAB>/nix/store/…/bin
 *   end<TAB>xxh3:…
 */

#include "base/arena.h"
#include "base/str.h"
#include "flow/mission.h"
#include "sys/facts.h"

struct nix_inputs {
	const char *root;
	struct str flake, lock; /* as they were allowed; `lock` empty where there is none */
};

/* In the arena. */
struct nix_env {
	const struct pair *pairs;
	size_t npairs;
	const char *const *path; /* in front of PATH, NULL-terminated; or NULL */
};

enum nix_state {
	NIX_UNKNOWN, /* nothing is kept for these bytes */
	NIX_READY,
	NIX_FAILED,
};

enum nix_state nix_cached(struct nix_env *ret, const struct nix_inputs *inputs,
		const struct facts *facts, struct arena *arena);
/*
 * Runs nix, with the terminal, and keeps what came of it. NIX_UNKNOWN where it didn't come to
 * that: after Ctrl-C or another signal, or if the flake was changed meanwhile. *ret_problem says what went wrong, for the person; in the arena.
 */
enum nix_state nix_build(struct nix_env *ret, const struct nix_inputs *inputs,
		const struct facts *facts, struct arena *arena, const char **ret_problem);
