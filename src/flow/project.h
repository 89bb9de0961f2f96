/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * `.lumina.yaml`, a project's own file: the one loader of it.
 *
 *   mission: web        selects one of the person's missions ┐ harmless: used
 *   label: the shop     what is shown                        ┘ without consent
 *   env, path, dotenv, direnv, nix, hyprland, waybar: as in a mission of the registry,
 *                       but only behind `lumina allow`
 *
 * The file is hostile until the person has said otherwise, so its bytes are given by
 * the caller, who has compared them with what was approved (flow/trust.h): they are
 * read once. Without consent the second half isn't looked at, and there is nothing to
 * use by mistake: `consented` is NULL. Anything that isn't in the list above, or wrong
 * in itself, is an error, and nothing of the file is used. Nothing is done but reading
 * text: no name in it is looked up, opened or expanded.
 *
 * More is refused than in the registry: a `path` leads nowhere but into the project,
 * and variables that make other programs run something can't be set.
 */

#include <stdbool.h>

#include "base/diag.h"
#include "flow/mission.h"
#include "sys/facts.h"

enum { PROJECT_SIZE_MAX = 64 * 1024 };

struct project {
	const char *mission, *label;     /* NULL: not said */
	bool needs_consent;              /* there are keys of the second half */
	const struct mission *consented; /* these; name and label are NULL. NULL without consent */
};

/*
 * Reads the file from its bytes; texts live in the arena. -1 with the problems in
 * `diags`; *ret is empty then.
 */
int project_parse(struct project *ret, struct source *source, bool allowed, struct arena *arena,
		struct diags *diags);

/*
 * The same for the hook: what was read is kept in the cache folder, as `projects/NAME`,
 * beside a copy of the bytes it was read from. It is used if all bytes and the path are
 * the same (no hash decides), so no YAML is read for a file that hasn't changed. A file
 * with errors is kept as such; `diags` has one problem then. With facts NULL nothing
 * is kept.
 */
int project_load(struct project *ret, struct source *source, bool allowed,
		const struct facts *facts, struct arena *arena, struct diags *diags);
