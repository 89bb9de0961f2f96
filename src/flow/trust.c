/* SPDX-License-Identifier: MIT */
#include "flow/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "sys/file.h"
#include "sys/folder.h"

struct approved {
	const char *path;
	struct trust_files files;
};

const char *trust_name(enum trust trust) {
	static const char *const names[] = {
		[TRUST_NONE] = "none",
		[TRUST_ALLOWED] = "allowed",
		[TRUST_CHANGED] = "changed",
		[TRUST_DENIED] = "denied",
		[TRUST_UNFIT] = "unfit",
	};
	return names[trust];
}

/* --- reading ------------------------------------------------------------------------------- */

/* Notes the first reason why the project can't be allowed. */
static int refuse(struct trust_root *root, const char *why, const char *hint) {
	if (root->unfit == NULL) {
		root->unfit = why;
		root->hint = hint;
	}
	return -1;
}

/* Nobody else may have had a hand in it. `path` is absolute. */
static int check_fit(struct trust_root *root, const struct stat *info, const char *path) {
	if (info->st_uid != root->uid) {
		return refuse(root, arena_printf(root->arena, "'%s' belongs to another user (uid %u)",
						path, (unsigned)info->st_uid), NULL);
	}
	if ((info->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		struct buf quoted _cleanup_buf_ = BUF_INIT;
		buf_add_quoted(&quoted, path);
		return refuse(root, arena_printf(root->arena, "'%s' can be written by others (mode "
						"%04o)", path, (unsigned)(info->st_mode & 07777)),
				arena_printf(root->arena, "chmod go-w %s", quoted.data));
	}
	return 0;
}

/* One step down that no link, and no other file system (it may hang), is part of. */
static int step_into(int dir, const char *name, uint64_t flags) {
	struct open_how how = {
		.flags = flags | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
	if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
		/* Kernels before 5.6, and sandboxes that don't know it. */
		fd = openat(dir, name, (int)how.flags);
	}
	return fd;
}

/* Why it can't be opened, from errno. */
static int refuse_open(struct trust_root *root, const char *path) {
	const char *what;
	switch (errno) {
	case ELOOP:
	case ENOTDIR:
		what = "is a link, or below a link or a file";
		break;
	case EXDEV:
		what = "is on another file system";
		break;
	case EFBIG:
		what = "is larger than a mebibyte";
		break;
	case EISDIR:
	case EINVAL:
	case ENXIO:
		what = "is no file";
		break;
	case EAGAIN:
		what = "is being written just now";
		break;
	default:
		what = "can't be read";
	}
	return refuse(root, arena_printf(root->arena, "'%s' %s", path, what), NULL);
}

/* The folder that holds the last component of a name; *ret_fd is to be closed, if it is one. */
static int open_above(struct trust_root *root, const char **name, const char *path, int *ret_fd) {
	int dir = root->dir;
	const char *slash;
	while ((slash = strchr(*name, '/')) != NULL) {
		struct stat info;
		const char *part = arena_strndup(root->arena, *name, (size_t)(slash - *name));
		int below = step_into(dir, part, O_PATH | O_DIRECTORY);
		if (below < 0) {
			return -1;
		}
		cleanup_close_fd(ret_fd);
		dir = *ret_fd = below;
		*name = slash + 1;
		const char *folder = arena_strndup(root->arena, path, strlen(path) - strlen(slash));
		if (fstat(dir, &info) < 0 || check_fit(root, &info, folder) < 0) {
			return -1;
		}
	}
	return dir;
}

/*
 * Reads a file once. -1 with root->unfit where it can't be allowed; its bytes are there all
 * the same if it could be read.
 */
static int read_file(struct trust_root *root, const char *name, struct trust_file *ret) {
	const char *path = path_join(root->path, name, root->arena);
	_cleanup_close_ int above = -1;
	struct stat info;
	char *bytes;
	*ret = (struct trust_file){.name = name};
	int dir = open_above(root, &name, path, &above);
	_cleanup_close_ int fd = dir < 0 ? -1
			: step_into(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT && root->unfit == NULL) {
		return 0;
	}
	if (fd < 0 || file_read_open(fd, TRUST_FILE_SIZE_MAX, root->arena, &bytes, &ret->size,
				      &info) < 0) {
		return refuse_open(root, path);
	}
	ret->bytes = bytes;
	if (memchr(bytes, '\0', ret->size) != NULL) {
		return refuse(root, arena_printf(root->arena, "'%s' holds a NUL byte", path), NULL);
	}
	return check_fit(root, &info, path);
}

int trust_open(struct trust_root *root, const char *path, uid_t uid, struct arena *arena,
		struct err *err) {
	*root = (struct trust_root){.path = path, .dir = -1, .uid = uid, .arena = arena};
	_cleanup_close_ int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat info;
	if (dir < 0 || fstat(dir, &info) < 0) {
		return err_sys(err, "cannot open the project '%s'", path);
	}
	const char *real = folder_real_path(dir, arena);
	if (real == NULL || !streq(real, path)) {
		return err_set(err, ERR_FAILED, "the project's path '%s' leads somewhere else: '%s'",
				path, real != NULL ? real : "?");
	}
	root->dir = steal_fd(&dir);
	root->owner = info.st_uid;
	root->device = info.st_dev;
	if (check_fit(root, &info, path) == 0 || info.st_uid == uid) {
		(void)read_file(root, TRUST_PROJECT_FILE, &root->project);
	}
	return 0;
}

void trust_close(struct trust_root *root) {
	cleanup_close_fd(&root->dir);
}

/* --- checking ------------------------------------------------------------------------------ */

static uint64_t volume_of(int dir) {
	struct statfs info;
	uint64_t volume = 0;
	if (fstatfs(dir, &info) == 0) {
		memcpy(&volume, &info.f_fsid, sizeof(volume));
	}
	return volume;
}

/*
 * Numbers of devices are given anew at each start of the machine where the file system
 * has none of its own (btrfs): its id tells then.
 */
static bool is_same_place(const struct trust_root *root, const struct trust_record *record) {
	return record->owner == root->owner &&
			(record->device == root->device ||
					(record->volume != 0 && record->volume == volume_of(root->dir)));
}

static const struct trust_file *find(const struct trust_files *files, const char *name) {
	for (size_t i = 0; i < files->count; i++) {
		if (streq(files->items[i].name, name)) {
			return &files->items[i];
		}
	}
	return NULL;
}

static bool is_same(const struct trust_file *a, const struct trust_file *b) {
	if (a->bytes == NULL || b->bytes == NULL) {
		return a->bytes == b->bytes;
	}
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static enum trust changed(struct trust_root *root, const char *name, const char *how) {
	root->why = arena_printf(root->arena, "'%s' %s", name, how);
	return TRUST_CHANGED;
}

/* One file of the record, as it is now, into `files`. */
static enum trust check_file(struct trust_root *root, const struct trust_file *was,
		struct trust_files *files) {
	struct trust_file *now = &files->items[files->count];
	if (streq(was->name, TRUST_PROJECT_FILE)) {
		*now = root->project;
	} else if (read_file(root, was->name, now) < 0) {
		root->why = root->unfit;
		return TRUST_UNFIT;
	}
	if (!is_same(was, now)) {
		return changed(root, was->name, was->bytes == NULL ? "is new"
				: now->bytes == NULL ? "is gone" : "has changed");
	}
	files->count++;
	return TRUST_ALLOWED;
}

/* The only place where a project's content becomes something that may be used. */
static enum trust check_record(struct trust_root *root, const struct trust_record *record,
		const char *const *names, const struct approved **ret) {
	if (!is_same_place(root, record)) {
		return changed(root, root->path, "is another folder than it was");
	}
	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		if (find(&record->files, names[i]) == NULL) {
			return changed(root, names[i], "wasn't used when the project was allowed");
		}
	}
	struct approved *approved = arena_zalloc(root->arena, sizeof(*approved));
	approved->path = root->path;
	for (size_t i = 0; i < record->files.count; i++) {
		enum trust trust = check_file(root, &record->files.items[i], &approved->files);
		if (trust != TRUST_ALLOWED) {
			return trust;
		}
	}
	*ret = approved;
	return TRUST_ALLOWED;
}

enum trust trust_check(struct trust_root *root, const char *state_folder,
		const char *const *names, const struct approved **ret) {
	struct trust_record record;
	*ret = NULL;
	enum trust_stored stored = trust_record_load(&record, state_folder, root->path, root->uid,
			root->arena, &root->why);
	if (stored == TRUST_STORED && record.denied) {
		return TRUST_DENIED;
	}
	if (root->unfit != NULL) {
		root->why = root->unfit;
		return TRUST_UNFIT;
	}
	return stored == TRUST_STORED ? check_record(root, &record, names, ret) : TRUST_NONE;
}

bool approved_file(const struct approved *approved, const char *name, struct str *ret) {
	const struct trust_file *file = approved != NULL ? find(&approved->files, name) : NULL;
	if (file == NULL || file->bytes == NULL) {
		return false;
	}
	*ret = (struct str){file->bytes, file->size};
	return true;
}

const char *approved_path(const struct approved *approved) {
	return approved->path;
}

/* --- deciding ------------------------------------------------------------------------------ */

static int add_file(struct trust_root *root, struct trust_files *files, const char *name) {
	const char *folded;
	if (find(files, name) != NULL) {
		return 0;
	}
	if (path_fold(str_of(name), root->arena, &folded) != FOLD_OK || !streq(name, folded)) {
		return refuse(root, arena_printf(root->arena, "'%s' is no name below the project",
						name), NULL);
	}
	if (files->count == TRUST_FILES_MAX) {
		return refuse(root, arena_printf(root->arena, "more than %d files would be read",
						TRUST_FILES_MAX), NULL);
	}
	return read_file(root, name, &files->items[files->count++]);
}

int trust_read(struct trust_root *root, const char *const *names, struct trust_files *ret,
		struct err *err) {
	*ret = (struct trust_files){.items = {root->project}, .count = 1};
	ret->items[0].name = TRUST_PROJECT_FILE;
	for (size_t i = 0; root->unfit == NULL && names != NULL && names[i] != NULL; i++) {
		(void)add_file(root, ret, names[i]);
	}
	size_t total = 0;
	for (size_t i = 0; i < ret->count; i++) {
		total += ret->items[i].size;
	}
	if (total > TRUST_TOTAL_SIZE_MAX) {
		(void)refuse(root, "its files are larger than two mebibytes together", NULL);
	}
	if (root->unfit == NULL) {
		return 0;
	}
	(void)err_set(err, ERR_REFUSED, "the project can't be allowed: %s", root->unfit);
	if (root->hint != NULL) {
		err_hint(err, "%s", root->hint);
	}
	return -1;
}

int trust_allow(const struct trust_root *root, const struct trust_files *files, time_t time,
		const char *state_folder, const char **ret_aside, struct err *err) {
	struct trust_record record = {
		.path = root->path,
		.time = (uint64_t)time,
		.owner = root->owner,
		.device = root->device,
		.volume = volume_of(root->dir),
		.files = *files,
	};
	return trust_record_save(&record, state_folder, root->uid, root->arena, ret_aside, err);
}

int trust_deny(const char *path, uid_t uid, time_t time, const char *state_folder,
		struct arena *arena, const char **ret_aside, struct err *err) {
	struct trust_record record = {.path = path, .denied = true, .time = (uint64_t)time};
	return trust_record_save(&record, state_folder, uid, arena, ret_aside, err);
}
