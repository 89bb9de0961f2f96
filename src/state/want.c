/* SPDX-License-Identifier: MIT */
#include "state/want.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/path.h"
#include "base/vec.h"
#include "state/theme_place.h"
#include "sys/folder.h"

const char *want_text(const struct want *want, const char *profile, struct arena *arena) {
	return want->text != NULL ? want->text : path_join(profile, want->source, arena);
}

struct expand {
	struct wants *wants;
	const struct link_decl *decl;
	struct arena *arena;
};

static int add_found(void *user, const char *path) {
	struct expand *expand = user;
	struct want want = {
		.path = path_join(expand->decl->target, path, expand->arena),
		.source = path_join(expand->decl->source, path, expand->arena),
		.decl = expand->decl,
	};
	VEC_ADD(expand->wants, want);
	/* A sum: the order in which a folder lists its entries must not matter. */
	expand->wants->listing += hash64(want.path, strlen(want.path)) ^
			(hash64(want.source, strlen(want.source)) << 1);
	return 0;
}

static void expand_tree(struct expand *expand, int profile) {
	struct wants *wants = expand->wants;
	size_t before = wants->count;
	int fd = profile < 0 ? -1
			     : folder_open_beneath(profile, expand->decl->source,
					       O_RDONLY | O_DIRECTORY);
	if (fd < 0 || folder_walk(fd, add_found, expand) < 0) {
		wants->count = before;
		VEC_ADD(&wants->lost, (struct lost_tree){expand->decl, errno});
	}
}

/* Explicit links before trees, then the later level. */
static int compare_wants(const void *a, const void *b) {
	const struct want *left = a, *right = b;
	int order = path_compare(left->path, right->path);
	if (order == 0 && left->decl->tree != right->decl->tree) {
		order = left->decl->tree ? 1 : -1;
	}
	if (order == 0) {
		order = left->decl->rank > right->decl->rank
				? -1
				: left->decl->rank < right->decl->rank;
	}
	return order;
}

static bool is_settled(const struct wants *wants) {
	for (size_t i = 1; i < wants->count; i++) {
		const char *last = wants->items[i - 1].path, *path = wants->items[i].path;
		if (path_compare(last, path) >= 0 || path_is_under(path, last)) {
			return false;
		}
	}
	return true;
}

/* One want a path: an explicit link wins over trees at its path and below it. */
static void settle(struct wants *wants, struct arena *arena, struct diags *diags) {
	size_t kept = 0;
	for (size_t i = 0; i < wants->count; i++) {
		struct want want = wants->items[i];
		const struct want *last = kept > 0 ? &wants->items[kept - 1] : NULL;
		if (last == NULL || !path_is_under(want.path, last->path)) {
			wants->items[kept++] = want;
			continue;
		}
		if (!last->decl->tree) {
			continue;
		}
		bool same = streq(want.path, last->path);
		if (same && want.decl->rank != last->decl->rank) {
			continue;
		}
		const char *other = span_describe(last->decl->at, arena);
		if (same) {
			diag_add(diags, want.decl->at,
					"target '%s' comes from this tree and from the one at %s",
					want.path, other);
		} else {
			diag_add(diags, want.decl->at,
					"target '%s' lies below '%s', which is a link itself (%s)",
					want.path, last->path, other);
		}
	}
	wants->count = kept;
}

void wants_build(struct wants *wants, const struct registry *registry, const struct facts *facts,
		const struct target_rules *rules, struct arena *arena, struct diags *diags) {
	*wants = (struct wants){0};
	int profile = -1;
	for (size_t i = 0; i < registry->links.count; i++) {
		const struct link_decl *decl = &registry->links.items[i];
		if (decl->rendered && registry->theme.active == NULL) {
			continue; /* nothing is rendered */
		}
		if (!decl->tree) {
			VEC_ADD(wants, (struct want){
				.path = decl->target,
				.source = decl->source,
				.text = decl->rendered ? theme_place_link(decl->source, facts, arena) : NULL,
				.decl = decl,
			});
			continue;
		}
		wants->has_trees = true;
		if (profile < 0) {
			profile = open(facts->profile, O_PATH | O_DIRECTORY | O_CLOEXEC);
		}
		size_t before = wants->count;
		expand_tree(&(struct expand){wants, decl, arena}, profile);
		for (size_t j = before; j < wants->count; j++) {
			const char *wrong = target_check(wants->items[j].path, rules, arena);
			if (wrong != NULL) {
				diag_add(diags, decl->at, "target '%s' of this tree %s",
						wants->items[j].path, wrong);
			}
		}
	}
	cleanup_close_fd(&profile);
	/* Without trees they are as sorted as the registry's links. */
	if (wants->has_trees && !is_settled(wants)) {
		qsort(wants->items, wants->count, sizeof(*wants->items), compare_wants);
		settle(wants, arena, diags);
	}
}

void wants_release(struct wants *wants) {
	VEC_RELEASE(&wants->lost);
	VEC_RELEASE(wants);
}
