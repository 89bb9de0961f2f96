/* SPDX-License-Identifier: MIT */
#include "base/paint.h"

const struct paint paint_none = {"", "", "", "", "", "", ""};
const struct paint paint_ansi = {
	.bold = "\033[1m",
	.dim = "\033[2m",
	.red = "\033[31m",
	.green = "\033[32m",
	.yellow = "\033[33m",
	.cyan = "\033[36m",
	.off = "\033[0m",
};
