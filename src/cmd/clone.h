/* SPDX-License-Identifier: MIT */
#pragma once

#include "cmd/cmd.h"

/*
 * Clones a repository as the profile. That is made beside its place, and gets there by one
 * rename when it is complete: an interrupted clone leaves nothing in the way.
 */
int clone_profile(struct app *app, const char *url, const char *branch, struct err *err);

/*
 * The profile that is there was cloned from this URL, and is at this branch (NULL: whichever):
 * 1; 0 with *ret_why, or NULL where the URL is another; -1 with err.
 */
int clone_is_of(struct app *app, const char *url, const char *branch, const char **ret_why,
		struct err *err);
