/* SPDX-License-Identifier: MIT */
#include "desk/running.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"

enum {
	DECIMAL = 10,
	HEX = 16,
	READ_MAX = 1024 * 1024, /* of a file of /proc */
	FILES_MAX = 4096,       /* open files that are looked at */
	KERNEL_MINOR_BITS = 20, /* of a device's number, inside of the kernel */
};

/* --- files of /proc ------------------------------------------------------------------------ */

/* The whole of it as text; false if it can't be read. */
static bool read_whole(int dir, const char *path, struct buf *text) {
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	char chunk[4096];
	ssize_t n = 1;
	buf_clear(text);
	while (fd >= 0 && n > 0 && text->len < READ_MAX) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno != EINTR) {
			return false;
		}
		if (n > 0) {
			buf_add(text, chunk, (size_t)n);
		}
		n = n < 0 ? 1 : n;
	}
	return text->len > 0;
}

/* What follows on the first line of `text` that starts so; NULL if there is none. */
static const char *line_of(const char *text, const char *start) {
	size_t n = strlen(start);
	for (const char *at = text; at != NULL; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, start, n) == 0) {
			return at + n;
		}
	}
	return NULL;
}

static bool has_signal(const char *mask, int number) {
	return mask != NULL && (strtoull(mask, NULL, HEX) >> (unsigned)(number - 1) & 1) != 0;
}

static bool is_number(const char *name) {
	return name[0] >= '0' && name[0] <= '9';
}

/* --- finding ------------------------------------------------------------------------------- */

static bool has(const char *const *names, const char *name) {
	for (; *names != NULL; names++) {
		if (streq(*names, name)) {
			return true;
		}
	}
	return false;
}

/* As root, everybody's may be looked at: only who acts and is the person counts. */
static bool is_own(const char *status, uid_t uid) {
	const char *at = line_of(status, "Uid:\t");
	char *end;
	if (at == NULL) {
		return false;
	}
	unsigned long real = strtoul(at, &end, DECIMAL);
	return real == uid && strtoul(end, NULL, DECIMAL) == uid;
}

/* An update may have removed the file since: it is the program that it was. */
static const char *program_of(int proc, const char *pid, struct arena *arena) {
	static const char deleted[] = " (deleted)";
	char path[PATH_MAX];
	ssize_t n = readlinkat(proc, arena_printf(arena, "%s/exe", pid), path, sizeof(path));
	struct str text = {path, n > 0 ? (size_t)n : 0};
	if (n <= 0 || n == sizeof(path)) {
		return NULL;
	}
	if (str_ends(text, deleted)) {
		text.n -= sizeof(deleted) - 1;
	}
	return path_name(arena_strndup(arena, text.p, text.n));
}

static bool read_name(int proc, const char *pid, struct buf *name, struct arena *arena) {
	if (!read_whole(proc, arena_printf(arena, "%s/comm", pid), name) ||
			name->data[name->len - 1] != '\n') {
		return false;
	}
	name->data[--name->len] = '\0';
	return true;
}

static void look(struct runnings *ret, int proc, const char *pid, const char *const *names,
		const struct facts *facts, struct arena *arena) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	/* Only to pass over most processes quickly: what counts is looked at behind the pidfd. */
	if (!read_name(proc, pid, &text, arena) || !has(names, text.data)) {
		return;
	}
	struct running one = {.pid = (pid_t)strtol(pid, NULL, DECIMAL)};
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, one.pid, 0U);
	if (fd < 0 || !read_name(proc, pid, &text, arena) || !has(names, text.data)) {
		return;
	}
	one.name = arena_strdup(arena, text.data);
	if (!read_whole(proc, arena_printf(arena, "%s/status", pid), &text) ||
			!is_own(text.data, facts->uid)) {
		return;
	}
	one.program = program_of(proc, pid, arena);
	one.fd = steal_fd(&fd);
	VEC_ADD(ret, one);
}

void running_find(struct runnings *ret, const char *const *names, const struct facts *facts,
		struct arena *arena) {
	*ret = (struct runnings){0};
	DIR *proc = opendir("/proc");
	if (proc == NULL) {
		return;
	}
	for (const struct dirent *entry; (entry = readdir(proc)) != NULL;) {
		if (is_number(entry->d_name)) {
			look(ret, dirfd(proc), entry->d_name, names, facts, arena);
		}
	}
	(void)closedir(proc);
}

void running_release(struct runnings *all) {
	for (size_t i = 0; i < all->count; i++) {
		cleanup_close_fd(&all->items[i].fd);
	}
	VEC_RELEASE(all);
}

/* --- what is in its folders ---------------------------------------------------------------- */

/* A file as text; true ends the walk. */
typedef bool (*visitor)(const char *text, const void *what);

/* Calls it with PID/FOLDER/NUMBER[/FILE] of each number; true if one of them was what is looked for. */
static bool walk(const struct running *one, const char *folder, const char *file, visitor visit,
		const void *what, struct arena *arena) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	bool found = false;
	DIR *all = opendir(arena_printf(arena, "/proc/%ld/%s", (long)one->pid, folder));
	if (all == NULL) {
		return false;
	}
	const struct dirent *entry;
	for (size_t i = 0; !found && i < FILES_MAX && (entry = readdir(all)) != NULL; i++) {
		const char *path = file == NULL ? entry->d_name
						: arena_printf(arena, "%s/%s", entry->d_name, file);
		found = is_number(entry->d_name) && read_whole(dirfd(all), path, &text) &&
				visit(text.data, what);
	}
	(void)closedir(all);
	return found;
}

bool running_read(const struct running *one, const char *file, struct buf *text, struct arena *arena) {
	const char *path = arena_printf(arena, "/proc/%ld/%s", (long)one->pid, file);
	/* As long as it is there, nobody else has its number. */
	return read_whole(AT_FDCWD, path, text) &&
			syscall(SYS_pidfd_send_signal, one->fd, 0, NULL, 0U) == 0;
}

/* --- telling ------------------------------------------------------------------------------- */

static bool reads_signal(const char *text, const void *what) {
	return has_signal(line_of(text, "sigmask:\t"), *(const int *)what);
}

static bool is_open_to(const char *text, const void *what) {
	return !has_signal(line_of(text, "SigBlk:\t"), *(const int *)what);
}

static bool takes(const struct running *one, int number, struct arena *arena) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	const char *path = arena_printf(arena, "/proc/%ld/status", (long)one->pid);
	if (!read_whole(AT_FDCWD, path, &text)) {
		return false;
	}
	return has_signal(line_of(text.data, "SigCgt:\t"), number) ||
			(has_signal(line_of(text.data, "SigBlk:\t"), number) &&
					walk(one, "fdinfo", NULL, reads_signal, &number, arena) &&
					!walk(one, "task", "status", is_open_to, &number, arena));
}

enum running_told running_tell(const struct running *one, int number, struct arena *arena) {
	if (!takes(one, number, arena)) {
		return RUNNING_DEAF;
	}
	return syscall(SYS_pidfd_send_signal, one->fd, number, NULL, 0U) == 0 ? RUNNING_TOLD
									      : RUNNING_GONE;
}

/* Of " ino:a6b9b6 …". */
static uint64_t hex(const char *field) {
	return strtoull(strchr(field, ':') + 1, NULL, HEX);
}

/* A line is "inotify wd:1 ino:a6b9b6 sdev:fe00000 mask:fce …", all in hex. */
static bool watches(const char *text, const void *what) {
	const struct stat *folder = what;
	uint64_t device = (uint64_t)major(folder->st_dev) << KERNEL_MINOR_BITS | minor(folder->st_dev);
	const char *at = text;
	while ((at = line_of(at, "inotify wd:")) != NULL) {
		const char *inode = strstr(at, " ino:");
		const char *on = strstr(at, " sdev:");
		/* Where the device has no number of its own (a subvolume), stat(2) tells another one. */
		if (inode != NULL && on != NULL && hex(inode) == folder->st_ino &&
				(hex(on) == device || major(folder->st_dev) == 0)) {
			return true;
		}
	}
	return false;
}

bool running_watches(const struct running *one, const struct stat *folder, struct arena *arena) {
	return walk(one, "fdinfo", NULL, watches, folder, arena);
}
