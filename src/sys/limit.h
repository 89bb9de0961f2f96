/* SPDX-License-Identifier: MIT */
#pragma once

/* A limit to this process's life: when it strikes, the process ends at once, with 0 and without a word. */

/* From now on, in the clock's time; a later call takes the place of an earlier one. */
void limit_set(unsigned ms);
void limit_lift(void);
/* What is left, in ms; -1 if there is no limit. */
long limit_left(void);
