/* SPDX-License-Identifier: MIT */
#include "reg/theme_read.h"

static struct span at(const struct theme_reader *reader, const struct node *node) {
	return node_span(node, reader->check.source);
}

static const char *copy(const struct theme_reader *reader, struct str text) {
	return arena_strndup(reader->arena, text.p, text.n);
}

/* --- pictures ------------------------------------------------------------------------------ */

static void take_picture(struct picture_decl *picture, const struct theme_reader *reader,
		const struct node *value) {
	static const char what[] = "a picture, relative to the profile";
	const char *path;
	if (node_is_null(value)) {
		check_expected(&reader->check, value, what);
		return;
	}
	if (!check_is_text(&reader->check, value, what)) {
		return;
	}
	const char *wrong = source_parse(value->text, reader->rules, reader->arena, &path);
	if (wrong != NULL) {
		diag_add(reader->check.diags, at(reader, value), "picture '%.*s' %s",
				check_clip(value->text), value->text.p, wrong);
		return;
	}
	*picture = (struct picture_decl){path, at(reader, value)};
}

static void take_file(struct wallpaper_decl *paper, const struct theme_reader *reader,
		const struct node *value) {
	take_picture(&paper->file, reader, value);
}

static void take_files(struct wallpaper_decl *paper, const struct theme_reader *reader,
		const struct node *value) {
	if (!check_is_map(&reader->check, value, "a map of themes to pictures") ||
			node_is_null(value)) {
		return;
	}
	paper->nfiles = 0; /* a key that is there twice was complained of */
	struct theme_picture *files = arena_zalloc(reader->arena, (value->count + 1) * sizeof(*files));
	for (const struct node *key = value->child; key != NULL; key = check_after(key)) {
		if (check_is_name(&reader->check, key)) {
			struct theme_picture *one = &files[paper->nfiles++];
			one->theme = copy(reader, key->text);
			take_picture(&one->picture, reader, key->next);
		}
	}
	paper->files = files;
}

static void take_command(struct wallpaper_decl *paper, const struct theme_reader *reader,
		const struct node *value) {
	if (check_is_command(&reader->check, value)) {
		paper->command = check_command_copy(value, reader->arena);
	}
}

static const char *const paper_keys[] = {"command", "file", "files", NULL};
static void (*const paper_takes[])(struct wallpaper_decl *paper, const struct theme_reader *reader,
		const struct node *value) = {take_command, take_file, take_files};

static void take_paper(struct wallpaper_decl *paper, const struct theme_reader *reader,
		const struct node *map) {
	for (const struct node *key = map->child; key != NULL; key = check_after(key)) {
		size_t i = 0;
		while (paper_keys[i] != NULL && !str_is(key->text, paper_keys[i])) {
			i++;
		}
		if (paper_keys[i] != NULL) {
			paper_takes[i](paper, reader, key->next);
		} else {
			check_unknown_key(&reader->check, key, paper_keys, "wallpaper");
		}
	}
}

void theme_take_wallpaper(struct theme_decl *theme, const struct theme_reader *reader,
		const struct node *value) {
	struct wallpaper_decl paper = {.rank = reader->rank};
	if (value->kind == NODE_LIST) {
		check_expected(&reader->check, value, "a picture, or a map of file, files and command");
	} else if (value->kind == NODE_MAP) {
		take_paper(&paper, reader, value);
	} else if (!node_is_null(value)) {
		take_picture(&paper.file, reader, value);
	}
	if (paper.rank >= theme->wallpaper.rank) {
		theme->wallpaper = paper;
	}
}

/* --- pairs --------------------------------------------------------------------------------- */

static void check_single(const struct theme_reader *reader, const struct theme_pair *pairs, size_t count,
		const struct node *name) {
	for (size_t i = 0; i < count; i++) {
		if (str_is(name->text, pairs[i].one) || str_is(name->text, pairs[i].other)) {
			diag_add(reader->check.diags, at(reader, name),
					"theme '%.*s' is in a pair already: '%s: %s'", check_clip(name->text),
					name->text.p, pairs[i].one, pairs[i].other);
		}
	}
}

void theme_take_pairs(struct theme_decl *theme, const struct theme_reader *reader,
		const struct node *value) {
	if (!check_is_map(&reader->check, value, "a map of themes to themes")) {
		return;
	}
	struct theme_pair *pairs = arena_zalloc(reader->arena, (value->count + 1) * sizeof(*pairs));
	size_t count = 0;
	const struct node *key = node_is_null(value) ? NULL : value->child;
	for (; key != NULL; key = check_after(key)) {
		bool named = check_is_name(&reader->check, key);
		if (!check_is_name(&reader->check, key->next) || !named) {
			continue;
		}
		if (str_eq(key->text, key->next->text)) {
			diag_add(reader->check.diags, at(reader, key->next),
					"theme '%.*s' can't be its own partner", check_clip(key->text),
					key->text.p);
			continue;
		}
		check_single(reader, pairs, count, key);
		check_single(reader, pairs, count, key->next);
		pairs[count++] = (struct theme_pair){copy(reader, key->text),
			copy(reader, key->next->text)};
	}
	if (reader->rank >= theme->pairs_rank) {
		theme->pairs = pairs;
		theme->npairs = count;
		theme->pairs_rank = reader->rank;
	}
}
