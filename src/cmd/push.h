/* SPDX-License-Identifier: MIT */
#pragma once

#include "cmd/cmd.h"
#include "exec/repo.h"

/*
 * `git push`, without asking anybody anything, and not for long. What goes wrong is a
 * warning. Says once for each remote when that is on a public forge.
 */
void push_run(struct app *app, const struct repo *repo);
