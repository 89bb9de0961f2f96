/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The observed state: fills the stamp of every place. Reads only. One
 * readlinkat(2) a link, every folder opened once; links are never followed
 * where a target stands, and sources are not looked at.
 */

#include "base/err.h"
#include "state/place.h"
#include "sys/facts.h"

int look(struct places *places, const struct facts *facts, struct arena *arena,
		struct err *err);
