/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* What a template is rendered with: the data model of Mustache (JSON's). */
enum value_kind { VALUE_NOTHING, VALUE_BOOL, VALUE_TEXT, VALUE_LIST, VALUE_MAP };

struct value_item;

struct value {
	enum value_kind kind;
	bool yes;        /* VALUE_BOOL */
	struct str text; /* VALUE_TEXT */
	/* VALUE_LIST: in order, names empty; VALUE_MAP: sorted by name, bytewise. */
	const struct value_item *items;
	size_t count;
};

struct value_item {
	struct str name;
	struct value value;
};
