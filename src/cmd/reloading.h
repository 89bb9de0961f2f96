/* SPDX-License-Identifier: MIT */
#pragma once

/* Running programs are told of another theme, once it is shown. */

#include "cmd/change.h"

/*
 * The change switched the theme, or an interrupted run had; or it was asked to, and it is shown
 * already: programs may not have it yet.
 */
bool reloading_is_due(const struct change *change);
/*
 * Tells them, and what came of each is in `ret`, whose VEC_RELEASE() is the caller's. Without the
 * store's lock: a command of the registry may be one of ours. Nothing of it is an error.
 */
void reloading_run(struct tolds *ret, const struct change *change);
