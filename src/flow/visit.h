/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a directory wants of a shell: the project found from its markers, the mission that
 * fits, and the environment that both ask for, as far as the person has allowed it.
 * Everything that `lumina flow`, `mission show` and `allow` need to know, found in one way.
 */

#include "flow/detect.h"
#include "flow/environ.h"
#include "flow/index.h"
#include "flow/session.h"
#include "flow/trust.h"

struct words {
	const char **items;
	size_t count, room;
};

struct visit {
	struct index index;
	struct detected detected;
	struct session session;      /* as it was */
	enum trust trust;            /* of the project's content */
	const char *trust_why;       /* or NULL */
	const char *problem;         /* of the project's own file, for the person; or NULL */
	const struct mission *in_force; /* the person's mission, or NULL */
	/* What is shown: the mission's name, or the kind of project without one; NULL: none. */
	const char *mission, *label, *root, *marker;
	const char *chosen;          /* "pinned", "by .lumina.yaml", "by its markers": why this one */
	bool by_project;             /* its own file named the mission, not its markers */
	const char *identity;        /* of the environment; NULL: there is no mission */
	struct env_pairs pairs;
	struct words path;           /* absolute */
	struct words needs;          /* files of the project that consent has to cover */
	struct words notes;          /* to be said, once each */
	struct visit_rule {
		struct pair *items;
		size_t count, room;
	} rule;                      /* of the workspace: keys as in flow/mission.h, each once */
	struct words show, hide;     /* modules of the bar; none in both */
	const char *envrc;           /* NULL: none, or not visit */
	bool direnv;
	bool slow;                   /* something takes longer than a prompt may: nix, for one */
	bool later;                  /* that was interrupted: not again before the next visit */
	struct trust_root opened;
	bool is_open;
};

enum {
	VISIT_SLOW = 1 << 0,  /* what takes long is done now */
	VISIT_NOTES = 1 << 1, /* for the hook: what is said once is taken as said */
};

/* No directory: the missions and the terminal's session alone. */
void visit_nowhere(struct visit *visit, const struct facts *facts, struct arena *arena);
/* -1 where nothing can be said: no such directory, say. */
int visit_find(struct visit *visit, const char *dir, const struct facts *facts, unsigned flags,
		struct arena *arena);
void visit_release(struct visit *visit);
