/* SPDX-License-Identifier: MIT */
#include "cmd/editing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "state/peek.h"
#include "sys/file.h"

enum { FILE_SIZE_MAX = 16 * 1024 * 1024 };

static int check_file(const struct app *app, const char *path, const struct stamp *seen,
		struct err *err) {
	if (seen->kind == STAMP_HIDDEN) {
		errno = seen->sys;
		return err_sys(err, "cannot look at '%s'", path);
	}
	if (seen->kind != STAMP_FILE) {
		return err_set(err, ERR_FAILED, "cannot edit '%s': it is no file", path);
	}
	if (seen->uid != app->facts.uid) {
		return err_set(err, ERR_FAILED, "'%s' belongs to another user; nothing was changed",
				path);
	}
	return 0;
}

static int open_file(struct editing *editing, const char *path, const char *name,
		struct editing_file **ret, struct err *err) {
	struct app *app = editing->app;
	struct arena *arena = &app->arena;
	const char *spelled = peek_open_name(path, &app->facts, arena);
	_cleanup_free_ char *real = realpath(spelled, NULL);
	if (real == NULL) {
		return err_sys(err, "cannot edit '%s'", name);
	}
	const char *found = peek_name(arena_strdup(arena, real), &app->facts, arena);
	for (size_t i = 0; i < editing->files.count; i++) {
		if (streq(editing->files.items[i].path, found)) {
			*ret = &editing->files.items[i];
			return 0;
		}
	}
	struct stamp seen;
	peek(found, &app->facts, arena, &seen);
	char *bytes;
	size_t size;
	struct file_mark mark;
	if (check_file(app, name, &seen, err) < 0) {
		return -1;
	}
	if (file_read(AT_FDCWD, real, FILE_SIZE_MAX, arena, &bytes, &size, &mark) < 0) {
		return err_sys(err, "cannot read '%s'", name);
	}
	/* What was read is what must be there still when it is replaced. */
	seen.ino = mark.ino;
	seen.size = mark.size;
	seen.mtime = stamp_time(mark.mtime);
	VEC_ADD(&editing->files, (struct editing_file){
		.path = found,
		.source = {.path = arena_strdup(arena, real), .name = name, .bytes = bytes,
				.size = (uint32_t)size},
		.expect = expect_of(&seen),
		.rewrite = xcalloc(1, sizeof(struct rewrite)),
	});
	*ret = &editing->files.items[editing->files.count - 1];
	return 0;
}

int editing_apply(struct editing *editing, const char *path, const char *name,
		struct edit *edit, bool *ret_done, struct err *err) {
	struct editing_file *file = NULL;
	const char *bytes;
	size_t size;
	*ret_done = false;
	if (open_file(editing, path, name, &file, err) < 0 || file == NULL) {
		return -1;
	}
	switch (edit_apply(edit, &file->source, &editing->app->arena, &bytes, &size, err)) {
	case EDIT_REFUSED:
		return -1;
	case EDIT_NOTHING:
		return 0;
	case EDIT_DONE:
		break;
	}
	*ret_done = true;
	source_release(&file->source);
	file->source.bytes = bytes;
	file->source.size = (uint32_t)size;
	VEC_ADD(&file->rewrite->edits, *edit);
	return 0;
}

static int64_t now(void) {
	struct timespec time;
	/* Can't fail for this clock. */
	(void)clock_gettime(CLOCK_REALTIME, &time);
	return stamp_time(time);
}

void editing_plan(struct editing *editing, struct plan *plan, enum op_reason why) {
	for (size_t i = 0; i < editing->files.count; i++) {
		struct editing_file *file = &editing->files.items[i];
		if (file->rewrite->edits.count == 0) {
			continue;
		}
		file->rewrite->bytes = file->source.bytes;
		file->rewrite->size = file->source.size;
		VEC_ADD(&plan->ops, (struct op){
			.kind = OP_EDIT,
			.why = why,
			.phase = PHASE_FIRST,
			.theirs = true,
			.keeps = true, /* should an editor write to the old one meanwhile */
			.path = file->path,
			.expect = file->expect,
			.becomes = {.kind = STAMP_FILE, .size = (off_t)file->source.size,
					.mtime = now()},
			.rewrite = file->rewrite,
		});
	}
}

void editing_release(struct editing *editing) {
	for (size_t i = 0; i < editing->files.count; i++) {
		source_release(&editing->files.items[i].source);
		VEC_RELEASE(&editing->files.items[i].rewrite->edits);
		free(editing->files.items[i].rewrite);
	}
	VEC_RELEASE(&editing->files);
}
