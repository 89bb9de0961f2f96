/* SPDX-License-Identifier: MIT */
#include "desk/waybar.h"

size_t waybar_tell(const struct facts *facts, struct arena *arena) {
	(void)facts;
	(void)arena;
	return 0;
}

int waybar_style(const struct desk *desk, const struct missions *missions, bool make,
		const struct facts *facts, struct arena *arena, struct err *err) {
	(void)desk;
	(void)missions;
	(void)make;
	(void)facts;
	(void)arena;
	(void)err;
	return 0;
}

bool waybar_shows(const char *module, const struct workspace *workspace,
		const struct missions *missions) {
	(void)module;
	(void)workspace;
	(void)missions;
	return true;
}
