/* SPDX-License-Identifier: MIT */
#pragma once

/* `lumina sync`, for other commands that go on with it. */

#include "cmd/cmd.h"

int sync_run(struct app *app, const struct sync_opts *opts, struct err *err);
