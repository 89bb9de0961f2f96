/* SPDX-License-Identifier: MIT */
#include "exec/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "sys/copy.h"
#include "sys/file.h"
#include "sys/swap.h"

enum { SLOT_MODE = 0700 };

/* Opens a folder of the state folder, which nobody but us has a reason to change. */
static int open_folder(int dir, const char *name, bool make) {
	if (make && mkdirat(dir, name, SLOT_MODE) < 0 && errno != EEXIST) {
		return -1;
	}
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int open_backups(struct act *act, bool make) {
	if (act->backups < 0) {
		act->backups = open_folder(act->state, "backups", make);
	}
	return act->backups;
}

int slot_open(struct act *act, const char *slot, bool make, const char **ret_name) {
	*ret_name = path_name(slot);
	size_t length = (size_t)(*ret_name - slot);
	for (size_t i = 0; i < act->slots.count; i++) {
		const char *folder = act->slots.items[i].folder;
		if (strlen(folder) + 1 == length && strncmp(folder, slot, length - 1) == 0) {
			return act->slots.items[i].fd;
		}
	}
	if (length < 2) {
		errno = EINVAL;
		return -1;
	}
	const char *folder = arena_strndup(act->arena, slot, length - 1);
	int backups = open_backups(act, make);
	int fd = backups < 0 ? -1 : open_folder(backups, folder, make);
	if (fd >= 0) {
		VEC_ADD(&act->slots, (struct act_slots){folder, fd});
	}
	return fd;
}

int slots_prepare(struct act *act, struct err *err) {
	struct stat state, slots;
	const char *name;
	for (size_t i = 0; i < act->journal->ops.count; i++) {
		const struct op *op = &act->journal->ops.items[i];
		if (!op->keeps) {
			continue;
		}
		int fd = slot_open(act, op->keep, true, &name);
		if (fd < 0 || fstat(fd, &slots) < 0 || fstat(act->state, &state) < 0) {
			(void)err_sys(err, "cannot make a folder for backups in '%s/backups'",
					act->state_path);
			err_hint(err, "it must be a real folder that you can write to");
			return -1;
		}
		if (slots.st_dev != state.st_dev) {
			return err_set(err, ERR_FAILED, "the folder 'backups' is on another file system "
							"than the state folder; move the state folder there "
							"as a whole");
		}
	}
	return 0;
}

static int move_link(int from_dir, const char *from, int to_dir, const char *to) {
	char text[PATH_MAX + 1];
	ssize_t n = readlinkat(from_dir, from, text, sizeof(text) - 1);
	if (n < 0) {
		errno = EXDEV;
		return -1;
	}
	text[n] = '\0';
	/* It may be there already: cut off between the two steps. */
	if (symlinkat(text, to_dir, to) < 0 && !(errno == EEXIST && swap_is_link(to_dir, to, text))) {
		return -1;
	}
	/* It must not lose its old name before the new one is durable. */
	return file_flush(to_dir) < 0 ? -1 : unlinkat(from_dir, from, 0);
}

/* NOREPLACE; a link also between two file systems. */
static int move(int from_dir, const char *from, int to_dir, const char *to) {
	if (swap_move(from_dir, from, to_dir, to) == 0) {
		return 0;
	}
	return errno == EXDEV ? move_link(from_dir, from, to_dir, to) : -1;
}

int slot_put(struct act *act, const char *slot, int dir, const char *name) {
	const char *to;
	int fd = slot_open(act, slot, true, &to);
	return fd < 0 ? -1 : move(dir, name, fd, to);
}

int slot_copy(struct act *act, const char *slot, int dir, const char *name) {
	const char *to;
	int fd = slot_open(act, slot, true, &to);
	if (fd < 0 || copy_file(dir, name, fd, to, false) < 0) {
		return -1;
	}
	if (copy_is_same(dir, name, fd, to) != 1) {
		(void)unlinkat(fd, to, 0);
		errno = EIO;
		return -1;
	}
	return 0;
}

int slot_take(struct act *act, const char *slot, int dir, const char *name, bool far) {
	const char *from;
	int fd = slot_open(act, slot, false, &from);
	if (fd < 0) {
		return -1;
	}
	return far ? copy_file(fd, from, dir, name, false) : move(fd, from, dir, name);
}

int slot_drop(struct act *act, const char *slot) {
	const char *name;
	int fd = slot_open(act, slot, false, &name);
	return fd < 0 || unlinkat(fd, name, 0) < 0 ? (errno == ENOENT ? 0 : -1) : 0;
}

int slots_flush(struct act *act) {
	for (size_t i = 0; i < act->slots.count; i++) {
		if (file_flush(act->slots.items[i].fd) < 0) {
			return -1;
		}
	}
	return act->backups >= 0 && (file_flush(act->backups) < 0 || file_flush(act->state) < 0)
			? -1
			: 0;
}

/* Folders of slots that this journal used: only those that are empty go. */
static void remove_empty(struct act *act, const char *slot) {
	const char *name = path_name(slot);
	const char *folder = arena_strndup(act->arena, slot, (size_t)(name - slot) - 1);
	(void)unlinkat(act->backups, folder, AT_REMOVEDIR);
}

void slots_sweep(struct act *act) {
	for (size_t i = 0; i < act->journal->ops.count; i++) {
		const struct op *op = &act->journal->ops.items[i];
		bool used = op->keep != NULL || op->take != NULL;
		if (used && open_backups(act, false) >= 0) {
			remove_empty(act, op->keep != NULL ? op->keep : op->take);
			if (op->keep != NULL && op->take != NULL) {
				remove_empty(act, op->take);
			}
		}
	}
}

void slots_release(struct act *act) {
	for (size_t i = 0; i < act->slots.count; i++) {
		(void)close(act->slots.items[i].fd);
		/* Only if nothing is in it (ENOTEMPTY otherwise): one that was made for an object
		 * which then couldn't go there. slots_sweep() knows those of the journal alone. */
		(void)unlinkat(act->backups, act->slots.items[i].folder, AT_REMOVEDIR);
	}
	VEC_RELEASE(&act->slots);
	if (act->backups >= 0) {
		cleanup_close_fd(&act->backups);
		(void)unlinkat(act->state, "backups", AT_REMOVEDIR);
	}
}
