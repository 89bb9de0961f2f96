/* SPDX-License-Identifier: MIT */
#include "base/typo.h"

#include <stdlib.h>

#include "base/mem.h"

/* Longer words than this are nobody's typing error, and would make the table below large. */
enum { WORD_MAX = 64 };

static size_t least(size_t a, size_t b) {
	return a < b ? a : b;
}

/* Optimal string alignment distance. */
size_t typo_distance(struct str a, struct str b) {
	size_t width = b.n + 1;
	_cleanup_free_ size_t *cost = xcalloc((a.n + 1) * width, sizeof(*cost));
	for (size_t i = 0; i <= a.n; i++) {
		cost[i * width] = i;
	}
	for (size_t j = 0; j <= b.n; j++) {
		cost[j] = j;
	}
	for (size_t i = 1; i <= a.n; i++) {
		for (size_t j = 1; j <= b.n; j++) {
			size_t differs = a.p[i - 1] != b.p[j - 1];
			size_t best = least(cost[(i - 1) * width + j] + 1,
					cost[i * width + j - 1] + 1);
			best = least(best, cost[(i - 1) * width + j - 1] + differs);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1]) {
				best = least(best, cost[(i - 2) * width + j - 2] + 1);
			}
			cost[i * width + j] = best;
		}
	}
	return cost[a.n * width + b.n];
}

const char *typo_nearest(struct str word, const char *const names[]) {
	const char *nearest = NULL;
	size_t best = 0;
	if (word.n == 0 || word.n > WORD_MAX) {
		return NULL;
	}
	for (size_t i = 0; names[i] != NULL; i++) {
		size_t distance = typo_distance(word, str_of(names[i]));
		if (nearest == NULL || distance < best) {
			nearest = names[i];
			best = distance;
		}
	}
	/* One error in three letters, and at least one letter right. */
	return nearest != NULL && best <= 1 + word.n / 3 && best < word.n ? nearest : NULL;
}
