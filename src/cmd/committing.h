/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a change did to the profile becomes a commit, and is pushed, where the registry's
 * `git:` says so. Nothing here fails: what can't be done is a warning, with what helps.
 */

#include "cmd/change.h"

/* Behind a change that was carried out, the lock released. No process unless it's asked for. */
void committing_run(struct change *change);

/* What `git:` says; nothing if the registry can't be read. */
struct git_decl committing_settings(struct app *app);

/* "warning: TEXT: MESSAGE", as many lines as it has, with its hint; releases the error. */
void committing_warn(const struct app *app, const char *text, struct err *err);
