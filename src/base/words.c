/* SPDX-License-Identifier: MIT */
#include "base/words.h"

#include <string.h>

#include "base/str.h"

static const char blanks[] = " \t\n";

const char *const *words_split(const char *text, struct arena *arena) {
	size_t count = 0;
	for (const char *at = text; at != NULL && *(at += strspn(at, blanks)) != '\0'; count++) {
		at += strcspn(at, blanks);
	}
	if (count == 0) {
		return NULL;
	}
	const char **words = arena_alloc(arena, (count + 1) * sizeof(*words));
	const char *at = text;
	for (size_t i = 0; i < count; i++) {
		at += strspn(at, blanks);
		size_t n = strcspn(at, blanks);
		words[i] = arena_strndup(arena, at, n);
		at += n;
	}
	words[count] = NULL;
	return words;
}

bool words_have(const char *const *words, const char *word) {
	for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
		if (streq(words[i], word)) {
			return true;
		}
	}
	return false;
}
