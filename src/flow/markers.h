/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The built-in table: names whose existence tells what kind of project a folder
 * is. Nobody reads these files here. Sorted by name, so that a name stands in it once.
 *
 * No pointers: the table costs nothing when the program starts.
 */

#include <stddef.h>
#include <stdint.h>

/* Sorted as their names are (kind_names). A mission of such a name needs no `when:`. */
enum kind {
	KIND_BAZEL,
	KIND_BUN,
	KIND_C, /* and C++ */
	KIND_CLOJURE,
	KIND_CRYSTAL,
	KIND_D,
	KIND_DART,
	KIND_DATA,
	KIND_DENO,
	KIND_DOCS,
	KIND_DOTNET,
	KIND_ELIXIR,
	KIND_ELM,
	KIND_EMBEDDED,
	KIND_ERLANG,
	KIND_FORTRAN,
	KIND_FOSSIL,
	KIND_GIT,
	KIND_GLEAM,
	KIND_GO,
	KIND_GODOT,
	KIND_HASKELL,
	KIND_HG,
	KIND_INFRA,
	KIND_JJ,
	KIND_JULIA,
	KIND_JVM,
	KIND_LUA,
	KIND_NIM,
	KIND_NIX,
	KIND_NODE,
	KIND_OCAML,
	KIND_PACKAGE,
	KIND_PERL,
	KIND_PHP,
	KIND_PIJUL,
	KIND_PYTHON,
	KIND_R,
	KIND_RUBY,
	KIND_RUST,
	KIND_SVN,
	KIND_SWIFT,
	KIND_TEX,
	KIND_UNITY,
	KIND_UNREAL,
	KIND_ZIG,
	KINDS,
};

extern const char kind_names[KINDS][12];

enum {
	/* The root of a repository: a manifest in the same folder is more specific. */
	MARKER_REPOSITORY = 1,
	/*
	 * Stands in many projects of other kinds, often below their root. Where no mission
	 * asks for it, it gives way to a manifest further up in the same repository; in the
	 * home folder it says nothing.
	 */
	MARKER_LOOSE = 2,
	/*
	 * Stands in every folder of a project: inside a repository, the root is the topmost
	 * of an unbroken row of folders which have one.
	 */
	MARKER_NESTS = 4,
	/* A folder; without this, a file; with both, either. A link may stand for each. */
	MARKER_FOLDER = 8,
	MARKER_FILE = 16,
};

struct marker {
	char name[23]; /* "*.tex": any name with that end */
	uint8_t length;
	uint8_t kind;
	uint8_t rank; /* the more specific, the higher; decides among markers of one folder */
	uint8_t flags;
};

/* A rank above all of the table: a name that only a mission knows. */
enum { RANK_OWN = 100 };

extern const struct marker markers[];
extern const unsigned marker_count;

/* The row of a name ("*.tex" for itself, not for what it stands for), or -1. */
int marker_find(const char *name, size_t length);

/* A mission's or any other name as a kind; KINDS if it is none. */
enum kind kind_of(const char *name);
