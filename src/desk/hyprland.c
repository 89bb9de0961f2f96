/* SPDX-License-Identifier: MIT */
#include "desk/hyprland.h"

enum hyprland hyprland_follow(struct desk *desk, const struct instance *at,
		const struct hyprland_want *want, long *ret_id, struct arena *arena, struct err *err) {
	(void)desk;
	(void)at;
	(void)want;
	(void)ret_id;
	(void)arena;
	(void)err;
	return HYPRLAND_NOWHERE;
}

long hyprland_visible(struct desk *desk, const struct instance *at, const char *output, unsigned ms,
		struct arena *arena) {
	(void)desk;
	(void)at;
	(void)output;
	(void)ms;
	(void)arena;
	return 0;
}
