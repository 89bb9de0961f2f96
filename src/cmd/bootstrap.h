/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The AUR's helper isn't in any repository: where packages need one and none is there,
 * paru is built from the AUR, if the person agrees. LUMINA_AUR_URL names another AUR.
 */

#include "cmd/cmd.h"
#include "exec/helper.h"

/* 1: it is there now; 0: the person said no, or it didn't come to be; -1 with err. */
int bootstrap_aur_helper(struct app *app, const struct helpers *helpers, struct err *err);
