/* SPDX-License-Identifier: MIT */
#include <signal.h>

#include "desk/reload.h"

/*
 * Where the facts come from: "tried" on the version that is named; else the program's own
 * documentation or source.
 */
static const struct reload_program table[] = {
	/* `reload` of hyprctl(1); the answer comes before it is done. What is sourced isn't seen to change. */
	{.name = "Hyprland", .how = RELOAD_BY_HYPRLAND, .file = "hypr"},
	/* css_reload_helper.cpp: GIO's monitor of what style.css imports; tried on 0.15. */
	{.name = "Waybar", .how = RELOAD_BY_WATCH, .names = {"waybar"},
		.later = "at its next start: without \"reload_style_on_change\" it watches no theme"},
	/* kitty.conf(5): SIGUSR1 reloads the configuration; read from a signalfd. Tried on 0.26. */
	{.name = "kitty", .how = RELOAD_BY_SIGNAL, .names = {"kitty"}, .number = SIGUSR1,
		.later = "new windows: it takes no SIGUSR1"},
	/*
	 * SIGUSR1 and SIGUSR2 of 1.23 and later switch between two themes that were read at its start, and
	 * end older ones. OSC sequences to its terminals would get between those of what runs there.
	 */
	{.name = "foot", .how = RELOAD_BY_NOTHING, .names = {"foot"},
		.later = "new windows; with a server, when that is started again"},
	/* monitor.rs: inotify of the folders that its files are in; tried on 0.11. */
	{.name = "Alacritty", .how = RELOAD_BY_WATCH, .names = {"alacritty"},
		.later = "new windows: it watches no theme (live_config_reload, import)"},
	/* SIGUSR2 reloads the configuration from 1.2 on; g_unix_signal_add(). */
	{.name = "Ghostty", .how = RELOAD_BY_SIGNAL, .names = {"ghostty"}, .number = SIGUSR2,
		.later = "new windows: it takes no SIGUSR2 (before 1.2)"},
	/* SIGUSR2 reads configuration and theme again from 1.3.1 on; 1.2.13 was tried: it would die of it. */
	{.name = "btop", .how = RELOAD_BY_SIGNAL, .names = {"btop"}, .number = SIGUSR2, .anywhere = true,
		.later = "at its next start: it takes no SIGUSR2 (before 1.3.1)"},
	/* "Configuration" of its book: SIGUSR1, from 22.12 on. Arch calls it helix, others hx. */
	{.name = "Helix", .how = RELOAD_BY_SIGNAL, .names = {"hx", "helix"}, .number = SIGUSR1,
		.anywhere = true, .later = "at its next start: it takes no SIGUSR1 (before 22.12)"},
	/* os/signal.c: SIGUSR1 is the event `Signal` and nothing else, for an autocommand. Tried on 0.7. */
	{.name = "Neovim", .how = RELOAD_BY_SIGNAL, .names = {"nvim"}, .number = SIGUSR1,
		.anywhere = true, .later = "at its next start: it takes no SIGUSR1"},
	{.name = "tmux", .how = RELOAD_BY_TMUX, .file = "tmux", .anywhere = true},
	{.name = "hyprpaper", .how = RELOAD_BY_HYPRPAPER, .names = {"hyprpaper"}, .picture = true},
	{.name = "swaybg", .how = RELOAD_BY_SWAYBG, .names = {"swaybg"}, .picture = true},
	/* makoctl(1). Not asked where none runs: the bus would start one. */
	{.name = "mako", .how = RELOAD_BY_COMMAND, .names = {"mako"}, .argv = {"makoctl", "reload"}},
	/*
	 * Also what GTK 4, Qt and browsers take by the portal. "No such schema", "No such key" or "No
	 * schemas installed" where it isn't there. A theme of any kind is enough.
	 */
	{.name = "GTK", .how = RELOAD_BY_COMMAND, .absent = "No ", .file = "",
		.argv = {"gsettings", "set", "org.gnome.desktop.interface", "color-scheme", "prefer-"}},
};

const struct reload_program *reload_programs(size_t *ret_count) {
	*ret_count = sizeof(table) / sizeof(table[0]);
	return table;
}

const char *reload_what_name(enum reload_what what) {
	static const char *const names[] = {
		[RELOAD_TOLD] = "told",
		[RELOAD_LATER] = "later",
		[RELOAD_FAILED] = "failed",
		[RELOAD_LATE] = "late",
		[RELOAD_NOT_RUNNING] = "not running",
	};
	return names[what];
}
