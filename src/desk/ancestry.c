/* SPDX-License-Identifier: MIT */
#include "desk/ancestry.h"

void ancestry_find(struct ancestry *ret, pid_t shell, unsigned ms, struct arena *arena) {
	(void)shell;
	(void)ms;
	(void)arena;
	ret->count = 0;
}
