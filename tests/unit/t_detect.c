/* SPDX-License-Identifier: MIT */
#include "tree.h"

/* One tree, missions, and what is found from folders of it. */
struct scene {
	const char *name, *files, *missions;
	struct {
		const char *dir, *want; /* "root marker kind mission" */
	} rows[8];
};

static const struct scene scenes[] = {
	{
		"no project",
		"home/a/b/ home/a/README",
		"web: package.json",
		{{"home/a/b", "none"}, {"home", "none"}, {"", "error"}, {"home/no", "error"},
				{"home/a/README", "error"}},
	},
	{
		"the nearest level",
		"home/p/package.json home/p/src/deep/ home/p/crate/Cargo.toml home/p/crate/src/",
		"web: package.json; rust",
		{{"home/p", "home/p package.json node web"},
				{"home/p/src/deep", "home/p package.json node web"},
				{"home/p/crate/src", "home/p/crate Cargo.toml rust rust"},
				{"home", "none"}},
	},
	{
		"a kind without a mission keeps those further up out",
		"home/p/package.json home/p/crate/Cargo.toml",
		"web: package.json",
		{{"home/p/crate", "home/p/crate Cargo.toml rust -"}},
	},
	{
		"a kind without a mission keeps none of its level out",
		"home/p/package.json home/p/Cargo.toml home/p/.git/ home/r/.git/ home/r/Cargo.toml",
		"node; git",
		{{"home/p", "home/p package.json rust node"}, {"home/r", "home/r .git rust git"}},
	},
	{
		"a manifest comes before its repository",
		"home/r/.git/ home/r/package.json home/r/pkg/Cargo.toml home/r/doc/",
		"git; rust; code: .git; web: package.json",
		{{"home/r/pkg", "home/r/pkg Cargo.toml rust rust"},
				{"home/r/doc", "home/r package.json node web"}},
	},
	{
		"own `when:` before the table",
		"home/p/Cargo.toml home/p/package.json",
		"rust; web: package.json",
		{{"home/p", "home/p package.json rust web"}},
	},
	{
		"the more specific marker, then the registry's order",
		"home/p/Cargo.toml home/p/package.json home/p/own.marker home/q/package.json",
		"web: package.json; sys: Cargo.toml; later: package.json",
		{{"home/p", "home/p Cargo.toml rust sys"}, {"home/q", "home/q package.json node web"}},
	},
	{
		"a name that only a mission knows",
		"home/p/own.marker home/p/package.json home/q/own.marker/",
		"web: package.json; mine: own.marker",
		{{"home/p", "home/p own.marker node mine"}, {"home/q", "home/q own.marker - mine"}},
	},
	{
		"an end",
		"home/p/x.foo home/q/.foo home/r/a.csproj home/r/sub/",
		"mine: *.foo; net: *.csproj",
		{{"home/p", "home/p x.foo - mine"}, {"home/q", "none"},
				{"home/r/sub", "home/r a.csproj dotnet net"}},
	},
	{
		"`in:` holds a mission back",
		"home/work/p/package.json home/play/p/package.json home/workshop/package.json",
		"web: package.json @ ~/work",
		{{"home/work/p", "home/work/p package.json node web"},
				{"home/play/p", "home/play/p package.json node -"},
				{"home/workshop", "home/workshop package.json node -"}},
	},
	{
		"outside of `in:` a name is no marker",
		"home/p/own.marker home/p/sub/ home/package.json",
		"mine: own.marker @ ~/work",
		{{"home/p/sub", "home package.json node -"}},
	},
	{
		"the deeper `in:`",
		"home/work/acme/p/package.json home/work/p/package.json home/p/package.json",
		"all: package.json; work: package.json @ ~/work; acme: package.json @ ~/work/acme",
		{{"home/work/acme/p", "home/work/acme/p package.json node acme"},
				{"home/work/p", "home/work/p package.json node work"},
				{"home/p", "home/p package.json node all"}},
	},
	{
		"`in:` for a kind",
		"home/work/p/Cargo.toml home/p/Cargo.toml",
		"rust: @ ~/work",
		{{"home/work/p", "home/work/p Cargo.toml rust rust"},
				{"home/p", "home/p Cargo.toml rust -"}},
	},
	{
		"`in:` alone",
		"home/work/notes/deep/ home/work/p/Cargo.toml home/work/w/package.json home/b/",
		"web: package.json; work: @ ~/work ~/b; none",
		{{"home/work/notes/deep", "home/work - - work"}, {"home/work", "home/work - - work"},
				{"home/work/p", "home/work/p Cargo.toml rust work"},
				{"home/work/w", "home/work/w package.json node web"},
				{"home/b", "home/b - - work"}, {"home", "none"}},
	},
	{
		"`in:` alone, inside a project",
		"home/p/.git/ home/p/Cargo.toml home/p/ops/x/ home/g/.git/",
		"rust; ops: @ ~/p/ops; git; g: @ ~/g",
		{{"home/p/ops/x", "home/p/ops - - ops"}, {"home/p", "home/p Cargo.toml rust rust"},
				{"home/g", "home/g .git git g"}},
	},
	{
		"loose markers give way inside a repository",
		"home/r/.git/ home/r/Cargo.toml home/r/docs/conf.py home/r/docs/Makefile "
		"home/r/docs/src/ home/l/Cargo.toml home/l/docs/conf.py",
		"rust",
		{{"home/r/docs/src", "home/r Cargo.toml rust rust"},
				{"home/l/docs", "home/l/docs conf.py docs -"}},
	},
	{
		"loose markers that a mission asks for don't",
		"home/r/.git/ home/r/Cargo.toml home/r/docs/conf.py home/r/ops/compose.yaml",
		"rust; docs; ops: compose.yaml",
		{{"home/r/docs", "home/r/docs conf.py docs docs"},
				{"home/r/ops", "home/r/ops compose.yaml infra ops"}},
	},
	{
		"a loose manifest below a mere repository",
		"home/r/.git/ home/r/docs/conf.py",
		"git",
		{{"home/r/docs", "home/r/docs conf.py docs -"}, {"home/r", "home/r .git git git"}},
	},
	{
		"build systems with a file in every folder",
		"home/r/.git/ home/r/meson.build home/r/src/meson.build home/r/src/x/meson.build "
		"home/r/lib/y/meson.build home/r/Makefile home/r/t/Makefile home/r/c/CMakeLists.txt",
		"c",
		{{"home/r/src/x", "home/r meson.build c c"},
				{"home/r/lib/y", "home/r/lib/y meson.build c c"},
				{"home/r/t", "home/r meson.build c c"},
				{"home/r/c", "home/r/c CMakeLists.txt c c"}},
	},
	{
		"the same by `when:`; without a repository the nearest",
		"home/r/.git/ home/r/Makefile home/r/src/Makefile home/q/Makefile home/q/src/Makefile",
		"make: Makefile",
		{{"home/r/src", "home/r Makefile c make"}, {"home/q/src", "home/q/src Makefile c make"}},
	},
	{
		"another manifest in such a folder",
		"home/r/.git/ home/r/Makefile home/r/src/Makefile home/r/src/go.mod",
		"c",
		{{"home/r/src", "home/r/src Makefile go c"}},
	},
	{
		"`.lumina.yaml`",
		"home/p/.lumina.yaml home/p/sub/ home/q/.lumina.yaml home/q/Cargo.toml "
		"home/q/leaf/Cargo.toml home/q/in/.git/",
		"rust",
		{{"home/p/sub", "home/p .lumina.yaml - -"}, {"home/q", "home/q Cargo.toml rust rust"},
				{"home/q/leaf", "home/q/leaf Cargo.toml rust rust"},
				{"home/q/in", "home/q/in .git git -"}},
	},
	{
		".envrc, if there is nothing else",
		"home/e/.envrc home/e/sub/ home/e/p/package.json",
		"",
		{{"home/e/sub", "home/e .envrc - -"}, {"home/e/p", "home/e/p package.json node -"}},
	},
	{
		"home is looked at, its parent isn't",
		"Cargo.toml home/x/ home/.git/ other/x/ beside/p/package.json",
		"git; rust",
		{{"home/x", "home .git git git"}, {"other/x", "none"},
				{"beside/p", "beside/p package.json node -"}},
	},
	{
		"loose markers in home",
		"home/Makefile home/notebooks/ home/x/ home/a.tex",
		"c; data; tex",
		{{"home/x", "none"}},
	},
	{
		"things of another type",
		"home/a/Cargo.toml/ home/b/.jj home/c/notebooks home/d/package.json/ home/d/.git",
		"rust; jj; data",
		{{"home/a", "none"}, {"home/b", "none"}, {"home/c", "none"}, {"home/d", "home/d .git git -"}},
	},
	{
		"colocated",
		"home/a/.jj/ home/a/.git/",
		"",
		{{"home/a", "home/a .jj jj -"}},
	},
	{
		"an empty `when:` and `in:`",
		"home/p/Cargo.toml",
		"rust: @",
		{{"home/p", "home/p Cargo.toml rust rust"}},
	},
};

static void test_scenes(void **state) {
	(void)state;
	for (size_t i = 0; i < COUNT(scenes); i++) {
		struct tree tree;
		tree_open(&tree, scenes[i].files);
		tree_missions(&tree, scenes[i].missions);
		for (size_t j = 0; j < COUNT(scenes[i].rows) && scenes[i].rows[j].dir != NULL; j++) {
			const char *dir = scenes[i].rows[j].dir;
			const char *row = arena_printf(&tree.box.arena, "%s: %s", scenes[i].name, dir);
			check_text(row, tree_say(&tree, dir), scenes[i].rows[j].want);
		}
		tree_close(&tree);
	}
}

/* Every row of the table names its kind, alone and below home. */
static void test_table(void **state) {
	(void)state;
	for (unsigned i = 0; i < marker_count; i++) {
		const struct marker *marker = &markers[i];
		struct tree tree;
		tree_open(&tree, "home/p/src/");
		const char *name = marker->name[0] == '*' ?
				arena_printf(&tree.box.arena, "some%s", marker->name + 1) : marker->name;
		bool folder = (marker->flags & MARKER_FOLDER) != 0;
		tree_make(&tree, arena_printf(&tree.box.arena, "home/p/%s%s", name, folder ? "/" : ""));
		const char *kind = kind_names[marker->kind];
		const char *want = arena_printf(&tree.box.arena, "home/p %s %s -", name, kind);
		check_text(name, tree_say(&tree, "home/p/src"), want);
		/* A mission of the kind's name is entered. */
		tree_mission(&tree, kind, NULL, NULL);
		want = arena_printf(&tree.box.arena, "home/p %s %s %s", name, kind, kind);
		check_text(name, tree_say(&tree, "home/p/src"), want);
		assert_true((tree.found.repository != NULL) ==
				((marker->flags & MARKER_REPOSITORY) != 0));
		tree_close(&tree);
	}
}

static void test_table_is_sorted(void **state) {
	(void)state;
	bool ends = true;
	for (unsigned i = 0; i < marker_count; i++) {
		const struct marker *marker = &markers[i];
		check(i == 0 || strcmp(markers[i - 1].name, marker->name) < 0, "%s", marker->name);
		check(strlen(marker->name) == marker->length, "%s", marker->name);
		check(marker->kind < KINDS && marker->rank > 0 && marker->rank < RANK_OWN, "%s",
				marker->name);
		check((marker->flags & (MARKER_FILE | MARKER_FOLDER)) != 0, "%s", marker->name);
		check(marker_find(marker->name, marker->length) == (int)i, "%s", marker->name);
		ends = ends && marker->name[0] == '*';
		check(ends == (marker->name[0] == '*'), "%s: ends come first", marker->name);
	}
	assert_int_equal(marker_find("Cargo.tom", 9), -1);
	assert_int_equal(marker_find("Cargo.tomll", 11), -1);
	assert_int_equal(marker_find("", 0), -1);
	for (unsigned i = 0; i < KINDS; i++) {
		check(i == 0 || strcmp(kind_names[i - 1], kind_names[i]) < 0, "%s", kind_names[i]);
		assert_int_equal(kind_of(kind_names[i]), i);
	}
	assert_int_equal(kind_of("web"), KINDS);
	assert_int_equal(kind_of(""), KINDS);
}

/* What people have in their folders, as the tools make it. */
static void test_skeletons(void **state) {
	(void)state;
	static const char *const rows[][2] = {
		{".git/ Cargo.toml Cargo.lock src/ .gitignore", "rust"},
		{".git/ package.json package-lock.json node_modules/ tsconfig.json", "node"},
		{".git/ package.json bun.lock", "bun"},
		{"deno.json package.json", "deno"},
		{".git/ go.mod go.sum Makefile", "go"},
		{".git/ pyproject.toml requirements.txt tox.ini Makefile docs/", "python"},
		{".git/ pyproject.toml Cargo.toml", "rust"}, /* maturin */
		{".git/ manage.py requirements.txt package.json", "python"},
		{".git/ meson.build meson_options.txt flake.nix flake.lock", "c"},
		{".git/ CMakeLists.txt CMakePresets.json", "c"},
		{".git/ configure.ac Makefile.am autogen.sh", "c"},
		{".git/ Makefile main.c", "c"},
		{".git/ flake.nix flake.lock .envrc", "nix"},
		{".git/ flake.nix Cargo.toml", "rust"},
		{".git/ pom.xml mvnw", "jvm"},
		{".git/ settings.gradle.kts build.gradle.kts gradlew", "jvm"},
		{".git/ build.sbt project/", "jvm"},
		{".git/ App.sln src/", "dotnet"},
		{"App.csproj Program.cs", "dotnet"},
		{".git/ Gemfile Rakefile package.json config.ru", "ruby"},
		{".git/ composer.json package.json artisan", "php"},
		{".git/ mix.exs package.json", "elixir"},
		{".git/ x.cabal stack.yaml", "haskell"},
		{".git/ build.zig build.zig.zon", "zig"},
		{".git/ Package.swift Sources/", "swift"},
		{".git/ pubspec.yaml android/ ios/", "dart"},
		{"main.tex refs.bib Makefile", "tex"},
		{".git/ .latexmkrc thesis.tex", "tex"},
		{".git/ mkdocs.yml docs/", "docs"},
		{"conf.py index.rst Makefile", "docs"},
		{"hugo.toml content/", "docs"},
		{"typst.toml main.typ", "docs"},
		{".git/ main.tf variables.tf .terraform.lock.hcl", "infra"},
		{"compose.yaml .env", "infra"},
		{"ansible.cfg site.yml roles/", "infra"},
		{"Chart.yaml values.yaml templates/", "infra"},
		{".git/ .dvc/ dvc.yaml notebooks/", "data"},
		{"analysis.ipynb", "data"},
		{".git/ PKGBUILD .SRCINFO", "package"},
		{".git/ project.godot", "godot"},
		{".git/ Assets/ ProjectSettings/ Game.sln", "unity"},
		{".git/ Game.uproject", "unreal"},
		{".git/ platformio.ini", "embedded"},
		{".git/ README.md", "git"},
		{".hg/ README", "hg"},
		{".svn/ trunk/", "svn"},
		{".git README.md", "git"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tree tree;
		tree_open(&tree, "home/p/");
		char *copy = arena_strdup(&tree.box.arena, rows[i][0]), *save = NULL;
		for (char *name = strtok_r(copy, " ", &save); name != NULL;
				name = strtok_r(NULL, " ", &save)) {
			tree_make(&tree, arena_printf(&tree.box.arena, "home/p/%s", name));
		}
		(void)tree_say(&tree, "home/p");
		check_text(rows[i][0], tree.found.kind, rows[i][1]);
		tree_close(&tree);
	}
}

static void test_files(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree,
			"home/.envrc home/.lumina.yaml home/r/.git/ home/r/.lumina.yaml home/r/flake.nix "
			"home/r/pkg/package.json home/r/pkg/src/ home/r/own/.lumina.yaml home/r/own/.envrc "
			"home/flake.nix home/x/Cargo.toml");
	TREE_CHECK(&tree, "home/r/pkg/src", "home/r/pkg package.json node -");
	assert_true(tree.found.project_path == NULL && !tree.found.project_file);
	check_text("outer", tree_short(&tree, tree.found.outer[0]), "home/r/.lumina.yaml");
	check_text("outer", tree_short(&tree, tree.found.outer[1]), "home/.lumina.yaml");
	assert_true(tree.found.outer[2] == NULL);
	check_text("repository", tree_short(&tree, tree.found.repository), "home/r");
	check_text("envrc", tree_short(&tree, tree.found.envrc), "home/.envrc");
	check_text("flake", tree_short(&tree, tree.found.flake), "home/r/flake.nix");
	check_text("dir", tree_short(&tree, tree.found.dir), "home/r/pkg/src");
	TREE_CHECK(&tree, "home/r/own", "home/r/own .lumina.yaml - -");
	check_text("own", tree_short(&tree, tree.found.project_path), "home/r/own/.lumina.yaml");
	check_text("envrc", tree_short(&tree, tree.found.envrc), "home/r/own/.envrc");
	check_text("outer", tree_short(&tree, tree.found.outer[0]), "home/r/.lumina.yaml");
	/* Not of this project. */
	TREE_CHECK(&tree, "home/x", "home/x Cargo.toml rust -");
	assert_true(tree.found.flake == NULL && tree.found.repository == NULL);
	tree_close(&tree);
}

static void test_choose(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree, "home/p/package.json");
	tree_missions(&tree, "web: package.json; quiet; work: @ ~/work; here: x @ ~/p");
	struct missions missions = {tree.missions, tree.count, NULL};
	TREE_CHECK(&tree, "home/p", "home/p package.json node web");
	check_text("none", detect_choose(&tree.found, &missions, NULL)->name, "web");
	check_text("quiet", detect_choose(&tree.found, &missions, "quiet")->name, "quiet");
	check_text("unknown", detect_choose(&tree.found, &missions, "unknown")->name, "web");
	assert_true(detect_is_in(&tree.found, &tree.missions[1], &tree.box.arena));
	assert_true(!detect_is_in(&tree.found, &tree.missions[2], &tree.box.arena));
	assert_true(detect_is_in(&tree.found, &tree.missions[3], &tree.box.arena));
	TREE_CHECK(&tree, "home", "none");
	assert_true(detect_choose(&tree.found, &missions, NULL) == NULL);
	assert_true(detect_choose(&tree.found, NULL, "web") == NULL);
	tree_close(&tree);
}

/* Every candidate with its reason, as `mission show --explain` has it. */
static void test_explain(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree, "home/w/p/.git/ home/w/p/package.json home/w/p/Cargo.toml home/w/p/Makefile "
			 "home/w/p/docs/conf.py home/w/p/docs/src/ home/Cargo.toml home/w/deno.json");
	tree_missions(&tree, "web: package.json @ ~/w; all: package.json; sys: Cargo.toml; git; "
			     "away: package.json @ ~/x");
	TREE_CHECK(&tree, "home/w/p/docs/src", "home/w/p package.json rust web");
	struct buf buf = BUF_INIT;
	for (size_t i = 0; i < tree.found.ncandidates; i++) {
		const struct candidate *one = &tree.found.candidates[i];
		buf_addf(&buf, "%u %s %s %s %s: %s\n", one->level, tree_short(&tree, one->root),
				one->marker, one->kind != NULL ? one->kind : "-",
				one->mission != NULL ? one->mission->name : "-",
				candidate_reason(one, &tree.box.arena));
	}
	check_text("explain", buf.data,
			"1 home/w/p/docs conf.py docs -: common in other projects; the repository has a "
			"manifest further up\n"
			"2 home/w/p package.json - web: the nearest and most specific marker\n"
			"2 home/w/p Cargo.toml - sys: another mission's 'in:' is deeper\n"
			"2 home/w/p package.json - all: another mission's 'in:' is deeper\n"
			"2 home/w/p package.json - away: the folder is not in the mission's 'in:'\n"
			"2 home/w/p Cargo.toml rust -: names the project; no mission 'rust' is entered\n"
			"2 home/w/p package.json node -: no mission of this name is entered\n"
			"2 home/w/p Makefile c -: no mission of this name is entered\n"
			"2 home/w/p .git git git: a manifest is more specific than its repository\n");
	buf_release(&buf);
	assert_true(detect_stop_reason(&tree.found, &tree.box.arena) == NULL);
	tree_close(&tree);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenes),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_table_is_sorted),
		cmocka_unit_test(test_skeletons),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_explain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
