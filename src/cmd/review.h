/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Files of a project on their way to a person's consent: whole, and so that nothing in
 * them can hide, or pass for something that Lumina says.
 *
 *   --- .lumina.yaml: 2 lines, 31 bytes
 *       1 | env: {A: b}
 *       2 ! label: "\e[2A\u{202e}"
 *
 * Every line has its number in front. "!" marks those with characters that can't be seen,
 * which are written as buf_add_shown() does. What is wider than the terminal goes on
 * behind ">".
 */

#include "base/buf.h"
#include "base/paint.h"
#include "flow/mission.h"
#include "flow/trust_store.h"

struct review {
	struct buf *out;
	const struct paint *paint;
	size_t width; /* of the terminal, in columns; 0: there is none, and no line is folded */
	/* Out, over all files: */
	size_t lines;
	size_t marked; /* lines with "!" */
	size_t hidden; /* characters that can't be seen, tabs among them */
};

void review_file(struct review *review, const struct trust_file *file);
/* What a mission is going to do, one line each. */
void review_mission(const struct review *review, const struct mission *mission);
