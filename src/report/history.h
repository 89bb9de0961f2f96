/* SPDX-License-Identifier: MIT */
#pragma once

/* The generations, newest first, as text or JSON (interface, chapter 11). */

#include "base/paint.h"
#include "exec/history.h"
#include "exec/purge.h"

struct history_report {
	const struct history *history;
	const struct backups *backups; /* that are there now */
	uint64_t present;
	const char *home, *state; /* folders */
	bool verbose;
};

void report_history(const struct history_report *report, const struct paint *paint,
		struct buf *out);
void report_history_json(const struct history_report *report, struct buf *out);
