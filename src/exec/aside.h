/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What stands beside a target under a temporary name while a journal is carried
 * out: shared by act.c (forward) and restore.c (back).
 */

#include <stdbool.h>

#include "exec/act.h"

/* ".lumina-1a2b3c4d-7"; short, since the target's own name may have all 255 bytes. */
const char *aside_name(const struct act *act, const struct op *op);

bool aside_is_folder(int dir, const char *name);

/* Removes a link of exactly this text; 0 too if something else, or nothing, is there. */
int aside_remove_link(int dir, const char *name, const char *text);

/* Folders that a link replaced are reached under their temporary names from now on. */
void aside_add_aliases(struct act *act);
