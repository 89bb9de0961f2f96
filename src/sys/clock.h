/* SPDX-License-Identifier: MIT */
#pragma once

/* Deadlines: points of the monotonic clock, in milliseconds. */

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ms(void) {
	struct timespec time;
	/* Can't fail for this clock. */
	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* A pause; a signal may end it early. */
static inline void clock_sleep(unsigned ms) {
	const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
	(void)nanosleep(&pause, NULL);
}

/* What is left until then, for poll(2): 0 if it is over. */
static inline int clock_left(int64_t end) {
	int64_t left = end - clock_ms();
	return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}
