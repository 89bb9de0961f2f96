/* SPDX-License-Identifier: MIT */
#include "reg/mission_value.h"

#include <limits.h>

#include "base/buf.h"
#include "base/path.h"
#include "base/utf8.h"

enum { WORD_MAX = 64, LABEL_COLUMNS_MAX = 64, LABEL_MAX = 256, GAP_MAX = 9999, BORDER_MAX = 999 };

/* 1 to WORD_MAX letters and digits of ASCII, and what `more` adds. */
static bool is_word(struct str text, const char *more) {
	if (text.n == 0 || text.n > WORD_MAX) {
		return false;
	}
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
				    (c != '\0' && strchr(more, c) != NULL))) {
			return false;
		}
	}
	return true;
}

/* Nothing that a terminal would do or hide. */
static bool is_visible(struct str text) {
	struct buf shown _cleanup_buf_ = BUF_INIT;
	buf_add_shown(&shown, text.p, text.n);
	return str_eq(text, (struct str){shown.data, shown.len});
}

const char *mission_parse_label(struct str text, struct arena *arena, const char **ret) {
	if (text.n == 0) {
		return "is empty";
	}
	if (text.n > LABEL_MAX || utf8_columns(text.p, text.n) > LABEL_COLUMNS_MAX) {
		return "is wider than 64 columns";
	}
	if (!is_visible(text)) {
		return "holds control characters or invisible ones";
	}
	*ret = arena_strndup(arena, text.p, text.n);
	return NULL;
}

const char *mission_parse_marker(struct str text, struct arena *arena, const char **ret) {
	if (text.n == 0 || str_is(text, ".") || str_is(text, "..")) {
		return "names no file";
	}
	if (memchr(text.p, '/', text.n) != NULL) {
		return "holds a '/': it is the name of a file or folder at a project's root";
	}
	if (str_is(text, "*") || memchr(text.p + 1, '*', text.n - 1) != NULL) {
		return "holds a '*' for more than the first part of a name, as in '*.config.js'";
	}
	if (text.n > WORD_MAX) {
		return "is longer than 64 bytes";
	}
	if (!is_visible(text)) {
		return "holds control characters or invisible ones";
	}
	*ret = arena_strndup(arena, text.p, text.n);
	return NULL;
}

const char *mission_parse_beneath(struct str text, struct arena *arena, const char **ret) {
	if (text.n > 0 && (text.p[0] == '/' || text.p[0] == '~' || text.p[0] == '$')) {
		return "must be relative to the project's root";
	}
	switch (path_fold(text, arena, ret)) {
	case FOLD_OK:
		return strlen(*ret) < PATH_MAX ? NULL : "is too long for a path";
	case FOLD_ESCAPES:
		return "leads out of the project";
	case FOLD_TOO_LONG:
		return "has a name of more than 255 bytes";
	case FOLD_EMPTY:
	case FOLD_NUL:
		break;
	}
	return "names no file";
}

const char *mission_parse_module(struct str text, struct arena *arena, const char **ret) {
	if (!is_word(text, "_-./#+:@")) {
		return "is no name of a module: 1 to 64 of A-Z a-z 0-9 _ - . / # + : @";
	}
	*ret = arena_strndup(arena, text.p, text.n);
	return NULL;
}

const char *mission_parse_option(struct str text, struct arena *arena, const char **ret) {
	if (!is_word(text, "_")) {
		return "is no option of a layout: 1 to 64 of A-Z a-z 0-9 _";
	}
	*ret = arena_printf(arena, "layout_opts.%.*s", (int)text.n, text.p);
	return NULL;
}

const char *mission_parse_word(struct str text, struct arena *arena, const char **ret) {
	if (!is_word(text, "_.:+%- ")) {
		return "can't be a value here: 1 to 64 of A-Z a-z 0-9 _ . : + % - and blanks";
	}
	*ret = arena_strndup(arena, text.p, text.n);
	return NULL;
}

/* --- Hyprland's rules ---------------------------------------------------------------------- */

/* A whole number in its shortest form, between the limits. */
static bool is_number(struct str text, long min, long max) {
	bool minus = text.n > 0 && text.p[0] == '-';
	size_t first = minus ? 1 : 0;
	if (text.n == first || text.n - first > 4 ||
			(text.p[first] == '0' && (text.n - first > 1 || minus))) {
		return false;
	}
	long number = 0;
	for (size_t i = first; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9') {
			return false;
		}
		number = number * 10 + (text.p[i] - '0');
	}
	number = minus ? -number : number;
	return number >= min && number <= max;
}

static const char *bool_value(const struct checker *check, const struct node *value,
		struct arena *arena) {
	bool on;
	(void)arena;
	return !check_is_bool(check, value, &on) ? NULL : on ? "true" : "false";
}

static const char *border_value(const struct checker *check, const struct node *value,
		struct arena *arena) {
	if (value->kind != NODE_SCALAR || !is_number(value->text, 0, BORDER_MAX)) {
		diag_add(check->diags, node_span(value, check->source),
				"expected a whole number from 0 to %d", BORDER_MAX);
		return NULL;
	}
	return arena_strndup(arena, value->text.p, value->text.n);
}

static const char *layout_value(const struct checker *check, const struct node *value,
		struct arena *arena) {
	if (!check_is_text(check, value, "text")) {
		return NULL;
	}
	if (!is_word(value->text, "_-.:")) {
		diag_add(check->diags, node_span(value, check->source),
				"'%.*s' is no name of a layout: 1 to 64 of A-Z a-z 0-9 _ - . :",
				check_clip(value->text), value->text.p);
		return NULL;
	}
	return arena_strndup(arena, value->text.p, value->text.n);
}

/* Adds the numbers of a text, each behind a blank; false if it holds anything else. */
static bool add_gaps(struct buf *out, struct str text, size_t *count) {
	for (size_t i = 0; i < text.n;) {
		size_t end = i;
		while (end < text.n && text.p[end] != ' ') {
			end++;
		}
		struct str part = {text.p + i, end - i};
		if (part.n > 0) {
			if (++*count > 4 || !is_number(part, -GAP_MAX, GAP_MAX)) {
				return false;
			}
			buf_addf(out, "%s%.*s", out->len > 0 ? " " : "", (int)part.n, part.p);
		}
		i = end + 1;
	}
	return *count > 0;
}

/* 4, "4 8", [4, 8]: as in style sheets, up to four sides. */
static const char *gaps_value(const struct checker *check, const struct node *value,
		struct arena *arena) {
	struct buf out _cleanup_buf_ = BUF_INIT;
	size_t count = 0;
	bool good = value->kind == NODE_LIST ? value->count > 0 && value->count <= 4
					     : value->kind == NODE_SCALAR;
	const struct node *item = value->kind == NODE_LIST ? value->child : value;
	for (; good && item != NULL; item = value->kind == NODE_LIST ? item->next : NULL) {
		good = item->kind == NODE_SCALAR && add_gaps(&out, item->text, &count);
	}
	if (!good) {
		diag_add(check->diags, node_span(value, check->source),
				"expected a whole number, or a list of up to four");
		return NULL;
	}
	return arena_strndup(arena, out.data, out.len);
}

typedef const char *value_fn(const struct checker *check, const struct node *value,
		struct arena *arena);

static const struct {
	const char *name;
	value_fn *value;
} rules[] = {
	{"border_size", border_value},
	{"decorate", bool_value},
	{"float_gaps", gaps_value},
	{"force", bool_value},
	{"gaps_in", gaps_value},
	{"gaps_out", gaps_value},
	{"layout", layout_value},
	{"layout_opts", NULL},
	{"no_border", bool_value},
	{"no_rounding", bool_value},
	{"no_shadow", bool_value},
};
#define COUNT_OF_RULES (sizeof(rules) / sizeof(rules[0]))

const char *const *mission_rule_names(void) {
	static const char *names[COUNT_OF_RULES + 1];
	for (size_t i = 0; i < COUNT_OF_RULES; i++) {
		names[i] = rules[i].name;
	}
	return names;
}

const char *mission_rule_find(struct str name) {
	for (size_t i = 0; i < COUNT_OF_RULES; i++) {
		if (str_is(name, rules[i].name)) {
			return rules[i].name;
		}
	}
	return NULL;
}

const char *mission_rule_value(const char *name, const struct checker *check,
		const struct node *value, struct arena *arena) {
	for (size_t i = 0; i < COUNT_OF_RULES; i++) {
		if (streq(name, rules[i].name) && rules[i].value != NULL) {
			return rules[i].value(check, value, arena);
		}
	}
	return NULL;
}
