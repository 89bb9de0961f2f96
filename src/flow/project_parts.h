/* SPDX-License-Identifier: MIT */
#pragma once

/* Between project.c (reading) and project_keep.c (what was read before): not for others. */

#include "flow/project.h"

/* As project_load(), from the bytes alone; `allowed`: the second half, too. */
int project_parse(struct project *ret, struct source *source, bool allowed, struct arena *arena,
		struct diags *diags);
