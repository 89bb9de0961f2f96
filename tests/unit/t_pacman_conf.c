/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include "state/pacman.h"
#include "sys/file.h"
#include "sys/proc.h"

/* The same configurations, read by us and by the real pacman-conf, where it is installed. */
#define REAL "/usr/bin/pacman-conf"

/* '@' stands for the sandbox, '$' for a NUL, '~' for a run of 4,080 'x'. */
static void put_conf(struct sandbox *sandbox, const char *name, const char *text) {
	struct buf buf = BUF_INIT;
	for (; *text != '\0'; text++) {
		if (*text == '@') {
			buf_adds(&buf, sandbox->path);
		} else if (*text == '~') {
			for (unsigned i = 0; i < 4080; i++) {
				buf_addc(&buf, 'x');
			}
		} else {
			buf_addc(&buf, *text == '$' ? '\0' : *text);
		}
	}
	put_bytes(sandbox, name, buf.data, buf.len);
	buf_release(&buf);
}

static void add_list(struct buf *buf, const char *key, const char *const *list) {
	for (; *list != NULL; list++) {
		buf_addf(buf, "%s = %s\n", key, *list);
	}
}

/* What we found, as pacman-conf prints it. */
static const char *ours(struct sandbox *sandbox, const char *arguments) {
	struct facts facts = {.home = sandbox->path, .cache = at(sandbox, "cache"), .umask = 022};
	struct pacman pacman;
	struct err err = {0};
	assert_int_equal(setenv("LUMINA_PACMAN", arena_printf(&sandbox->arena, "pacman %s", arguments),
					 1), 0);
	if (pacman_find(&pacman, &facts, &sandbox->arena, &err) < 0) {
		const char *text = arena_printf(&sandbox->arena, "error\n%s", err.text);
		err_release(&err);
		return text;
	}
	struct buf buf = BUF_INIT;
	buf_addf(&buf, "RootDir = %s\nDBPath = %s\nLogFile = %s\n", pacman.root, pacman.db,
			pacman.log);
	add_list(&buf, "CacheDir", pacman.caches);
	add_list(&buf, "HoldPkg", pacman.hold);
	const char *text = arena_strndup(&sandbox->arena, buf.data, buf.len);
	buf_release(&buf);
	return text;
}

/* pacman-conf's own lines, paths folded as ours are. */
static const char *theirs(struct sandbox *sandbox, const char *const *arguments) {
	const char *argv[16] = {REAL};
	size_t count = 1;
	static const char *const keys[] = {"RootDir", "DBPath", "LogFile", "CacheDir", "HoldPkg"};
	for (; *arguments != NULL; arguments++) {
		argv[count++] = *arguments;
	}
	for (size_t i = 0; i < COUNT(keys); i++) {
		argv[count++] = keys[i];
	}
	struct buf output = BUF_INIT, buf = BUF_INIT;
	struct proc proc = {.argv = argv, .umask = 022, .capture = &output, .quiet = true};
	struct err err = {0};
	int code = -1;
	assert_int_equal(proc_run(&proc, &code, &err), 0);
	for (char *line = strtok(output.data, "\n"); code == 0 && line != NULL;
			line = strtok(NULL, "\n")) {
		char *value = strstr(line, " = ");
		bool path = value != NULL && strncmp(line, "HoldPkg", 7) != 0;
		if (path && value[3] == '\0') {
			code = 1; /* an empty path: pacman itself can't start with it */
		} else if (path) {
			const char *full = value[3] == '/' ? value + 3
							   : at(sandbox, value + 3);
			buf_addf(&buf, "%.*s = %s\n", (int)(value - line), line,
					path_fold_absolute(full, &sandbox->arena));
		} else {
			buf_addf(&buf, "%s\n", line);
		}
	}
	const char *text = code == 0 ? arena_strndup(&sandbox->arena, buf.data, buf.len) : "error\n";
	buf_release(&output);
	buf_release(&buf);
	return text;
}

static void check_same(struct sandbox *sandbox, const char *row, const char *root) {
	const char *arguments[] = {"--config", "conf", root != NULL ? "--rootdir" : NULL, root, NULL};
	const char *want = theirs(sandbox, arguments);
	const char *got = ours(sandbox, root != NULL ? arena_printf(&sandbox->arena,
							       "--config conf --root %s", root)
						      : "--config conf");
	if (strcmp(want, "error\n") == 0) {
		check(strncmp(got, want, 6) == 0, "%s: taken: %s", row, got);
	} else {
		check_text(row, got, want);
	}
}

static int open_folder(void **state) {
	if (access(REAL, X_OK) != 0) {
		return 0;
	}
	struct sandbox *sandbox = malloc(sizeof(*sandbox));
	sandbox_open(sandbox);
	*state = sandbox;
	(void)unsetenv("LUMINA_PACMAN_CONF");
	return setenv("PATH", "/usr/bin:/bin", 1) | chdir(sandbox->path);
}

static int close_folder(void **state) {
	int result = chdir("/");
	if (*state != NULL) {
		sandbox_close(*state);
		free(*state);
	}
	return result;
}

static void test_table(void **state) {
	struct sandbox *sandbox = *state;
	if (sandbox == NULL) {
		skip(); /* no pacman-conf */
		return;
	}
	static const char *const rows[] = {
		"",
		"[options]\n",
		"[options]\nRootDir = /r\nDBPath = /d/\nLogFile = /l\nCacheDir = /c\nHoldPkg = a b\n",
		"[options]\nRootDir = /r\n",
		"[options]\nRootDir = /r/\nDBPath = /d\n",
		"[options]\nRootDir = rel\nCacheDir = c\n",
		"[options]\nDBPath = /first\nDBPath = /second\nLogFile = /a\nLogFile = /b\n",
		"[options]\nCacheDir = /c1  /c2 \nCacheDir=/c3\nHoldPkg = a\tb c # d\nHoldPkg =e\n",
		"[options]\n  DBPath   =   /x y/z  \n\t LogFile\t=\t/l\t\n",
		"[options]\r\nDBPath = /y\r\n",
		"[options]\n#DBPath = /y\n # LogFile = /l\n\n;HoldPkg = x\n",
		"[options]\ndbpath = /x\nDBPATH = /x\nDBPath /x\nDBPath\nDB Path = /x\n",
		"[options]\nDBPath =\n",
		"[options]\nRootDir =\n",
		"[options]\nLogFile = \n",
		"[options]\nCacheDir =\nHoldPkg =\n",
		"[options]\nDBPath = /y=z = x\n",
		"[options]\n= /x\n=\n==\n",
		"[options]\nDBPath = /y$abc\nLogFile$ = /z\n$HoldPkg = x\n",
		"[options] \n [ options ]\nDBPath = /y\n",
		"[]\nDBPath = /y\n",
		"[\n",
		"]\n",
		"[options]]\nDBPath = /y\n",
		"[[options]\nDBPath = /y\n",
		"[Options]\nDBPath = /y\n",
		"[options\nDBPath = /y\n",
		"\xef\xbb\xbf[options]\nDBPath = /y\n",
		"DBPath = /y\n",
		"# c\n\nx\n",
		"[core]\nDBPath = /y\n[options]\nLogFile = /l",
		"[options]\nDBPath = /a\n[core]\nUsage = All\n[options]\nLogFile = /l",
		/* long lines */
		"[options]\nDBPath = /~\n",
		"[options]\nDBPath = /~~\nLogFile = /l\n",
		"[options]\n# ~ DBPath = /y\nLogFile = /l\n",
		"[options]\n#~56789012 \nLogFile = /l\n",
		"[options]\n#~567890123 DBPath = /x\n",
		"[options]\n#~5678901234 DBPath = /x\n",
		"[options]\n#~56789012345 DBPath = /x\n",
		"[options]\nHoldPkg = ~ ~ a\n",
		/* Include */
		"[options]\nInclude = @/a.inc\nDBPath = /after\n",
		"[options]\nInclude = a.inc\n",
		"[core]\nInclude = @/a.inc\n",
		"[core]\nInclude = @/b.inc\nCacheDir = /x\n",
		"[core]\nInclude = @/b.inc\n[extra]\nInclude = @/b.inc\n[options]\nInclude = @/a.inc\n",
		"Include = @/b.inc\nHoldPkg = y\n",
		"Include = @/a.inc\n",
		"[core]\nInclude = @/m.inc\n[extra]\nInclude = @/m.inc\n[options]\nInclude = @/m.inc\n",
		"[core]\nInclude = @/m.inc\n[options]\nInclude = @/m.inc\n[extra]\nInclude = @/m.inc\n",
		"[options]\nInclude = @/?.inc\n",
		"[options]\nInclude = @/[b]*\n",
		"[options]\nInclude = @/*.none\n",
		"[options]\nInclude = @/none\n",
		"[core]\nInclude = @/none\n",
		"[options]\nInclude\n",
		"[options]\nInclude =\n",
		"[options]\nInclude = @\n",
		"[options]\nInclude = /dev/null\n",
		"[options]\nInclude = @/conf\n",
		"[options]\nInclude = @/deep1\n",
		"[options]\nInclude = @/deep0\n",
		"[options]\nInclude = @/nest.inc\nHoldPkg = z\n",
	};
	put_conf(sandbox, "a.inc", "DBPath = /inc\nHoldPkg = i\n");
	put_conf(sandbox, "b.inc", "[options]\nCacheDir = /b\n");
	put_conf(sandbox, "m.inc", "#x\nHoldPkg = m\n");
	put_conf(sandbox, "nest.inc", "Include = @/b.inc\nHoldPkg = n\nInclude = @/a.inc\n");
	for (unsigned i = 0; i <= 10; i++) {
		put_conf(sandbox, arena_printf(&sandbox->arena, "deep%u", i),
				i < 10 ? arena_printf(&sandbox->arena, "Include = @/deep%u\n", i + 1)
				       : "DBPath = /deep\n");
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		put_conf(sandbox, "conf", rows[i]);
		check_same(sandbox, rows[i], NULL);
		check_same(sandbox, rows[i], "/other//root/");
	}
	/* Not there, and a folder. */
	assert_int_equal(unlinkat(sandbox->dir, "conf", 0), 0);
	check_same(sandbox, "none", NULL);
	put_folder(sandbox, "conf");
	check_same(sandbox, "a folder", NULL);
	assert_int_equal(unlinkat(sandbox->dir, "conf", AT_REMOVEDIR), 0);
}

static uint32_t next_random(uint32_t *seed) {
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void test_random(void **state) {
	struct sandbox *sandbox = *state;
	if (sandbox == NULL) {
		skip();
		return;
	}
	static const char *const pieces[] = {
		"[options]\n", "[options]\n", "[core]\n", "[", "]", "\n", "\n", "\n", " ", "\t", "=",
		" = ", "#", "RootDir", "DBPath = ", "LogFile=", "CacheDir = ", "HoldPkg = ",
		"Include = @/r.inc\n", "Include = r*.inc\n", "/a", "/b/", "x y", "$", "\r\n", "\n#~",
	};
	uint32_t seed = 7;
	for (unsigned round = 0; round < 80; round++) {
		struct buf buf = BUF_INIT;
		static const char *const names[] = {"r.inc", "conf"};
		for (size_t file = 0; file < COUNT(names); file++) {
			buf_clear(&buf);
			buf_adds(&buf, next_random(&seed) % 4 > 0 ? "[options]\n" : "");
			for (uint32_t n = next_random(&seed) % 24; n > 0; n--) {
				const char *piece = pieces[next_random(&seed) % COUNT(pieces)];
				bool nested = file == 0 && strncmp(piece, "Include", 7) == 0;
				buf_adds(&buf, nested ? "HoldPkg = n\n" : piece);
			}
			put_conf(sandbox, names[file], buf.data);
		}
		check_same(sandbox, arena_printf(&sandbox->arena, "round %u: %s", round, buf.data),
				NULL);
		buf_release(&buf);
	}
}

/* A build of pacman's own that lies elsewhere: run only for what the configuration leaves open. */
static void test_elsewhere(void **state) {
	struct sandbox *sandbox = *state;
	if (sandbox == NULL) {
		skip();
		return;
	}
	put_folder(sandbox, "opt");
	char *bytes;
	size_t size;
	assert_int_equal(file_read(AT_FDCWD, REAL, 1 << 24, &sandbox->arena, &bytes, &size, NULL), 0);
	put_bytes(sandbox, "opt/pacman-conf", bytes, size);
	assert_int_equal(fchmodat(sandbox->dir, "opt/pacman-conf", 0755, 0), 0);
	assert_int_equal(setenv("PATH", at(sandbox, "opt"), 1), 0);
	put_conf(sandbox, "conf", "[options]\nDBPath = /d\nLogFile = /l\nCacheDir = /c\nHoldPkg = x\n");
	check_text("whole", ours(sandbox, "--config conf"),
			"RootDir = /\nDBPath = /d\nLogFile = /l\nCacheDir = /c\nHoldPkg = x\n");
	check_text("not run", what(sandbox, "cache/pacman-conf"), "");
	put_conf(sandbox, "conf", "[options]\nRootDir = /r\nLogFile = /l\nHoldPkg = x\n");
	for (unsigned i = 0; i < 2; i++) {
		check_text("partly", ours(sandbox, "--config conf --cachedir /k"),
				"RootDir = /r\nDBPath = /r/var/lib/pacman\nLogFile = /l\nCacheDir = /k\n"
				"CacheDir = /var/cache/pacman/pkg\nHoldPkg = x\n");
		check(what(sandbox, "cache/pacman-conf")[0] != '\0', "not kept");
	}
	assert_int_equal(setenv("PATH", "/usr/bin:/bin", 1), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_table, open_folder, close_folder),
		cmocka_unit_test_setup_teardown(test_random, open_folder, close_folder),
		cmocka_unit_test_setup_teardown(test_elsewhere, open_folder, close_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
