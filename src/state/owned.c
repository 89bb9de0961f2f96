/* SPDX-License-Identifier: MIT */
#include "state/owned.h"

#include <errno.h>
#include <fcntl.h>

#include "base/path.h"
#include "base/vec.h"

enum { OWNED_VERSION = 2, OWNED_SIZE_MAX = 1 << 30 };

enum record_state owned_parse(struct owned_record *record, char *bytes, size_t size) {
	struct record_reader reader;
	enum record_state state = record_open(&reader, bytes, size, "owned", OWNED_VERSION);
	if (state != RECORD_GOOD) {
		return state;
	}
	char *field[RECORD_FIELDS_MAX];
	while (record_next(&reader, field) > 0) {
		struct owned owned = {.path = field[1], .text = field[2]};
		if (field[0] != NULL && streq(field[0], "generation")) {
			if (!record_parse_number(field[1], &record->generation) ||
					(field[2] != NULL && !record_parse_number(field[2],
								     &record->present_generation))) {
				return RECORD_DAMAGED;
			}
			if (field[2] == NULL) { /* version 1 */
				record->present_generation = record->generation;
			}
			continue;
		}
		bool link = field[0] != NULL && streq(field[0], "link");
		bool folder = field[0] != NULL && streq(field[0], "folder");
		if ((!link && !folder) || owned.path == NULL || link != (owned.text != NULL) ||
				!record_parse_number(field[3], &owned.since)) {
			return RECORD_DAMAGED;
		}
		if (record->count > 0 &&
				path_compare(record->items[record->count - 1].path, owned.path) >= 0) {
			return RECORD_DAMAGED;
		}
		VEC_ADD(record, owned);
	}
	return record_is_done(&reader) ? RECORD_GOOD : RECORD_DAMAGED;
}

void owned_format(const struct owned_record *record, struct buf *out) {
	record_begin(out, "owned", OWNED_VERSION);
	record_word(out, "generation");
	record_number(out, record->generation);
	record_number(out, record->present_generation);
	record_newline(out);
	for (size_t i = 0; i < record->count; i++) {
		const struct owned *owned = &record->items[i];
		record_word(out, owned->text != NULL ? "link" : "folder");
		record_field(out, owned->path);
		record_field(out, owned->text);
		record_number(out, owned->since);
		record_newline(out);
	}
	record_end(out);
}

int owned_load(struct owned_record *record, const char *state_folder, struct arena *arena,
		struct err *err) {
	*record = (struct owned_record){0};
	const char *path = path_join(state_folder, "owned", arena);
	char *bytes;
	size_t size;
	if (file_read(AT_FDCWD, path, OWNED_SIZE_MAX, arena, &bytes, &size, &record->mark) < 0) {
		if (errno == ENOENT || errno == ENOTDIR) {
			return 0;
		}
		return err_sys(err, "cannot read the ownership record '%s'", path);
	}
	switch (owned_parse(record, bytes, size)) {
	case RECORD_GOOD:
		record->present = true;
		break;
	case RECORD_DAMAGED:
		VEC_RELEASE(record);
		record->damaged = true;
		break;
	case RECORD_NEWER:
		(void)err_set(err, ERR_FAILED, "the ownership record '%s' was written by a newer "
				"Lumina", path);
		err_hint(err, "update Lumina");
		return -1;
	}
	return 0;
}

void owned_release(struct owned_record *record) {
	VEC_RELEASE(record);
	*record = (struct owned_record){0};
}

static int compare_owned(const void *path, const void *owned) {
	return path_compare(path, ((const struct owned *)owned)->path);
}

const struct owned *owned_find(const struct owned_record *record, const char *path) {
	return record->count > 0 ? bsearch(path, record->items, record->count,
						   sizeof(*record->items), compare_owned)
				 : NULL;
}
