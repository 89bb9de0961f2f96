/* SPDX-License-Identifier: MIT */
#include "reg/edit_parts.h"

/* --- nodes --------------------------------------------------------------------------------- */

const struct node *entry_at(const struct node *all, unsigned index) {
	const struct node *entry = all->child;
	while (entry != NULL && index-- > 0) {
		entry = entry_after(all, entry);
	}
	return entry;
}

bool is_nothing(const struct node *node) {
	return node == NULL || node_is_null(node) ||
			(node->kind != NODE_SCALAR && node->count == 0);
}

const struct node *find_key(const struct node *map, const char *name) {
	for (const struct node *key = map->child; key != NULL; key = key->next->next) {
		if (str_is(key->text, name)) {
			return key;
		}
	}
	return NULL;
}

struct place find_place(const struct work *work, unsigned max) {
	struct place place = {.node = work->root};
	while (true) {
		const struct node *node = place.node;
		if (node != NULL && (node->alias || node->anchored)) {
			place.shared = node;
		}
		bool whole = place.level == max || place.level == work->nsection;
		if (whole || is_nothing(node) || node->kind != NODE_MAP) {
			return place;
		}
		const struct node *key = find_key(node, work->edit->section[place.level]);
		if (key == NULL) {
			return place;
		}
		if (key->alias || key->anchored) {
			place.shared = key;
		}
		place = (struct place){key->next, key, node, place.shared, place.level + 1};
	}
}

bool is_value(const struct node *node, const char *value, bool tree) {
	if (tree) {
		bool is_tree = node->kind == NODE_MAP && node->count == 1 &&
				str_is(node->child->text, "tree");
		return is_tree && is_value(node->child->next, value, false);
	}
	if (value[0] == '\0' && node_is_null(node)) {
		return true;
	}
	return node->kind == NODE_SCALAR && !node_is_null(node) && str_is(node->text, value);
}

bool is_entry(const struct edit *edit, const struct node *entry) {
	if (edit->key != NULL) {
		return str_is(entry->text, edit->key);
	}
	return is_value(entry, edit->value, false);
}

const struct node *find_entry(const struct work *work, const struct place *place,
		unsigned *ret_index) {
	*ret_index = 0;
	if (place->level < work->nsection || is_nothing(place->node)) {
		return NULL;
	}
	const struct node *entry = place->node->child;
	while (entry != NULL && !is_entry(work->edit, entry)) {
		entry = entry_after(place->node, entry);
		++*ret_index;
	}
	return entry;
}

/* --- bytes --------------------------------------------------------------------------------- */

static uint32_t text_start(const struct work *work) {
	return work->size >= 3 && memcmp(work->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

uint32_t line_start(const struct work *work, uint32_t at) {
	uint32_t start = text_start(work);
	while (at > start && work->text[at - 1] != '\n') {
		at--;
	}
	return at < start ? start : at;
}

uint32_t skip_blanks(const struct work *work, uint32_t at) {
	while (at < work->size && (work->text[at] == ' ' || work->text[at] == '\t')) {
		at++;
	}
	return at;
}

static uint32_t skip_comment(const struct work *work, uint32_t at) {
	const char *newline = memchr(work->text + at, '\n', work->size - at);
	uint32_t end = newline != NULL ? (uint32_t)(newline - work->text) : work->size;
	return end > at && newline != NULL && work->text[end - 1] == '\r' ? end - 1 : end;
}

uint32_t skip_space(const struct work *work, uint32_t at) {
	while (at < work->size) {
		char c = work->text[at];
		if (c == '#') {
			at = skip_comment(work, at);
		} else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			at++;
		} else {
			break;
		}
	}
	return at;
}

uint32_t newline_size(const struct work *work, uint32_t at) {
	if (at < work->size && work->text[at] == '\n') {
		return 1;
	}
	return at + 1 < work->size && work->text[at] == '\r' && work->text[at + 1] == '\n' ? 2 : 0;
}

const char *newline_near(const struct work *work, uint32_t at) {
	const char *newline = at > 0 ? memrchr(work->text, '\n', at) : NULL;
	if (newline == NULL) {
		newline = memchr(work->text, '\n', work->size);
	}
	return newline != NULL && newline > work->text && newline[-1] == '\r' ? "\r\n" : "\n";
}

bool begins_line(const struct work *work, uint32_t at) {
	uint32_t start = text_start(work);
	while (at > start && work->text[at - 1] == ' ') {
		at--;
	}
	return at <= start || work->text[at - 1] == '\n';
}

/* For the space between entries only: elsewhere '#' may be text. */
bool has_comment(const struct work *work, uint32_t start, uint32_t end) {
	return end > start && memchr(work->text + start, '#', end - start) != NULL;
}

bool has_newline(const struct work *work, uint32_t start, uint32_t end) {
	return end > start && memchr(work->text + start, '\n', end - start) != NULL;
}

bool ends_line(const struct work *work, uint32_t at, uint32_t *ret_eol, uint32_t *ret_next) {
	uint32_t end = skip_blanks(work, at);
	bool comment = end < work->size && work->text[end] == '#';
	if (comment && (end > at || at == line_start(work, at))) {
		end = skip_comment(work, end);
	}
	uint32_t newline = newline_size(work, end);
	*ret_eol = end;
	*ret_next = end + newline;
	return newline > 0 || end == work->size;
}

/* --- the bytes of nodes -------------------------------------------------------------------- */

bool colon_end(const struct work *work, const struct node *key, uint32_t *ret) {
	uint32_t at = skip_blanks(work, key->end);
	*ret = at + 1;
	return at < work->size && work->text[at] == ':';
}

/*
 * The lines behind a block scalar belong to its span; they are its content only where
 * the header says "keep" ('+'), which shows as more than one line end at its end.
 */
static uint32_t block_scalar_end(const struct work *work, const struct node *node) {
	struct str text = node->text;
	bool keeps = text.n >= 2 && text.p[text.n - 1] == '\n' && text.p[text.n - 2] == '\n';
	const char *trimmed = keeps ? " \t" : " \t\r\n";
	uint32_t end = node->end;
	while (end > 0 && strchr(trimmed, work->text[end - 1]) != NULL) {
		end--;
	}
	if (!keeps) {
		return end;
	}
	/* The span may reach into the indentation of what follows. */
	end -= end > 0 && work->text[end - 1] == '\n';
	end -= end > 0 && work->text[end - 1] == '\r';
	return end;
}

bool entry_end(const struct work *work, const struct node *all, const struct node *entry,
		uint32_t *ret) {
	/* Down the last entries of blocks, to the node that has the last byte. */
	while (true) {
		const struct node *key = all->kind == NODE_MAP ? entry : NULL;
		const struct node *node = entry_value(all, entry);
		bool empty = node->kind == NODE_SCALAR && node->plain && node->start == node->end;
		if (empty && !node->alias) {
			/* Its mark is where libfyaml happened to be. */
			if (key == NULL) {
				return false;
			}
			if (colon_end(work, key, ret)) {
				return true;
			}
			*ret = key->end; /* {a} */
			return all->flow;
		}
		/* The map that [a: b] implies may reach up to what follows. */
		bool brackets = node->flow && strchr("[{", work->text[node->start]) != NULL;
		if (node->alias || brackets || node->kind == NODE_SCALAR || node->child == NULL) {
			*ret = node->block && !node->alias ? block_scalar_end(work, node)
							   : node->end;
			return true;
		}
		all = node;
		for (entry = node->child; entry_after(all, entry) != NULL;) {
			entry = entry_after(all, entry);
		}
	}
}

bool entry_start(const struct work *work, const struct node *all, const struct node *prev,
		const struct node *entry, uint32_t *ret) {
	*ret = all->kind == NODE_MAP ? entry->start : all->start;
	if (all->kind == NODE_MAP) {
		return true;
	}
	if (prev != NULL) {
		uint32_t end;
		if (!entry_end(work, all, prev, &end)) {
			return false;
		}
		*ret = skip_space(work, end);
	}
	return *ret < work->size && work->text[*ret] == '-';
}
