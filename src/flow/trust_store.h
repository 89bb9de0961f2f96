/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the person has decided about projects: one file for each of them in the folder
 * `trust` of the state folder, named by a hash of the project's real path. The path
 * stands in the file too, and decides.
 *
 *   lumina trust 1
 *   project<TAB>/home/u/work/shop<TAB>allowed<TAB>1795424406     when; or "denied"
 *   place<TAB>1000<TAB>64769<TAB>5917024301   the folder's owner, device, file system
 *   file<TAB>.lumina.yaml<TAB>env:\n  …        every byte that was shown
 *   file<TAB>.env<TAB>-                        it wasn't there
 *   end<TAB>xxh3:…
 *
 * A denied project has its first line only. The first file is always `.lumina.yaml`.
 *
 * The folder has to be the person's, with mode 0700, the files theirs with mode 0600;
 * neither may be a link. A file or folder that is anything else, or doesn't read as
 * above, is no decision: whoever reads it gets the reason, and nothing is trusted.
 * Only trust_record_save() mends that, by a new file in its place.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "state/record.h"

enum {
	TRUST_FILES_MAX = 32,               /* of a project */
	TRUST_FILE_SIZE_MAX = 1024 * 1024,  /* of a file */
	TRUST_TOTAL_SIZE_MAX = 2048 * 1024, /* of all files of a project together */
};

/* A file of a project. */
struct trust_file {
	const char *name;  /* relative to the project's root, folded */
	const char *bytes; /* with a NUL behind them, and none in them; NULL: it isn't there */
	size_t size;
};

struct trust_files {
	struct trust_file items[TRUST_FILES_MAX];
	size_t count;
};

struct trust_record {
	const char *path; /* the project's root, real */
	bool denied;
	uint64_t time; /* of the decision */
	/* Not for denied ones: */
	uint64_t owner, device;
	uint64_t volume; /* the file system's own id (statfs(2)), or 0; devices are renumbered */
	struct trust_files files;
};

enum trust_stored {
	TRUST_STORED,
	TRUST_STORED_NOT,     /* nothing was decided */
	TRUST_STORED_DAMAGED, /* as good as that, but it should be said */
};

/*
 * The decision about a project. What it points to is in the arena. *ret_why is what is
 * wrong with a damaged one: "'…' can be read or written by others", else NULL.
 */
enum trust_stored trust_record_load(struct trust_record *ret, const char *state_folder,
		const char *path, uid_t uid, struct arena *arena, const char **ret_why);

/* A file's bytes, which are changed and have to outlive the record. */
enum record_state trust_record_parse(struct trust_record *ret, char *bytes, size_t size);
void trust_record_format(const struct trust_record *record, struct buf *out);

/*
 * Writes the decision, durably and at once, in place of an earlier one; makes the folder.
 * Takes the lock of the state folder meanwhile. A folder that is no good, or one in the
 * place of the record, is moved aside, to `trust.damaged` (or `trust.damaged-1`, …);
 * *ret_aside is that path, else NULL.
 */
int trust_record_save(const struct trust_record *record, const char *state_folder, uid_t uid,
		struct arena *arena, const char **ret_aside, struct err *err);

/* Forgets it, damaged or not; *ret_was: there was one. */
int trust_record_remove(const char *state_folder, const char *path, uid_t uid,
		struct arena *arena, bool *ret_was, struct err *err);

struct trust_records {
	struct trust_record *items; /* sorted by path; the files without their content */
	size_t count, room;
	struct {
		const char **items; /* what is wrong, for each that is */
		size_t count, room;
	} damaged;
};

/* All decisions. Strings are in the arena, the arrays on the heap. */
int trust_records_list(struct trust_records *records, const char *state_folder, uid_t uid,
		struct arena *arena, struct err *err);
void trust_records_release(struct trust_records *records);
