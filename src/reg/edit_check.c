/* SPDX-License-Identifier: MIT */
#include "reg/edit_parts.h"

/*
 * The net below the edits: nothing is believed about a splice. Both trees are walked
 * side by side along the section's keys; everything beside that way has to be the same,
 * and at its end everything but the entries that the edit is about.
 */

static bool same_node(const struct work *a, const struct work *b, const struct node *left,
		const struct node *right) {
	if (left->kind != right->kind || left->plain != right->plain ||
			left->block != right->block || left->flow != right->flow ||
			left->alias != right->alias || left->anchored != right->anchored ||
			left->count != right->count || !str_eq(left->text, right->text)) {
		return false;
	}
	if (left->alias) {
		/* What it stands for is compared there. */
		struct str one = {a->text + left->start, left->end - left->start};
		struct str other = {b->text + right->start, right->end - right->start};
		return str_eq(one, other);
	}
	const struct node *one = left->child, *other = right->child;
	while (one != NULL && other != NULL) {
		if (!same_node(a, b, one, other)) {
			return false;
		}
		one = one->next;
		other = other->next;
	}
	return one == NULL && other == NULL;
}

/* The first entry from here on that isn't among those in question; these are counted. */
static const struct node *skip(const struct work *work, const struct node *all,
		const struct node *entry, const char *key, unsigned *count) {
	while (entry != NULL) {
		bool meant = key != NULL ? str_is(entry->text, key) : is_entry(work->edit, entry);
		if (!meant) {
			break;
		}
		++*count;
		entry = entry_after(all, entry);
	}
	return entry;
}

/* Nothing in any form is as good as an empty list. */
static const struct node *or_empty(const struct node *all) {
	static const struct node empty = {.kind = NODE_LIST};
	return all == NULL || is_nothing(all) ? &empty : all;
}

/* The same entries in the same order, but for those with this key, or the edit's item? */
static bool same_rest(const struct work *a, const struct work *b, const struct node *left,
		const struct node *right, const char *key, unsigned *ret_left,
		unsigned *ret_right) {
	*ret_left = *ret_right = 0;
	left = or_empty(left);
	right = or_empty(right);
	const struct node *one = skip(a, left, left->child, key, ret_left);
	const struct node *other = skip(b, right, right->child, key, ret_right);
	while (one != NULL && other != NULL) {
		bool same = same_node(a, b, one, other) &&
				(left->kind == NODE_LIST ||
						same_node(a, b, one->next, other->next));
		if (!same) {
			return false;
		}
		one = skip(a, left, entry_after(left, one), key, ret_left);
		other = skip(b, right, entry_after(right, other), key, ret_right);
	}
	return one == NULL && other == NULL;
}

/* Are both of a kind with the other, or with nothing at all? */
static bool fits(const struct node *node, enum node_kind kind) {
	return node == NULL || is_nothing(node) ||
			(node->kind == kind && !node->alias && !node->anchored);
}

/* What the entries in question have to be. */
static bool check_entries(const struct edit *edit, const struct node *right, unsigned nleft,
		unsigned nright) {
	if (edit->kind == EDIT_REMOVE) {
		return nleft > 0 && nright == 0;
	}
	if (edit->kind == EDIT_ADD && nleft > 0) {
		return false;
	}
	if (edit->key == NULL) {
		return nright > 0;
	}
	const struct node *key = nright == 1 ? find_key(right, edit->key) : NULL;
	if (key == NULL || key->alias || key->anchored || key->next->alias || key->next->anchored) {
		return false;
	}
	return edit->value == NULL || is_value(key->next, edit->value, edit->tree);
}

bool check_edit(const struct work *before, const struct work *after) {
	const struct node *left = before->root, *right = after->root;
	const struct edit *edit = before->edit;
	unsigned nleft, nright;
	for (unsigned level = 0; level < before->nsection; level++) {
		const char *key = edit->section[level];
		if (!fits(left, NODE_MAP) || !fits(right, NODE_MAP) ||
				!same_rest(before, after, left, right, key, &nleft, &nright)) {
			return false;
		}
		left = is_nothing(left) ? NULL : find_key(left, key);
		right = is_nothing(right) ? NULL : find_key(right, key);
		left = left != NULL ? left->next : NULL;
		right = right != NULL ? right->next : NULL;
	}
	enum node_kind kind = edit->key != NULL ? NODE_MAP : NODE_LIST;
	return fits(left, kind) && fits(right, kind) &&
			same_rest(before, after, left, right, edit->key, &nleft, &nright) &&
			check_entries(edit, right, nleft, nright);
}
