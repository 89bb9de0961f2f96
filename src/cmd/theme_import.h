/* SPDX-License-Identifier: MIT */
#pragma once

#include "cmd/cmd.h"

/*
 * A theme of somebody else's as one of the profile: a scheme's file, a folder with one, or
 * the URL of a repository that is such a folder. Named after it ("omarchy-" and "-theme"
 * are left out, as Omarchy does), or `as`. One of that name that is there is refused. *ret_name:
 * what it is called now.
 */
int theme_import(struct app *app, const char *from, const struct theme_opts *opts,
		const char **ret_name, struct err *err);
