/* SPDX-License-Identifier: MIT */
#include "exec/aside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "sys/swap.h"

const char *aside_name(const struct act *act, const struct op *op) {
	return arena_printf(act->arena, "%s-%zu", act->journal->temporary,
			(size_t)(op - act->journal->ops.items));
}

/* Some file systems keep whole seconds only. */
static bool is_same_time(const struct stat *info, int64_t mtime) {
	struct timespec time = stamp_timespec(mtime);
	return stamp_time(info->st_mtim) == mtime ||
			(info->st_mtim.tv_sec == time.tv_sec && info->st_mtim.tv_nsec == 0);
}

/* A copy has an inode of its own: the plan knows only how long and how old it will be. */
static bool stat_matches(const struct stat *info, const struct expect *object, bool exact) {
	bool known = object->ino != 0;
	if (known && info->st_ino != object->ino) {
		return false;
	}
	switch (object->kind) {
	case STAMP_FILE:
		return S_ISREG(info->st_mode) &&
				((known && !exact) || (info->st_size == object->size &&
								      is_same_time(info, object->mtime)));
	case STAMP_FOLDER:
		return S_ISDIR(info->st_mode);
	case STAMP_OTHER:
		return !S_ISREG(info->st_mode) && !S_ISDIR(info->st_mode) &&
				!S_ISLNK(info->st_mode);
	case STAMP_ABSENT:
	case STAMP_LINK:
	case STAMP_HIDDEN:
		break;
	}
	return false;
}

int aside_matches(int dir, const char *name, const struct expect *object, bool exact) {
	struct stat info;
	if (object->kind == STAMP_LINK) {
		char text[PATH_MAX + 1];
		ssize_t n = readlinkat(dir, name, text, sizeof(text) - 1);
		if (n < 0) {
			return errno == ENOENT || errno == EINVAL ? 0 : -1;
		}
		text[n] = '\0';
		return streq(text, object->text);
	}
	if (fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) < 0) {
		return errno == ENOENT ? 0 : -1;
	}
	return stat_matches(&info, object, exact);
}

int aside_is_absent(int dir, const char *name) {
	struct stat info;
	if (fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
		return 0;
	}
	return errno == ENOENT ? 1 : -1;
}

/* What our operation puts there; a folder that is filled has no inode yet in the plan. */
static bool makes_file(const struct op *op) {
	return op->kind == OP_FILE || op->kind == OP_EDIT;
}

int aside_identify(int dir, const char *name, const struct op *op, enum thing *ret) {
	char text[PATH_MAX + 1];
	struct stat info;
	*ret = THING_OTHER;
	ssize_t n = readlinkat(dir, name, text, sizeof(text) - 1);
	if (n >= 0) {
		text[n] = '\0';
		bool old = op->expect.kind == STAMP_LINK && streq(text, op->expect.text);
		const char *ours = makes_file(op) ? op->becomes.text : op->text;
		bool new = ours != NULL && streq(text, ours);
		*ret = new ? THING_NEW : old ? THING_OLD : THING_OTHER;
		return 0;
	}
	if (errno == ENOENT) {
		*ret = THING_NONE;
		return 0;
	}
	if (errno != EINVAL || fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) < 0) {
		return -1;
	}
	if (makes_file(op) && stat_matches(&info, &op->becomes, op->take == NULL)) {
		*ret = THING_NEW;
	} else if ((op->keeps || makes_file(op)) && stat_matches(&info, &op->expect, false)) {
		*ret = THING_OLD;
	} else if (S_ISDIR(info.st_mode)) {
		*ret = THING_FOLDER;
	}
	return 0;
}

int scene_look(const struct act *act, int dir, const struct op *op, struct scene *ret) {
	ret->name = path_name(op->path);
	ret->other = aside_name(act, op);
	return swap_mend(dir, ret->name, ret->other) < 0 ||
					aside_identify(dir, ret->name, op, &ret->at_name) < 0
			? -1
			: aside_identify(dir, ret->other, op, &ret->at_other);
}

int scene_exchange(int dir, const struct op *op, const struct scene *scene) {
	enum thing out;
	if (swap_exchange(dir, scene->name, scene->other) < 0) {
		return -1;
	}
	if (aside_identify(dir, scene->other, op, &out) == 0 && out == scene->at_name) {
		return 0;
	}
	if (swap_exchange(dir, scene->name, scene->other) == 0) {
		errno = EAGAIN;
	}
	return -1;
}

static int compare_op(const void *path, const void *op) {
	return path_compare(path, ((const struct op *)op)->path);
}

/* A journal that has a folder to look into has operations. */
static const struct op *find_op(const struct act *act, const char *path) {
	return bsearch(path, act->journal->ops.items + act->main, act->nmain, sizeof(struct op),
			compare_op);
}

/* One entry of a folder: something that the journal puts there, or removes? */
static int is_ours(struct act *act, int dir, const char *name, const char *path, bool *ret) {
	const struct op *op = find_op(act, path);
	enum holds holds = HOLDS_OTHERS;
	enum thing thing = THING_OTHER;
	*ret = false;
	if (op == NULL) {
		return 0;
	}
	if (op->kind == OP_FOLDER || op->kind == OP_RMDIR) {
		int result = aside_look_into(act, dir, name, path, &holds);
		*ret = holds != HOLDS_OTHERS;
		return result;
	}
	if (aside_identify(dir, name, op, &thing) < 0) {
		return -1;
	}
	*ret = thing == (op->kind == OP_UNLINK ? THING_OLD : THING_NEW);
	return 0;
}

int aside_look_into(struct act *act, int dir, const char *name, const char *path,
		enum holds *ret) {
	*ret = HOLDS_OTHERS;
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	if (stream == NULL) {
		cleanup_close_fd(&fd);
		return errno == ENOTDIR || errno == ELOOP || errno == ENOENT ? 0 : -1;
	}
	enum holds holds = HOLDS_NOTHING;
	int result = 0;
	while (holds != HOLDS_OTHERS && result == 0) {
		errno = 0;
		const struct dirent *entry = readdir(stream);
		if (entry == NULL) {
			result = errno == 0 ? 0 : -1;
			break;
		}
		if (streq(entry->d_name, ".") || streq(entry->d_name, "..")) {
			continue;
		}
		bool ours;
		result = is_ours(act, fd, entry->d_name,
				path_join(path, entry->d_name, act->arena), &ours);
		holds = ours ? HOLDS_OURS : HOLDS_OTHERS;
	}
	int saved = errno;
	(void)closedir(stream);
	errno = saved;
	*ret = holds;
	return result;
}

bool aside_is_folder(int dir, const char *name) {
	struct stat info;
	return fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

int aside_remove_link(int dir, const char *name, const char *text) {
	const struct expect link = {.kind = STAMP_LINK, .text = text};
	int same = aside_matches(dir, name, &link, false);
	return same == 1 ? unlinkat(dir, name, 0) : same;
}

void aside_add_aliases(struct act *act) {
	for (size_t i = 0; i < act->journal->ops.count; i++) {
		const struct op *op = &act->journal->ops.items[i];
		if (op_replaces_folder(op)) {
			walk_add_alias(&act->walk, op->path, aside_name(act, op));
		}
	}
}
