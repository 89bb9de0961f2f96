/* SPDX-License-Identifier: MIT */

/* Declarations of one mission at several levels → one. */

#include "reg/mission_decl.h"

#include <stdlib.h>

#include "base/mem.h"

static void merge_text(struct mission_text *into, const struct mission_text *from) {
	if (from->rank > 0 && from->rank >= into->rank) {
		*into = *from;
	}
}

static void merge_texts(struct mission_texts *into, const struct mission_texts *from) {
	if (from->rank > 0 && from->rank >= into->rank) {
		*into = *from;
	}
}

/* Of one array, by name, then so that the one that counts comes last. */
static int compare_pairs(const void *a, const void *b) {
	const struct mission_pair *left = *(struct mission_pair *const *)a;
	const struct mission_pair *right = *(struct mission_pair *const *)b;
	int order = strcmp(left->name, right->name);
	if (order == 0) {
		order = left->rank < right->rank ? -1 : left->rank > right->rank;
	}
	return order != 0 ? order : left < right ? -1 : left > right;
}

/* Sorts what was put together, and keeps of each name the last. */
static struct mission_pairs settle(struct mission_pair *all, size_t count, struct arena *arena) {
	if (count == 0) {
		return (struct mission_pairs){0};
	}
	_cleanup_free_ struct mission_pair **sorted = xcalloc(count, sizeof(*sorted));
	for (size_t i = 0; i < count; i++) {
		sorted[i] = &all[i];
	}
	qsort(sorted, count, sizeof(struct mission_pair *), compare_pairs);
	struct mission_pairs pairs = {arena_alloc(arena, count * sizeof(*pairs.items)), 0};
	for (size_t i = 0; i < count; i++) {
		if (i + 1 == count || !streq(sorted[i]->name, sorted[i + 1]->name)) {
			pairs.items[pairs.count++] = *sorted[i];
		}
	}
	return pairs;
}

static struct mission_pair *add_pairs(struct mission_pair *end, const struct mission_pairs *pairs) {
	if (pairs->count > 0) {
		memcpy(end, pairs->items, pairs->count * sizeof(*end));
	}
	return end + pairs->count;
}

/* One name's declarations, in the order they were read. */
static struct mission_decl merge(struct mission_decl **decls, size_t count, struct arena *arena) {
	struct mission_decl merged = *decls[0];
	size_t nenv = 0, nrules = 0;
	for (size_t i = 0; i < count; i++) {
		nenv += decls[i]->env.count;
		nrules += decls[i]->hyprland.count;
		merge_text(&merged.label, &decls[i]->label);
		merge_text(&merged.nix, &decls[i]->nix);
		merge_text(&merged.direnv, &decls[i]->direnv);
		merge_texts(&merged.when, &decls[i]->when);
		merge_texts(&merged.in, &decls[i]->in);
		merge_texts(&merged.path, &decls[i]->path);
		merge_texts(&merged.dotenv, &decls[i]->dotenv);
		merge_texts(&merged.show, &decls[i]->show);
		merge_texts(&merged.hide, &decls[i]->hide);
	}
	_cleanup_free_ struct mission_pair *env = xcalloc(nenv + 1, sizeof(*env));
	_cleanup_free_ struct mission_pair *rules = xcalloc(nrules + 1, sizeof(*rules));
	struct mission_pair *env_end = env, *rules_end = rules;
	for (size_t i = 0; i < count; i++) {
		env_end = add_pairs(env_end, &decls[i]->env);
		rules_end = add_pairs(rules_end, &decls[i]->hyprland);
	}
	merged.env = settle(env, nenv, arena);
	merged.hyprland = settle(rules, nrules, arena);
	return merged;
}

/* Of one array: by name, then as they were read. */
static int compare_decls(const void *a, const void *b) {
	const struct mission_decl *left = *(struct mission_decl *const *)a;
	const struct mission_decl *right = *(struct mission_decl *const *)b;
	int order = strcmp(left->name, right->name);
	return order != 0 ? order : left < right ? -1 : left > right;
}

void missions_merge(struct mission_decls *decls, struct arena *arena) {
	if (decls->count == 0) {
		return;
	}
	_cleanup_free_ struct mission_decl **sorted = xcalloc(decls->count, sizeof(*sorted));
	for (size_t i = 0; i < decls->count; i++) {
		sorted[i] = &decls->items[i];
	}
	qsort(sorted, decls->count, sizeof(struct mission_decl *), compare_decls);
	for (size_t i = 0, end; i < decls->count; i = end) {
		for (end = i + 1; end < decls->count &&
				streq(sorted[i]->name, sorted[end]->name); end++) {
		}
		/* The first one becomes all of them; the others go. */
		*sorted[i] = merge(&sorted[i], end - i, arena);
		for (size_t k = i + 1; k < end; k++) {
			sorted[k]->name = NULL;
		}
	}
	size_t kept = 0;
	for (size_t i = 0; i < decls->count; i++) {
		if (decls->items[i].name != NULL) {
			decls->items[kept++] = decls->items[i];
		}
	}
	decls->count = kept;
}
