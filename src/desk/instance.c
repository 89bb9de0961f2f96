/* SPDX-License-Identifier: MIT */
#include "desk/instance.h"

bool instance_is_likely(const struct facts *facts) {
	(void)facts;
	return false;
}

bool instance_find(struct instance *ret, const struct facts *facts, struct arena *arena) {
	(void)ret;
	(void)facts;
	(void)arena;
	return false;
}
