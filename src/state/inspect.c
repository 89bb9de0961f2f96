/* SPDX-License-Identifier: MIT */
#include "state/inspect.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "state/peek.h"
#include "sys/file.h"

/* Longer files are data, not configuration. */
enum { READ_MAX = 1 << 20 };

/* Tokens with a prefix of their own: so many characters of their alphabet must follow. */
static const struct token {
	const char *prefix;
	size_t least;
	const char *what;
} tokens[] = {
	{"AGE-SECRET-KEY-1", 50, "an age key"},
	{"AKIA", 16, "an AWS access key"},
	{"ghp_", 36, "a GitHub token"},
	{"gho_", 36, "a GitHub token"},
	{"ghs_", 36, "a GitHub token"},
	{"github_pat_", 40, "a GitHub token"},
	{"glpat-", 20, "a GitLab token"},
	{"hf_", 34, "a Hugging Face token"},
	{"npm_", 36, "an npm token"},
	{"sk-ant-", 40, "an API key"},
	{"sk-proj-", 40, "an API key"},
	{"sk_live_", 24, "a Stripe key"},
	{"xoxb-", 24, "a Slack token"},
	{"xoxp-", 24, "a Slack token"},
	{"AIza", 35, "a Google API key"},
};

static const char *find_text(struct str line, const char *text) {
	return memmem(line.p, line.n, text, strlen(text));
}

static bool is_token_at(const char *at, const char *end, const struct token *token) {
	size_t n = 0;
	for (at += strlen(token->prefix); at < end; at++, n++) {
		if (!isalnum((unsigned char)*at) && *at != '_' && *at != '-') {
			break;
		}
	}
	return n >= token->least;
}

const char *secret_in(struct str line) {
	if (find_text(line, "-----BEGIN ") != NULL && find_text(line, "PRIVATE KEY") != NULL) {
		return "a private key";
	}
	if (find_text(line, "PuTTY-User-Key-File-") != NULL) {
		return "a PuTTY key";
	}
	if (find_text(line, "_authToken=") != NULL && find_text(line, "${") == NULL) {
		return "an npm token";
	}
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		struct str rest = line;
		const char *at;
		while ((at = find_text(rest, tokens[i].prefix)) != NULL) {
			bool begins = at == line.p || !isalnum((unsigned char)at[-1]);
			if (begins && is_token_at(at, line.p + line.n, &tokens[i])) {
				return tokens[i].what;
			}
			rest = (struct str){at + 1, (size_t)(line.p + line.n - (at + 1))};
		}
	}
	return NULL;
}

struct inspect {
	struct findings *findings;
	const struct facts *facts;
	struct arena *arena;
	dev_t device;
	const char *root; /* absolute path of what is looked into */
};

static void find(struct inspect *inspect, enum finding_kind kind, const char *path,
		unsigned line, const char *what) {
	if (inspect->findings->count < FINDINGS_MAX) {
		VEC_ADD(inspect->findings, (struct finding){kind, path, line, what});
	}
}

static void read_file(struct inspect *inspect, const char *path, const char *name) {
	struct arena scratch;
	arena_init(&scratch);
	char *bytes;
	size_t size;
	if (file_read(AT_FDCWD, name, READ_MAX, &scratch, &bytes, &size, NULL) < 0) {
		if (errno != EFBIG) {
			find(inspect, FINDING_HIDDEN, path, 0,
					arena_strdup(inspect->arena, strerror(errno)));
		}
		arena_release(&scratch);
		return;
	}
	unsigned number = 1;
	for (const char *line = bytes; line < bytes + size; number++) {
		const char *end = memchr(line, '\n', size - (size_t)(line - bytes));
		end = end != NULL ? end : bytes + size;
		const char *what = secret_in((struct str){line, (size_t)(end - line)});
		if (what != NULL) {
			find(inspect, FINDING_SECRET, path, number, what);
			break; /* one is enough for a file */
		}
		line = end + 1;
	}
	arena_release(&scratch);
}

/* From the profile, a relative link that leaves the folder would lead elsewhere. */
static void look_at_link(struct inspect *inspect, const char *path, const char *name) {
	struct stamp seen;
	peek(path, inspect->facts, inspect->arena, &seen);
	if (seen.kind != STAMP_LINK || seen.text[0] == '/') {
		return;
	}
	const char *folder = arena_strndup(inspect->arena, name,
			(size_t)(path_name(name) - name) - 1);
	const char *leads = path_fold_absolute(path_join(folder, seen.text, inspect->arena),
			inspect->arena);
	if (!path_is_under(leads, inspect->root)) {
		find(inspect, FINDING_LINK, path, 0,
				arena_printf(inspect->arena, "it is a link to '%s', out of the folder that is "
							     "added: from the profile it would lead elsewhere",
						seen.text));
	}
}

static void look_into(struct inspect *inspect, const char *path);

static void visit(struct inspect *inspect, const char *path) {
	const char *name = peek_open_name(path, inspect->facts, inspect->arena);
	struct stat info;
	if (lstat(name, &info) < 0) {
		find(inspect, FINDING_HIDDEN, path, 0, arena_strdup(inspect->arena, strerror(errno)));
		return;
	}
	if (info.st_uid != inspect->facts->uid) {
		find(inspect, FINDING_OWNER, path, 0, "it belongs to another user");
	}
	if (info.st_dev != inspect->device) {
		find(inspect, FINDING_MOUNT, path, 0, "another file system is mounted there");
	} else if (S_ISREG(info.st_mode)) {
		read_file(inspect, path, name);
	} else if (S_ISDIR(info.st_mode)) {
		look_into(inspect, path);
	} else if (S_ISLNK(info.st_mode)) {
		look_at_link(inspect, path, name);
	} else {
		find(inspect, FINDING_ODD, path, 0, "it is a socket, pipe or device");
	}
}

static void look_into(struct inspect *inspect, const char *path) {
	DIR *stream = opendir(peek_open_name(path, inspect->facts, inspect->arena));
	if (stream == NULL) {
		find(inspect, FINDING_HIDDEN, path, 0, arena_strdup(inspect->arena, strerror(errno)));
		return;
	}
	const struct dirent *entry;
	while ((entry = readdir(stream)) != NULL) {
		if (streq(entry->d_name, ".git")) {
			find(inspect, FINDING_GIT, path, 0, "it is a Git repository of its own: the "
							    "profile would record no more than a pointer to it");
		} else if (!streq(entry->d_name, ".") && !streq(entry->d_name, "..")) {
			visit(inspect, path_join(path, entry->d_name, inspect->arena));
		}
	}
	(void)closedir(stream);
}

void inspect(struct findings *findings, const char *path, const struct facts *facts,
		struct arena *arena) {
	*findings = (struct findings){0};
	struct stat info;
	const char *name = peek_open_name(path, facts, arena);
	if (lstat(name, &info) == 0) {
		struct inspect state = {findings, facts, arena, info.st_dev, name};
		visit(&state, path);
	}
}

void findings_release(struct findings *findings) {
	VEC_RELEASE(findings);
}
