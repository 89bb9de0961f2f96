/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The desired state: every link that the registry asks for, one by one, trees
 * expanded. Sorted by path_compare(), each path once, none below another.
 */

#include <stdint.h>

#include "base/diag.h"
#include "reg/registry.h"
#include "reg/target.h"
#include "sys/facts.h"

struct want {
	const char *path;   /* home path of the target */
	const char *source; /* relative to the profile; of what a theme renders, the template */
	const char *text;   /* the link's text where that isn't the source: to what is rendered; or NULL */
	const struct link_decl *decl;
};

/* What the link has to say. */
const char *want_text(const struct want *want, const char *profile, struct arena *arena);

/* A tree whose folder can't be listed. What stands below its target is left alone. */
struct lost_tree {
	const struct link_decl *decl;
	int sys; /* errno: ENOENT, ENOTDIR, EXDEV (leaves the profile), EACCES, … */
};

struct wants {
	struct want *items;
	size_t count, room;
	struct {
		struct lost_tree *items;
		size_t count, room;
	} lost;
	bool has_trees;
	uint64_t listing; /* sum of the hashes of what trees listed, to tell whether it changed */
};

/* Paths of trees that no registry may ask for, or asks for twice, go to `diags`. */
void wants_build(struct wants *wants, const struct registry *registry, const struct facts *facts,
		const struct target_rules *rules, struct arena *arena, struct diags *diags);
void wants_release(struct wants *wants);
