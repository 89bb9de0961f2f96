/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What has to be wrong with a text before libfyaml sees it: bytes that are no
 * UTF-8 (there it may end the file in silence), control characters (YAML 1.2,
 * 5.1), and brackets nested so deep that reading them would take gigabytes.
 */

#include "base/diag.h"

/* 0, or -1 with the first problem in `diags`. */
int characters_check(struct source *source, struct diags *diags);
