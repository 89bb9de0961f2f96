/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The hooks: what a shell runs before each prompt, so that `lumina flow` is asked where
 * its folder is another one. data/hook has the text.
 */

#include "cmd/cmd.h"

struct hook_shell {
	const char *name;
	const char *text;
	const char *line; /* what its configuration runs to have the hook, a newline behind it */
	/* The hook as that line gets it: guarded, the program's absolute path in it. */
	void (*write)(struct buf *out, const char *program, const char *text);
};

/* Made by data/hook/embed. */
extern const char hook_bash[], hook_fish[], hook_zsh[];

/* NULL: no hook for it. */
const struct hook_shell *hook_shell_find(const char *name);
/* By $SHELL; NULL if that has none. */
const struct hook_shell *hook_shell_of_person(void);

/* The file that an interactive shell reads, absolute. */
const char *hook_file(const struct hook_shell *shell, const struct facts *facts,
		struct arena *arena);
/* A line runs `lumina hook SHELL`, and isn't a comment. */
bool hook_is_in(const struct hook_shell *shell, const char *text, size_t size);

/* Prints what to add by hand; with Waybar, makes the style sheet that is imported then. */
int hook_waybar(struct app *app, struct err *err);
int hook_hyprland(struct app *app, struct err *err);

/* Adds the line, once, as a change that `lumina undo` takes back. */
int hook_install(struct app *app, const struct hook_shell *shell, bool dry_run, struct err *err);
