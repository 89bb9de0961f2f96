/* SPDX-License-Identifier: MIT */
#pragma once

/* YAML → declarations of missions, every value checked. */

#include "reg/check.h"
#include "reg/mission_decl.h"

/* So many problems of a project's file are told; it is left there. */
enum { MISSION_PROBLEMS_MAX = 20 };

/* How a file's missions are read. */
struct mission_reader {
	struct checker check;
	struct arena *arena;
	unsigned rank;
	bool project; /* a project's own file: less is allowed (flow/project.h) */
	size_t *used; /* bytes of texts taken so far, all missions together */
};

/* Names of the keys, for the registry's missions and for a project's file; NULL-terminated. */
extern const char *const mission_keys[];

/*
 * Takes a key and its value into the declaration; what is wrong with the value goes to
 * the reader's `diags`. False if a mission has no such key.
 */
bool mission_take(struct mission_decl *decl, const struct mission_reader *reader,
		const struct node *key);

/* The block of a mission in the registry: complains about unknown keys too. */
void mission_take_block(struct mission_decl *decl, const struct mission_reader *reader,
		const struct node *block);
