/* SPDX-License-Identifier: MIT */
#include "desk/ancestry.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/clock.h"
#include "sys/proc.h"

enum { OUTPUT_MAX = 64 * 1024, DIGITS_MAX = 18, TICK_MS = 1 };

extern char **environ;

/* --- what tmux is asked -------------------------------------------------------------------- */

struct server {
	char *socket;
	pid_t pid;
	char *target; /* the pane, or the session that it was made in */
};

/* -1 unless it is a number and nothing else. */
static long number(const char *text, const char *end) {
	const char *p = text;
	while (p < end && isdigit((unsigned char)*p)) {
		p++;
	}
	return p == end && p > text && p - text <= DIGITS_MAX ? strtol(text, NULL, 10) : -1;
}

/* 0 unless it is the number of a process, and not of init. */
static pid_t process_number(const char *text, const char *end) {
	long value = number(text, end);
	return value > 1 && value <= INT32_MAX ? (pid_t)value : 0;
}

/* $TMUX is SOCKET,PID,SESSION; the socket's path may hold commas. */
static bool read_environment(struct server *ret, struct arena *arena) {
	const char *value = getenv("TMUX"), *pane = getenv("TMUX_PANE");
	const char *last = value != NULL ? strrchr(value, ',') : NULL;
	const char *first = last != NULL ? memrchr(value, ',', (size_t)(last - value)) : NULL;
	if (first == NULL || value[0] != '/') {
		return false;
	}
	pid_t pid = process_number(first + 1, last);
	long session = number(last + 1, last + strlen(last));
	if (pid == 0 || session < 0) {
		return false;
	}
	ret->socket = arena_strndup(arena, value, (size_t)(first - value));
	ret->pid = pid;
	/* A pane may have been moved to another session since. */
	bool has_pane = pane != NULL && pane[0] == '%' &&
			number(pane + 1, pane + strlen(pane)) >= 0;
	ret->target = has_pane ? arena_strdup(arena, pane) : arena_printf(arena, "$%ld", session);
	return true;
}

/* --- running it ---------------------------------------------------------------------------- */

/* 0, or an error number. Its input and its messages are nobody's. */
static int start(const char *program, char *const *argv, int output, pid_t *ret_pid) {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	int result = posix_spawn_file_actions_init(&actions);
	if (result != 0) {
		return result;
	}
	result = posix_spawnattr_init(&attributes);
	if (result != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return result;
	}
	(void)sigemptyset(&none);
	(void)sigemptyset(&usual);
	(void)sigaddset(&usual, SIGPIPE);
	result = posix_spawnattr_setflags(&attributes,
			POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	result = result == 0 ? posix_spawnattr_setsigdefault(&attributes, &usual) : result;
	result = result == 0 ? posix_spawnattr_setsigmask(&attributes, &none) : result;
	/* First the pipe: it may itself be 0 or 2 where these are closed. */
	result = result == 0 ? posix_spawn_file_actions_adddup2(&actions, output, 1) : result;
	for (int fd = 0; fd <= 2; fd += 2) {
		result = result == 0 ? posix_spawn_file_actions_addopen(
						       &actions, fd, "/dev/null", O_RDWR, 0)
				     : result;
	}
	result = result == 0 ? posix_spawn(ret_pid, program, &actions, &attributes, argv, environ)
			     : result;
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return result;
}

/* True at the end of the output; false if it is late, or more than tmux would say. */
static bool read_output(int fd, int64_t end, struct buf *out) {
	char chunk[4096];
	for (int left; (left = clock_left(end)) > 0;) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		int ready = poll(&wait, 1, left);
		if (ready < 0 && errno != EINTR) {
			return false;
		}
		ssize_t n = ready > 0 ? read(fd, chunk, sizeof(chunk)) : -1;
		if (n == 0) {
			return true;
		}
		if (n > 0) {
			buf_add(out, chunk, (size_t)n);
		}
		if (out->len > OUTPUT_MAX) {
			return false;
		}
	}
	return false;
}

/* Reaped in any case; true if it ended well by itself. */
static bool wait_for(pid_t pid, bool whole, int64_t end) {
	int status = 0;
	pid_t got = 0;
	while (whole && (got = waitpid(pid, &status, WNOHANG)) == 0 && clock_left(end) > 0) {
		(void)poll(NULL, 0, TICK_MS);
	}
	if (got == 0) {
		(void)kill(pid, SIGKILL);
		while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR) {
		}
	}
	return got == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool list_clients(const struct server *server, unsigned ms, struct buf *out,
		struct arena *arena) {
	const char *program = proc_find("tmux", arena);
	char *argv[] = {arena_strdup(arena, "tmux"), arena_strdup(arena, "-S"), server->socket,
			arena_strdup(arena, "list-clients"), arena_strdup(arena, "-t"),
			server->target, arena_strdup(arena, "-F"),
			arena_strdup(arena, "#{client_activity} #{client_pid}"), NULL};
	int64_t end = clock_ms() + ms;
	int ends[2];
	pid_t pid;
	if (program == NULL || ms == 0 || pipe2(ends, O_CLOEXEC) < 0) {
		return false;
	}
	_cleanup_close_ int input = ends[0];
	_cleanup_close_ int output = ends[1];
	if (start(program, argv, output, &pid) != 0) {
		return false;
	}
	cleanup_close_fd(&output);
	bool whole = read_output(input, end, out);
	return wait_for(pid, whole, end);
}

/* "ACTIVITY PID" lines; 0 if there is none, or two were active in the same second. */
static pid_t last_active(const char *lines) {
	long latest = -1;
	pid_t found = 0;
	for (const char *line = lines, *end; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		const char *blank = end != NULL ? memchr(line, ' ', (size_t)(end - line)) : NULL;
		long time = blank != NULL ? number(line, blank) : -1;
		pid_t pid = blank != NULL ? process_number(blank + 1, end) : 0;
		if (time < 0 || pid == 0) {
			return 0;
		}
		found = time > latest ? pid : time == latest ? 0 : found;
		latest = time > latest ? time : latest;
	}
	return found;
}

/* --- the processes ------------------------------------------------------------------------- */

/* The kernel's tree has no circles, but it changes while we climb. */
static void climb(struct ancestry *ret, pid_t from) {
	for (pid_t pid = from; pid > 1 && ret->count < ANCESTRY_MAX; pid = proc_parent(pid)) {
		ret->pids[ret->count++] = pid;
	}
}

/* Where it stands, counted from 1; 0: it isn't there. */
static size_t place_of(const struct ancestry *ancestry, pid_t pid) {
	for (size_t i = 0; i < ancestry->count; i++) {
		if (ancestry->pids[i] == pid) {
			return i + 1;
		}
	}
	return 0;
}

void ancestry_find(struct ancestry *ret, pid_t shell, unsigned ms, struct arena *arena) {
	struct server server;
	ret->count = 0;
	if (shell <= 1 || proc_parent(shell) < 0) {
		return;
	}
	climb(ret, shell);
	/* What was started from a shell in tmux has $TMUX, too, but isn't below the server. */
	size_t place = read_environment(&server, arena) ? place_of(ret, server.pid) : 0;
	if (place == 0) {
		return;
	}
	struct buf lines _cleanup_buf_ = BUF_INIT;
	pid_t client = list_clients(&server, ms, &lines, arena) ? last_active(lines.data) : 0;
	/* Whoever looks after the server now (a subreaper) is no window of this shell. */
	ret->count = client > 0 ? place : 0;
	climb(ret, client);
}
