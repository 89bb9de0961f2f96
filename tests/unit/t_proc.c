/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include <poll.h>
#include <signal.h>

#include "sys/proc.h"

static void put_program(struct sandbox *sandbox, const char *name, const char *text, mode_t mode) {
	put(sandbox, name, text);
	assert_int_equal(fchmodat(sandbox->dir, name, mode, 0), 0);
}

/* --- finding --------------------------------------------------------------------------------- */

static void set_path(struct sandbox *sandbox, const char *path) {
	struct buf buf = BUF_INIT;
	for (; path != NULL && *path != '\0'; path++) {
		if (*path == '@') {
			buf_adds(&buf, sandbox->path);
		} else {
			buf_addc(&buf, *path);
		}
	}
	assert_int_equal(path != NULL ? setenv("PATH", buf.len > 0 ? buf.data : "", 1)
				      : unsetenv("PATH"), 0);
	buf_release(&buf);
}

static const char *below(struct sandbox *sandbox, const char *path) {
	size_t n = strlen(sandbox->path);
	return path != NULL && strncmp(path, sandbox->path, n) == 0 ? path + n : path;
}

static void test_find(void **state) {
	(void)state;
	static const struct {
		const char *path, *name, *want;
	} rows[] = {
		{"@/a", "tool", "/a/tool"},
		{"@/b:@/a", "tool", "/b/tool"},
		{"@/none:@/a", "tool", "/a/tool"},
		{"@/a", "other", NULL},
		{"@/a/", "tool", "/a//tool"},
		{"", "tool", NULL},
		/* Parts that mean "where I happen to be" are passed over. */
		{":@/a", "tool", "/a/tool"},
		{"a:@/b", "tool", "/b/tool"},
		{".:./a:../a:@/b", "tool", "/b/tool"},
		{"a", "tool", NULL},
		{":", "tool", NULL},
		{"::@/a::", "tool", "/a/tool"},
		/* What can't be run isn't it. */
		{"@/odd:@/a", "tool", "/a/tool"},
		{"@/a", "plain", NULL},
		{"@/a", "folder", NULL},
		{"@/a", "dangling", NULL},
		{"@/a", "link", "/a/link"},
		/* A name with a slash is taken as it is. */
		{"@/b", "a/tool", "a/tool"},
		{"@/b", "./a/tool", "./a/tool"},
		{"@/b", "a/none", NULL},
		{"@/b", "a/plain", NULL},
	};
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put_folder(&sandbox, "a");
	put_folder(&sandbox, "b");
	put_folder(&sandbox, "odd");
	put_folder(&sandbox, "odd/tool");
	put_folder(&sandbox, "a/folder");
	put_program(&sandbox, "a/tool", "#!/bin/sh\n", 0755);
	put_program(&sandbox, "b/tool", "#!/bin/sh\n", 0755);
	put_program(&sandbox, "a/plain", "#!/bin/sh\n", 0644);
	put_link(&sandbox, "a/link", "tool");
	put_link(&sandbox, "a/dangling", "nowhere");
	assert_int_equal(fchdir(sandbox.dir), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		set_path(&sandbox, rows[i].path);
		const char *row = arena_printf(&sandbox.arena, "%s: %s", rows[i].path, rows[i].name);
		check_text(row, below(&sandbox, proc_find(rows[i].name, &sandbox.arena)),
				rows[i].want);
		check(proc_exists(rows[i].name) == (rows[i].want != NULL), "%s", row);
	}
	set_path(&sandbox, NULL); /* without PATH, the usual one */
	assert_true(proc_find("sh", &sandbox.arena) != NULL);
	assert_true(proc_find("tool", &sandbox.arena) == NULL);
	set_path(&sandbox, "/usr/bin:/bin");
	assert_int_equal(chdir("/"), 0);
	sandbox_close(&sandbox);
}

static void test_find_trusted(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	static const mode_t modes[] = {0777, 0775, 0757, 0755};
	for (size_t i = 0; i < COUNT(modes); i++) {
		put_folder(&sandbox, arena_printf(&sandbox.arena, "%zu", i));
		put_program(&sandbox, arena_printf(&sandbox.arena, "%zu/tool", i), "", modes[i]);
	}
	set_path(&sandbox, "@/0:@/1:@/2:@/3");
	check_text("any", below(&sandbox, proc_find("tool", &sandbox.arena)), "/0/tool");
	bool root = geteuid() == 0;
	check_text("trusted", below(&sandbox, proc_find_trusted("tool", &sandbox.arena)),
			root ? "/3/tool" : NULL);
	if (root) {
		give_away(&sandbox, "3/tool");
		check_text("given away", proc_find_trusted("tool", &sandbox.arena), NULL);
	}
	set_path(&sandbox, "/usr/bin:/bin");
	sandbox_close(&sandbox);
}

/* --- running --------------------------------------------------------------------------------- */

static int run(struct proc proc, const char *script, int *ret_code) {
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	struct err err = {0};
	proc.argv = argv;
	int result = proc_run(&proc, ret_code, &err);
	err_release(&err);
	return result;
}

static void test_run(void **state) {
	(void)state;
	struct buf out = BUF_INIT;
	int code = -1;
	assert_int_equal(run((struct proc){.umask = 027, .capture = &out},
					 "umask; echo x; echo y >&2; exit 7", &code), 0);
	assert_int_equal(code, 7);
	check_text("output", out.data, "0027\nx\n");
	buf_clear(&out);
	assert_int_equal(run((struct proc){.capture = &out, .no_input = true, .folder = "/usr",
							 .quiet = true},
					 "read line; echo \"<$line>\"; pwd; echo z >&2; kill -TERM $$",
					 &code), 0);
	assert_int_equal(code, 128 + SIGTERM);
	check_text("no input", out.data, "<>\n/usr\n");
	buf_release(&out);
	const char *const none[] = {"lumina-no-such-program", NULL}, *const folder[] = {"/", NULL};
	for (int i = 0; i < 2; i++) {
		struct err err = {0};
		struct proc proc = {.argv = i == 0 ? none : folder};
		assert_int_equal(proc_run(&proc, &code, &err), -1);
		assert_int_equal(err.kind, ERR_NO_PROGRAM);
		err_release(&err);
	}
}

/* Ctrl-C is the program's while it runs, and ours again afterwards. */
static void test_interrupt(void **state) {
	(void)state;
	struct sigaction before, after;
	int code = -1;
	assert_int_equal(sigaction(SIGINT, NULL, &before), 0);
	assert_int_equal(run((struct proc){0}, "kill -INT $PPID; kill -QUIT $PPID; sleep 0.05; exit 5",
					 &code), 0);
	assert_int_equal(code, 5);
	/* Its own are as they are for any program. */
	assert_int_equal(run((struct proc){0}, "kill -INT $$; exit 5", &code), 0);
	assert_int_equal(code, 128 + SIGINT);
	assert_int_equal(sigaction(SIGINT, NULL, &after), 0);
	assert_true(before.sa_handler == after.sa_handler);
}

#define WAIT "i=0; while [ $i -lt 100 ]; do sleep 0.02; i=$((i + 1)); done; exit 1"

/*
 * A signal for us while it runs: handed on to it, SIGTERM as SIGINT where it is to end gently.
 * Afterwards ours are ours again.
 */
static void test_forward(void **state) {
	(void)state;
	static const struct {
		const char *script;
		bool gently;
		int code;
	} rows[] = {
		{"trap 'exit 41' TERM; trap 'exit 42' INT; kill -TERM $PPID; " WAIT, false, 41},
		{"trap 'exit 41' TERM; trap 'exit 42' INT; kill -TERM $PPID; " WAIT, true, 42},
		{"trap 'exit 43' HUP; kill -HUP $PPID; " WAIT, true, 43},
		{"trap 'exit 43' HUP; kill -HUP $PPID; " WAIT, false, 43},
		{"kill -TERM $PPID; " WAIT, false, 128 + SIGTERM},
		{"kill -HUP $PPID; " WAIT, true, 128 + SIGHUP},
		{"exit 3", true, 3},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sigaction after;
		int code = -1;
		assert_int_equal(run((struct proc){.forward = true, .gently = rows[i].gently},
						 rows[i].script, &code), 0);
		check(code == rows[i].code, "%s: %d", rows[i].script, code);
		assert_int_equal(sigaction(SIGTERM, NULL, &after), 0);
		assert_true(after.sa_handler == SIG_DFL);
		assert_int_equal(sigaction(SIGHUP, NULL, &after), 0);
		assert_true(after.sa_handler == SIG_DFL);
	}
}

/* Whoever sends a second one means us. */
static void test_forward_once(void **state) {
	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		int code = -1;
		(void)run((struct proc){.forward = true},
				"trap '' TERM; kill -TERM $PPID; sleep 0.1; kill -TERM $PPID; sleep 0.1", &code);
		_exit(0);
	}
	int status = -1;
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	(void)poll(NULL, 0, 150); /* the shell that it left ends */
}

/* --- the environment ------------------------------------------------------------------------- */

static void test_environment(void **state) {
	(void)state;
	static const char *const loading[] = {"BASH_ENV", "ENV", "GCONV_PATH", "LD_AUDIT",
			"LD_LIBRARY_PATH", "PACMAN", "PACMAN_AUTH", "PERL5LIB", "PERL5OPT", "PYTHONHOME",
			"PYTHONPATH", "PYTHONSTARTUP", "RUBYLIB", "RUBYOPT", "NLSPATH", "LOCPATH"};
	static const char *const kept[] = {"LD_LIBRARY_PATHS", "ENVY", "XPACMAN", "TERM_X", "GIT_X"};
	struct buf out = BUF_INIT;
	int code;
	for (size_t i = 0; i < COUNT(loading) + COUNT(kept); i++) {
		const char *name = i < COUNT(loading) ? loading[i] : kept[i - COUNT(loading)];
		assert_int_equal(setenv(name, "/nowhere", 1), 0);
		char script[64];
		(void)snprintf(script, sizeof(script), "printf %%s \"$%s\"", name);
		for (int privileged = 0; privileged < 2; privileged++) {
			buf_clear(&out);
			assert_int_equal(run((struct proc){.capture = &out, .quiet = true,
							   .privileged = privileged == 1},
							 script, &code), 0);
			bool dropped = privileged == 1 && i < COUNT(loading);
			check_text(name, out.data != NULL ? out.data : "", dropped ? "" : "/nowhere");
		}
		assert_int_equal(unsetenv(name), 0);
	}
	buf_release(&out);
}

int main(void) {
	/* What is ignored at the start stays so, as under nohup. */
	(void)signal(SIGHUP, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_trusted),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_forward),
		cmocka_unit_test(test_forward_once),
		cmocka_unit_test(test_environment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
