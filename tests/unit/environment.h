/* SPDX-License-Identifier: MIT */
#pragma once

/* An environment for tests, to which the steps of environ_change() can be applied. */

#include <stdlib.h>

#include "test.h"

#include "flow/environ.h"

enum { ENVIRONMENT_MAX = 1100 };

/* NULL-terminated "NAME=value" texts, on the heap. */
struct environment {
	const char *items[ENVIRONMENT_MAX];
	size_t count;
};

static inline void environment_put(struct environment *env, const char *name, const char *value) {
	size_t n = strlen(name), at = 0;
	while (at < env->count && (strncmp(env->items[at], name, n) != 0 || env->items[at][n] != '=')) {
		at++;
	}
	if (at < env->count) {
		free((char *)(uintptr_t)env->items[at]);
		if (value == NULL) {
			memmove(&env->items[at], &env->items[at + 1],
					(env->count - at) * sizeof(env->items[0]));
			env->count--;
			return;
		}
	} else if (value == NULL) {
		return;
	} else {
		assert_true(++env->count < ENVIRONMENT_MAX);
		env->items[env->count] = NULL;
	}
	char *text = malloc(n + strlen(value) + 2);
	memcpy(text, name, n);
	text[n] = '=';
	memcpy(text + n + 1, value, strlen(value) + 1);
	env->items[at] = text;
}

static inline const char *environment_get(const struct environment *env, const char *name) {
	return environ_get(env->items, name);
}

static inline void environment_copy(struct environment *to, const struct environment *from) {
	memset(to, 0, sizeof(*to));
	for (size_t i = 0; i < from->count; i++) {
		char *copy = strdup(from->items[i]);
		to->items[to->count++] = copy;
	}
}

static inline void environment_release(struct environment *env) {
	for (size_t i = 0; i < env->count; i++) {
		free((char *)(uintptr_t)env->items[i]);
	}
	memset(env, 0, sizeof(*env));
}

/* What a shell does with the answer. */
static inline void environment_apply(struct environment *env, const struct env_change *change) {
	for (size_t i = 0; i < change->nsteps; i++) {
		environment_put(env, change->steps[i].name, change->steps[i].value);
	}
}

/* The same variables with the same values, in any order, but for the record. */
static inline bool environment_same(const struct environment *a, const struct environment *b) {
	size_t ours = environment_get(a, ENVIRON_STATE) != NULL;
	size_t theirs = environment_get(b, ENVIRON_STATE) != NULL;
	if (a->count - ours != b->count - theirs) {
		return false;
	}
	for (size_t i = 0; i < a->count; i++) {
		size_t n = strcspn(a->items[i], "=");
		char name[ENV_NAME_MAX + 1];
		memcpy(name, a->items[i], n);
		name[n] = '\0';
		const char *other = environment_get(b, name);
		bool same = other != NULL && strcmp(other, a->items[i] + n + 1) == 0;
		if (!same && strcmp(name, ENVIRON_STATE) != 0) {
			return false;
		}
	}
	return true;
}
