/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Commands that change something, all by one way: look, plan, refuse or show, take
 * the lock, finish what was interrupted, look again if anything moved meanwhile,
 * carry out, report.
 */

#include "cmd/view.h"
#include "exec/apply.h"
#include "exec/store.h"
#include "report/report.h"

struct coordination;

struct change {
	struct app *app;
	const char *command;      /* for the report: "sync" */
	const char *command_line; /* for history; NULL: as it was typed */
	bool silent;              /* reports nothing: it is part of another command */
	bool dry_run;
	bool without_registry;   /* works from the ownership record alone */
	enum resolve resolve;    /* what becomes of what stands in the way */
	bool hush;               /* nothing is said where there is nothing to do */
	/*
	 * Fills change->view.plan, which is empty but for the count of what is in place; NULL: it
	 * is the plan of the whole registry, as it comes.
	 * Called again when the attempt before was overtaken.
	 */
	int (*build)(struct change *change, struct err *err);
	bool amends;              /* `build` gets the plan of the whole registry, and amends it */
	/* Asks the person, or NULL: 0, or -1 with ERR_REFUSED. *ret_asked: it took its time. */
	int (*consent)(struct change *change, bool *ret_asked, struct err *err);
	/* With the lock held, once everything is done; or NULL. */
	void (*finish)(struct change *change);
	void *user;
	enum view_packages packages;        /* how much is looked at of them */
	struct coordination *coordination;
	/*
	 * Runs the helpers for the plan's packages, with the lock held, which it lets go; or NULL.
	 * Then everything is looked at again, and `build` is called with `helped` set.
	 */
	int (*help)(struct change *change, struct err *err);
	bool helped;
	enum view_themes themes; /* see struct view_opts */
	const char *theme;
	bool takes_back;         /* an interrupted command is what is to be taken back */
	bool moves;              /* see struct apply */
	uint64_t to;
	/* Out, also while it runs. */
	struct view view;
	struct store store;      /* open, and locked, from the first change on */
	enum result result;
	uint64_t generation;
	const struct notes *left; /* what isn't done, for the report; or NULL */
	bool themed;             /* an interrupted run switched the theme: programs weren't told of it */
	bool is_back;            /* by what was restored or finished, a step back is done */
};

int change_run(struct change *change, struct err *err);

/* Takes the lock and deals with what an interrupted run left; change_run() does it itself. */
int change_open(struct change *change, bool *ret_recovered, struct err *err);
void change_close(struct change *change);
/* While Git changes the profile; -1 with err if it takes too long. */
int change_wait_for_git(struct app *app, struct err *err);

/* Asks "QUESTION [y/N]": 1, 0, or -1 with err. The answer is no unless it is "y". */
int change_ask(struct app *app, const char *question, struct err *err);
/*
 * Asks whether to go on, though `loss` ("this deletes …"). 0, or -1 with ERR_REFUSED: the
 * answer was no; or nobody is there to ask, and `hint` says how to do without.
 */
int change_consent(struct app *app, const char *loss, const char *hint, struct err *err);
