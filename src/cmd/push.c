/* SPDX-License-Identifier: MIT */
#include "cmd/push.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "sys/file.h"
#include "sys/signals.h"

enum { PUSH_MS = 10000, SEEN_SIZE_MAX = 65536 };

/* Where a repository is public more often than not. */
static const char *const forges[] = {"github.com", "gitlab.com", "codeberg.org", "bitbucket.org",
		"git.sr.ht", "gitee.com", "framagit.org", "notabug.org", "gitlab.freedesktop.org",
		"gitlab.gnome.org", "salsa.debian.org", "disroot.org", "gitea.com"};

/* The forge that a remote's URL names: "https://u:p@github.com/…", "git@github.com:…". */
static const char *forge_of(const char *url) {
	const char *host = strstr(url, "://");
	host = host != NULL ? host + 3 : url;
	const char *at = memchr(host, '@', strcspn(host, "/"));
	host = at != NULL ? at + 1 : host;
	size_t n = strcspn(host, "/:");
	for (size_t i = 0; i < sizeof(forges) / sizeof(forges[0]); i++) {
		size_t length = strlen(forges[i]);
		bool below = n > length && host[n - length - 1] == '.';
		if ((n == length || below) &&
				strncasecmp(host + n - length, forges[i], length) == 0) {
			return forges[i];
		}
	}
	return NULL;
}

/* The remote that the present branch is pushed to. */
static const char *find_remote(const struct repo *repo) {
	const char *const args[] = {"for-each-ref", "--format=%(HEAD)%(push:remotename)",
			"refs/heads", NULL};
	struct buf text _cleanup_buf_ = BUF_INIT;
	const struct repo_step step = {.output = &text};
	if (repo_ask(repo, args, &step, false, NULL) != NULL) {
		for (const char *line = text.data; *line != '\0';) {
			size_t n = strcspn(line, "\n");
			if (line[0] == '*' && n > 1) {
				return arena_strndup(repo->arena, line + 1, n - 1);
			}
			line += n + (line[n] == '\n');
		}
	}
	return "origin";
}

/* True the first time; kept in the cache, since nothing depends on it. */
static bool is_news(const struct app *app, const char *remote, const char *forge,
		struct arena *arena) {
	const char *path = path_join(app->facts.cache, "public-remotes", arena);
	const char *line = arena_printf(arena, "%s %s\n", remote, forge);
	char *bytes;
	size_t size;
	struct file_mark mark;
	if (file_read(AT_FDCWD, path, SEEN_SIZE_MAX, arena, &bytes, &size, &mark) == 0 &&
			strstr(bytes, line) != NULL) {
		return false;
	}
	(void)file_make_folders(app->facts.cache);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
			0600);
	if (fd >= 0) {
		(void)file_write_all(fd, line, strlen(line));
	}
	return true;
}

static void warn_of_forge(const struct app *app, const struct repo *repo, const char *remote) {
	const char *const plain[] = {"config", "--get",
			arena_printf(repo->arena, "remote.%s.url", remote), NULL};
	const char *const real[] = {"remote", "get-url", "--push", remote, NULL};
	const char *urls[] = {repo_ask(repo, plain, NULL, false, NULL),
			repo_ask(repo, real, NULL, false, NULL), remote};
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		const char *forge = urls[i] != NULL ? forge_of(urls[i]) : NULL;
		if (forge == NULL) {
			continue;
		}
		if (is_news(app, remote, forge, repo->arena)) {
			app_warn(app, "'git: {push: true}' pushes the profile to %s: is that repository "
				      "private?", forge);
		}
		return;
	}
}

static void explain(const struct app *app, const struct repo *repo, const char *remote,
		const struct buf *said) {
	const char *const upstream[] = {"rev-parse", "--verify", "--quiet", "@{upstream}", NULL};
	const char *const list[] = {"remote", NULL};
	const char *first = repo_ask(repo, list, NULL, false, NULL);
	if (first == NULL || first[0] == '\0') {
		app_warn(app, "not pushed: the profile has no remote");
		app_hint(app, "lumina git remote add origin URL && lumina git push -u origin HEAD");
	} else if (repo_ask(repo, upstream, NULL, false, NULL) == NULL) {
		app_warn(app, "not pushed: %s", repo_complaint(said, repo->arena));
		app_hint(app, "lumina git push -u %s HEAD", remote);
	} else {
		app_warn(app, "not pushed: %s", repo_complaint(said, repo->arena));
		app_hint(app, "lumina git push");
	}
}

void push_run(struct app *app, const struct repo *repo) {
	const char *const args[] = {"push", "--quiet", "--recurse-submodules=no", NULL};
	struct buf said _cleanup_buf_ = BUF_INIT;
	struct child_result result = {0};
	struct err err = {0};
	const char *remote = find_remote(repo);
	warn_of_forge(app, repo, remote);
	const struct repo_step step = {.output = &said, .errors = &said, .timeout_ms = PUSH_MS,
			.apart = true, .env = repo_unattended(repo)};
	signals_hold();
	int run = repo_git(repo, args, &step, &result, &err);
	signals_release();
	if (run < 0) {
		app_warn(app, "not pushed: %s", err.text);
		err_release(&err);
	} else if (result.end == CHILD_LATE) {
		app_warn(app, "not pushed: no answer within %d seconds", PUSH_MS / 1000);
		app_hint(app, "lumina git push");
	} else if (result.end != CHILD_EXITED) {
		app_warn(app, "not pushed: interrupted");
		app_hint(app, "lumina git push");
	} else if (result.code != 0) {
		explain(app, repo, remote, &said);
	}
}
