/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/str.h"
#include "desk/hyprland_part.h"

enum { VALUE_MAX = 64, GAP_MAX = 9999, BORDER_MAX = 999 };

const struct rule_name rule_names[] = {
		{"border_size", "bordersize", "borderSize", "general:border_size", RULE_NUMBER},
		{"decorate", "decorate", "decorate", NULL, RULE_YES},
		{"float_gaps", "floatgaps", NULL, "general:float_gaps", RULE_GAPS},
		{"gaps_in", "gapsin", "gapsIn", "general:gaps_in", RULE_GAPS},
		{"gaps_out", "gapsout", "gapsOut", "general:gaps_out", RULE_GAPS},
		{"no_border", "border", "border", NULL, RULE_NO},
		{"no_rounding", "rounding", "rounding", NULL, RULE_NO},
		{"no_shadow", "shadow", "shadow", NULL, RULE_NO},
};
const size_t rule_names_count = sizeof(rule_names) / sizeof(rule_names[0]);

const struct rule_name *rule_find(const char *name) {
	for (size_t i = 0; i < rule_names_count; i++) {
		if (streq(rule_names[i].name, name)) {
			return &rule_names[i];
		}
	}
	return NULL;
}

const char *rule_option(const char *name) {
	static const char prefix[] = "layout_opts.";
	return strncmp(name, prefix, sizeof(prefix) - 1) == 0 ? name + sizeof(prefix) - 1 : NULL;
}

const char *rule_value(const struct pair *rule, size_t n, const char *name) {
	for (size_t i = 0; i < n; i++) {
		if (streq(rule[i].name, name)) {
			return rule[i].value;
		}
	}
	return NULL;
}

bool rule_is_forced(const struct pair *rule, size_t n) {
	const char *force = rule_value(rule, n, "force");
	return force != NULL && streq(force, "true");
}

/* A name that it doesn't know makes Hyprland take its default, and anew at every turn. */
const char *rule_layout(const struct hyprland_want *want, bool lua, bool *ret_strange) {
	static const char *const known[] = {"dwindle", "master", "scrolling", "monocle"};
	const char *layout = rule_value(want->rule, want->nrule, "layout");
	*ret_strange = false;
	if (layout == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (streq(layout, known[i])) {
			return layout;
		}
	}
	if (lua && strncmp(layout, "lua:", 4) == 0 && layout[4] != '\0') {
		return layout;
	}
	*ret_strange = true;
	return NULL;
}

/* Digits behind at most one minus, and how many bytes they are; 0: none, or too many. */
static size_t read_number(const char *text, long *ret) {
	size_t i = text[0] == '-' ? 1 : 0, first = i;
	long number = 0;
	for (; text[i] >= '0' && text[i] <= '9' && i - first < 5; i++) {
		number = number * 10 + (text[i] - '0');
	}
	*ret = first > 0 ? -number : number;
	return i > first && i - first < 5 ? i : 0;
}

bool rule_number(const char *text, long max, long *ret) {
	size_t n = read_number(text, ret);
	return n > 0 && text[n] == '\0' && *ret >= 0 && *ret <= max;
}

bool rule_gaps(const char *text, long ret[4]) {
	size_t count = 0;
	for (;;) {
		size_t n = count < 4 ? read_number(text, &ret[count]) : 0;
		if (n == 0 || labs(ret[count]) > GAP_MAX) {
			return false;
		}
		count++;
		if (text[n] == '\0') {
			break;
		}
		if (text[n] != ' ') {
			return false;
		}
		text += n + 1;
	}
	ret[1] = count > 1 ? ret[1] : ret[0];
	ret[2] = count > 2 ? ret[2] : ret[0];
	ret[3] = count > 3 ? ret[3] : ret[1];
	return true;
}

/* 1 to VALUE_MAX letters, digits, and what `more` adds. */
static bool is_word(const char *text, const char *more) {
	size_t n = strlen(text);
	for (size_t i = 0; i < n; i++) {
		char c = text[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
				    strchr(more, c) != NULL)) {
			return false;
		}
	}
	return n > 0 && n <= VALUE_MAX;
}

static bool is_bool(const char *text) {
	return streq(text, "true") || streq(text, "false");
}

static bool check_pair(const struct pair *pair) {
	const char *option = rule_option(pair->name);
	if (option != NULL) {
		return is_word(option, "_") && is_word(pair->value, "_.:+%- ");
	}
	if (streq(pair->name, "layout")) {
		return is_word(pair->value, "_-.:");
	}
	if (streq(pair->name, "force")) {
		return is_bool(pair->value);
	}
	const struct rule_name *name = rule_find(pair->name);
	long numbers[4];
	if (name == NULL) {
		return false;
	}
	switch (name->kind) {
	case RULE_GAPS:
		return rule_gaps(pair->value, numbers);
	case RULE_NUMBER:
		return rule_number(pair->value, BORDER_MAX, numbers);
	case RULE_YES:
	case RULE_NO:
		break;
	}
	return is_bool(pair->value);
}

bool rule_check(const struct hyprland_want *want, struct err *err) {
	for (size_t i = 0; i < want->nrule; i++) {
		if (!check_pair(&want->rule[i])) {
			err_set(err, ERR_FAILED, "Hyprland: '%s' can't be '%s'", want->rule[i].name,
					want->rule[i].value);
			return false;
		}
	}
	bool keyed = want->key != NULL && want->key[0] != '\0' &&
			want->key[strspn(want->key, "0123456789abcdef")] == '\0' &&
			strlen(want->key) <= VALUE_MAX;
	if (want->nrule > 0 && !keyed) {
		err_set(err, ERR_FAILED, "Hyprland: the rule has no key");
		return false;
	}
	return true;
}
