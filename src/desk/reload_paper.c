/* SPDX-License-Identifier: MIT */
#include "desk/reload_paper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"
#include "desk/ipc.h"
#include "state/theme_place.h"
#include "sys/clock.h"
#include "sys/signals.h"

enum {
	LOOK_MS = 25, /* between two looks at a process */
	LOOKS = 8,    /* so many in a row it waits for something: it has drawn */
};

struct words {
	const char **items;
	size_t count, room;
};

static const char *const *take_words(struct words *words, struct arena *arena) {
	const char **ret = arena_zalloc(arena, (words->count + 1) * sizeof(*ret));
	for (size_t i = 0; i < words->count; i++) {
		ret[i] = words->items[i];
	}
	VEC_RELEASE(words);
	return ret;
}

/* --- the picture --------------------------------------------------------------------------- */

/* The text of a link; NULL if it can't be read. */
static const char *read_link(const char *path, struct arena *arena) {
	char text[PATH_MAX];
	ssize_t n = readlink(path, text, sizeof(text));
	return n > 0 && n < (ssize_t)sizeof(text) ? arena_strndup(arena, text, (size_t)n) : NULL;
}

const char *paper_path(const char *current, struct arena *arena) {
	return read_link(path_join(current, THEME_PLACE_WALLPAPER, arena), arena);
}

const char *const *paper_command(const char *const *command, const char *picture, struct arena *arena) {
	struct words words = {0};
	for (; *command != NULL; command++) {
		VEC_ADD(&words, *command);
	}
	VEC_ADD(&words, picture);
	return take_words(&words, arena);
}

/* --- hyprpaper ----------------------------------------------------------------------------- */

/* It has the library's code in its memory. */
bool paper_is_wired(const struct running *one, struct arena *arena) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	return running_read(one, "maps", &text, arena) && strstr(text.data, "/libhyprwire.so") != NULL;
}

/* Lines "Monitor DP-1 (ID 0):" in the answer to `monitors` of hyprctl(1). */
static void add_monitors(struct words *monitors, const char *text, struct arena *arena) {
	static const char start[] = "Monitor ";
	for (const char *line = text; *line != '\0';) {
		size_t n = strcspn(line, "\n");
		const char *name = line + sizeof(start) - 1;
		if (str_starts((struct str){line, n}, start)) {
			size_t length = strcspn(name, " ,\n");
			if (length > 0 && str_starts(str_of(name + length), " (ID ")) {
				VEC_ADD(monitors, arena_strndup(arena, name, length));
			}
		}
		line += n + (line[n] == '\n');
	}
}

const char *const *paper_monitors(const struct instance *hyprland, int64_t end, struct arena *arena) {
	struct buf reply _cleanup_buf_ = BUF_INIT;
	struct err ignored = {0};
	struct words monitors = {0};
	VEC_ADD(&monitors, "");
	if (ipc_ask(hyprland, "/monitors", (unsigned)clock_left(end), &reply, &ignored) == 0) {
		add_monitors(&monitors, reply.data, arena);
	}
	err_release(&ignored);
	return take_words(&monitors, arena);
}

/* RELOAD_TOLD if it says "ok". */
static enum reload_what ask(const struct instance *at, const char *request, int64_t end,
		const char **ret_why, struct arena *arena) {
	struct buf reply _cleanup_buf_ = BUF_INIT;
	struct err err = {0};
	int result = ipc_ask(at, request, (unsigned)clock_left(end), &reply, &err);
	/* Neither a socket nor somebody behind it, or nobody reads. */
	bool closed = err.sys == ENOENT || err.sys == ECONNREFUSED;
	err_release(&err);
	if (result < 0) {
		bool late = clock_left(end) == 0;
		*ret_why = closed ? "it takes no requests: ipc is off" : late ? NULL : "it doesn't answer";
		return closed ? RELOAD_LATER : late ? RELOAD_LATE : RELOAD_FAILED;
	}
	if (reply.len == 2 && memcmp(reply.data, "ok", 2) == 0) {
		return RELOAD_TOLD;
	}
	*ret_why = arena_strndup(arena, reply.data, strcspn(reply.data, "\r\n"));
	return RELOAD_FAILED;
}

enum reload_what paper_ask(const struct instance *hyprland, const char *const *monitors,
		const char *picture, int64_t end, const char **ret_why, struct arena *arena) {
	struct instance at = *hyprland;
	const char *ignored;
	const char *slash = strrchr(hyprland->socket, '/');
	at.socket = arena_printf(arena, "%.*s/.hyprpaper.sock", (int)(slash - hyprland->socket),
			hyprland->socket);
	enum reload_what what = ask(&at, arena_printf(arena, "preload %s", picture), end, ret_why, arena);
	for (; what == RELOAD_TOLD && *monitors != NULL; monitors++) {
		what = ask(&at, arena_printf(arena, "wallpaper %s,%s", *monitors, picture), end, ret_why,
				arena);
	}
	if (what == RELOAD_TOLD) {
		(void)ask(&at, "unload unused", end, &ignored, arena); /* pictures of before */
	}
	return what;
}

/* --- swaybg -------------------------------------------------------------------------------- */

/* How it was started. */
struct start {
	const char *file;
	const char *const *argv, *const *env;
	int folder;
};

static const char *const *split(const struct buf *text, struct arena *arena) {
	struct words words = {0};
	for (size_t i = 0; i < text->len; i += strlen(text->data + i) + 1) {
		VEC_ADD(&words, arena_strdup(arena, text->data + i));
	}
	return take_words(&words, arena);
}

/* It shows this link, however the way there is spelt: "-i PATH" or "--image=PATH". */
static bool shows(const struct start *start, const char *link) {
	struct stat ours, info;
	if (lstat(link, &ours) < 0) {
		return false;
	}
	for (const char *const *word = start->argv; *word != NULL; word++) {
		const char *value = strncmp(*word, "--", 2) == 0 ? strchr(*word, '=') : NULL;
		const char *path = value != NULL ? value + 1 : *word;
		if (streq(path_name(path), THEME_PLACE_WALLPAPER) &&
				fstatat(start->folder, path, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
				info.st_dev == ours.st_dev && info.st_ino == ours.st_ino) {
			return true;
		}
	}
	return false;
}

static bool has_start(const char *const *words, const char *start) {
	for (; *words != NULL; words++) {
		if (str_starts(str_of(*words), start)) {
			return true;
		}
	}
	return false;
}

/* An update may have put another file into its place: then that one. */
static const char *program_of(const struct running *one, struct arena *arena) {
	static const char deleted[] = " (deleted)";
	const char *file = read_link(arena_printf(arena, "/proc/%ld/exe", (long)one->pid), arena);
	bool gone = file != NULL && str_ends(str_of(file), deleted);
	return gone ? arena_strndup(arena, file, strlen(file) - (sizeof(deleted) - 1)) : file;
}

static bool read_start(struct start *ret, const struct running *one, const char *link,
		const char **ret_why, struct arena *arena) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	*ret_why = "how it was started can't be read";
	*ret = (struct start){.folder = -1};
	if (!running_read(one, "cmdline", &text, arena)) {
		return false;
	}
	ret->argv = split(&text, arena);
	ret->folder = open(arena_printf(arena, "/proc/%ld/cwd", (long)one->pid),
			O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ret->folder < 0) {
		return false;
	}
	if (!shows(ret, link)) {
		*ret_why = "at its next start: it shows a picture of its own, not themes/current/wallpaper";
		return false;
	}
	if (!running_read(one, "environ", &text, arena)) {
		return false;
	}
	ret->env = split(&text, arena);
	if (has_start(ret->env, "WAYLAND_SOCKET=")) {
		*ret_why = "when the compositor is reloaded, which has started it";
		return false;
	}
	ret->file = program_of(one, arena);
	/* Once more: all of it was this process's. */
	return ret->file != NULL && running_read(one, "stat", &text, arena);
}

/* POSIX lacks the const for compatibility only; the strings aren't changed. */
static char *const *unchanged(const char *const *words) {
	union {
		const char *const *ours;
		char *const *theirs;
	} strings = {.ours = words};
	return strings.theirs;
}

static _Noreturn void become(const struct start *start) {
	sigset_t none;
	(void)sigemptyset(&none);
	for (int i = 1; i < NSIG; i++) {
		(void)signal(i, SIG_DFL);
	}
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (setsid() < 0 || fchdir(start->folder) < 0 || null < 0 || dup2(null, 0) < 0 ||
			dup2(null, 1) < 0 || dup2(null, 2) < 0) {
		_exit(1);
	}
	/* Whoever waits for the end of a pipe of ours doesn't wait for it. */
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	(void)execve(start->file, unchanged(start->argv), unchanged(start->env));
	_exit(1);
}

/* It sleeps, as proc_pid_stat(5) has it: neither computing nor reading. */
static bool is_waiting(const char *stat) {
	char text[512];
	_cleanup_close_ int fd = open(stat, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	text[n > 0 ? n : 0] = '\0';
	const char *name_end = strrchr(text, ')');
	return name_end != NULL && str_starts(str_of(name_end), ") S");
}

/* False if it has ended. How long it takes to draw, nothing tells: it is watched. */
static bool comes_to_rest(pid_t pid, int64_t end, struct arena *arena) {
	const char *stat = arena_printf(arena, "/proc/%ld/stat", (long)pid);
	for (int seen = 0; seen < LOOKS && clock_left(end) > 0;) {
		clock_sleep(LOOK_MS);
		if (waitpid(pid, NULL, WNOHANG) != 0) {
			return false;
		}
		seen = is_waiting(stat) ? seen + 1 : 0;
	}
	return true;
}

enum { WORK_DONE, WORK_NOT_STARTED, WORK_ENDED, WORK_KEPT };

static _Noreturn void work(const struct start *start, int old, unsigned ms, struct arena *arena) {
	int64_t end = clock_ms() + ms;
	signals_hold(); /* a Ctrl-C shall not leave two of them */
	/* Not the child of anybody who waits for his, or ends them. */
	pid_t pid = fork();
	if (pid == 0) {
		become(start);
	}
	if (pid < 0) {
		_exit(WORK_NOT_STARTED);
	}
	if (!comes_to_rest(pid, end, arena)) {
		_exit(WORK_ENDED);
	}
	bool ended = syscall(SYS_pidfd_send_signal, old, SIGTERM, NULL, 0U) == 0 || errno == ESRCH;
	_exit(ended ? WORK_DONE : WORK_KEPT);
}

bool paper_renew(struct paper_renewals *renewals, const struct running *one, const char *current,
		size_t tally, unsigned ms, const char **ret_why, struct arena *arena) {
	struct start start;
	bool good = read_start(&start, one, path_join(current, THEME_PLACE_WALLPAPER, arena), ret_why,
			arena);
	pid_t worker = good ? fork() : -1;
	if (worker == 0) {
		work(&start, one->fd, ms, arena);
	}
	cleanup_close_fd(&start.folder);
	if (good && worker < 0) {
		*ret_why = "at its next start: no process could be made";
	}
	if (worker > 0) {
		VEC_ADD(renewals, (struct paper_renewal){tally, worker});
	}
	return worker > 0;
}

enum reload_what paper_renewed(const struct paper_renewal *renewal, const char **ret_why) {
	static const char *const reasons[] = {
		[WORK_DONE] = NULL,
		[WORK_NOT_STARTED] = "no process could be made",
		[WORK_ENDED] = "a new one ended at once; the old one stays",
		[WORK_KEPT] = "the old one can't be ended",
	};
	int status = 0;
	while (waitpid(renewal->worker, &status, 0) < 0 && errno == EINTR) {
	}
	bool told = WIFEXITED(status) && WEXITSTATUS(status) <= WORK_KEPT;
	*ret_why = told ? reasons[WEXITSTATUS(status)] : "what started a new one has died";
	return told && WEXITSTATUS(status) == WORK_DONE ? RELOAD_TOLD : RELOAD_FAILED;
}
