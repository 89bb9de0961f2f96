/* SPDX-License-Identifier: MIT */
#include "exec/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"
#include "sys/copy.h"
#include "sys/lock.h"
#include "sys/swap.h"

enum { JOURNAL_SIZE_MAX = 1 << 30, GENERATION_NAME_SIZE = 32 };

static void generation_name(char name[GENERATION_NAME_SIZE], uint64_t number) {
	(void)snprintf(name, GENERATION_NAME_SIZE, "%06" PRIu64, number);
}

int store_has_journal(const struct facts *facts, struct arena *arena, struct err *err) {
	const char *path = path_join(facts->state, "journal", arena);
	if (access(path, F_OK) == 0) {
		return 1;
	}
	return errno == ENOENT || errno == ENOTDIR ? 0
						    : err_sys(err, "cannot look for '%s'", path);
}

int store_read_journal(const char *folder, struct journal *journal, enum record_state *ret_state,
		struct arena *arena, struct err *err) {
	const char *path = path_join(folder, "journal", arena);
	char *bytes;
	size_t size;
	if (file_read(AT_FDCWD, path, JOURNAL_SIZE_MAX, arena, &bytes, &size, NULL) < 0) {
		return err_sys(err, "cannot read the journal '%s'", path);
	}
	*ret_state = journal_parse(journal, bytes, size);
	return 0;
}

bool store_is_committed(const struct facts *facts, const struct journal *journal,
		struct arena *arena) {
	struct owned_record owned;
	struct err ignored = {0};
	bool committed = owned_load(&owned, facts->state, arena, &ignored) == 0 && owned.present &&
			owned.generation >= journal->generation;
	owned_release(&owned);
	err_release(&ignored);
	return committed;
}

long store_writer(const struct facts *facts, struct arena *arena) {
	return lock_holder(AT_FDCWD, path_join(facts->state, "lock", arena));
}

int store_open(struct store *store, const struct facts *facts, struct arena *arena,
		struct err *err) {
	*store = (struct store){.path = facts->state, .dir = -1, .generations = -1, .lock = -1};
	const char *generations = path_join(facts->state, "generations", arena);
	if (file_make_folders(generations) < 0) {
		return err_sys(err, "cannot make the state folder '%s'", generations);
	}
	store->dir = open(facts->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->dir < 0) {
		return err_sys(err, "cannot open the state folder '%s'", facts->state);
	}
	store->generations = open(generations, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->generations < 0) {
		(void)err_sys(err, "cannot open the folder '%s'", generations);
		store_close(store);
		return -1;
	}
	store->lock = lock_take(store->dir, "lock", facts->state, err);
	if (store->lock < 0) {
		store_close(store);
		return -1;
	}
	return 0;
}

void store_close(struct store *store) {
	cleanup_close_fd(&store->lock);
	cleanup_close_fd(&store->generations);
	cleanup_close_fd(&store->dir);
	*store = (struct store){.dir = -1, .generations = -1, .lock = -1};
}

int store_begin(struct store *store, const struct journal *journal, struct err *err) {
	struct buf bytes _cleanup_buf_ = BUF_INIT;
	journal_format(journal, &bytes);
	if (file_prepare(store->dir, "journal.new", bytes.data, bytes.len) < 0) {
		return err_sys(err, "cannot write the journal in '%s'", store->path);
	}
	if (renameat(store->dir, "journal.new", store->dir, "journal") < 0) {
		(void)err_sys(err, "cannot publish the journal in '%s'", store->path);
		(void)unlinkat(store->dir, "journal.new", 0);
		return -1;
	}
	if (file_flush(store->dir) < 0) {
		(void)err_sys(err, "cannot make the journal in '%s' durable", store->path);
		(void)unlinkat(store->dir, "journal", 0);
		return -1;
	}
	return 0;
}

int store_prepare(struct store *store, const struct owned_record *owned, struct err *err) {
	struct buf bytes _cleanup_buf_ = BUF_INIT;
	owned_format(owned, &bytes);
	if (file_prepare(store->dir, "owned.new", bytes.data, bytes.len) < 0) {
		return err_sys(err, "cannot write the ownership record in '%s'", store->path);
	}
	return 0;
}

int store_commit(struct store *store, struct err *err) {
	if (renameat(store->dir, "owned.new", store->dir, "owned") < 0) {
		(void)err_sys(err, "cannot publish the ownership record in '%s'", store->path);
		(void)unlinkat(store->dir, "owned.new", 0);
		return -1;
	}
	return 0;
}

int store_flush(struct store *store, struct err *err) {
	if (file_flush(store->dir) < 0) {
		return err_sys(err, "cannot make the state folder '%s' durable", store->path);
	}
	return 0;
}

int store_finish(struct store *store, uint64_t generation, struct err *err) {
	char name[GENERATION_NAME_SIZE];
	generation_name(name, generation);
	int result = swap_move(store->dir, "journal", store->generations, name);
	if (result < 0 && errno == EEXIST &&
			copy_is_same(store->dir, "journal", store->generations, name) == 1) {
		result = unlinkat(store->dir, "journal", 0); /* filed, before the power went */
	} else if (result < 0 && errno == EEXIST) {
		(void)snprintf(name, sizeof(name), "%06" PRIu64 "-%jd", generation,
				(intmax_t)time(NULL));
		result = swap_move(store->dir, "journal", store->generations, name);
	}
	if (result < 0 ||
			file_flush(store->generations) < 0 || file_flush(store->dir) < 0) {
		return err_sys(err, "cannot file the journal of generation %" PRIu64 " in '%s'",
				generation, store->path);
	}
	return 0;
}

static int remove_file(struct store *store, const char *name, struct err *err) {
	if (unlinkat(store->dir, name, 0) < 0 && errno != ENOENT) {
		return err_sys(err, "cannot remove '%s/%s'", store->path, name);
	}
	return 0;
}

int store_abandon(struct store *store, struct err *err) {
	if (remove_file(store, "owned.new", err) < 0 || remove_file(store, "journal", err) < 0 ||
			remove_file(store, "journal.new", err) < 0) {
		return -1;
	}
	return store_flush(store, err);
}

int store_set_aside(struct store *store, struct err *err) {
	char name[64];
	(void)snprintf(name, sizeof(name), "journal.damaged-%jd", (intmax_t)time(NULL));
	if (renameat(store->dir, "journal", store->dir, name) < 0) {
		return err_sys(err, "cannot set the damaged journal in '%s' aside", store->path);
	}
	return 0;
}

/* The highest number that the entries of an open folder begin with; closes it. */
static uint64_t last_number(int fd) {
	uint64_t last = 0;
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	if (stream == NULL) {
		cleanup_close_fd(&fd);
		return 0;
	}
	const struct dirent *entry;
	while ((entry = readdir(stream)) != NULL) {
		uint64_t number = strtoull(entry->d_name, NULL, 10);
		/* An empty folder of backups: left by a restore that could not remove it. */
		if (number > last && unlinkat(dirfd(stream), entry->d_name, AT_REMOVEDIR) == 0) {
			continue;
		}
		last = number > last ? number : last;
	}
	(void)closedir(stream);
	return last;
}

static int open_folder(const struct store *store, const char *name) {
	return openat(store->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

uint64_t store_next_generation(const struct store *store, const struct owned_record *owned) {
	/* The record may be lost, or an older one: never use a number again that a file has. */
	uint64_t last = owned->generation;
	uint64_t filed = last_number(open_folder(store, "generations"));
	uint64_t kept = last_number(open_folder(store, "backups"));
	last = filed > last ? filed : last;
	return (kept > last ? kept : last) + 1;
}

bool store_exists(const struct facts *facts) {
	return access(facts->state, F_OK) == 0;
}

static bool is_generation(const char *name) {
	return name[0] >= '0' && name[0] <= '9';
}

/* A project that was allowed or denied (flow/trust_store.h). */
static bool is_decision(const char *name) {
	return (strlen(name) == 16 && strspn(name, "0123456789abcdef") == 16) ||
			streq(name, ".new");
}

/* Removes files of ours, and the folder; what isn't ours stays, and the folder with it. */
static int remove_files(struct store *store, const char *folder, bool (*is_ours)(const char *)) {
	int fd = open_folder(store, folder);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	if (stream == NULL) {
		cleanup_close_fd(&fd);
		return errno == ENOENT ? 0 : -1;
	}
	const struct dirent *entry;
	int result = 0;
	while (result == 0 && (entry = readdir(stream)) != NULL) {
		if (is_ours(entry->d_name)) {
			result = unlinkat(dirfd(stream), entry->d_name, 0);
		}
	}
	int saved = errno;
	(void)closedir(stream);
	errno = saved;
	if (result == 0 && unlinkat(store->dir, folder, AT_REMOVEDIR) < 0) {
		result = errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT ? 0 : -1;
	}
	return result;
}

int store_erase(struct store *store, struct err *err) {
	static const char *const files[] = {"journal.new", "owned.new", "owned", "lock"};
	if (remove_files(store, "generations", is_generation) < 0) {
		return err_sys(err, "cannot remove '%s/generations'", store->path);
	}
	if (remove_files(store, "trust", is_decision) < 0) {
		return err_sys(err, "cannot remove '%s/trust'", store->path);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (remove_file(store, files[i], err) < 0) {
			return -1;
		}
	}
	(void)unlinkat(store->dir, "backups", AT_REMOVEDIR);
	(void)rmdir(store->path); /* if nothing of a person's is in it */
	return 0;
}
