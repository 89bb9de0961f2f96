/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The registry's keys as a table: which exist where, what type each has, and
 * who takes the value. Walking a file reports every problem of it.
 */

#include "base/diag.h"
#include "reg/registry.h"
#include "reg/target.h"
#include "text/node.h"

struct include_decl {
	const char *path; /* folded, relative to the profile */
	struct span at;
};

struct schema {
	struct registry *registry;
	struct arena *arena;
	struct diags *diags;
	const struct target_rules *rules;
	struct source *source;
	unsigned rank;      /* of the entries taken */
	const char *host;   /* set while a host's block is walked */
	/* Out: the file's includes and the blocks of its hosts, for the loader to follow. */
	struct {
		struct include_decl *items;
		size_t count, room;
	} includes;
	const struct node *hosts;
};

/* Checks a whole file and takes packages, links and includes of its body. */
void schema_walk_file(struct schema *schema, const struct node *root);
/* Takes what a host's block says; it was checked with its file. */
void schema_walk_host(struct schema *schema, const struct node *block);
