/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Checks of values that all files of the registry's form share; what is wrong goes to
 * `diags`, with its place.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "text/node.h"

struct checker {
	struct source *source;
	struct diags *diags;
};

/*
 * For '%.*s': as many bytes of a text as belong into a message. What stands there may be
 * as large as the file.
 */
int check_clip(struct str text);

/* "expected WHAT, not a list" */
void check_expected(const struct checker *check, const struct node *node, const char *what);

/* True if it is a list or nothing at all (an emptied section keeps its key). */
bool check_is_list(const struct checker *check, const struct node *node, const char *what);
/* The same for a map. */
bool check_is_map(const struct checker *check, const struct node *node, const char *what);
/* True for a scalar without NUL bytes. */
bool check_is_text(const struct checker *check, const struct node *node, const char *what);
/* True for a list of texts, at least one: a program and its arguments. */
bool check_is_command(const struct checker *check, const struct node *node);
/* The texts of such a list, NULL-terminated. */
const char *const *check_command_copy(const struct node *list, struct arena *arena);
/* True for true and false, unquoted. */
bool check_is_bool(const struct checker *check, const struct node *node, bool *ret);
/* May become a file's name: 1 to 64 of A-Z a-z 0-9 . _ @ + -, with a harmless first one. */
bool check_name(struct str text);
/* True for a text that may become a file's name. */
bool check_is_name(const struct checker *check, const struct node *node);

/* A key that isn't in `keys` (NULL-terminated); `where` is "the registry", for example. */
void check_unknown_key(const struct checker *check, const struct node *key,
		const char *const keys[], const char *where);

/* The next key of a map. */
static inline const struct node *check_after(const struct node *key) {
	return key->next != NULL ? key->next->next : NULL;
}
