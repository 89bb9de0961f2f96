/* SPDX-License-Identifier: MIT */

/* What was read from a project's file, kept for the next time (see flow/project.h). */

#include "flow/project_parts.h"

#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/path.h"
#include "flow/index.h"
#include "flow/kept.h"
#include "text/node.h"

enum {
	VERSION = 1,
	ALLOWED = 1 << 0,       /* it was read with consent: both halves are there */
	WRONG = 1 << 1,         /* there is nothing in it to use */
	NEEDS_CONSENT = 1 << 2,
	ALIGN = 8,
	/* Path and file, and what can be in it: far below. */
	SIZE_LIMIT = 4 * 1024 * 1024,
};

static const char magic[8] = "lumina\0\2";

struct head {
	char magic[8];
	uint64_t sum;
	uint32_t version, flags;
	uint32_t path_size, file_size, rest_size, unused;
};

enum { SUM_FROM = offsetof(struct head, sum) + sizeof(uint64_t) };

/* The rest is an index, and an index belongs to somebody: here, to the file. */
static struct facts owner_of(const char *path) {
	return (struct facts){.home = path, .profile = path};
}

static size_t aligned(size_t n) {
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static const char *slot_of(const char *path, struct arena *arena) {
	return arena_printf(arena, "%03x", (unsigned)(hash64(path, strlen(path)) & 0xfff));
}

static void pack(const struct project *project, unsigned flags, const struct source *source,
		struct buf *out) {
	static const char zeros[ALIGN];
	const struct mission none = {.name = "", .direnv = -1};
	struct mission halves[2] = {none, none};
	if (project->consented != NULL) {
		halves[1] = *project->consented;
		halves[1].name = "";
	}
	halves[0].name = project->mission != NULL ? project->mission : "";
	halves[0].label = project->label;
	const struct index_file file = {.path = source->path};
	const struct index index = {.missions = {halves, 2, NULL}, .files = &file, .nfiles = 1};
	const struct facts owner = owner_of(source->path);
	struct buf rest _cleanup_buf_ = BUF_INIT;
	index_format(&index, &owner, &rest);

	struct head head = {
		.version = VERSION,
		.flags = flags | (project->needs_consent ? NEEDS_CONSENT : 0),
		.path_size = (uint32_t)strlen(source->path),
		.file_size = source->size,
		.rest_size = (uint32_t)rest.len,
	};
	memcpy(head.magic, magic, sizeof(magic));
	buf_add(out, (const char *)&head, sizeof(head));
	buf_add(out, source->path, head.path_size);
	buf_add(out, source->bytes, source->size);
	buf_add(out, zeros, aligned(out->len) - out->len);
	buf_add(out, rest.data, rest.len);
	uint64_t sum = hash64(out->data + SUM_FROM, out->len - SUM_FROM);
	memcpy(out->data + offsetof(struct head, sum), &sum, sizeof(sum));
}

/* Takes what is kept for these very bytes; false if that isn't what is there. */
static bool unpack(struct project *ret, unsigned *ret_flags, const char *bytes, size_t size,
		const struct source *source, struct arena *arena) {
	struct head head;
	if (size < sizeof(head)) {
		return false;
	}
	memcpy(&head, bytes, sizeof(head));
	size_t path_size = strlen(source->path);
	if (memcmp(head.magic, magic, sizeof(magic)) != 0 || head.version != VERSION ||
			head.path_size != path_size || head.file_size != source->size) {
		return false;
	}
	size_t rest_at = aligned(sizeof(head) + path_size + source->size);
	if (size < rest_at || size - rest_at != head.rest_size ||
			memcmp(bytes + sizeof(head), source->path, path_size) != 0 ||
			memcmp(bytes + sizeof(head) + path_size, source->bytes, source->size) !=
					0 ||
			head.sum != hash64(bytes + SUM_FROM, size - SUM_FROM)) {
		return false;
	}
	const struct facts owner = owner_of(source->path);
	struct index index;
	if (index_parse(&index, bytes + rest_at, head.rest_size, &owner, arena) != INDEX_GOOD ||
			index.missions.count != 2) {
		return false;
	}
	const struct mission *harmless = &index.missions.items[0];
	*ret = (struct project){
		.mission = harmless->name[0] != '\0' ? harmless->name : NULL,
		.label = harmless->label,
		.needs_consent = (head.flags & NEEDS_CONSENT) != 0,
	};
	if ((head.flags & ALLOWED) != 0 && ret->needs_consent) {
		struct mission *consented = arena_alloc(arena, sizeof(*consented));
		*consented = index.missions.items[1];
		consented->name = NULL;
		ret->consented = consented;
	}
	*ret_flags = head.flags;
	return true;
}

/* Is what was kept an answer? With consent more is looked at, so more can be wrong. */
static bool answers(unsigned flags, bool allowed) {
	bool with_consent = (flags & ALLOWED) != 0;
	return (flags & WRONG) != 0 ? !with_consent || allowed : with_consent || !allowed;
}

static bool recall(struct project *ret, bool *ret_wrong, const char *path,
		const struct source *source, bool allowed, uid_t uid, struct arena *arena) {
	const char *bytes;
	size_t size;
	unsigned flags = 0;
	struct project kept;
	if (kept_read(path, uid, SIZE_LIMIT, arena, &bytes, &size) != KEPT_GOOD ||
			!unpack(&kept, &flags, bytes, size, source, arena) ||
			!answers(flags, allowed)) {
		return false;
	}
	if (!allowed) {
		kept.consented = NULL;
	}
	*ret_wrong = (flags & WRONG) != 0;
	*ret = *ret_wrong ? (struct project){0} : kept;
	return true;
}

/* Consent to another file, or to what this one held before, is none. */
static bool is_covered(const struct approved *approved, const struct source *source,
		struct arena *arena) {
	struct str bytes;
	return approved_file(approved, TRUST_PROJECT_FILE, &bytes) &&
			str_eq(bytes, (struct str){source->bytes, source->size}) &&
			streq(source->path, path_join(approved_path(approved), TRUST_PROJECT_FILE,
							    arena));
}

int project_load(struct project *ret, struct source *source, const struct approved *approved,
		const struct facts *facts, struct arena *arena, struct diags *diags) {
	bool allowed = is_covered(approved, source, arena);
	const char *folder = path_join(facts->cache, "projects", arena);
	const char *slot = slot_of(source->path, arena);
	bool wrong;
	*ret = (struct project){0};
	if (recall(ret, &wrong, path_join(folder, slot, arena), source, allowed, facts->uid, arena)) {
		if (wrong && diags != NULL) {
			(void)project_parse(ret, source, allowed, arena, diags);
		}
		return wrong ? -1 : 0;
	}
	struct diags ignored = {.arena = arena};
	struct err err = {0};
	if (node_prepare(&err) < 0) {
		/* Nothing is known of the file then, and nothing to be kept. */
		diag_add(diags != NULL ? diags : &ignored, (struct span){source, 0, 0}, "%s",
				err.text);
		err_release(&err);
		return -1;
	}
	int result = project_parse(ret, source, allowed, arena, diags != NULL ? diags : &ignored);
	if (source->size <= PROJECT_SIZE_MAX) {
		struct buf bytes _cleanup_buf_ = BUF_INIT;
		unsigned flags = (allowed ? ALLOWED : 0U) | (result < 0 ? WRONG : 0U);
		pack(ret, flags, source, &bytes);
		(void)kept_write(folder, slot, bytes.data, bytes.len);
	}
	return result;
}
