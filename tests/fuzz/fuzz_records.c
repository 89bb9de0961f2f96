/* SPDX-License-Identifier: MIT */

/*
 * Any bytes as a state file. The first byte says which: as they are, or with the head
 * and the checksum that belong to them, so that the fuzzer gets behind these. What is
 * taken must be the same after writing and reading it again. Pending records have a
 * folder in memory for that.
 */

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "exec/journal.h"
#include "exec/pending.h"
#include "plan/packages.h"
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

/* Names become arguments again. */
static void check_package(const struct package_op *a, const struct package_op *b) {
	assert(package_name_check(str_of(a->name)) == NULL);
	assert(package_name_check(str_of(a->asked)) == NULL);
	assert(a->action == b->action && a->why == b->why && a->from == b->from);
	assert(same(a->name, b->name) && same(a->asked, b->asked) && same(a->at, b->at));
	assert(a->explicit == b->explicit && a->state == b->state && a->promoted == b->promoted);
	assert(same(a->version, b->version));
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
		assert(first.packages.count == second.packages.count);
		for (size_t i = 0; i < first.packages.count; i++) {
			check_package(&first.packages.items[i], &second.packages.items[i]);
		}
		journal_release(&second);
		free(again);
		buf_release(&out);
	}
	journal_release(&first);
	free(copy);
}

/* --- pending records ------------------------------------------------------------------------- */

static char state_folder[64];

static void remove_folder(void) {
	char path[96];
	(void)snprintf(path, sizeof(path), "%s/pending/x", state_folder);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/pending", state_folder);
	(void)rmdir(path);
	(void)rmdir(state_folder);
}

static void make_folder(void) {
	if (state_folder[0] == '\0') {
		bool memory = access("/dev/shm", W_OK) == 0;
		(void)snprintf(state_folder, sizeof(state_folder), "%s/lumina-fuzz-XXXXXX",
				memory ? "/dev/shm" : "/tmp");
		assert(mkdtemp(state_folder) != NULL && atexit(remove_folder) == 0);
	}
}

static void put_pending(const char *bytes, size_t size) {
	char path[96];
	(void)snprintf(path, sizeof(path), "%s/pending", state_folder);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/pending/x", state_folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	(void)close(fd);
}

static void check_same_pending(const struct pending *a, const struct pending *b) {
	assert(a->time == b->time && same(a->command, b->command) && a->action == b->action);
	assert(a->why == b->why && same(a->group, b->group) && same(a->host, b->host));
	assert(a->records == b->records && a->code == b->code);
	assert(a->asked.count == b->asked.count && a->before.count == b->before.count);
	for (size_t i = 0; i < a->asked.count; i++) {
		struct package_op one = a->asked.items[i];
		one.action = a->action; /* it may have been said behind them */
		one.why = a->why;
		check_package(&one, &b->asked.items[i]);
	}
	for (size_t i = 0; i < a->before.count; i++) {
		const struct installed_package *one = &a->before.items[i], *other = &b->before.items[i];
		assert(same(one->name, other->name) && same(one->version, other->version));
		assert(one->is_explicit == other->is_explicit && one->damaged == other->damaged);
	}
}

/* What would come of it: names that can be written down. */
static void settle(const struct pending *pending) {
	const struct package_request request = {.action = pending->action, .why = pending->why,
			.asked = pending->asked.items, .count = pending->asked.count,
			.before = &pending->before, .now = &pending->before,
			.good = pending->code == 0};
	struct package_ops ops = {0};
	struct package_names names = {0};
	packages_settle(&ops, &request);
	packages_to_record(&names, &request);
	packages_to_promote(&names, &request);
	VEC_RELEASE(&ops);
	VEC_RELEASE(&names);
}

static void check_pending(const char *bytes, size_t size) {
	struct arena arena;
	struct pendings first, second;
	struct err err = {0};
	arena_init(&arena);
	make_folder();
	put_pending(bytes, size);
	const struct facts facts = {.state = state_folder};
	assert(pendings_load(&first, &facts, true, &arena, &err) == 0 && first.count <= 1);
	if (first.count > 0) {
		struct pending *pending = &first.items[0];
		settle(pending);
		assert(pending_write(pending, &facts, &arena, &err) == 0);
		assert(pendings_load(&second, &facts, true, &arena, &err) == 0 && second.count == 0);
		pendings_release(&second);
		(void)close(pending->lock);
		pending->lock = -1;
		assert(pendings_load(&second, &facts, true, &arena, &err) == 0 && second.count == 1);
		check_same_pending(pending, &second.items[0]);
		assert(pending_remove(&second.items[0], &facts, &arena, &err) == 0);
		assert(!pendings_exist(&facts, &arena));
		pendings_release(&second);
	}
	pendings_release(&first);
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size == 0) {
		return 0;
	}
	const char *body = (const char *)data + 1;
	if (data[0] % 2 == 0) {
		check_owned(body, size - 1);
		check_journal(body, size - 1);
		if (data[0] & 8) {
			check_pending(body, size - 1);
		}
		return 0;
	}
	struct buf sealed = BUF_INIT;
	bool journal = data[0] % 4 == 1;
	if (data[0] & 8) {
		record_begin(&sealed, "pending", 1);
		buf_add(&sealed, body, size - 1);
		record_end(&sealed);
		check_pending(sealed.data, sealed.len);
		buf_release(&sealed);
		return 0;
	}
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
