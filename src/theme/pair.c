/* SPDX-License-Identifier: MIT */
#include "theme/pair.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

static const struct {
	const char *word, *other;
} words[] = {{"dark", "light"}, {"light", "dark"}};

/* "a-dark-b" of "a-light-b"; the same where there is no such word. */
static const char *exchanged(const char *name, struct arena *arena) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	for (;;) {
		struct str word = {name, strcspn(name, "-")};
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			if (str_is(word, words[i].word)) {
				word = str_of(words[i].other);
				break;
			}
		}
		buf_add(&text, word.p, word.n);
		name += strcspn(name, "-");
		if (*name == '\0') {
			return arena_strndup(arena, text.data, text.len);
		}
		buf_addc(&text, *name++);
	}
}

/* Without such a word at its end; NULL if it has none. */
static const char *shortened(const char *name, struct arena *arena) {
	const char *dash = strrchr(name, '-');
	for (size_t i = 0; dash != NULL && dash > name && i < sizeof(words) / sizeof(words[0]); i++) {
		if (streq(dash + 1, words[i].word)) {
			return arena_strndup(arena, name, (size_t)(dash - name));
		}
	}
	return NULL;
}

static int compare(const void *a, const void *b) {
	return strcmp(((const struct pair_theme *)a)->name, ((const struct pair_theme *)b)->name);
}

const struct pair_theme *pair_find(const struct pair_theme *all, size_t count,
		const struct pair_theme *of, struct arena *arena) {
	const char *const names[] = {
		exchanged(of->name, arena),
		arena_printf(arena, "%s-%s", of->name, of->is_dark ? "light" : "dark"),
		shortened(of->name, arena),
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct pair_theme key = {.name = names[i]};
		const struct pair_theme *found = names[i] == NULL || count == 0 ? NULL
				: bsearch(&key, all, count, sizeof(*all), compare);
		if (found != NULL && found->is_dark != of->is_dark) {
			return found;
		}
	}
	return NULL;
}
