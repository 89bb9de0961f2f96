/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which targets and sources a registry may name. Pure text: what stands there
 * is looked at later (state/look.c).
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "sys/facts.h"

struct target_rules {
	const char *home;    /* to recognise absolute spellings */
	size_t profile_size; /* bytes of the profile's path */
	struct {
		const char *path; /* home path */
		const char *what;
	} kept[4];                /* no link may stand on, in or above these */
	size_t nkept;
};

void target_rules_init(struct target_rules *rules, const struct facts *facts,
		struct arena *arena);

/*
 * "~/a//b/", "$HOME/a/b" → "~/a/b". Returns NULL, or what is wrong. Home itself
 * ("~") is fine for a tree only.
 */
const char *target_parse(struct str text, struct arena *arena, const char **ret);

/* NULL, or why no link may be made there. */
const char *target_check(const char *target, const struct target_rules *rules,
		struct arena *arena);

/* Folds a source; NULL, or what is wrong. */
const char *source_parse(struct str text, const struct target_rules *rules, struct arena *arena,
		const char **ret);

/* True for places that make programs run or hold keys: ~/.ssh, ~/.config/autostart, … */
bool target_is_sensitive(const char *target);
