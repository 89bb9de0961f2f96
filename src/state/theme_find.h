/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The themes of a profile, by their names:
 *
 *   themes/nord.yaml         a scheme of base16 or base24
 *   themes/tokyo-night/      a folder with a scheme (colors.toml, tokyo-night.yaml,
 *                            scheme.yaml), and files that win over templates
 *
 * Nothing outside the profile is looked at, whatever links there are in it.
 */

#include "base/arena.h"
#include "base/err.h"
#include "sys/facts.h"

struct theme_entry {
	const char *name;
	const char *scheme; /* relative to the profile: "themes/nord.yaml" */
	const char *folder; /* "themes/tokyo-night"; NULL: a scheme alone */
};

struct theme_entries {
	struct theme_entry *items; /* sorted by name, each once */
	size_t count, room;
};

/* All of them; none where there is no such folder. */
int themes_list(struct theme_entries *entries, const struct facts *facts, struct arena *arena,
		struct err *err);
void theme_entries_release(struct theme_entries *entries);

/* -1 with err, which names the nearest one, if there is no theme of that name. */
int theme_find(struct theme_entry *ret, const char *name, const struct facts *facts,
		struct arena *arena, struct err *err);
