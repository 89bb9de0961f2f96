/* SPDX-License-Identifier: MIT */
#include "exec/repo.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"

enum { ARGS_MAX = 24 };

int repo_git(const struct repo *repo, const char *const args[], const struct repo_step *step,
		struct child_result *ret, struct err *err) {
	static const struct repo_step plain = {0};
	const struct repo_step *how = step != NULL ? step : &plain;
	const char *argv[ARGS_MAX + 4] = {"git", "-C", repo->profile};
	size_t count = 3;
	for (size_t i = 0; args[i] != NULL && i < ARGS_MAX; i++) {
		argv[count++] = args[i];
	}
	/* Literal excludes the others, which the person's shell may have set. */
	static const char *const literal[] = {"GIT_LITERAL_PATHSPECS=1", "GIT_GLOB_PATHSPECS=0",
			"GIT_NOGLOB_PATHSPECS=0", "GIT_ICASE_PATHSPECS=0"};
	enum { NLITERAL = sizeof(literal) / sizeof(literal[0]) };
	const char *env[REPO_ENV_MAX + NLITERAL + 2] = {0};
	size_t nenv = 0;
	while (how->literal && nenv < NLITERAL) {
		env[nenv] = literal[nenv];
		nenv++;
	}
	if (how->index != NULL) {
		env[nenv++] = arena_printf(repo->arena, "GIT_INDEX_FILE=%s", how->index);
	}
	for (size_t i = 0; how->env != NULL && how->env[i] != NULL && i < REPO_ENV_MAX; i++) {
		env[nenv++] = how->env[i];
	}
	const struct child child = {
		.argv = argv,
		.env = env,
		.umask = repo->umask,
		.git = true,
		.input = how->input,
		.input_size = how->input_size,
		.output = how->output,
		.errors = how->errors,
		.timeout_ms = how->timeout_ms,
		.apart = how->apart,
	};
	return child_run(&child, ret, err);
}

const char *repo_complaint(const struct buf *errors, struct arena *arena) {
	static const char *const prefixes[] = {"fatal: ", "error: "};
	struct str found = {"", 0};
	for (const char *line = errors->data; *line != '\0';) {
		size_t n = strcspn(line, "\n");
		struct str text = {line, n};
		if (n > 0 && !str_starts(text, "hint: ") && !str_starts(text, "warning: ")) {
			found = text;
		}
		line += n + (line[n] == '\n');
	}
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (str_starts(found, prefixes[i])) {
			found.p += strlen(prefixes[i]);
			found.n -= strlen(prefixes[i]);
		}
	}
	return arena_strndup(arena, found.p, found.n);
}

const char *repo_ask(const struct repo *repo, const char *const args[],
		const struct repo_step *step, bool needed, struct err *err) {
	struct buf output _cleanup_buf_ = BUF_INIT, errors _cleanup_buf_ = BUF_INIT;
	struct repo_step how = step != NULL ? *step : (struct repo_step){0};
	struct child_result result;
	struct err ignored = {0};
	how.output = how.output != NULL ? how.output : &output;
	how.errors = &errors;
	if (repo_git(repo, args, &how, &result, needed ? err : &ignored) < 0) {
		err_release(&ignored);
		return NULL;
	}
	if (result.end != CHILD_EXITED || result.code != 0) {
		const char *why = repo_complaint(&errors, repo->arena);
		if (needed) {
			(void)err_set(err, ERR_FAILED, "'git %s' failed%s%s", args[0],
					why[0] != '\0' ? ": " : "", why);
		}
		return NULL;
	}
	return arena_strndup(repo->arena, how.output->data, strcspn(how.output->data, "\n"));
}

int repo_open(struct repo *repo, const struct facts *facts, struct arena *arena,
		struct err *err) {
	*repo = (struct repo){.profile = facts->profile, .umask = facts->umask, .arena = arena};
	if (access(path_join(facts->profile, ".git", arena), F_OK) < 0) {
		return 0;
	}
	const char *const args[] = {"rev-parse", "--absolute-git-dir", NULL};
	struct err problem = {0};
	repo->git_dir = repo_ask(repo, args, NULL, true, &problem);
	if (repo->git_dir == NULL && problem.kind == ERR_NO_PROGRAM) {
		*err = problem;
		return -1;
	}
	err_release(&problem);
	return repo->git_dir != NULL && repo->git_dir[0] == '/';
}

int repo_look(struct repo *repo, struct err *err) {
	const char *const args[] = {"rev-parse", "HEAD^{commit}", "HEAD^{tree}", NULL};
	struct buf text _cleanup_buf_ = BUF_INIT;
	const struct repo_step step = {.output = &text};
	struct child_result result;
	repo->head = repo->head_tree = NULL;
	if (repo_git(repo, args, &step, &result, err) < 0) {
		return -1;
	}
	size_t n = strcspn(text.data, "\n");
	if (result.end == CHILD_EXITED && result.code == 0 && text.data[n] == '\n') {
		const char *tree = text.data + n + 1;
		repo->head = arena_strndup(repo->arena, text.data, n);
		repo->head_tree = arena_strndup(repo->arena, tree, strcspn(tree, "\n"));
	}
	return 0;
}

const char *repo_in_progress(const struct repo *repo) {
	static const struct {
		const char *file, *what;
	} marks[] = {
		{"MERGE_HEAD", "a merge"},
		{"rebase-merge", "a rebase"},
		{"rebase-apply", "a rebase"},
		{"CHERRY_PICK_HEAD", "a cherry-pick"},
		{"REVERT_HEAD", "a revert"},
		{"BISECT_LOG", "a bisect"},
	};
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (access(path_join(repo->git_dir, marks[i].file, repo->arena), F_OK) == 0) {
			return marks[i].what;
		}
	}
	return NULL;
}

static bool is_set(const char *variable) {
	const char *value = getenv(variable);
	return value != NULL && value[0] != '\0';
}

const char *const *repo_unattended(const struct repo *repo) {
	/* An empty GIT_ASKPASS also keeps SSH_ASKPASS and core.askPass from opening a window. */
	static const char *const plain[] = {"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=",
			"SSH_ASKPASS_REQUIRE=never", "GCM_INTERACTIVE=never", NULL};
	static const char *const with_ssh[] = {"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=",
			"SSH_ASKPASS_REQUIRE=never", "GCM_INTERACTIVE=never",
			"GIT_SSH_COMMAND=ssh -o BatchMode=yes", NULL};
	const char *const args[] = {"config", "--get", "core.sshCommand", NULL};
	if (is_set("GIT_SSH_COMMAND") || is_set("GIT_SSH") ||
			repo_ask(repo, args, NULL, false, NULL) != NULL) {
		return plain; /* the person's own choice */
	}
	return with_ssh;
}
