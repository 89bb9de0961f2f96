/* SPDX-License-Identifier: MIT */
#pragma once

/* Recording what is there already, for wrapped package managers too. */

#include "cmd/cmd.h"

/* Of these packages, NULL-terminated, those that the registry lacks. Says nothing. */
int capture_names(struct app *app, const char *const *names, struct err *err);
/* Takes their lines out, where there are any. Says nothing. */
int capture_drop_names(struct app *app, const char *const *names, struct err *err);
