/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The way from the registry to the plan, as every command takes it:
 * registry → desired → observed → plan. Nothing is changed.
 */

#include "cmd/cmd.h"
#include "plan/plan.h"
#include "reg/registry.h"
#include "reg/target.h"
#include "state/have.h"
#include "state/owned.h"
#include "state/place.h"
#include "state/want.h"
#include "state/theme.h"

struct view {
	struct target_rules rules;
	struct registry registry;
	struct owned_record owned;
	struct wants wants;
	struct places places;
	struct haves haves;
	struct plan plan;
	struct theme theme;
	const char *unthemed; /* what is wrong with the theme; or NULL */
};

enum view_packages {
	PACKAGES_NONE,     /* not looked at */
	PACKAGES_DECLARED, /* as far as declared ones need it; what is missing is planned */
	PACKAGES_ALL,      /* the whole database; nothing is planned */
};

enum view_themes {
	THEMES_NONE, /* not looked at */
	THEMES_LOOK, /* rendered, and planned if that can be done; else view->unthemed says why */
	THEMES_PLAN, /* rendered, and planned; a theme that can't be is an error, and printed */
};

struct view_opts {
	enum resolve resolve;  /* what becomes of what stands in the way */
	bool without_registry; /* the ownership record only: nothing is desired */
	enum view_packages packages;
	bool dry_run;          /* not even the flow's index is written */
	enum view_themes themes;
	const char *theme;     /* as if the registry named this one; or NULL */
};

/*
 * On failure nothing needs releasing; problems of the registry have been printed.
 * `opts` may be NULL.
 */
int view_load(struct view *view, struct app *app, const struct view_opts *opts,
		struct err *err);
void view_release(struct view *view);

/* Registry, trees and ownership record are still what the plan was made of. */
bool view_is_current(const struct view *view, struct app *app);

/* For commands that only read: says on stderr that a run was cut off; its command, or NULL. */
const char *view_note_interrupted(struct app *app);

/* The declaration of a target that is in force; NULL if there is none. */
const struct link_decl *view_find_decl(const struct view *view, const char *target);
/* The want, tree or link that covers a target; NULL if none does. */
const struct want *view_find_want(const struct view *view, const char *path);
