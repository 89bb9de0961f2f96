/* SPDX-License-Identifier: MIT */
#include "flow/markers.h"

#include <string.h>

const char kind_names[KINDS][12] = {
	[KIND_BAZEL] = "bazel",
	[KIND_BUN] = "bun",
	[KIND_C] = "c",
	[KIND_CLOJURE] = "clojure",
	[KIND_CRYSTAL] = "crystal",
	[KIND_D] = "d",
	[KIND_DART] = "dart",
	[KIND_DATA] = "data",
	[KIND_DENO] = "deno",
	[KIND_DOCS] = "docs",
	[KIND_DOTNET] = "dotnet",
	[KIND_ELIXIR] = "elixir",
	[KIND_ELM] = "elm",
	[KIND_EMBEDDED] = "embedded",
	[KIND_ERLANG] = "erlang",
	[KIND_FORTRAN] = "fortran",
	[KIND_FOSSIL] = "fossil",
	[KIND_GIT] = "git",
	[KIND_GLEAM] = "gleam",
	[KIND_GO] = "go",
	[KIND_GODOT] = "godot",
	[KIND_HASKELL] = "haskell",
	[KIND_HG] = "hg",
	[KIND_INFRA] = "infra",
	[KIND_JJ] = "jj",
	[KIND_JULIA] = "julia",
	[KIND_JVM] = "jvm",
	[KIND_LUA] = "lua",
	[KIND_NIM] = "nim",
	[KIND_NIX] = "nix",
	[KIND_NODE] = "node",
	[KIND_OCAML] = "ocaml",
	[KIND_PACKAGE] = "package",
	[KIND_PERL] = "perl",
	[KIND_PHP] = "php",
	[KIND_PIJUL] = "pijul",
	[KIND_PYTHON] = "python",
	[KIND_R] = "r",
	[KIND_RUBY] = "ruby",
	[KIND_RUST] = "rust",
	[KIND_SVN] = "svn",
	[KIND_SWIFT] = "swift",
	[KIND_TEX] = "tex",
	[KIND_UNITY] = "unity",
	[KIND_UNREAL] = "unreal",
	[KIND_ZIG] = "zig",
};

/*
 * Ranks: 90 what builds on a language (an engine, a toolkit); 80 a language's manifest;
 * 70 manifests which accompany others (a front end's package.json); 60 what is less sure;
 * 50 documents; 45 services beside the code; 40 kinds of files; 30 Nix; 25 make; 10 a
 * repository.
 */
#define PLAIN MARKER_FILE
#define FOLDER MARKER_FOLDER
#define LOOSE MARKER_LOOSE
#define NESTS MARKER_NESTS
#define REPO MARKER_REPOSITORY
#define ROW(name, kind, rank, flags) {name, sizeof(name) - 1, KIND_##kind, rank, flags},

const struct marker markers[] = {
	/* clang-format off */
	ROW("*.Rproj", R, 66, PLAIN)
	ROW("*.cabal", HASKELL, 80, PLAIN)
	ROW("*.csproj", DOTNET, 80, PLAIN)
	ROW("*.ebuild", PACKAGE, 85, PLAIN)
	ROW("*.fsproj", DOTNET, 80, PLAIN)
	ROW("*.gemspec", RUBY, 76, PLAIN)
	ROW("*.ipynb", DATA, 36, LOOSE | PLAIN)
	ROW("*.nimble", NIM, 80, PLAIN)
	ROW("*.opam", OCAML, 80, PLAIN)
	ROW("*.pkr.hcl", INFRA, 65, PLAIN)
	ROW("*.rockspec", LUA, 70, PLAIN)
	ROW("*.sln", DOTNET, 80, PLAIN)
	ROW("*.slnx", DOTNET, 80, PLAIN)
	ROW("*.tex", TEX, 40, LOOSE | PLAIN)
	ROW("*.tf", INFRA, 65, PLAIN)
	ROW("*.tofu", INFRA, 65, PLAIN)
	ROW("*.typ", DOCS, 39, LOOSE | PLAIN)
	ROW("*.uproject", UNREAL, 90, PLAIN)
	ROW("*.vbproj", DOTNET, 80, PLAIN)
	ROW("*.xcodeproj", SWIFT, 79, FOLDER)
	ROW("*.xcworkspace", SWIFT, 79, FOLDER)
	ROW(".dvc", DATA, 67, FOLDER)
	ROW(".fslckout", FOSSIL, 10, REPO | PLAIN)
	ROW(".git", GIT, 10, REPO | FOLDER | PLAIN)
	ROW(".hg", HG, 10, REPO | FOLDER | PLAIN)
	ROW(".jj", JJ, 11, REPO | FOLDER)
	ROW(".latexmkrc", TEX, 64, PLAIN)
	ROW(".luarc.json", LUA, 70, PLAIN)
	ROW(".node-version", NODE, 55, LOOSE | PLAIN)
	ROW(".nvmrc", NODE, 55, LOOSE | PLAIN)
	ROW(".pijul", PIJUL, 10, REPO | FOLDER)
	ROW(".python-version", PYTHON, 60, LOOSE | PLAIN)
	ROW(".readthedocs.yaml", DOCS, 50, LOOSE | PLAIN)
	ROW(".ruby-version", RUBY, 60, LOOSE | PLAIN)
	ROW(".svn", SVN, 9, REPO | FOLDER)
	ROW(".terraform.lock.hcl", INFRA, 65, PLAIN)
	ROW("APKBUILD", PACKAGE, 85, PLAIN)
	ROW("Build.PL", PERL, 76, PLAIN)
	ROW("CMakeLists.txt", C, 78, NESTS | PLAIN)
	ROW("CMakePresets.json", C, 61, PLAIN)
	ROW("Cargo.toml", RUST, 80, PLAIN)
	ROW("Chart.yaml", INFRA, 65, PLAIN)
	ROW("DESCRIPTION", R, 60, LOOSE | PLAIN)
	ROW("Directory.Build.props", DOTNET, 79, PLAIN)
	ROW("GNUmakefile", C, 25, LOOSE | NESTS | PLAIN)
	ROW("Gemfile", RUBY, 76, PLAIN)
	ROW("JuliaProject.toml", JULIA, 80, PLAIN)
	ROW("MLproject", DATA, 68, PLAIN)
	ROW("MODULE.bazel", BAZEL, 79, PLAIN)
	ROW("Makefile", C, 25, LOOSE | NESTS | PLAIN)
	ROW("Makefile.PL", PERL, 76, PLAIN)
	ROW("Makefile.am", C, 62, LOOSE | NESTS | PLAIN)
	ROW("PKGBUILD", PACKAGE, 85, PLAIN)
	ROW("Package.swift", SWIFT, 80, PLAIN)
	ROW("Pipfile", PYTHON, 74, PLAIN)
	ROW("Podfile", SWIFT, 70, PLAIN)
	ROW("Project.toml", JULIA, 80, PLAIN)
	ROW("ProjectSettings", UNITY, 90, FOLDER)
	ROW("Pulumi.yaml", INFRA, 65, PLAIN)
	ROW("Rakefile", RUBY, 60, LOOSE | PLAIN)
	ROW("Tectonic.toml", TEX, 64, PLAIN)
	ROW("Tiltfile", INFRA, 45, LOOSE | PLAIN)
	ROW("Vagrantfile", INFRA, 45, LOOSE | PLAIN)
	ROW("WORKSPACE", BAZEL, 60, PLAIN)
	ROW("WORKSPACE.bazel", BAZEL, 79, PLAIN)
	ROW("_FOSSIL_", FOSSIL, 10, REPO | PLAIN)
	ROW("_config.yml", DOCS, 50, LOOSE | PLAIN)
	ROW("_quarto.yml", DOCS, 66, PLAIN)
	ROW("ansible.cfg", INFRA, 65, PLAIN)
	ROW("antora.yml", DOCS, 50, LOOSE | PLAIN)
	ROW("bb.edn", CLOJURE, 81, PLAIN)
	ROW("book.toml", DOCS, 50, LOOSE | PLAIN)
	ROW("build.gradle", JVM, 80, PLAIN)
	ROW("build.gradle.kts", JVM, 80, PLAIN)
	ROW("build.mill", JVM, 80, PLAIN)
	ROW("build.sbt", JVM, 80, PLAIN)
	ROW("build.sc", JVM, 80, PLAIN)
	ROW("build.xml", JVM, 65, PLAIN)
	ROW("build.zig", ZIG, 80, PLAIN)
	ROW("build.zig.zon", ZIG, 80, PLAIN)
	ROW("bun.lock", BUN, 75, PLAIN)
	ROW("bun.lockb", BUN, 75, PLAIN)
	ROW("bunfig.toml", BUN, 75, PLAIN)
	ROW("cabal.project", HASKELL, 80, PLAIN)
	ROW("cdk.json", INFRA, 65, PLAIN)
	ROW("compile_commands.json", C, 61, PLAIN)
	ROW("compile_flags.txt", C, 61, PLAIN)
	ROW("compose.yaml", INFRA, 45, LOOSE | PLAIN)
	ROW("compose.yml", INFRA, 45, LOOSE | PLAIN)
	ROW("composer.json", PHP, 76, PLAIN)
	ROW("conanfile.py", C, 61, PLAIN)
	ROW("conanfile.txt", C, 61, PLAIN)
	ROW("conf.py", DOCS, 48, LOOSE | PLAIN)
	ROW("configure.ac", C, 78, NESTS | PLAIN)
	ROW("configure.in", C, 78, NESTS | PLAIN)
	ROW("cpanfile", PERL, 76, PLAIN)
	ROW("dbt_project.yml", DATA, 68, PLAIN)
	ROW("default.nix", NIX, 30, LOOSE | PLAIN)
	ROW("deno.json", DENO, 75, PLAIN)
	ROW("deno.jsonc", DENO, 75, PLAIN)
	ROW("deno.lock", DENO, 75, PLAIN)
	ROW("deps.edn", CLOJURE, 81, PLAIN)
	ROW("devenv.nix", NIX, 30, LOOSE | PLAIN)
	ROW("dist.ini", PERL, 76, PLAIN)
	ROW("docker-compose.yaml", INFRA, 45, LOOSE | PLAIN)
	ROW("docker-compose.yml", INFRA, 45, LOOSE | PLAIN)
	ROW("docusaurus.config.js", DOCS, 72, PLAIN)
	ROW("docusaurus.config.ts", DOCS, 72, PLAIN)
	ROW("dub.json", D, 80, PLAIN)
	ROW("dub.sdl", D, 80, PLAIN)
	ROW("dune-project", OCAML, 80, PLAIN)
	ROW("dvc.yaml", DATA, 68, PLAIN)
	ROW("elm.json", ELM, 80, PLAIN)
	ROW("environment.yml", PYTHON, 72, PLAIN)
	ROW("erlang.mk", ERLANG, 80, PLAIN)
	ROW("flake.nix", NIX, 30, LOOSE | PLAIN)
	ROW("fpm.toml", FORTRAN, 80, PLAIN)
	ROW("galaxy.yml", INFRA, 65, PLAIN)
	ROW("gems.rb", RUBY, 76, PLAIN)
	ROW("gleam.toml", GLEAM, 81, PLAIN)
	ROW("global.json", DOTNET, 79, PLAIN)
	ROW("go.mod", GO, 80, PLAIN)
	ROW("go.work", GO, 80, PLAIN)
	ROW("gradlew", JVM, 65, PLAIN)
	ROW("helmfile.yaml", INFRA, 65, PLAIN)
	ROW("hugo.toml", DOCS, 66, PLAIN)
	ROW("hugo.yaml", DOCS, 66, PLAIN)
	ROW("idf_component.yml", EMBEDDED, 84, PLAIN)
	ROW("jsconfig.json", NODE, 60, LOOSE | PLAIN)
	ROW("kustomization.yaml", INFRA, 45, LOOSE | PLAIN)
	ROW("latexmkrc", TEX, 64, PLAIN)
	ROW("lerna.json", NODE, 71, PLAIN)
	ROW("makefile", C, 25, LOOSE | NESTS | PLAIN)
	ROW("manage.py", PYTHON, 74, PLAIN)
	ROW("meson.build", C, 78, NESTS | PLAIN)
	ROW("mix.exs", ELIXIR, 80, PLAIN)
	ROW("mkdocs.yaml", DOCS, 50, LOOSE | PLAIN)
	ROW("mkdocs.yml", DOCS, 50, LOOSE | PLAIN)
	ROW("mvnw", JVM, 65, PLAIN)
	ROW("notebooks", DATA, 35, LOOSE | FOLDER)
	ROW("noxfile.py", PYTHON, 72, PLAIN)
	ROW("nx.json", NODE, 71, PLAIN)
	ROW("package.json", NODE, 70, PLAIN)
	ROW("package.yaml", HASKELL, 60, PLAIN)
	ROW("pixi.toml", PYTHON, 74, PLAIN)
	ROW("platformio.ini", EMBEDDED, 84, PLAIN)
	ROW("playbook.yml", INFRA, 45, LOOSE | PLAIN)
	ROW("pnpm-workspace.yaml", NODE, 71, PLAIN)
	ROW("pom.xml", JVM, 80, PLAIN)
	ROW("project.clj", CLOJURE, 81, PLAIN)
	ROW("project.godot", GODOT, 90, PLAIN)
	ROW("pubspec.yaml", DART, 82, PLAIN)
	ROW("pyproject.toml", PYTHON, 74, PLAIN)
	ROW("rebar.config", ERLANG, 80, PLAIN)
	ROW("renv.lock", R, 66, PLAIN)
	ROW("requirements.txt", PYTHON, 60, LOOSE | PLAIN)
	ROW("rust-project.json", RUST, 80, PLAIN)
	ROW("serverless.yml", INFRA, 65, PLAIN)
	ROW("settings.gradle", JVM, 80, PLAIN)
	ROW("settings.gradle.kts", JVM, 80, PLAIN)
	ROW("setup.cfg", PYTHON, 72, PLAIN)
	ROW("setup.py", PYTHON, 74, PLAIN)
	ROW("shadow-cljs.edn", CLOJURE, 81, PLAIN)
	ROW("shard.yml", CRYSTAL, 80, PLAIN)
	ROW("shell.nix", NIX, 30, LOOSE | PLAIN)
	ROW("skaffold.yaml", INFRA, 45, LOOSE | PLAIN)
	ROW("sketch.yaml", EMBEDDED, 84, PLAIN)
	ROW("snapcraft.yaml", PACKAGE, 85, PLAIN)
	ROW("stack.yaml", HASKELL, 80, PLAIN)
	ROW("terragrunt.hcl", INFRA, 65, PLAIN)
	ROW("tox.ini", PYTHON, 72, PLAIN)
	ROW("tsconfig.json", NODE, 60, LOOSE | PLAIN)
	ROW("turbo.json", NODE, 71, PLAIN)
	ROW("typst.toml", DOCS, 66, PLAIN)
	ROW("uv.lock", PYTHON, 74, PLAIN)
	ROW("vcpkg.json", C, 61, PLAIN)
	ROW("west.yml", EMBEDDED, 84, PLAIN)
	ROW("xmake.lua", C, 78, NESTS | PLAIN)
	ROW("zensical.toml", DOCS, 66, PLAIN)
	/* clang-format on */
};

const unsigned marker_count = sizeof(markers) / sizeof(markers[0]);

enum kind kind_of(const char *name) {
	unsigned low = 0, high = KINDS;
	while (low < high) {
		unsigned middle = (low + high) / 2;
		int order = strcmp(name, kind_names[middle]);
		if (order == 0) {
			return middle;
		}
		if (order < 0) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return KINDS;
}

int marker_find(const char *name, size_t length) {
	unsigned low = 0, high = marker_count;
	while (low < high) {
		unsigned middle = (low + high) / 2;
		const struct marker *marker = &markers[middle];
		size_t both = length < marker->length ? length : marker->length;
		int order = memcmp(name, marker->name, both);
		if (order == 0) {
			order = (length > marker->length) - (length < marker->length);
		}
		if (order == 0) {
			return (int)middle;
		}
		if (order < 0) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return -1;
}
