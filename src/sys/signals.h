/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * While something is being changed, signals that end a program only raise a
 * flag, which the executor looks at between two steps.
 */

/* SIGINT, SIGTERM, SIGHUP and SIGQUIT set the flag from now on. */
void signals_hold(void);
/* As before signals_hold(). */
void signals_release(void);
/* The signal that came since signals_hold(), or 0. */
int signals_pending(void);
