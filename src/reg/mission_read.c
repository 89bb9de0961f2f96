/* SPDX-License-Identifier: MIT */
#include "reg/mission_read.h"

#include "base/env_name.h"
#include "base/path.h"
#include "reg/mission_value.h"
#include "reg/target.h"

enum {
	LIST_MAX = 256,             /* entries of a list */
	PAIRS_MAX = 1024,           /* entries of a map */
	VALUE_MAX = 127 * 1024,     /* of a variable: the kernel takes 128 KiB with its name */
	USED_MAX = 8 * 1024 * 1024, /* of all missions; aliases could ask for terabytes */
	PROJECT_USED_MAX = 256 * 1024,
};

typedef const char *parse_fn(const struct mission_reader *reader, struct str text,
		const char **ret);

/* Stops at a project's file that is nothing but wrong. */
static bool enough(const struct mission_reader *reader) {
	return reader->project && reader->check.diags->count >= MISSION_PROBLEMS_MAX;
}

static struct span at(const struct mission_reader *reader, const struct node *node) {
	return node_span(node, reader->check.source);
}

static bool afford(const struct mission_reader *reader, const struct node *node, size_t n) {
	size_t limit = reader->project ? PROJECT_USED_MAX : USED_MAX;
	if (*reader->used > limit) {
		return false; /* said already */
	}
	*reader->used += n + 1;
	if (*reader->used > limit) {
		diag_add(reader->check.diags, at(reader, node),
				"the missions hold more than %zu KiB of text", limit / 1024);
		return false;
	}
	return true;
}

/* A text that `parse` accepts, in the arena; NULL after a complaint. */
static const char *take_one(const struct mission_reader *reader, const struct node *node,
		const char *what, parse_fn *parse) {
	if (!check_is_text(&reader->check, node, "text") || !afford(reader, node, node->text.n)) {
		return NULL;
	}
	const char *text = NULL;
	const char *wrong = parse(reader, node->text, &text);
	if (wrong != NULL) {
		diag_add(reader->check.diags, at(reader, node), "%s '%.*s' %s", what,
				check_clip(node->text), node->text.p, wrong);
		return NULL;
	}
	return text;
}

static void take_text(struct mission_text *ret, const struct mission_reader *reader,
		const struct node *value, const char *what, parse_fn *parse) {
	if (node_is_null(value)) {
		return; /* an emptied line keeps its key */
	}
	const char *text = take_one(reader, value, what, parse);
	if (text != NULL) {
		*ret = (struct mission_text){text, at(reader, value), reader->rank};
	}
}

static void take_list(struct mission_texts *ret, const struct mission_reader *reader,
		const struct node *value, const char *what, parse_fn *parse) {
	if (value->kind == NODE_LIST && value->count > LIST_MAX) {
		diag_add(reader->check.diags, at(reader, value), "has more than %d entries",
				LIST_MAX);
		return;
	}
	size_t count = 0, room = value->kind == NODE_LIST ? value->count : 0;
	const char **items = arena_zalloc(reader->arena, (room + 1) * sizeof(*items));
	for (const struct node *item = value->child; room > 0 && item != NULL && !enough(reader);
			item = item->next) {
		const char *text = take_one(reader, item, what, parse);
		if (text != NULL) {
			items[count++] = text;
		}
	}
	*ret = (struct mission_texts){items, at(reader, value), reader->rank};
}

static bool has_room(const struct mission_reader *reader, const struct node *map) {
	if (map->count > PAIRS_MAX) {
		diag_add(reader->check.diags, at(reader, map), "has more than %d entries",
				PAIRS_MAX);
		return false;
	}
	return map->count > 0;
}

/* --- the keys ------------------------------------------------------------------------------ */

static void take_direnv(struct mission_decl *decl, const struct mission_reader *reader,
		const struct node *value) {
	bool on;
	if (check_is_bool(&reader->check, value, &on)) {
		decl->direnv = (struct mission_text){on ? "true" : "false", at(reader, value),
				reader->rank};
	}
}

static const char *parse_dotenv(const struct mission_reader *reader, struct str text,
		const char **ret) {
	return mission_parse_beneath(text, reader->arena, ret);
}

static void take_dotenv(struct mission_decl *decl, const struct mission_reader *reader,
		const struct node *value) {
	static const char *const usual[] = {".env", NULL};
	static const char *const none[] = {NULL};
	bool on;
	if (value->kind == NODE_LIST) {
		take_list(&decl->dotenv, reader, value, "file", parse_dotenv);
	} else if (value->kind != NODE_SCALAR) {
		check_expected(&reader->check, value, "true, false or a list of files");
	} else if (check_is_bool(&reader->check, value, &on)) {
		decl->dotenv = (struct mission_texts){on ? usual : none, at(reader, value),
				reader->rank};
	}
}

/* A variable and its value; false after a complaint. */
static bool take_variable(struct mission_pair *ret, const struct mission_reader *reader,
		const struct node *key) {
	const struct node *value = key->next;
	if (!check_is_text(&reader->check, key, "a name") ||
			!check_is_text(&reader->check, value, "text")) {
		return false;
	}
	if (value->plain && value->text.n == 0) {
		diag_add(reader->check.diags, at(reader, value),
				"expected the variable's value, \"\" for an empty one");
		return false;
	}
	if (value->text.n > VALUE_MAX) {
		diag_add(reader->check.diags, at(reader, value),
				"is larger than %d KiB: no program could be started with it",
				VALUE_MAX / 1024);
		return false;
	}
	if (!afford(reader, key, key->text.n + value->text.n)) {
		return false;
	}
	const char *name = arena_strndup(reader->arena, key->text.p, key->text.n);
	const char *refused = env_name_refused(name, reader->project ? ENV_PROJECT : ENV_OWN);
	if (refused != NULL) {
		diag_add(reader->check.diags, at(reader, key), "variable '%s' %s", name, refused);
		return false;
	}
	*ret = (struct mission_pair){name,
			arena_strndup(reader->arena, value->text.p, value->text.n),
			at(reader, key), reader->rank};
	return true;
}

static void take_env(struct mission_decl *decl, const struct mission_reader *reader,
		const struct node *value) {
	if (!check_is_map(&reader->check, value, "a map of texts") || node_is_null(value) ||
			!has_room(reader, value)) {
		return;
	}
	struct mission_pair *items = arena_alloc(reader->arena, value->count * sizeof(*items));
	size_t count = 0;
	for (const struct node *key = value->child; key != NULL && !enough(reader);
			key = check_after(key)) {
		count += take_variable(&items[count], reader, key);
	}
	decl->env = (struct mission_pairs){items, count};
}

static void add_rule(struct mission_pairs *pairs, const struct mission_reader *reader,
		const struct node *key, const char *name, const char *value) {
	if (value != NULL) {
		pairs->items[pairs->count++] = (struct mission_pair){name, value, at(reader, key),
				reader->rank};
	}
}

static void take_layout_opts(struct mission_pairs *pairs, const struct mission_reader *reader,
		const struct node *value) {
	if (!check_is_map(&reader->check, value, "a map of texts") || node_is_null(value)) {
		return;
	}
	for (const struct node *key = value->child; key != NULL && !enough(reader);
			key = check_after(key)) {
		const char *name = NULL, *text = NULL;
		if (!check_is_text(&reader->check, key->next, "text") ||
				!afford(reader, key, key->text.n + key->next->text.n)) {
			continue;
		}
		const char *wrong = mission_parse_option(key->text, reader->arena, &name);
		const struct node *bad = key;
		if (wrong == NULL) {
			bad = key->next;
			wrong = mission_parse_word(key->next->text, reader->arena, &text);
		}
		if (wrong != NULL) {
			diag_add(reader->check.diags, at(reader, bad), "'%.*s' %s",
					check_clip(bad->text), bad->text.p, wrong);
			continue;
		}
		add_rule(pairs, reader, key, name, text);
	}
}

static void take_hyprland(struct mission_decl *decl, const struct mission_reader *reader,
		const struct node *value) {
	const char *const *names = mission_rule_names();
	if (!check_is_map(&reader->check, value, "a map") || node_is_null(value) ||
			!has_room(reader, value)) {
		return;
	}
	size_t room = value->count;
	for (const struct node *key = value->child; key != NULL; key = check_after(key)) {
		if (str_is(key->text, "layout_opts") && key->next->kind == NODE_MAP) {
			if (!has_room(reader, key->next)) {
				return;
			}
			room += key->next->count;
		}
	}
	struct mission_pairs pairs = {arena_alloc(reader->arena, room * sizeof(*pairs.items)), 0};
	for (const struct node *key = value->child; key != NULL && !enough(reader);
			key = check_after(key)) {
		const char *name = mission_rule_find(key->text);
		if (name == NULL) {
			check_unknown_key(&reader->check, key, names, "hyprland");
		} else if (streq(name, "layout_opts")) {
			take_layout_opts(&pairs, reader, key->next);
		} else {
			add_rule(&pairs, reader, key, name, mission_rule_value(name, &reader->check,
					key->next, reader->arena));
		}
	}
	decl->hyprland = pairs;
}

static const char *parse_in(const struct mission_reader *reader, struct str text,
		const char **ret) {
	if (text.n > 0 && text.p[0] == '/') {
		*ret = path_fold_absolute(arena_strndup(reader->arena, text.p, text.n),
				reader->arena);
		return NULL;
	}
	const char *wrong = target_parse(text, reader->arena, ret);
	return wrong != NULL && (text.n == 0 || (text.p[0] != '~' && text.p[0] != '$'))
			? "must begin with '~/' or '/'"
			: wrong;
}

static void take_in(struct mission_decl *decl, const struct mission_reader *reader,
		const struct node *value) {
	if (check_is_list(&reader->check, value, "a list of folders")) {
		take_list(&decl->in, reader, value, "folder", parse_in);
	}
}

static const char *parse_label(const struct mission_reader *reader, struct str text,
		const char **ret) {
	return mission_parse_label(text, reader->arena, ret);
}

static void take_label(struct mission_decl *decl, const struct mission_reader *reader,
		const struct node *value) {
	take_text(&decl->label, reader, value, "label", parse_label);
}

static const char *parse_nix(const struct mission_reader *reader, struct str text,
		const char **ret) {
	(void)reader;
	*ret = "develop";
	return str_is(text, *ret) ? NULL : "is not known: it takes 'develop' only";
}

static void take_nix(struct mission_decl *decl, const struct mission_reader *reader,
		const struct node *value) {
	take_text(&decl->nix, reader, value, "nix", parse_nix);
}

static const char *parse_path(const struct mission_reader *reader, struct str text,
		const char **ret) {
	if (memchr(text.p, ':', text.n) != NULL) {
		return "holds a ':', which separates folders in PATH";
	}
	bool home = text.n > 0 && (text.p[0] == '~' || text.p[0] == '$');
	bool beneath = !home && text.n > 0 && text.p[0] != '/';
	if (!beneath && reader->project) {
		return "must be relative to the project's root";
	}
	if (beneath && path_fold(text, reader->arena, ret) == FOLD_EMPTY) {
		*ret = ".";
		return NULL;
	}
	if (!beneath) {
		return parse_in(reader, text, ret);
	}
	const char *wrong = mission_parse_beneath(text, reader->arena, ret);
	if (wrong == NULL && (*ret)[0] == '~') {
		*ret = arena_printf(reader->arena, "./%s", *ret); /* a name, not the home folder */
	}
	return wrong;
}

static void take_path(struct mission_decl *decl, const struct mission_reader *reader,
		const struct node *value) {
	if (check_is_list(&reader->check, value, "a list of folders")) {
		take_list(&decl->path, reader, value, "folder", parse_path);
	}
}

static const char *parse_module(const struct mission_reader *reader, struct str text,
		const char **ret) {
	return mission_parse_module(text, reader->arena, ret);
}

static void take_waybar(struct mission_decl *decl, const struct mission_reader *reader,
		const struct node *value) {
	static const char *const names[] = {"hide", "show", NULL};
	if (!check_is_map(&reader->check, value, "a map") || node_is_null(value)) {
		return;
	}
	for (const struct node *key = value->child; key != NULL && !enough(reader);
			key = check_after(key)) {
		bool hide = str_is(key->text, "hide");
		if (!hide && !str_is(key->text, "show")) {
			check_unknown_key(&reader->check, key, names, "waybar");
		} else if (check_is_list(&reader->check, key->next, "a list of modules")) {
			take_list(hide ? &decl->hide : &decl->show, reader, key->next, "module",
					parse_module);
		}
	}
}

static const char *parse_marker(const struct mission_reader *reader, struct str text,
		const char **ret) {
	return mission_parse_marker(text, reader->arena, ret);
}

static void take_when(struct mission_decl *decl, const struct mission_reader *reader,
		const struct node *value) {
	if (check_is_list(&reader->check, value, "a list of names")) {
		take_list(&decl->when, reader, value, "marker", parse_marker);
	}
}

const char *const mission_keys[] = {"direnv", "dotenv", "env", "hyprland", "in", "label", "nix",
		"path", "waybar", "when", NULL};

bool mission_take(struct mission_decl *decl, const struct mission_reader *reader,
		const struct node *key) {
	static const struct {
		const char *name;
		void (*take)(struct mission_decl *decl, const struct mission_reader *reader,
				const struct node *value);
		bool own; /* not for a project's file */
	} rows[] = {
		{"direnv", take_direnv, false},
		{"dotenv", take_dotenv, false},
		{"env", take_env, false},
		{"hyprland", take_hyprland, false},
		{"in", take_in, true},
		{"label", take_label, false},
		{"nix", take_nix, false},
		{"path", take_path, false},
		{"waybar", take_waybar, false},
		{"when", take_when, true},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (str_is(key->text, rows[i].name) && !(rows[i].own && reader->project)) {
			rows[i].take(decl, reader, key->next);
			return true;
		}
	}
	return false;
}

void mission_take_block(struct mission_decl *decl, const struct mission_reader *reader,
		const struct node *block) {
	if (!check_is_map(&reader->check, block, "a map") || node_is_null(block)) {
		return;
	}
	for (const struct node *key = block->child; key != NULL; key = check_after(key)) {
		if (!mission_take(decl, reader, key)) {
			check_unknown_key(&reader->check, key, mission_keys, "a mission");
		}
	}
}
