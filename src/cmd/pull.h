/* SPDX-License-Identifier: MIT */
#pragma once

#include "cmd/cmd.h"

/*
 * Fetches, and fast-forwards the profile: it never merges or rebases. 0, also where there is
 * no network or nothing to pull from (a warning); -1 with err, ERR_REFUSED and nothing
 * changed, where a person has to decide.
 */
int pull_run(struct app *app, bool dry_run, struct err *err);
