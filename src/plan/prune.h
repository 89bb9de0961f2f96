/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What `prune` may take: packages installed for themselves that the registry lacks, less
 * those that something else needs and those that a machine is lost without. Pure: the
 * caller looks up who holds which file.
 */

#include "plan/packages.h"

enum prune_fate {
	PRUNE_GOES,      /* to be uninstalled */
	PRUNE_NEEDED,    /* stays: `by` needs it */
	PRUNE_TAKES,     /* stays: `by` would go with it, and is protected */
	PRUNE_PROTECTED, /* stays: `reason` */
};

struct prune_candidate {
	const struct installed_package *package;
	enum prune_fate fate;
	const char *by;     /* PRUNE_NEEDED, PRUNE_TAKES */
	const char *reason; /* PRUNE_PROTECTED; set by the caller, or by prune_protect_names() */
};

struct prune {
	struct {
		struct prune_candidate *items; /* by name */
		size_t count, room;
	} candidates;
	struct package_list along;   /* dependencies that nothing needs once they are gone */
	size_t going;                /* candidates that go */
	size_t explicit;             /* packages installed for themselves, in all */
};

struct prune_names {
	const char *shell;               /* "zsh", or NULL */
	const char *const *desktops;     /* "Hyprland", NULL-terminated, or NULL */
	const char *const *hold;         /* pacman's HoldPkg */
	const struct package_names *held; /* dependencies that hold a program in use; or NULL */
};

void prune_init(struct prune *prune, const struct haves *haves, const struct registry *registry);
void prune_release(struct prune *prune);
/* The base system, kernels, boot loaders, helpers, Lumina and what it needs, shell, desktop. */
void prune_protect_names(struct prune *prune, const struct installed *installed,
		const struct prune_names *names);
/* Decides the fate of the others. */
void prune_decide(struct prune *prune, struct installed *installed,
		const struct prune_names *names);
