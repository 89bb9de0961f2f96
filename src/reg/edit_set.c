/* SPDX-License-Identifier: MIT */
#include "reg/edit_parts.h"

/* The text that is to change: the value, or that of {tree: text}. NULL: there is none. */
static const struct node *find_scalar(const struct node *value) {
	const struct node *scalar = value;
	if (value->kind == NODE_MAP) {
		bool tree = value->flow && value->count == 1 && str_is(value->child->text, "tree");
		scalar = tree ? value->child->next : NULL;
	}
	bool good = scalar != NULL && scalar->kind == NODE_SCALAR && !scalar->block &&
			!scalar->alias && !scalar->anchored;
	return good ? scalar : NULL;
}

/* What stands behind the colon from now on. */
static int write_new(struct work *work, const struct node *map, const struct node *key,
		const struct node *scalar, uint32_t colon, struct buf *out) {
	const struct edit *edit = work->edit;
	const struct node *value = key->next;
	if (edit->value[0] == '\0') {
		return 0;
	}
	if (value->end > value->start && value->start > colon) {
		buf_add(out, work->text + colon, value->start - colon);
	} else {
		buf_addc(out, ' ');
	}
	bool was_tree = value->kind == NODE_MAP;
	if (edit->tree && !was_tree) {
		return write_value(work, map, map->flow, out);
	}
	struct scalar_form form = {.fallback = '\'', .flow = map->flow || edit->tree};
	if (!scalar->plain && scalar->end > scalar->start) {
		form.wanted = work->text[scalar->start];
	}
	bool inner = edit->tree;
	buf_add(out, work->text + value->start, inner ? scalar->start - value->start : 0);
	if (scalar_write(out, edit->value, form) < 0) {
		return err_set(work->err, ERR_FAILED, "cannot write '%s' into %s: it is not UTF-8",
				edit->value, work->source->name);
	}
	buf_add(out, work->text + scalar->end, inner ? value->end - scalar->end : 0);
	return 0;
}

int set_splice(struct work *work, const struct node *map, const struct node *key,
		struct splice *ret) {
	const struct node *value = key->next;
	const struct node *scalar = find_scalar(value);
	if (check_explicit(work, map) < 0 || check_shared(work, key) < 0 ||
			check_shared(work, value) < 0) {
		return -1;
	}
	uint32_t colon;
	if (scalar == NULL || !colon_end(work, key, &colon)) {
		return work_refuse(work, value->start, "its value is more than a text");
	}
	struct buf out = BUF_INIT;
	int result = write_new(work, map, key, scalar, colon, &out);
	ret->start = colon;
	ret->end = value->end > value->start ? value->end : colon;
	ret->text = (struct str){arena_strndup(work->arena, out.data, out.len), out.len};
	buf_release(&out);
	return result;
}
