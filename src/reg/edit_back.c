/* SPDX-License-Identifier: MIT */
#include "reg/edit_parts.h"

/* Where `gap` begins: behind the entry before, or the colon. False: there is no such place. */
static bool find_anchor(const struct work *work, const struct place *place,
		const struct node *before, uint32_t *ret) {
	if (before != NULL) {
		return entry_end(work, place->node, before, ret);
	}
	*ret = 0;
	return place->level == 0 || colon_end(work, place->key, ret);
}

/* `after` is a C string: of a text with a NUL byte it has what stands before that. */
static bool is_after(const struct edit *edit, const struct node *entry) {
	struct str text = entry->text;
	const char *nul = text.n > 0 ? memchr(text.p, '\0', text.n) : NULL;
	text.n = nul != NULL ? (size_t)(nul - text.p) : text.n;
	return str_is(text, edit->after);
}

/* The entry that stood before, at its old place or anywhere. */
static const struct node *find_before(const struct edit *edit, const struct node *all,
		unsigned *index) {
	const struct node *entry = *index > 0 ? entry_at(all, *index - 1) : NULL;
	if (entry != NULL && is_after(edit, entry)) {
		return entry;
	}
	*index = 1;
	for (entry = all->child; entry != NULL; entry = entry_after(all, entry)) {
		if (is_after(edit, entry)) {
			return entry;
		}
		++*index;
	}
	return NULL;
}

static bool is_at(const struct work *work, uint32_t at, const char *bytes, size_t size) {
	return size == 0 || (size <= work->size && at <= work->size - size &&
					    memcmp(work->text + at, bytes, size) == 0);
}

/* Where `gap` begins now, with the index that follows from it. */
static bool find_old_anchor(const struct work *work, const struct place *place, unsigned *index,
		uint32_t *ret) {
	const struct edit *edit = work->edit;
	if (edit->kind == EDIT_SET) {
		const struct node *key = is_nothing(place->node) ? NULL
								 : find_key(place->node, edit->key);
		return key != NULL && colon_end(work, key, ret);
	}
	const struct node *before = NULL;
	if (edit->after != NULL) {
		before = is_nothing(place->node) ? NULL : find_before(edit, place->node, index);
		if (before == NULL) {
			return false;
		}
	}
	return find_anchor(work, place, before, ret);
}

bool edit_replay(struct work *work, struct splice *ret, struct spot *ret_spot) {
	const struct edit *edit = work->edit;
	const struct place place = find_place(work, edit->depth);
	uint32_t at;
	*ret_spot = (struct spot){edit->depth, edit->index};
	if (edit->depth > work->nsection || place.level < edit->depth ||
			!find_old_anchor(work, &place, &ret_spot->index, &at) ||
			!is_at(work, at, edit->gap, edit->gap_size)) {
		return false;
	}
	struct str with = {edit->raw, edit->raw_size}, without = {edit->left, edit->left_size};
	bool remove = edit->kind == EDIT_REMOVE;
	struct str old = remove ? with : without;
	ret->start = at + (uint32_t)edit->gap_size;
	ret->end = ret->start + (uint32_t)old.n;
	ret->text = remove ? without : with;
	return is_at(work, ret->start, old.p, old.n);
}

bool edit_replay_lines(struct work *work, const struct place *place, struct splice *ret,
		struct spot *ret_spot) {
	const struct edit *edit = work->edit;
	*ret_spot = (struct spot){place->level, edit->index};
	if (edit->kind != EDIT_ADD || edit->left_size > 0 || edit->depth != work->nsection ||
			place->level < work->nsection || is_nothing(place->node) ||
			place->node->flow || edit->raw_size == 0 ||
			edit->raw[edit->raw_size - 1] != '\n') {
		return false;
	}
	if (edit->after == NULL) {
		ret_spot->index = 0;
	} else if (find_before(edit, place->node, &ret_spot->index) == NULL) {
		return false;
	}
	return block_insert_lines(work, place->node, ret_spot->index,
			(struct str){edit->raw, edit->raw_size}, ret) == 0;
}

static const char *copy(const struct work *work, struct str text) {
	return arena_strndup(work->arena, text.p, text.n);
}

bool edit_complete(const struct work *work, const struct splice *splice,
		const struct spot *spot) {
	struct edit done = *work->edit;
	const struct place target = find_place(work, work->nsection);
	const struct place place = find_place(work, spot->level);
	unsigned index;
	const struct node *entry = find_entry(work, &target, &index);
	const struct node *value = entry != NULL && done.key != NULL ? entry->next : entry;
	bool tree = value != NULL && value->kind == NODE_MAP;
	const struct node *scalar = tree ? value->child->next : value;
	if (scalar != NULL && done.kind == EDIT_REMOVE) {
		done.value = node_is_null(scalar) ? "" : copy(work, scalar->text);
		done.tree = tree;
	} else if (scalar != NULL && done.kind == EDIT_SET) {
		done.before = node_is_null(scalar) ? "" : copy(work, scalar->text);
		done.before_tree = tree;
	} else {
		done.before = NULL;
	}
	uint32_t at = splice->start;
	done.after = NULL;
	if (done.kind != EDIT_SET || entry == NULL) {
		const struct node *before = spot->index > 0 ? entry_at(place.node, spot->index - 1)
							    : NULL;
		if (!find_anchor(work, &place, before, &at) || at > splice->start) {
			return false;
		}
		done.after = before != NULL ? copy(work, before->text) : NULL;
	}
	struct str old = {work->text + splice->start, splice->end - splice->start};
	bool remove = done.kind == EDIT_REMOVE;
	done.raw = copy(work, remove ? old : splice->text);
	done.raw_size = remove ? old.n : splice->text.n;
	done.left = copy(work, remove ? splice->text : old);
	done.left_size = remove ? splice->text.n : old.n;
	done.gap_size = splice->start - at;
	done.gap = copy(work, (struct str){work->text + at, done.gap_size});
	done.index = spot->index;
	done.depth = spot->level;
	*work->edit = done;
	return true;
}

struct edit edit_invert(const struct edit *edit) {
	struct edit back = *edit;
	if (edit->kind != EDIT_SET) {
		back.kind = edit->kind == EDIT_ADD ? EDIT_REMOVE : EDIT_ADD;
		return back;
	}
	if (edit->before == NULL) {
		back.kind = EDIT_REMOVE;
		return back;
	}
	back.value = edit->before;
	back.tree = edit->before_tree;
	back.before = edit->value;
	back.before_tree = edit->tree;
	back.raw = edit->left;
	back.raw_size = edit->left_size;
	back.left = edit->raw;
	back.left_size = edit->raw_size;
	return back;
}
