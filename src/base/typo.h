/* SPDX-License-Identifier: MIT */
#pragma once

/* "Did you mean …": the nearest name of a NULL-terminated list, or NULL where none is near. */

#include "base/str.h"

const char *typo_nearest(struct str word, const char *const names[]);

/* Edits (insert, remove, replace, swap of neighbours) between two words. */
size_t typo_distance(struct str a, struct str b);
