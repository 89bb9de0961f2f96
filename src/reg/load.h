/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reads the registry: lumina.yaml, what it includes, the host's block, then the
 * machine-local overlay, and merges them in that order.
 */

#include "base/diag.h"
#include "reg/registry.h"
#include "reg/target.h"
#include "sys/facts.h"

/*
 * Problems of the registry's text go to `diags` (ERR_USAGE without a message of
 * its own then); a registry that isn't there or can't be read is in `err`.
 */
int registry_load(struct registry *registry, const struct facts *facts,
		const struct target_rules *rules, struct arena *arena, struct diags *diags,
		struct err *err);

/* The same, but fails with EFBIG in err->sys if its files together have more than `limit` bytes. */
int registry_load_within(struct registry *registry, const struct facts *facts,
		const struct target_rules *rules, size_t limit, struct arena *arena,
		struct diags *diags, struct err *err);

/* True if every file that was read is still as it was. */
bool registry_is_current(const struct registry *registry);
