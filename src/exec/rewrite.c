/* SPDX-License-Identifier: MIT */

/*
 * OP_EDIT: new text for a file of the registry, by compare and exchange: the new file
 * takes the old one's place in one step, and what comes out must be exactly what was
 * read. An editor's save that lands in between is exchanged back, and wins.
 */

#include "exec/part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "sys/copy.h"
#include "sys/file.h"
#include "sys/swap.h"

enum { FILE_SIZE_MAX = 16 * 1024 * 1024 };

/* `mtime`: by it the new file is known again. */
static int write_new(int dir, const char *name, const char *other, const char *bytes,
		size_t size, int64_t mtime) {
	_cleanup_close_ int old = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	_cleanup_close_ int fd = openat(dir, other,
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (old < 0 || fd < 0 ||
			file_write_all(fd, bytes, size) < 0) {
		return -1;
	}
	if (copy_attributes(old, fd) < 0) {
		return -1;
	}
	const struct timespec times[2] = {
		{.tv_nsec = UTIME_NOW},
		stamp_timespec(mtime),
	};
	return futimens(fd, times) < 0 || file_flush(fd) < 0 ? -1 : close(steal_fd(&fd));
}

int rewrite_change(struct act *act, int dir, const struct op *op, struct err *err) {
	const char *name = path_name(op->path), *other = aside_name(act, op);
	part_begin(act, op);
	if (write_new(dir, name, other, op->rewrite->bytes, op->rewrite->size, op->becomes.mtime) <
			0) {
		(void)err_sys(err, "cannot write '%s'", op->path);
		(void)unlinkat(dir, other, 0);
		return -1;
	}
	return part_exchange(dir, name, other, op, err);
}

int rewrite_clean(struct act *act, int dir, const struct op *op) {
	const char *other = aside_name(act, op);
	int same = aside_matches(dir, other, &op->expect, true);
	if (same == 1) {
		return unlinkat(dir, other, 0);
	}
	int absent = same == 0 ? aside_is_absent(dir, other) : -1;
	if (absent != 0) {
		return absent > 0 ? 0 : -1;
	}
	/* An editor had it open, and wrote to it after the exchange. */
	if (part_keep(act, dir, other, op, &op->expect) < 0) {
		return -1;
	}
	if (aside_is_absent(dir, other) == 1) {
		part_note(act, op, arena_printf(act->arena, "saved by another program meanwhile; that "
							    "version is in the backups, as '%s'", op->keep));
	}
	return 0;
}

/* The text without our edits; NULL if they can't be taken out of it. */
static const char *without_edits(struct act *act, const struct op *op, const char *bytes,
		size_t *size) {
	struct err ignored = {0};
	for (size_t i = op->rewrite->edits.count; i-- > 0;) {
		struct edit edit = edit_invert(&op->rewrite->edits.items[i]);
		struct source source = {.path = op->path, .name = path_name(op->path), .bytes = bytes,
				.size = (uint32_t)*size};
		enum edit_result result = edit_apply(&edit, &source, act->arena, &bytes, size,
				&ignored);
		source_release(&source);
		if (result == EDIT_REFUSED) {
			err_release(&ignored);
			return NULL;
		}
	}
	return bytes;
}

/*
 * A person saved the new text again, with changes, before it could be taken back: our
 * edits are taken out of that. *ret_done: they are, and the old file is of no use any
 * more.
 */
static int take_out(struct act *act, int dir, const struct op *op, const struct scene *scene,
		bool *ret_done) {
	char *bytes;
	size_t size;
	struct file_mark mark;
	*ret_done = false;
	if (file_read(dir, scene->name, FILE_SIZE_MAX, act->arena, &bytes, &size, &mark) < 0) {
		return errno == ENOENT || errno == EFBIG || errno == EAGAIN ? 0 : -1;
	}
	const char *text = without_edits(act, op, bytes, &size);
	if (text == NULL) {
		return 0;
	}
	const char *making = part_making_name(act, op);
	if ((unlinkat(dir, making, 0) < 0 && errno != ENOENT) ||
			write_new(dir, scene->name, making, text, size,
					stamp_time(mark.mtime)) < 0) {
		return -1;
	}
	if (swap_exchange(dir, scene->name, making) < 0) {
		return -1;
	}
	const struct expect read = {.kind = STAMP_FILE, .ino = mark.ino, .size = mark.size,
			.mtime = stamp_time(mark.mtime)};
	if (aside_matches(dir, making, &read, true) != 1) {
		/* Saved once more just now: that one wins, and the next recovery looks again. */
		if (swap_exchange(dir, scene->name, making) == 0 && unlinkat(dir, making, 0) == 0) {
			errno = EAGAIN;
		}
		return -1;
	}
	*ret_done = true;
	return unlinkat(dir, making, 0);
}

int rewrite_restore(struct act *act, int dir, const struct op *op) {
	struct scene scene;
	if (scene_look(act, dir, op, &scene) < 0) {
		return -1;
	}
	if (scene.at_name == THING_NEW && scene.at_other != THING_NONE) {
		return scene_exchange(dir, op, &scene) < 0 ? -1
								: unlinkat(dir, scene.other, 0);
	}
	if (scene.at_other == THING_NONE) {
		return 0;
	}
	if (scene.at_name == THING_NONE && scene.at_other == THING_OLD) {
		return swap_move(dir, scene.other, dir, scene.name);
	}
	if (scene.at_name == THING_OLD || scene.at_other == THING_NEW) {
		return unlinkat(dir, scene.other, 0); /* it never got there, or only half */
	}
	bool done = false;
	if (scene.at_name == THING_OTHER && take_out(act, dir, op, &scene, &done) < 0) {
		return -1;
	}
	if (done) {
		return unlinkat(dir, scene.other, 0);
	}
	part_note_aside(act, op, scene.other);
	return 0;
}
