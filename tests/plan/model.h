/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A machine as a list of paths, and what a plan does to it: what stands at a path is
 * "link:TEXT", "file:INO", "folder:INO" or "other:INO"; nothing has no entry. Slots are
 * paths like any other, below "slot:". Carrying out checks what every operation expects.
 * What is made anew gets an inode of thousands; of a copy, the rest is its original's.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/vec.h"
#include "exec/journal.h"
#include "plan/plan.h"

struct model_entry {
	const char *path, *what;
};

struct model {
	struct model_entry *items;
	size_t count, room;
	struct arena *arena;
	unsigned long made; /* numbers of what is made anew */
	const char *wrong; /* the first operation that can't be carried out, and why */
};

static inline const char *model_get(const struct model *model, const char *path) {
	for (size_t i = 0; i < model->count; i++) {
		if (streq(model->items[i].path, path)) {
			return model->items[i].what;
		}
	}
	return NULL;
}

/* NULL: nothing. */
static inline void model_set(struct model *model, const char *path, const char *what) {
	size_t i = 0;
	while (i < model->count && !streq(model->items[i].path, path)) {
		i++;
	}
	if (what == NULL) {
		if (i < model->count) {
			model->items[i] = model->items[--model->count];
		}
	} else if (i < model->count) {
		model->items[i].what = what;
	} else {
		VEC_ADD(model, (struct model_entry){path, what});
	}
}

static inline const char *model_slot(const struct model *model, const char *slot) {
	return arena_printf(model->arena, "slot:%s", slot);
}

/* With all that is below it. */
static inline void model_move(struct model *model, const char *from, const char *to) {
	size_t n = strlen(from);
	for (size_t i = 0; i < model->count; i++) {
		struct model_entry *entry = &model->items[i];
		if (path_is_under(entry->path, from)) {
			entry->path = arena_printf(model->arena, "%s%s", to, entry->path + n);
		}
	}
}

static inline const char *model_what(struct arena *arena, const struct expect *expect) {
	static const char *const words[] = {NULL, "link", "file", "folder", "other", "hidden"};
	return expect->kind == STAMP_ABSENT ? NULL
			: expect->kind == STAMP_LINK
			? arena_printf(arena, "link:%s", expect->text)
			: arena_printf(arena, "%s:%lu", words[expect->kind],
					  (unsigned long)expect->ino);
}

static inline void model_fail(struct model *model, const struct op *op, const char *why) {
	if (model->wrong == NULL) {
		model->wrong = arena_printf(model->arena, "%s %s: %s", op_kind_name(op->kind),
				op->path, why);
	}
}

static inline void model_expect(struct model *model, const struct op *op, const char *path,
		const struct expect *expect) {
	const char *want = model_what(model->arena, expect), *is = model_get(model, path);
	bool same = want == NULL || is == NULL ? want == is : streq(want, is);
	if (!same) {
		model_fail(model, op, arena_printf(model->arena, "expects %s at %s, there is %s",
						      want != NULL ? want : "nothing", path,
						      is != NULL ? is : "nothing"));
	}
}

/* What leaves a path waits under this name until the commit. */
static inline const char *model_aside(const struct model *model, size_t i) {
	return arena_printf(model->arena, "aside:%zu", i);
}

/* What comes to a path from elsewhere; nothing stands there. */
static inline void model_bring(struct model *model, const struct op *op, const char *path,
		const char *home) {
	const char *slot = op->take != NULL ? model_slot(model, op->take) : NULL;
	if (slot != NULL && model_get(model, slot) == NULL) {
		model_fail(model, op, "takes from an empty slot");
	} else if (slot != NULL) {
		model_move(model, slot, path);
	} else if (op->kind == OP_FILE) {
		const char *from = path_to_home(op->origin, home, model->arena);
		const char *what = model_get(model, from != NULL ? from : op->origin);
		if (what == NULL || strncmp(what, "file:", 5) != 0) {
			model_fail(model, op, "copies what is no file");
		} else {
			model_set(model, path, arena_printf(model->arena, "file:%lu",
							       strtoul(what + 5, NULL, 10) % 1000 +
									       ++model->made * 1000));
		}
	} else if (op->text != NULL && op->kind != OP_RETURN) {
		model_set(model, path, arena_printf(model->arena, "link:%s", op->text));
	}
}

static inline void model_run_one(struct model *model, const struct op *op, size_t i,
		const char *home) {
	const char *aside = model_aside(model, i);
	bool paired = op->kind == OP_ADOPT || op->kind == OP_RETURN;
	const char *from = op->kind == OP_RETURN ? op->partner : op->path;
	const char *to = op->kind == OP_RETURN ? op->path : op->partner;
	if (op->kind == OP_OWN || op->kind == OP_DISOWN || op->kind == OP_EDIT) {
		return;
	}
	model_expect(model, op, op->path, &op->expect);
	if (paired) {
		model_expect(model, op, op->partner, &op->there);
		model_move(model, to, aside);
		model_move(model, from, to);
		model_bring(model, op, from, home);
		return;
	}
	if (op->keeps) {
		model_move(model, op->path, aside);
	} else {
		/* What is in a folder of ours goes by operations of its own. */
		model_set(model, aside, model_get(model, op->path));
		model_set(model, op->path, NULL);
	}
	if (op->kind == OP_FOLDER) {
		model_set(model, op->path, arena_printf(model->arena, "folder:%lu",
							  ++model->made * 1000));
	} else if (op->kind == OP_LINK || op->kind == OP_FILE) {
		model_bring(model, op, op->path, home);
	}
}

/* Behind the commit: what was a person's goes to its slot, and nothing is in it by then. */
static inline void model_clean(struct model *model, const struct op *op, size_t i) {
	const char *aside = model_aside(model, i);
	if (!op->keeps) {
		const char *what = model_get(model, aside);
		bool ours = what == NULL || strncmp(what, "link:", 5) == 0 ||
				strncmp(what, "folder:", 7) == 0;
		if (!ours) {
			model_fail(model, op, "removes what isn't ours");
		}
		model_set(model, aside, NULL);
		return;
	}
	const char *slot = op->keep != NULL ? model_slot(model, op->keep)
					    : arena_printf(model->arena, "slot:new-%lu/%zu",
							      ++model->made, i);
	if (model_get(model, slot) != NULL) {
		model_fail(model, op, "keeps in a slot that isn't empty");
	} else {
		model_move(model, aside, slot);
	}
}

static inline void model_run(struct model *model, const struct op *ops, size_t count,
		const char *home) {
	for (size_t i = 0; i < count; i++) {
		const struct op *op = &ops[i];
		if (i > 0 && (op->phase < op[-1].phase || (op->phase == op[-1].phase &&
						path_compare(op[-1].path, op->path) >= 0))) {
			model_fail(model, op, "out of order, or a path twice");
		}
		model_run_one(model, op, i, home);
	}
	for (size_t i = 0; i < count; i++) {
		if (op_changes_machine(&ops[i]) && ops[i].kind != OP_EDIT) {
			model_clean(model, &ops[i], i);
		}
	}
}
