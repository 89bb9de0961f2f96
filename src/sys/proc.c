/* SPDX-License-Identifier: MIT */
#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

extern char **environ;

/* What `git rev-parse --local-env-vars` lists: they name another repository, or change this one. */
static const char *const git_variables[] = {
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CEILING_DIRECTORIES", "GIT_COMMON_DIR",
	"GIT_CONFIG", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_DIR", "GIT_GRAFT_FILE",
	"GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX",
	"GIT_NAMESPACE", "GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX",
	"GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
};

/* They make any program load or run something else; nothing that acts as root shall. */
static const char *const loading_variables[] = {
	"BASH_ENV", "ENV", "GCONV_PATH", "GLIBC_TUNABLES", "LD_AUDIT", "LD_LIBRARY_PATH",
	"LD_PRELOAD", "LOCPATH", "NLSPATH", "PACMAN", "PACMAN_AUTH", "PERL5LIB", "PERL5OPT",
	"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "RUBYLIB", "RUBYOPT",
};

struct environment {
	char **items;
	size_t count, room;
	char *ceiling;
};

static bool is_among(const char *entry, const char *const *names, size_t count) {
	size_t n = strcspn(entry, "=");
	for (size_t i = 0; i < count; i++) {
		if (str_is((struct str){entry, n}, names[i])) {
			return true;
		}
	}
	return false;
}

bool proc_points_git(const char *entry) {
	return is_among(entry, git_variables, COUNT(git_variables));
}

static bool is_dropped(const struct proc *proc, const char *entry) {
	return (proc->git && proc_points_git(entry)) ||
			(proc->privileged && is_among(entry, loading_variables,
							      COUNT(loading_variables)));
}

static void environment_init(struct environment *env, const struct proc *proc) {
	*env = (struct environment){0};
	for (char **entry = environ; *entry != NULL; entry++) {
		if (!is_dropped(proc, *entry)) {
			VEC_ADD(env, *entry);
		}
	}
	if (proc->git && proc->ceiling != NULL) {
		static const char name[] = "GIT_CEILING_DIRECTORIES=";
		size_t size = sizeof(name) + strlen(proc->ceiling);
		env->ceiling = xmalloc(size);
		(void)snprintf(env->ceiling, size, "%s%s", name, proc->ceiling);
		VEC_ADD(env, env->ceiling);
	}
	VEC_ADD(env, NULL);
}

static void environment_release(struct environment *env) {
	free(env->ceiling);
	VEC_RELEASE(env);
}

static int not_run(const char *program, struct err *err) {
	if (errno == ENOENT || errno == EACCES || errno == ENOTDIR) {
		return err_set(err, ERR_NO_PROGRAM, "cannot run '%s': %s", program,
				errno == ENOENT ? "there is no such program on PATH"
						: strerror(errno));
	}
	return err_sys(err, "cannot run '%s'", program);
}

static char *const *vector(const struct proc *proc) {
	/* POSIX lacks the const for compatibility only; the strings aren't changed. */
	union {
		const char *const *ours;
		char *const *theirs;
	} argv = {.ours = proc->argv};
	return argv.theirs;
}

static int read_all(int fd, struct buf *out) {
	char chunk[4096];
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return (int)n;
		}
		buf_add(out, chunk, (size_t)n);
	}
}

static int spawn(const struct proc *proc, int output, const sigset_t *ignored, pid_t *ret_pid) {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	struct environment env;
	if (posix_spawn_file_actions_init(&actions) != 0) {
		return -1;
	}
	if (posix_spawnattr_init(&attributes) != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return -1;
	}
	(void)sigemptyset(&defaults);
	/* What was ignored when we started stays so: `nohup`, and jobs behind "&". */
	const int reset[] = {SIGINT, SIGQUIT, SIGPIPE};
	for (size_t i = 0; i < COUNT(reset); i++) {
		if (sigismember(ignored, reset[i]) == 0) {
			(void)sigaddset(&defaults, reset[i]);
		}
	}
	int result = posix_spawnattr_setsigdefault(&attributes, &defaults);
	if (result == 0) {
		result = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	}
	if (result == 0 && output >= 0) {
		result = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	}
	if (result == 0 && output < 0 && proc->to_stderr) {
		result = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	}
	if (result == 0 && proc->no_input) {
		result = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
				O_RDONLY, 0);
	}
	if (result == 0 && proc->folder != NULL) {
		result = posix_spawn_file_actions_addchdir_np(&actions, proc->folder);
	}
	if (result == 0 && proc->quiet) {
		result = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
				O_WRONLY, 0);
	}
	if (result == 0) {
		environment_init(&env, proc);
		mode_t ours = umask(proc->umask);
		result = posix_spawnp(ret_pid, proc->argv[0], &actions, &attributes, vector(proc),
				env.items);
		(void)umask(ours);
		environment_release(&env);
	}
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	errno = result;
	return result == 0 ? 0 : -1;
}

/* --- signals while a program runs ---------------------------------------------------------- */

/* The program that signals are handed on to, and the one that came before it was there. */
static volatile sig_atomic_t receiver, early, gently;

static void hand_on(int number) {
	int saved = errno;
	number = number == SIGTERM && gently ? SIGINT : number;
	if (receiver > 0) {
		(void)kill((pid_t)receiver, number);
	} else {
		early = number;
	}
	errno = saved;
}

/* Many a program takes Ctrl-C for an error like others, and its exit code says nothing. */
static volatile sig_atomic_t interrupts;

static void note_interrupt(int number) {
	(void)number;
	interrupts = 1;
}

struct signals {
	struct sigaction interrupt, quit, terminate, hang_up;
};

static void forward_unless_ignored(int number, const struct sigaction *forward,
		struct sigaction *before) {
	(void)sigaction(number, forward, before);
	if (before->sa_handler == SIG_IGN) {
		(void)sigaction(number, before, NULL);
	}
}

static sigset_t find_ignored(const struct signals *before) {
	sigset_t ignored;
	(void)sigemptyset(&ignored);
	if (before->interrupt.sa_handler == SIG_IGN) {
		(void)sigaddset(&ignored, SIGINT);
	}
	if (before->quit.sa_handler == SIG_IGN) {
		(void)sigaddset(&ignored, SIGQUIT);
	}
	return ignored;
}

static void signals_set(struct signals *before, const struct proc *proc) {
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	/* Once: whoever sends a second one means us. */
	struct sigaction forward = {.sa_handler = hand_on, .sa_flags = (int)SA_RESETHAND};
	const struct sigaction note = {.sa_handler = note_interrupt, .sa_flags = SA_RESTART};
	interrupts = 0;
	(void)sigaction(SIGINT, &ignore, &before->interrupt);
	(void)sigaction(SIGQUIT, &ignore, &before->quit);
	if (proc->interrupted != NULL && before->interrupt.sa_handler != SIG_IGN) {
		(void)sigaction(SIGINT, &note, NULL);
	}
	if (proc->forward) {
		receiver = early = 0;
		gently = proc->gently;
		forward_unless_ignored(SIGTERM, &forward, &before->terminate);
		forward_unless_ignored(SIGHUP, &forward, &before->hang_up);
	}
}

static void signals_reset(const struct signals *before, const struct proc *proc) {
	(void)sigaction(SIGINT, &before->interrupt, NULL);
	(void)sigaction(SIGQUIT, &before->quit, NULL);
	if (proc->forward) {
		(void)sigaction(SIGTERM, &before->terminate, NULL);
		(void)sigaction(SIGHUP, &before->hang_up, NULL);
		receiver = 0;
	}
}

static void signals_direct(pid_t pid) {
	receiver = pid;
	if (early != 0) {
		(void)kill(pid, early);
	}
}

int proc_run(const struct proc *proc, int *ret_code, struct err *err) {
	int ends[2] = {-1, -1};
	if (proc->capture != NULL && pipe2(ends, O_CLOEXEC) < 0) {
		return err_sys(err, "cannot make a pipe");
	}
	struct signals before;
	signals_set(&before, proc);
	pid_t pid;
	const sigset_t ignored = find_ignored(&before);
	int result = spawn(proc, ends[1], &ignored, &pid);
	if (result == 0 && proc->forward) {
		signals_direct(pid);
	}
	if (result < 0) {
		(void)not_run(proc->argv[0], err);
	}
	cleanup_close_fd(&ends[1]);
	if (result == 0) {
		if (proc->capture != NULL) {
			(void)read_all(ends[0], proc->capture);
		}
		int status;
		pid_t waited;
		while ((waited = waitpid(pid, &status, 0)) < 0 && errno == EINTR) {
		}
		if (waited < 0) {
			result = err_sys(err, "cannot wait for '%s'", proc->argv[0]);
		} else {
			*ret_code = WIFEXITED(status) ? WEXITSTATUS(status)
						      : 128 + WTERMSIG(status);
		}
	}
	cleanup_close_fd(&ends[0]);
	signals_reset(&before, proc);
	if (proc->interrupted != NULL) {
		*proc->interrupted = interrupts != 0;
	}
	return result;
}

int proc_exec(const struct proc *proc, struct err *err) {
	struct environment env;
	environment_init(&env, proc);
	mode_t ours = umask(proc->umask);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)execvpe(proc->argv[0], vector(proc), env.items);
	int saved = errno;
	(void)umask(ours);
	environment_release(&env);
	errno = saved;
	return not_run(proc->argv[0], err);
}

static bool is_program(const char *path, bool trusted) {
	struct stat info;
	return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0 &&
			(!trusted || (info.st_uid == 0 && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0));
}

/* Into `found`; false if there is none. */
static bool find(const char *name, bool trusted, struct buf *found) {
	if (strchr(name, '/') != NULL) {
		buf_adds(found, name);
		return is_program(name, trusted);
	}
	const char *path = getenv("PATH");
	if (path == NULL) {
		path = "/usr/local/bin:/usr/bin:/bin";
	}
	while (*path != '\0') {
		size_t n = strcspn(path, ":");
		buf_clear(found);
		buf_add(found, path, n);
		buf_addf(found, "/%s", name);
		if (path[0] == '/' && is_program(found->data, trusted)) {
			return true;
		}
		path += n + (path[n] == ':');
	}
	return false;
}

bool proc_exists(const char *name) {
	struct buf found _cleanup_buf_ = BUF_INIT;
	return find(name, false, &found);
}

const char *proc_find(const char *name, struct arena *arena) {
	struct buf found _cleanup_buf_ = BUF_INIT;
	return find(name, false, &found) ? arena_strndup(arena, found.data, found.len) : NULL;
}

const char *proc_find_trusted(const char *name, struct arena *arena) {
	struct buf found _cleanup_buf_ = BUF_INIT;
	return find(name, true, &found) ? arena_strndup(arena, found.data, found.len) : NULL;
}

pid_t proc_parent(pid_t pid) {
	char path[32], text[512];
	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	text[n > 0 ? n : 0] = '\0';
	/* The name in it may hold blanks and brackets: fields count from behind its end. */
	const char *name_end = strrchr(text, ')'); /* then: state, parent */
	return name_end != NULL && strlen(name_end) > 4 ? (pid_t)strtol(name_end + 4, NULL, 10)
							: -1;
}
