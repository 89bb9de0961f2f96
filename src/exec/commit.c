/* SPDX-License-Identifier: MIT */
#include "exec/commit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"
#include "exec/index_lock.h"
#include "exec/known.h"
#include "sys/copy.h"
#include "sys/signals.h"

enum { LINES_MAX = 200 };

/* What goes into an index: paths as they stand there, and files with a content of their own. */
struct staging {
	struct buf there; /* NUL-terminated paths */
	struct buf gone;  /* likewise */
	struct buf exact; /* lines for `git update-index --index-info` */
};

struct work {
	struct commit *commit;
	struct repo *repo;
	struct arena *arena;
	struct buf listing;   /* the person's index: "MODE ID STAGE\tPATH\0" */
	const char *next;     /* what becomes the person's index */
	const char *ours;     /* what is committed */
	struct staging for_next, for_ours;
};

static void note(struct work *work, struct commit_path *path, const char *why) {
	path->out = true;
	VEC_ADD(&work->commit->notes, arena_printf(work->arena, "'%s' is not committed: %s",
			path->path, why));
}

static void add_there(struct work *work, const char *bytes, size_t n) {
	buf_add(&work->for_next.there, bytes, n);
	buf_add(&work->for_ours.there, bytes, n);
}

static void add_gone(struct work *work, const char *bytes, size_t n) {
	buf_add(&work->for_next.gone, bytes, n);
	buf_add(&work->for_ours.gone, bytes, n);
}

/* --- the person's index -------------------------------------------------------------------- */

/* One entry of the listing. */
struct entry {
	struct str mode, id;
	bool merged;
};

/* Finds a path; with `path` NULL the first that is unmerged. */
static bool find_entry(const struct work *work, const char *path, struct entry *ret) {
	const char *at = work->listing.data, *end = at + work->listing.len;
	while (at < end) {
		size_t n = strlen(at);
		const char *tab = memchr(at, '\t', n);
		size_t mode = strcspn(at, " ");
		if (tab == NULL || tab - at < 3 || mode >= (size_t)(tab - at)) {
			return false;
		}
		*ret = (struct entry){{at, mode}, {at + mode + 1, strcspn(at + mode + 1, " ")},
				tab[-1] == '0'};
		if (path != NULL ? streq(tab + 1, path) : !ret->merged) {
			return true;
		}
		at += n + 1;
	}
	return false;
}

/* --- files of the registry: only our edits ------------------------------------------------- */

/* The text of a version with our edits; NULL after a note, or with err. *ret_same: it had them. */
static const char *edited(struct work *work, struct commit_path *path, const char *version,
		size_t *ret_size, bool *ret_same, struct err *err) {
	const char *const show[] = {"cat-file", "--filters",
			arena_printf(work->arena, "%s:%s", version, path->path), NULL};
	struct buf text _cleanup_buf_ = BUF_INIT;
	const struct repo_step step = {.output = &text};
	if (repo_ask(work->repo, show, &step, true, err) == NULL) {
		return NULL;
	}
	const char *bytes = arena_strndup(work->arena, text.data, text.len);
	size_t size = text.len;
	*ret_same = true;
	for (size_t i = 0; i < path->rewrite->edits.count; i++) {
		struct edit edit = path->rewrite->edits.items[i];
		struct source source = {.path = path->path, .name = path->path, .bytes = bytes,
				.size = (uint32_t)size};
		struct err refused = {0};
		enum edit_result result = edit_apply(&edit, &source, work->arena, &bytes, &size,
				&refused);
		source_release(&source);
		if (result == EDIT_REFUSED) {
			err_release(&refused);
			note(work, path, "it had edits of yours before, and what was edited now can't "
					 "be taken apart from them");
			return NULL;
		}
		*ret_same = *ret_same && result == EDIT_NOTHING;
	}
	*ret_size = size;
	return bytes;
}

static int add_version(struct work *work, struct commit_path *path, const char *version,
		struct str mode, struct buf *exact, struct err *err) {
	size_t size;
	bool same;
	const char *text = edited(work, path, version, &size, &same, err);
	if (text == NULL || same) {
		return err->kind != ERR_NONE ? -1 : 0;
	}
	const char *const store[] = {"hash-object", "-w", "--stdin", "--path", path->path, NULL};
	const struct repo_step step = {.input = text, .input_size = size};
	const char *id = repo_ask(work->repo, store, &step, true, err);
	if (id == NULL) {
		return -1;
	}
	buf_addf(exact, "%.*s %s\t%s", (int)mode.n, mode.p, id, path->path);
	buf_addc(exact, '\0');
	return 0;
}

static int add_edited(struct work *work, struct commit_path *path, struct err *err) {
	struct entry entry;
	const char *const in_head[] = {"rev-parse", "--verify", "--quiet",
			arena_printf(work->arena, "HEAD:%s", path->path), NULL};
	bool listed = find_entry(work, path->path, &entry);
	if (!listed && (work->repo->head == NULL ||
			repo_ask(work->repo, in_head, NULL, false, NULL) == NULL)) {
		/* New to Git as a whole. */
		add_there(work, path->path, strlen(path->path) + 1);
		return 0;
	}
	if (!listed || work->repo->head == NULL ||
			repo_ask(work->repo, in_head, NULL, false, NULL) == NULL) {
		note(work, path, listed ? "it is staged, and was never committed"
					: "it is staged to be removed");
		return 0;
	}
	size_t before = work->for_ours.exact.len;
	if (add_version(work, path, "HEAD", entry.mode, &work->for_ours.exact, err) < 0) {
		return -1;
	}
	if (!path->out &&
			add_version(work, path, ":0", entry.mode, &work->for_next.exact, err) < 0) {
		return -1;
	}
	if (path->out) {
		work->for_ours.exact.len = before;
	}
	return 0;
}

/* --- everything else ----------------------------------------------------------------------- */

/* What is there now holds what was there before: was that what HEAD has? */
static bool was_clean(struct work *work, const struct commit_path *path) {
	const char *const then[] = {"rev-parse", "--verify", "--quiet",
			arena_printf(work->arena, "HEAD:%s", path->path), NULL};
	const char *const now[] = {"hash-object", "--path", path->path, "--", path->before, NULL};
	const char *id = repo_ask(work->repo, then, NULL, false, NULL);
	const char *kept = id != NULL ? repo_ask(work->repo, now, NULL, false, NULL) : NULL;
	return kept != NULL && streq(id, kept);
}

/* Paths that Git is told to ignore are left out, unless it has them already. */
static int leave_ignored(struct work *work, const struct buf *paths, struct err *err) {
	const char *const args[] = {"check-ignore", "-z", "--stdin", NULL};
	struct buf ignored _cleanup_buf_ = BUF_INIT;
	const struct repo_step step = {.input = paths->data, .input_size = paths->len,
			.output = &ignored};
	struct child_result result;
	if (paths->len == 0) {
		return 0;
	}
	if (repo_git(work->repo, args, &step, &result, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < work->commit->paths.count; i++) {
		struct commit_path *path = &work->commit->paths.items[i];
		const char *at = ignored.data, *end = at + ignored.len;
		for (; at < end && !path->out; at += strlen(at) + 1) {
			if (streq(at + 2, path->path)) {
				note(work, path, "Git is told to ignore it");
			}
		}
	}
	return 0;
}

static bool is_there(const struct work *work, const char *path) {
	struct stat info;
	return lstat(path_join(work->repo->profile, path, work->arena), &info) == 0;
}

/* Whatever else came back with it was the person's, and not committed then. */
static int add_returned(struct work *work, struct commit_path *path, struct err *err) {
	struct known known;
	size_t size = strlen(path->path) + 1;
	int result = known_find(&known, work->repo, path->path, err);
	if (result == 0 && known.unknown == 0) {
		add_there(work, path->path, size);
	} else if (result == 0 && known.paths.len == 0) {
		note(work, path, "what came back had never been committed");
	} else if (result == 0) {
		VEC_ADD(&work->commit->notes, arena_printf(work->arena, "'%s' is not committed as a "
					"whole: %zu of its files had never been committed", path->path,
				known.unknown));
		add_gone(work, path->path, size);
		add_there(work, known.paths.data, known.paths.len);
	}
	known_release(&known);
	return result;
}

static int add_whole(struct work *work, struct err *err) {
	struct buf there _cleanup_buf_ = BUF_INIT;
	for (size_t i = 0; i < work->commit->paths.count; i++) {
		const struct commit_path *path = &work->commit->paths.items[i];
		if (is_there(work, path->path)) {
			/* This one command has no literal paths; behind "./" they are. */
			buf_adds(&there, "./");
			buf_add(&there, path->path, strlen(path->path) + 1);
		}
	}
	if (leave_ignored(work, &there, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < work->commit->paths.count; i++) {
		struct commit_path *path = &work->commit->paths.items[i];
		if (path->out || path->rewrite != NULL) {
			continue;
		}
		if (path->before != NULL && !was_clean(work, path)) {
			note(work, path, "it had edits of yours before");
			continue;
		}
		size_t size = strlen(path->path) + 1;
		if (!is_there(work, path->path)) {
			add_gone(work, path->path, size);
		} else if (!path->returned) {
			add_there(work, path->path, size);
		} else if (add_returned(work, path, err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* --- the two indexes ----------------------------------------------------------------------- */

static int stage_part(const struct work *work, const char *index, const char *const args[],
		const struct buf *input, struct err *err) {
	const struct repo_step step = {.index = index, .literal = true, .input = input->data,
			.input_size = input->len};
	return input->len == 0 || repo_ask(work->repo, args, &step, true, err) != NULL ? 0 : -1;
}

static int stage(const struct work *work, const char *index, const struct staging *staging,
		struct err *err) {
	static const char *const gone[] = {"rm", "-r", "-f", "--cached", "--quiet",
			"--ignore-unmatch", "--pathspec-from-file=-", "--pathspec-file-nul", NULL};
	static const char *const there[] = {"add", "-A", "--pathspec-from-file=-",
			"--pathspec-file-nul", NULL};
	static const char *const exact[] = {"update-index", "-z", "--index-info", NULL};
	return stage_part(work, index, gone, &staging->gone, err) < 0 ||
					stage_part(work, index, there, &staging->there, err) < 0 ||
					stage_part(work, index, exact, &staging->exact, err) < 0
			? -1
			: 0;
}

static void drop(const struct work *work, const char *index) {
	(void)unlink(index);
	(void)unlink(arena_printf(work->arena, "%s.lock", index));
}

static int copy_index(const struct work *work, const char *to, struct err *err) {
	const char *index = path_join(work->repo->git_dir, "index", work->arena);
	drop(work, to);
	if (copy_file(AT_FDCWD, index, AT_FDCWD, to, false) < 0 && errno != ENOENT) {
		return err_sys(err, "cannot copy the index of the profile");
	}
	return 0;
}

/* *ret_differs: the commit would not be empty. */
static int make_indexes(const struct work *work, bool *ret_differs, struct err *err) {
	const struct repo *repo = work->repo;
	const char *const empty[] = {"read-tree", "--empty", NULL};
	/* By way of the person's index, so that what is known of unchanged files stays known. */
	const char *const full[] = {"read-tree", "-i", "-m", repo->head, NULL};
	const char *const write[] = {"write-tree", NULL};
	const struct repo_step ours = {.index = work->ours};
	const char *index = path_join(repo->git_dir, "index", work->arena);
	*ret_differs = false;
	if (copy_index(work, work->next, err) < 0 || copy_index(work, work->ours, err) < 0) {
		return -1;
	}
	if (stage(work, work->next, &work->for_next, err) < 0 ||
			repo_ask(repo, repo->head != NULL ? full : empty, &ours, true, err) == NULL ||
			stage(work, work->ours, &work->for_ours, err) < 0) {
		return -1;
	}
	const char *tree = repo_ask(repo, write, &ours, true, err);
	*ret_differs = tree != NULL && (repo->head_tree == NULL || !streq(tree, repo->head_tree));
	if (tree == NULL) {
		return -1;
	}
	/* Without anything staged there was no index, and there is none. */
	if (rename(work->next, index) < 0 && errno != ENOENT) {
		return err_sys(err, "cannot replace the index of the profile");
	}
	return 0;
}

/* --- committing ---------------------------------------------------------------------------- */

static void add_message(const struct work *work, struct buf *out) {
	size_t lines = 0;
	buf_addf(out, "%s\n", work->commit->subject);
	for (size_t i = 0; i < work->commit->paths.count; i++) {
		const struct commit_path *path = &work->commit->paths.items[i];
		if (!path->out && path->line != NULL && lines++ < LINES_MAX) {
			buf_addf(out, "%s%s\n", lines == 1 ? "\n" : "", path->line);
		}
	}
	if (lines > LINES_MAX) {
		buf_addf(out, "and %zu more\n", lines - LINES_MAX);
	}
}

static int explain(const struct work *work, const struct child_result *result,
		const struct buf *said, struct err *err) {
	const char *const author[] = {"var", "GIT_AUTHOR_IDENT", NULL};
	const char *const committer[] = {"var", "GIT_COMMITTER_IDENT", NULL};
	if (result->end != CHILD_EXITED) {
		return err_set(err, ERR_FAILED, "'git commit' was interrupted");
	}
	if (repo_ask(work->repo, author, NULL, false, NULL) == NULL ||
			repo_ask(work->repo, committer, NULL, false, NULL) == NULL) {
		(void)err_set(err, ERR_FAILED, "Git does not know who you are");
		err_hint(err, "lumina git config user.name 'Your Name' && "
			      "lumina git config user.email you@example.org");
		return -1;
	}
	size_t n = said->len;
	while (n > 0 && said->data[n - 1] == '\n') {
		n--;
	}
	(void)err_set(err, ERR_FAILED, "'git commit' failed%s%.*s", n > 0 ? ":\n" : "", (int)n,
			said->data);
	err_hint(err, "what changed is staged: lumina git commit");
	return -1;
}

static int run_commit(struct work *work, struct err *err) {
	const char *const args[] = {"commit", "--quiet", "--file=-", NULL};
	const char *const head[] = {"rev-parse", "HEAD", NULL};
	struct buf message _cleanup_buf_ = BUF_INIT, said _cleanup_buf_ = BUF_INIT;
	struct child_result result;
	add_message(work, &message);
	const struct repo_step step = {.index = work->ours, .input = message.data,
			.input_size = message.len, .output = &said, .errors = &said};
	if (repo_git(work->repo, args, &step, &result, err) < 0) {
		return -1;
	}
	if (result.end != CHILD_EXITED || result.code != 0) {
		return explain(work, &result, &said, err);
	}
	work->commit->id = repo_ask(work->repo, head, NULL, true, err);
	return work->commit->id != NULL ? 0 : -1;
}

static int sort_out(struct work *work, struct err *err) {
	const char *const list[] = {"ls-files", "--stage", "-z", NULL};
	const struct repo_step step = {.output = &work->listing};
	struct entry unmerged;
	if (repo_ask(work->repo, list, &step, true, err) == NULL) {
		return -1;
	}
	if (find_entry(work, NULL, &unmerged)) {
		(void)err_set(err, ERR_FAILED, "the profile has unmerged paths");
		err_hint(err, "lumina git status");
		return -1;
	}
	if (add_whole(work, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < work->commit->paths.count; i++) {
		struct commit_path *path = &work->commit->paths.items[i];
		if (path->rewrite != NULL && !path->out && add_edited(work, path, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int commit_locked(struct work *work, struct err *err) {
	bool differs;
	const char *what = repo_in_progress(work->repo);
	if (what != NULL) {
		(void)err_set(err, ERR_FAILED, "%s is in progress in the profile", what);
		err_hint(err, "lumina git status");
		return -1;
	}
	if (repo_look(work->repo, err) < 0) {
		return -1;
	}
	if (sort_out(work, err) < 0 || make_indexes(work, &differs, err) < 0) {
		return -1;
	}
	return differs ? run_commit(work, err) : 0;
}

int commit_make(struct commit *commit, struct repo *repo, struct err *err) {
	struct work work = {
		.commit = commit,
		.repo = repo,
		.arena = repo->arena,
		.listing = BUF_INIT,
		.next = path_join(repo->git_dir, "lumina-index", repo->arena),
		.ours = path_join(repo->git_dir, "lumina-index-commit", repo->arena),
		.for_next = {BUF_INIT, BUF_INIT, BUF_INIT},
		.for_ours = {BUF_INIT, BUF_INIT, BUF_INIT},
	};
	struct buf *bufs[] = {&work.listing, &work.for_next.there, &work.for_next.gone,
			&work.for_next.exact, &work.for_ours.there, &work.for_ours.gone,
			&work.for_ours.exact};
	const char *lock = path_join(repo->git_dir, "index.lock", repo->arena);
	signals_hold();
	int fd = index_lock_take(lock, repo->umask, err);
	int result = -1;
	if (fd >= 0) {
		result = commit_locked(&work, err);
		drop(&work, work.next);
		drop(&work, work.ours);
		index_lock_drop(lock, fd);
	}
	signals_release();
	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++) {
		buf_release(bufs[i]);
	}
	return result;
}

void commit_release(struct commit *commit) {
	VEC_RELEASE(&commit->paths);
	VEC_RELEASE(&commit->notes);
}
