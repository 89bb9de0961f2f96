/* SPDX-License-Identifier: MIT */
#include <strings.h>

#include "base/typo.h"
#include "text/node.h"
#include "theme/scheme_part.h"

static const char *const system_names[] = {"base16", "base24", NULL};
static const char *const variant_names[] = {"dark", "light", NULL};

static struct span at(const struct scheme_reader *reader, const struct node *node) {
	return node_span(node, reader->source);
}

static void expected(const struct scheme_reader *reader, const struct node *node,
		const char *what) {
	diag_add(reader->diags, at(reader, node), "expected %s, not %s%s", what,
			node_is_null(node) ? "" : "a ", node_describe(node));
}

static const struct node *after(const struct node *key) {
	return key->next->next;
}

/* The value of a key; NULL where it is missing or nothing. */
static const struct node *find(const struct node *map, const char *name) {
	for (const struct node *key = map->child; key != NULL; key = after(key)) {
		if (str_is(key->text, name)) {
			return node_is_null(key->next) ? NULL : key->next;
		}
	}
	return NULL;
}

static const struct node *find_text(const struct scheme_reader *reader, const struct node *map,
		const char *name) {
	const struct node *value = find(map, name);
	if (value != NULL && value->kind != NODE_SCALAR) {
		expected(reader, value, "text");
		return NULL;
	}
	return value;
}

static void read_text(const struct scheme_reader *reader, const struct node *map,
		const char *name, const char **ret) {
	const struct node *value = find_text(reader, map, name);
	const char *line = value != NULL ? scheme_one_line(value->text, reader->arena) : "";
	if (*line != '\0') {
		*ret = line;
	}
}

/* One of two words; NULL where there is none. */
static const char *read_choice(const struct scheme_reader *reader, const struct node *map,
		const char *name, const char *const words[]) {
	const struct node *value = find_text(reader, map, name);
	for (size_t i = 0; value != NULL && words[i] != NULL; i++) {
		if (str_is(value->text, words[i])) {
			return words[i];
		}
	}
	if (value != NULL) {
		diag_add(reader->diags, at(reader, value), "unknown %s '%.*s'; expected '%s' or '%s'",
				name, scheme_clip(value->text), value->text.p, words[0], words[1]);
	}
	return NULL;
}

/* It becomes part of file names and of other programs' configurations. */
static void read_slug(const struct scheme_reader *reader, const struct node *map) {
	static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const struct node *value = find_text(reader, map, "slug");
	if (value == NULL) {
		return;
	}
	char *slug = arena_strndup(reader->arena, value->text.p, value->text.n);
	size_t n = strspn(slug, good);
	if (n == 0 || n < value->text.n) {
		diag_add(reader->diags, at(reader, value),
				"slug '%.*s' is not lower-case letters, digits, '-' and '_'",
				scheme_clip(value->text), value->text.p);
		return;
	}
	reader->scheme->slug = slug;
}

/* --- the palette --------------------------------------------------------------------------- */

static size_t find_base(struct str name) {
	size_t i = 0;
	while (i < SCHEME_BASES && !str_is(name, scheme_base_names[i])) {
		i++;
	}
	return i;
}

static void report_unknown(const struct scheme_reader *reader, const struct node *key) {
	/* "base0a" has one letter wrong, and is nearer to base0A than to base00. */
	const char *nearest = typo_nearest(key->text, scheme_base_names);
	for (size_t i = 0; i < SCHEME_BASES; i++) {
		const char *name = scheme_base_names[i];
		if (key->text.n == strlen(name) && strncasecmp(key->text.p, name, key->text.n) == 0) {
			nearest = name;
		}
	}
	diag_add(reader->diags, at(reader, key), "unknown palette entry '%.*s'%s%s%s",
			scheme_clip(key->text), key->text.p, nearest != NULL ? "; did you mean '" : "",
			nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

static void read_color(struct scheme_reader *reader, const struct node *value, size_t base) {
	if (value->kind != NODE_SCALAR) {
		expected(reader, value, "a colour");
	} else if (node_is_null(value)) {
		diag_add(reader->diags, at(reader, value),
				"expected a colour, not nothing; one with a '#' stands in quotes");
	} else {
		(void)scheme_take_color(reader, value->text, at(reader, value),
				&reader->scheme->base[base]);
	}
}

/* The colours of a map; which there are, as bits. */
static uint32_t read_colors(struct scheme_reader *reader, const struct node *map, bool flat) {
	uint32_t have = 0;
	for (const struct node *key = map->child; key != NULL; key = after(key)) {
		size_t base = find_base(key->text);
		if (base < SCHEME_BASES) {
			have |= UINT32_C(1) << base;
			read_color(reader, key->next, base);
		} else if (!flat || str_starts(key->text, "base")) {
			report_unknown(reader, key);
		}
	}
	return have;
}

/* The palette is a map, or among the other keys. */
static void read_palette(struct scheme_reader *reader, const struct node *root) {
	struct scheme *scheme = reader->scheme;
	const uint32_t base16 = 0xffff, base24 = 0xffffff;
	const struct node *palette = find(root, "palette");
	if (palette != NULL && palette->kind != NODE_MAP) {
		expected(reader, palette, "a map of colours");
		return;
	}
	const struct node *map = palette != NULL ? palette : root;
	uint32_t have = read_colors(reader, map, palette == NULL);
	if (scheme->system == NULL) {
		scheme->system = system_names[(have & base24) > base16];
	}
	uint32_t wanted = streq(scheme->system, "base24") ? base24 : base16;
	scheme_report_missing(reader, at(reader, map), wanted, have, scheme_base_names);
	scheme_fill_bases(scheme, have);
}

static void read_root(struct scheme_reader *reader, const struct node *root) {
	struct scheme *scheme = reader->scheme;
	read_text(reader, root, "scheme", &scheme->name); /* the older spelling of: */
	read_text(reader, root, "name", &scheme->name);
	read_text(reader, root, "author", &scheme->author);
	read_text(reader, root, "description", &scheme->description);
	read_slug(reader, root);
	scheme->system = read_choice(reader, root, "system", system_names);
	const char *variant = read_choice(reader, root, "variant", variant_names);
	read_palette(reader, root);
	scheme_derive(scheme);
	scheme->is_dark = variant != NULL ? streq(variant, "dark")
					  : color_is_dark(scheme->background);
}

void scheme_read_yaml(struct scheme_reader *reader) {
	struct node *root = NULL;
	unsigned before = reader->diags->count;
	(void)node_parse(reader->source, reader->arena, reader->diags, &root);
	if (root != NULL && root->kind == NODE_MAP) {
		read_root(reader, root);
	} else if (root != NULL) {
		expected(reader, root, "a scheme");
	} else if (reader->diags->count == before) {
		diag_add(reader->diags, (struct span){reader->source, 0, 0},
				"expected a scheme, not nothing");
	}
}
