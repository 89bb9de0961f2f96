/* SPDX-License-Identifier: MIT */
#include "reg/edit_parts.h"

/* Fewer entries may be in order by accident. */
enum { SORTED_MIN = 3 };

/* The scalar in question of one entry, or NULL. */
static const struct node *entry_scalar(const struct node *all, const struct node *entry,
		enum style_of of) {
	const struct node *node = entry;
	if (of == STYLE_VALUES) {
		node = entry_value(all, entry);
		if (node->kind == NODE_MAP && node->count == 1) {
			node = node->child->next; /* {tree: x} */
		}
	}
	bool counts = node->kind == NODE_SCALAR && !node->alias && !node->block &&
			!node_is_null(node) && node->end > node->start;
	return counts ? node : NULL;
}

struct scalar_form style_form(const struct work *work, const struct node *all, enum style_of of,
		bool flow) {
	unsigned plain = 0, single = 0, twice = 0;
	const struct node *entry = all != NULL ? all->child : NULL;
	for (; entry != NULL; entry = entry_after(all, entry)) {
		const struct node *node = entry_scalar(all, entry, of);
		if (node == NULL) {
			continue;
		}
		plain += node->plain;
		single += !node->plain && work->text[node->start] == '\'';
		twice += !node->plain && work->text[node->start] == '"';
	}
	struct scalar_form form = {.fallback = twice > single ? '"' : '\'', .flow = flow};
	if (plain == 0 && (single == 0) != (twice == 0)) {
		form.wanted = form.fallback;
	}
	return form;
}

static unsigned count_columns(const struct work *work, uint32_t start, uint32_t end) {
	unsigned columns = 0;
	while (start < end) {
		columns += (work->text[start++] & 0xc0) != 0x80;
	}
	return columns;
}

unsigned style_gap(const struct work *work, const struct node *map, unsigned key_length) {
	unsigned column = 0, gap = 0, widest = 0, indent = 0;
	bool same_column = true, same_gap = true;
	for (const struct node *key = map->child; key != NULL; key = key->next->next) {
		uint32_t colon;
		if (!colon_end(work, key, &colon) || !begins_line(work, key->start)) {
			return 1;
		}
		uint32_t value = skip_blanks(work, colon);
		if (value == work->size || strchr("#\r\n", work->text[value]) != NULL) {
			continue; /* nothing on this line */
		}
		if (memchr(work->text + colon, '\t', value - colon) != NULL) {
			return 1;
		}
		uint32_t start = line_start(work, key->start);
		unsigned this_column = count_columns(work, start, value);
		unsigned this_gap = value - colon;
		same_column = same_column && (gap == 0 || this_column == column);
		same_gap = same_gap && (gap == 0 || this_gap == gap);
		column = this_column;
		gap = this_gap;
		indent = key->start - start;
		widest = gap > widest ? gap : widest;
	}
	unsigned colon = indent + key_length + 1;
	if (widest > 1 && same_column) {
		return colon < column ? column - colon : 1;
	}
	return widest > 1 && same_gap ? gap : 1;
}

bool style_spaced(const struct work *work, const struct node *map) {
	const struct node *entry = map != NULL && map->kind == NODE_MAP ? map->child : NULL;
	for (; entry != NULL; entry = entry->next->next) {
		const struct node *value = entry->next;
		if (value->flow && !value->alias && value->count > 0) {
			return work->text[value->start + 1] == ' ';
		}
	}
	return false;
}

/* Finds the first map in a map, and the first list in a map, that are blocks. */
static void find_steps(const struct work *work, const struct node *node, unsigned *map,
		unsigned *list) {
	const struct node *entry = node->child;
	for (; entry != NULL && (*map == UINT32_MAX || *list == UINT32_MAX);
			entry = entry_after(node, entry)) {
		const struct node *value = entry_value(node, entry);
		if (value->kind == NODE_SCALAR || value->flow || value->alias) {
			continue;
		}
		bool nested = node->kind == NODE_MAP && value->count > 0 &&
				begins_line(work, entry->start) && begins_line(work, value->start);
		uint32_t from = entry->start - line_start(work, entry->start);
		uint32_t to = value->start - line_start(work, value->start);
		unsigned *step = value->kind == NODE_MAP ? map : list;
		if (nested && to >= from && *step == UINT32_MAX) {
			*step = to - from;
		}
		find_steps(work, value, map, list);
	}
}

void style_steps(const struct work *work, const struct node *near, unsigned *ret_map,
		unsigned *ret_list) {
	unsigned map = UINT32_MAX, list = UINT32_MAX;
	if (near != NULL) {
		find_steps(work, near, &map, &list);
	}
	if (work->root != NULL) {
		find_steps(work, work->root, &map, &list);
	}
	if (map == UINT32_MAX) {
		map = list != UINT32_MAX && list > 0 ? list : 2;
	}
	*ret_map = map;
	*ret_list = list != UINT32_MAX ? list : map;
}

/* --- where a new entry goes ---------------------------------------------------------------- */

/* The order in which the sections usually stand; a map has those of one row. */
static const char *const orders[][9] = {
	{"version", "packages", "symlinks", "themes", "missions", "hosts", "ignore", "git", "bar"},
	{"active", "pairs", "reload", "templates", "wallpaper"},
};

enum { RANK_NONE = -1, RANK_FIRST = 0, RANK_INCLUDE = 6 };

/* `include` stands at the top, or below the hosts: see include_rank(). */
static int rank_of(struct str name, int include) {
	if (str_is(name, "include")) {
		return include;
	}
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		for (int j = 0; j < 9 && orders[i][j] != NULL; j++) {
			if (str_is(name, orders[i][j])) {
				return j;
			}
		}
	}
	return RANK_NONE;
}

static int include_rank(const struct node *map) {
	bool seen = false;
	for (const struct node *key = map->child; key != NULL; key = key->next->next) {
		int rank = rank_of(key->text, RANK_NONE);
		if (str_is(key->text, "include")) {
			seen = true;
		} else if (seen && rank > RANK_FIRST) {
			return RANK_FIRST;
		}
	}
	return RANK_INCLUDE;
}

/* The file, a host's block, and `themes` in both have keys of Lumina, not of the person. */
static bool is_ranked(const struct work *work, unsigned level) {
	const char *const *section = work->edit->section;
	if (level >= 2 && streq(section[0], "hosts")) {
		section += 2;
		level -= 2;
	}
	return level == 0 || (level == 1 && streq(section[0], "themes"));
}

static unsigned ranked_index(const struct node *map, struct str name) {
	int include = include_rank(map);
	int rank = rank_of(name, include);
	unsigned index = 0, behind = 0;
	for (const struct node *key = map->child; key != NULL; key = key->next->next, index++) {
		int other = rank_of(key->text, include);
		if (rank != RANK_NONE && other != RANK_NONE && other <= rank) {
			behind = index + 1;
		}
	}
	index = 0;
	for (const struct node *key = map->child; key != NULL; key = key->next->next, index++) {
		if (index >= behind && rank != RANK_NONE && rank_of(key->text, include) > rank) {
			return index;
		}
	}
	return behind > 0 ? behind : index;
}

static int compare(struct str a, struct str b) {
	int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

unsigned style_index(const struct work *work, const struct node *all, unsigned level) {
	const struct edit *edit = work->edit;
	const char *name = level < work->nsection ? edit->section[level]
			: edit->key != NULL       ? edit->key
						  : edit->value;
	if (all->kind == NODE_MAP && is_ranked(work, level)) {
		return ranked_index(all, str_of(name));
	}
	bool sorted = all->count >= SORTED_MIN;
	unsigned index = 0;
	const struct node *last = NULL;
	for (const struct node *entry = all->child; entry != NULL && sorted;
			entry = entry_after(all, entry)) {
		sorted = entry->kind == NODE_SCALAR &&
				(last == NULL || compare(last->text, entry->text) < 0);
		index += sorted && compare(entry->text, str_of(name)) < 0;
		last = entry;
	}
	return sorted ? index : all->count;
}

static bool has_blank_line(const struct work *work, uint32_t at, uint32_t end) {
	uint32_t eol, next;
	while (at < end && ends_line(work, at, &eol, &next)) {
		if (eol == skip_blanks(work, at) && eol < work->size) {
			return true;
		}
		at = next;
	}
	return false;
}

bool style_apart(const struct work *work, const struct node *map) {
	unsigned gaps = 0, blank = 0;
	const struct node *prev = NULL;
	for (const struct node *key = map->child; key != NULL; key = key->next->next) {
		uint32_t end, eol, next;
		if (prev != NULL && entry_end(work, map, prev, &end) &&
				ends_line(work, end, &eol, &next) && next <= key->start) {
			gaps++;
			blank += has_blank_line(work, next, key->start);
		}
		prev = key;
	}
	return gaps > 0 && blank * 2 >= gaps;
}
