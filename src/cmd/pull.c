/* SPDX-License-Identifier: MIT */
#include "cmd/pull.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/change.h"
#include "exec/repo.h"
#include "sys/signals.h"

enum { FETCH_MS = 30000, NAMED_MAX = 5 };

/* A person who can be asked for a password. */
static bool has_terminal(void) {
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* 1, or 0 after a warning; -1 with err if a signal came. */
static int fetch(struct app *app, const struct repo *repo, struct err *err) {
	const char *const args[] = {"-c", "submodule.recurse=false", "fetch", "--quiet",
			"--no-recurse-submodules", NULL};
	struct buf said _cleanup_buf_ = BUF_INIT;
	struct child_result result = {0};
	bool asks = has_terminal();
	const struct repo_step step = {.output = &said, .errors = &said, .timeout_ms = FETCH_MS,
			.apart = !asks, .env = asks ? NULL : repo_unattended(repo)};
	signals_hold();
	int run = repo_git(repo, args, &step, &result, err);
	int signal = signals_pending();
	signals_release();
	if (run < 0) {
		return -1;
	}
	if (signal != 0) {
		(void)err_set(err, ERR_SIGNAL, "interrupted; nothing was changed");
		err->code = signal;
		return -1;
	}
	if (result.end == CHILD_EXITED && result.code == 0) {
		return 1;
	}
	const char *why = repo_complaint(&said, repo->arena);
	if (result.end == CHILD_LATE) {
		app_warn(app, "not pulled: no answer within %d seconds", FETCH_MS / 1000);
	} else {
		app_warn(app, "not pulled: %s", why[0] != '\0' ? why : "'git fetch' failed");
	}
	return 0;
}

struct distance {
	unsigned long here, there; /* commits that only one side has */
	const char *upstream;      /* "origin/main" */
};

/* False if there is no upstream. */
static bool measure(struct repo *repo, struct distance *ret) {
	const char *const name[] = {"rev-parse", "--abbrev-ref", "@{upstream}", NULL};
	const char *const both[] = {"rev-list", "--count", "--left-right", "HEAD...@{upstream}", NULL};
	const char *const one[] = {"rev-list", "--count", "@{upstream}", NULL};
	*ret = (struct distance){.upstream = repo_ask(repo, name, NULL, false, NULL)};
	const char *counts = repo_ask(repo, repo->head != NULL ? both : one, NULL, false, NULL);
	if (ret->upstream == NULL || counts == NULL) {
		return false;
	}
	char *end = NULL;
	ret->here = repo->head != NULL ? strtoul(counts, &end, 10) : 0;
	ret->there = strtoul(end != NULL ? end : counts, NULL, 10);
	return true;
}

static const char *commits(unsigned long count, struct arena *arena) {
	return arena_printf(arena, "%lu %s", count, count == 1 ? "commit" : "commits");
}

/* "'a', 'b' and 3 more": the files that Git lists, one a line behind a tab. */
static const char *listed_files(const struct buf *said, struct arena *arena) {
	struct buf names _cleanup_buf_ = BUF_INIT;
	size_t count = 0;
	for (const char *line = said->data; *line != '\0';) {
		size_t n = strcspn(line, "\n");
		if (line[0] == '\t' && count++ < NAMED_MAX) {
			buf_addf(&names, "%s'%.*s'", count > 1 ? ", " : "", (int)n - 1, line + 1);
		}
		line += n + (line[n] == '\n');
	}
	if (count > NAMED_MAX) {
		buf_addf(&names, " and %zu more", count - NAMED_MAX);
	}
	return arena_strndup(arena, names.data, names.len);
}

static int explain(const struct repo *repo, const struct distance *distance,
		const struct buf *said, struct err *err) {
	const char *files = listed_files(said, repo->arena);
	if (files[0] == '\0') {
		(void)err_set(err, ERR_REFUSED, "cannot pull %s from '%s': %s; nothing was changed",
				commits(distance->there, repo->arena), distance->upstream,
				repo_complaint(said, repo->arena));
		err_hint(err, "lumina git status");
		return -1;
	}
	(void)err_set(err, ERR_REFUSED, "%s of '%s' would overwrite what you changed here: %s; nothing "
					"was changed", commits(distance->there, repo->arena),
			distance->upstream, files);
	err_hint(err, "commit it, or: lumina git stash -u && lumina sync --pull && lumina git stash pop");
	return -1;
}

/* Nothing of Lumina's is under way meanwhile, and nothing of Git's. */
static int forward(struct app *app, const struct repo *repo, const struct distance *distance,
		struct err *err) {
	const char *const args[] = {"-c", "submodule.recurse=false", "merge", "--ff-only", "--quiet",
			"--no-overwrite-ignore", "--no-autostash", "@{upstream}", NULL};
	struct change change = {.app = app, .command = "sync",
			.store = {.dir = -1, .generations = -1, .lock = -1}};
	struct buf said _cleanup_buf_ = BUF_INIT;
	struct child_result result = {0};
	bool recovered;
	if (change_wait_for_git(app, err) < 0 || change_open(&change, &recovered, err) < 0) {
		change_close(&change);
		return -1;
	}
	/* Out of reach of Ctrl-C: it would leave the files of two commits. */
	const struct repo_step step = {.output = &said, .errors = &said, .apart = true};
	signals_hold();
	int run = repo_git(repo, args, &step, &result, err);
	int signal = signals_pending();
	signals_release();
	change_close(&change);
	if (run < 0) {
		return -1;
	}
	if (result.end != CHILD_EXITED || result.code != 0) {
		return explain(repo, distance, &said, err);
	}
	app_note(app, "pulled %s from '%s'", commits(distance->there, repo->arena),
			distance->upstream);
	if (signal != 0) {
		(void)err_set(err, ERR_SIGNAL, "interrupted; the profile is pulled, but not synced");
		err->code = signal;
		return -1;
	}
	return 0;
}

static int check_progress(const struct repo *repo, struct err *err) {
	const char *what = repo_in_progress(repo);
	if (what == NULL) {
		return 0;
	}
	(void)err_set(err, ERR_REFUSED, "cannot pull: %s is in progress in the profile; nothing was "
					"changed", what);
	err_hint(err, "lumina git status");
	return -1;
}

static int pull(struct app *app, struct repo *repo, bool dry_run, struct err *err) {
	const char *const remotes[] = {"remote", NULL};
	const char *remote = repo_ask(repo, remotes, NULL, false, NULL);
	if (remote == NULL || remote[0] == '\0') {
		app_warn(app, "not pulled: the profile has no remote");
		app_hint(app, "lumina git remote add origin URL");
		return 0;
	}
	int fetched = check_progress(repo, err) < 0 ? -1 : fetch(app, repo, err);
	if (fetched <= 0) {
		return fetched;
	}
	struct distance distance;
	if (repo_look(repo, err) < 0) {
		return -1;
	}
	if (!measure(repo, &distance)) {
		app_warn(app, "not pulled: no branch with an upstream is checked out");
		app_hint(app, "lumina git branch --set-upstream-to=%s/BRANCH", remote);
		return 0;
	}
	if (distance.there == 0) {
		return 0;
	}
	if (distance.here > 0) {
		(void)err_set(err, ERR_REFUSED, "the profile and '%s' have diverged: %s here, %lu there; "
						"nothing was changed", distance.upstream,
				commits(distance.here, repo->arena), distance.there);
		err_hint(err, "lumina git rebase '@{upstream}', or lumina git merge '@{upstream}'");
		return -1;
	}
	if (dry_run) {
		app_note(app, "%s of '%s' would be pulled; this is the plan without",
				commits(distance.there, repo->arena), distance.upstream);
		return 0;
	}
	return forward(app, repo, &distance, err);
}

int pull_run(struct app *app, bool dry_run, struct err *err) {
	struct repo repo;
	int is_one = repo_open(&repo, &app->facts, &app->arena, err);
	if (is_one < 0 && err->kind == ERR_NO_PROGRAM) {
		app_warn(app, "not pulled: there is no git");
		err_release(err);
		return 0;
	}
	if (is_one == 0) {
		app_note(app, "not pulled: the profile is no Git repository");
	}
	return is_one > 0 ? pull(app, &repo, dry_run, err) : is_one;
}
