/* SPDX-License-Identifier: MIT */
#include "reg/schema.h"

#include "base/path.h"
#include "base/vec.h"
#include "reg/check.h"
#include "reg/mission_read.h"
#include "reg/package.h"
#include "reg/theme_read.h"

/* More than any map of the schema has; the list is only for "did you mean". */
enum { KEYS_MAX = 24 };

enum type {
	TYPE_TEXT,
	TYPE_BOOL,
	TYPE_VERSION,  /* 1 */
	TYPE_MAP,      /* the keys of `keys` */
	TYPE_TAKEN,    /* `take` checks the value itself */
};

struct key {
	const char *name;
	enum type type;
	const struct key *keys;
	void (*take)(struct schema *schema, const struct node *value);
};

static void walk_map(struct schema *schema, const struct node *map, const struct key *keys,
		const char *where);
static const struct key *find_key(const struct key *keys, struct str name);

static struct checker check_of(const struct schema *schema) {
	return (struct checker){schema->source, schema->diags};
}

static struct span at(const struct schema *schema, const struct node *node) {
	return node_span(node, schema->source);
}

static void expected(struct schema *schema, const struct node *node, const char *what) {
	const struct checker check = check_of(schema);
	check_expected(&check, node, what);
}

static bool is_list(struct schema *schema, const struct node *node, const char *what) {
	const struct checker check = check_of(schema);
	return check_is_list(&check, node, what);
}

static bool is_text(struct schema *schema, const struct node *node, const char *what) {
	const struct checker check = check_of(schema);
	return check_is_text(&check, node, what);
}

/* --- packages ------------------------------------------------------------------------------ */

static void take_package_list(struct schema *schema, const struct node *list, const char *group,
		struct package_decls *decls) {
	for (const struct node *item = list->child; item != NULL; item = item->next) {
		if (!is_text(schema, item, "a package name")) {
			continue;
		}
		const char *wrong = package_name_check(item->text);
		if (wrong != NULL) {
			diag_add(schema->diags, at(schema, item), "'%.*s' %s", (int)item->text.n,
					item->text.p, wrong);
			continue;
		}
		VEC_ADD(decls, (struct package_decl){
			.name = arena_strndup(schema->arena, item->text.p, item->text.n),
			.group = group,
			.host = schema->host,
			.at = at(schema, item),
		});
	}
}

static void take_ignore(struct schema *schema, const struct node *value) {
	if (is_list(schema, value, "a list of package names")) {
		take_package_list(schema, value, NULL, &schema->registry->ignored);
	}
}

static void take_packages(struct schema *schema, const struct node *value) {
	if (value->kind != NODE_MAP) {
		if (is_list(schema, value, "a list of package names, or named groups of lists")) {
			take_package_list(schema, value, NULL, &schema->registry->packages);
		}
		return;
	}
	for (const struct node *key = value->child; key != NULL; key = check_after(key)) {
		if (is_list(schema, key->next, "a list of package names")) {
			const char *group = arena_strndup(schema->arena, key->text.p, key->text.n);
			take_package_list(schema, key->next, group, &schema->registry->packages);
			VEC_ADD(&schema->registry->groups, (struct package_group){group,
					schema->host, at(schema, key)});
		}
	}
}

static void take_record(struct schema *schema, const struct node *value) {
	static const char *const words[] = {
		[RECORD_ASK] = "ask", [RECORD_ALWAYS] = "always", [RECORD_NEVER] = "never",
	};
	for (size_t i = RECORD_ASK; i < sizeof(words) / sizeof(words[0]); i++) {
		if (value->kind == NODE_SCALAR && str_is(value->text, words[i])) {
			if (schema->rank >= schema->registry->record_rank) {
				schema->registry->record = (enum record_policy)i;
				schema->registry->record_rank = schema->rank;
			}
			return;
		}
	}
	diag_add(schema->diags, at(schema, value), "expected ask, always or never");
}

/* --- links --------------------------------------------------------------------------------- */

/* "source", or {tree: source}: the node that holds the source, or NULL after a complaint. */
static const struct node *link_source(struct schema *schema, const struct node *value,
		bool *ret_tree) {
	*ret_tree = value->kind == NODE_MAP;
	if (!*ret_tree) {
		if (node_is_null(value)) {
			diag_add(schema->diags, at(schema, value),
					"expected the source, relative to the profile");
			return NULL;
		}
		return is_text(schema, value, "a source, or {tree: FOLDER}") ? value : NULL;
	}
	const struct node *source = NULL;
	for (const struct node *key = value->child; key != NULL; key = check_after(key)) {
		if (str_is(key->text, "tree")) {
			source = key->next;
		} else {
			diag_add(schema->diags, at(schema, key),
					"unknown key '%.*s' in a link; it takes 'tree'",
					(int)key->text.n, key->text.p);
			return NULL;
		}
	}
	if (source == NULL || node_is_null(source)) {
		diag_add(schema->diags, at(schema, value), "expected {tree: FOLDER}");
		return NULL;
	}
	return is_text(schema, source, "a folder of the profile") ? source : NULL;
}

/* The node that holds the template's path, or NULL after a complaint. */
static const struct node *template_source(struct schema *schema, const struct node *value) {
	if (node_is_null(value)) {
		diag_add(schema->diags, at(schema, value),
				"expected the template, relative to the profile");
		return NULL;
	}
	return is_text(schema, value, "a template of the profile") ? value : NULL;
}

static void take_link(struct schema *schema, const struct node *key, bool rendered) {
	struct link_decl link = {
		.host = schema->host,
		.key = key->text,
		.rendered = rendered,
		.at = at(schema, key),
		.rank = schema->rank,
	};
	const struct node *source = rendered ? template_source(schema, key->next)
					     : link_source(schema, key->next, &link.tree);
	const char *wrong = target_parse(key->text, schema->arena, &link.target);
	if (wrong == NULL && !link.tree) {
		wrong = streq(link.target, "~") ? "is the home folder itself"
						: target_check(link.target, schema->rules,
								  schema->arena);
	}
	if (wrong != NULL) {
		diag_add(schema->diags, link.at, "target '%.*s' %s", (int)key->text.n,
				key->text.p, wrong);
	}
	if (source == NULL) {
		return;
	}
	link.source_at = at(schema, source);
	const char *bad = source_parse(source->text, schema->rules, schema->arena, &link.source);
	if (bad != NULL) {
		diag_add(schema->diags, link.source_at, "source '%.*s' %s", (int)source->text.n,
				source->text.p, bad);
	}
	if (wrong == NULL && bad == NULL) {
		VEC_ADD(&schema->registry->links, link);
	}
}

static void take_links(struct schema *schema, const struct node *value, bool rendered,
		const char *what) {
	const struct checker check = check_of(schema);
	if (!check_is_map(&check, value, what) || node_is_null(value)) {
		return;
	}
	for (const struct node *key = value->child; key != NULL; key = check_after(key)) {
		take_link(schema, key, rendered);
	}
}

static void take_symlinks(struct schema *schema, const struct node *value) {
	take_links(schema, value, false, "a map of targets to sources");
}

/* --- themes -------------------------------------------------------------------------------- */

static void take_templates(struct schema *schema, const struct node *value) {
	take_links(schema, value, true, "a map of targets to templates");
}

static void take_active(struct schema *schema, const struct node *value) {
	const struct checker check = check_of(schema);
	struct theme_decl *theme = &schema->registry->theme;
	bool none = node_is_null(value);
	if ((!none && !check_is_name(&check, value)) || schema->rank < theme->active_rank) {
		return;
	}
	theme->active = none ? NULL : arena_strndup(schema->arena, value->text.p, value->text.n);
	theme->at = at(schema, value);
	theme->host = schema->host;
	theme->active_rank = schema->rank;
}

static struct theme_reader theme_reader(const struct schema *schema) {
	return (struct theme_reader){
		.check = check_of(schema),
		.rules = schema->rules,
		.arena = schema->arena,
		.rank = schema->rank,
	};
}

static void take_pairs(struct schema *schema, const struct node *value) {
	const struct theme_reader reader = theme_reader(schema);
	theme_take_pairs(&schema->registry->theme, &reader, value);
}

static void take_wallpaper(struct schema *schema, const struct node *value) {
	const struct theme_reader reader = theme_reader(schema);
	theme_take_wallpaper(&schema->registry->theme, &reader, value);
}

/* --- missions ------------------------------------------------------------------------------ */

static void take_missions(struct schema *schema, const struct node *value) {
	const struct mission_reader reader = {
		.check = check_of(schema),
		.arena = schema->arena,
		.rank = schema->rank,
		.used = &schema->registry->mission_bytes,
	};
	if (!check_is_map(&reader.check, value, "a map of names") || node_is_null(value)) {
		return;
	}
	for (const struct node *key = value->child; key != NULL; key = check_after(key)) {
		struct mission_decl decl = {
			.name = arena_strndup(schema->arena, key->text.p, key->text.n),
			.host = schema->host,
			.at = at(schema, key),
		};
		bool named = check_is_name(&reader.check, key);
		mission_take_block(&decl, &reader, key->next);
		if (named) {
			VEC_ADD(&schema->registry->missions, decl);
		}
	}
}

/* --- includes and hosts -------------------------------------------------------------------- */

static void take_include(struct schema *schema, const struct node *value) {
	if (!is_list(schema, value, "a list of files")) {
		return;
	}
	for (const struct node *item = value->child; item != NULL; item = item->next) {
		if (!is_text(schema, item, "a file of the profile")) {
			continue;
		}
		struct include_decl include = {.at = at(schema, item)};
		const char *wrong = source_parse(item->text, schema->rules, schema->arena,
				&include.path);
		if (wrong != NULL) {
			diag_add(schema->diags, include.at, "file '%.*s' %s", (int)item->text.n,
					item->text.p, wrong);
			continue;
		}
		VEC_ADD(&schema->includes, include);
	}
}

static void take_bar_command(struct schema *schema, const struct node *value);
static void take_git(struct schema *schema, const struct node *value);
static void take_hosts(struct schema *schema, const struct node *value);
static void take_reload(struct schema *schema, const struct node *value);

/* --- the table ----------------------------------------------------------------------------- */

static const struct key bar_keys[] = {
	{"command", TYPE_TAKEN, NULL, take_bar_command},
	{0},
};

static const struct key git_keys[] = {
	{"commit", TYPE_BOOL, NULL, NULL},
	{"push", TYPE_BOOL, NULL, NULL},
	{"sync", TYPE_BOOL, NULL, NULL},
	{0},
};

static const struct key theme_keys[] = {
	{"active", TYPE_TAKEN, NULL, take_active},
	{"pairs", TYPE_TAKEN, NULL, take_pairs},
	{"reload", TYPE_TAKEN, NULL, take_reload},
	{"templates", TYPE_TAKEN, NULL, take_templates},
	{"wallpaper", TYPE_TAKEN, NULL, take_wallpaper},
	{0},
};

/* The keys that a host's block shares with the file. */
#define BLOCK_KEYS                                                                               \
	{"bar", TYPE_MAP, bar_keys, NULL}, {"git", TYPE_TAKEN, NULL, take_git},                  \
			{"ignore", TYPE_TAKEN, NULL, take_ignore},                               \
			{"missions", TYPE_TAKEN, NULL, take_missions},                           \
			{"packages", TYPE_TAKEN, NULL, take_packages},                           \
			{"record", TYPE_TAKEN, NULL, take_record},                               \
			{"symlinks", TYPE_TAKEN, NULL, take_symlinks},                           \
			{"themes", TYPE_MAP, theme_keys, NULL}

static const struct key host_keys[] = {
	BLOCK_KEYS,
	{0},
};

static const struct key file_keys[] = {
	BLOCK_KEYS,
	{"hosts", TYPE_TAKEN, NULL, take_hosts},
	{"include", TYPE_TAKEN, NULL, take_include},
	{"version", TYPE_VERSION, NULL, NULL},
	{0},
};

static void take_git(struct schema *schema, const struct node *value) {
	struct git_decl *git = &schema->registry->git;
	walk_map(schema, value, git_keys, "git");
	const struct node *key = value->kind == NODE_MAP ? value->child : NULL;
	for (; key != NULL; key = check_after(key)) {
		struct switch_decl *decl = str_is(key->text, "commit") ? &git->commit
				: str_is(key->text, "push")            ? &git->push
								       : &git->sync;
		if (find_key(git_keys, key->text) != NULL && schema->rank >= decl->rank) {
			bool on = key->next->text.n > 0 && (key->next->text.p[0] | 0x20) == 't';
			*decl = (struct switch_decl){on, schema->rank};
		}
	}
}

/* A block of another host is checked like this one's; what it says is dropped again. */
static void take_hosts(struct schema *schema, const struct node *value) {
	if (node_is_null(value)) {
		return;
	}
	if (value->kind != NODE_MAP) {
		expected(schema, value, "a map of host names");
		return;
	}
	schema->hosts = value;
	size_t nlinks = schema->registry->links.count;
	size_t npackages = schema->registry->packages.count;
	size_t ngroups = schema->registry->groups.count;
	size_t nignored = schema->registry->ignored.count;
	enum record_policy record = schema->registry->record;
	unsigned record_rank = schema->registry->record_rank;
	size_t nmissions = schema->registry->missions.count;
	size_t mission_bytes = schema->registry->mission_bytes;
	const struct git_decl git = schema->registry->git;
	const struct bar_decl bar = schema->registry->bar;
	const struct theme_decl theme = schema->registry->theme;
	for (const struct node *key = value->child; key != NULL; key = check_after(key)) {
		walk_map(schema, key->next, host_keys, "a host's block");
	}
	schema->registry->links.count = nlinks;
	schema->registry->packages.count = npackages;
	schema->registry->groups.count = ngroups;
	schema->registry->ignored.count = nignored;
	schema->registry->record = record;
	schema->registry->record_rank = record_rank;
	schema->registry->missions.count = nmissions;
	schema->registry->mission_bytes = mission_bytes;
	schema->registry->git = git;
	schema->registry->bar = bar;
	schema->registry->theme = theme;
}

/* --- checking by type ---------------------------------------------------------------------- */

static void take_bar_command(struct schema *schema, const struct node *value) {
	const struct checker check = check_of(schema);
	struct bar_decl *bar = &schema->registry->bar;
	if (check_is_command(&check, value) && schema->rank >= bar->rank) {
		*bar = (struct bar_decl){check_command_copy(value, schema->arena), schema->rank};
	}
}

static void take_reload(struct schema *schema, const struct node *value) {
	const struct checker check = check_of(schema);
	struct theme_decl *theme = &schema->registry->theme;
	if (!is_list(schema, value, "a list of commands")) {
		return;
	}
	const char *const **commands =
			arena_zalloc(schema->arena, (value->count + 1) * sizeof(*commands));
	size_t n = 0;
	for (const struct node *item = value->child; item != NULL; item = item->next) {
		if (check_is_command(&check, item)) {
			commands[n++] = check_command_copy(item, schema->arena);
		}
	}
	if (schema->rank >= theme->reload_rank) {
		theme->reload = commands;
		theme->reload_rank = schema->rank;
	}
}

static void check_key(struct schema *schema, const struct key *row, const struct node *value) {
	const struct checker check = check_of(schema);
	bool ignored;
	switch (row->type) {
	case TYPE_TEXT:
		(void)is_text(schema, value, "text");
		break;
	case TYPE_BOOL:
		(void)check_is_bool(&check, value, &ignored);
		break;
	case TYPE_VERSION:
		if (value->kind != NODE_SCALAR || !str_is(value->text, "1")) {
			diag_add(schema->diags, at(schema, value),
					"this Lumina reads version 1 of the format only");
		}
		break;
	case TYPE_MAP:
		walk_map(schema, value, row->keys, row->name);
		break;
	case TYPE_TAKEN:
		row->take(schema, value);
		break;
	}
}

static const struct key *find_key(const struct key *keys, struct str name) {
	for (const struct key *row = keys; row->name != NULL; row++) {
		if (str_is(name, row->name)) {
			return row;
		}
	}
	return NULL;
}

static void unknown_key(struct schema *schema, const struct node *key, const struct key *keys,
		const char *where) {
	const char *names[KEYS_MAX + 1] = {0};
	for (size_t i = 0; i < KEYS_MAX && keys[i].name != NULL; i++) {
		names[i] = keys[i].name;
	}
	const struct checker check = check_of(schema);
	check_unknown_key(&check, key, names, where);
}

static void walk_map(struct schema *schema, const struct node *map, const struct key *keys,
		const char *where) {
	if (node_is_null(map)) {
		return;
	}
	if (map->kind != NODE_MAP) {
		expected(schema, map, "a map");
		return;
	}
	for (const struct node *key = map->child; key != NULL; key = check_after(key)) {
		const struct key *row = find_key(keys, key->text);
		if (row != NULL) {
			check_key(schema, row, key->next);
		} else {
			unknown_key(schema, key, keys, where);
		}
	}
}

void schema_walk_file(struct schema *schema, const struct node *root) {
	walk_map(schema, root, file_keys, "the registry");
}

void schema_walk_host(struct schema *schema, const struct node *block) {
	walk_map(schema, block, host_keys, "a host's block");
}
