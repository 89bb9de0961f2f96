/* SPDX-License-Identifier: MIT */

/* From a shell up to its window; through a tmux that is a script, and through the real one. */

#include "sandbox.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ioctl.h>

#include "desk/ancestry.h"
#include "sys/clock.h"
#include "sys/proc.h"

enum { PLENTY_MS = 20000, SHORT_MS = 150, LATE_MS = 5000, CHAIN_MAX = 48 };

/* --- processes ------------------------------------------------------------------------------- */

/* pids[0] is a child of the test, and each the parent of the next. */
struct chain {
	pid_t pids[CHAIN_MAX];
	size_t count;
};

_Noreturn static void be_chain(size_t count, const char *name, int out) {
	bool is_child = true;
	for (size_t i = 0; is_child && i < count; i++) {
		pid_t self = getpid();
		(void)prctl(PR_SET_NAME, name);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		is_child = write(out, &self, sizeof(self)) == (ssize_t)sizeof(self) &&
				i + 1 < count && fork() == 0;
	}
	for (;;) {
		(void)pause();
	}
}

static void chain_open(struct chain *chain, size_t count, const char *name) {
	int ends[2];
	assert_true(count <= CHAIN_MAX && pipe2(ends, O_CLOEXEC) == 0);
	if (fork() == 0) {
		be_chain(count, name, ends[1]);
	}
	for (chain->count = 0; chain->count < count; chain->count++) {
		assert_int_equal(read(ends[0], &chain->pids[chain->count], sizeof(pid_t)),
				sizeof(pid_t));
	}
	assert_int_equal(close(ends[0]) + close(ends[1]), 0);
}

static void chain_close(struct chain *chain) {
	for (size_t i = 0; i < chain->count; i++) {
		(void)kill(chain->pids[i], SIGKILL);
		assert_int_equal(waitpid(chain->pids[i], NULL, 0), chain->pids[i]);
	}
}

static pid_t last(const struct chain *chain) {
	return chain->pids[chain->count - 1];
}

/* From the end of a chain to its start, then the test itself and what is above it. */
static void check_whole(const char *row, const struct ancestry *got, const struct chain *chain) {
	check(got->count > chain->count, "%s: %zu", row, got->count);
	for (size_t i = 0; i < chain->count; i++) {
		check(got->pids[i] == chain->pids[chain->count - 1 - i], "%s: at %zu", row, i);
	}
	check(got->pids[chain->count] == getpid(), "%s: the test", row);
}

/* --- the chain by itself --------------------------------------------------------------------- */

static void test_climb(void **state) {
	(void)state;
	static const char *const names[] = {"zsh", "tmux: server", "a) R 1 (b", ")", "(", ") S 1 1",
			"\n) S 1 1 (x", "\xff\xfe", ""};
	struct arena arena;
	arena_init(&arena);
	assert_int_equal(unsetenv("TMUX"), 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct chain chain;
		struct ancestry got;
		chain_open(&chain, 4, names[i]);
		ancestry_find(&got, last(&chain), PLENTY_MS, &arena);
		check_whole(shown(&arena, names[i]), &got, &chain);
		for (size_t j = 0; j < got.count; j++) {
			assert_true(got.pids[j] > 1);
		}
		chain_close(&chain);
	}
	arena_release(&arena);
}

static void test_nobody(void **state) {
	(void)state;
	struct arena arena;
	struct ancestry got;
	struct chain chain;
	arena_init(&arena);
	chain_open(&chain, 1, "zsh");
	chain_close(&chain);
	const pid_t rows[] = {0, 1, -1, -4711, INT32_MAX, chain.pids[0]};
	for (size_t i = 0; i < COUNT(rows); i++) {
		got.count = 7;
		ancestry_find(&got, rows[i], PLENTY_MS, &arena);
		check(got.count == 0, "%ld", (long)rows[i]);
	}
	assert_int_equal(proc_parent(getpid()), getppid());
	assert_int_equal(proc_parent(chain.pids[0]), -1);
	arena_release(&arena);
}

static void test_deep(void **state) {
	(void)state;
	struct arena arena;
	struct ancestry got;
	struct chain chain;
	arena_init(&arena);
	chain_open(&chain, CHAIN_MAX, "zsh");
	ancestry_find(&got, last(&chain), PLENTY_MS, &arena);
	assert_int_equal(got.count, ANCESTRY_MAX);
	assert_int_equal(got.pids[ANCESTRY_MAX - 1], chain.pids[CHAIN_MAX - ANCESTRY_MAX]);
	chain_close(&chain);
	arena_release(&arena);
}

/* --- a tmux that is a script ----------------------------------------------------------------- */

struct scene {
	struct sandbox box;
	struct chain inside;  /* pids[0] is the server, the last one the shell */
	struct chain outside; /* the last one is the client */
	struct chain other;   /* another client */
};

/* "@" is the client's number, "#" the other one's. */
static void scene_script(struct scene *scene, const char *script) {
	struct buf text = BUF_INIT;
	buf_adds(&text, "#!/bin/sh\n");
	buf_addf(&text, "printf '%%s|' \"$@\" >'%s/said'\n", scene->box.path);
	for (const char *p = script; *p != '\0'; p++) {
		if (*p == '@' || *p == '#') {
			buf_addf(&text, "%ld", (long)last(*p == '@' ? &scene->outside : &scene->other));
		} else {
			buf_addc(&text, *p);
		}
	}
	buf_addc(&text, '\n');
	(void)unlinkat(scene->box.dir, "bin/tmux", 0);
	(void)unlinkat(scene->box.dir, "said", 0);
	put(&scene->box, "bin/tmux", text.data);
	assert_int_equal(fchmodat(scene->box.dir, "bin/tmux", 0755, 0), 0);
	buf_release(&text);
}

static void scene_open(struct scene *scene) {
	sandbox_open(&scene->box);
	put_folder(&scene->box, "bin");
	chain_open(&scene->inside, 2, "tmux: server");
	chain_open(&scene->outside, 3, "foot");
	chain_open(&scene->other, 3, "kitty");
	struct arena *arena = &scene->box.arena;
	assert_int_equal(setenv("PATH", arena_printf(arena, "%s/bin:/usr/bin:/bin",
							scene->box.path), 1), 0);
	assert_int_equal(setenv("TMUX", arena_printf(arena, "/run/a, b/sock,%ld,3",
							(long)scene->inside.pids[0]), 1), 0);
	assert_int_equal(setenv("TMUX_PANE", "%5", 1), 0);
}

static void scene_close(struct scene *scene) {
	chain_close(&scene->inside);
	chain_close(&scene->outside);
	chain_close(&scene->other);
	/* Nobody is left behind, dead or alive. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	sandbox_close(&scene->box);
}

static void find(struct scene *scene, struct ancestry *ret, unsigned ms) {
	ancestry_find(ret, last(&scene->inside), ms, &scene->box.arena);
}

/* The shell and the server, then the client and what is above it. */
static void check_client(const char *row, struct scene *scene, const struct ancestry *got,
		const struct chain *client) {
	const struct chain *inside = &scene->inside;
	check(got->count > inside->count + client->count, "%s: %zu", row, got->count);
	for (size_t i = 0; i < inside->count; i++) {
		assert_int_equal(got->pids[i], inside->pids[inside->count - 1 - i]);
	}
	struct ancestry rest = {.count = got->count - inside->count};
	memcpy(rest.pids, got->pids + inside->count, rest.count * sizeof(rest.pids[0]));
	check_whole(row, &rest, client);
}

static void test_clients(void **state) {
	(void)state;
	static const struct {
		const char *script;
		char client; /* 0: none */
	} rows[] = {
		{"echo 1700000000 @", '@'},
		{"echo 1700000001 @; echo 1700000000 #", '@'},
		{"echo 1700000000 @; echo 1700000001 #", '#'},
		{"echo 999999999 @; echo 1700000000 #", '#'},
		{"echo 1 1234; echo 1700000001 #; echo 3 4567", '#'},
		/* Which of the two can't be told. */
		{"echo 1700000000 @; echo 1700000000 #", 0},
		{"echo 1700000000 @; echo 1700000000 #; echo 1700000001 @", '@'},
		/* Detached. */
		{":", 0},
		/* Nothing that is to be believed. */
		{"echo 1700000000 @; exit 1", 0},
		{"echo 1700000000 @; kill -9 $$", 0},
		{"printf '1700000000 @'", 0},
		{"echo 1700000000 @x", 0},
		{"echo 1700000000", 0},
		{"echo x @", 0},
		{"echo; echo 1700000000 @", 0},
		{"echo 1700000000 0", 0},
		{"echo 1700000000 1", 0},
		{"echo 1700000000 -@", 0},
		{"echo 1700000000 99999999999", 0},
		{"printf '\\377\\033[31m\\000\\n'", 0},
		{"echo 1700000000 @ >&2", 0},
		{"read line && echo 1700000000 @", 0},
		{"while echo 1700000000 @; do :; done", 0},
	};
	struct scene scene;
	scene_open(&scene);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ancestry got;
		scene_script(&scene, rows[i].script);
		find(&scene, &got, PLENTY_MS);
		if (rows[i].client == 0) {
			check(got.count == 0, "%s: %zu", rows[i].script, got.count);
		} else {
			check_client(rows[i].script, &scene, &got,
					rows[i].client == '@' ? &scene.outside : &scene.other);
		}
		check_text(rows[i].script, what(&scene.box, "said"),
				"-S|/run/a, b/sock|list-clients|-t|%5|-F|"
				"#{client_activity} #{client_pid}|");
	}
	scene_close(&scene);
}

static void test_late(void **state) {
	(void)state;
	static const char *const rows[] = {
		"echo 1700000000 @; exec sleep 100",
		"echo 1700000000 @; exec sleep 100 >&-",
		"trap '' TERM INT; echo 1700000000 @; exec >&-; while :; do read x </dev/zero; done",
	};
	struct scene scene;
	scene_open(&scene);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ancestry got;
		scene_script(&scene, rows[i]);
		int64_t start = clock_ms();
		find(&scene, &got, SHORT_MS);
		check(got.count == 0, "%s", rows[i]);
		check(clock_ms() - start < LATE_MS, "%s: late", rows[i]);
	}
	struct ancestry got;
	scene_script(&scene, "echo 1700000000 @");
	find(&scene, &got, 0);
	assert_int_equal(got.count, 0);
	scene_close(&scene);
}

/* "@" is the server's number. */
static void test_variables(void **state) {
	(void)state;
	static const struct {
		const char *tmux, *pane;
		const char *target; /* NULL: tmux is not asked */
	} rows[] = {
		{"/s,@,3", "%5", "%5"},
		{"/s,@,3", NULL, "$3"},
		{"/s,@,3", "", "$3"},
		{"/s,@,3", "5", "$3"},
		{"/s,@,3", "%", "$3"},
		{"/s,@,3", "%5;kill-server", "$3"},
		{"/s,@,3", "%5 ", "$3"},
		{"/s,@,3", "%1234567890123456789", "$3"},
		{"/s,@,0", NULL, "$0"},
		{NULL, "%5", NULL},
		{"", "%5", NULL},
		{"x", "%5", NULL},
		{"/s", "%5", NULL},
		{"/s,@", "%5", NULL},
		{",@,3", "%5", NULL},
		{"s,@,3", "%5", NULL},
		{"-V,@,3", "%5", NULL},
		{"/s,@,", "%5", NULL},
		{"/s,@,x", "%5", NULL},
		{"/s,@,$3", "%5", NULL},
		{"/s,@,-3", "%5", NULL},
		{"/s,,3", "%5", NULL},
		{"/s,1,3", "%5", NULL},
		{"/s,-1,3", "%5", NULL},
		{"/s,@ ,3", "%5", NULL},
		{"/s,0@,3", "%5", "%5"},
		/* One that this shell isn't below: a window was started from a shell in tmux. */
		{"/s,999999999,3", "%5", NULL},
	};
	struct scene scene;
	scene_open(&scene);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ancestry got;
		struct buf value = BUF_INIT;
		for (const char *p = rows[i].tmux; p != NULL && *p != '\0'; p++) {
			if (*p == '@') {
				buf_addf(&value, "%ld", (long)scene.inside.pids[0]);
			} else {
				buf_addc(&value, *p);
			}
		}
		assert_int_equal(rows[i].tmux != NULL ? setenv("TMUX", value.data, 1)
						      : unsetenv("TMUX"), 0);
		assert_int_equal(rows[i].pane != NULL ? setenv("TMUX_PANE", rows[i].pane, 1)
						      : unsetenv("TMUX_PANE"), 0);
		scene_script(&scene, "echo 1700000000 @");
		find(&scene, &got, PLENTY_MS);
		if (rows[i].target != NULL) {
			check_client(rows[i].tmux, &scene, &got, &scene.outside);
			check_text(value.data, what(&scene.box, "said"),
					arena_printf(&scene.box.arena, "-S|/s|list-clients|-t|%s|"
							"-F|#{client_activity} #{client_pid}|",
							rows[i].target));
		} else {
			check_whole(rows[i].tmux, &got, &scene.inside);
			check_text(rows[i].tmux, what(&scene.box, "said"), "");
		}
		buf_release(&value);
	}
	scene_close(&scene);
}

static void test_no_tmux(void **state) {
	(void)state;
	struct scene scene;
	struct ancestry got;
	scene_open(&scene);
	scene_script(&scene, "echo 1700000000 @");
	/* Never one that happens to lie in the current folder. */
	assert_int_equal(fchdir(scene.box.dir), 0);
	assert_int_equal(setenv("PATH", ".:bin::/none", 1), 0);
	find(&scene, &got, PLENTY_MS);
	assert_int_equal(got.count, 0);
	check_text("relative", what(&scene.box, "said"), "");
	assert_int_equal(unsetenv("PATH"), 0);
	find(&scene, &got, PLENTY_MS);
	assert_int_equal(got.count, 0);
	assert_int_equal(chdir("/"), 0);
	scene_close(&scene);
}

/* As the process is that does it, once the shell has its answer. */
static void test_closed_stdio(void **state) {
	(void)state;
	struct scene scene;
	scene_open(&scene);
	scene_script(&scene, "echo 1700000000 @");
	for (unsigned set = 0; set < 8; set++) {
		pid_t pid = fork();
		if (pid == 0) {
			struct ancestry got;
			for (int fd = 0; fd < 3; fd++) {
				if ((set >> fd & 1) != 0) {
					(void)close(fd);
				}
			}
			find(&scene, &got, PLENTY_MS);
			_exit(got.count > 5 && got.pids[2] == last(&scene.outside) ? 0 : 1);
		}
		int status = -1;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		check(status == 0, "without the descriptors %x", set);
	}
	scene_close(&scene);
}

/* --- the real one ---------------------------------------------------------------------------- */

static const char *tmux(struct sandbox *box, const char *arguments) {
	char line[256] = "";
	FILE *out = popen(arena_printf(&box->arena, "tmux -S '%s/sock' -f /dev/null %s", // NOLINT
					  box->path, arguments), "r");
	assert_true(out != NULL);
	size_t n = fread(line, 1, sizeof(line) - 1, out);
	line[n > 0 && line[n - 1] == '\n' ? n - 1 : n] = '\0';
	(void)pclose(out);
	return arena_strdup(&box->arena, line);
}

/* A terminal of its own in which a client shows the session. */
static pid_t attach(struct sandbox *box, const char *session, int *ret_terminal) {
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
	const char *socket = at(box, "sock"), *name = arena_strdup(&box->arena, ptsname(terminal));
	pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)setsid();
		int fd = open(name, O_RDWR);
		(void)ioctl(fd, TIOCSCTTY, 0);
		(void)dup2(fd, 0), (void)dup2(fd, 1), (void)dup2(fd, 2);
		(void)unsetenv("TMUX");
		(void)setenv("TERM", "xterm", 1);
		(void)execlp("tmux", "tmux", "-S", socket, "attach", "-t", session, (char *)NULL);
		_exit(1);
	}
	const char *want = arena_printf(&box->arena, "%ld", (long)pid);
	const char *got = "";
	for (int i = 0; i < 300 && strstr(got, want) == NULL; i++) {
		(void)poll(NULL, 0, 20);
		got = tmux(box, "list-clients -F '#{client_pid}'");
	}
	assert_true(strstr(got, want) != NULL);
	*ret_terminal = terminal;
	return pid;
}

static bool goes_through(struct sandbox *box, pid_t shell, pid_t server, pid_t client) {
	struct ancestry got;
	ancestry_find(&got, shell, PLENTY_MS, &box->arena);
	if (client == 0) {
		return got.count == 0;
	}
	return got.count > 3 && got.pids[0] == shell && got.pids[1] == server &&
			got.pids[2] == client && got.pids[3] == getpid();
}

static void test_real(void **state) {
	(void)state;
	struct sandbox box;
	sandbox_open(&box);
	assert_int_equal(setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1), 0);
	assert_int_equal(unsetenv("TMUX") + unsetenv("TMUX_PANE"), 0);
	if (proc_find("tmux", &box.arena) == NULL) {
		sandbox_close(&box);
		skip();
	}
	long shell = 0, server = 0;
	const char *said = tmux(&box, "new-session -d -s 'one two' -P -F '#{pane_pid} #{pid}' "
				      "'exec sleep 1000'");
	assert_int_equal(sscanf(said, "%ld %ld", &shell, &server), 2); // NOLINT
	(void)tmux(&box, "new-session -d -s other 'exec sleep 1000'");
	assert_int_equal(setenv("TMUX", arena_printf(&box.arena, "%s/sock,%ld,0", box.path, server),
					 1), 0);
	assert_true(goes_through(&box, (pid_t)shell, (pid_t)server, 0));
	/* A client of another session shows another window. */
	int terminals[3];
	(void)attach(&box, "other", &terminals[0]);
	assert_true(goes_through(&box, (pid_t)shell, (pid_t)server, 0));
	pid_t first = attach(&box, "one two", &terminals[1]);
	assert_true(goes_through(&box, (pid_t)shell, (pid_t)server, first));
	assert_int_equal(setenv("TMUX_PANE", "%0", 1), 0);
	assert_true(goes_through(&box, (pid_t)shell, (pid_t)server, first));
	/* Activity has seconds: one that comes in the next one is the last. */
	(void)poll(NULL, 0, 2100);
	pid_t second = attach(&box, "one two", &terminals[2]);
	assert_true(goes_through(&box, (pid_t)shell, (pid_t)server, second));
	(void)poll(NULL, 0, 2100);
	assert_int_equal(write(terminals[1], "x", 1), 1);
	for (int i = 0; i < 100 && !goes_through(&box, (pid_t)shell, (pid_t)server, first); i++) {
		(void)poll(NULL, 0, 20);
	}
	assert_true(goes_through(&box, (pid_t)shell, (pid_t)server, first));
	assert_int_equal(setenv("TMUX_PANE", "%77", 1), 0);
	assert_true(goes_through(&box, (pid_t)shell, (pid_t)server, 0));
	(void)tmux(&box, "kill-server");
	for (size_t i = 0; i < COUNT(terminals); i++) {
		assert_int_equal(close(terminals[i]), 0);
	}
	while (waitpid(-1, NULL, 0) > 0) {
	}
	assert_int_equal(unsetenv("TMUX") + unsetenv("TMUX_PANE"), 0);
	sandbox_close(&box);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_climb),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_clients),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_no_tmux),
		cmocka_unit_test(test_closed_stdio),
		cmocka_unit_test(test_real),
	};
	/* Whose parent is killed becomes ours: so does a tmux server, which is nobody's child then. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
