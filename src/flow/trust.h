/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The gate: content of a project is used as the person has allowed it, or not at all.
 *
 * What is allowed is bytes, not names or hashes: the record (flow/trust_store.h) keeps
 * every file as it was shown, and each is compared, byte by byte, with what is there now.
 * It holds for one real path, its owner and its file system. A project inside another
 * has a record of its own, or none. Whatever isn't in the record isn't used.
 *
 * Files are read once: what was compared is what is used. Only trust_check() makes a
 * `struct approved`, whose inside nobody else knows (tests/lint/gate.sh), and only from
 * there come a project's bytes that may set or run anything: whoever needs consent takes
 * `const struct approved *`, not bytes.
 *
 *   struct trust_root root;
 *   if (trust_open(&root, detected.root, uid, arena, err) < 0) …
 *   … project_load(…) of root.project: mission and label, which need no consent …
 *   switch (trust_check(&root, facts->state, names, &approved, arena)) …
 *   trust_close(&root);
 *
 * No system call but: open and fstat of the root, its path from /proc; open, fstat, read,
 * close for each file; two opens, two fstats, one read for the record.
 */

#include "flow/trust_store.h"

/* The project's own file. */
#define TRUST_PROJECT_FILE ".lumina.yaml"

enum trust {
	TRUST_NONE,    /* never allowed */
	TRUST_ALLOWED, /* and nothing has changed since */
	TRUST_CHANGED, /* allowed once, with other content */
	TRUST_DENIED,  /* wins over all */
	TRUST_UNFIT,   /* others can write it: it can't be allowed */
};

/* "none", "allowed", "changed", "denied", "unfit" */
const char *trust_name(enum trust trust);

/* An open project. What it points to is in the arena. */
struct trust_root {
	const char *path;
	int dir;
	uid_t uid; /* whose consent counts */
	struct arena *arena;
	uint64_t owner, device;
	/*
	 * `.lumina.yaml`, as anybody may have written it: only for what needs no consent
	 * (which mission, the label), and to be shown.
	 */
	struct trust_file project;
	const char *unfit; /* why it can't be allowed: "'.env' can be written by others …" */
	const char *hint;  /* what mends that, or NULL */
	const char *why;   /* behind trust_check(): what has changed, or is wrong; or NULL */
};

/*
 * Opens the root and reads `.lumina.yaml` if it is there. The path must be real: -1 if
 * it leads through a link, or can't be opened.
 */
int trust_open(struct trust_root *root, const char *path, uid_t uid, struct arena *arena,
		struct err *err);
void trust_close(struct trust_root *root);

/* Content that the person has allowed. */
struct approved;

/*
 * The verdict. `names` (NULL-terminated, or NULL) are the files that the mission in force
 * is going to read: without consent to each of them it is TRUST_CHANGED. *ret is NULL
 * but for TRUST_ALLOWED. root->why is for the person, with TRUST_NONE too: there it is
 * what is wrong with the store, else NULL.
 */
enum trust trust_check(struct trust_root *root, const char *state_folder,
		const char *const *names, const struct approved **ret);

/*
 * A file's allowed bytes (with a NUL behind them). False where it isn't among those that
 * were allowed, where it wasn't there when they were, and for NULL.
 */
bool approved_file(const struct approved *approved, const char *name, struct str *ret);
/* The project that it belongs to. */
const char *approved_path(const struct approved *approved);

/*
 * For `lumina allow`: reads all files that consent is to hold for: `.lumina.yaml` and
 * `names`, each once. ERR_REFUSED with the reason where one can't be allowed.
 */
int trust_read(struct trust_root *root, const char *const *names, struct trust_files *ret,
		struct err *err);

/* Records that exactly these bytes are allowed. For *ret_aside see trust_record_save(). */
int trust_allow(const struct trust_root *root, const struct trust_files *files, time_t time,
		const char *state_folder, const char **ret_aside, struct err *err);
/* Nothing of the project at that real path is used any more; it need not be there. */
int trust_deny(const char *path, uid_t uid, time_t time, const char *state_folder,
		struct arena *arena, const char **ret_aside, struct err *err);
