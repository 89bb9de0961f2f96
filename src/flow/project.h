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
 * the caller, who has read them once, and consent is what trust_check() made of them
 * (flow/trust.h). Without it the second half isn't looked at, and there is nothing to
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
#include "flow/trust.h"
#include "sys/facts.h"

enum { PROJECT_SIZE_MAX = 64 * 1024 };

struct project {
	const char *mission, *label;     /* NULL: not said */
	bool needs_consent;              /* there are keys of the second half */
	const struct mission *consented; /* these; name and label are NULL. NULL without consent */
};

/*
 * Reads the file from its bytes (source->bytes is NUL-terminated behind its size), with
 * `source->path` absolute; texts live in the arena. -1 with the problems in `diags`; *ret is
 * empty then. The second half is read if `approved` (NULL: no consent) holds for this very
 * path and these very bytes, else as if it were NULL.
 *
 * What was read is kept in the cache folder beside a copy of the bytes that it was read
 * from, and used again if path and all bytes are the same. (No hash decides.) So no YAML is
 * read for a file that hasn't changed. What is behind consent is kept only once it was
 * given, and given out only with it. That the file is wrong is kept too: -1 then. `diags`
 * may be NULL, which spares reading a wrong file again.
 *
 *   projects/HHH   HHH: 12 bits of the path's hash, so there are no more than 4,096
 *
 *     head         "lumina\0\2"; XXH3 (64 bits) of every byte behind it; version, flags,
 *                  size of the path, of the file, and of the rest (32 bits each)
 *     path, file, zeros up to the next multiple of 8
 *     the rest     an index (flow/index.h) of two missions: name and label; all else
 */
int project_load(struct project *ret, struct source *source, const struct approved *approved,
		const struct facts *facts, struct arena *arena, struct diags *diags);

/*
 * The whole file without consent, as it would be with it: to be shown to the person who is
 * asked for it, and for nothing else (tests/lint/gate.sh). Nothing is kept.
 */
int project_propose(struct project *ret, struct source *source, struct arena *arena,
		struct diags *diags);
