/* SPDX-License-Identifier: MIT */
#include "reg/check.h"

#include "base/typo.h"

enum { NAME_LENGTH_MAX = 64, SHOWN_MAX = 120 };

static struct span at(const struct checker *check, const struct node *node) {
	return node_span(node, check->source);
}

int check_clip(struct str text) {
	size_t n = text.n < SHOWN_MAX ? text.n : SHOWN_MAX;
	while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80) {
		n--; /* not within a character */
	}
	return (int)n;
}

void check_expected(const struct checker *check, const struct node *node, const char *what) {
	diag_add(check->diags, at(check, node), "expected %s, not %s%s", what,
			node_is_null(node) ? "" : "a ", node_describe(node));
}

bool check_is_list(const struct checker *check, const struct node *node, const char *what) {
	if (node->kind == NODE_LIST || node_is_null(node)) {
		return true;
	}
	check_expected(check, node, what);
	return false;
}

bool check_is_map(const struct checker *check, const struct node *node, const char *what) {
	if (node->kind == NODE_MAP || node_is_null(node)) {
		return true;
	}
	check_expected(check, node, what);
	return false;
}

bool check_is_text(const struct checker *check, const struct node *node, const char *what) {
	if (node->kind != NODE_SCALAR) {
		check_expected(check, node, what);
		return false;
	}
	if (node->text.n > 0 && memchr(node->text.p, '\0', node->text.n) != NULL) {
		diag_add(check->diags, at(check, node), "holds a NUL byte");
		return false;
	}
	return true;
}

bool check_is_command(const struct checker *check, const struct node *node) {
	if (node->kind != NODE_LIST) {
		check_expected(check, node, "a list: a program and its arguments");
		return false;
	}
	if (node->count == 0) {
		diag_add(check->diags, at(check, node),
				"expected a program and its arguments, not an empty list");
		return false;
	}
	bool good = true;
	for (const struct node *item = node->child; item != NULL; item = item->next) {
		good = check_is_text(check, item, "text") && good;
	}
	return good;
}

const char *const *check_command_copy(const struct node *list, struct arena *arena) {
	const char **argv = arena_zalloc(arena, (list->count + 1) * sizeof(*argv));
	size_t n = 0;
	for (const struct node *item = list->child; item != NULL; item = item->next) {
		argv[n++] = arena_strndup(arena, item->text.p, item->text.n);
	}
	return argv;
}

bool check_is_bool(const struct checker *check, const struct node *node, bool *ret) {
	static const char *const names[] = {"true", "false", "True", "False", "TRUE", "FALSE"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (node->kind == NODE_SCALAR && node->plain && str_is(node->text, names[i])) {
			*ret = i % 2 == 0;
			return true;
		}
	}
	diag_add(check->diags, at(check, node), "expected true or false");
	return false;
}

bool check_name(struct str text) {
	if (text.n == 0 || text.n > NAME_LENGTH_MAX || text.p[0] == '-' || text.p[0] == '.') {
		return false;
	}
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
				    (c != '\0' && strchr("._@+-", c) != NULL))) {
			return false;
		}
	}
	return true;
}

bool check_is_name(const struct checker *check, const struct node *node) {
	if (!check_is_text(check, node, "a name")) {
		return false;
	}
	if (!check_name(node->text)) {
		diag_add(check->diags, at(check, node),
				"'%.*s' is no name: 1 to 64 of A-Z a-z 0-9 . _ @ + -, not "
				"beginning with '.' or '-'",
				check_clip(node->text), node->text.p);
		return false;
	}
	return true;
}

void check_unknown_key(const struct checker *check, const struct node *key,
		const char *const keys[], const char *where) {
	const char *nearest = typo_nearest(key->text, keys);
	diag_add(check->diags, at(check, key), "unknown key '%.*s' in %s%s%s%s",
			check_clip(key->text), key->text.p, where,
			nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
			nearest != NULL ? "'?" : "");
}
