/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * After a theme was switched: programs that are running are told.
 *
 * The switch is one rename of `themes/current` (state/theme_place.h), so no program that
 * watches its files notices it: what was a file of the old theme's folder is one still, and unchanged.
 * A program that watches such a folder (running_watches()) is nudged: the first byte of each file in
 * there is written once more, the same, and the program reads its configuration again, from the top.
 * Waybar with "reload_style_on_change" and Alacritty take the new theme so, without a flicker; tried
 * on Waybar 0.15 and Alacritty 0.11. Waybar's SIGUSR2 takes the bar down and up again, and ends
 * Waybar where the style sheet isn't good: it is never sent.
 *
 * Nothing is sent to what isn't what it seems: the process is the person's, calls itself by the
 * program's name and runs a file of that name, and handles the signal (running_tell()).
 *
 * Without a session (neither $WAYLAND_DISPLAY nor $HYPRLAND_INSTANCE_SIGNATURE) only programs of terminals are
 * told. All are told side by side, and one that fails stops nothing: the whole of it takes hardly
 * longer than the longest deadline, which LUMINA_TIMEOUT_SCALE makes longer. What is run is found
 * on the search path without what missions have put in front of it.
 *
 * The theme's picture (`wallpaper` in its folder) is shown by what shows pictures: reload_paper.h.
 *
 * What missions have set in Hyprland outlives its reload where rules have handles (hyprland.h);
 * elsewhere the next change of directory brings it back, and `lumina mission show` at once.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "sys/facts.h"

enum {
	RELOAD_MS = 1000,         /* each program, × LUMINA_TIMEOUT_SCALE */
	RELOAD_COMMAND_MS = 5000, /* each command of the registry, likewise */
};

enum reload_what {
	RELOAD_TOLD,
	RELOAD_LATER,       /* what is running stays as it is: new windows have the theme, or the next start */
	RELOAD_FAILED,
	RELOAD_LATE,        /* no answer in its time; what was run for it was ended */
	RELOAD_NOT_RUNNING, /* or not installed */
};

/* How it is told. */
enum reload_how {
	RELOAD_BY_SIGNAL,   /* `number` */
	RELOAD_BY_WATCH,    /* it watches its files: by a nudge */
	RELOAD_BY_NOTHING,  /* it can't be */
	RELOAD_BY_COMMAND,  /* `argv` */
	RELOAD_BY_TMUX,     /* each server of the person's reads the theme's file */
	RELOAD_BY_HYPRLAND, /* a request by its socket */
	RELOAD_BY_SWAYBG,   /* it is started anew */
	RELOAD_BY_HYPRPAPER, /* requests by its socket, or by hyprctl */
};

enum { RELOAD_NAMES_MAX = 3, RELOAD_WORDS_MAX = 6 };

struct reload_program {
	const char *name; /* as it is reported */
	enum reload_how how;
	/* What a process calls itself, and what it runs, are each one of these; none: it isn't looked for. */
	const char *names[RELOAD_NAMES_MAX];
	int number;
	/* For a word that ends with "-": "dark" or "light" behind it. */
	const char *argv[RELOAD_WORDS_MAX];
	const char *absent;   /* a command that fails with this at the start of its error: it isn't there */
	const char *file;     /* only if the theme has a file whose name starts so */
	bool picture;         /* only if the theme has a picture, and no command shows it */
	bool anywhere;        /* without a session, too */
	const char *later;    /* RELOAD_LATER: when, or why */
};

struct reload_line {
	const char *name;
	enum reload_what what;
	const char *detail; /* why, or how many; raw bytes of others, to be shown by buf_add_shown(). Or NULL */
};

struct reload_lines {
	struct reload_line *items;
	size_t count, room;
};

struct reload {
	bool light;                           /* the theme's variant */
	const char *const *const *commands;   /* registry.theme.reload, or NULL */
	const char *const *wallpaper;         /* registry.theme.wallpaper.command, or NULL */
	const char *const *env;               /* for these: "NAME=VALUE", NULL-terminated; or NULL */
	/* For tests: NULL is that of reload_table.c. */
	const struct reload_program *programs;
	size_t nprograms;
};

/*
 * Tells them; the theme that is told of is what `themes/current` leads to. A line for each program
 * of the table, in its order, but for those that the theme has nothing for or that need a session, then
 * the command for the picture and one for each other command, named by its first word. Texts are in the arena; VEC_RELEASE() is the
 * caller's. Signals should be held (sys/signals.h).
 */
void reload(struct reload_lines *ret, const struct reload *reload, const struct facts *facts,
		struct arena *arena);
/* "told", "later", "failed", "late", "not running". */
const char *reload_what_name(enum reload_what what);
/* The table. */
const struct reload_program *reload_programs(size_t *ret_count);
