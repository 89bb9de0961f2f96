/* SPDX-License-Identifier: MIT */
#pragma once

/* Files of the runtime folder: small, ours alone, gone with the login. */

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "sys/facts.h"

/*
 * The folder (`sub` of it; NULL: itself), made if it isn't there: an open descriptor,
 * or -1, also where it belongs to somebody else.
 */
int runtime_open(const struct facts *facts, const char *sub, struct arena *arena, struct err *err);
/*
 * Makes the file `name` hold the text: another one is written and renamed, so a reader sees
 * the old or the new one. Nothing is flushed.
 */
int runtime_write(int dir, const char *name, const struct buf *text, struct arena *arena,
		struct err *err);
