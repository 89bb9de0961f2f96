/* SPDX-License-Identifier: MIT */
#include "sandbox.h"
#include "sealed.h"

#include <dirent.h>

#include "flow/trust.h"

/* A home with a state folder, and a project `p` in it. */
struct world {
	struct sandbox box;
	const char *root, *state;
	struct trust_root project;
	const struct approved *approved;
};

static void world_open(struct world *world) {
	*world = (struct world){.project.dir = -1};
	sandbox_open(&world->box);
	put_folder(&world->box, "p");
	put(&world->box, "p/.lumina.yaml", "env: {A: b}\n");
	world->root = at(&world->box, "p");
	world->state = at(&world->box, "state");
}

static void world_close(struct world *world) {
	trust_close(&world->project);
	sandbox_close(&world->box);
}

static void reopen(struct world *world, const char *path) {
	struct err err = {0};
	trust_close(&world->project);
	check(trust_open(&world->project, path, geteuid(), &world->box.arena, &err) == 0, "%s",
			err.text);
}

static const char *const env_names[] = {".env", NULL};

static enum trust look_at(struct world *world, const char *path, const char *const *names) {
	reopen(world, path);
	enum trust trust = trust_check(&world->project, world->state, names, &world->approved);
	check((trust == TRUST_ALLOWED) == (world->approved != NULL), "content with %s",
			trust_name(trust));
	return trust;
}

static enum trust look(struct world *world) {
	return look_at(world, world->root, NULL);
}

#define wants(world, want)                                                                       \
	do {                                                                                     \
		enum trust got = look(world);                                                    \
		check(got == (want), "line %d: %s (%s)", __LINE__, trust_name(got),              \
				(world)->project.why != NULL ? (world)->project.why : "");       \
	} while (0)

static void save(struct world *world, const struct trust_files *files) {
	struct err err = {0};
	const char *aside;
	check(trust_allow(&world->project, files, 12, world->state, &aside, &err) == 0, "%s",
			err.text);
}

static void allow_at(struct world *world, const char *path, const char *const *names) {
	struct trust_files files;
	struct err err = {0};
	reopen(world, path);
	check(trust_read(&world->project, names, &files, &err) == 0, "%s", err.text);
	save(world, &files);
}

static void allow(struct world *world) {
	allow_at(world, world->root, env_names);
}

static void deny(struct world *world) {
	struct err err = {0};
	const char *aside;
	check(trust_deny(world->root, geteuid(), 12, world->state, &world->box.arena, &aside,
			      &err) == 0, "%s", err.text);
}

static void mode(struct world *world, const char *name, mode_t bits) {
	assert_int_equal(chmod(at(&world->box, name), bits), 0);
}

static void drop(struct world *world, const char *name) {
	check(remove(at(&world->box, name)) == 0, "%s: %s", name, strerror(errno));
}

/* The store's only record, relative to the sandbox. */
static const char *record_name(struct world *world) {
	DIR *stream = opendir(at(&world->box, "state/trust"));
	assert_true(stream != NULL);
	const char *name = NULL;
	const struct dirent *entry;
	while ((entry = readdir(stream)) != NULL) {
		if (entry->d_name[0] != '.') {
			assert_true(name == NULL);
			name = path_join("state/trust", entry->d_name, &world->box.arena);
		}
	}
	assert_int_equal(closedir(stream), 0);
	assert_true(name != NULL);
	return name;
}

/* --- verdicts ------------------------------------------------------------------------------ */

static void test_allow_and_change(void **state) {
	(void)state;
	struct world w;
	struct str bytes;
	world_open(&w);
	wants(&w, TRUST_NONE);
	assert_true(w.project.why == NULL);
	check_text("project", w.project.project.bytes, "env: {A: b}\n");
	assert_false(approved_file(NULL, ".lumina.yaml", &bytes));
	check_text("store", what(&w.box, "state"), ""); /* looking makes nothing */

	put(&w.box, "p/.env", "X=1\n");
	allow(&w);
	wants(&w, TRUST_ALLOWED);
	check_text("path", approved_path(w.approved), w.root);
	assert_true(approved_file(w.approved, ".env", &bytes) && str_is(bytes, "X=1\n"));
	assert_true(approved_file(w.approved, ".lumina.yaml", &bytes));
	assert_false(approved_file(w.approved, "other", &bytes));

	/* one byte, length, absence; and back */
	put(&w.box, "p/.env", "X=2\n");
	wants(&w, TRUST_CHANGED);
	check_text("why", w.project.why, "'.env' has changed");
	put(&w.box, "p/.env", "X=1\n\n");
	wants(&w, TRUST_CHANGED);
	drop(&w, "p/.env");
	wants(&w, TRUST_CHANGED);
	check_text("why", w.project.why, "'.env' is gone");
	put(&w.box, "p/.env", "");
	wants(&w, TRUST_CHANGED);
	put(&w.box, "p/.env", "X=1\n");
	wants(&w, TRUST_ALLOWED);
	put(&w.box, "p/.lumina.yaml", "env: {A: c}\n");
	wants(&w, TRUST_CHANGED);
	check_text("why", w.project.why, "'.lumina.yaml' has changed");
	drop(&w, "p/.lumina.yaml");
	wants(&w, TRUST_CHANGED);
	put(&w.box, "p/.lumina.yaml", "env: {A: b}\n");
	wants(&w, TRUST_ALLOWED);
	world_close(&w);
}

static void test_absent_files_are_bound(void **state) {
	(void)state;
	struct world w;
	struct str bytes;
	world_open(&w);
	drop(&w, "p/.lumina.yaml");
	allow(&w); /* neither is there */
	wants(&w, TRUST_ALLOWED);
	assert_false(approved_file(w.approved, ".env", &bytes));
	assert_false(approved_file(w.approved, ".lumina.yaml", &bytes));
	put(&w.box, "p/.env", "X=1\n");
	wants(&w, TRUST_CHANGED);
	check_text("why", w.project.why, "'.env' is new");
	drop(&w, "p/.env");
	put(&w.box, "p/.lumina.yaml", "");
	wants(&w, TRUST_CHANGED);
	world_close(&w);
}

static void test_files_that_nobody_was_shown(void **state) {
	(void)state;
	static const char *const more[] = {".env", "flake.nix", NULL};
	struct world w;
	world_open(&w);
	allow(&w);
	assert_int_equal(look_at(&w, w.root, env_names), TRUST_ALLOWED);
	assert_int_equal(look_at(&w, w.root, more), TRUST_CHANGED);
	check_text("why", w.project.why, "'flake.nix' wasn't used when the project was allowed");
	world_close(&w);
}

static void test_deny_wins_and_allow_lifts_it(void **state) {
	(void)state;
	struct world w;
	world_open(&w);
	allow(&w);
	deny(&w);
	wants(&w, TRUST_DENIED);
	mode(&w, "p", 0777);
	wants(&w, TRUST_DENIED);
	mode(&w, "p", 0755);
	put(&w.box, "p/.lumina.yaml", "label: x\n");
	wants(&w, TRUST_DENIED);
	allow(&w);
	wants(&w, TRUST_ALLOWED);
	world_close(&w);
}

static void test_another_place(void **state) {
	(void)state;
	struct world w;
	struct err err = {0};
	world_open(&w);
	allow(&w);
	/* a copy, a project inside, a project around */
	put_folder(&w.box, "q");
	put(&w.box, "q/.lumina.yaml", "env: {A: b}\n");
	assert_int_equal(look_at(&w, at(&w.box, "q"), NULL), TRUST_NONE);
	put_folder(&w.box, "p/in");
	put(&w.box, "p/in/.lumina.yaml", "env: {A: b}\n");
	assert_int_equal(look_at(&w, at(&w.box, "p/in"), NULL), TRUST_NONE);
	put(&w.box, ".lumina.yaml", "env: {A: b}\n");
	assert_int_equal(look_at(&w, w.box.path, NULL), TRUST_NONE);
	/* another folder under the name that was allowed, with another file that is used */
	assert_int_equal(rename(w.root, at(&w.box, "away")), 0);
	assert_int_equal(rename(at(&w.box, "q"), w.root), 0);
	put(&w.box, "p/.env", "EVIL=1\n");
	wants(&w, TRUST_CHANGED);
	assert_int_equal(look_at(&w, at(&w.box, "away"), NULL), TRUST_NONE);
	/* a path through a link is none */
	put_link(&w.box, "link", "p");
	trust_close(&w.project);
	assert_int_equal(trust_open(&w.project, at(&w.box, "link"), geteuid(), &w.box.arena, &err),
			-1);
	err_release(&err);
	assert_int_equal(trust_open(&w.project, at(&w.box, "none"), geteuid(), &w.box.arena, &err),
			-1);
	err_release(&err);
	world_close(&w);
}

static void test_the_place_is_bound(void **state) {
	(void)state;
	struct world w;
	struct trust_record record;
	struct err err = {0};
	const char *why = NULL, *aside;
	world_open(&w);
	allow(&w);
	wants(&w, TRUST_ALLOWED);
	static const struct {
		int owner, device, volume;
		enum trust want;
	} rows[] = {
		{1, 0, 0, TRUST_CHANGED},
		{0, 1, 0, TRUST_ALLOWED}, /* renumbered: the file system is the same */
		{0, 0, 1, TRUST_ALLOWED},
		{0, 1, 1, TRUST_CHANGED},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		allow(&w);
		assert_int_equal(trust_record_load(&record, w.state, w.root, geteuid(),
						  &w.box.arena, &why), TRUST_STORED);
		if (record.volume == 0) {
			continue; /* this file system has no id */
		}
		record.owner += (unsigned)rows[i].owner;
		record.device += (unsigned)rows[i].device;
		record.volume += (unsigned)rows[i].volume;
		assert_int_equal(trust_record_save(&record, w.state, geteuid(), &w.box.arena, &aside,
						  &err), 0);
		enum trust got = look(&w);
		check(got == rows[i].want, "row %zu: %s", i, trust_name(got));
	}
	world_close(&w);
}

/* --- what can't be allowed ----------------------------------------------------------------- */

static void check_unfit(struct world *w, const char *row, const char *part) {
	struct trust_files files;
	struct err err = {0};
	static const char *const names[] = {".env", "sub/in/.env", NULL};
	reopen(w, w->root);
	check(trust_read(&w->project, names, &files, &err) < 0, "%s: taken", row);
	check(err.kind == ERR_REFUSED && strstr(err.text, part) != NULL, "%s: %s", row, err.text);
	err_release(&err);
	enum trust got = look(w);
	check(got == TRUST_UNFIT, "%s: %s", row, trust_name(got));
	check(strstr(w->project.why, part) != NULL, "%s: %s", row, w->project.why);
}

static void test_unfit(void **state) {
	(void)state;
	static const char *const names[] = {".env", "sub/in/.env", NULL};
	static const char *const parts[] = {"p", "p/.lumina.yaml", "p/.env", "p/sub", "p/sub/in",
			"p/sub/in/.env"};
	static const mode_t modes[] = {0020, 0002, 0022, 01002};
	struct world w;
	world_open(&w);
	put_folder(&w.box, "p/sub");
	put_folder(&w.box, "p/sub/in");
	put(&w.box, "p/.env", "A=1\n");
	put(&w.box, "p/sub/in/.env", "B=1\n");
	allow_at(&w, w.root, names);
	wants(&w, TRUST_ALLOWED);
	for (size_t i = 0; i < COUNT(parts); i++) {
		mode_t bits = info_of(&w.box, parts[i]).st_mode & 0777;
		for (size_t j = 0; j < COUNT(modes); j++) {
			mode(&w, parts[i], bits | modes[j]);
			check_unfit(&w, parts[i], "can be written by others");
			check(strstr(w.project.hint, "chmod go-w '") == w.project.hint, "%s",
					w.project.hint);
			/* Which mission, and the label, need nobody's consent. */
			assert_true(w.project.project.bytes != NULL);
		}
		mode(&w, parts[i], bits);
		wants(&w, TRUST_ALLOWED);
		if (geteuid() == 0) {
			give_away(&w.box, parts[i]);
			check_unfit(&w, parts[i], "belongs to another user");
			assert_int_equal(chown(at(&w.box, parts[i]), 0, 0), 0);
			wants(&w, TRUST_ALLOWED);
		}
	}
	world_close(&w);
}

static void test_what_is_no_file(void **state) {
	(void)state;
	static const char *const files[] = {".lumina.yaml", ".env", "sub/in/.env"};
	static const char *const names[] = {".env", "sub/in/.env", NULL};
	struct world w;
	world_open(&w);
	put_folder(&w.box, "p/sub");
	put_folder(&w.box, "p/sub/in");
	put(&w.box, "same", "A=1\n");
	for (size_t i = 0; i < COUNT(files); i++) {
		put(&w.box, path_join("p", files[i], &w.box.arena), "A=1\n");
	}
	allow_at(&w, w.root, names);
	wants(&w, TRUST_ALLOWED);
	for (size_t i = 0; i < COUNT(files); i++) {
		const char *file = path_join("p", files[i], &w.box.arena);
		drop(&w, file);
		put_link(&w.box, file, at(&w.box, "same")); /* the same bytes */
		check_unfit(&w, file, "is a link");
		drop(&w, file);
		put_folder(&w.box, file);
		check_unfit(&w, file, "is no file");
		drop(&w, file);
		assert_int_equal(mkfifoat(w.box.dir, file, 0600), 0);
		check_unfit(&w, file, "is no file"); /* and doesn't wait for a writer */
		drop(&w, file);
		put_bytes(&w.box, file, "A=1\0B=2\n", 8);
		check_unfit(&w, file, "holds a NUL byte");
		put(&w.box, file, "");
		assert_int_equal(truncate(at(&w.box, file), TRUST_FILE_SIZE_MAX + 1), 0);
		check_unfit(&w, file, "is larger than a mebibyte");
		put(&w.box, file, "A=1\n");
		wants(&w, TRUST_ALLOWED);
	}
	/* a folder on the way that is a link, back into the project even */
	assert_int_equal(renameat(w.box.dir, "p/sub", w.box.dir, "p/real"), 0);
	put_link(&w.box, "p/sub", "real");
	check_unfit(&w, "sub", "is a link, or below a link");
	drop(&w, "p/sub");
	put(&w.box, "p/sub", "");
	check_unfit(&w, "sub", "or a file");
	world_close(&w);
}

static void test_names(void **state) {
	(void)state;
	static const char *const wrong[] = {"", "..", "../x", "a/../../x", "/etc/passwd", "./.env",
			"a//b", "a/", "."};
	struct world w;
	struct trust_files files;
	struct err err = {0};
	world_open(&w);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *names[] = {wrong[i], NULL};
		reopen(&w, w.root);
		check(trust_read(&w.project, names, &files, &err) < 0, "'%s' is taken", wrong[i]);
		check(strstr(err.text, "is no name below the project") != NULL, "%s", err.text);
		err_release(&err);
	}
	/* twice is once; too many are too many */
	const char *many[TRUST_FILES_MAX + 2] = {".env", ".env", ".lumina.yaml"};
	reopen(&w, w.root);
	assert_int_equal(trust_read(&w.project, many, &files, &err), 0);
	assert_int_equal(files.count, 2);
	for (size_t i = 0; i < COUNT(many) - 1; i++) {
		many[i] = arena_printf(&w.box.arena, "e%zu", i);
	}
	reopen(&w, w.root);
	assert_int_equal(trust_read(&w.project, many, &files, &err), -1);
	check(strstr(err.text, "more than 32 files") != NULL, "%s", err.text);
	err_release(&err);
	many[TRUST_FILES_MAX - 1] = NULL;
	allow_at(&w, w.root, many);
	wants(&w, TRUST_ALLOWED);
	world_close(&w);
}

/* --- races --------------------------------------------------------------------------------- */

static void test_what_was_shown_is_what_is_stored(void **state) {
	(void)state;
	struct world w;
	struct trust_files files;
	struct err err = {0};
	struct str bytes;
	world_open(&w);
	put(&w.box, "p/.env", "GOOD=1\n");
	reopen(&w, w.root);
	assert_int_equal(trust_read(&w.project, env_names, &files, &err), 0);
	/* while the person reads: written in place, and replaced */
	put(&w.box, "p/.env", "EVIL=1\n");
	assert_int_equal(unlinkat(w.box.dir, "p/.lumina.yaml", 0), 0);
	put(&w.box, "p/.lumina.yaml", "env: {EVIL: x}\n");
	save(&w, &files);
	wants(&w, TRUST_CHANGED);
	put(&w.box, "p/.env", "GOOD=1\n");
	wants(&w, TRUST_CHANGED);
	put(&w.box, "p/.lumina.yaml", "env: {A: b}\n");
	wants(&w, TRUST_ALLOWED);

	/* between opening and checking, and behind the check: the bytes read are what counts */
	reopen(&w, w.root);
	put(&w.box, "p/.lumina.yaml", "env: {EVIL: x}\n");
	assert_int_equal(trust_check(&w.project, w.state, NULL, &w.approved), TRUST_ALLOWED);
	put(&w.box, "p/.env", "EVIL=1\n");
	assert_true(approved_file(w.approved, ".lumina.yaml", &bytes) &&
			str_is(bytes, "env: {A: b}\n"));
	assert_true(approved_file(w.approved, ".env", &bytes) && str_is(bytes, "GOOD=1\n"));

	/* the folder is another by now: the open one counts */
	put(&w.box, "p/.env", "GOOD=1\n");
	put(&w.box, "p/.lumina.yaml", "env: {A: b}\n");
	reopen(&w, w.root);
	assert_int_equal(rename(w.root, at(&w.box, "away")), 0);
	put_folder(&w.box, "p");
	put(&w.box, "p/.env", "EVIL=1\n");
	assert_int_equal(trust_check(&w.project, w.state, NULL, &w.approved), TRUST_ALLOWED);
	assert_true(approved_file(w.approved, ".env", &bytes) && str_is(bytes, "GOOD=1\n"));
	world_close(&w);
}

/* --- a hostile store ----------------------------------------------------------------------- */

/* Nothing is trusted, the reason is there, and `lumina allow` mends it. */
static void check_mended(struct world *w, const char *row, const char *part) {
	enum trust got = look(w);
	check(got == TRUST_NONE, "%s: %s", row, trust_name(got));
	check(w->project.why != NULL && strstr(w->project.why, part) != NULL, "%s: %s", row,
			w->project.why != NULL ? w->project.why : "nothing is said");
	allow(w);
	got = look(w);
	check(got == TRUST_ALLOWED, "%s, mended: %s", row, trust_name(got));
}

static void test_hostile_records(void **state) {
	(void)state;
	struct world w;
	world_open(&w);
	allow(&w);
	const char *name = record_name(&w);
	const char *copy = at(&w.box, "copy");
	put(&w.box, name, "");
	check_mended(&w, "empty", "damaged");
	put(&w.box, name, "garbage\n");
	check_mended(&w, "garbage", "damaged");
	put_bytes(&w.box, name, "\0\0\0\0", 4);
	check_mended(&w, "zeroes", "damaged");
	static const mode_t modes[] = {0666, 0644, 0660, 0602, 0601};
	for (size_t i = 0; i < COUNT(modes); i++) {
		mode(&w, name, modes[i]);
		check_mended(&w, "mode", "open to others");
		assert_int_equal(info_of(&w.box, name).st_mode & 07777, 0600);
	}
	assert_int_equal(rename(at(&w.box, name), copy), 0);
	put_link(&w.box, name, copy);
	check_mended(&w, "link", "is a link");
	assert_true(S_ISREG(info_of(&w.box, "copy").st_mode));
	drop(&w, name);
	put_link(&w.box, name, "nowhere");
	check_mended(&w, "dangling link", "is a link");
	drop(&w, name);
	assert_int_equal(mkfifoat(w.box.dir, name, 0600), 0);
	check_mended(&w, "pipe", "cannot read");
	if (geteuid() == 0) {
		give_away(&w.box, name);
		check_mended(&w, "another's", "belongs to another user");
	}
	/* a later Lumina's */
	struct buf buf = BUF_INIT;
	buf_adds(&buf, "lumina trust 2\n");
	record_end(&buf);
	put(&w.box, name, buf.data);
	check_mended(&w, "newer", "newer Lumina");
	buf_release(&buf);
	world_close(&w);
}

/* Two paths with the same hash: neither has the other's consent, or overwrites it. */
static void test_a_record_of_another_project(void **state) {
	(void)state;
	struct world w;
	struct err err = {0};
	struct trust_files files;
	const char *aside, *q;
	world_open(&w);
	allow(&w);
	const char *mine = record_name(&w);
	assert_int_equal(rename(at(&w.box, mine), at(&w.box, "copy")), 0);
	put_folder(&w.box, "q");
	q = at(&w.box, "q");
	allow_at(&w, q, NULL);
	const char *theirs = record_name(&w);
	assert_int_equal(rename(at(&w.box, "copy"), at(&w.box, theirs)), 0);
	assert_int_equal(look_at(&w, q, NULL), TRUST_NONE);
	assert_int_equal(trust_read(&w.project, NULL, &files, &err), 0);
	assert_int_equal(trust_allow(&w.project, &files, 1, w.state, &aside, &err), -1);
	check(strstr(err.text, "is taken by the project") != NULL, "%s", err.text);
	err_release(&err);
	bool was;
	assert_int_equal(trust_record_remove(w.state, q, geteuid(), &w.box.arena, &was, &err), 0);
	assert_false(was);
	world_close(&w);
}

static void test_hostile_folder(void **state) {
	(void)state;
	struct world w;
	world_open(&w);
	allow(&w);
	static const mode_t modes[] = {0777, 0755, 0710, 01777};
	for (size_t i = 0; i < COUNT(modes); i++) {
		mode(&w, "state/trust", modes[i]);
		check_mended(&w, "mode", "open to others");
		assert_int_equal(info_of(&w.box, "state/trust").st_mode & 07777, 0700);
	}
	assert_int_equal(renameat(w.box.dir, "state/trust", w.box.dir, "moved"), 0);
	put_link(&w.box, "state/trust", at(&w.box, "moved"));
	check_mended(&w, "link", "is a link");
	check_text("link", what(&w.box, "state/trust.damaged"),
			arena_printf(&w.box.arena, "-> %s", at(&w.box, "moved")));
	assert_int_equal(renameat(w.box.dir, "state/trust", w.box.dir, "moved again"), 0);
	put(&w.box, "state/trust", "a file");
	check_mended(&w, "file", "is a link, or no folder");
	check_text("file", what(&w.box, "state/trust.damaged-1"), "a file");
	if (geteuid() == 0) {
		give_away(&w.box, "state/trust");
		check_mended(&w, "another's", "belongs to another user");
		check_text("folder", what(&w.box, "state/trust.damaged-2"), "/");
	}
	world_close(&w);
}

/* --- list and revoke ----------------------------------------------------------------------- */

static void test_list_and_remove(void **state) {
	(void)state;
	struct world w;
	struct trust_records records;
	struct err err = {0};
	bool was = true;
	world_open(&w);
	struct arena *arena = &w.box.arena;
	assert_int_equal(trust_records_list(&records, w.state, geteuid(), arena, &err), 0);
	assert_true(records.count == 0 && records.damaged.count == 0);
	assert_int_equal(trust_record_remove(w.state, w.root, geteuid(), arena, &was, &err), 0);
	assert_false(was);
	check_text("store", what(&w.box, "state"), "");

	allow(&w);
	put_folder(&w.box, "a");
	allow_at(&w, at(&w.box, "a"), NULL);
	put(&w.box, "state/trust/0123456789abcdef", "garbage");
	put(&w.box, "state/trust/README", "no record");
	assert_int_equal(trust_records_list(&records, w.state, geteuid(), arena, &err), 0);
	assert_int_equal(records.count, 2);
	check_text("first", records.items[0].path, at(&w.box, "a"));
	check_text("second", records.items[1].path, w.root);
	assert_true(!records.items[1].denied && records.items[1].time == 12);
	assert_int_equal(records.items[1].files.count, 2);
	check_text("name", records.items[1].files.items[1].name, ".env");
	assert_int_equal(records.damaged.count, 1);
	trust_records_release(&records);

	assert_int_equal(trust_record_remove(w.state, w.root, geteuid(), arena, &was, &err), 0);
	assert_true(was);
	wants(&w, TRUST_NONE);
	assert_int_equal(look_at(&w, at(&w.box, "a"), NULL), TRUST_ALLOWED);
	/* a damaged one, too */
	allow(&w);
	assert_int_equal(trust_record_remove(w.state, at(&w.box, "a"), geteuid(), arena, &was,
					  &err), 0);
	drop(&w, "state/trust/0123456789abcdef");
	drop(&w, "state/trust/README");
	put(&w.box, record_name(&w), "garbage");
	wants(&w, TRUST_NONE);
	assert_int_equal(trust_record_remove(w.state, w.root, geteuid(), arena, &was, &err), 0);
	assert_true(was);
	world_close(&w);
}

/* --- records ------------------------------------------------------------------------------- */

static enum record_state parse_once(char *bytes, size_t size) {
	struct trust_record record;
	return trust_record_parse(&record, bytes, size);
}

static struct trust_record example(void) {
	return (struct trust_record){
		.path = "/home/u/a\tb\n\xff",
		.time = 1795424406,
		.owner = 1000,
		.device = 64769,
		.volume = UINT64_MAX,
		.files = {
			.items = {
				{".lumina.yaml", "env:\n  A: \"\\t\"\r\n\x1b[2A\x7f\xff", 24},
				{".env", NULL, 0},
				{"sub/-", "-", 1},
				{"empty", "", 0},
			},
			.count = 4,
		},
	};
}

static void test_record(void **state) {
	(void)state;
	struct trust_record record = example(), again;
	record.files.items[0].size = strlen(record.files.items[0].bytes);
	struct buf buf = BUF_INIT;
	trust_record_format(&record, &buf);
	char *bytes = exact_copy(buf.data, buf.len);
	assert_int_equal(trust_record_parse(&again, bytes, buf.len), RECORD_GOOD);
	check_text("path", again.path, record.path);
	assert_true(!again.denied && again.time == record.time && again.owner == record.owner);
	assert_true(again.device == record.device && again.volume == record.volume);
	assert_int_equal(again.files.count, record.files.count);
	for (size_t i = 0; i < record.files.count; i++) {
		const struct trust_file *a = &record.files.items[i], *b = &again.files.items[i];
		check_text("name", b->name, a->name);
		check_text("bytes", b->bytes, a->bytes);
		assert_int_equal(b->size, a->size);
	}
	free(bytes);
	buf_release(&buf);
}

static void test_damage(void **state) {
	(void)state;
	struct trust_record record = example();
	struct buf buf = BUF_INIT;
	trust_record_format(&record, &buf);
	check_damage(&buf, parse_once);
	record.denied = true;
	buf_clear(&buf);
	trust_record_format(&record, &buf);
	check_damage(&buf, parse_once);
	buf_release(&buf);
}

/* Lines that no Lumina writes, under a checksum that fits. */
static void test_forms(void **state) {
	(void)state;
#define HEAD  "project\t/p\tallowed\t1\n"
#define PLACE "place\t1\t2\t3\n"
#define FILE_ "file\t.lumina.yaml\tx\n"
	static const struct {
		const char *lines;
		enum record_state want;
	} rows[] = {
		{HEAD PLACE FILE_, RECORD_GOOD},
		{HEAD PLACE "file\t.lumina.yaml\t-\n", RECORD_GOOD},
		{HEAD PLACE FILE_ "file\t.env\t\n", RECORD_GOOD},
		{"project\t/p\tdenied\t1\n", RECORD_GOOD},
		{"", RECORD_DAMAGED},
		{HEAD, RECORD_DAMAGED},
		{HEAD PLACE, RECORD_DAMAGED},
		{HEAD FILE_, RECORD_DAMAGED},
		{PLACE HEAD FILE_, RECORD_DAMAGED},
		{FILE_, RECORD_DAMAGED},
		{HEAD PLACE FILE_ FILE_, RECORD_DAMAGED},
		{HEAD PLACE FILE_ "file\ta\tx\nfile\ta\ty\n", RECORD_DAMAGED},
		{HEAD PLACE "file\t.env\tx\n", RECORD_DAMAGED},
		{HEAD PLACE "file\t.env\tx\n" FILE_, RECORD_DAMAGED},
		{HEAD PLACE FILE_ "file\t.env\n", RECORD_DAMAGED},
		{HEAD PLACE FILE_ "file\t-\tx\n", RECORD_DAMAGED},
		{HEAD PLACE FILE_ "file\t.env\tx\ty\n", RECORD_DAMAGED},
		{HEAD PLACE FILE_ "other\t.env\tx\n", RECORD_DAMAGED},
		{HEAD PLACE FILE_ "\n", RECORD_DAMAGED},
		{HEAD PLACE FILE_ "file\t.env\tx", RECORD_DAMAGED},
		{HEAD PLACE FILE_ "file\t.env\t\\x00\n", RECORD_DAMAGED},
		{HEAD PLACE FILE_ "file\t.env\t\\q\n", RECORD_DAMAGED},
		{HEAD PLACE FILE_ HEAD, RECORD_DAMAGED},
		{"project\t/p\tdenied\t1\n" PLACE FILE_, RECORD_DAMAGED},
		{"project\t/p\tdenied\t1\n" FILE_, RECORD_DAMAGED},
		{"project\tp\tdenied\t1\n", RECORD_DAMAGED},
		{"project\t\tdenied\t1\n", RECORD_DAMAGED},
		{"project\t-\tdenied\t1\n", RECORD_DAMAGED},
		{"project\t/p\tdenied\n", RECORD_DAMAGED},
		{"project\t/p\tdenied\tx\n", RECORD_DAMAGED},
		{"project\t/p\t-\t1\n" PLACE FILE_, RECORD_DAMAGED},
		{"project\t/p\tAllowed\t1\n" PLACE FILE_, RECORD_DAMAGED},
		{"project\t/p\tallowed\t1\t2\n" PLACE FILE_, RECORD_DAMAGED},
		{HEAD "place\t1\t2\n" FILE_, RECORD_DAMAGED},
		{HEAD "place\t1\t2\t-3\n" FILE_, RECORD_DAMAGED},
		{HEAD "place\t1\t2\t99999999999999999999\n" FILE_, RECORD_DAMAGED},
	};
	struct buf body = BUF_INIT, buf = BUF_INIT;
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_clear(&body);
		buf_addf(&body, "lumina trust 1\n%s", rows[i].lines);
		seal(&buf, body.data, body.len);
		char *bytes = exact_copy(buf.data, buf.len);
		enum record_state got = parse_once(bytes, buf.len);
		check(got == rows[i].want, "'%s': %d", rows[i].lines, (int)got);
		free(bytes);
	}
	/* a NUL in a line would hide what is behind it from the comparison */
	static const char nul[] = "lumina trust 1\n" HEAD PLACE "file\t.lumina.yaml\tx\0y\n";
	seal(&buf, nul, sizeof(nul) - 1);
	assert_int_equal(parse_once(buf.data, buf.len), RECORD_DAMAGED);
	/* too many files */
	buf_clear(&body);
	buf_adds(&body, "lumina trust 1\n" HEAD PLACE FILE_);
	for (int i = 1; i <= TRUST_FILES_MAX; i++) {
		seal(&buf, body.data, body.len);
		assert_int_equal(parse_once(buf.data, buf.len), RECORD_GOOD);
		buf_addf(&body, "file\te%d\tx\n", i);
	}
	seal(&buf, body.data, body.len);
	assert_int_equal(parse_once(buf.data, buf.len), RECORD_DAMAGED);
	buf_release(&body);
	buf_release(&buf);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allow_and_change),
		cmocka_unit_test(test_absent_files_are_bound),
		cmocka_unit_test(test_files_that_nobody_was_shown),
		cmocka_unit_test(test_deny_wins_and_allow_lifts_it),
		cmocka_unit_test(test_another_place),
		cmocka_unit_test(test_the_place_is_bound),
		cmocka_unit_test(test_unfit),
		cmocka_unit_test(test_what_is_no_file),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_what_was_shown_is_what_is_stored),
		cmocka_unit_test(test_hostile_records),
		cmocka_unit_test(test_a_record_of_another_project),
		cmocka_unit_test(test_hostile_folder),
		cmocka_unit_test(test_list_and_remove),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_forms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
