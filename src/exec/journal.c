/* SPDX-License-Identifier: MIT */
#include "exec/journal.h"

#include "base/vec.h"

enum { JOURNAL_VERSION = 1 };

static const char *const kind_names[] = {
	[OP_FOLDER] = "folder",
	[OP_LINK] = "link",
	[OP_UNLINK] = "unlink",
	[OP_RMDIR] = "rmdir",
	[OP_OWN] = "own",
	[OP_DISOWN] = "disown",
};

static const char *const reason_names[] = {
	[WHY_MISSING] = "missing",
	[WHY_ELSEWHERE] = "elsewhere",
	[WHY_PARENT] = "parent",
	[WHY_STALE] = "stale",
	[WHY_RIGHT] = "right",
	[WHY_GONE] = "gone",
};

static const char *const stamp_names[] = {
	[STAMP_ABSENT] = "absent",
	[STAMP_LINK] = "link",
	[STAMP_FILE] = "file",
	[STAMP_FOLDER] = "folder",
	[STAMP_OTHER] = "other",
	[STAMP_HIDDEN] = "hidden",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *op_kind_name(enum op_kind kind) {
	return kind_names[kind];
}

const char *op_reason_name(enum op_reason why) {
	return reason_names[why];
}

/* Index of a word in a table, or the table's size. */
static size_t find_word(const char *const *names, size_t count, const char *word) {
	size_t i = 0;
	while (i < count && (word == NULL || !streq(names[i], word))) {
		i++;
	}
	return i;
}

static void format_op(const struct op *op, struct buf *out) {
	record_word(out, "op");
	record_field(out, kind_names[op->kind]);
	record_field(out, reason_names[op->why]);
	record_field(out, op->path);
	record_field(out, op->text);
	record_field(out, op->source);
	record_field(out, stamp_names[op->expect.kind]);
	record_field(out, op->expect.text);
	record_number(out, op->expect.dev);
	record_number(out, op->expect.ino);
	record_number(out, op->expect.mode);
	record_field(out, op->inside ? "inside" : NULL);
	record_field(out, op->before_owned ? "owned" : NULL);
	record_field(out, op->before);
	record_field(out, op->from);
	record_field(out, op->sensitive ? "sensitive" : NULL);
	record_newline(out);
}

void journal_format(const struct journal *journal, struct buf *out) {
	record_begin(out, "journal", JOURNAL_VERSION);
	record_word(out, "generation");
	record_number(out, journal->generation);
	record_number(out, journal->parent);
	record_newline(out);
	record_word(out, "time");
	record_number(out, (uint64_t)journal->time);
	record_newline(out);
	const char *const lines[][2] = {
		{"command", journal->command},
		{"home", journal->home},
		{"temporary", journal->temporary},
	};
	for (size_t i = 0; i < COUNT(lines); i++) {
		record_word(out, lines[i][0]);
		record_field(out, lines[i][1]);
		record_newline(out);
	}
	for (size_t i = 0; i < journal->followed.count; i++) {
		record_word(out, "follow");
		record_field(out, journal->followed.items[i].path);
		record_newline(out);
	}
	for (size_t i = 0; i < journal->ops.count; i++) {
		format_op(&journal->ops.items[i], out);
	}
	record_end(out);
}

static bool parse_op(struct journal *journal, char *const field[]) {
	size_t kind = find_word(kind_names, COUNT(kind_names), field[1]);
	size_t why = find_word(reason_names, COUNT(reason_names), field[2]);
	size_t stamp = find_word(stamp_names, COUNT(stamp_names), field[6]);
	uint64_t dev, ino, mode;
	if (kind == COUNT(kind_names) || why == COUNT(reason_names) ||
			stamp == COUNT(stamp_names) || field[3] == NULL ||
			!record_parse_number(field[8], &dev) ||
			!record_parse_number(field[9], &ino) ||
			!record_parse_number(field[10], &mode)) {
		return false;
	}
	struct op op = {
		.kind = (enum op_kind)kind,
		.why = (enum op_reason)why,
		.path = field[3],
		.text = field[4],
		.source = field[5],
		.expect = {.kind = (enum stamp_kind)stamp, .text = field[7], .dev = dev,
				.ino = ino, .mode = (mode_t)mode},
		.inside = field[11] != NULL,
		.before_owned = field[12] != NULL,
		.before = field[13],
		.from = field[14],
		.sensitive = field[15] != NULL,
	};
	bool needs_text = op.kind == OP_LINK || op.kind == OP_OWN;
	bool needs_expected = op.expect.kind == STAMP_LINK && op.kind != OP_DISOWN;
	if (op.path[0] != '~' || op.path[1] != '/' || (needs_text && op.text == NULL) ||
			(needs_expected && op.expect.text == NULL)) {
		return false;
	}
	VEC_ADD(&journal->ops, op);
	return true;
}

static bool parse_line(struct journal *journal, char *const field[]) {
	uint64_t number;
	if (field[0] == NULL || field[1] == NULL) {
		return false;
	}
	if (streq(field[0], "op")) {
		return parse_op(journal, field);
	}
	if (streq(field[0], "generation")) {
		return record_parse_number(field[1], &journal->generation) &&
				record_parse_number(field[2], &journal->parent);
	}
	if (streq(field[0], "time")) {
		bool good = record_parse_number(field[1], &number);
		journal->time = good ? (time_t)number : 0;
		return good;
	}
	if (streq(field[0], "command")) {
		journal->command = field[1];
	} else if (streq(field[0], "home")) {
		journal->home = field[1];
	} else if (streq(field[0], "temporary")) {
		journal->temporary = field[1];
	} else if (streq(field[0], "follow")) {
		VEC_ADD(&journal->followed, (struct followed){field[1]});
	} else {
		return false;
	}
	return true;
}

enum record_state journal_parse(struct journal *journal, char *bytes, size_t size) {
	*journal = (struct journal){0};
	struct record_reader reader;
	enum record_state state = record_open(&reader, bytes, size, "journal", JOURNAL_VERSION);
	if (state != RECORD_GOOD) {
		return state;
	}
	char *field[RECORD_FIELDS_MAX];
	bool good = true;
	while (good && record_next(&reader, field) > 0) {
		good = parse_line(journal, field);
	}
	if (!good || !record_is_done(&reader) || journal->generation == 0 ||
			journal->command == NULL || journal->home == NULL || journal->temporary == NULL ||
			strchr(journal->temporary, '/') != NULL) {
		journal_release(journal);
		return RECORD_DAMAGED;
	}
	return RECORD_GOOD;
}

void journal_release(struct journal *journal) {
	if (!journal->borrowed) {
		VEC_RELEASE(&journal->followed);
		VEC_RELEASE(&journal->ops);
	}
	*journal = (struct journal){0};
}
