/* SPDX-License-Identifier: MIT */
#include "base/when.h"

/* The formats are literals where these are called, and checked there. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static struct when describe(const struct tm *time, const char *format) {
	struct when when = {0};
	if (time == NULL || strftime(when.text, sizeof(when.text), format, time) == 0) {
		when.text[0] = '\0'; /* strftime() leaves anything there, if it doesn't fit */
	}
	return when;
}

struct when when_local(time_t time, const char *format) {
	struct tm local;
	return describe(localtime_r(&time, &local), format);
}

struct when when_utc(time_t time, const char *format) {
	struct tm utc;
	return describe(gmtime_r(&time, &utc), format);
}

#pragma GCC diagnostic pop
