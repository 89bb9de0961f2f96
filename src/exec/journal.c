/* SPDX-License-Identifier: MIT */
#include "exec/journal.h"

#include <inttypes.h>

#include "base/mem.h"
#include "base/vec.h"

enum { JOURNAL_VERSION = 2 };

static const char *const kind_names[] = {
	[OP_FOLDER] = "folder",
	[OP_LINK] = "link",
	[OP_UNLINK] = "unlink",
	[OP_RMDIR] = "rmdir",
	[OP_OWN] = "own",
	[OP_DISOWN] = "disown",
	[OP_FILE] = "file",
	[OP_ADOPT] = "adopt",
	[OP_RETURN] = "return",
	[OP_EDIT] = "edit",
};

static const char *const reason_names[] = {
	[WHY_MISSING] = "missing",
	[WHY_ELSEWHERE] = "elsewhere",
	[WHY_PARENT] = "parent",
	[WHY_STALE] = "stale",
	[WHY_RIGHT] = "right",
	[WHY_GONE] = "gone",
	[WHY_IN_THE_WAY] = "in-the-way",
	[WHY_ADDED] = "added",
	[WHY_FORGOTTEN] = "forgotten",
	[WHY_ABSORBED] = "absorbed",
	[WHY_UNDONE] = "undone",
	[WHY_EJECTED] = "ejected",
	[WHY_INSTALLED] = "installed",
	[WHY_REMOVED] = "removed",
	[WHY_CAPTURED] = "captured",
	[WHY_IGNORED] = "ignored",
	[WHY_PRUNED] = "pruned",
	[WHY_NEEDED] = "needed",
	[WHY_HOOKED] = "hooked",
	[WHY_IMPORTED] = "imported",
	[WHY_THEMED] = "themed",
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

const char *journal_slot_folder(const struct journal *journal, struct arena *arena) {
	char when[32] = "";
	struct tm local;
	/* The same wherever the machine is by then: undo looks for it by this name. */
	if (gmtime_r(&journal->time, &local) != NULL) {
		(void)strftime(when, sizeof(when), "-%Y%m%dT%H%M%SZ", &local);
	}
	return arena_printf(arena, "%06" PRIu64 "%s", journal->generation, when);
}

/* Index of a word in a table, or the table's size. */
static size_t find_word(const char *const *names, size_t count, const char *word) {
	size_t i = 0;
	while (i < count && (word == NULL || !streq(names[i], word))) {
		i++;
	}
	return i;
}

bool op_reason_find(const char *word, enum op_reason *ret) {
	size_t found = find_word(reason_names, COUNT(reason_names), word);
	*ret = (enum op_reason)found;
	return found < COUNT(reason_names);
}

static const char *const phase_names[] = {
	[PHASE_FIRST] = "first",
	[PHASE_MAIN] = "main",
	[PHASE_LAST] = "last",
};

static const char *const edit_names[] = {
	[EDIT_ADD] = "add",
	[EDIT_REMOVE] = "remove",
	[EDIT_SET] = "set",
};

static void format_expect(const char *word, const struct expect *expect, struct buf *out) {
	record_word(out, word);
	record_field(out, stamp_names[expect->kind]);
	record_field(out, expect->text);
	record_number(out, expect->dev);
	record_number(out, expect->ino);
	record_number(out, expect->mode);
	record_number(out, (uint64_t)expect->size);
	record_number(out, (uint64_t)expect->mtime);
	record_newline(out);
}

static void format_edit(const struct edit *edit, struct buf *out) {
	record_word(out, "edit");
	record_field(out, edit_names[edit->kind]);
	record_field(out, edit->key);
	record_field(out, edit->value);
	record_field(out, edit->tree ? "tree" : NULL);
	record_field(out, edit->before);
	record_field(out, edit->before_tree ? "tree" : NULL);
	record_field(out, edit->raw);
	record_field(out, edit->left);
	record_field(out, edit->gap);
	record_field(out, edit->after);
	record_number(out, edit->index);
	record_number(out, edit->depth);
	record_newline(out);
	record_word(out, "section");
	for (const char *const *key = edit->section; *key != NULL; key++) {
		record_field(out, *key);
	}
	record_newline(out);
}

/* What only operations on a person's objects and files have. */
static void format_object(const struct op *op, struct buf *out) {
	bool moves = op->keeps || op->take != NULL || op->partner != NULL || op->origin != NULL;
	bool plain = !moves && op->phase == PHASE_MAIN && !op->theirs && op->kind != OP_EDIT;
	if (plain) {
		return;
	}
	record_word(out, "object");
	record_number(out, (uint64_t)op->expect.size);
	record_number(out, (uint64_t)op->expect.mtime);
	record_field(out, op->keep);
	record_field(out, op->take);
	record_field(out, op->partner);
	record_field(out, op->origin);
	record_field(out, phase_names[op->phase]);
	record_field(out, op->keeps ? "keeps" : NULL);
	record_field(out, op->theirs ? "theirs" : NULL);
	record_field(out, op->far ? "far" : NULL);
	record_newline(out);
	if (op->kind == OP_FILE || op->kind == OP_EDIT || op->take != NULL || op->theirs) {
		format_expect("becomes", &op->becomes, out);
	}
	if (op->partner != NULL) {
		format_expect("there", &op->there, out);
	}
	for (size_t i = 0; op->rewrite != NULL && i < op->rewrite->edits.count; i++) {
		format_edit(&op->rewrite->edits.items[i], out);
	}
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
	format_object(op, out);
}

static const char *const package_names[] = {
	[PACKAGE_INSTALL] = "install",
	[PACKAGE_REMOVE] = "remove",
};

static void format_package(const struct package_op *op, struct buf *out) {
	record_word(out, "package");
	record_field(out, package_names[op->action]);
	record_field(out, reason_names[op->why]);
	record_field(out, op->name);
	record_field(out, op->asked);
	record_field(out, op->version);
	record_field(out, op->explicit ? "explicit" : NULL);
	record_field(out, op->at);
	record_field(out, op->promoted ? "promoted" : NULL);
	record_newline(out);
}

static bool parse_package(struct journal *journal, char *const field[]) {
	size_t action = find_word(package_names, COUNT(package_names), field[1]);
	size_t why = find_word(reason_names, COUNT(reason_names), field[2]);
	const char *bare;
	/* They become arguments again, of undo. */
	if (action == COUNT(package_names) || why == COUNT(reason_names) || field[3] == NULL ||
			field[4] == NULL || package_name_check(str_of(field[3])) != NULL ||
			package_name_check(str_of(field[4])) != NULL) {
		return false;
	}
	VEC_ADD(&journal->packages, (struct package_op){
		.action = (enum package_action)action,
		.state = PACKAGE_DONE,
		.why = (enum op_reason)why,
		.from = package_split(field[4], &bare),
		.name = field[3],
		.asked = field[4],
		.version = field[5],
		.explicit = field[6] != NULL,
		.at = field[7],
		.promoted = field[8] != NULL,
	});
	return true;
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
		{"commit", journal->commit},
	};
	if (journal->moves) {
		record_word(out, "to");
		record_number(out, journal->to);
		record_newline(out);
	}
	for (size_t i = 0; i < COUNT(lines); i++) {
		if (lines[i][1] == NULL) {
			continue;
		}
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
	for (size_t i = 0; i < journal->packages.count; i++) {
		if (journal->packages.items[i].state == PACKAGE_DONE) {
			format_package(&journal->packages.items[i], out);
		}
	}
	record_end(out);
}

/* The operation's edits; made with the first. */
static struct rewrite *journal_rewrite(struct journal *journal, struct op *op) {
	if (op->rewrite == NULL) {
		VEC_ADD(&journal->rewrites, xcalloc(1, sizeof(struct rewrite)));
		op->rewrite = journal->rewrites.items[journal->rewrites.count - 1];
	}
	return journal->rewrites.items[journal->rewrites.count - 1];
}

static bool parse_expect(struct expect *expect, char *const field[]) {
	size_t stamp = find_word(stamp_names, COUNT(stamp_names), field[0]);
	uint64_t dev, ino, mode, size, mtime;
	if (stamp == COUNT(stamp_names) || (stamp == STAMP_LINK && field[1] == NULL) ||
			!record_parse_number(field[2], &dev) ||
			!record_parse_number(field[3], &ino) ||
			!record_parse_number(field[4], &mode) ||
			!record_parse_number(field[5], &size) ||
			!record_parse_number(field[6], &mtime)) {
		return false;
	}
	*expect = (struct expect){(enum stamp_kind)stamp, field[1], dev, ino, (mode_t)mode,
			(off_t)size, (int64_t)mtime};
	return true;
}

static bool parse_object(struct op *op, char *const field[]) {
	uint64_t size, mtime;
	size_t phase = find_word(phase_names, COUNT(phase_names), field[7]);
	if (!record_parse_number(field[1], &size) || !record_parse_number(field[2], &mtime) ||
			phase == COUNT(phase_names)) {
		return false;
	}
	op->expect.size = (off_t)size;
	op->expect.mtime = (int64_t)mtime;
	op->keep = field[3];
	op->take = field[4];
	op->partner = field[5];
	op->origin = field[6];
	op->phase = (enum op_phase)phase;
	op->keeps = field[8] != NULL;
	op->theirs = field[9] != NULL;
	op->far = field[10] != NULL;
	bool paired = op->kind == OP_ADOPT || op->kind == OP_RETURN;
	bool made = op->kind != OP_FILE || op->take != NULL || op->origin != NULL;
	return op->keeps == (op->keep != NULL) && paired == (op->partner != NULL) && made;
}

static bool parse_edit(struct journal *journal, struct op *op, char *const field[]) {
	size_t kind = find_word(edit_names, COUNT(edit_names), field[1]);
	uint64_t index, depth;
	if (kind == COUNT(edit_names) || op->kind != OP_EDIT ||
			!record_parse_number(field[11], &index) ||
			!record_parse_number(field[12], &depth)) {
		return false;
	}
	struct rewrite *rewrite = journal_rewrite(journal, op);
	VEC_ADD(&rewrite->edits, (struct edit){
		.kind = (enum edit_kind)kind,
		.key = field[2],
		.value = field[3],
		.tree = field[4] != NULL,
		.before = field[5],
		.before_tree = field[6] != NULL,
		.raw = field[7],
		.raw_size = field[7] != NULL ? strlen(field[7]) : 0,
		.left = field[8],
		.left_size = field[8] != NULL ? strlen(field[8]) : 0,
		.gap = field[9],
		.gap_size = field[9] != NULL ? strlen(field[9]) : 0,
		.after = field[10],
		.index = (unsigned)index,
		.depth = (unsigned)depth,
	});
	return true;
}

static bool parse_section(struct journal *journal, struct op *op, char *const field[]) {
	struct rewrite *rewrite = op->kind == OP_EDIT ? journal_rewrite(journal, op) : NULL;
	if (rewrite == NULL || rewrite->edits.count == 0) {
		return false;
	}
	size_t count = 0;
	while (count + 1 < RECORD_FIELDS_MAX && field[1 + count] != NULL) {
		count++;
	}
	const char **keys = xcalloc(count + 1, sizeof(*keys));
	for (size_t i = 0; i < count; i++) {
		keys[i] = field[1 + i];
	}
	struct edit *edit = &rewrite->edits.items[rewrite->edits.count - 1];
	if (edit->section != NULL) {
		free(keys);
		return false;
	}
	edit->section = keys;
	VEC_ADD(&journal->sections, keys);
	return true;
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
		.phase = PHASE_MAIN,
	};
	bool needs_text = op.kind == OP_LINK || op.kind == OP_OWN;
	bool needs_expected = op.expect.kind == STAMP_LINK && op.kind != OP_DISOWN;
	if ((op.path[0] != '~' && op.path[0] != '/') || (needs_text && op.text == NULL) ||
			(needs_expected && op.expect.text == NULL)) {
		return false;
	}
	VEC_ADD(&journal->ops, op);
	return true;
}

/* A line that says more of the operation before it. */
static bool parse_more(struct journal *journal, char *const field[]) {
	if (journal->ops.count == 0) {
		return false;
	}
	struct op *op = &journal->ops.items[journal->ops.count - 1];
	if (streq(field[0], "object")) {
		return parse_object(op, field);
	}
	if (streq(field[0], "becomes")) {
		return parse_expect(&op->becomes, field + 1);
	}
	if (streq(field[0], "there")) {
		return parse_expect(&op->there, field + 1);
	}
	if (streq(field[0], "edit")) {
		return parse_edit(journal, op, field);
	}
	return streq(field[0], "section") && parse_section(journal, op, field);
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
	} else if (streq(field[0], "commit")) {
		journal->commit = field[1];
	} else if (streq(field[0], "to")) {
		journal->moves = true;
		return record_parse_number(field[1], &journal->to);
	} else if (streq(field[0], "package")) {
		return parse_package(journal, field);
	} else if (streq(field[0], "follow")) {
		VEC_ADD(&journal->followed, (struct followed){field[1]});
	} else {
		return parse_more(journal, field);
	}
	return true;
}

/* Every operation has what its kind needs. */
static bool is_whole(const struct journal *journal) {
	const struct op *last = NULL;
	for (size_t i = 0; i < journal->ops.count; i++) {
		const struct op *op = &journal->ops.items[i];
		bool paired = op->kind == OP_ADOPT || op->kind == OP_RETURN;
		bool made = op->kind != OP_FILE || op->take != NULL || op->origin != NULL;
		bool edited = op->kind != OP_EDIT || op->rewrite != NULL;
		bool home = op->path[0] == '~' && op->path[1] == '/';
		bool ordered = last == NULL || last->phase <= op->phase;
		if (!made || !edited || !ordered ||
				(paired && op->partner == NULL) ||
				(!home && (op->phase == PHASE_MAIN || op->path[0] != '/'))) {
			return false;
		}
		for (size_t e = 0; op->rewrite != NULL && e < op->rewrite->edits.count; e++) {
			if (op->rewrite->edits.items[e].section == NULL) {
				return false;
			}
		}
		last = op;
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
	if (!good || !record_is_done(&reader) || !is_whole(journal) || journal->generation == 0 ||
			journal->command == NULL || journal->home == NULL || journal->temporary == NULL ||
			strchr(journal->temporary, '/') != NULL) {
		journal_release(journal);
		return RECORD_DAMAGED;
	}
	return RECORD_GOOD;
}

void journal_release(struct journal *journal) {
	for (size_t i = 0; !journal->borrowed && i < journal->rewrites.count; i++) {
		struct rewrite *rewrite = journal->rewrites.items[i];
		VEC_RELEASE(&rewrite->edits);
		free(rewrite);
	}
	VEC_RELEASE(&journal->rewrites);
	for (size_t i = 0; i < journal->sections.count; i++) {
		free(journal->sections.items[i]);
	}
	VEC_RELEASE(&journal->sections);
	if (!journal->borrowed) {
		VEC_RELEASE(&journal->followed);
		VEC_RELEASE(&journal->ops);
		VEC_RELEASE(&journal->packages);
	}
	*journal = (struct journal){0};
}
