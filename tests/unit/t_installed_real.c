/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include "base/vec.h"
#include "state/installed.h"
#include "sys/proc.h"

/* The same databases, read by us and by the real pacman, where it is installed. */
#define REAL "/usr/bin/pacman"

enum { ROUNDS = 12, PACKAGES_MAX = 40 };

static uint32_t next_random(uint32_t *seed) {
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

#define PICK(seed, table) ((table)[next_random(seed) % COUNT(table)])

static const char *const words[] = {"a", "ab", "b-c", "lib32", "python", "x.so", "g++", "n_1", "q@2"};
static const char *const versions[] = {"1-1", "1:2.0-1", "2.0_rc1-3.1", "r1.g0abc-1", "1+2-1"};
static const char *const suffixes[] = {"", "=1", "=1:2-3", ">=2", "<3", ">1", "<=2", ": for it",
		"=1: with: it"};

static const char *a_name(uint32_t *seed, struct arena *arena) {
	const char *one = PICK(seed, words), *other = PICK(seed, words);
	return next_random(seed) % 2 ? one : arena_printf(arena, "%s-%s", one, other);
}

static void add_list(struct buf *buf, const char *key, uint32_t *seed, struct arena *arena) {
	if (next_random(seed) % 2) {
		return;
	}
	buf_addf(buf, "%%%s%%\n", key);
	for (uint32_t n = next_random(seed) % 4; n > 0; n--) {
		buf_addf(buf, "%s%s\n", a_name(seed, arena), PICK(seed, suffixes));
	}
	buf_addc(buf, '\n');
}

static void add_desc(struct buf *buf, const char *name, const char *version, uint32_t *seed,
		struct arena *arena) {
	static const char *const odd[] = {"", "", "", "%FOO%\nbar\n\n", "%DESC%\n%REASON%\n1\n\n",
			"text\n\n", "%GROUPS%\n", "%PROVIDES%\nab\n\n", "%REASON%\n0\n\n%REASON%\n1\n\n"};
	buf_addf(buf, "%%NAME%%\n%s\n\n%%VERSION%%\n%s\n\n%s", name, version, PICK(seed, odd));
	if (next_random(seed) % 2) {
		buf_addf(buf, "%%REASON%%\n%u\n\n", next_random(seed) % 2);
	}
	add_list(buf, "DEPENDS", seed, arena);
	add_list(buf, "OPTDEPENDS", seed, arena);
	add_list(buf, "PROVIDES", seed, arena);
	buf_adds(buf, PICK(seed, odd));
}

static void make_database(struct sandbox *sandbox, const char *db, uint32_t *seed) {
	const char *local = path_join(db, "local", &sandbox->arena);
	struct buf buf = BUF_INIT;
	put_folder(sandbox, db);
	put_folder(sandbox, local);
	put(sandbox, path_join(local, "ALPM_DB_VERSION", &sandbox->arena), "9\n");
	static const char *const strange[] = {"nodash", "one-dash", "-x-1", "--", "a-b-c-d-1-1"};
	for (size_t i = 0; i < COUNT(strange); i++) {
		put_folder(sandbox, path_join(local, strange[i], &sandbox->arena));
	}
	for (uint32_t n = next_random(seed) % PACKAGES_MAX; n > 0; n--) {
		const char *name = a_name(seed, &sandbox->arena);
		const char *version = PICK(seed, versions);
		const char *folder = arena_printf(&sandbox->arena, "%s/%s-%s", local, name, version);
		bool is_new = true;
		for (size_t i = 0; i < COUNT(versions); i++) {
			struct stat info;
			is_new = is_new && fstatat(sandbox->dir, arena_printf(&sandbox->arena,
								 "%s/%s-%s", local, name,
								 versions[i]), &info, 0) < 0;
		}
		if (!is_new) {
			continue; /* which of two pacman takes is chance */
		}
		put_folder(sandbox, folder);
		buf_clear(&buf);
		add_desc(&buf, name, version, seed, &sandbox->arena);
		put(sandbox, path_join(folder, "desc", &sandbox->arena), buf.data);
	}
	put(sandbox, path_join(local, "a-b-c-d-1-1/desc", &sandbox->arena),
			"%NAME%\na-b-c-d\n\n%VERSION%\n1-1\n\n");
	buf_release(&buf);
}

/* What pacman prints; its exit code says only whether anything was found. */
static const char *ask(struct sandbox *sandbox, const char *db, const char *const *arguments) {
	struct {
		const char **items;
		size_t count, room;
	} argv = {0};
	const char *const fixed[] = {REAL, "--config", "/dev/null", "--root", sandbox->path,
			"--dbpath", db, "--logfile", "/dev/null"};
	for (size_t i = 0; i < COUNT(fixed); i++) {
		VEC_ADD(&argv, fixed[i]);
	}
	for (; *arguments != NULL; arguments++) {
		VEC_ADD(&argv, *arguments);
	}
	VEC_ADD(&argv, NULL);
	struct buf output = BUF_INIT;
	struct proc proc = {.argv = argv.items, .umask = 022, .capture = &output, .quiet = true};
	struct err err = {0};
	int code = -1;
	assert_int_equal(proc_run(&proc, &code, &err), 0);
	check(code == 0 || code == 1 || code == 127, "pacman ended with %d", code);
	const char *text = arena_strndup(&sandbox->arena, output.data, output.len);
	buf_release(&output);
	VEC_RELEASE(&argv);
	return text;
}

enum which { ALL, EXPLICIT, DEPENDENCIES };

static const char *list(const struct installed *installed, enum which which, struct arena *arena) {
	struct buf buf = BUF_INIT;
	for (size_t i = 0; i < installed->count; i++) {
		const struct installed_package *package = &installed->items[i];
		if (which == ALL || package->is_explicit == (which == EXPLICIT)) {
			buf_addf(&buf, "%s %s\n", package->name, package->version);
		}
	}
	const char *text = arena_strndup(arena, buf.data, buf.len);
	buf_release(&buf);
	return text;
}

/* pacman -T: of many names, those that nothing satisfies. */
static void check_satisfies(struct sandbox *sandbox, struct installed *installed) {
	const char *argv[COUNT(words) * (COUNT(words) + 1) + 3] = {"-T", "--"};
	size_t count = 2;
	for (size_t i = 0; i < COUNT(words); i++) {
		argv[count++] = words[i];
		for (size_t k = 0; k < COUNT(words); k++) {
			argv[count++] = arena_printf(&sandbox->arena, "%s-%s", words[i], words[k]);
		}
	}
	struct buf buf = BUF_INIT;
	for (size_t i = 2; i < count; i++) {
		if (installed_satisfies(installed, argv[i]) == NULL) {
			buf_addf(&buf, "%s\n", argv[i]);
		}
	}
	check_text("-T", buf.data, ask(sandbox, installed->db, argv));
	buf_release(&buf);
}

static void test_real(void **state) {
	(void)state;
	if (access(REAL, X_OK) != 0) {
		skip();
		return;
	}
	static const char *const options[] = {[ALL] = "-Q", [EXPLICIT] = "-Qe", [DEPENDENCIES] = "-Qd"};
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	uint32_t seed = 1;
	for (unsigned round = 0; round < ROUNDS; round++) {
		const char *name = arena_printf(&sandbox.arena, "db%u", round);
		make_database(&sandbox, name, &seed);
		struct installed installed;
		struct err err = {0};
		assert_int_equal(installed_load(&installed, at(&sandbox, name), &sandbox.arena,
						 &err), 0);
		for (size_t i = 0; i < COUNT(options); i++) {
			const char *const argv[] = {options[i], NULL};
			check_text(options[i], list(&installed, (enum which)i, &sandbox.arena),
					ask(&sandbox, installed.db, argv));
		}
		check_satisfies(&sandbox, &installed);
		installed_release(&installed);
	}
	sandbox_close(&sandbox);
}

/* Damaged entries are installed for pacman too. */
static void test_damaged(void **state) {
	(void)state;
	if (access(REAL, X_OK) != 0) {
		skip();
		return;
	}
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put_folder(&sandbox, "local");
	put(&sandbox, "local/ALPM_DB_VERSION", "9\n");
	put_folder(&sandbox, "local/bare-1-1");
	put_folder(&sandbox, "local/empty-1-1");
	put(&sandbox, "local/empty-1-1/desc", "");
	put_folder(&sandbox, "local/other-1-1");
	put(&sandbox, "local/other-1-1/desc", "%NAME%\nfoo\n\n%VERSION%\n1-1\n");
	struct installed installed;
	struct err err = {0};
	assert_int_equal(installed_load(&installed, sandbox.path, &sandbox.arena, &err), 0);
	assert_int_equal(installed.damaged, 3);
	static const char *const argv[] = {"-Q", NULL};
	check_text("-Q", list(&installed, ALL, &sandbox.arena), ask(&sandbox, sandbox.path, argv));
	installed_release(&installed);
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
