/* SPDX-License-Identifier: MIT */
#pragma once

/* `lumina prune`, for `lumina sync --prune`. */

#include "cmd/cmd.h"

/* `silent`: says nothing of what is done, for it is part of another command's document. */
int prune_run(struct app *app, const struct prune_opts *opts, bool silent, struct err *err);
