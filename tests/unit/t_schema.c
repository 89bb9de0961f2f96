/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/vec.h"
#include "reg/schema.h"

struct walked {
	struct arena arena;
	struct diags diags;
	struct source source;
	struct registry registry;
	struct schema schema;
	struct target_rules rules;
};

static void walk(struct walked *walked, const char *yaml) {
	*walked = (struct walked){.source = source_of(yaml, strlen(yaml))};
	arena_init(&walked->arena);
	walked->diags.arena = &walked->arena;
	const struct facts facts = {.home = "/home/u", .profile = "/home/u/.lumina"};
	target_rules_init(&walked->rules, &facts, &walked->arena);
	walked->schema = (struct schema){
		.registry = &walked->registry,
		.arena = &walked->arena,
		.diags = &walked->diags,
		.rules = &walked->rules,
		.source = &walked->source,
		.rank = 7,
	};
	struct node *root;
	check(node_parse(&walked->source, &walked->arena, &walked->diags, &root) == 0, "%s: %s",
			yaml, walked->diags.first->text);
	schema_walk_file(&walked->schema, root);
}

static void release(struct walked *walked) {
	VEC_RELEASE(&walked->schema.includes);
	registry_release(&walked->registry);
	source_release(&walked->source);
	arena_release(&walked->arena);
}

/* For each key a right value (several between '|') and a wrong one with a part of the complaint. */
struct row {
	const char *key, *right, *wrong, *complaint;
};

static const struct row block_rows[] = {
	{"bar: {command: %s}", "[eww]|[a, b, c]", "eww", "a program and its arguments"},
	{"bar: {command: %s}", "[a]", "[]", "a program and its arguments"},
	{"bar: {command: %s}", "[a]", "[[a]]", "expected text, not a list"},
	{"bar: %s", "{}|", "[a]", "expected a map, not a list"},
	{"git: {commit: %s}", "true|false|True|FALSE", "yes", "expected true or false"},
	{"git: {push: %s}", "true", "'true'", "expected true or false"},
	{"git: {sync: %s}", "false", "[true]", "expected true or false"},
	{"git: %s", "|{}", "true", "expected a map, not a text"},
	{"ignore: %s", "[linux, base]|[]|", "linux", "expected a list of package names, not a text"},
	{"ignore: [%s]", "linux", "{a: b}", "expected a package name, not a map"},
	{"ignore: %s", "[a]", "{a: [b]}", "expected a list of package names, not a map"},
	{"record: %s", "ask|always|never|'ask'", "yes", "expected ask, always or never"},
	{"record: %s", "ask", "true", "expected ask, always or never"},
	{"record: %s", "ask", "[ask]", "expected ask, always or never"},
	{"record: %s", "ask", "{ask: always}", "expected ask, always or never"},
	{"record: %s", "ask", "", "expected ask, always or never"},
	{"record: %s", "ask", "Ask", "expected ask, always or never"},
	{"ignore: [%s]", "linux", "{a: b}", "expected a package name, not a map"},
	{"ignore: [%s]", "aur/x|extra/y|flatpak/org.a.B", "-Syu", "'-Syu' is no package name"},
	{"ignore: [%s]", "a", "'linux*'", "'linux*' is no package name"},
	{"missions: %s", "{web: {}}|{web: }|{}|", "[web]", "expected a map of names, not a list"},
	{"missions: {%s: {}}", "web|a.b_C+d-e@f", "'a b'", "is no name"},
	{"missions: {%s: {}}", "web", "../x", "is no name"},
	{"missions: {%s: {}}", "web", "-x", "is no name"},
	{"missions: {%s: {}}", "web", "''", "is no name"},
	{"missions: {web: %s}", "{}", "x", "expected a map, not a text"},
	{"missions: {web: {direnv: %s}}", "true|False", "1", "expected true or false"},
	{"missions: {web: {dotenv: %s}}", "true|[.env, a/.env, ./b//c]|[]", ".env", "true or false"},
	{"missions: {web: {dotenv: %s}}", "false", "[[a]]", "expected text, not a list"},
	{"missions: {web: {dotenv: %s}}", "false", "{a: b}", "true, false or a list of files"},
	{"missions: {web: {dotenv: [%s]}}", "a/../b", "../x", "leads out of the project"},
	{"missions: {web: {dotenv: [%s]}}", "a", "/etc/env", "relative to the project's root"},
	{"missions: {web: {dotenv: [%s]}}", "a", "~/.env", "relative to the project's root"},
	{"missions: {web: {dotenv: [%s]}}", "a", "'.'", "names no file"},
	{"missions: {web: {env: %s}}", "{A: b, C: 1}|", "[A]", "expected a map of texts, not a list"},
	{"missions: {web: {env: {A: %s}}}", "b|''|~|null|'a\n\nb'", "[b]", "expected text, not a list"},
	{"missions: {web: {env: {A: %s}}}", "b", "", "for an empty one"},
	{"missions: {web: {env: {A: %s}}}", "b", "\"\\0\"", "holds a NUL byte"},
	{"missions: {web: {env: {%s: x}}}", "A_1|_a|EDITOR|NODE_OPTIONS", "1X", "is no name of a variable"},
	{"missions: {web: {env: {%s: x}}}", "A", "'A B'", "is no name of a variable"},
	{"missions: {web: {env: {%s: x}}}", "A", "'A=B'", "is no name of a variable"},
	{"missions: {web: {env: {%s: x}}}", "A", "''", "is no name of a variable"},
	{"missions: {web: {env: {%s: x}}}", "A", "PATH", "is set by 'path:' only"},
	{"missions: {web: {env: {%s: x}}}", "A", "LD_PRELOAD", "would run code"},
	{"missions: {web: {env: {%s: x}}}", "A", "PROMPT_COMMAND", "belongs to the shell"},
	{"missions: {web: {env: {%s: x}}}", "A", "LUMINA_HOME", "belongs to Lumina"},
	{"missions: {web: {hyprland: %s}}", "{}|", "[a]", "expected a map, not a list"},
	{"missions: {web: {hyprland: {border_size: %s}}}", "2|0|'3'", "[2]", "a whole number from 0 to 999"},
	{"missions: {web: {hyprland: {border_size: %s}}}", "999", "1000", "a whole number"},
	{"missions: {web: {hyprland: {border_size: %s}}}", "1", "-1", "a whole number"},
	{"missions: {web: {hyprland: {decorate: %s}}}", "false", "2", "expected true or false"},
	{"missions: {web: {hyprland: {float_gaps: %s}}}", "4|[1, 2]", "{a: [b]}", "a whole number, or a list"},
	{"missions: {web: {hyprland: {force: %s}}}", "true", "maybe", "true or false"},
	{"missions: {web: {hyprland: {gaps_in: %s}}}", "4|-4|'4 8'|' 4  8 '", "[[4]]", "a whole number, or a list"},
	{"missions: {web: {hyprland: {gaps_in: %s}}}", "0", "'4;dispatch exec x'", "a whole number"},
	{"missions: {web: {hyprland: {gaps_in: %s}}}", "0", "007", "a whole number"},
	{"missions: {web: {hyprland: {gaps_in: %s}}}", "0", "-0", "a whole number"},
	{"missions: {web: {hyprland: {gaps_in: %s}}}", "0", "'-'", "a whole number"},
	{"missions: {web: {hyprland: {gaps_in: %s}}}", "0", "99999", "a whole number"},
	{"missions: {web: {hyprland: {gaps_in: %s}}}", "0", "", "a whole number"},
	{"missions: {web: {hyprland: {gaps_out: %s}}}", "[1, 2, 3, 4]", "[{}]", "a whole number, or"},
	{"missions: {web: {hyprland: {gaps_out: %s}}}", "[1]", "[1, 2, 3, 4, 5]", "up to four"},
	{"missions: {web: {hyprland: {gaps_out: %s}}}", "'1 2 3 4'", "[1 2, 3 4 5]", "up to four"},
	{"missions: {web: {hyprland: {gaps_out: %s}}}", "[1]", "[]", "a whole number, or"},
	{"missions: {web: {hyprland: {layout: %s}}}", "master|'lua:my-one'", "[master]", "expected text"},
	{"missions: {web: {hyprland: {layout: %s}}}", "hy3", "'a, dispatch exec x'", "no name of a layout"},
	{"missions: {web: {hyprland: {layout: %s}}}", "hy3", "\"a\\n\"", "no name of a layout"},
	{"missions: {web: {hyprland: {layout_opts: %s}}}", "{mfact: 0.6, a_b: 'x y'}|", "{a: {}}", "expected text"},
	{"missions: {web: {hyprland: {layout_opts: %s}}}", "{}", "[a]", "a map of texts"},
	{"missions: {web: {hyprland: {layout_opts: {a: %s}}}}", "'1'", "'1,2'", "can't be a value here"},
	{"missions: {web: {hyprland: {layout_opts: {a: %s}}}}", "+5%", "'[[BATCH]]'", "can't be a value"},
	{"missions: {web: {hyprland: {layout_opts: {a: %s}}}}", "a", "'a;b'", "can't be a value here"},
	{"missions: {web: {hyprland: {layout_opts: {a: %s}}}}", "a", "''", "can't be a value here"},
	{"missions: {web: {hyprland: {layout_opts: {%s: 1}}}}", "mfact", "'a-b'", "no option of a layout"},
	{"missions: {web: {hyprland: {no_border: %s}}}", "true", "[[]]", "expected true or false"},
	{"missions: {web: {hyprland: {no_rounding: %s}}}", "true", "1", "expected true or false"},
	{"missions: {web: {hyprland: {no_shadow: %s}}}", "true", "'true'", "expected true or false"},
	{"missions: {web: {hyprland: {%s: 1}}}", "gaps_in", "gap_in", "did you mean 'gaps_in'?"},
	{"missions: {web: {hyprland: {%s: 1}}}", "gaps_in", "on_created_empty", "unknown key"},
	{"missions: {web: {in: %s}}", "[~/work, ~, '~', /srv/x, $HOME/y]|[]|", "~/work", "a list of folders"},
	{"missions: {web: {in: [%s]}}", "/", "work", "must begin with '~/' or '/'"},
	{"missions: {web: {in: [%s]}}", "/", "''", "must begin with '~/' or '/'"},
	{"missions: {web: {in: [%s]}}", "/", "~/..", "leads out of the home folder"},
	{"missions: {web: {in: [%s]}}", "/", "~root/x", "another person's home"},
	{"missions: {web: {label: %s}}", "Web|'a b'|", "[Web]", "expected text, not a list"},
	{"missions: {web: {label: %s}}", "\"\\u00e9\\u6587\"", "''", "is empty"},
	{"missions: {web: {label: %s}}", "a", "\"\\e[2A\"", "holds control characters"},
	{"missions: {web: {label: %s}}", "a", "\"a\\u202eb\"", "or invisible ones"},
	{"missions: {web: {label: %s}}", "a", "\"a\\n\"", "holds control characters"},
	{"missions: {web: {label: %s}}",
			"0123456789012345678901234567890123456789012345678901234567890123",
			"01234567890123456789012345678901234567890123456789012345678901234", "is wider"},
	{"missions: {web: {nix: %s}}", "develop|", "{a: b}", "expected text, not a map"},
	{"missions: {web: {nix: %s}}", "'develop'", "shell", "it takes 'develop' only"},
	{"missions: {web: {path: %s}}", "[bin, a/b, ., ~/bin, /opt/x/bin]|[]|", "bin", "a list of folders"},
	{"missions: {web: {path: [%s]}}", "a", "../bin", "leads out of the project"},
	{"missions: {web: {path: [%s]}}", "a", "a:/evil", "holds a ':'"},
	{"missions: {web: {path: [%s]}}", "a", "''", "must begin with"},
	{"missions: {web: {waybar: {hide: %s}}}", "[mpris]", "mpris", "expected a list of modules"},
	{"missions: {web: {waybar: {show: %s}}}", "[network, 'custom/a', 'hyprland/workspaces#2']", "{a: b}",
			"expected a list of modules"},
	{"missions: {web: {waybar: {show: [%s]}}}", "a", "'a {}'", "is no name of a module"},
	{"missions: {web: {waybar: {show: [%s]}}}", "a", "''", "is no name of a module"},
	{"missions: {web: {waybar: {%s: []}}}", "show", "shows", "did you mean 'show'?"},
	{"missions: {web: {waybar: %s}}", "{}|", "[a]", "expected a map, not a list"},
	{"missions: {web: {when: %s}}", "[package.json, .envrc, '*.tex']|[]|", "package.json", "a list of names"},
	{"missions: {web: {when: [%s]}}", "a", "a/b", "holds a '/'"},
	{"missions: {web: {when: [%s]}}", "a", "..", "names no file"},
	{"missions: {web: {when: [%s]}}", "'*.config.js'", "Makefile.*", "holds a '*' for more than"},
	{"missions: {web: {when: [%s]}}", "'*x'", "'*'", "holds a '*' for more than"},
	{"missions: {web: {when: [%s]}}", "'*.x'", "'*.x*'", "holds a '*' for more than"},
	{"missions: {web: {when: [%s]}}", "a", "''", "names no file"},
	{"missions: {web: {when: [%s]}}", "a", "\"a\\tb\"", "holds control characters"},
	{"missions: {web: {when: [%s]}}",
			"0123456789012345678901234567890123456789012345678901234567890123",
			"01234567890123456789012345678901234567890123456789012345678901234", "64 bytes"},
	{"missions: {web: {%s: x}}", "label", "lable", "did you mean 'label'?"},
	{"packages: %s", "[git, aur/x, flatpak/org.a.B]|[]||{a: [b], c: []}", "git",
			"a list of package names, or named groups"},
	{"packages: [%s]", "gtk2+extra|a@b|lib32-x", "'a b'", "is no package name"},
	{"packages: [%s]", "a", "-Syu", "is no package name"},
	{"packages: [%s]", "a", "a/b/c", "is no package name"},
	{"packages: [%s]", "a", "/a", "is no package name"},
	{"packages: [%s]", "a", "aur/", "is no package name"},
	{"packages: [%s]", "a", "aur/-x", "is no package name"},
	{"packages: [%s]", "a", "'$(x)'", "is no package name"},
	{"packages: [%s]", "a", "''", "is no package name"},
	{"packages: [%s]", "a", "[b]", "expected a package name, not a list"},
	{"packages: {a: %s}", "[git]|", "git", "expected a list of package names"},
	{"symlinks: %s", "{~/.a: a}|{}|", "[a]", "expected a map of targets to sources"},
	{"symlinks: {~/.a: %s}", "a|a/b|{tree: a}", "", "expected the source"},
	{"symlinks: {~/.a: %s}", "a", "[a]", "expected a source, or {tree: FOLDER}"},
	{"symlinks: {~/.a: %s}", "a", "{}", "expected {tree: FOLDER}"},
	{"symlinks: {~/.a: %s}", "a", "{tree: }", "expected {tree: FOLDER}"},
	{"symlinks: {~/.a: %s}", "a", "{tree: [a]}", "expected a folder of the profile"},
	{"symlinks: {~/.a: %s}", "a", "{form: a}", "unknown key 'form' in a link"},
	{"symlinks: {~/.a: %s}", "a", "/etc/x", "not absolute"},
	{"symlinks: {~/.a: %s}", "a", "../x", "leads out of the profile"},
	{"symlinks: {%s: a}", "~/.a|$HOME/.a|'${HOME}/b'", "/etc/x", "must begin with '~/'"},
	{"symlinks: {%s: a}", "~/.a", "~", "is the home folder itself"},
	{"symlinks: {%s: {tree: a}}", "~|~/x", "~/..", "leads out of the home folder"},
	{"symlinks: {%s: a}", "~/.a", "~/.lumina/x", "lies in the profile"},
	{"themes: {active: %s}", "catppuccin-mocha|", "a/b", "is no name"},
	{"themes: {active: %s}", "x", "[x]", "expected a name, not a list"},
	{"themes: {reload: %s}", "[[pkill, -USR1, foot]]|[]", "[pkill]", "a program and its arguments"},
	{"themes: {reload: %s}", "[[a]]", "a", "expected a list of commands"},
	{"themes: {templates: %s}", "{~/.a: t.mustache}|", "[a]", "expected a map of targets to templates"},
	{"themes: {templates: {~/.a: %s}}", "a|t/a.mustache", "{tree: a}", "expected a template of the profile"},
	{"themes: {templates: {~/.a: %s}}", "a", "", "expected the template"},
	{"themes: {templates: {~/.a: %s}}", "a", "../a", "leads out of the profile"},
	{"themes: {templates: {%s: a}}", "~/.a", "/etc/a", "must begin with '~/'"},
	{"themes: {pairs: %s}", "{a: b}|{a: b, c: d}|", "[a]", "expected a map of themes to themes"},
	{"themes: {pairs: {a: %s}}", "b", "a", "can't be its own partner"},
	{"themes: {pairs: {a: b, %s}}", "c: d", "c: a", "'a' is in a pair already: 'a: b'"},
	{"themes: {pairs: {a: b, %s}}", "c: d", "b: d", "'b' is in a pair already: 'a: b'"},
	{"themes: {pairs: {%s: b}}", "a", "a/b", "is no name"},
	{"themes: {pairs: {a: %s}}", "b", "", "is no name"},
	{"themes: {wallpaper: %s}", "a.png|p/a.png||{}|{file: a}|{command: [a, b]}", "[a]",
		"expected a picture, or a map of file, files and command"},
	{"themes: {wallpaper: %s}", "a", "../a", "picture '../a' leads out of the profile"},
	{"themes: {wallpaper: %s}", "a", "~/a", "picture '~/a' must be relative to the profile"},
	{"themes: {wallpaper: {%s: a}}", "file", "fil", "unknown key 'fil' in wallpaper; did you mean 'file'?"},
	{"themes: {wallpaper: {file: %s}}", "a", "", "expected a picture, relative to the profile"},
	{"themes: {wallpaper: {file: %s}}", "a", "[a]", "expected a picture, relative to the profile"},
	{"themes: {wallpaper: {files: %s}}", "{a: b.png, c: b.png}|", "a", "a map of themes to pictures"},
	{"themes: {wallpaper: {files: {%s: b}}}", "a", "a/b", "is no name"},
	{"themes: {wallpaper: {files: {a: %s}}}", "b", "/b", "picture '/b' must be relative to the profile"},
	{"themes: {wallpaper: {command: %s}}", "[a]", "a", "expected a list: a program and its arguments"},
	{"themes: {wallpaper: {command: %s}}", "[a]", "[]", "not an empty list"},
	{"themes: %s", "{}", "dark", "expected a map, not a text"},
	{"%s: {}", "themes", "theme", "did you mean 'themes'?"},
};

static const struct row file_rows[] = {
	{"hosts: %s", "{box: {}}|{}||{box: }|{a: {packages: [b]}}", "[box]", "a map of host names"},
	{"hosts: {box: %s}", "{}", "[a]", "expected a map, not a list"},
	{"hosts: {box: {%s}}", "git: {}", "hosts: {}", "unknown key 'hosts' in a host's block"},
	{"hosts: {box: {%s}}", "git: {}", "include: []", "unknown key 'include' in a host's block"},
	{"hosts: {box: {%s}}", "git: {}", "version: 1", "unknown key 'version' in a host's block"},
	{"include: %s", "[a.yaml, b/c.yaml]|[]|", "a.yaml", "expected a list of files, not a text"},
	{"include: [%s]", "a.yaml|a/../b.yaml", "/etc/a", "not absolute"},
	{"include: [%s]", "a", "../a", "leads out of the profile"},
	{"include: [%s]", "a", "[a]", "expected a file of the profile"},
	{"version: %s", "1|'1'", "2", "reads version 1 of the format only"},
	{"version: %s", "1", "[1]", "reads version 1 of the format only"},
	{"version: %s", "1", "", "reads version 1 of the format only"},
};

/* The row's key with a value in it, below `hosts:` if wanted. */
static const char *fill(const char *key, const char *value, size_t n, bool host,
		struct arena *arena) {
	const char *hole = strstr(key, "%s");
	return arena_printf(arena, "%s%.*s%.*s%s\n", host ? "hosts:\n  box:\n    " : "",
			(int)(hole - key), key, (int)n, value, hole + 2);
}

static void check_row(const struct row *row, bool host) {
	struct arena arena;
	struct walked walked;
	arena_init(&arena);
	for (const char *value = row->right;;) {
		size_t n = strcspn(value, "|");
		const char *yaml = fill(row->key, value, n, host, &arena);
		walk(&walked, yaml);
		check(walked.diags.count == 0, "%s: %s", yaml, walked.diags.first->text);
		release(&walked);
		if (value[n] == '\0') {
			break;
		}
		value += n + 1;
	}
	const char *yaml = fill(row->key, row->wrong, strlen(row->wrong), host, &arena);
	walk(&walked, yaml);
	check(walked.diags.count == 1, "%s: %u problems", yaml, walked.diags.count);
	check(strstr(walked.diags.first->text, row->complaint) != NULL, "%s: %s", yaml,
			walked.diags.first->text);
	check(walked.diags.first->at.source == &walked.source, "%s: nowhere", yaml);
	release(&walked);
	arena_release(&arena);
}

static void test_keys(void **state) {
	(void)state;
	for (size_t i = 0; i < COUNT(block_rows); i++) {
		check_row(&block_rows[i], false);
	}
	for (size_t i = 0; i < COUNT(file_rows); i++) {
		check_row(&file_rows[i], false);
	}
}

static void test_host_keys(void **state) {
	(void)state;
	for (size_t i = 0; i < COUNT(block_rows); i++) {
		check_row(&block_rows[i], true);
	}
}

static void test_root(void **state) {
	(void)state;
	static const char *const rows[][2] = {
		{"", ""},
		{"~", ""},
		{"{}", ""},
		{"[a]", "1:1: expected a map, not a list"},
		{"a", "1:1: expected a map, not a text"},
		{"symlink:\n  ~/a: b\n", "1:1: unknown key 'symlink' in the registry; did you mean "
				"'symlinks'?"},
		{"banana: 1\n", "1:1: unknown key 'banana' in the registry"},
		/* every problem, not only the first */
		{"version: 2\nsymlinks:\n  /a: b\n  ~/c: /d\n  ~/e: {x: y}\npackages: [-a, b]\n",
				"1:10: this Lumina reads version 1 of the format only\n"
				"3:3: target '/a' must begin with '~/'\n"
				"4:8: source '/d' must be relative to the profile, not absolute\n"
				"5:9: unknown key 'x' in a link; it takes 'tree'\n"
				"6:12: '-a' is no package name: it may hold [A-Za-z0-9@._+-] and one "
				"'repo/' in front, and begin with neither '-' nor '.'"},
		{"symlinks:\n  /a: /b\n",
				"2:3: target '/a' must begin with '~/'\n"
				"2:7: source '/b' must be relative to the profile, not absolute"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct walked walked;
		walk(&walked, rows[i][0]);
		check_text(rows[i][0], diags_text(&walked.diags, &walked.arena), rows[i][1]);
		release(&walked);
	}
}

static const char *taken(const struct walked *walked, struct arena *arena) {
	const struct registry *registry = &walked->registry;
	const char *text = "";
	for (size_t i = 0; i < registry->links.count; i++) {
		const struct link_decl *link = &registry->links.items[i];
		text = arena_printf(arena, "%slink %s %s%s host=%s rank=%u %s\n", text, link->target,
				link->source, link->tree ? " tree" : "",
				link->host != NULL ? link->host : "", link->rank,
				span_describe(link->at, arena));
	}
	for (size_t i = 0; i < registry->packages.count; i++) {
		const struct package_decl *package = &registry->packages.items[i];
		text = arena_printf(arena, "%spackage %s group=%s host=%s %s\n", text, package->name,
				package->group != NULL ? package->group : "",
				package->host != NULL ? package->host : "",
				span_describe(package->at, arena));
	}
	for (size_t i = 0; i < walked->schema.includes.count; i++) {
		text = arena_printf(arena, "%sinclude %s\n", text,
				walked->schema.includes.items[i].path);
	}
	return text;
}

/* The body and the host's block; what other hosts say is dropped. */
static void test_taken(void **state) {
	(void)state;
	struct walked walked;
	walk(&walked,
			"packages: {base: [git, aur/x], none: }\n"
			"symlinks:\n"
			"  ~/.a: x//y\n"
			"  $HOME/b/: {tree: t}\n"
			"include: [c.yaml, ./d/e.yaml]\n"
			"hosts:\n"
			"  box:\n"
			"    packages: [tlp]\n"
			"    symlinks: {~/.h: h}\n"
			"  other:\n"
			"    packages: [nope]\n");
	assert_int_equal(walked.diags.count, 0);
	const struct node *box = walked.schema.hosts->child;
	walked.schema.rank = 9;
	walked.schema.host = "box";
	schema_walk_host(&walked.schema, box->next);
	check_text("taken", taken(&walked, &walked.arena),
			"link ~/.a x/y host= rank=7 lumina.yaml:3:3\n"
			"link ~/b t tree host= rank=7 lumina.yaml:4:3\n"
			"link ~/.h h host=box rank=9 lumina.yaml:9:16\n"
			"package git group=base host= lumina.yaml:1:19\n"
			"package aur/x group=base host= lumina.yaml:1:24\n"
			"package tlp group= host=box lumina.yaml:8:16\n"
			"include c.yaml\n"
			"include d/e.yaml\n");
	release(&walked);
}

static void check_switches(const struct git_decl *git, bool commit, bool push, bool sync) {
	assert_int_equal(git->commit.on, commit);
	assert_int_equal(git->push.on, push);
	assert_int_equal(git->sync.on, sync);
}

/* Key by key, the later level wins; other hosts' blocks are dropped. */
static void test_git(void **state) {
	(void)state;
	struct walked walked;
	walk(&walked,
			"git: {commit: TRUE, push: true}\n"
			"hosts: {box: {git: {push: false, sync: True}}, other: {git: {commit: false}}}\n");
	assert_int_equal(walked.diags.count, 0);
	const struct git_decl *git = &walked.registry.git;
	check_switches(git, true, true, false);
	const struct node *box = walked.schema.hosts->child;
	walked.schema.rank = 6; /* as of an include */
	schema_walk_host(&walked.schema, box->next);
	check_switches(git, true, true, true);
	walked.schema.rank = 9;
	schema_walk_host(&walked.schema, box->next);
	check_switches(git, true, false, true);
	release(&walked);
}

/* Groups with and without packages, where they stand; what is ignored; other hosts' are dropped. */
static void test_packages(void **state) {
	(void)state;
	struct walked walked;
	walk(&walked,
			"packages: {base: [git], none: , empty: [], more: [x]}\n"
			"ignore: [linux, aur/y]\n"
			"record: always\n"
			"hosts:\n"
			"  box: {packages: {base: [tlp], own: []}, ignore: [z], record: never}\n"
			"  other: {packages: {far: [q]}, ignore: [w], record: ask}\n");
	assert_int_equal(walked.diags.count, 0);
	struct registry *registry = &walked.registry;
	assert_int_equal(registry->groups.count, 4);
	assert_int_equal(registry->ignored.count, 2);
	assert_int_equal(registry->record, RECORD_ALWAYS);
	const struct node *box = walked.schema.hosts->child;
	walked.schema.rank = 9;
	walked.schema.host = "box";
	schema_walk_host(&walked.schema, box->next);
	static const char *const groups[] = {"base/ 1:12", "none/ 1:25", "empty/ 1:33", "more/ 1:44",
			"base/box 5:20", "own/box 5:33"};
	assert_int_equal(registry->groups.count, COUNT(groups));
	for (size_t i = 0; i < COUNT(groups); i++) {
		const struct package_group *group = &registry->groups.items[i];
		struct position at = span_position(group->at);
		check_text("group", arena_printf(&walked.arena, "%s/%s %u:%u", group->name,
				group->host != NULL ? group->host : "", at.line, at.column), groups[i]);
	}
	static const char *const ignored[] = {"linux", "aur/y", "z"};
	assert_int_equal(registry->ignored.count, COUNT(ignored));
	for (size_t i = 0; i < COUNT(ignored); i++) {
		check_text("ignored", registry->ignored.items[i].name, ignored[i]);
		check_text("host", registry->ignored.items[i].host, i == 2 ? "box" : NULL);
	}
	assert_int_equal(registry->record, RECORD_NEVER);
	/* A level below has nothing to say any more. */
	walked.schema.rank = 5;
	schema_walk_host(&walked.schema, box->next->next->next);
	assert_int_equal(registry->record, RECORD_NEVER);
	release(&walked);
	walk(&walked, "packages: [a]\n");
	assert_int_equal(walked.registry.record, RECORD_UNSET);
	assert_int_equal(walked.registry.groups.count, 0);
	release(&walked);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_host_keys),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_git),
		cmocka_unit_test(test_packages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
