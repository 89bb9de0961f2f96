/* SPDX-License-Identifier: MIT */
#include "sandbox.h"
#include "sealed.h"

#include <signal.h>

#include "state/installed.h"

/* "depends: a b; provides: c" and so on, of one package. */
static void add_list(struct buf *out, const char *title, const char *const *list) {
	if (list == NULL) {
		return;
	}
	buf_addf(out, "; %s:", title);
	check(list[0] != NULL, "%s: empty, not NULL", title);
	for (; *list != NULL; list++) {
		buf_addf(out, " %s", *list);
	}
}

static const char *package_text(const struct installed_package *package, struct arena *arena) {
	struct buf buf = BUF_INIT;
	buf_addf(&buf, "%s %s", package->name, package->version);
	buf_adds(&buf, package->damaged ? "; damaged" : package->is_explicit ? "" : "; dependency");
	buf_adds(&buf, package->is_foreign ? "; foreign" : "");
	buf_adds(&buf, package->twice ? "; twice" : "");
	if (package->time != 0) {
		buf_addf(&buf, "; time: %jd", (intmax_t)package->time);
	}
	if (package->base != NULL) {
		buf_addf(&buf, "; base: %s", package->base);
	}
	add_list(&buf, "groups", package->groups);
	add_list(&buf, "replaces", package->replaces);
	add_list(&buf, "depends", package->depends);
	add_list(&buf, "optdepends", package->optdepends);
	add_list(&buf, "conflicts", package->conflicts);
	add_list(&buf, "provides", package->provides);
	const char *text = arena_strndup(arena, buf.data, buf.len);
	buf_release(&buf);
	return text;
}

static const char *parse(const char *bytes, size_t size, struct arena *arena) {
	struct installed_package package = {.name = "foo", .version = "1:2-3"};
	char *copy = exact_copy(bytes, size);
	installed_parse(&package, copy, size, arena);
	free(copy);
	return package_text(&package, arena);
}

#define HEAD "%NAME%\nfoo\n\n%VERSION%\n1:2-3\n\n"

static const char whole[] = HEAD
		"%BASE%\nbase\n\n%DESC%\n%DEPENDS%\n\n%URL%\nhttps://x\n\n%ARCH%\nany\n\n"
		"%BUILDDATE%\n1\n\n%INSTALLDATE%\n1700000000\n\n%PACKAGER%\nA B\n\n%SIZE%\n7\n\n"
		"%REASON%\n1\n\n%GROUPS%\ng1\ng=2\n\n%LICENSE%\nGPL\n%NAME%\n\n%VALIDATION%\nnone\n\n"
		"%REPLACES%\nr<1\n\n%DEPENDS%\nglibc>=2.3\nlibx.so=6-64\nsh\n\n"
		"%OPTDEPENDS%\npython: for it\nperl>=5: for that: and more\nzsh\n\n"
		"%CONFLICTS%\nc=1\n\n%PROVIDES%\np=1:2-3\nlibfoo.so=2\n\n%XDATA%\npkgtype=pkg\n\n";
static const char whole_text[] =
		"foo 1:2-3; dependency; foreign; time: 1700000000; base: base; groups: g1 g=2; "
		"replaces: r; depends: glibc libx.so sh; optdepends: python perl zsh; conflicts: c; "
		"provides: p libfoo.so";

static void test_desc(void **state) {
	(void)state;
	static const struct {
		const char *bytes, *want;
	} rows[] = {
		{whole, whole_text},
		{HEAD, "foo 1:2-3"},
		{"%VERSION%\n1:2-3\n%NAME%\nfoo", "foo 1:2-3"},
		{"\n\n%VERSION%\n1:2-3\nmore\n\n%NAME%\nfoo", "foo 1:2-3"},
		{"\n\n%VERSION%\n1:2-3\nmore\n%NAME%\nfoo", "foo 1:2-3; damaged"},
		/* damage */
		{"", "foo 1:2-3; damaged"},
		{"\n", "foo 1:2-3; damaged"},
		{"%NAME%\nfoo\n", "foo 1:2-3; damaged"},
		{"%NAME%\nfoo\n\n%VERSION%\n1:2-4\n", "foo 1:2-3; damaged"},
		{"%NAME%\nfo\n\n%VERSION%\n1:2-3\n\n%DEPENDS%\na\n", "foo 1:2-3; damaged"},
		{"%NAME%\nfoo\r\n\r\n%VERSION%\r\n1:2-3\r\n", "foo 1:2-3; damaged"},
		{"%NAME%", "foo 1:2-3; damaged"},
		/* what libalpm takes too */
		{HEAD "%REASON%\n0\n", "foo 1:2-3"},
		{HEAD "%REASON%\n2\n", "foo 1:2-3; dependency"},
		{HEAD "%REASON%\n", "foo 1:2-3; dependency"},
		{HEAD "%REASON%", "foo 1:2-3; dependency"},
		{HEAD "%REASON%\nx\n", "foo 1:2-3; dependency"},
		{HEAD "%REASON%\n00\n", "foo 1:2-3; dependency"},
		{HEAD "%REASON%\n1\n\n%REASON%\n0\n", "foo 1:2-3"},
		{HEAD "%UNKNOWN%\nx\n%REASON%\n1\n", "foo 1:2-3"},
		{HEAD "%UNKNOWN%\nx\n\n%REASON%\n1\n", "foo 1:2-3; dependency"},
		{HEAD "%DEPENDS%\na\nb\n\n%DEPENDS%\n\n%DEPENDS%\nc\n", "foo 1:2-3; depends: a b c"},
		{HEAD "%DESC%\n\n%REASON%\n1\n", "foo 1:2-3; dependency"},
		{HEAD "%VALIDATION%\nsha256\npgp\n", "foo 1:2-3"},
		{HEAD "%VALIDATION%\nsha256\nnone\n", "foo 1:2-3; foreign"},
		{HEAD "%INSTALLDATE%\n-1\n", "foo 1:2-3"},
		{HEAD "%INSTALLDATE%\n99999999999999999999\n", "foo 1:2-3"},
		{HEAD "%INSTALLDATE%\n9223372036854775807\n",
				"foo 1:2-3; time: 9223372036854775807"},
		{HEAD "%DEPENDS%\n\n", "foo 1:2-3"},
		{HEAD "%DEPENDS%", "foo 1:2-3"},
		{HEAD "%DEPENDS%\na", "foo 1:2-3; depends: a"},
		{HEAD "%DEPENDS%\n=1\n>2\n", "foo 1:2-3"},
		{HEAD "%DEPENDS%\na:b\na: b\na:\n", "foo 1:2-3; depends: a:b a a:"},
		{HEAD "%DEPENDS%\na b\n", "foo 1:2-3; depends: a b"},
		{HEAD "%GROUPS%\n: x\n", "foo 1:2-3; groups: : x"},
		{HEAD "%%\n%NAME\nNAME%\n%\n", "foo 1:2-3"},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_text(rows[i].bytes, parse(rows[i].bytes, strlen(rows[i].bytes), &arena),
				rows[i].want);
	}
	arena_release(&arena);
}

/* Whatever is missing: no crash, and never a reason or a name that isn't there. */
static void test_cut(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		const char *text = parse(whole, n, &arena);
		bool headless = n < sizeof(HEAD) - 3;
		check((strstr(text, "damaged") != NULL) == headless, "%zu: %s", n, text);
	}
	char *bytes = exact_copy(whole, sizeof(whole) - 1);
	for (size_t i = 0; i < sizeof(whole) - 1; i++) {
		for (unsigned flip = 0; flip < 4; flip++) {
			static const char with[] = {'\0', '\n', '%', '\xff'};
			char before = bytes[i];
			bytes[i] = with[flip];
			(void)parse(bytes, sizeof(whole) - 1, &arena);
			bytes[i] = before;
		}
	}
	free(bytes);
	arena_release(&arena);
}

/* Lines of a megabyte, in each place that keeps one. */
static void test_long(void **state) {
	(void)state;
	static const char *const sections[] = {"%NAME%", "%BASE%", "%DESC%", "%DEPENDS%", "%GROUPS%",
			"%VALIDATION%", "%FOO%", ""};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(sections); i++) {
		struct buf buf = BUF_INIT;
		buf_adds(&buf, HEAD);
		buf_addf(&buf, "%s\n", sections[i]);
		for (size_t n = 0; n < 1 << 17; n++) {
			buf_adds(&buf, "abcdefgh");
		}
		(void)parse(buf.data, buf.len, &arena);
		buf_release(&buf);
	}
	arena_release(&arena);
}

/* A database on the disk. */

static void open_database(struct sandbox *sandbox) {
	sandbox_open(sandbox);
	put_folder(sandbox, "local");
	put(sandbox, "local/ALPM_DB_VERSION", "9\n");
}

static void put_package(struct sandbox *sandbox, const char *name, const char *version,
		const char *more) {
	const char *folder = arena_printf(&sandbox->arena, "local/%s-%s", name, version);
	put_folder(sandbox, folder);
	put(sandbox, path_join(folder, "desc", &sandbox->arena),
			arena_printf(&sandbox->arena, "%%NAME%%\n%s\n\n%%VERSION%%\n%s\n\n%s", name,
					version, more));
}

static const char *all_text(const struct installed *installed, struct arena *arena) {
	struct buf buf = BUF_INIT;
	for (size_t i = 0; i < installed->count; i++) {
		buf_addf(&buf, "%s%s", i > 0 ? "\n" : "",
				package_text(&installed->items[i], arena));
		check(i == 0 || strcmp(installed->items[i - 1].name, installed->items[i].name) < 0,
				"order: %s", installed->items[i].name);
	}
	const char *text = arena_strndup(arena, buf.data, buf.len);
	buf_release(&buf);
	return text;
}

static const char *load(struct sandbox *sandbox, bool full) {
	struct installed installed;
	struct err err = {0};
	int result = (full ? installed_load : installed_names)(&installed, sandbox->path,
			&sandbox->arena, &err);
	if (result < 0) {
		assert_int_equal(err.kind, ERR_FAILED);
		assert_int_equal(installed.count, 0);
		const char *text = arena_printf(&sandbox->arena, "error: %s%s%s", err.text,
				err.hint != NULL ? "; " : "", err.hint != NULL ? err.hint : "");
		err_release(&err);
		return text;
	}
	assert_true(installed.loaded == full);
	const char *text = all_text(&installed, &sandbox->arena);
	installed_release(&installed);
	return text;
}

static void test_database(void **state) {
	(void)state;
	struct sandbox sandbox;
	open_database(&sandbox);
	put_package(&sandbox, "zsh", "5.9-3", "");
	put_package(&sandbox, "a-b-c", "1:1.0_2-1.1", "%REASON%\n1\n\n");
	put_package(&sandbox, "lib32-gcc", "13-2", "%VALIDATION%\nnone\n\n");
	check_text("names", load(&sandbox, false), "a-b-c 1:1.0_2-1.1; dependency\n"
			"lib32-gcc 13-2; dependency\nzsh 5.9-3; dependency");
	check_text("all", load(&sandbox, true), "a-b-c 1:1.0_2-1.1; dependency\n"
			"lib32-gcc 13-2; foreign\nzsh 5.9-3");
	sandbox_close(&sandbox);
}

static void test_hostile(void **state) {
	(void)state;
	struct sandbox sandbox;
	open_database(&sandbox);
	/* No packages at all, as for pacman. */
	put_folder(&sandbox, "local/nodash");
	put_folder(&sandbox, "local/one-dash");
	put_folder(&sandbox, "local/-1-1");
	put_folder(&sandbox, "local/--");
	put_folder(&sandbox, "local/-");
	put_folder(&sandbox, "local/.hidden-1-1");
	put(&sandbox, "local/file-1-1", "");
	put_link(&sandbox, "local/link-1-1", "whole-1-1");
	put_link(&sandbox, "local/loop-1-1", "loop-1-1");
	/* Damaged ones. */
	put_folder(&sandbox, "local/bare-1-1");
	put_folder(&sandbox, "local/empty-1-1");
	put(&sandbox, "local/empty-1-1/desc", "");
	put_folder(&sandbox, "local/circle-1-1");
	put_link(&sandbox, "local/circle-1-1/desc", "desc");
	put_folder(&sandbox, "local/folder-1-1");
	put_folder(&sandbox, "local/folder-1-1/desc");
	put_folder(&sandbox, "local/other-1-1");
	put(&sandbox, "local/other-1-1/desc", HEAD);
	put_folder(&sandbox, "local/zero-1-1");
	put_link(&sandbox, "local/zero-1-1/desc", "/dev/zero");
	put_folder(&sandbox, "local/pipe-1-1");
	assert_int_equal(mkfifoat(sandbox.dir, "local/pipe-1-1/desc", 0600), 0);
	put_folder(&sandbox, "local/nul-1-1");
	static const char nul[] = "%NAME%\nnul\0\n\n%VERSION%\n1-1\n";
	put_bytes(&sandbox, "local/nul-1-1/desc", nul, sizeof(nul) - 1);
	/* Good ones. */
	put_package(&sandbox, "whole", "1-1", "");
	put_folder(&sandbox, "local/far-1-1");
	put(&sandbox, "elsewhere", "%NAME%\nfar\n%VERSION%\n1-1\n");
	put_link(&sandbox, "local/far-1-1/desc", "../../elsewhere");
	check_text("all", load(&sandbox, true),
			"bare 1-1; damaged\ncircle 1-1; damaged\nempty 1-1; damaged\nfar 1-1\n"
			"folder 1-1; damaged\nnul 1-1; damaged\nother 1-1; damaged\npipe 1-1; damaged\n"
			"whole 1-1\nzero 1-1; damaged");
	sandbox_close(&sandbox);
}

/* A pacman at work: entries come and go. */
static void test_meanwhile(void **state) {
	(void)state;
	struct sandbox sandbox;
	open_database(&sandbox);
	put(&sandbox, "db.lck", "");
	for (unsigned i = 0; i < 50; i++) {
		put_package(&sandbox, arena_printf(&sandbox.arena, "p%u", i), "1-1", "");
	}
	pid_t pid = fork();
	assert_true(pid >= 0);
	unsigned turn = 0;
	while (pid == 0) {
		char name[32];
		(void)snprintf(name, sizeof(name), "local/p%u-1-1", turn++ % 50);
		(void)renameat(sandbox.dir, name, sandbox.dir, "away");
		(void)renameat(sandbox.dir, "away", sandbox.dir, name);
	}
	for (unsigned i = 0; i < 200; i++) {
		struct installed installed;
		struct err err = {0};
		assert_int_equal(installed_load(&installed, sandbox.path, &sandbox.arena, &err), 0);
		assert_true(installed.busy && installed.count <= 50 && installed.count >= 40);
		installed_release(&installed);
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)renameat(sandbox.dir, "away", sandbox.dir, "local/away");
	sandbox_close(&sandbox);
}

/* An upgrade that was cut off leaves two entries: the one that can be read, the later one. */
static void test_twice(void **state) {
	(void)state;
	struct sandbox sandbox;
	open_database(&sandbox);
	put_package(&sandbox, "a", "1-1", "%INSTALLDATE%\n5\n");
	put_package(&sandbox, "a", "2-1", "%INSTALLDATE%\n9\n");
	put_package(&sandbox, "a", "3-1", "%INSTALLDATE%\n7\n");
	put_package(&sandbox, "b", "1-1", "%INSTALLDATE%\n5\n");
	put_folder(&sandbox, "local/b-2-1");
	put_package(&sandbox, "c", "1-1", "");
	check_text("all", load(&sandbox, true),
			"a 2-1; twice; time: 9\nb 1-1; twice; time: 5\nc 1-1");
	check_text("names", load(&sandbox, false),
			"a 3-1; dependency; twice\nb 2-1; dependency; twice\nc 1-1; dependency");
	sandbox_close(&sandbox);
}

static void test_format(void **state) {
	(void)state;
	static const struct {
		const char *bytes, *want; /* want: a part of the message, or NULL */
	} rows[] = {
		{"9\n", NULL},
		{"9", NULL},
		{" 9 \n", NULL},
		{"09\n", NULL},
		{"8\n", "has format 8; this Lumina reads format 9; sudo pacman-db-upgrade"},
		{"10\n", "has format 10; this Lumina reads format 9; update Lumina"},
		{"99999999999999999999999999999999\n", "update Lumina"},
		{"", "no format"},
		{"\n", "no format"},
		{"x\n", "no format"},
		{"-9\n", "no format"},
		{"0\n", "no format"},
	};
	struct sandbox sandbox;
	open_database(&sandbox);
	put_package(&sandbox, "a", "1-1", "");
	for (size_t i = 0; i < COUNT(rows); i++) {
		put(&sandbox, "local/ALPM_DB_VERSION", rows[i].bytes);
		const char *got = load(&sandbox, true);
		if (rows[i].want == NULL) {
			check_text(rows[i].bytes, got, "a 1-1");
			continue;
		}
		check(strstr(got, rows[i].want) != NULL && strstr(got, at(&sandbox, "local")) != NULL,
				"'%s': %s", rows[i].bytes, got);
		check_text("names", load(&sandbox, false), got);
	}
	assert_int_equal(unlinkat(sandbox.dir, "local/ALPM_DB_VERSION", 0), 0);
	check_text("missing", load(&sandbox, true), "a 1-1");
	put_folder(&sandbox, "local/ALPM_DB_VERSION");
	check(strstr(load(&sandbox, true), "ALPM_DB_VERSION") != NULL, "a folder: taken");
	sandbox_close(&sandbox);
}

static int see_locked(struct sandbox *sandbox) {
	struct sandbox here = *sandbox;
	arena_init(&here.arena);
	struct {
		const char *name;
		const char *part;
	} rows[] = {
		{"shut", "shut/local': Permission denied"},
		{"entry", "entry/local/a-1-1/desc': Permission denied"},
		{"desc", "desc/local/a-1-1/desc': Permission denied"},
		{"version", "version/local/ALPM_DB_VERSION': Permission denied"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct installed installed;
		struct err err = {0};
		if (installed_load(&installed, at(&here, rows[i].name), &here.arena, &err) == 0 ||
				strstr(err.text, rows[i].part) == NULL) {
			return 1 + (int)i;
		}
		err_release(&err);
	}
	arena_release(&here.arena);
	return 0;
}

static void test_unreadable(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	static const char *const names[] = {"shut", "entry", "desc", "version"};
	static const char *const locked[] = {"shut/local", "entry/local/a-1-1",
			"desc/local/a-1-1/desc", "version/local/ALPM_DB_VERSION"};
	assert_int_equal(chmod(sandbox.path, 0755), 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		const char *folder = path_join(names[i], "local", &sandbox.arena);
		put_folder(&sandbox, names[i]);
		put_folder(&sandbox, folder);
		put(&sandbox, path_join(folder, "ALPM_DB_VERSION", &sandbox.arena), "9\n");
		put_folder(&sandbox, path_join(folder, "a-1-1", &sandbox.arena));
		put(&sandbox, path_join(folder, "a-1-1/desc", &sandbox.arena), HEAD);
		assert_int_equal(fchmodat(sandbox.dir, locked[i], 0, 0), 0);
	}
	assert_int_equal(as_somebody(see_locked, &sandbox), 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(fchmodat(sandbox.dir, locked[i], 0755, 0), 0);
	}
	sandbox_close(&sandbox);
}

static void test_absent(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	check_text("no local folder", load(&sandbox, true), "");
	put(&sandbox, "local", "");
	check(strstr(load(&sandbox, true), "local': Not a directory") != NULL, "a file: taken");
	struct installed installed;
	struct err err = {0};
	assert_int_equal(installed_load(&installed, at(&sandbox, "none/at/all"), &sandbox.arena, &err),
			0);
	assert_true(installed_find(&installed, "a") == NULL);
	assert_true(installed_satisfies(&installed, "a") == NULL);
	installed_release(&installed);
	sandbox_close(&sandbox);
}

static const char *name_of(const struct installed_package *package) {
	return package != NULL ? package->name : NULL;
}

static void test_satisfies(void **state) {
	(void)state;
	struct sandbox sandbox;
	open_database(&sandbox);
	put_package(&sandbox, "gcc-libs", "13-1", "%PROVIDES%\nlibgcc\nlibstdc++.so=6-64\n\n");
	put_package(&sandbox, "neovim-git", "1-1", "%PROVIDES%\nneovim=0.10\nvim\n\n");
	put_package(&sandbox, "vi", "1-1", "%PROVIDES%\nvim\nvi=1\n\n");
	put_package(&sandbox, "bash", "5-1", "%PROVIDES%\nsh\nvi\n\n%GROUPS%\nbase\n\n");
	static const struct {
		const char *name, *want;
	} rows[] = {
		{"bash", "bash"}, {"sh", "bash"}, {"vi", "vi"}, {"vim", "neovim-git"},
		{"neovim", "neovim-git"}, {"libstdc++.so", "gcc-libs"}, {"libgcc", "gcc-libs"},
		{"libgc", NULL}, {"libgcc2", NULL}, {"base", NULL}, {"", NULL}, {"zz", NULL},
		{"neovim=0.10", NULL},
	};
	struct installed installed;
	struct err err = {0};
	assert_int_equal(installed_load(&installed, sandbox.path, &sandbox.arena, &err), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_text(rows[i].name, name_of(installed_satisfies(&installed, rows[i].name)),
				rows[i].want);
		bool is_package = rows[i].want != NULL && strcmp(rows[i].name, rows[i].want) == 0;
		check_text(rows[i].name, name_of(installed_find(&installed, rows[i].name)),
				is_package ? rows[i].want : NULL);
	}
	installed_release(&installed);
	sandbox_close(&sandbox);
}

static bool collect(void *user, const char *path) {
	struct buf *buf = user;
	buf_addf(buf, "%s|", path);
	return strcmp(path, "stop") != 0;
}

static void test_files(void **state) {
	(void)state;
	static const struct {
		const char *bytes, *want;
	} rows[] = {
		{"%FILES%\nusr/\nusr/bin/\nusr/bin/a b\n\n%BACKUP%\netc/x\t0123\n",
				"usr/|usr/bin/|usr/bin/a b|"},
		{"%BACKUP%\netc/x\t0123\n\n%FILES%\nusr/x\n", "usr/x|"},
		{"%FILES%\nusr/x", "usr/x|"},
		{"%FILES%\nusr/x\nstop\nusr/y\n", "usr/x|stop|"},
		{"%FILES%\n\nusr/x\n", ""},
		{"%FILES%\n", ""},
		{"%FILES%", ""},
		{"", ""},
		{"x\n%FILES%\n\xff\n", "\xff|"},
		{NULL, ""},
	};
	struct sandbox sandbox;
	open_database(&sandbox);
	put_package(&sandbox, "a", "1-1", "");
	struct installed installed;
	struct err err = {0};
	struct buf scratch = BUF_INIT, got = BUF_INIT;
	assert_int_equal(installed_load(&installed, sandbox.path, &sandbox.arena, &err), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)unlinkat(sandbox.dir, "local/a-1-1/files", 0);
		if (rows[i].bytes != NULL) {
			put(&sandbox, "local/a-1-1/files", rows[i].bytes);
		}
		buf_clear(&got);
		assert_int_equal(installed_files(&installed, &installed.items[0], &scratch, collect,
						 &got, &err), 0);
		check_text(rows[i].bytes != NULL ? rows[i].bytes : "(none)", got.data, rows[i].want);
	}
	put_folder(&sandbox, "local/a-1-1/files");
	assert_int_equal(installed_files(&installed, &installed.items[0], &scratch, collect, &got,
					 &err), -1);
	assert_true(strstr(err.text, "local/a-1-1/files") != NULL);
	err_release(&err);
	installed_release(&installed);
	buf_release(&scratch);
	buf_release(&got);
	sandbox_close(&sandbox);
}

static void test_owner(void **state) {
	(void)state;
	struct sandbox sandbox;
	open_database(&sandbox);
	put_package(&sandbox, "a", "1-1", "");
	put(&sandbox, "local/a-1-1/files", "%FILES%\nusr/\nusr/bin/zshx\n\n%BACKUP%\netc/b\n");
	put_package(&sandbox, "b", "1-1", "");
	put(&sandbox, "local/b-1-1/files", "%FILES%\nusr/\nusr/bin/zsh\nusr/x");
	put_package(&sandbox, "c", "1-1", "");
	struct installed installed;
	struct err err = {0};
	struct buf scratch = BUF_INIT;
	static const struct {
		const char *path, *want;
	} rows[] = {
		{"usr/bin/zsh", "b"}, {"usr/", "a"}, {"usr/bin/zshx", "a"}, {"bin/zsh", NULL},
		{"usr/bin/zs", NULL}, {"etc/b", NULL}, {"", NULL}, {"%FILES%", NULL},
		{"usr/x", "b"},
	};
	assert_int_equal(installed_load(&installed, sandbox.path, &sandbox.arena, &err), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_text(rows[i].path, name_of(installed_owner(&installed, rows[i].path, &scratch,
							 &err)), rows[i].want);
		assert_int_equal(err.kind, ERR_NONE);
	}
	installed_release(&installed);
	buf_release(&scratch);
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_desc),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_database),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_meanwhile),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_satisfies),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_owner),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
