/* SPDX-License-Identifier: MIT */
#include "sys/child.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/signals.h"

enum {
	POLL_MS = 5,
	/* Between the polite signal and the other one. */
	GRACE_MS = 500,
	SWEEPS_MAX = 20,
};

extern char **environ;

/* --- starting ------------------------------------------------------------------------------ */

struct strings {
	char **items;
	size_t count, room;
};

static bool same_name(const char *a, const char *b) {
	size_t n = strcspn(a, "=");
	return n == strcspn(b, "=") && memcmp(a, b, n) == 0;
}

static bool is_replaced(const struct child *child, const char *entry) {
	for (size_t i = 0; child->env != NULL && child->env[i] != NULL; i++) {
		if (same_name(entry, child->env[i])) {
			return true;
		}
	}
	return false;
}

/* POSIX lacks the const for compatibility only; the strings aren't changed. */
static char *unchanged(const char *text) {
	union {
		const char *ours;
		char *theirs;
	} string = {.ours = text};
	return string.theirs;
}

static void environment_init(struct strings *env, const struct child *child) {
	*env = (struct strings){0};
	for (char **entry = environ; *entry != NULL; entry++) {
		if (!is_replaced(child, *entry) && (!child->git || !proc_points_git(*entry))) {
			VEC_ADD(env, *entry);
		}
	}
	for (size_t i = 0; child->env != NULL && child->env[i] != NULL; i++) {
		VEC_ADD(env, unchanged(child->env[i]));
	}
	VEC_ADD(env, NULL);
}

/* Which descriptors it gets as 0, 1 and 2; -1: ours. */
struct ends {
	int fd[3];
};

/* Dispositions and mask as they were before we touched them. */
struct origin {
	sigset_t mask;     /* blocked in the child */
	sigset_t defaults; /* given back their default */
};

static int set_up(const struct ends *ends, posix_spawn_file_actions_t *actions) {
	int result = 0;
	for (int i = 0; result == 0 && i < 3; i++) {
		if (ends->fd[i] >= 0) {
			result = posix_spawn_file_actions_adddup2(actions, ends->fd[i], i);
		}
	}
	return result;
}

static int start(const struct child *child, const struct ends *ends,
		const struct origin *origin, pid_t *ret_pid) {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	assert(child->argv[0] != NULL);
	int result = posix_spawn_file_actions_init(&actions);
	if (result != 0) {
		errno = result;
		return -1;
	}
	result = posix_spawnattr_init(&attributes);
	if (result != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		errno = result;
		return -1;
	}
	short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
	if (child->apart) {
		flags |= POSIX_SPAWN_SETSID;
	}
	result = posix_spawnattr_setflags(&attributes, flags);
	result = result == 0 ? posix_spawnattr_setsigdefault(&attributes, &origin->defaults) : result;
	result = result == 0 ? posix_spawnattr_setsigmask(&attributes, &origin->mask) : result;
	result = result == 0 ? set_up(ends, &actions) : result;
	if (result == 0) {
		struct strings env, argv = {0};
		environment_init(&env, child);
		for (size_t i = 0; child->argv[i] != NULL; i++) {
			VEC_ADD(&argv, unchanged(child->argv[i]));
		}
		VEC_ADD(&argv, NULL);
		mode_t ours = umask(child->umask);
		result = posix_spawnp(ret_pid, child->argv[0], &actions, &attributes, argv.items,
				env.items);
		(void)umask(ours);
		VEC_RELEASE(&argv);
		VEC_RELEASE(&env);
	}
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	errno = result;
	return result == 0 ? 0 : -1;
}

static int not_run(const struct child *child, struct err *err) {
	const char *program = child->argv[0];
	if (errno == ENOENT || errno == EACCES || errno == ENOTDIR) {
		return err_set(err, ERR_NO_PROGRAM, "cannot run '%s': %s", program,
				errno == ENOENT ? "there is no such program on PATH"
						: strerror(errno));
	}
	return err_sys(err, "cannot run '%s'", program);
}

/* --- input and output in memory ------------------------------------------------------------ */

static int open_memory(const char *content, size_t size) {
	int fd = memfd_create("lumina", MFD_CLOEXEC);
	if (fd >= 0 && size > 0 &&
			(file_write_all(fd, content, size) < 0 || lseek(fd, 0, SEEK_SET) < 0)) {
		cleanup_close_fd(&fd);
	}
	return fd;
}

static void read_memory(int fd, struct buf *out) {
	char chunk[4096];
	ssize_t n;
	off_t at = 0;
	while ((n = pread(fd, chunk, sizeof(chunk), at)) > 0 || (n < 0 && errno == EINTR)) {
		if (n > 0) {
			buf_add(out, chunk, (size_t)n);
			at += n;
		}
	}
}

/* -1 with errno. */
static int ends_open(struct ends *ends, const struct child *child) {
	*ends = (struct ends){{-1, -1, -1}};
	ends->fd[0] = child->input != NULL ? open_memory(child->input, child->input_size)
					   : open("/dev/null", O_RDONLY | O_CLOEXEC);
	ends->fd[1] = child->output != NULL ? open_memory(NULL, 0)
					    : open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (child->errors != NULL && child->errors == child->output) {
		ends->fd[2] = fcntl(ends->fd[1], F_DUPFD_CLOEXEC, 3); /* in the order of writing */
	} else {
		ends->fd[2] = child->errors != NULL ? open_memory(NULL, 0)
						    : open("/dev/null", O_WRONLY | O_CLOEXEC);
	}
	return ends->fd[0] < 0 || ends->fd[1] < 0 || ends->fd[2] < 0 ? -1 : 0;
}

static void ends_close(struct ends *ends) {
	for (int i = 0; i < 3; i++) {
		cleanup_close_fd(&ends->fd[i]);
	}
}

/* --- waiting ------------------------------------------------------------------------------- */

/* It has ended; its number stays taken until it is reaped. */
static bool has_ended(pid_t pid) {
	siginfo_t info = {0};
	int result = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
	return (result == 0 && info.si_pid == pid) || (result < 0 && errno == ECHILD);
}

/* True if it ended in time, and no signal for us came. */
static bool wait_until(pid_t pid, int64_t end, bool until_signal) {
	for (;;) {
		if (has_ended(pid)) {
			return true;
		}
		if (clock_ms() >= end || (until_signal && signals_pending() != 0)) {
			return false;
		}
		(void)poll(NULL, 0, POLL_MS);
	}
}

/*
 * What it had started became ours when it ended (PR_SET_CHILD_SUBREAPER), also what had left
 * its session. We have no other children: whoever runs one waits for it.
 */
static void kill_orphans(void) {
	for (int i = 0; i < SWEEPS_MAX; i++) {
		bool found = false;
		DIR *all = opendir("/proc");
		const struct dirent *entry;
		while (all != NULL && (entry = readdir(all)) != NULL) {
			pid_t pid = entry->d_name[0] >= '1' && entry->d_name[0] <= '9'
					? (pid_t)strtol(entry->d_name, NULL, 10)
					: 0;
			if (pid > 0 && proc_parent(pid) == getpid()) {
				(void)kill(pid, SIGKILL);
				found = true;
			}
		}
		if (all != NULL) {
			(void)closedir(all);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0) {
		}
		if (!found) {
			return;
		}
		(void)poll(NULL, 0, POLL_MS);
	}
}

static void stop(const struct child *child, pid_t pid) {
	pid_t whom = child->apart ? -pid : pid;
	if (!child->abrupt) {
		(void)kill(whom, SIGTERM);
		(void)wait_until(pid, clock_ms() + GRACE_MS, false);
	}
	(void)kill(whom, SIGKILL);
}

static int reap(pid_t pid) {
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return status;
}

static struct child_result result_of(int status) {
	return WIFEXITED(status) ? (struct child_result){CHILD_EXITED, WEXITSTATUS(status)}
				 : (struct child_result){CHILD_SIGNALLED, WTERMSIG(status)};
}

static struct child_result wait_bounded(const struct child *child, pid_t pid) {
	if (wait_until(pid, clock_ms() + child->timeout_ms, true)) {
		return result_of(reap(pid));
	}
	struct child_result result = {CHILD_LATE, 0};
	if (signals_pending() != 0) {
		result = (struct child_result){CHILD_INTERRUPTED, signals_pending()};
	}
	stop(child, pid);
	(void)reap(pid);
	kill_orphans();
	return result;
}

/* --- running ------------------------------------------------------------------------------- */

/* Signals that we ignore now, but were not told to. */
static void origin_init(struct origin *origin, const struct sigaction *interrupt,
		const struct sigaction *quit) {
	(void)sigemptyset(&origin->defaults);
	(void)sigaddset(&origin->defaults, SIGPIPE);
	if (interrupt->sa_handler != SIG_IGN) {
		(void)sigaddset(&origin->defaults, SIGINT);
	}
	if (quit->sa_handler != SIG_IGN) {
		(void)sigaddset(&origin->defaults, SIGQUIT);
	}
	(void)sigprocmask(SIG_SETMASK, NULL, &origin->mask);
}

int child_run(const struct child *child, struct child_result *ret, struct err *err) {
	struct ends ends;
	struct origin origin;
	struct sigaction interrupt, quit;
	pid_t pid;
	if (ends_open(&ends, child) < 0) {
		(void)err_sys(err, "cannot make the files for '%s'", child->argv[0]);
		ends_close(&ends);
		return -1;
	}
	(void)sigaction(SIGINT, NULL, &interrupt);
	(void)sigaction(SIGQUIT, NULL, &quit);
	origin_init(&origin, &interrupt, &quit);
	bool bounded = child->timeout_ms > 0;
	if (bounded) {
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	}
	int result = start(child, &ends, &origin, &pid);
	if (result < 0) {
		(void)not_run(child, err);
	} else {
		*ret = bounded ? wait_bounded(child, pid) : result_of(reap(pid));
	}
	if (bounded) {
		(void)prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	}
	if (result == 0 && child->output != NULL) {
		read_memory(ends.fd[1], child->output);
	}
	if (result == 0 && child->errors != NULL && child->errors != child->output) {
		read_memory(ends.fd[2], child->errors);
	}
	ends_close(&ends);
	return result;
}

/* --- on our terminal ----------------------------------------------------------------------- */

static volatile sig_atomic_t attended;

/* One of the kernel's (the terminal is gone) goes to everybody in the foreground anyway. */
static void hand_on(int number, siginfo_t *info, void *context) {
	(void)context;
	int saved = errno;
	if (attended > 0 && info->si_code != SI_KERNEL) {
		(void)kill((pid_t)attended, number);
	}
	errno = saved;
}

int child_attend(const struct child *child, struct child_result *ret, struct err *err) {
	static const int handed_on[] = {SIGTERM, SIGHUP};
	enum { NHANDED = sizeof(handed_on) / sizeof(handed_on[0]) };
	const struct ends ours = {{-1, -1, -1}};
	struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit, before[NHANDED];
	struct sigaction forward = {.sa_sigaction = hand_on, .sa_flags = SA_SIGINFO | SA_RESTART};
	struct origin origin;
	sigset_t blocked;
	pid_t pid;
	(void)sigaction(SIGINT, &ignore, &interrupt);
	(void)sigaction(SIGQUIT, &ignore, &quit);
	origin_init(&origin, &interrupt, &quit);
	/* None is lost between its start and the moment that we know its number. */
	(void)sigemptyset(&blocked);
	(void)sigemptyset(&forward.sa_mask);
	for (size_t i = 0; i < NHANDED; i++) {
		(void)sigaddset(&blocked, handed_on[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &blocked, NULL);
	for (size_t i = 0; i < NHANDED; i++) {
		(void)sigaction(handed_on[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN) { /* nohup(1) */
			(void)sigaction(handed_on[i], &forward, NULL);
		}
	}
	int result = start(child, &ours, &origin, &pid);
	if (result < 0) {
		(void)not_run(child, err);
	} else {
		attended = pid;
		(void)sigprocmask(SIG_SETMASK, &origin.mask, NULL);
		*ret = result_of(reap(pid));
		attended = 0;
	}
	for (size_t i = 0; i < NHANDED; i++) {
		(void)sigaction(handed_on[i], &before[i], NULL);
	}
	(void)sigprocmask(SIG_SETMASK, &origin.mask, NULL);
	(void)sigaction(SIGINT, &interrupt, NULL);
	(void)sigaction(SIGQUIT, &quit, NULL);
	return result;
}

_Noreturn void child_die_alike(int number) {
	const struct rlimit none = {0};
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t only;
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)sigaction(number, &usual, NULL);
	(void)sigemptyset(&only);
	(void)sigaddset(&only, number);
	(void)sigprocmask(SIG_UNBLOCK, &only, NULL);
	(void)raise(number);
	_exit(128 + number);
}
