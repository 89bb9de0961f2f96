/* SPDX-License-Identifier: MIT */
#pragma once

/* Programs with arguments, as environment variables name them: words between blanks. */

#include <stdbool.h>

#include "base/arena.h"

/* NULL-terminated, in the arena; no quoting. NULL for NULL and for nothing but blanks. */
const char *const *words_split(const char *text, struct arena *arena);

/* One of the words (NULL-terminated, or NULL for none) is `word`. */
bool words_have(const char *const *words, const char *word);
