/* SPDX-License-Identifier: MIT */
#include "missions.h"
#include "sandbox.h"

#include "flow/project_parts.h"

struct read {
	struct arena arena;
	struct diags diags;
	struct source source;
	struct project project;
	int result;
};

static void read_file(struct read *read, const char *bytes, size_t size, bool allowed) {
	*read = (struct read){.source = source_of(bytes, size)};
	read->source.path = "/src/shop/.lumina.yaml";
	read->source.name = ".lumina.yaml";
	arena_init(&read->arena);
	read->diags.arena = &read->arena;
	read->result = project_parse(&read->project, &read->source, allowed, &read->arena,
			&read->diags);
	assert_true((read->result == 0) == (read->diags.count == 0));
}

static void release(struct read *read) {
	source_release(&read->source);
	arena_release(&read->arena);
}

static const char *text_of(const struct project *project, struct arena *arena) {
	struct buf out = BUF_INIT;
	buf_addf(&out, "%s %s%s\n", project->mission != NULL ? project->mission : "-",
			project->label != NULL ? project->label : "-",
			project->needs_consent ? " more" : "");
	if (project->consented != NULL) {
		add_mission(&out, project->consented);
	}
	const char *text = arena_strndup(arena, out.data, out.len);
	buf_release(&out);
	return text;
}

static const char full[] = "mission: web\n"
			   "label: the shop\n"
			   "env: {NODE_ENV: test, GREETING: 'a b'}\n"
			   "path: [node_modules/.bin, .]\n"
			   "dotenv: [.env]\n"
			   "direnv: false\n"
			   "nix: develop\n"
			   "hyprland: {layout: master, gaps_in: [1, 2]}\n"
			   "waybar: {show: [network], hide: [mpris]}\n";

#define FULL_CONSENTED                                                                           \
	"- env=NODE_ENV:test,GREETING:a b path=node_modules/.bin,. dotenv=.env direnv=0 "        \
	"nix=develop hyprland=layout:master,gaps_in:1 2 show=network hide=mpris\n"

static void test_halves(void **state) {
	(void)state;
	static const struct {
		const char *text, *harmless, *allowed;
	} rows[] = {
		{"", "- -\n", "- -\n"},
		{"# nothing\n", "- -\n", "- -\n"},
		{"{}", "- -\n", "- -\n"},
		{"mission:\nlabel:\n", "- -\n", "- -\n"},
		{"mission: web\n", "web -\n", "web -\n"},
		{"label: x\n", "- x\n", "- x\n"},
		{"env:\n", "- - more\n", "- - more\n-\n"},
		{full, "web the shop more\n", "web the shop more\n" FULL_CONSENTED},
		{"\xef\xbb\xbfmission: web\r\ndirenv: true\r\n", "web - more\n",
				"web - more\n- direnv=1\n"},
		{"path: [./~x]\n", "- - more\n", "- - more\n- path=./~x\n"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (int allowed = 0; allowed < 2; allowed++) {
			struct read read;
			read_file(&read, rows[i].text, strlen(rows[i].text), allowed);
			check(read.result == 0, "%s: %s", rows[i].text, read.diags.first->text);
			assert_true(allowed || read.project.consented == NULL);
			check_text(rows[i].text, text_of(&read.project, &read.arena),
					allowed ? rows[i].allowed : rows[i].harmless);
			release(&read);
		}
	}
}

/* Wrong with or without consent, and nothing of it is used. */
static void test_wrong(void **state) {
	(void)state;
	static const struct {
		const char *text, *complaint;
	} rows[] = {
		{"mission: web\ntrusted_paths: [/]\n", "2:1: unknown key 'trusted_paths' in a project's file"},
		{"mission: web\nallow: true\n", "unknown key 'allow'"},
		{"mission: web\ndeadline: 10\n", "unknown key 'deadline'"},
		{"mission: web\nlabl: x\n", "did you mean 'label'?"},
		{"mission: web\nwhen: [x]\n", "unknown key 'when'"},
		{"mission: web\nin: [/]\n", "unknown key 'in'"},
		{"mission: web\nmissions: {web: {}}\n", "unknown key 'missions'"},
		{"mission: web\ninclude: [a]\n", "unknown key 'include'"},
		{"mission: web\nsymlinks: {~/.a: b}\n", "unknown key 'symlinks'"},
		{"mission: web\nhosts: {}\n", "unknown key 'hosts'"},
		{"mission: ../web\n", "is no name"},
		{"mission: [web]\n", "expected a name, not a list"},
		{"mission: web\nmission: x\n", "duplicate key 'mission'"},
		{"label: \"a\\e[2Jb\"\n", "holds control characters or invisible ones"},
		{"label: \"a\\u202eb\"\n", "holds control characters or invisible ones"},
		{"label: 01234567890123456789012345678901234567890123456789012345678901234\n",
				"is wider than 64 columns"},
		{"- mission\n", "expected a map, not a list"},
		{"web\n", "expected a map, not a text"},
		{"mission: web\n---\nlabel: x\n", "one YAML document"},
		{"mission: !!str web\n", "tags are not supported"},
		{"mission: [\n", "not valid YAML"},
		{"? [a]\n: b\n", "a key must be text"},
		{"<<: {mission: web}\n", "merge keys"},
		{"mission: \xff\n", "not UTF-8"},
		{"%YAML 1.2\n---\nmission: web\n", "directives (%) are not supported"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (int allowed = 0; allowed < 2; allowed++) {
			struct read read;
			read_file(&read, rows[i].text, strlen(rows[i].text), allowed);
			check(read.result < 0, "%s: taken", rows[i].text);
			const char *all = diags_text(&read.diags, &read.arena);
			check(strstr(all, rows[i].complaint) != NULL, "%s: %s", rows[i].text, all);
			check_text("nothing is used", text_of(&read.project, &read.arena), "- -\n");
			release(&read);
		}
	}
}

/* Not looked at without consent; with it, stricter than the person's own registry. */
static void test_wrong_with_consent(void **state) {
	(void)state;
	static const struct {
		const char *text, *complaint;
	} rows[] = {
		{"env: {LD_PRELOAD: x}\n", "variable 'LD_PRELOAD' would run code"},
		{"env: {PATH: x}\n", "is set by 'path:' only"},
		{"env: {NODE_OPTIONS: x}\n", "from your own registry only"},
		{"env: {GIT_SSH_COMMAND: x}\n", "from your own registry only"},
		{"env: {'a[$(id)]': x}\n", "is no name of a variable"},
		{"env: [a]\n", "expected a map of texts"},
		{"path: [/bin]\n", "relative to the project's root"},
		{"path: [~/bin]\n", "relative to the project's root"},
		{"path: [$HOME/bin]\n", "relative to the project's root"},
		{"path: ['']\n", "relative to the project's root"},
		{"path: [a/../../b]\n", "leads out of the project"},
		{"path: ['a:/evil']\n", "holds a ':'"},
		{"dotenv: [../.env]\n", "leads out of the project"},
		{"dotenv: [/etc/x]\n", "relative to the project's root"},
		{"nix: shell\n", "takes 'develop' only"},
		{"hyprland: {layout: 'a; exec b'}\n", "no name of a layout"},
		{"hyprland: {on_created_empty: x}\n", "unknown key 'on_created_empty'"},
		{"waybar: {show: ['a{}']}\n", "no name of a module"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct read read;
		read_file(&read, rows[i].text, strlen(rows[i].text), false);
		check(read.result == 0, "%s: %s", rows[i].text, read.diags.first->text);
		check_text(rows[i].text, text_of(&read.project, &read.arena), "- - more\n");
		release(&read);
		read_file(&read, rows[i].text, strlen(rows[i].text), true);
		check(read.result < 0, "%s: taken", rows[i].text);
		const char *all = diags_text(&read.diags, &read.arena);
		check(strstr(all, rows[i].complaint) != NULL, "%s: %s", rows[i].text, all);
		check_text("nothing is used", text_of(&read.project, &read.arena), "- -\n");
		release(&read);
	}
}

static void check_large(const char *head, const char *each, size_t count, const char *complaint) {
	struct read read;
	struct buf text = BUF_INIT;
	buf_adds(&text, head);
	for (size_t i = 0; i < count; i++) {
		for (const char *p = each; *p != '\0'; p++) {
			if (*p == '#') {
				buf_addf(&text, "%zu", i);
			} else {
				buf_addc(&text, *p);
			}
		}
	}
	read_file(&read, text.data, text.len, true);
	check(read.result < 0, "%s%s: taken", head, each);
	const char *all = diags_text(&read.diags, &read.arena);
	check(strstr(all, complaint) != NULL, "%s%s: %s", head, each, all);
	assert_true(read.diags.count <= 21);
	release(&read);
	buf_release(&text);
}

static void test_limits(void **state) {
	(void)state;
	check_large("", "#", PROJECT_SIZE_MAX, "larger than 64 KiB");
	check_large("a: ", "[", 100, "nested deeper than 64 levels");
	check_large("env:\n", "  A#: b\n", 1100, "has more than 1024 entries");
	check_large("path:\n", "- a#\n", 300, "has more than 256 entries");
	check_large("", "k#: v\n", 5000, "unknown key 'k0'");
	check_large("", "k#: [\n", 5000, "nested deeper than 64 levels");
	struct buf head = BUF_INIT;
	buf_adds(&head, "env:\n  A: &a ");
	for (int i = 0; i < 30000; i++) {
		buf_addc(&head, 'x');
	}
	buf_addc(&head, '\n');
	check_large(head.data, "  A#: *a\n", 100, "hold more than 256 KiB of text");
	buf_release(&head);
	check_large("env:\n  A: &a [b, b, b, b, b, b, b, b, b]\n  B: &b [*a, *a, *a, *a, *a, *a, *a]\n"
		    "  C: &c [*b, *b, *b, *b, *b, *b, *b]\n  D: &d [*c, *c, *c, *c, *c, *c, *c]\n"
		    "  E: &e [*d, *d, *d, *d, *d, *d, *d]\n  F: &f [*e, *e, *e, *e, *e, *e, *e]\n",
			"  G#: *f\n", 10, "aliases expand this file");
}

/* Every length of a file, and every byte another one: whatever comes out, it is whole. */
static void test_damage(void **state) {
	(void)state;
	const size_t size = strlen(full);
	for (size_t n = 0; n <= size; n++) {
		struct read read;
		char *copy = malloc(n + 1);
		assert_true(copy != NULL);
		memcpy(copy, full, n);
		copy[n] = '\0';
		read_file(&read, copy, n, n % 2 == 0);
		(void)text_of(&read.project, &read.arena);
		release(&read);
		for (int k = 0; k < 8 && n < size; k++) {
			char *changed = malloc(size + 1);
			assert_true(changed != NULL);
			memcpy(changed, full, size + 1);
			changed[n] = (char)(changed[n] ^ (1 << k));
			read_file(&read, changed, size, true);
			(void)text_of(&read.project, &read.arena);
			release(&read);
			free(changed);
		}
		free(copy);
	}
}

/* --- what is kept -------------------------------------------------------------------------- */

static const char *load(struct sandbox *sandbox, const char *text, const struct approved *approved,
		int *ret_result) {
	const struct facts facts = {.cache = at(sandbox, "cache"), .uid = geteuid()};
	struct source source = source_of(text, strlen(text));
	struct project project;
	source.path = at(sandbox, "shop/.lumina.yaml");
	*ret_result = project_load(&project, &source, approved, &facts, &sandbox->arena, NULL);
	assert_true(approved != NULL || project.consented == NULL);
	source_release(&source);
	return text_of(&project, &sandbox->arena);
}

/* The person's consent to that text; later ones don't take it back. */
static const struct approved *consent(struct sandbox *sandbox, const char *text) {
	const char *state = at(sandbox, "state"), *aside;
	const struct approved *approved = NULL;
	struct trust_root root;
	struct trust_files files;
	struct err err = {0};
	if (faccessat(sandbox->dir, "shop", F_OK, 0) < 0) {
		assert_int_equal(mkdirat(sandbox->dir, "shop", 0700), 0);
		assert_int_equal(mkdirat(sandbox->dir, "state", 0700), 0);
	}
	put_bytes(sandbox, "shop/.lumina.yaml", text, strlen(text));
	assert_int_equal(fchmodat(sandbox->dir, "shop/.lumina.yaml", 0600, 0), 0);
	assert_int_equal(trust_open(&root, at(sandbox, "shop"), geteuid(), &sandbox->arena, &err), 0);
	assert_int_equal(trust_read(&root, NULL, &files, &err), 0);
	assert_int_equal(trust_allow(&root, &files, 1, state, &aside, &err), 0);
	assert_int_equal(trust_check(&root, state, NULL, &approved), TRUST_ALLOWED);
	trust_close(&root);
	return approved;
}

static const char *slot(struct sandbox *sandbox) {
	const char *found = NULL;
	char name[32];
	for (unsigned i = 0; i <= 0xfff; i++) {
		(void)snprintf(name, sizeof(name), "cache/projects/%03x", i);
		if (faccessat(sandbox->dir, name, F_OK, 0) == 0) {
			assert_true(found == NULL);
			found = arena_strdup(&sandbox->arena, name);
		}
	}
	return found;
}

static ino_t inode(struct sandbox *sandbox, const char *name) {
	return info_of(sandbox, name).st_ino;
}

static void test_kept(void **state) {
	(void)state;
	struct sandbox sandbox;
	int result;
	sandbox_open(&sandbox);
	static const char harmless[] = "web the shop more\n";
	static const char all[] = "web the shop more\n" FULL_CONSENTED;
	const struct approved *approved = consent(&sandbox, full);
	check_text("first", load(&sandbox, full, NULL, &result), harmless);
	const char *name = slot(&sandbox);
	ino_t first = inode(&sandbox, name);
	assert_int_equal(info_of(&sandbox, name).st_mode & 07777, 0600);
	check_text("again", load(&sandbox, full, NULL, &result), harmless);
	assert_true(inode(&sandbox, name) == first);
	/* Consent: what was read without isn't enough. */
	check_text("allowed", load(&sandbox, full, approved, &result), all);
	ino_t second = inode(&sandbox, name);
	assert_true(second != first);
	check_text("allowed again", load(&sandbox, full, approved, &result), all);
	/* Taken back: the second half is kept, and not given out. */
	check_text("no longer", load(&sandbox, full, NULL, &result), harmless);
	assert_true(inode(&sandbox, name) == second);
	/* Another byte. */
	const char *other = arena_printf(&sandbox.arena, "%s#", full);
	check_text("other", load(&sandbox, other, NULL, &result), harmless);
	assert_true(inode(&sandbox, name) != second);
	/* Wrong files are kept as such. */
	static const char wrong[] = "mission: web\nnonsense: x\n";
	check_text("wrong", load(&sandbox, wrong, NULL, &result), "- -\n");
	assert_int_equal(result, -1);
	ino_t third = inode(&sandbox, name);
	check_text("wrong again", load(&sandbox, wrong, consent(&sandbox, wrong), &result), "- -\n");
	assert_int_equal(result, -1);
	assert_true(inode(&sandbox, name) == third);
	/* Wrong in what needs consent only. */
	static const char half[] = "mission: web\nenv: {PATH: x}\n";
	check_text("half", load(&sandbox, half, consent(&sandbox, half), &result), "- -\n");
	assert_int_equal(result, -1);
	check_text("half", load(&sandbox, half, NULL, &result), "web - more\n");
	assert_int_equal(result, 0);
	/* Consent to other bytes. */
	check_text("another's", load(&sandbox, half, approved, &result), "web - more\n");
	check_text("another's", load(&sandbox, other, approved, &result), harmless);
	sandbox_close(&sandbox);
}

/* A kept file that was tampered with or belongs to another path is no answer. */
static void test_kept_damage(void **state) {
	(void)state;
	struct sandbox sandbox;
	int result;
	sandbox_open(&sandbox);
	const struct approved *approved = consent(&sandbox, full);
	(void)load(&sandbox, full, approved, &result);
	const char *name = slot(&sandbox);
	struct stat info = info_of(&sandbox, name);
	size_t size = (size_t)info.st_size;
	char *bytes = malloc(size);
	FILE *file = fopen(at(&sandbox, name), "r");
	assert_true(bytes != NULL && file != NULL);
	assert_int_equal(fread(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	static const char other[] = "mission: bus\nlabel: the shop\n";
	for (size_t i = 0; i < size; i += i < 48 ? 1 : 5) {
		char before = bytes[i];
		bytes[i] = (char)(before ^ 0x01);
		put_bytes(&sandbox, name, bytes, size);
		assert_int_equal(fchmodat(sandbox.dir, name, 0600, 0), 0);
		check_text("flipped", load(&sandbox, full, approved, &result),
				"web the shop more\n" FULL_CONSENTED);
		bytes[i] = before;
		put_bytes(&sandbox, name, bytes, i);
		check_text("shortened", load(&sandbox, full, NULL, &result), "web the shop more\n");
		put_bytes(&sandbox, name, bytes, size);
		check_text("another file", load(&sandbox, other, NULL, &result), "bus the shop\n");
	}
	put_bytes(&sandbox, name, bytes, size);
	assert_int_equal(fchmodat(sandbox.dir, name, 0622, 0), 0);
	check_text("open to all", load(&sandbox, full, approved, &result),
			"web the shop more\n" FULL_CONSENTED);
	assert_int_equal(info_of(&sandbox, name).st_mode & 07777, 0600);
	free(bytes);
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_halves),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_wrong_with_consent),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_kept_damage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
