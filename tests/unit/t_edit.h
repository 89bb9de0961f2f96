/* SPDX-License-Identifier: MIT */
#pragma once

/* Edits of texts that live in memory, and what has to hold for each of them. */

#include "test.h"

#include "reg/edit.h"

struct edited {
	struct arena arena;
	struct err err;
	struct edit edit;
	enum edit_result result;
	const char *bytes; /* those of before, where nothing was done */
	size_t size;
};

static inline void apply_bytes(struct edited *edited, struct edit edit, const char *bytes,
		size_t size) {
	*edited = (struct edited){.edit = edit, .bytes = bytes, .size = size};
	arena_init(&edited->arena);
	struct source source = source_of(bytes, size);
	edited->result = edit_apply(&edited->edit, &source, &edited->arena, &edited->bytes,
			&edited->size, &edited->err);
	source_release(&source);
	assert_true((edited->result == EDIT_REFUSED) == (edited->err.kind == ERR_FAILED));
	assert_true(edited->result == EDIT_DONE || edited->bytes == bytes);
}

static inline void release_edited(struct edited *edited) {
	err_release(&edited->err);
	arena_release(&edited->arena);
}

static inline bool same_bytes(const struct edited *edited, const char *bytes, size_t size) {
	return edited->size == size && memcmp(edited->bytes, bytes, size) == 0;
}

static inline void check_bytes(const char *name, const struct edited *edited, const char *bytes,
		size_t size) {
	if (edited->result != EDIT_DONE) {
		fail_msg("%s: %s: %s", name,
				edited->result == EDIT_NOTHING ? "nothing to do" : "refused",
				edited->err.text != NULL ? edited->err.text : "");
	}
	if (!same_bytes(edited, bytes, size)) {
		struct arena arena;
		arena_init(&arena);
		print_error("%s\n  expected: %s\n", name,
				shown(&arena, arena_strndup(&arena, bytes, size)));
		print_error("  got:      %s\n",
				shown(&arena, arena_strndup(&arena, edited->bytes, edited->size)));
		arena_release(&arena);
		fail();
	}
}

/* Taken back it is as before; taken back again as after; and the edit is there, once. */
static inline void check_back(const char *name, const struct edited *done, const char *before,
		size_t size) {
	struct edited again, back, forth;
	struct edit fresh = done->edit;
	fresh.raw = NULL;
	apply_bytes(&again, fresh, done->bytes, done->size);
	check(again.result == EDIT_NOTHING, "%s: there is more to do: %s", name,
			again.err.text != NULL ? again.err.text : "");
	apply_bytes(&back, edit_invert(&done->edit), done->bytes, done->size);
	check_bytes(name, &back, before, size);
	apply_bytes(&forth, edit_invert(&back.edit), before, size);
	check_bytes(name, &forth, done->bytes, done->size);
	release_edited(&again);
	release_edited(&back);
	release_edited(&forth);
}

/* The same in the other direction by a fresh edit: "lumina install x; lumina remove x". */
static inline struct edit fresh_back(const struct edit *edit) {
	return (struct edit){
		.kind = edit->kind == EDIT_REMOVE ? EDIT_ADD : EDIT_REMOVE,
		.section = edit->section,
		.key = edit->key,
		.value = edit->value,
		.tree = edit->tree,
	};
}

#define BOM "\xef\xbb\xbf"

enum { SECTION_MAX = 5 };

struct row {
	const char *name;
	const char *section[SECTION_MAX]; /* NULL-terminated */
	const char *key, *value;
	const char *before, *after;
	const char *left; /* after adding and removing it afresh; NULL: as before */
	bool tree;
};

#define PACKAGES .section = {"packages"}
#define SYMLINKS .section = {"symlinks"}

static inline struct edit edit_of(enum edit_kind kind, const struct row *row) {
	return (struct edit){.kind = kind, .section = row->section, .key = row->key,
			.value = row->value, .tree = row->tree};
}

static inline void check_rows(enum edit_kind kind, const struct row *rows, size_t count) {
	for (size_t i = 0; i < count; i++) {
		const struct row *row = &rows[i];
		struct edited done, back;
		size_t size = strlen(row->before);
		apply_bytes(&done, edit_of(kind, row), row->before, size);
		if (row->after == NULL) {
			check(done.result == EDIT_NOTHING, "%s: not nothing: %s", row->name,
					done.err.text != NULL ? done.err.text : done.bytes);
			release_edited(&done);
			continue;
		}
		check_bytes(row->name, &done, row->after, strlen(row->after));
		check_back(row->name, &done, row->before, size);
		if (kind == EDIT_ADD) {
			const char *left = row->left != NULL ? row->left : row->before;
			apply_bytes(&back, fresh_back(&done.edit), done.bytes, done.size);
			check_bytes(row->name, &back, left, strlen(left));
			release_edited(&back);
		}
		release_edited(&done);
	}
}
