/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Edits of the registry's files on their way into a plan: each file is read once,
 * edits apply to it one after the other, and it becomes one operation.
 */

#include "cmd/cmd.h"
#include "plan/plan.h"

struct editing_file {
	const char *path;     /* as operations spell it */
	struct source source; /* the text so far */
	struct expect expect; /* the file as it was read */
	struct rewrite *rewrite;
};

struct editing {
	struct app *app;
	struct {
		struct editing_file *items;
		size_t count, room;
	} files;
};

/*
 * `path`: absolute or home path of the file; links are followed to the file itself.
 * `name`: as messages call it. *ret_done is false if it was so already. -1 with err,
 * the line to write by hand as its hint, if it can't be done.
 */
int editing_apply(struct editing *editing, const char *path, const char *name,
		struct edit *edit, bool *ret_done, struct err *err);

/* One OP_EDIT for each file that changed; their memory is the plan's arena's and editing's. */
void editing_plan(struct editing *editing, struct plan *plan, enum op_reason why);
void editing_release(struct editing *editing);
