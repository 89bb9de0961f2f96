/* SPDX-License-Identifier: MIT */
#include "machine.h"
#include "sandbox.h"

#include "cmd/recording.h"
#include "reg/load.h"

/* A profile's lumina.yaml, with more.yaml beside it, and what was edited of them. */
struct desk {
	struct sandbox sandbox;
	struct app app;
	struct view view;
	struct installed installed;
	struct recording recording;
};

static void desk_open_on(struct desk *desk, const char *host, const char *yaml, const char *more,
		const char *packages) {
	*desk = (struct desk){0};
	struct app *app = &desk->app;
	sandbox_open(&desk->sandbox);
	put_folder(&desk->sandbox, "profile");
	put(&desk->sandbox, "profile/lumina.yaml", yaml);
	if (more != NULL) {
		put(&desk->sandbox, "profile/more.yaml", more);
	}
	arena_init(&app->arena);
	const char *profile = at(&desk->sandbox, "profile");
	app->facts = (struct facts){.home = desk->sandbox.path, .profile = profile,
			.profile_real = profile, .state = at(&desk->sandbox, "state"),
			.config = at(&desk->sandbox, "config"), .cache = at(&desk->sandbox, "cache"),
			.host = host, .uid = geteuid(), .umask = 022};
	struct diags diags = {.arena = &app->arena};
	struct err err = {0};
	target_rules_init(&desk->view.rules, &app->facts, &app->arena);
	check(registry_load(&desk->view.registry, &app->facts, &desk->view.rules, &app->arena, &diags,
			      &err) == 0, "%s: %s", yaml, diags.count > 0 ? diags.first->text : err.text);
	machine_install(&desk->installed, packages, &app->arena);
	desk->recording = (struct recording){.editing = {.app = app}, .view = &desk->view,
			.installed = &desk->installed};
}

static void desk_open(struct desk *desk, const char *yaml, const char *more, const char *packages) {
	desk_open_on(desk, "box", yaml, more, packages);
}

static void desk_close(struct desk *desk) {
	editing_release(&desk->recording.editing);
	installed_release(&desk->installed);
	registry_release(&desk->view.registry);
	arena_release(&desk->app.arena);
	sandbox_close(&desk->sandbox);
}

/* The text of a file by now; NULL if it wasn't touched. */
static const char *edited(const struct desk *desk, const char *name) {
	const struct editing *editing = &desk->recording.editing;
	for (size_t i = 0; i < editing->files.count; i++) {
		const struct editing_file *file = &editing->files.items[i];
		if (streq(path_name(file->path), name) && file->rewrite->edits.count > 0) {
			return file->source.bytes;
		}
	}
	return NULL;
}

static void fine(int result, const struct err *err, const char *row) {
	check(result == 0, "%s: %s", row, err->text);
}

/* --- adding ---------------------------------------------------------------------------------- */

struct add_row {
	const char *name, *yaml, *want; /* want: NULL for nothing to do */
	const char *group, *host, *packages;
};

static void check_add(const struct add_row *rows, size_t count) {
	for (size_t i = 0; i < count; i++) {
		struct desk desk;
		struct err err = {0};
		desk_open(&desk, rows[i].yaml, NULL, rows[i].packages != NULL ? rows[i].packages : "");
		desk.recording.group = rows[i].group;
		desk.recording.host = rows[i].host;
		fine(recording_add(&desk.recording, rows[i].name, &err), &err, rows[i].yaml);
		check_text(rows[i].yaml, edited(&desk, "lumina.yaml"), rows[i].want);
		desk_close(&desk);
	}
}

static void test_add(void **state) {
	(void)state;
	static const struct add_row rows[] = {
		{"foo", .yaml = "packages: [a]\n", "packages: [a, foo]\n"},
		{"aur/foo", .yaml = "packages: [a]\n", "packages: [a, aur/foo]\n"},
		{"foo", .yaml = "packages:\n  - a # 1\n  - z\n", "packages:\n  - a # 1\n  - z\n  - foo\n"},
		{"foo", .yaml = "packages: [a, b, z]\n", "packages: [a, b, foo, z]\n"}, /* sorted it stays */
		{"foo", .yaml = "symlinks: {}\n", "packages:\n  - foo\nsymlinks: {}\n"},
		{"foo", .yaml = "packages:\n", "packages:\n  - foo\n"},
		/* declared already: by whatever prefix, in whatever group or block of this host */
		{"foo", .yaml = "packages: [foo]\n", NULL},
		{"aur/foo", .yaml = "packages: [foo]\n", NULL},
		{"foo", .yaml = "packages: {x: [a], y: [extra/foo]}\n", NULL},
		{"foo", .yaml = "hosts: {box: {packages: [foo]}}\n", NULL},
		{"foo", .yaml = "packages: [flatpak/foo]\n", "packages: [flatpak/foo, foo]\n"},
		{"foo", .yaml = "packages: []\nhosts: {other: {packages: [foo]}}\n",
				"packages: [foo]\nhosts: {other: {packages: [foo]}}\n"},
		/* groups: beside what is alike, else at the end of the last one */
		{"foo", .yaml = "packages:\n  x: [a]\n  y: [b]\n", "packages:\n  x: [a]\n  y: [b, foo]\n"},
		{"foo", .yaml = "packages:\n  x: [a]\n  y:\n", "packages:\n  x: [a]\n  y:\n    - foo\n"},
		{"python-b", .yaml = "packages:\n  x: [python-a]\n  y: [b]\n",
				"packages:\n  x: [python-a, python-b]\n  y: [b]\n"},
		{"foo", .yaml = "packages:\n  x: [a]\n  y: [b]\n", "packages:\n  x: [a, foo]\n  y: [b]\n",
				.packages = "foo e g=tools; a e g=tools; b e"},
		/* the group that was asked for, also a new one */
		{"foo", .yaml = "packages:\n  x: [a]\n  y: [b]\n", "packages:\n  x: [a, foo]\n  y: [b]\n",
				.group = "x"},
		{"python-b", .yaml = "packages:\n  x: [python-a]\n  y: [b]\n",
				"packages:\n  x: [python-a]\n  y: [b, python-b]\n", .group = "y"},
		{"foo", .yaml = "packages:\n  x: [a]\n", "packages:\n  x: [a]\n  new:\n    - foo\n", .group = "new"},
		{"foo", .yaml = "packages:\n", "packages:\n  new:\n    - foo\n", .group = "new"},
		/* for this host only */
		{"foo", .yaml = "packages: [a]\n", "packages: [a]\nhosts:\n  box:\n    packages:\n      - foo\n",
				.host = "box"},
		{"foo", .yaml = "packages: [a]\nhosts:\n  box:\n    packages: [b]\n",
				"packages: [a]\nhosts:\n  box:\n    packages: [b, foo]\n", .host = "box"},
		{"foo", .yaml = "hosts:\n  box:\n    packages:\n      x: [b]\n",
				"hosts:\n  box:\n    packages:\n      x: [b, foo]\n", .host = "box"},
		{"python-b", .yaml = "packages: {x: [python-a]}\nhosts:\n  box:\n    packages: []\n",
				"packages: {x: [python-a]}\nhosts:\n  box:\n    packages: [python-b]\n",
				.host = "box"},
		{"foo", .yaml = "packages: {x: [a]}\nhosts:\n  box:\n    packages:\n      z: [b]\n",
				"packages: {x: [a]}\nhosts:\n  box:\n    packages:\n      z: [b]\n      x:\n"
				"        - foo\n", .group = "x", .host = "box"},
		/* the overlay of another host is no place */
		{"python-b", .yaml = "packages: [a]\nhosts:\n  box:\n    packages: [python-a]\n",
				"packages: [a, python-b]\nhosts:\n  box:\n    packages: [python-a]\n"},
	};
	check_add(rows, COUNT(rows));
}

/* Several in one go: each edit sees what the one before it did. */
static void test_add_several(void **state) {
	(void)state;
	static const char *const names[] = {"foo", "python-b", "foo", "aur/bar"};
	struct desk desk;
	struct err err = {0};
	desk_open(&desk, "packages:\n  x: [python-a]\n  y: [b]\n", NULL, "");
	for (size_t i = 0; i < COUNT(names); i++) {
		fine(recording_add(&desk.recording, names[i], &err), &err, names[i]);
	}
	check_text("several", edited(&desk, "lumina.yaml"),
			"packages:\n  x: [python-a, python-b]\n  y: [b, foo, aur/bar]\n");
	desk_close(&desk);
}

/* What is alike, or the group, is in a file that is included. */
static void test_add_elsewhere(void **state) {
	(void)state;
	static const struct {
		const char *name, *group, *yaml, *more, *want_yaml, *want_more;
	} rows[] = {
		{"python-b", NULL, "include: [more.yaml]\npackages: [a]\n", "packages: [python-a]\n", NULL,
				"packages: [python-a, python-b]\n"},
		{"foo", NULL, "include: [more.yaml]\npackages: [a]\n", "packages: [python-a]\n",
				"include: [more.yaml]\npackages: [a, foo]\n", NULL},
		{"foo", "g", "include: [more.yaml]\npackages: {x: [a]}\n", "packages: {g: [b]}\n", NULL,
				"packages: {g: [b, foo]}\n"},
		/* no other file's groups decide what the main one looks like */
		{"foo", NULL, "include: [more.yaml]\n", "packages: {g: [b]}\n",
				"packages:\n  - foo\ninclude: [more.yaml]\n", NULL},
		{"foo", "new", "include: [more.yaml]\n", "packages: [b]\n",
				"packages:\n  new:\n    - foo\ninclude: [more.yaml]\n", NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct desk desk;
		struct err err = {0};
		desk_open(&desk, rows[i].yaml, rows[i].more, "");
		desk.recording.group = rows[i].group;
		fine(recording_check_group(&desk.recording, &err), &err, rows[i].yaml);
		fine(recording_add(&desk.recording, rows[i].name, &err), &err, rows[i].yaml);
		check_text(rows[i].yaml, edited(&desk, "lumina.yaml"), rows[i].want_yaml);
		check_text(rows[i].yaml, edited(&desk, "more.yaml"), rows[i].want_more);
		desk_close(&desk);
	}
}

static void test_check_group(void **state) {
	(void)state;
	static const struct {
		const char *yaml, *group, *host, *want; /* want: the complaint, NULL for none */
	} rows[] = {
		{"packages: [a]\n", NULL, NULL, NULL},
		{"packages: [a]\n", "x", NULL, "lumina.yaml:1:12: the packages are a plain list here, "
				"which has no group 'x'"},
		{"packages: []\n", "x", NULL, NULL},
		{"packages: {y: [a]}\n", "x", NULL, NULL},
		{"packages: [a]\nhosts: {box: {packages: {x: [b]}}}\n", "x", "box", NULL},
		{"packages: {x: [a]}\nhosts: {box: {packages: [b]}}\n", "x", "box",
				"lumina.yaml:2:26: the packages are a plain list here, which has no "
				"group 'x'"},
		{"packages: [a]\n", "x", "box", NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct desk desk;
		struct err err = {0};
		desk_open(&desk, rows[i].yaml, NULL, "");
		desk.recording.group = rows[i].group;
		desk.recording.host = rows[i].host;
		int result = recording_check_group(&desk.recording, &err);
		assert_true((result < 0) == (rows[i].want != NULL));
		check_text(rows[i].yaml, err.text, rows[i].want);
		assert_true(rows[i].want == NULL || (err.kind == ERR_USAGE && err.hint != NULL));
		err_release(&err);
		desk_close(&desk);
	}
}

/* --- removing and renaming ------------------------------------------------------------------- */

static void test_remove(void **state) {
	(void)state;
	static const struct {
		const char *name, *yaml, *want;
		size_t count;
	} rows[] = {
		{"foo", "packages: [a, foo, b]\n", "packages: [a, b]\n", 1},
		{"foo", "packages:\n  - a\n  - foo # mine\n", "packages:\n  - a\n", 1},
		{"foo", "packages: [a]\n", NULL, 0},
		{"foo", "packages: [aur/foo]\n", "packages: []\n", 1},
		{"aur/foo", "packages: [foo]\n", "packages: []\n", 1},
		{"foo", "packages: [flatpak/foo]\n", NULL, 0},
		/* wherever it is declared for this machine, and nowhere else */
		{"foo", "packages: {x: [foo, a], y: [extra/foo]}\n", "packages: {x: [a], y: []}\n", 2},
		{"foo", "packages: [foo]\nhosts: {box: {packages: [foo]}, other: {packages: [foo]}}\n",
				"packages: []\nhosts: {box: {packages: []}, other: {packages: [foo]}}\n", 2},
		{"foo", "ignore: [foo]\npackages: [foo]\n", "ignore: [foo]\npackages: []\n", 1},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct desk desk;
		struct err err = {0};
		size_t count = 0;
		desk_open(&desk, rows[i].yaml, NULL, "");
		fine(recording_remove(&desk.recording, rows[i].name, &count, &err), &err, rows[i].yaml);
		check_text(rows[i].yaml, edited(&desk, "lumina.yaml"), rows[i].want);
		assert_int_equal(count, rows[i].count);
		desk_close(&desk);
	}
}

/* The line's place, its quotes and its comment stay. */
static void test_rename(void **state) {
	(void)state;
	static const struct {
		const char *name, *other, *yaml, *want;
		size_t count;
	} rows[] = {
		{"old", "new", "packages: [a, old, z]\n", "packages: [a, new, z]\n", 1},
		{"old", "zz", "packages: [a, old, p]\n", "packages: [a, zz, p]\n", 1},
		{"old", "new", "packages: [old]\n", "packages: [new]\n", 1},
		{"old", "new", "packages:\n  - a # 1\n  - old   # since 2020\n  - b\n",
				"packages:\n  - a # 1\n  - new   # since 2020\n  - b\n", 1},
		{"old", "new", "packages:\n- \"old\" # x\n- 'b'\n", "packages:\n- \"new\" # x\n- 'b'\n", 1},
		{"old", "new", "packages: [ 'old' , b ]\n", "packages: [ 'new' , b ]\n", 1},
		{"old", "new", "packages:\r\n  - old\r\n", "packages:\r\n  - new\r\n", 1},
		{"old", "new", "packages:\n  - a\n  - old", "packages:\n  - a\n  - new", 1},
		{"aur/old", "aur/new", "packages:\n  - aur/old # x\n", "packages:\n  - aur/new # x\n", 1},
		{"old", "new", "packages: {x: [old], y: [old, b]}\n", "packages: {x: [new], y: [new, b]}\n", 2},
		{"old", "new", "packages: [b]\n", NULL, 0},
		/* the comment names it, too */
		{"old", "new", "packages:\n  - old # old is good\n", "packages:\n  - new # old is good\n", 1},
		{"old", "new", "packages:\n  # old\n  - old\n", "packages:\n  # old\n  - new\n", 1},
		{"old", "new", "packages: [\n  a, # old\n  old # old\n ]\n",
				"packages: [\n  a, # old\n  new # old\n ]\n", 1},
		{"old", "new", "packages: [\n  old, # old\n  b\n ]\n",
				"packages: [\n  new, # old\n  b\n ]\n", 1},
		{"old", "new", "packages: [old-x, old, older]\n", "packages: [old-x, new, older]\n", 1},
		/* the place is lost where it stood twice, or was spelled with escapes */
		{"old", "new", "packages: [a, old, b, old]\n", "packages: [a, b, new]\n", 1},
		{"old", "new", "packages: [a, old, new]\n", "packages: [a, new]\n", 1},
		{"old", "new", "packages:\n- |-\n  old\n- b\n", "packages:\n- |-\n  new\n- b\n", 1},
		{"old", "new", "packages:\n- \"\\x6fld\" # old\n- b\n", "packages:\n- b\n- new\n", 1},
		{"a", "bb", "packages:\n  -  a  # a\n", "packages:\n  -  bb  # a\n", 1},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct desk desk;
		struct err err = {0};
		size_t count = 0;
		desk_open(&desk, rows[i].yaml, NULL, "");
		fine(recording_rename(&desk.recording, rows[i].name, rows[i].other, &count, &err), &err,
				rows[i].yaml);
		check_text(rows[i].yaml, edited(&desk, "lumina.yaml"), rows[i].want);
		assert_int_equal(count, rows[i].count);
		desk_close(&desk);
	}
}

/* --- ignoring -------------------------------------------------------------------------------- */

static void test_ignore(void **state) {
	(void)state;
	static const struct {
		const char *name, *yaml, *want;
	} rows[] = {
		{"foo", "ignore: [a]\n", "ignore: [a, foo]\n"},
		{"foo", "packages: [a]\n", "packages: [a]\nignore:\n  - foo\n"},
		{"foo", "ignore: [foo]\n", NULL},
		{"aur/foo", "ignore: [foo]\n", NULL},
		{"foo", "hosts: {box: {ignore: [foo]}}\n", NULL},
		{"flatpak/foo", "ignore: [foo]\n", "ignore: [foo, flatpak/foo]\n"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct desk desk;
		struct err err = {0};
		bool done;
		desk_open(&desk, rows[i].yaml, NULL, "");
		fine(recording_ignore(&desk.recording, rows[i].name, &done, &err), &err, rows[i].yaml);
		check_text(rows[i].yaml, edited(&desk, "lumina.yaml"), rows[i].want);
		assert_true(done == (rows[i].want != NULL));
		desk_close(&desk);
	}
}

/* The block of this machine, as the registry calls it. */
static void test_host(void **state) {
	(void)state;
	static const struct {
		const char *yaml, *host, *want; /* want: NULL where it isn't known */
	} rows[] = {
		{"packages: []\n", "box", "box"},
		{"packages: []\n", "box.example.org", "box"},
		{"hosts: {box: {}}\n", "box", "box"},
		{"hosts: {box: {}}\n", "box.example.org", "box"},
		{"hosts: {box.example.org: {}}\n", "box.example.org", "box.example.org"},
		{"hosts: {other: {}}\n", "box.example.org", "box"},
		{"packages: []\n", NULL, NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct desk desk;
		struct err err = {0};
		desk_open_on(&desk, rows[i].host, rows[i].yaml, NULL, "");
		check_text(rows[i].yaml, recording_host(&desk.view, &desk.app, &err), rows[i].want);
		assert_true((err.kind == ERR_FAILED) == (rows[i].want == NULL));
		err_release(&err);
		desk_close(&desk);
	}
}

/* --- what can't be edited -------------------------------------------------------------------- */

static void test_refused(void **state) {
	(void)state;
	static const char *const rows[] = {
		"packages: &p [a, old]\nsymlinks: {}\nhosts: {box: {packages: *p}}\n",
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (int action = 0; action < 3; action++) {
			struct desk desk;
			struct err err = {0};
			size_t count = 0;
			desk_open(&desk, rows[i], NULL, "");
			int result = action == 0 ? recording_add(&desk.recording, "foo", &err)
					: action == 1 ? recording_remove(&desk.recording, "old", &count, &err)
						      : recording_rename(&desk.recording, "old", "new",
									&count, &err);
			check(result < 0, "%s: %d", rows[i], action);
			check(err.kind == ERR_FAILED && strncmp(err.text, "lumina.yaml:", 12) == 0, "%s",
					err.text);
			check_text(rows[i], edited(&desk, "lumina.yaml"), NULL);
			check_text(rows[i], what(&desk.sandbox, "profile/lumina.yaml"), rows[i]);
			err_release(&err);
			desk_close(&desk);
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_add_several),
		cmocka_unit_test(test_add_elsewhere),
		cmocka_unit_test(test_check_group),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_rename),
		cmocka_unit_test(test_ignore),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
