/* SPDX-License-Identifier: MIT */
#include "exec/preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "exec/walk.h"
#include "sys/folder.h"

struct check {
	struct plan *plan;
	struct arena *arena;
	struct walk walk;
	int profile;
	/* The folder checked last, and what was found. */
	const char *folder;
	const char *trouble;
	bool append_only;
	bool reported; /* once a folder */
	/* The folder of sources opened last. */
	const char *sources;
	int sources_fd;
};

static struct conflict conflict_of(const struct op *op, enum conflict_kind kind) {
	return (struct conflict){
		.kind = kind,
		.path = op->path,
		.target = op->path,
		.source = op->source,
		.from = op->from,
	};
}

/* NULL, or why entries of this folder can't be changed. */
static const char *folder_trouble(struct check *check, int dir) {
	int flags = 0;
	check->append_only = false;
	/* Not every file system has attributes. */
	if (ioctl(dir, FS_IOC_GETFLAGS, &flags) == 0) {
		check->append_only = (flags & FS_APPEND_FL) != 0;
		if ((flags & FS_IMMUTABLE_FL) != 0) {
			return "it has the immutable attribute (chattr +i)";
		}
	}
	return faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) < 0 ? strerror(errno) : NULL;
}

static void check_folder(struct check *check, const struct op *op, const char *path) {
	size_t length = (size_t)(path_name(path) - path) - 1;
	const char *folder = check->folder;
	if (folder == NULL || strlen(folder) != length ||
			strncmp(folder, path, length) != 0) {
		check->folder = arena_strndup(check->arena, path, length);
		check->reported = false;
		int dir = walk_to(&check->walk, path);
		if (dir < 0) {
			bool made = errno == ENOENT || errno == ELOOP || errno == ENOTDIR;
			/* It will be made, and the folder above it has been checked. */
			check->trouble = made ? NULL : strerror(errno);
			check->append_only = false;
		} else {
			check->trouble = folder_trouble(check, dir);
		}
	}
	const char *trouble = check->trouble;
	bool adds_only = op->expect.kind == STAMP_ABSENT && path == op->path;
	if (trouble == NULL && check->append_only && !adds_only) {
		trouble = "it has the append-only attribute (chattr +a)";
	}
	if (trouble != NULL && !check->reported) {
		check->reported = true;
		struct conflict conflict = conflict_of(op, CONFLICT_LOCKED);
		conflict.path = check->folder;
		conflict.what = arena_printf(check->arena, "a folder that can't be changed: %s",
				trouble);
		conflict.hint = "make the folder writable, then sync again";
		plan_add_conflict(check->plan, conflict);
	}
}

/* Opens the folder of a source without leaving the profile; kept for the neighbours. */
static int open_sources(struct check *check, const char *source) {
	const char *name = path_name(source);
	size_t length = name > source ? (size_t)(name - source) - 1 : 0;
	if (check->sources != NULL && strlen(check->sources) == length &&
			strncmp(check->sources, source, length) == 0) {
		return check->sources_fd;
	}
	cleanup_close_fd(&check->sources_fd);
	check->sources = arena_strndup(check->arena, source, length);
	check->sources_fd = folder_open_beneath(check->profile,
			length > 0 ? check->sources : ".", O_PATH | O_DIRECTORY);
	return check->sources_fd;
}

static void check_source(struct check *check, const struct op *op) {
	const char *what;
	int dir = open_sources(check, op->source);
	if (dir >= 0 && faccessat(dir, path_name(op->source), F_OK, 0) == 0) {
		return;
	}
	if (errno == EXDEV) {
		what = "a folder in its path is a link that leaves the profile";
	} else if (errno == ENOENT || errno == ENOTDIR) {
		what = "it is not there";
	} else {
		what = strerror(errno);
	}
	/* A later source of that folder gets the same answer only by asking again. */
	check->sources = dir < 0 ? NULL : check->sources;
	struct conflict conflict = conflict_of(op, CONFLICT_NO_SOURCE);
	conflict.what = arena_printf(check->arena, "source '%s' in the profile: %s", op->source,
			what);
	conflict.hint = "put the file into the profile, or correct the registry";
	plan_add_conflict(check->plan, conflict);
}

int preflight(struct plan *plan, const struct facts *facts, struct arena *arena,
		struct err *err) {
	struct check check = {.plan = plan, .arena = arena, .profile = -1, .sources_fd = -1};
	if (walk_init(&check.walk, facts->home, facts->profile_real, plan->followed.items,
			    plan->followed.count, arena, err) < 0) {
		return -1;
	}
	check.profile = open(facts->profile, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < plan->ops.count; i++) {
		const struct op *op = &plan->ops.items[i];
		if (!op_changes_machine(op)) {
			continue;
		}
		check_folder(&check, op, op->path);
		if (op->partner != NULL) {
			check_folder(&check, op, op->partner);
		}
		if (op->kind == OP_LINK && !op->source_known) {
			check_source(&check, op);
		}
	}
	cleanup_close_fd(&check.profile);
	cleanup_close_fd(&check.sources_fd);
	walk_release(&check.walk);
	return 0;
}
