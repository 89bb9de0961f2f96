/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Of reload.c only: programs that show the theme's picture.
 *
 * hyprpaper takes requests by $XDG_RUNTIME_DIR/hypr/SIGNATURE/.hyprpaper.sock. Up to 0.7 they are
 * texts, answered by "ok" or by what is wrong: `preload PATH`, `wallpaper MONITOR,PATH`, `unload
 * unused`. From 0.8 on they are messages of the library hyprwire, and `hyprctl hyprpaper
 * wallpaper MONITOR,PATH` is how programs send them. Without a monitor's name, either sets those only
 * that never had a picture of their own: so each is named.
 *
 * swaybg takes no requests, and watches nothing. One that shows `…/themes/current/wallpaper` is started
 * once more, as it was started, and when the new one has drawn, the old one is ended. Tried on
 * 1.2.0 with sway 1.7.
 */

#include "desk/instance.h"
#include "desk/reload.h"
#include "desk/running.h"

/* The picture of the theme in that folder, absolute; NULL if it has none. */
const char *paper_path(const char *current, struct arena *arena);
/* The command, with the picture behind it. */
const char *const *paper_command(const char *const *command, const char *picture, struct arena *arena);

/* --- hyprpaper --- */

/* It is 0.8 or later. */
bool paper_is_wired(const struct running *one, struct arena *arena);
/* "" for those that have no picture yet, then Hyprland's monitors; NULL-terminated. `end`: sys/clock.h. */
const char *const *paper_monitors(const struct instance *hyprland, int64_t end, struct arena *arena);
/* The texts up to 0.7. */
enum reload_what paper_ask(const struct instance *hyprland, const char *const *monitors,
		const char *picture, int64_t end, const char **ret_why, struct arena *arena);

/* --- swaybg --- */

struct paper_renewal {
	size_t tally;
	pid_t worker; /* starts the new one and ends the old one */
};

struct paper_renewals {
	struct paper_renewal *items;
	size_t count, room;
};

/*
 * Begins to start it anew, if it shows the picture of the theme in the folder `current`; that takes `ms` at most. False, with the reason, if that isn't for us to do.
 * Each that was begun is waited for by paper_renewed(), once.
 */
bool paper_renew(struct paper_renewals *renewals, const struct running *one, const char *current,
		size_t tally, unsigned ms, const char **ret_why, struct arena *arena);
enum reload_what paper_renewed(const struct paper_renewal *renewal, const char **ret_why);
