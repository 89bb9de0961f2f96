/* SPDX-License-Identifier: MIT */
#include "desk/desk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "flow/runtime.h"
#include "state/record.h"
#include "sys/clock.h"
#include "sys/file.h"

#define FILE_NAME "desk"

enum { VERSION = 1, SIZE_MAX_KEPT = 256 * 1024, WORDS_MAX = 64 };
enum { LOCK_STEP_MS = 10 };

static const char *const dialect_names[] = {
	[DIALECT_UNKNOWN] = "unknown", [DIALECT_REPL] = "lua-repl", [DIALECT_EVAL] = "lua-eval",
	[DIALECT_KEYWORD] = "keyword", [DIALECT_NONE] = "none",
};

const char *dialect_name(enum dialect dialect) {
	return dialect_names[dialect];
}

struct workspace *desk_find(const struct desk *desk, long id) {
	for (size_t i = 0; i < desk->count; i++) {
		if (desk->items[i].id == id) {
			return &desk->items[i];
		}
	}
	return NULL;
}

struct workspace *desk_make(struct desk *desk, long id, struct arena *arena) {
	struct workspace *found = desk_find(desk, id);
	if (found != NULL) {
		return found;
	}
	struct workspace *items = arena_alloc(arena, (desk->count + 1) * sizeof(*items));
	size_t at = 0;
	while (at < desk->count && desk->items[at].id < id) {
		at++;
	}
	for (size_t i = 0; i < desk->count; i++) {
		items[i + (i >= at)] = desk->items[i];
	}
	items[at] = (struct workspace){.id = id};
	desk->items = items;
	desk->count++;
	return &items[at];
}

/* --- reading ------------------------------------------------------------------------------- */

/* Adds a word to a NULL-terminated list in the arena. */
static const char *const *add_word(const char *const *list, const char *word, struct arena *arena) {
	size_t n = 0;
	while (list != NULL && list[n] != NULL) {
		n++;
	}
	if (n >= WORDS_MAX) {
		return list;
	}
	const char **longer = arena_zalloc(arena, (n + 2) * sizeof(*longer));
	for (size_t i = 0; i < n; i++) {
		longer[i] = list[i];
	}
	longer[n] = word;
	return longer;
}

static void add_before(struct workspace *workspace, const char *name, const char *value,
		struct arena *arena) {
	struct pair *longer = arena_alloc(arena, (workspace->nbefore + 1) * sizeof(*longer));
	for (size_t i = 0; i < workspace->nbefore; i++) {
		longer[i] = workspace->before[i];
	}
	longer[workspace->nbefore++] = (struct pair){name, value};
	workspace->before = longer;
}

static bool take_workspace(struct workspace *workspace, char *const *field) {
	workspace->output = field[2];
	workspace->mission = field[3];
	workspace->label = field[4];
	workspace->root = field[5];
	workspace->hidden = field[7] != NULL;
	return record_parse_number(field[6], &workspace->asked);
}

/* A line about one workspace; false if it isn't one. */
static bool take_line(struct desk *desk, char *const *field, struct arena *arena) {
	uint64_t id;
	if (field[1] == NULL || !record_parse_number(field[1], &id) || id < 1 || id > INT32_MAX) {
		return false;
	}
	if (streq(field[0], "workspace")) {
		return take_workspace(desk_make(desk, (long)id, arena), field);
	}
	struct workspace *workspace = desk_find(desk, (long)id);
	if (workspace == NULL || field[2] == NULL) {
		return false;
	}
	if (streq(field[0], "rule")) {
		workspace->rule = field[2];
		workspace->layout = field[3];
	} else if (streq(field[0], "before")) {
		add_before(workspace, field[2], field[3], arena);
	} else if (streq(field[0], "show")) {
		workspace->show = add_word(workspace->show, field[2], arena);
	} else if (streq(field[0], "hide")) {
		workspace->hide = add_word(workspace->hide, field[2], arena);
	} else {
		return false;
	}
	return true;
}

static bool take_dialect(struct desk *desk, const char *name) {
	for (size_t i = 0; i < sizeof(dialect_names) / sizeof(dialect_names[0]); i++) {
		if (name != NULL && streq(name, dialect_names[i])) {
			desk->dialect = (enum dialect)i;
			return true;
		}
	}
	return false;
}

static bool take_all(struct desk *desk, struct record_reader *reader, struct arena *arena) {
	char *field[RECORD_FIELDS_MAX];
	uint64_t number;
	while (record_next(reader, field) > 0) {
		bool good = field[0] != NULL;
		if (good && streq(field[0], "instance")) {
			desk->signature = field[1];
			good = take_dialect(desk, field[2]);
		} else if (good && streq(field[0], "failures")) {
			good = field[1] != NULL && record_parse_number(field[1], &number);
			desk->failures = good && number < DESK_FAILURES_MAX ? (unsigned)number
									  : DESK_FAILURES_MAX;
		} else if (good) {
			good = take_line(desk, field, arena);
		}
		if (!good) {
			return false;
		}
	}
	return record_is_done(reader);
}

void desk_load(struct desk *desk, const struct facts *facts, struct arena *arena) {
	struct record_reader reader;
	char *bytes;
	size_t size;
	struct file_mark mark;
	*desk = (struct desk){0};
	if (file_read(AT_FDCWD, path_join(facts->runtime, FILE_NAME, arena), SIZE_MAX_KEPT, arena,
			    &bytes, &size, &mark) < 0 ||
			record_open(&reader, bytes, size, "desk", VERSION) != RECORD_GOOD ||
			!take_all(desk, &reader, arena)) {
		*desk = (struct desk){0};
	}
}

/* --- writing ------------------------------------------------------------------------------- */

static void begin_line(struct buf *out, const char *word, const struct workspace *workspace) {
	record_word(out, word);
	record_number(out, (uint64_t)workspace->id);
}

static void add_words(struct buf *out, const char *word, const struct workspace *workspace,
		const char *const *list) {
	for (size_t i = 0; list != NULL && list[i] != NULL && i < WORDS_MAX; i++) {
		begin_line(out, word, workspace);
		record_field(out, list[i]);
		record_newline(out);
	}
}

static void add_workspace(struct buf *out, const struct workspace *workspace) {
	begin_line(out, "workspace", workspace);
	record_field(out, workspace->output);
	record_field(out, workspace->mission);
	record_field(out, workspace->label);
	record_field(out, workspace->root);
	record_number(out, workspace->asked);
	if (workspace->hidden) {
		record_field(out, "hidden");
	}
	record_newline(out);
	if (workspace->rule != NULL) {
		begin_line(out, "rule", workspace);
		record_field(out, workspace->rule);
		record_field(out, workspace->layout);
		record_newline(out);
	}
	for (size_t i = 0; i < workspace->nbefore; i++) {
		begin_line(out, "before", workspace);
		record_field(out, workspace->before[i].name);
		record_field(out, workspace->before[i].value);
		record_newline(out);
	}
	add_words(out, "show", workspace, workspace->show);
	add_words(out, "hide", workspace, workspace->hide);
}

int desk_save(const struct desk *desk, const struct facts *facts, struct arena *arena,
		struct err *err) {
	_cleanup_close_ int dir = runtime_open(facts, NULL, arena, err);
	if (dir < 0) {
		return -1;
	}
	struct buf text _cleanup_buf_ = BUF_INIT;
	record_begin(&text, "desk", VERSION);
	record_word(&text, "instance");
	record_field(&text, desk->signature);
	record_field(&text, dialect_name(desk->dialect));
	record_newline(&text);
	record_word(&text, "failures");
	record_number(&text, desk->failures);
	record_newline(&text);
	for (size_t i = 0; i < desk->count; i++) {
		add_workspace(&text, &desk->items[i]);
	}
	record_end(&text);
	return runtime_write(dir, FILE_NAME, &text, arena, err);
}

/* --- the lock ------------------------------------------------------------------------------ */

int desk_lock(const struct facts *facts, unsigned ms, struct arena *arena, struct err *err) {
	_cleanup_close_ int dir = runtime_open(facts, NULL, arena, err);
	if (dir < 0) {
		return -1;
	}
	_cleanup_close_ int fd = openat(dir, "desk.lock", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
			0600);
	if (fd < 0) {
		return err_sys(err, "cannot open '%s/desk.lock'", facts->runtime);
	}
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	for (unsigned waited = 0; fcntl(fd, F_OFD_SETLK, &whole) < 0; waited += LOCK_STEP_MS) {
		if ((errno != EAGAIN && errno != EACCES) || waited >= ms) {
			return err_set(err, ERR_FAILED, "the desktop is busy with another change of "
							"directory");
		}
		clock_sleep(LOCK_STEP_MS);
	}
	return steal_fd(&fd);
}
