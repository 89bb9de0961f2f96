/* SPDX-License-Identifier: MIT */

/* Which compositor is ours. Root has none, so as root it all runs as somebody else. */

#include "sandbox.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "desk/instance.h"

enum { PROCESSES_MAX = 16, DAY = 24 * 60 * 60 };

static struct {
	pid_t items[PROCESSES_MAX];
	size_t count;
} processes;

static const struct facts *facts(void) {
	static struct facts facts;
	facts = (struct facts){.uid = geteuid()};
	return &facts;
}

/* --- a desktop ------------------------------------------------------------------------------- */

/* A process that lives as long as the test does. */
static pid_t process(const char *name) {
	int ready[2];
	char byte = 0;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_NAME, name);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)!write(ready[1], "x", 1);
		for (;;) {
			(void)pause();
		}
	}
	assert_true(pid > 0 && read(ready[0], &byte, 1) == 1);
	assert_int_equal(close(ready[0]) + close(ready[1]), 0);
	assert_true(processes.count < PROCESSES_MAX);
	processes.items[processes.count++] = pid;
	return pid;
}

static void bury(pid_t pid) {
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static pid_t dead(void) {
	pid_t pid = process("Hyprland");
	bury(pid);
	processes.count--;
	return pid;
}

/* Everything that could lead to the desktop of whoever runs the tests is gone. */
static void desktop_open(struct sandbox *box) {
	static const char *const names[] = {"HYPRLAND_INSTANCE_SIGNATURE", "SSH_CONNECTION",
			"SSH_CLIENT", "SSH_TTY", "TMUX", "WAYLAND_DISPLAY"};
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(unsetenv(names[i]), 0);
	}
	sandbox_open(box);
	put_folder(box, "run");
	put_folder(box, "run/hypr");
	assert_int_equal(setenv("XDG_RUNTIME_DIR", at(box, "run"), 1), 0);
}

static void desktop_close(struct sandbox *box) {
	while (processes.count > 0) {
		bury(processes.items[--processes.count]);
	}
	sandbox_close(box);
}

static void put_socket(struct sandbox *box, const char *name) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = at(box, name);
	assert_true(strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(close(fd), 0);
}

/* `age` in days. */
static void put_instance(struct sandbox *box, const char *signature, pid_t pid,
		const char *display, int age) {
	struct arena *arena = &box->arena;
	const char *folder = arena_printf(arena, "run/hypr/%s", signature);
	const char *lock = arena_printf(arena, "%s/hyprland.lock", folder);
	put_folder(box, folder);
	put_socket(box, arena_printf(arena, "%s/.socket.sock", folder));
	put(box, lock, arena_printf(arena, "%ld\n%s\n", (long)pid, display));
	time_t then = time(NULL) - (time_t)age * DAY;
	const struct timespec times[] = {{then, 0}, {then, 0}};
	assert_int_equal(utimensat(box->dir, lock, times, 0), 0);
}

static void set(const char *name, const char *value) {
	assert_int_equal(value != NULL ? setenv(name, value, 1) : unsetenv(name), 0);
}

/* The signature that is found, or "none". */
static const char *found(struct sandbox *box) {
	struct instance instance = {0};
	if (!instance_find(&instance, facts(), &box->arena)) {
		return "none";
	}
	check_text("its socket", instance.socket, arena_printf(&box->arena,
			"%s/run/hypr/%s/.socket.sock", box->path, instance.signature));
	assert_int_equal(kill(instance.pid, 0), 0);
	return instance.signature;
}

/* --- the environment ------------------------------------------------------------------------- */

static void test_environment(void **state) {
	(void)state;
	static const struct {
		const char *name, *value;
		bool likely;
	} rows[] = {
		{"LANG", "C", true},
		{"SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22", false},
		{"SSH_CLIENT", "10.0.0.1 1 22", false},
		{"SSH_TTY", "/dev/pts/1", false},
		{"SSH_CONNECTION", "", true},
		{"XDG_RUNTIME_DIR", NULL, false},
		{"XDG_RUNTIME_DIR", "", false},
		{"XDG_RUNTIME_DIR", "run", false},
		{"XDG_RUNTIME_DIR", "./run", false},
		{"HYPRLAND_INSTANCE_SIGNATURE", NULL, false},
		{"HYPRLAND_INSTANCE_SIGNATURE", "", false},
		{"HYPRLAND_INSTANCE_SIGNATURE", ".", false},
		{"HYPRLAND_INSTANCE_SIGNATURE", "..", false},
		{"HYPRLAND_INSTANCE_SIGNATURE", "../hypr/own", false},
		{"HYPRLAND_INSTANCE_SIGNATURE", "own/", false},
		{"HYPRLAND_INSTANCE_SIGNATURE", "/own", false},
		{"HYPRLAND_INSTANCE_SIGNATURE", "own\n", false},
		{"HYPRLAND_INSTANCE_SIGNATURE", "\033]0;own", false},
		{"HYPRLAND_INSTANCE_SIGNATURE", "\xff", false},
		{"TMUX", "/tmp/tmux-1/default,1,0", true},
	};
	struct sandbox box;
	desktop_open(&box);
	put_instance(&box, "own", process("Hyprland"), "wayland-1", 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		set("XDG_RUNTIME_DIR", at(&box, "run"));
		set("HYPRLAND_INSTANCE_SIGNATURE", "own");
		set(rows[i].name, rows[i].value);
		check(instance_is_likely(facts()) == rows[i].likely, "%s=%s", rows[i].name,
				shown(&box.arena, rows[i].value));
		check_text(rows[i].name, found(&box), rows[i].likely ? "own" : "none");
		set(rows[i].name, NULL);
	}
	/* In tmux one may be there though the server has never heard of it. */
	set("TMUX", "/tmp/tmux-1/default,1,0");
	check_text("none known", found(&box), "own");
	set("HYPRLAND_INSTANCE_SIGNATURE", "../hypr/own");
	check_text("a wrong one", found(&box), "own");
	const struct facts root = {.uid = 0};
	struct instance instance;
	assert_true(!instance_is_likely(&root));
	assert_true(!instance_find(&instance, &root, &box.arena));
	desktop_close(&box);
}

static void test_long_names(void **state) {
	(void)state;
	struct sandbox box;
	desktop_open(&box);
	char name[240];
	memset(name, 'a', sizeof(name));
	/* Where a socket could not even be made. */
	for (size_t n = 50; n < sizeof(name) - 1; n += 63) {
		name[n] = '\0';
		put_instance(&box, "short", process("Hyprland"), "wayland-1", 0);
		const char *folder = arena_printf(&box.arena, "run/hypr/%s", name);
		assert_int_equal(renameat(box.dir, "run/hypr/short", box.dir, folder), 0);
		set("HYPRLAND_INSTANCE_SIGNATURE", name);
		bool fits = strlen(at(&box, folder)) + strlen("/.socket.sock") < 108;
		assert_true(fits == (n < 60));
		check_text(name, found(&box), fits ? name : "none");
		assert_int_equal(renameat(box.dir, folder, box.dir, "away"), 0);
		assert_int_equal(nftw(at(&box, "away"), sandbox_remove, 16, FTW_DEPTH), 0);
		name[n] = 'a';
	}
	name[239] = '\0';
	set("HYPRLAND_INSTANCE_SIGNATURE", arena_printf(&box.arena, "%s%s", name, name));
	check_text("longer than a name may be", found(&box), "none");
	desktop_close(&box);
}

/* --- the lock -------------------------------------------------------------------------------- */

static void test_locks(void **state) {
	(void)state;
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{"@\nwayland-1\n", true},
		{"@\n", true},
		{"@\nwayl", true}, /* the display is needed for others only */
		{"@\n\n", true},
		{"@", false},      /* may be half a number */
		{"", false},
		{"\n", false},
		{"\n@\n", false},
		{" @\n", false},
		{"+@\n", false},
		{"-@\n", false},
		{"0@\n", false},
		{"@ \n", false},
		{"@x\n", false},
		{"@ wayland-1\n", false},
		{"x\nwayland-1\n", false},
		{"0\nwayland-1\n", false},
		{"1\nwayland-1\n", false}, /* not the person's */
		{"-1\nwayland-1\n", false},
		{"4294967295\nwayland-1\n", false},
		{"4294967297\nwayland-1\n", false},
		{"99999999999999999999999\nwayland-1\n", false},
		{"\xff\xfe\n", false},
	};
	struct sandbox box;
	desktop_open(&box);
	pid_t pid = process("Hyprland");
	put_instance(&box, "own", pid, "wayland-1", 0);
	set("HYPRLAND_INSTANCE_SIGNATURE", "own");
	const char *number = arena_printf(&box.arena, "%ld", (long)pid);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf text = BUF_INIT;
		for (const char *p = rows[i].text; *p != '\0'; p++) {
			buf_add(&text, *p == '@' ? number : p, *p == '@' ? strlen(number) : 1);
		}
		put_bytes(&box, "run/hypr/own/hyprland.lock", text.data, text.len);
		check_text(shown(&box.arena, rows[i].text), found(&box),
				rows[i].good ? "own" : "none");
		/* Torn anywhere: it is the same compositor, or none. */
		for (size_t n = 0; rows[i].good && n < text.len; n++) {
			put_bytes(&box, "run/hypr/own/hyprland.lock", text.data, n);
			check_text("torn", found(&box), n > strlen(number) ? "own" : "none");
		}
		buf_release(&text);
	}
	char *large = arena_printf(&box.arena, "%s\n%*s\n", number, 5000, "wayland-1");
	put(&box, "run/hypr/own/hyprland.lock", large);
	check_text("large", found(&box), "none");
	large[strlen(number)] = '\0';
	put_bytes(&box, "run/hypr/own/hyprland.lock", large, 100);
	check_text("NUL", found(&box), "none");
	desktop_close(&box);
}

/* --- what stands there ----------------------------------------------------------------------- */

static void check_without(struct sandbox *box, const char *name) {
	assert_int_equal(renameat(box->dir, name, box->dir, "kept"), 0);
	check_text(name, found(box), "none");
}

static void put_back(struct sandbox *box, const char *name) {
	assert_int_equal(renameat(box->dir, "kept", box->dir, name), 0);
	check_text(name, found(box), "own");
}

static void test_kinds(void **state) {
	(void)state;
	static const char *const names[] = {"run", "run/hypr", "run/hypr/own",
			"run/hypr/own/hyprland.lock", "run/hypr/own/.socket.sock"};
	struct sandbox box;
	desktop_open(&box);
	put_instance(&box, "own", process("Hyprland"), "wayland-1", 0);
	set("HYPRLAND_INSTANCE_SIGNATURE", "own");
	for (size_t i = 0; i < COUNT(names); i++) {
		const char *name = names[i];
		check_without(&box, name);
		/* The runtime folder is where the environment says; below it nothing leads away. */
		put_link(&box, name, at(&box, "kept"));
		check_text(name, found(&box), i == 0 ? "own" : "none");
		assert_int_equal(unlinkat(box.dir, name, 0), 0);
		assert_int_equal(mkfifoat(box.dir, name, 0600), 0);
		check_text(name, found(&box), "none");
		assert_int_equal(unlinkat(box.dir, name, 0), 0);
		put_folder(&box, name);
		check_text(name, found(&box), "none");
		assert_int_equal(unlinkat(box.dir, name, AT_REMOVEDIR), 0);
		put(&box, name, "");
		check_text(name, found(&box), "none");
		assert_int_equal(unlinkat(box.dir, name, 0), 0);
		put_back(&box, name);
	}
	desktop_close(&box);
}

static void give(struct sandbox *box, const char *name, uid_t uid) {
	uid_t us = geteuid();
	assert_int_equal(setresuid(0, 0, 0), 0);
	assert_int_equal(fchownat(box->dir, name, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(setresuid(us, us, 0), 0);
}

static void test_owners(void **state) {
	(void)state;
	static const char *const names[] = {"run", "run/hypr", "run/hypr/own",
			"run/hypr/own/hyprland.lock", "run/hypr/own/.socket.sock"};
	uid_t real, effective, saved;
	assert_int_equal(getresuid(&real, &effective, &saved), 0);
	if (saved != 0) {
		skip();
	}
	struct sandbox box;
	desktop_open(&box);
	put_instance(&box, "own", process("Hyprland"), "wayland-1", 0);
	set("HYPRLAND_INSTANCE_SIGNATURE", "own");
	for (size_t i = 0; i < COUNT(names); i++) {
		give(&box, names[i], 12345);
		check_text(names[i], found(&box), "none");
		give(&box, names[i], effective);
		check_text(names[i], found(&box), "own");
	}
	desktop_close(&box);
}

/* --- several --------------------------------------------------------------------------------- */

struct row {
	const char *own, *display;
	const char *want;
	const char *instances; /* "NAME/D/DISPLAY/AGE": D is "h" for Hyprland, "o" for another, "x": dead */
};

static void test_several(void **state) {
	(void)state;
	static const struct row rows[] = {
		/* The environment's, while it lives: nested sessions have their own. */
		{"a", "wayland-1", "a", "a/h/wayland-1/0"},
		{"a", "wayland-1", "a", "a/h/wayland-1/9 b/h/wayland-1/1 c/h/wayland-2/0"},
		{"a", "wayland-2", "a", "a/h/wayland-1/9 b/h/wayland-2/1"},
		{"a", NULL, "a", "a/h/wayland-1/9 b/h/wayland-2/1"},
		/* Stale: the newest of the display. */
		{"a", "wayland-1", "b", "a/x/wayland-1/9 b/h/wayland-1/1"},
		{"a", "wayland-1", "c", "a/x/wayland-1/9 b/h/wayland-1/2 c/h/wayland-1/1 d/h/wayland-1/3"},
		{"a", "wayland-1", "b", "a/x/wayland-1/9 b/h/wayland-1/2 c/h/wayland-2/1"},
		{"a", "/run/user/1/wayland-2", "c", "a/x/wayland-1/9 b/h/wayland-1/2 c/h/wayland-2/3"},
		{"a", "wayland-1", "b", "a/x/wayland-1/9 b/h/wayland-1/2 c/x/wayland-1/1"},
		{"gone", "wayland-1", "b", "b/h/wayland-1/2"},
		/* Or the only one. */
		{"a", "wayland-3", "b", "a/x/wayland-3/9 b/h/wayland-1/1"},
		{"a", NULL, "b", "a/x/wayland-1/9 b/h/wayland-1/1"},
		{"a", "wayland-3", "none", "a/x/wayland-3/9 b/h/wayland-1/1 c/h/wayland-2/1"},
		{"a", NULL, "none", "a/x/wayland-1/9 b/h/wayland-1/1 c/h/wayland-1/2"},
		{"a", "wayland-1", "none", "a/x/wayland-1/0 b/x/wayland-1/0"},
		{"a", "wayland-1", "none", ""},
		/* A number that another process has by now is no match for the real one. */
		{"a", "wayland-1", "b", "a/o/wayland-1/9 b/h/wayland-1/1"},
		{"a", "wayland-1", "c", "a/x/wayland-1/9 b/o/wayland-1/1 c/h/wayland-1/2"},
		{"a", "wayland-1", "c", "a/x/wayland-1/9 b/o/wayland-1/1 c/h/wayland-2/2"},
		/* But no name is believed to be the only possible one. */
		{"a", "wayland-1", "a", "a/o/wayland-1/9"},
		{"a", "wayland-1", "a", "a/o/wayland-1/9 b/o/wayland-1/1"},
		{"a", "wayland-1", "b", "a/x/wayland-1/9 b/o/wayland-1/1"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sandbox box;
		desktop_open(&box);
		char *copy = arena_strdup(&box.arena, rows[i].instances), *save = NULL;
		for (char *one = strtok_r(copy, " ", &save); one != NULL;
				one = strtok_r(NULL, " ", &save)) {
			char *rest = NULL;
			const char *name = strtok_r(one, "/", &rest);
			char kind = *strtok_r(NULL, "/", &rest);
			const char *display = strtok_r(NULL, "/", &rest);
			pid_t pid = kind == 'x' ? dead()
						: process(kind == 'h' ? ".Hyprland-wrapp" : "zsh");
			put_instance(&box, name, pid, display, (int)strtol(rest, NULL, 10));
		}
		set("HYPRLAND_INSTANCE_SIGNATURE", rows[i].own);
		set("WAYLAND_DISPLAY", rows[i].display);
		check_text(rows[i].instances, found(&box), rows[i].want);
		desktop_close(&box);
	}
}

static void test_many_remains(void **state) {
	(void)state;
	struct sandbox box;
	desktop_open(&box);
	for (int i = 0; i < 1000; i++) {
		put_folder(&box, arena_printf(&box.arena, "run/hypr/crashed_%d", i));
	}
	put(&box, "run/hypr/a file", "");
	put_instance(&box, "own", process("Hyprland"), "wayland-1", 0);
	set("HYPRLAND_INSTANCE_SIGNATURE", "own");
	check_text("own", found(&box), "own");
	desktop_close(&box);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_locks),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_many_remains),
	};
	(void)umask(022);
	if (geteuid() == 0 && (setresgid(SOMEBODY, SOMEBODY, SOMEBODY) < 0 ||
					      setresuid(SOMEBODY, SOMEBODY, 0) < 0)) {
		return 1;
	}
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	/* Who has changed its user can't be looked at: not even by the leak checker. */
	if (setresuid(0, 0, 0) == 0) {
		(void)prctl(PR_SET_DUMPABLE, 1);
	}
	return failed;
}
