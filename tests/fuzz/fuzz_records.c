/* SPDX-License-Identifier: MIT */

/*
 * Any bytes as a state file. The first byte says which: as they are, or with the head
 * and the checksum that belong to them, so that the fuzzer gets behind these. What is
 * taken must be the same after writing and reading it again.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "exec/journal.h"
#include "state/owned.h"
#include "state/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const char *a, const char *b) {
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static char *copy_of(const char *bytes, size_t n) {
	char *copy = xmalloc(n > 0 ? n : 1);
	memcpy(copy, bytes, n);
	return copy;
}

static void join(const struct owned_record *record) {
	const struct wants none = {0};
	struct places places;
	struct arena arena;
	arena_init(&arena);
	places_join(&places, &none, record, &arena);
	for (size_t i = 1; i < places.count; i++) {
		assert(path_compare(places.items[i - 1].path, places.items[i].path) < 0);
	}
	places_release(&places);
	arena_release(&arena);
}

static void check_owned(const char *bytes, size_t size) {
	struct owned_record first = {0}, second = {0};
	char *copy = copy_of(bytes, size);
	if (owned_parse(&first, copy, size) == RECORD_GOOD) {
		struct buf out = BUF_INIT;
		owned_format(&first, &out);
		char *again = copy_of(out.data, out.len);
		assert(owned_parse(&second, again, out.len) == RECORD_GOOD);
		assert(first.count == second.count && first.generation == second.generation);
		for (size_t i = 0; i < first.count; i++) {
			const struct owned *a = &first.items[i], *b = &second.items[i];
			assert(same(a->path, b->path) && same(a->text, b->text));
			assert(a->since == b->since);
			assert(owned_find(&first, a->path) == a);
		}
		join(&first);
		owned_release(&second);
		free(again);
		buf_release(&out);
	}
	owned_release(&first);
	free(copy);
}

static bool same_expect(const struct expect *a, const struct expect *b) {
	return a->kind == b->kind && same(a->text, b->text) && a->dev == b->dev &&
			a->ino == b->ino && a->mode == b->mode && a->size == b->size &&
			a->mtime == b->mtime;
}

static void check_edit(const struct edit *a, const struct edit *b) {
	assert(a->kind == b->kind && same(a->key, b->key) && same(a->value, b->value));
	assert(a->tree == b->tree && same(a->before, b->before));
	assert(a->before_tree == b->before_tree && same(a->raw, b->raw));
	assert(same(a->left, b->left) && same(a->gap, b->gap) && same(a->after, b->after));
	assert(a->index == b->index && a->depth == b->depth && a->raw_size == b->raw_size);
	for (size_t i = 0;; i++) {
		assert(same(a->section[i], b->section[i]));
		if (a->section[i] == NULL) {
			break;
		}
	}
}

static void check_op(const struct op *a, const struct op *b) {
	assert(a->kind == b->kind && a->why == b->why && same(a->path, b->path));
	assert(same(a->text, b->text) && same(a->source, b->source));
	assert(a->inside == b->inside && same(a->before, b->before));
	assert(a->phase == b->phase && a->keeps == b->keeps && a->theirs == b->theirs);
	assert(same(a->keep, b->keep) && same(a->take, b->take));
	assert(same(a->partner, b->partner) && same(a->origin, b->origin));
	assert(a->expect.kind == b->expect.kind && same(a->expect.text, b->expect.text));
	/* Only what an operation of its kind needs is written. */
	assert(a->kind != OP_FILE || same_expect(&a->becomes, &b->becomes));
	assert(a->partner == NULL || same_expect(&a->there, &b->there));
	/* What carrying it out relies on. */
	assert((a->path[0] == '~' && a->path[1] == '/') ||
			(a->path[0] == '/' && a->phase != PHASE_MAIN));
	assert(a->keeps == (a->keep != NULL));
	assert((a->kind == OP_ADOPT || a->kind == OP_RETURN) == (a->partner != NULL));
	assert(a->kind != OP_FILE || a->take != NULL || a->origin != NULL);
	assert(a->kind != OP_LINK || a->text != NULL);
	assert((a->kind == OP_EDIT) == (a->rewrite != NULL));
	assert((a->rewrite != NULL) == (b->rewrite != NULL));
	if (a->rewrite != NULL) {
		assert(a->rewrite->edits.count == b->rewrite->edits.count);
		for (size_t i = 0; i < a->rewrite->edits.count; i++) {
			check_edit(&a->rewrite->edits.items[i], &b->rewrite->edits.items[i]);
		}
	}
}

static void check_journal(const char *bytes, size_t size) {
	struct journal first, second;
	char *copy = copy_of(bytes, size);
	if (journal_parse(&first, copy, size) == RECORD_GOOD) {
		struct buf out = BUF_INIT;
		journal_format(&first, &out);
		char *again = copy_of(out.data, out.len);
		assert(journal_parse(&second, again, out.len) == RECORD_GOOD);
		assert(first.ops.count == second.ops.count);
		assert(first.followed.count == second.followed.count);
		assert(first.generation == second.generation && first.time == second.time);
		assert(first.moves == second.moves && first.to == second.to);
		assert(same(first.commit, second.commit) && same(first.home, second.home));
		for (size_t i = 0; i < first.ops.count; i++) {
			check_op(&first.ops.items[i], &second.ops.items[i]);
		}
		journal_release(&second);
		free(again);
		buf_release(&out);
	}
	journal_release(&first);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size == 0) {
		return 0;
	}
	const char *body = (const char *)data + 1;
	if (data[0] % 2 == 0) {
		check_owned(body, size - 1);
		check_journal(body, size - 1);
		return 0;
	}
	struct buf sealed = BUF_INIT;
	bool journal = data[0] % 4 == 1;
	record_begin(&sealed, journal ? "journal" : "owned", data[0] & 4 ? 1 : 2);
	buf_add(&sealed, body, size - 1);
	record_end(&sealed);
	if (journal) {
		check_journal(sealed.data, sealed.len);
	} else {
		check_owned(sealed.data, sealed.len);
	}
	buf_release(&sealed);
	return 0;
}
