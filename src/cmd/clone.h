/* SPDX-License-Identifier: MIT */
#pragma once

#include "cmd/cmd.h"

/* 0 if Git may be given it; it runs no command and is no option. */
int clone_check_url(const char *url, struct err *err);

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
