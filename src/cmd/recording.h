/* SPDX-License-Identifier: MIT */
#pragma once

/* Packages as lines of the registry: where one is put in, and taken out. */

#include "cmd/editing.h"
#include "cmd/view.h"

struct recording {
	struct editing editing;
	const struct view *view;
	const struct installed *installed; /* tells which packages are alike; or NULL */
	const char *group, *host;          /* asked for by the person; or NULL */
};

/* Nothing, where it is declared already. */
int recording_add(struct recording *recording, const char *name, struct err *err);
/* Wherever it is declared for this machine. *ret_count: how many lines. */
int recording_remove(struct recording *recording, const char *name, size_t *ret_count,
		struct err *err);
/* The same lines with another name, at the same places. */
int recording_rename(struct recording *recording, const char *name, const char *other,
		size_t *ret_count, struct err *err);
/* Into the list of what is left out of drift. */
int recording_ignore(struct recording *recording, const char *name, bool *ret_done,
		struct err *err);
/*
 * The block of this machine, as the registry calls it; without one, the host's name up to
 * the first dot. NULL with err where that isn't known.
 */
const char *recording_host(const struct view *view, struct app *app, struct err *err);
/* `group` can't be, since the packages are a plain list: ERR_USAGE. */
int recording_check_group(const struct recording *recording, struct err *err);
