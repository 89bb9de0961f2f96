/* SPDX-License-Identifier: MIT */
#include "desk/waybar.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

/* --- what shows ---------------------------------------------------------------------------- */

static bool has(const char *const *list, const char *word) {
	for (; list != NULL && *list != NULL; list++) {
		if (streq(*list, word)) {
			return true;
		}
	}
	return false;
}

bool waybar_shows(const char *module, const struct workspace *workspace,
		const struct missions *missions) {
	if (workspace != NULL && has(workspace->hide, module)) {
		return false;
	}
	if (workspace != NULL && has(workspace->show, module)) {
		return true;
	}
	for (size_t i = 0; i < missions->count; i++) {
		if (has(missions->items[i].show, module)) {
			return false;
		}
	}
	return true;
}

const struct workspace *waybar_shown(const struct desk *desk, const char *output) {
	const struct workspace *found = NULL;
	for (size_t i = 0; i < desk->count; i++) {
		const struct workspace *one = &desk->items[i];
		bool there = one->output != NULL && !one->hidden &&
				(output == NULL || streq(one->output, output));
		if (there && (found == NULL || one->asked > found->asked)) {
			found = one;
		}
	}
	return found;
}

bool waybar_is_wanted(const struct missions *missions) {
	for (size_t i = 0; i < missions->count; i++) {
		if (missions->items[i].show != NULL || missions->items[i].hide != NULL) {
			return true;
		}
	}
	return false;
}

/* --- telling ------------------------------------------------------------------------------- */

enum { STATUS_SIZE = 8192, COMM_SIZE = 64, HEX = 16, DECIMAL = 10 };

/* A small file of /proc: the whole of it as text; false if it can't be read. */
static bool read_small(int dir, const char *path, char *text, size_t size) {
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n = 1;
	while (fd >= 0 && n > 0 && have + 1 < size) {
		n = read(fd, text + have, size - 1 - have);
		if (n < 0 && errno != EINTR) {
			return false;
		}
		have += n > 0 ? (size_t)n : 0;
		n = n < 0 ? 1 : n;
	}
	text[have] = '\0';
	return have > 0;
}

/* The line "Name:\tVALUE" of a status; NULL if it isn't there. */
static const char *line_of(const char *status, const char *name) {
	size_t n = strlen(name);
	for (const char *at = status; at != NULL; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, name, n) == 0) {
			return at + n;
		}
	}
	return NULL;
}

/* Is it a bar of the person's that lives through the signal? */
static bool is_ready(int proc, const char *pid, int number, const struct facts *facts,
		struct arena *arena) {
	char status[STATUS_SIZE];
	if (!read_small(proc, arena_printf(arena, "%s/status", pid), status, sizeof(status))) {
		return false;
	}
	const char *name = line_of(status, "Name:\t"), *uid = line_of(status, "Uid:\t"),
		   *caught = line_of(status, "SigCgt:\t");
	if (name == NULL || uid == NULL || caught == NULL || strncmp(name, "waybar\n", 7) != 0) {
		return false;
	}
	return strtoul(uid, NULL, DECIMAL) == facts->uid &&
			(strtoull(caught, NULL, HEX) >> (unsigned)(number - 1) & 1) != 0;
}

static bool tell(int proc, const char *pid, const struct facts *facts, struct arena *arena) {
	const int number = SIGRTMIN + WAYBAR_SIGNAL;
	char comm[COMM_SIZE];
	/* Only to pass over most processes quickly: what counts is looked at behind the pidfd. */
	if (!read_small(proc, arena_printf(arena, "%s/comm", pid), comm, sizeof(comm)) ||
			!streq(comm, "waybar\n")) {
		return false;
	}
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, (pid_t)strtol(pid, NULL, DECIMAL), 0U);
	return fd >= 0 && is_ready(proc, pid, number, facts, arena) &&
			syscall(SYS_pidfd_send_signal, fd, number, NULL, 0U) == 0;
}

size_t waybar_tell(const struct facts *facts, struct arena *arena) {
	size_t count = 0;
	DIR *proc = opendir("/proc");
	if (proc == NULL) {
		return 0;
	}
	for (const struct dirent *entry; (entry = readdir(proc)) != NULL;) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') {
			count += tell(dirfd(proc), entry->d_name, facts, arena);
		}
	}
	(void)closedir(proc);
	return count;
}
