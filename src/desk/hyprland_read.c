/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>

#include "base/str.h"
#include "desk/hyprland_part.h"
#include "text/node.h"

/* Bytes of JSON outside of strings: an odd one, or a bracket without its other, is none. */
static bool take_byte(char c, char *open, size_t *depth) {
	switch (c) {
	case '[':
	case '{':
		if (*depth == NODE_DEPTH_MAX) {
			return false;
		}
		open[(*depth)++] = c;
		return true;
	case ']':
	case '}':
		return *depth > 0 && open[--*depth] == (c == ']' ? '[' : '{');
	default:
		return c == '"' ||
				(*depth > 0 && (strchr(",:+-. ", c) != NULL || (c >= '0' && c <= '9') ||
						       (c >= 'a' && c <= 'z') || c == 'E'));
	}
}

/*
 * JSON as Hyprland writes it: by hand, titles as programs gave them. Only what is plain
 * ASCII is looked at, so everything else becomes '?' first: what a string escapes, bytes
 * above 0x7f, control characters. What is left then, if it is whole, is YAML and not more.
 */
static char *clean(const struct buf *reply, struct arena *arena) {
	char *text = arena_strndup(arena, reply->data, reply->len), open[NODE_DEPTH_MAX];
	size_t depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < reply->len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (quoted && c == '\\') {
			text[i] = '?';
			if (i + 1 < reply->len) {
				text[++i] = '?';
			}
			continue;
		}
		if (!quoted && (c == '\n' || c == '\t')) {
			text[i] = ' ';
		} else if (c == '"') {
			quoted = !quoted;
		} else if (quoted) {
			if (c < ' ' || c > '~') {
				text[i] = '?';
			}
			continue;
		}
		if ((text[i] != ' ' || depth > 0) && !take_byte(text[i], open, &depth)) {
			return NULL;
		}
	}
	return depth == 0 && !quoted ? text : NULL;
}

/* The root of a reply that is a list or a map; NULL: it is nothing of the kind. */
static const struct node *parse(const struct buf *reply, enum node_kind kind, struct arena *arena) {
	char *text = reply->len < IPC_REPLY_MAX ? clean(reply, arena) : NULL;
	if (text == NULL) {
		return NULL;
	}
	struct source source = {.path = "", .name = "", .bytes = text, .size = (uint32_t)reply->len};
	struct diags diags = {.arena = arena};
	struct node *root = NULL;
	int result = node_parse(&source, arena, &diags, &root);
	source_release(&source);
	return result == 0 && root != NULL && root->kind == kind && root->flow ? root : NULL;
}

static const struct node *member(const struct node *map, const char *name) {
	if (map == NULL || map->kind != NODE_MAP) {
		return NULL;
	}
	for (const struct node *key = map->child; key != NULL; key = key->next->next) {
		if (str_is(key->text, name)) {
			return key->next;
		}
	}
	return NULL;
}

static bool number_of(const struct node *node, long *ret) {
	size_t i = 0;
	long number = 0;
	if (node == NULL || node->kind != NODE_SCALAR || !node->plain) {
		return false;
	}
	bool minus = node->text.n > 0 && node->text.p[0] == '-';
	for (i = minus; i < node->text.n && number < LONG_MAX / 100; i++) {
		if (node->text.p[i] < '0' || node->text.p[i] > '9') {
			return false;
		}
		number = number * 10 + (node->text.p[i] - '0');
	}
	*ret = minus ? -number : number;
	return i == node->text.n && i > (minus ? 1 : 0);
}

static bool bool_of(const struct node *node, bool fallback) {
	return node == NULL || node->kind != NODE_SCALAR ? fallback : str_is(node->text, "true");
}

/* A name of harmless characters; NULL: none. */
static const char *name_of(const struct node *node, const char *more, struct arena *arena) {
	if (node == NULL || node->kind != NODE_SCALAR || node->text.n == 0 || node->text.n > 64) {
		return NULL;
	}
	for (size_t i = 0; i < node->text.n; i++) {
		char c = node->text.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
				    (c != '\0' && strchr(more, c) != NULL))) {
			return NULL;
		}
	}
	return arena_strndup(arena, node->text.p, node->text.n);
}

bool read_clients(struct windows *ret, const struct buf *reply, struct arena *arena) {
	const struct node *root = parse(reply, NODE_LIST, arena);
	*ret = (struct windows){0};
	if (root == NULL) {
		return false;
	}
	ret->items = arena_zalloc(arena, (root->count + 1) * sizeof(*ret->items));
	for (const struct node *item = root->child; item != NULL; item = item->next) {
		struct window *window = &ret->items[ret->count];
		if (!number_of(member(item, "pid"), &window->pid) ||
				!number_of(member(member(item, "workspace"), "id"),
						&window->workspace)) {
			return false;
		}
		if (!number_of(member(item, "focusHistoryID"), &window->focus)) {
			window->focus = -1;
		}
		window->tiled = !bool_of(member(item, "floating"), false) &&
				!bool_of(member(item, "hidden"), false);
		if (bool_of(member(item, "mapped"), true)) {
			ret->count++;
		}
	}
	return true;
}

bool read_workspace(struct place *ret, long id, const struct buf *reply, struct arena *arena) {
	const struct node *root = parse(reply, NODE_LIST, arena);
	*ret = (struct place){0};
	for (const struct node *item = root != NULL ? root->child : NULL; item != NULL;
			item = item->next) {
		long number;
		if (number_of(member(item, "id"), &number) && number == id) {
			ret->id = id;
			ret->output = name_of(member(item, "monitor"), "_.:+- ", arena);
			ret->layout = name_of(member(item, "tiledLayout"), "_.:-", arena);
			return true;
		}
	}
	return false;
}

/* What stands behind a field of j/workspacerules, as `keyword` takes it; NULL: nothing. */
static const char *field_of(const struct node *node, enum rule_kind kind, struct arena *arena) {
	long number[4];
	if (node == NULL) {
		return NULL;
	}
	if (kind == RULE_YES || kind == RULE_NO) {
		return bool_of(node, true) ? "true" : "false";
	}
	if (kind == RULE_NUMBER) {
		return number_of(node, number) ? arena_printf(arena, "%ld", number[0]) : NULL;
	}
	const struct node *item = node->kind == NODE_LIST && node->count == 4 ? node->child : NULL;
	for (size_t i = 0; i < 4; i++, item = item->next) {
		if (item == NULL || !number_of(item, &number[i])) {
			return NULL;
		}
	}
	return arena_printf(arena, "%ld %ld %ld %ld", number[0], number[1], number[2], number[3]);
}

bool read_rules(struct other_rules *ret, const struct buf *reply, struct arena *arena) {
	const struct node *root = parse(reply, NODE_LIST, arena);
	*ret = (struct other_rules){0};
	if (root == NULL) {
		return false;
	}
	ret->items = arena_zalloc(arena, (root->count + 1) * sizeof(*ret->items));
	for (const struct node *item = root->child; item != NULL; item = item->next) {
		const struct node *selector = member(item, "workspaceString");
		struct other_rule *rule = &ret->items[ret->count];
		if (selector == NULL || selector->kind != NODE_SCALAR) {
			return false;
		}
		if (!bool_of(member(item, "enabled"), true)) {
			continue;
		}
		rule->selector = arena_strndup(arena, selector->text.p, selector->text.n);
		rule->values = arena_zalloc(arena, rule_names_count * sizeof(*rule->values));
		for (size_t i = 0; i < rule_names_count; i++) {
			const char *json = rule_names[i].json;
			rule->values[i] = json == NULL ? NULL
						       : field_of(member(item, json),
									 rule_names[i].kind, arena);
		}
		ret->count++;
	}
	return true;
}

/* A number, or gaps: `"css": "5 5 5 5"`, `"custom": …` or `"int": 2`. */
bool read_option(const char **ret, const struct buf *reply, struct arena *arena) {
	static const char *const names[] = {"css", "custom", "int"};
	const struct node *root = parse(reply, NODE_MAP, arena);
	long numbers[4];
	for (size_t i = 0; root != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		*ret = name_of(member(root, names[i]), "- ", arena);
		if (*ret != NULL && rule_gaps(*ret, numbers)) {
			return true;
		}
	}
	*ret = NULL;
	return false;
}

bool read_visible(long *ret, const char *output, const struct buf *reply, struct arena *arena) {
	const struct node *root = parse(reply, NODE_LIST, arena);
	for (const struct node *item = root != NULL ? root->child : NULL; item != NULL;
			item = item->next) {
		const struct node *name = member(item, "name");
		bool wanted = output == NULL ? bool_of(member(item, "focused"), false)
					     : name != NULL && name->kind == NODE_SCALAR &&
						str_is(name->text, output);
		if (wanted) {
			return number_of(member(member(item, "activeWorkspace"), "id"), ret);
		}
	}
	return false;
}

long read_pick(const struct windows *windows, const pid_t *pids, size_t npids) {
	for (size_t p = 0; p < npids; p++) {
		const struct window *found = NULL;
		bool several = false;
		for (size_t i = 0; i < windows->count; i++) {
			const struct window *window = &windows->items[i];
			if (window->pid != pids[p]) {
				continue;
			}
			if (window->focus == 0) {
				return window->workspace > 0 ? window->workspace : 0;
			}
			several = several || (found != NULL && found->workspace != window->workspace);
			found = window;
		}
		if (found != NULL) {
			return several || found->workspace < 1 ? 0 : found->workspace;
		}
	}
	return 0;
}

static enum selects selects_if(bool yes) {
	return yes ? SELECTS : SELECTS_NOT;
}

/* "2-4" of "r[2-4]". */
static enum selects selects_range(const char *range, const char *end, long id) {
	char *rest, *stop;
	long low = strtol(range, &rest, 10);
	if (rest == range || *rest != '-') {
		return SELECTS_PERHAPS;
	}
	long high = strtol(rest + 1, &stop, 10);
	return stop != end || stop == rest + 1 ? SELECTS_PERHAPS : selects_if(low <= id && id <= high);
}

/* One condition of a selector, at *at, and beyond it. */
static enum selects selects_one(const char **at, const struct place *place) {
	const char *p = *at, *end = strchr(p, ']');
	if (p[1] != '[' || end == NULL) {
		*at = p + strlen(p);
		return SELECTS_PERHAPS;
	}
	struct str inside = {p + 2, (size_t)(end - p) - 2};
	*at = end + 1;
	switch (p[0]) {
	case 'r':
		return selects_range(inside.p, end, place->id);
	case 'm':
		return place->output == NULL ? SELECTS_PERHAPS
					     : selects_if(str_is(inside, place->output));
	case 's':
		return selects_if(str_is(inside, "false"));
	default:
		return SELECTS_PERHAPS;
	}
}

enum selects read_selects(const char *selector, const struct place *place) {
	char *rest;
	long id = strtol(selector, &rest, 10);
	if (rest != selector && *rest == '\0') {
		return selects_if(id == place->id);
	}
	enum selects result = selector[0] != '\0' ? SELECTS : SELECTS_NOT;
	for (const char *p = selector; *p != '\0' && result != SELECTS_NOT;) {
		enum selects one = selects_one(&p, place);
		result = one < result ? one : result;
	}
	return result;
}

bool read_overtaken(bool *ret, const struct place *place, const struct buf *reply,
		struct arena *arena) {
	struct other_rules rules;
	if (!read_rules(&rules, reply, arena)) {
		return false;
	}
	const char *range = arena_printf(arena, "r[%ld-%ld]", place->id, place->id);
	const char *first = arena_printf(arena, "%ss[false]", range);
	const char *second = arena_printf(arena, "s[false]%s", range);
	bool ours = false;
	*ret = false;
	for (size_t i = 0; i < rules.count; i++) {
		const char *selector = rules.items[i].selector;
		if (streq(selector, first) || streq(selector, second)) {
			ours = true;
		} else if (ours && read_selects(selector, place) != SELECTS_NOT) {
			*ret = true;
		}
	}
	return true;
}
