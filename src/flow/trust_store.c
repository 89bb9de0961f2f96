/* SPDX-License-Identifier: MIT */
#include "flow/trust_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/path.h"
#include "base/vec.h"
#include "sys/file.h"
#include "sys/lock.h"
#include "sys/swap.h"

/* A byte takes up to four in a record; then there are names and numbers. */
enum {
	VERSION = 1,
	RECORD_SIZE_MAX = 4 * TRUST_TOTAL_SIZE_MAX + 1024 * 1024,
	NAME_SIZE = 16 + 1,
	ASIDE_MAX = 100,
};

static const char folder_name[] = "trust";
static const char temporary[] = ".new";
static const char project_file[] = ".lumina.yaml";

/* --- form ---------------------------------------------------------------------------------- */

void trust_record_format(const struct trust_record *record, struct buf *out) {
	record_begin(out, "trust", VERSION);
	record_word(out, "project");
	record_field(out, record->path);
	record_field(out, record->denied ? "denied" : "allowed");
	record_number(out, record->time);
	record_newline(out);
	if (!record->denied) {
		record_word(out, "place");
		record_number(out, record->owner);
		record_number(out, record->device);
		record_number(out, record->volume);
		record_newline(out);
	}
	for (size_t i = 0; !record->denied && i < record->files.count; i++) {
		record_word(out, "file");
		record_field(out, record->files.items[i].name);
		record_field(out, record->files.items[i].bytes);
		record_newline(out);
	}
	record_end(out);
}

static bool is_word(const char *field, const char *word) {
	return field != NULL && streq(field, word);
}

static bool parse_head(struct trust_record *record, struct record_reader *reader) {
	char *field[RECORD_FIELDS_MAX];
	if (record_next(reader, field) != 4 || !is_word(field[0], "project") || field[1] == NULL ||
			field[1][0] != '/' || !record_parse_number(field[3], &record->time)) {
		return false;
	}
	record->path = field[1];
	record->denied = is_word(field[2], "denied");
	if (record->denied) {
		return true;
	}
	return is_word(field[2], "allowed") && record_next(reader, field) == 4 &&
			is_word(field[0], "place") && record_parse_number(field[1], &record->owner) &&
			record_parse_number(field[2], &record->device) &&
			record_parse_number(field[3], &record->volume);
}

static bool parse_file(struct trust_files *files, char *const field[]) {
	if (!is_word(field[0], "file") || field[1] == NULL || files->count == TRUST_FILES_MAX ||
			(files->count == 0) != streq(field[1], project_file)) {
		return false;
	}
	for (size_t i = 0; i < files->count; i++) {
		if (streq(files->items[i].name, field[1])) {
			return false;
		}
	}
	files->items[files->count++] = (struct trust_file){
		.name = field[1],
		.bytes = field[2],
		.size = field[2] != NULL ? strlen(field[2]) : 0,
	};
	return true;
}

enum record_state trust_record_parse(struct trust_record *ret, char *bytes, size_t size) {
	struct record_reader reader;
	*ret = (struct trust_record){0};
	enum record_state state = record_open(&reader, bytes, size, "trust", VERSION);
	if (state != RECORD_GOOD) {
		return state;
	}
	/* A text ends at its first NUL: behind one, something else would be compared. */
	if (memchr(bytes, '\0', size) != NULL || !parse_head(ret, &reader)) {
		return RECORD_DAMAGED;
	}
	char *field[RECORD_FIELDS_MAX];
	size_t count;
	while ((count = record_next(&reader, field)) > 0) {
		if (ret->denied || count != 3 || !parse_file(&ret->files, field)) {
			return RECORD_DAMAGED;
		}
	}
	bool whole = ret->denied || ret->files.count > 0;
	return whole && record_is_done(&reader) ? RECORD_GOOD : RECORD_DAMAGED;
}

/* --- reading ------------------------------------------------------------------------------- */

static void name_of(const char *path, char name[NAME_SIZE]) {
	(void)snprintf(name, NAME_SIZE, "%016" PRIx64, hash64(path, strlen(path)));
}

static bool is_name(const char *name) {
	return strlen(name) == NAME_SIZE - 1 && strspn(name, "0123456789abcdef") == NAME_SIZE - 1;
}

/* What is wrong with an open file or folder of the store; NULL: nothing. */
static const char *check(const struct stat *info, uid_t uid, const char *path,
		struct arena *arena) {
	if (info->st_uid != uid) {
		return arena_printf(arena, "'%s' belongs to another user (uid %u)", path,
				(unsigned)info->st_uid);
	}
	if ((info->st_mode & 077) != 0) {
		return arena_printf(arena, "'%s' is open to others (mode %04o)", path,
				(unsigned)(info->st_mode & 07777));
	}
	return NULL;
}

static const char *why_not_open(const char *path, struct arena *arena) {
	if (errno == ELOOP || errno == ENOTDIR) {
		return arena_printf(arena, "'%s' is a link, or no folder or file of Lumina's", path);
	}
	return arena_printf(arena, "cannot open '%s': %s", path, strerror(errno));
}

/* The open folder; -1 with *ret_why, or without where there is none. */
static int open_folder(const char *path, uid_t uid, struct arena *arena, const char **ret_why) {
	struct stat info;
	*ret_why = NULL;
	_cleanup_close_ int dir = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0) {
		/* A link in place of the folder is ENOTDIR too, as is a file above it. */
		bool absent = errno == ENOENT;
		*ret_why = absent ? NULL : why_not_open(path, arena);
		return -1;
	}
	*ret_why = fstat(dir, &info) < 0 ? why_not_open(path, arena) : check(&info, uid, path, arena);
	return *ret_why == NULL ? steal_fd(&dir) : -1;
}

static enum trust_stored load(struct trust_record *ret, int dir, const char *name,
		const char *shown, uid_t uid, struct arena *arena, const char **ret_why) {
	_cleanup_close_ int fd = openat(dir, name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		bool absent = errno == ENOENT;
		*ret_why = absent ? NULL : why_not_open(shown, arena);
		return absent ? TRUST_STORED_NOT : TRUST_STORED_DAMAGED;
	}
	char *bytes = NULL;
	size_t size = 0;
	struct stat info = {0};
	if (file_read_open(fd, RECORD_SIZE_MAX, arena, &bytes, &size, &info) < 0) {
		*ret_why = arena_printf(arena, "cannot read '%s': %s", shown, strerror(errno));
		return TRUST_STORED_DAMAGED;
	}
	*ret_why = check(&info, uid, shown, arena);
	if (*ret_why != NULL) {
		return TRUST_STORED_DAMAGED;
	}
	switch (trust_record_parse(ret, bytes, size)) {
	case RECORD_GOOD:
		return TRUST_STORED;
	case RECORD_NEWER:
		*ret_why = arena_printf(arena, "'%s' was written by a newer Lumina", shown);
		break;
	case RECORD_DAMAGED:
		*ret_why = arena_printf(arena, "'%s' is damaged", shown);
		break;
	}
	return TRUST_STORED_DAMAGED;
}

enum trust_stored trust_record_load(struct trust_record *ret, const char *state_folder,
		const char *path, uid_t uid, struct arena *arena, const char **ret_why) {
	const char *folder = path_join(state_folder, folder_name, arena);
	char name[NAME_SIZE];
	_cleanup_close_ int dir = open_folder(folder, uid, arena, ret_why);
	if (dir < 0) {
		return *ret_why == NULL ? TRUST_STORED_NOT : TRUST_STORED_DAMAGED;
	}
	name_of(path, name);
	const char *shown = path_join(folder, name, arena);
	enum trust_stored stored = load(ret, dir, name, shown, uid, arena, ret_why);
	/* Another path with the same hash: nothing was said about this one. */
	return stored == TRUST_STORED && !streq(ret->path, path) ? TRUST_STORED_NOT : stored;
}

/* --- listing ------------------------------------------------------------------------------- */

static int compare_records(const void *a, const void *b) {
	return path_compare(((const struct trust_record *)a)->path,
			((const struct trust_record *)b)->path);
}

static void list_one(struct trust_records *records, int dir, const char *folder,
		const char *name, uid_t uid, struct arena *arena) {
	struct trust_record record;
	struct arena bytes; /* of the files: up to megabytes each, and not wanted */
	const char *why;
	arena_init(&bytes);
	const char *shown = path_join(folder, name, arena);
	switch (load(&record, dir, name, shown, uid, &bytes, &why)) {
	case TRUST_STORED:
		record.path = arena_strdup(arena, record.path);
		for (size_t i = 0; i < record.files.count; i++) {
			struct trust_file *file = &record.files.items[i];
			file->name = arena_strdup(arena, file->name);
			file->bytes = NULL;
		}
		VEC_ADD(records, record);
		break;
	case TRUST_STORED_DAMAGED:
		VEC_ADD(&records->damaged, arena_strdup(arena, why));
		break;
	case TRUST_STORED_NOT: /* removed meanwhile */
		break;
	}
	arena_release(&bytes);
}

int trust_records_list(struct trust_records *records, const char *state_folder, uid_t uid,
		struct arena *arena, struct err *err) {
	*records = (struct trust_records){0};
	const char *folder = path_join(state_folder, folder_name, arena);
	const char *why;
	_cleanup_close_ int dir = open_folder(folder, uid, arena, &why);
	if (dir < 0) {
		if (why != NULL) {
			VEC_ADD(&records->damaged, why);
		}
		return 0;
	}
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	if (stream == NULL) {
		(void)err_sys(err, "cannot read the folder '%s'", folder);
		cleanup_close_fd(&fd);
		return -1;
	}
	const struct dirent *entry;
	errno = 0;
	while ((entry = readdir(stream)) != NULL) {
		if (is_name(entry->d_name)) {
			list_one(records, dir, folder, entry->d_name, uid, arena);
		}
		errno = 0;
	}
	int result = errno == 0 ? 0 : err_sys(err, "cannot read the folder '%s'", folder);
	(void)closedir(stream);
	if (result < 0) {
		trust_records_release(records);
	} else if (records->count > 0) {
		qsort(records->items, records->count, sizeof(*records->items), compare_records);
	}
	return result;
}

void trust_records_release(struct trust_records *records) {
	VEC_RELEASE(records);
	VEC_RELEASE(&records->damaged);
}

/* --- writing ------------------------------------------------------------------------------- */

static int move_aside(int dir, const char *folder, const char *what, struct arena *arena,
		const char **ret_aside, struct err *err) {
	for (int i = 0; i < ASIDE_MAX; i++) {
		const char *name = i == 0 ? arena_printf(arena, "%s.damaged", what)
					   : arena_printf(arena, "%s.damaged-%d", what, i);
		if (swap_move(dir, what, dir, name) == 0) {
			*ret_aside = path_join(folder, name, arena);
			return 0;
		}
		if (errno != EEXIST) {
			break;
		}
	}
	return err_sys(err, "cannot move '%s/%s' aside", folder, what);
}

/* The store for writing, mended where it has to be; -1 with err. */
static int open_store(int state, const char *state_folder, uid_t uid, struct arena *arena,
		const char **ret_aside, struct err *err) {
	struct stat info;
	bool there = fstatat(state, folder_name, &info, AT_SYMLINK_NOFOLLOW) == 0;
	if (there && (!S_ISDIR(info.st_mode) || info.st_uid != uid)) {
		if (move_aside(state, state_folder, folder_name, arena, ret_aside, err) < 0) {
			return -1;
		}
		there = false;
	}
	if (!there && mkdirat(state, folder_name, 0700) < 0 && errno != EEXIST) {
		return err_sys(err, "cannot make the folder '%s/%s'", state_folder, folder_name);
	}
	_cleanup_close_ int dir = openat(state, folder_name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || fstat(dir, &info) < 0 ||
			((info.st_mode & 07777) != 0700 && fchmod(dir, 0700) < 0) ||
			(!there && file_flush(state) < 0)) {
		return err_sys(err, "cannot use the folder '%s/%s'", state_folder, folder_name);
	}
	return steal_fd(&dir);
}

/* Decisions that aren't ours to replace. */
static int check_replaced(int dir, const char *name, const char *path, uid_t uid,
		const char *shown, struct arena *arena, struct err *err) {
	struct trust_record record;
	const char *why = NULL;
	enum trust_stored stored = load(&record, dir, name, shown, uid, arena, &why);
	if (stored == TRUST_STORED && !streq(record.path, path)) {
		(void)err_set(err, ERR_FAILED, "'%s' is taken by the project '%s'", shown, record.path);
		struct buf quoted _cleanup_buf_ = BUF_INIT;
		buf_add_quoted(&quoted, record.path);
		err_hint(err, "lumina allow --revoke %s", quoted.data);
		return -1;
	}
	return 0;
}

/* A folder where a record should be: renaming can't replace it, nor is it ours to remove. */
static bool is_folder(int dir, const char *name) {
	struct stat info;
	return fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

static int write_record(int dir, const struct trust_record *record, uid_t uid,
		const char *folder, struct arena *arena, const char **ret_aside, struct err *err) {
	struct buf bytes _cleanup_buf_ = BUF_INIT;
	char name[NAME_SIZE];
	name_of(record->path, name);
	const char *shown = path_join(folder, name, arena);
	if (check_replaced(dir, name, record->path, uid, shown, arena, err) < 0) {
		return -1;
	}
	trust_record_format(record, &bytes);
	if (is_folder(dir, name) && move_aside(dir, folder, name, arena, ret_aside, err) < 0) {
		return -1;
	}
	if (file_prepare(dir, temporary, bytes.data, bytes.len) < 0) {
		return err_sys(err, "cannot write '%s'", shown);
	}
	if (renameat(dir, temporary, dir, name) < 0) {
		(void)err_sys(err, "cannot write '%s'", shown);
		(void)unlinkat(dir, temporary, 0);
		return -1;
	}
	return file_flush(dir) == 0 ? 0 : err_sys(err, "cannot make '%s' durable", shown);
}

static int open_state(const char *state_folder, int *ret_lock, struct err *err) {
	_cleanup_close_ int state = open(state_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (state < 0) {
		return err_sys(err, "cannot open the state folder '%s'", state_folder);
	}
	*ret_lock = lock_take(state, "lock", state_folder, err);
	return *ret_lock >= 0 ? steal_fd(&state) : -1;
}

int trust_record_save(const struct trust_record *record, const char *state_folder, uid_t uid,
		struct arena *arena, const char **ret_aside, struct err *err) {
	_cleanup_close_ int lock = -1;
	*ret_aside = NULL;
	if (file_make_folders(state_folder) < 0) {
		return err_sys(err, "cannot make the state folder '%s'", state_folder);
	}
	_cleanup_close_ int state = open_state(state_folder, &lock, err);
	if (state < 0) {
		return -1;
	}
	_cleanup_close_ int dir = open_store(state, state_folder, uid, arena, ret_aside, err);
	if (dir < 0) {
		return -1;
	}
	return write_record(dir, record, uid, path_join(state_folder, folder_name, arena), arena,
			ret_aside, err);
}

int trust_record_remove(const char *state_folder, const char *path, uid_t uid,
		struct arena *arena, bool *ret_was, struct err *err) {
	struct trust_record record;
	const char *why;
	char name[NAME_SIZE];
	*ret_was = false;
	if (trust_record_load(&record, state_folder, path, uid, arena, &why) == TRUST_STORED_NOT) {
		return 0;
	}
	_cleanup_close_ int lock = -1;
	_cleanup_close_ int state = open_state(state_folder, &lock, err);
	if (state < 0) {
		return -1;
	}
	const char *folder = path_join(state_folder, folder_name, arena);
	name_of(path, name);
	_cleanup_close_ int dir = openat(state, folder_name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0) {
		return err_sys(err, "cannot open the folder '%s'", folder);
	}
	const char *aside;
	if (is_folder(dir, name)) {
		if (move_aside(dir, folder, name, arena, &aside, err) < 0) {
			return -1;
		}
	} else if (unlinkat(dir, name, 0) < 0) {
		return errno == ENOENT ? 0 : err_sys(err, "cannot remove '%s/%s'", folder, name);
	}
	*ret_was = true;
	return file_flush(dir) == 0 ? 0 : err_sys(err, "cannot make '%s' durable", folder);
}
