/* SPDX-License-Identifier: MIT */

/*
 * Programs that are told, with processes that are real: copies of this program, which have the
 * name of the copy, and say on a pipe what reaches them.
 */

#include "sandbox.h"

#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#include "base/vec.h"
#include "desk/reload.h"
#include "desk/reload_part.h"
#include "desk/running.h"
#include "sys/clock.h"

enum { PLENTY_MS = 20000, QUIET_MS = 100, PATH_SIZE = 4096 };

/* --- what is told ---------------------------------------------------------------------------- */

static int say_to;

static void say(char what) {
	if (write(say_to, &what, 1) != 1) {
		_exit(98);
	}
}

static void on_signal(int number) {
	(void)number;
	say('s');
}

static void mask(int how) {
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(how, &set, NULL);
}

static void be_catching(const char *word) {
	(void)word;
	struct sigaction action = {.sa_handler = on_signal};
	(void)sigaction(SIGUSR1, &action, NULL);
	say('r');
	for (;;) {
		(void)pause();
	}
}

static void be_deaf(const char *word) {
	(void)word;
	say('r');
	for (;;) {
		(void)pause();
	}
}

static void be_blocking(const char *word) {
	mask(SIG_BLOCK);
	be_deaf(word);
}

static void be_reading(const char *word) {
	(void)word;
	sigset_t set;
	struct signalfd_siginfo info;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	mask(SIG_BLOCK);
	int fd = signalfd(-1, &set, SFD_CLOEXEC);
	say('r');
	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		say('s');
	}
}

/* It reads the signal, but one that it doesn't block would end it. */
static void be_open(const char *word) {
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	if (signalfd(-1, &set, SFD_CLOEXEC) >= 0) {
		be_deaf(word);
	}
}

static void be_renamed(const char *word) {
	(void)prctl(PR_SET_NAME, word);
	be_catching(word);
}

static void be_watching(const char *word) {
	char events[PATH_SIZE];
	int fd = inotify_init1(IN_CLOEXEC);
	if (inotify_add_watch(fd, word, IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVE) < 0) {
		_exit(97);
	}
	say('r');
	while (read(fd, events, sizeof(events)) > 0) {
		say('s');
	}
}

static const struct {
	const char *name;
	void (*be)(const char *word);
} manners[] = {
	{"catching", be_catching}, {"deaf", be_deaf}, {"blocking", be_blocking},
	{"reading", be_reading}, {"open", be_open}, {"renamed", be_renamed},
	{"watching", be_watching},
};

static void be(const char *manner, const char *word, const char *fd) {
	say_to = (int)strtol(fd, NULL, 10);
	for (size_t i = 0; i < COUNT(manners); i++) {
		if (strcmp(manners[i].name, manner) == 0) {
			manners[i].be(word);
		}
	}
	_exit(99);
}

/* --- the stage ------------------------------------------------------------------------------- */

struct stage {
	struct sandbox box;
	struct facts facts;
	struct reload_lines lines;
	/* Programs of the test: names that nobody else's has. */
	char one[16], other[16];
};

struct actor {
	pid_t pid;
	int said;
};

static void copy_self(struct stage *stage, const char *name) {
	char bytes[64 * 1024];
	FILE *from = fopen("/proc/self/exe", "r"), *to = fopen(at(&stage->box, name), "w");
	assert_true(from != NULL && to != NULL);
	for (size_t n; (n = fread(bytes, 1, sizeof(bytes), from)) > 0;) {
		assert_int_equal(fwrite(bytes, 1, n, to), n);
	}
	assert_int_equal(fclose(from), 0);
	assert_int_equal(fclose(to), 0);
	assert_int_equal(fchmodat(stage->box.dir, name, 0755, 0), 0);
}

static void stage_open(struct stage *stage) {
	*stage = (struct stage){0};
	sandbox_open(&stage->box);
	assert_int_equal(chmod(stage->box.path, 0755), 0);
	put_folder(&stage->box, "themes");
	put_folder(&stage->box, "themes/nord-0123456789abcdef");
	put_folder(&stage->box, "themes/dusk-0123456789abcdef");
	put(&stage->box, "themes/nord-0123456789abcdef/a.css", "a { color: red; }\n");
	put(&stage->box, "themes/nord-0123456789abcdef/empty", "");
	put_link(&stage->box, "themes/current", "dusk-0123456789abcdef");
	stage->facts = (struct facts){.home = stage->box.path, .state = stage->box.path,
		.uid = geteuid(), .umask = 022};
	(void)snprintf(stage->one, sizeof(stage->one), "lm1-%ld", (long)getpid());
	(void)snprintf(stage->other, sizeof(stage->other), "lm2-%ld", (long)getpid());
	copy_self(stage, stage->one);
	copy_self(stage, stage->other);
	assert_int_equal(setenv("WAYLAND_DISPLAY", "none-of-ours", 1), 0);
	assert_int_equal(setenv("LUMINA_TIMEOUT_SCALE", "1", 1), 0);
	(void)unsetenv("HYPRLAND_INSTANCE_SIGNATURE");
}

static void stage_close(struct stage *stage) {
	VEC_RELEASE(&stage->lines);
	sandbox_close(&stage->box);
}

static char hear(const struct actor *actor, int ms) {
	struct pollfd wait = {.fd = actor->said, .events = POLLIN};
	char what;
	return poll(&wait, 1, ms) > 0 && read(actor->said, &what, 1) == 1 ? what : 0;
}

static struct actor enter_as(struct stage *stage, const char *name, const char *manner,
		const char *word, uid_t uid) {
	int ends[2];
	char number[16];
	assert_int_equal(pipe(ends), 0);
	(void)snprintf(number, sizeof(number), "%d", ends[1]);
	const char *path = at(&stage->box, name);
	struct actor actor = {.pid = fork(), .said = ends[0]};
	if (actor.pid == 0) {
		(void)close(ends[0]);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (uid != geteuid() && setuid(uid) < 0) {
			_exit(95);
		}
		(void)execl(path, path, "--be", manner, word, number, (char *)NULL);
		_exit(96);
	}
	assert_int_equal(close(ends[1]), 0);
	check(hear(&actor, PLENTY_MS) == 'r', "'%s' isn't ready", manner);
	return actor;
}

static struct actor enter(struct stage *stage, const char *name, const char *manner, const char *word) {
	return enter_as(stage, name, manner, word, geteuid());
}

static bool is_alive(const struct actor *actor) {
	return waitpid(actor->pid, NULL, WNOHANG) == 0;
}

static void leave(struct actor *actor) {
	check(is_alive(actor), "it has died");
	assert_int_equal(kill(actor->pid, SIGKILL), 0);
	assert_int_equal(waitpid(actor->pid, NULL, 0), actor->pid);
	assert_int_equal(close(actor->said), 0);
}

static const struct reload_line *tell(struct stage *stage, const struct reload_program *program) {
	const struct reload wish = {.programs = program, .nprograms = 1};
	VEC_RELEASE(&stage->lines);
	reload(&stage->lines, &wish, &stage->facts, &stage->box.arena);
	assert_int_equal(stage->lines.count, 1);
	assert_string_equal(stage->lines.items[0].name, program->name);
	return &stage->lines.items[0];
}

static struct reload_program by_signal(const struct stage *stage) {
	return (struct reload_program){.name = "one", .how = RELOAD_BY_SIGNAL, .names = {stage->one},
		.number = SIGUSR1, .later = "some day"};
}

/* --- who is told ----------------------------------------------------------------------------- */

static void test_who_is_told(void **state) {
	(void)state;
	struct stage stage;
	stage_open(&stage);
	const struct {
		const char *name, *manner, *word;
		enum reload_what what;
		const char *detail;
	} rows[] = {
		{stage.one, "catching", "", RELOAD_TOLD, NULL},
		{stage.one, "reading", "", RELOAD_TOLD, NULL},
		{stage.one, "deaf", "", RELOAD_LATER, "some day"},
		{stage.one, "blocking", "", RELOAD_LATER, "some day"},
		{stage.one, "open", "", RELOAD_LATER, "some day"},
		/* By one of its two names only. */
		{stage.other, "renamed", stage.one, RELOAD_NOT_RUNNING, NULL},
		{stage.one, "renamed", "something", RELOAD_NOT_RUNNING, NULL},
		{stage.other, "catching", "", RELOAD_NOT_RUNNING, NULL},
	};
	const struct reload_program program = by_signal(&stage);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct actor actor = enter(&stage, rows[i].name, rows[i].manner, rows[i].word);
		const struct reload_line *line = tell(&stage, &program);
		bool told = line->what == RELOAD_TOLD;
		check(line->what == rows[i].what, "row %zu: %s", i, reload_what_name(line->what));
		check_text(rows[i].manner, line->detail, rows[i].detail);
		check(hear(&actor, told ? PLENTY_MS : QUIET_MS) == (told ? 's' : 0), "row %zu", i);
		leave(&actor);
	}
	assert_int_equal(tell(&stage, &program)->what, RELOAD_NOT_RUNNING);
	stage_close(&stage);
}

/* Its file may be gone, by an update. */
static void test_updated(void **state) {
	(void)state;
	struct stage stage;
	stage_open(&stage);
	const struct reload_program program = by_signal(&stage);
	struct actor actor = enter(&stage, stage.one, "catching", "");
	assert_int_equal(unlinkat(stage.box.dir, stage.one, 0), 0);
	assert_int_equal(tell(&stage, &program)->what, RELOAD_TOLD);
	assert_int_equal(hear(&actor, PLENTY_MS), 's');
	leave(&actor);
	stage_close(&stage);
}

static void test_several(void **state) {
	(void)state;
	struct stage stage;
	stage_open(&stage);
	struct reload_program program = by_signal(&stage);
	struct actor first = enter(&stage, stage.one, "catching", ""),
		     second = enter(&stage, stage.one, "deaf", ""),
		     third = enter(&stage, stage.other, "catching", "");
	const struct reload_line *line = tell(&stage, &program);
	assert_int_equal(line->what, RELOAD_LATER);
	assert_string_equal(line->detail, "1 of 2: some day");
	assert_int_equal(hear(&first, PLENTY_MS), 's');
	leave(&second);
	program.names[1] = stage.other;
	line = tell(&stage, &program);
	assert_int_equal(line->what, RELOAD_TOLD);
	assert_string_equal(line->detail, "2 of them");
	assert_int_equal(hear(&first, PLENTY_MS), 's');
	assert_int_equal(hear(&third, PLENTY_MS), 's');
	leave(&first);
	leave(&third);
	stage_close(&stage);
}

static void test_somebody_else(void **state) {
	(void)state;
	struct stage stage;
	if (geteuid() != 0) {
		skip();
	}
	stage_open(&stage);
	const struct reload_program program = by_signal(&stage);
	struct actor actor = enter_as(&stage, stage.one, "catching", "", SOMEBODY);
	assert_int_equal(tell(&stage, &program)->what, RELOAD_NOT_RUNNING);
	assert_int_equal(hear(&actor, QUIET_MS), 0);
	leave(&actor);
	stage_close(&stage);
}

/* Whoever has got its number since isn't told. */
static void test_gone(void **state) {
	(void)state;
	struct stage stage;
	struct runnings all;
	stage_open(&stage);
	const char *const names[] = {stage.one, NULL};
	struct actor actor = enter(&stage, stage.one, "catching", ""),
		     after = enter(&stage, stage.one, "catching", "");
	running_find(&all, names, &stage.facts, &stage.box.arena);
	assert_int_equal(all.count, 2);
	struct running *one = &all.items[all.items[0].pid == actor.pid ? 0 : 1];
	leave(&actor);
	one->pid = after.pid; /* what /proc says of the number is about another one now */
	assert_int_equal(running_tell(one, SIGUSR1, &stage.box.arena), RUNNING_GONE);
	assert_int_equal(hear(&after, QUIET_MS), 0);
	running_release(&all);
	leave(&after);
	stage_close(&stage);
}

/* --- those that watch ------------------------------------------------------------------------ */

static void test_watching(void **state) {
	(void)state;
	struct stage stage;
	stage_open(&stage);
	static const char file[] = "themes/nord-0123456789abcdef/a.css";
	const struct {
		const char *folder;
		enum reload_what what;
	} rows[] = {
		{"themes/nord-0123456789abcdef", RELOAD_TOLD},
		{file, RELOAD_LATER}, /* the file itself, which stays as it is for ever: nobody does that */
		{"themes", RELOAD_LATER},
		{"", RELOAD_LATER},
	};
	const struct reload_program program = {.name = "one", .how = RELOAD_BY_WATCH,
		.names = {stage.one}, .later = "some day"};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct actor actor = enter(&stage, stage.one, "watching", at(&stage.box, rows[i].folder));
		struct stat before = info_of(&stage.box, file);
		const struct reload_line *line = tell(&stage, &program);
		struct stat after = info_of(&stage.box, file);
		bool told = line->what == RELOAD_TOLD;
		check(line->what == rows[i].what, "row %zu: %s", i, reload_what_name(line->what));
		check(hear(&actor, told ? PLENTY_MS : QUIET_MS) == (told ? 's' : 0), "row %zu", i);
		assert_string_equal(what(&stage.box, file), "a { color: red; }\n");
		assert_string_equal(what(&stage.box, "themes/nord-0123456789abcdef/empty"), "");
		assert_true(after.st_ino == before.st_ino && after.st_mode == before.st_mode);
		leave(&actor);
	}
	stage_close(&stage);
}

/* Nothing behind a link, as to the theme's picture, or that is no file, is written. */
static void test_watching_odd_files(void **state) {
	(void)state;
	struct stage stage;
	stage_open(&stage);
	const struct reload_program program = {.name = "one", .how = RELOAD_BY_WATCH, .names = {stage.one}};
	put(&stage.box, "outside", "x");
	struct actor outside = enter(&stage, stage.one, "watching", at(&stage.box, "outside"));
	struct actor actor = enter(&stage, stage.one, "watching",
			at(&stage.box, "themes/nord-0123456789abcdef"));
	put_link(&stage.box, "themes/nord-0123456789abcdef/link", "../../outside");
	assert_int_equal(hear(&actor, PLENTY_MS), 's');
	/* Of two that are called so, as the other one watches something else. */
	assert_int_equal(tell(&stage, &program)->what, RELOAD_LATER);
	assert_int_equal(hear(&actor, PLENTY_MS), 's');
	assert_int_equal(hear(&outside, QUIET_MS), 0);
	assert_int_equal(mkfifo(at(&stage.box, "themes/nord-0123456789abcdef/pipe"), 0600), 0);
	assert_int_equal(tell(&stage, &program)->what, RELOAD_FAILED);
	assert_int_equal(hear(&outside, QUIET_MS), 0);
	leave(&actor);
	leave(&outside);
	stage_close(&stage);
}

/* --- those that are run ---------------------------------------------------------------------- */

static void test_commands(void **state) {
	(void)state;
	static const struct {
		struct reload_program program;
		enum reload_what what;
		const char *detail;
	} rows[] = {
		{{.argv = {"true"}}, RELOAD_TOLD, NULL},
		{{.argv = {"sh", "-c", "exit 3"}}, RELOAD_FAILED, "it exited with 3"},
		{{.argv = {"sh", "-c", "kill -9 $$"}}, RELOAD_FAILED, "signal 9 ended it"},
		{{.argv = {"sh", "-c", "printf '\\n  so\\nmore' >&2; exit 1"}}, RELOAD_FAILED, "so"},
		{{.argv = {"no-such-program-anywhere"}}, RELOAD_NOT_RUNNING,
			"cannot run 'no-such-program-anywhere': there is no such program on PATH"},
		{{.argv = {"sh", "-c", "echo No such thing >&2; exit 1"}, .absent = "No such "},
			RELOAD_NOT_RUNNING, "No such thing"},
		{{.argv = {"sh", "-c", "test \"$0\" = prefer-dark", "prefer-"}}, RELOAD_TOLD, NULL},
		{{.argv = {"sleep", "60"}}, RELOAD_LATE, NULL},
		{{.argv = {"true"}, .names = {"nobody-is-called-so"}}, RELOAD_NOT_RUNNING, NULL},
	};
	struct stage stage;
	stage_open(&stage);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reload_program program = rows[i].program;
		program.name = "one";
		program.how = RELOAD_BY_COMMAND;
		int64_t begin = clock_ms();
		const struct reload_line *line = tell(&stage, &program);
		check(line->what == rows[i].what, "row %zu: %s", i, reload_what_name(line->what));
		check_text(program.argv[0], line->detail, rows[i].detail);
		check(clock_ms() - begin < PLENTY_MS, "row %zu", i);
	}
	stage_close(&stage);
}

#define COMMAND(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The registry's own: all are run, in order, side by side; one that fails stops nothing. */
static void test_registry(void **state) {
	(void)state;
	struct stage stage;
	stage_open(&stage);
	const char *made = at(&stage.box, "made");
	const char *const *const commands[] = {COMMAND("no-such-program-anywhere", "x"), COMMAND("false"),
		COMMAND("sh", "-c", "while ! test -e \"$0\"; do sleep 0.01; done", made),
		COMMAND("touch", made), NULL};
	const struct reload wish = {.commands = commands, .programs = &(struct reload_program){0}};
	const struct {
		const char *name;
		enum reload_what what;
	} rows[] = {
		{"no-such-program-anywhere", RELOAD_FAILED}, {"false", RELOAD_FAILED},
		{"sh", RELOAD_TOLD}, {"touch", RELOAD_TOLD},
	};
	reload(&stage.lines, &wish, &stage.facts, &stage.box.arena);
	assert_int_equal(stage.lines.count, COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_string_equal(stage.lines.items[i].name, rows[i].name);
		check(stage.lines.items[i].what == rows[i].what, "row %zu", i);
	}
	stage_close(&stage);
}

/* --- when -------------------------------------------------------------------------------------- */

static void test_without_session(void **state) {
	(void)state;
	struct stage stage;
	stage_open(&stage);
	const struct reload_program programs[] = {
		{.name = "desk", .how = RELOAD_BY_COMMAND, .argv = {"true"}},
		{.name = "terminal", .how = RELOAD_BY_COMMAND, .argv = {"true"}, .anywhere = true},
		{.name = "nothing of it", .how = RELOAD_BY_COMMAND, .argv = {"true"}, .anywhere = true,
			.file = "a.c"},
	};
	const char *const *const commands[] = {COMMAND("true"), NULL};
	const struct reload wish = {.commands = commands, .programs = programs, .nprograms = COUNT(programs)};
	reload(&stage.lines, &wish, &stage.facts, &stage.box.arena);
	assert_int_equal(stage.lines.count, 3);
	VEC_RELEASE(&stage.lines);
	assert_int_equal(setenv("WAYLAND_DISPLAY", "", 1), 0);
	reload(&stage.lines, &wish, &stage.facts, &stage.box.arena);
	assert_int_equal(stage.lines.count, 1);
	assert_string_equal(stage.lines.items[0].name, "terminal");
	VEC_RELEASE(&stage.lines);
	assert_int_equal(unlinkat(stage.box.dir, "themes/current", 0), 0);
	put_link(&stage.box, "themes/current", "nord-0123456789abcdef");
	assert_int_equal(setenv("HYPRLAND_INSTANCE_SIGNATURE", "x", 1), 0);
	reload(&stage.lines, &wish, &stage.facts, &stage.box.arena);
	assert_int_equal(stage.lines.count, 4);
	assert_string_equal(stage.lines.items[2].name, "nothing of it");
	stage_close(&stage);
}

static void test_path_is_kept(void **state) {
	(void)state;
	struct stage stage;
	stage_open(&stage);
	const struct reload_program program = {.name = "one", .how = RELOAD_BY_COMMAND, .argv = {"true"}};
	char before[PATH_SIZE];
	(void)snprintf(before, sizeof(before), "%s", getenv("PATH"));
	(void)tell(&stage, &program);
	assert_string_equal(getenv("PATH"), before);
	stage_close(&stage);
}

static void test_table(void **state) {
	(void)state;
	size_t count;
	const struct reload_program *table = reload_programs(&count);
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++) {
		const struct reload_program *one = &table[i];
		bool looked_for = one->how == RELOAD_BY_SIGNAL || one->how == RELOAD_BY_WATCH ||
				one->how == RELOAD_BY_NOTHING;
		check(one->name != NULL && (one->how == RELOAD_BY_SIGNAL) == (one->number != 0), "%zu", i);
		check(!looked_for || (one->names[0] != NULL && one->later != NULL), "%s", one->name);
		check((one->how == RELOAD_BY_COMMAND) == (one->argv[0] != NULL), "%s", one->name);
		for (size_t j = 0; j < RELOAD_NAMES_MAX && one->names[j] != NULL; j++) {
			check(strlen(one->names[j]) <= 15, "%s is no comm", one->names[j]);
		}
		for (size_t j = 0; j < i; j++) {
			check(strcmp(one->name, table[j].name) != 0, "%s is there twice", one->name);
		}
	}
}

static void test_tmux_pattern(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	assert_string_equal(reload_tmux_pattern("/home/u/a b", &arena), "/home/u/a b");
	assert_string_equal(reload_tmux_pattern("/h/[x]*?\\", &arena), "/h/\\[x\\]\\*\\?\\\\");
	arena_release(&arena);
}

int main(int argc, char **argv) {
	if (argc == 5 && strcmp(argv[1], "--be") == 0) {
		be(argv[2], argv[3], argv[4]);
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_told), cmocka_unit_test(test_updated),
		cmocka_unit_test(test_several), cmocka_unit_test(test_somebody_else),
		cmocka_unit_test(test_gone), cmocka_unit_test(test_watching),
		cmocka_unit_test(test_watching_odd_files), cmocka_unit_test(test_commands),
		cmocka_unit_test(test_registry), cmocka_unit_test(test_without_session),
		cmocka_unit_test(test_path_is_kept), cmocka_unit_test(test_table),
		cmocka_unit_test(test_tmux_pattern),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
