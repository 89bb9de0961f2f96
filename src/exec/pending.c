/* SPDX-License-Identifier: MIT */
#include "exec/pending.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "exec/journal.h"
#include "state/record.h"
#include "sys/file.h"

enum { PENDING_VERSION = 1, FILE_SIZE_MAX = 64 * 1024 * 1024 };

static const char folder[] = "pending";
static const char temporary[] = ".new";

static const char *const action_names[] = {
	[PACKAGE_INSTALL] = "install",
	[PACKAGE_REMOVE] = "remove",
};

static const char *folder_path(const struct facts *facts, struct arena *arena) {
	return path_join(facts->state, folder, arena);
}

static void let_go(struct pending *pending) {
	cleanup_close_fd(&pending->lock);
	pending->lock = -1;
}

void pending_release(struct pending *pending) {
	VEC_RELEASE(&pending->asked);
	installed_release(&pending->before);
	let_go(pending);
}

void pendings_release(struct pendings *pendings) {
	for (size_t i = 0; i < pendings->count; i++) {
		pending_release(&pendings->items[i]);
	}
	VEC_RELEASE(pendings);
}

/* --- writing ------------------------------------------------------------------------------- */

static void format(const struct pending *pending, struct buf *out) {
	record_begin(out, "pending", PENDING_VERSION);
	record_word(out, "time");
	record_number(out, (uint64_t)pending->time);
	record_newline(out);
	record_word(out, "command");
	record_field(out, pending->command);
	record_newline(out);
	record_word(out, "action");
	record_field(out, action_names[pending->action]);
	record_field(out, op_reason_name(pending->why));
	record_newline(out);
	record_word(out, "where");
	record_field(out, pending->group);
	record_field(out, pending->host);
	record_newline(out);
	if (pending->records) {
		record_word(out, "records");
		record_newline(out);
	}
	if (pending->code != PENDING_RUNNING) {
		record_word(out, "code");
		record_number(out, (uint64_t)pending->code);
		record_newline(out);
	}
	for (size_t i = 0; i < pending->asked.count; i++) {
		const struct package_op *op = &pending->asked.items[i];
		record_word(out, "asked");
		record_field(out, op->name);
		record_field(out, op->asked);
		record_field(out, op->at);
		record_newline(out);
	}
	for (size_t i = 0; i < pending->before.count; i++) {
		const struct installed_package *package = &pending->before.items[i];
		record_word(out, "had");
		record_field(out, package->name);
		record_field(out, package->version);
		record_field(out, package->damaged ? "damaged"
				: package->is_explicit ? "explicit" : "dependency");
		record_newline(out);
	}
	record_end(out);
}

static int hold(struct pending *pending, int dir) {
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	let_go(pending);
	pending->lock = openat(dir, pending->name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	return pending->lock < 0 ? -1 : fcntl(pending->lock, F_OFD_SETLK, &whole);
}

int pending_write(struct pending *pending, const struct facts *facts, struct arena *arena,
		struct err *err) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	const char *path = folder_path(facts, arena);
	if (file_make_folders(path) < 0) {
		return err_sys(err, "cannot make the folder '%s'", path);
	}
	_cleanup_close_ int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		return err_sys(err, "cannot open '%s'", path);
	}
	if (pending->name == NULL) {
		pending->name = arena_printf(arena, "%020" PRIu64 "-%ld", (uint64_t)pending->time,
				(long)getpid());
	}
	format(pending, &text);
	if (file_prepare(dir, temporary, text.data, text.len) < 0 ||
			renameat(dir, temporary, dir, pending->name) < 0 || file_flush(dir) < 0 ||
			hold(pending, dir) < 0) {
		return err_sys(err, "cannot write '%s/%s'", path, pending->name);
	}
	return 0;
}

int pending_remove(struct pending *pending, const struct facts *facts, struct arena *arena,
		struct err *err) {
	if (pending->name == NULL) {
		return 0;
	}
	const char *path = path_join(folder_path(facts, arena), pending->name, arena);
	if (unlink(path) < 0 && errno != ENOENT) {
		return err_sys(err, "cannot remove '%s'", path);
	}
	pending->name = NULL;
	let_go(pending);
	/* It stays while others are pending, and costs a look then. */
	(void)rmdir(folder_path(facts, arena));
	return 0;
}

/* --- reading ------------------------------------------------------------------------------- */

static bool find_action(const char *word, enum package_action *ret) {
	for (size_t i = 0; word != NULL && i < sizeof(action_names) / sizeof(action_names[0]); i++) {
		if (streq(action_names[i], word)) {
			*ret = (enum package_action)i;
			return true;
		}
	}
	return false;
}

static bool parse_asked(struct pending *pending, char *const field[]) {
	const char *bare;
	if (field[1] == NULL || field[2] == NULL || package_name_check(str_of(field[1])) != NULL ||
			package_name_check(str_of(field[2])) != NULL) {
		return false;
	}
	VEC_ADD(&pending->asked, (struct package_op){
		.action = pending->action,
		.why = pending->why,
		.from = package_split(field[2], &bare),
		.explicit = true,
		.name = field[1],
		.asked = field[2],
		.at = field[3],
	});
	return true;
}

static bool parse_line(struct pending *pending, char *const field[]) {
	uint64_t number;
	if (streq(field[0], "asked")) {
		return parse_asked(pending, field);
	}
	if (streq(field[0], "had")) {
		if (field[1] == NULL || field[3] == NULL) {
			return false;
		}
		VEC_ADD(&pending->before, (struct installed_package){
			.name = field[1],
			.version = field[2] != NULL ? field[2] : "",
			.is_explicit = streq(field[3], "explicit"),
			.damaged = streq(field[3], "damaged"),
		});
		return true;
	}
	if (streq(field[0], "time") || streq(field[0], "code")) {
		bool is_time = streq(field[0], "time");
		if (!record_parse_number(field[1], &number)) {
			return false;
		}
		if (is_time) {
			pending->time = (time_t)number;
		} else {
			pending->code = (int)(number & 0xff);
		}
		return true;
	}
	if (streq(field[0], "action")) {
		return find_action(field[1], &pending->action) &&
				op_reason_find(field[2], &pending->why);
	}
	if (streq(field[0], "where")) {
		pending->group = field[1];
		pending->host = field[2];
		return true;
	}
	if (streq(field[0], "command")) {
		pending->command = field[1];
		return field[1] != NULL;
	}
	pending->records = pending->records || streq(field[0], "records");
	return streq(field[0], "records");
}

/* False: it can't be used. */
static bool parse(struct pending *pending, char *bytes, size_t size) {
	struct record_reader reader;
	char *field[RECORD_FIELDS_MAX];
	bool good = record_open(&reader, bytes, size, "pending", PENDING_VERSION) == RECORD_GOOD;
	while (good && record_next(&reader, field) > 0) {
		good = field[0] != NULL && parse_line(pending, field);
	}
	return good && record_is_done(&reader) && pending->command != NULL &&
			pending->asked.count > 0;
}

/* One that nobody holds; 1, 0 if it is to be passed over, -1 with errno. */
static int read_one(struct pending *pending, int dir, const char *name, bool take,
		struct arena *arena) {
	*pending = (struct pending){.code = PENDING_RUNNING, .lock = -1,
			.name = arena_strdup(arena, name)};
	char *bytes;
	size_t size;
	struct file_mark mark;
	if (hold(pending, dir) < 0 ||
			file_read(dir, name, FILE_SIZE_MAX, arena, &bytes, &size, &mark) < 0) {
		/* Held by its own run, or no file of ours; but not for want of something here. */
		bool passed = errno != EIO && errno != ENOMEM && errno != EMFILE && errno != ENFILE;
		let_go(pending);
		return passed ? 0 : -1;
	}
	if (!parse(pending, bytes, size)) {
		pending_release(pending);
		return 0;
	}
	if (!take) {
		let_go(pending);
	}
	return 1;
}

static int compare(const void *a, const void *b) {
	return strcmp(((const struct pending *)a)->name, ((const struct pending *)b)->name);
}

bool pendings_exist(const struct facts *facts, struct arena *arena) {
	return access(folder_path(facts, arena), F_OK) == 0;
}

int pendings_load(struct pendings *pendings, const struct facts *facts, bool take,
		struct arena *arena, struct err *err) {
	const char *path = folder_path(facts, arena);
	*pendings = (struct pendings){0};
	if (take) {
		/* Left by a run that was cut off; and with that the folder may be empty. */
		(void)unlink(path_join(path, temporary, arena));
		(void)rmdir(path);
	}
	DIR *stream = opendir(path);
	if (stream == NULL) {
		return errno == ENOENT ? 0 : err_sys(err, "cannot look into '%s'", path);
	}
	const struct dirent *entry;
	int result = 0;
	while (result == 0 && (entry = readdir(stream)) != NULL) {
		struct pending pending;
		if (entry->d_name[0] == '.') {
			continue;
		}
		int found = read_one(&pending, dirfd(stream), entry->d_name, take, arena);
		if (found > 0) {
			VEC_ADD(pendings, pending);
		} else if (found < 0) {
			result = err_sys(err, "cannot read '%s/%s'", path, entry->d_name);
		}
	}
	(void)closedir(stream);
	if (result < 0) {
		pendings_release(pendings);
	} else if (pendings->count > 1) {
		qsort(pendings->items, pendings->count, sizeof(*pendings->items), compare);
	}
	return result;
}
