/* SPDX-License-Identifier: MIT */
#pragma once

/* A point in time as text, in a format of strftime(3). By value: nothing to release. */

#include <time.h>

struct when {
	char text[32]; /* empty where the calendar has no such time, or it doesn't fit */
};

/* As the clocks show it here. */
struct when when_local(time_t time, const char *format)
		__attribute__((format(strftime, 2, 0)));
/* The same wherever the machine is. */
struct when when_utc(time_t time, const char *format)
		__attribute__((format(strftime, 2, 0)));
