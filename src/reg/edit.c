/* SPDX-License-Identifier: MIT */
#include "reg/edit.h"

#include "reg/edit_parts.h"

/* --- reading ------------------------------------------------------------------------------- */

static int parse(struct work *work) {
	struct diags diags = {.arena = work->arena};
	struct node *root;
	if (node_parse(work->source, work->arena, &diags, &root) < 0) {
		return work_refuse(work, diags.first->at.start, diags.first->text);
	}
	work->root = root;
	return 0;
}

static int refuse_type(struct work *work, const struct place *place) {
	const struct edit *edit = work->edit;
	const struct node *at = place->key != NULL ? place->key : place->node;
	const char *name = place->key != NULL ? edit->section[place->level - 1] : "the file";
	bool whole = place->level == work->nsection, is_list = whole && edit->key == NULL;
	bool grouped = place->level + 1 == work->nsection && edit->key == NULL && place->level > 0;
	if (grouped && place->node->kind == NODE_LIST) {
		work_set_refused(work, at->start, arena_printf(work->arena,
				"'%s' is a plain list, without '%s'", name,
				edit->section[place->level]));
		hint_place(work, place->level);
		return -1;
	}
	if (is_list && place->node->kind == NODE_MAP) {
		work_set_refused(work, at->start, arena_printf(work->arena,
				"'%s' has groups: one of them has to be named", name));
		hint_place(work, UINT32_MAX);
		return -1;
	}
	return work_refuse(work, at->start, arena_printf(work->arena, "'%s' is a %s, not a %s",
			name, node_describe(place->node), is_list ? "list" : "map"));
}

/* Can the section's keys, as far as they lead, lead where the entry belongs? */
static int check_type(struct work *work, const struct place *place) {
	bool is_list = place->level == work->nsection && work->edit->key == NULL;
	if (is_nothing(place->node) || place->node->kind == (is_list ? NODE_LIST : NODE_MAP)) {
		return 0;
	}
	return refuse_type(work, place);
}

/* Nothing in what goes may be known elsewhere; and it has to be what the edit can put back. */
static int check_removable(struct work *work, const struct node *all) {
	for (const struct node *entry = all->child; entry != NULL;
			entry = entry_after(all, entry)) {
		const struct node *value = entry_value(all, entry);
		if (!is_entry(work->edit, entry)) {
			continue;
		}
		if (check_shared(work, entry) < 0 || check_shared(work, value) < 0) {
			return -1;
		}
		bool tree = value->kind == NODE_MAP && value->count == 1 &&
				str_is(value->child->text, "tree") &&
				value->child->next->kind == NODE_SCALAR;
		const struct node *scalar = tree ? value->child->next : value;
		bool whole = scalar->text.n == 0 ||
				memchr(scalar->text.p, '\0', scalar->text.n) == NULL;
		if ((value->kind != NODE_SCALAR && !tree) || !whole) {
			return work_refuse(work, value->start, "its value is more than a text");
		}
		if (tree && (check_shared(work, value->child) < 0 ||
					    check_shared(work, value->child->next) < 0)) {
			return -1;
		}
	}
	return 0;
}

/* --- splices ------------------------------------------------------------------------------- */

/* In place of "~", "[]" or "{}" of the other kind; or in brackets, behind "key:" or "key". */
static int fill_brackets(struct work *work, const struct place *place, struct splice *ret) {
	const struct node *node = place->node;
	const char *before = "";
	uint32_t start = node->start, end = node->end;
	if (start == end) {
		before = colon_end(work, place->key, &start) ? " " : ": ";
		start = before[0] == ':' ? place->key->end : start;
		end = start;
	} else if (has_comment(work, start, end) || has_newline(work, start, end)) {
		return work_refuse(work, start, "these brackets hold more than an entry");
	}
	struct str text;
	if (write_brackets(work, place->level, &text) < 0) {
		return -1;
	}
	*ret = (struct splice){start, end,
			str_of(arena_printf(work->arena, "%s%s", before, text.p))};
	return 0;
}

static int fill(struct work *work, const struct place *place, struct splice *ret) {
	const struct node *node = place->node;
	bool is_list = place->level == work->nsection && work->edit->key == NULL;
	bool absent = node == NULL || node->start == node->end;
	if (!absent && node->flow && node->kind == (is_list ? NODE_LIST : NODE_MAP)) {
		return flow_insert(work, node, place->level, 0, ret);
	}
	if (absent && place->level == 0) {
		return block_fill_root(work, ret);
	}
	if (absent && !place->parent->flow) {
		return block_fill(work, place, ret);
	}
	return fill_brackets(work, place, ret);
}

static int make_insert(struct work *work, const struct place *place, struct splice *ret,
		struct spot *ret_spot) {
	const struct node *node = place->node;
	*ret_spot = (struct spot){place->level, 0};
	if (is_nothing(node)) {
		return fill(work, place, ret);
	}
	if (check_explicit(work, node) < 0) {
		return -1;
	}
	ret_spot->index = style_index(work, node, place->level);
	if (node->flow) {
		return flow_insert(work, node, place->level, ret_spot->index, ret);
	}
	return block_insert(work, node, place->level, &ret_spot->index, ret);
}

static int make_remove(struct work *work, const struct place *place, struct splice *ret,
		struct spot *ret_spot) {
	const struct node *node = place->node;
	*ret_spot = (struct spot){.level = place->level};
	(void)find_entry(work, place, &ret_spot->index);
	if (check_explicit(work, node) < 0 || check_removable(work, node) < 0) {
		return -1;
	}
	return node->flow ? flow_remove(work, node, ret) : block_remove(work, node, ret);
}

static int make_splice(struct work *work, const struct place *place, struct splice *ret,
		struct spot *ret_spot) {
	const struct edit *edit = work->edit;
	unsigned index;
	const struct node *entry = find_entry(work, place, &index);
	if (edit->kind == EDIT_REMOVE) {
		return make_remove(work, place, ret, ret_spot);
	}
	if (entry == NULL) {
		return make_insert(work, place, ret, ret_spot);
	}
	if (edit->kind == EDIT_SET) {
		*ret_spot = (struct spot){place->level, index};
		return set_splice(work, place->node, entry, ret);
	}
	return work_refuse(work, entry->start,
			arena_printf(work->arena, "'%s' has another value here", edit->key));
}

/* --- the whole ----------------------------------------------------------------------------- */

/* Makes the new text, and completes the edit. False if the text isn't what was meant. */
static bool apply(const struct work *work, const struct splice *splice, const struct spot *spot,
		const char **ret_bytes, size_t *ret_size) {
	size_t size = (size_t)work->size - (splice->end - splice->start) + splice->text.n;
	if (size >= UINT32_MAX) {
		return false;
	}
	char *bytes = arena_alloc(work->arena, size + 1), *p = bytes;
	p = mempcpy(p, work->text, splice->start);
	p = splice->text.n > 0 ? mempcpy(p, splice->text.p, splice->text.n) : p;
	p = mempcpy(p, work->text + splice->end, work->size - splice->end);
	*p = '\0';
	struct source source = {.path = work->source->path, .name = work->source->name,
			.bytes = bytes, .size = (uint32_t)size};
	struct diags diags = {.arena = work->arena};
	struct work after = {.edit = work->edit, .source = &source, .text = bytes,
			.size = (uint32_t)size, .arena = work->arena, .nsection = work->nsection};
	struct node *root;
	int result = node_parse(&source, work->arena, &diags, &root);
	source_release(&source);
	after.root = root;
	*ret_bytes = bytes;
	*ret_size = size;
	return result == 0 && check_edit(work, &after) && edit_complete(work, splice, spot);
}

/* Is there nothing to do? */
static bool is_done(const struct work *work, const struct place *place) {
	const struct edit *edit = work->edit;
	unsigned index;
	const struct node *entry = find_entry(work, place, &index);
	if (entry == NULL || edit->key == NULL) {
		return (entry == NULL) == (edit->kind == EDIT_REMOVE);
	}
	bool same = edit->value == NULL || is_value(entry->next, edit->value, edit->tree);
	return same != (edit->kind == EDIT_REMOVE);
}

static enum edit_result run(struct work *work, const char **ret_bytes, size_t *ret_size) {
	if (parse(work) < 0) {
		return EDIT_REFUSED;
	}
	const struct place place = find_place(work, work->nsection);
	if (check_type(work, &place) < 0) {
		return EDIT_REFUSED;
	}
	if (is_done(work, &place)) {
		return EDIT_NOTHING;
	}
	if (check_line_ends(work) < 0 ||
			(place.shared != NULL && check_shared(work, place.shared) < 0)) {
		return EDIT_REFUSED;
	}
	struct splice splice;
	struct spot spot;
	if (work->edit->raw != NULL) {
		if (edit_replay(work, &splice, &spot) &&
				apply(work, &splice, &spot, ret_bytes, ret_size)) {
			return EDIT_DONE;
		}
		if (edit_replay_lines(work, &place, &splice, &spot) &&
				apply(work, &splice, &spot, ret_bytes, ret_size)) {
			return EDIT_DONE;
		}
		err_release(work->err); /* of these attempts */
	}
	if (make_splice(work, &place, &splice, &spot) < 0) {
		return EDIT_REFUSED;
	}
	if (apply(work, &splice, &spot, ret_bytes, ret_size)) {
		return EDIT_DONE;
	}
	work_set_refused(work, splice.start, "the text around here can't be edited safely");
	return EDIT_REFUSED;
}

enum edit_result edit_apply(struct edit *edit, struct source *source, struct arena *arena,
		const char **ret_bytes, size_t *ret_size, struct err *err) {
	struct work work = {.edit = edit, .source = source, .text = source->bytes,
			.size = source->size, .arena = arena, .err = err};
	const char *bytes;
	size_t size;
	while (edit->section[work.nsection] != NULL) {
		work.nsection++;
	}
	enum edit_result result = run(&work, &bytes, &size);
	if (result == EDIT_DONE) {
		*ret_bytes = bytes;
		*ret_size = size;
	}
	return result;
}
