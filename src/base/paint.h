/* SPDX-License-Identifier: MIT */
#pragma once

/* Colours as the escape sequences of ECMA-48 SGR; all are "" when colour is off. */

struct paint {
	const char *bold, *dim, *red, *green, *yellow, *cyan, *off;
};

extern const struct paint paint_none, paint_ansi;
