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
		for (size_t i = 0; i < first.ops.count; i++) {
			const struct op *a = &first.ops.items[i], *b = &second.ops.items[i];
			assert(a->kind == b->kind && a->why == b->why && same(a->path, b->path));
			assert(same(a->text, b->text) && same(a->source, b->source));
			assert(a->expect.kind == b->expect.kind && a->inside == b->inside);
			assert(same(a->expect.text, b->expect.text) && same(a->before, b->before));
			assert(a->path[0] == '~' && a->path[1] == '/');
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
	record_begin(&sealed, journal ? "journal" : "owned", 1);
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
