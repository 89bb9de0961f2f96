/* SPDX-License-Identifier: MIT */

/*
 * What the shell's hook calls when the directory has changed: one answer on standard
 * output, or nothing. Whatever goes wrong, the exit code is 0 and nothing is said: the
 * shell stays as it is.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"
#include "cmd/cmd.h"
#include "desk/follow.h"
#include "desk/ipc.h"
#include "flow/visit.h"
#include "flow/session.h"
#include "flow/shell.h"
#include "sys/limit.h"
#include "sys/proc.h"

enum {
	DEADLINE_MS = 80, /* below the hook's 100 ms: a late answer isn't written at all */
	ID_MAX = 64,
};

extern char **environ;

/* --- the answer ---------------------------------------------------------------------------- */

struct answer {
	enum shell shell;
	struct buf text;
};

static void call(struct answer *answer, const char *function, const char *word) {
	shell_call(answer->shell, function, word, &answer->text);
}

/* direnv's folder, if it has something loaded: "-/home/u/project". */
static const char *direnv_folder(void) {
	const char *value = getenv("DIRENV_DIR");
	return value != NULL && value[0] == '-' ? value + 1 : NULL;
}

/* The hook says so: `name` is one of "_LUMINA_DIRENV", "_LUMINA_AGAIN". */
static bool is_said(const char *name) {
	const char *value = getenv(name);
	return value != NULL && streq(value, "1");
}

/* Which shell asks: another one's record is taken over, not believed. */
static const char *shell_id(void) {
	const char *id = getenv("LUMINA_SHELL_PID");
	return id != NULL && strlen(id) < ID_MAX ? id : NULL;
}

/* The folder of the .envrc that holds here; or NULL. */
static const char *envrc_folder(const struct visit *visit, struct arena *arena) {
	if (visit->envrc == NULL) {
		return NULL;
	}
	size_t n = (size_t)(path_name(visit->envrc) - visit->envrc);
	return n > 1 ? arena_strndup(arena, visit->envrc, n - 1) : "/";
}

static void find_change(struct env_change *change, const struct visit *visit, bool wanted,
		struct arena *arena) {
	const struct env_wanted env = {
		.identity = visit->identity,
		.pairs = visit->pairs.items,
		.npairs = visit->pairs.count,
		.path = visit->path.items,
		.npath = visit->path.count,
	};
	bool some = wanted && visit->identity != NULL && (env.npairs > 0 || env.npath > 0);
	environ_change(change, (const char *const *)environ, some ? &env : NULL, shell_id(), arena);
}

/*
 * Mission and direnv each put back whole values, so the one that came last has to go
 * first. Where direnv is ours, the mission lies on top: if direnv has to load or unload,
 * the mission is taken back, direnv is run, and the shell asks once more.
 */
static void add_on_top(struct answer *answer, const struct visit *visit, bool slow,
		struct arena *arena) {
	struct env_change change;
	const char *folder = visit->direnv ? envrc_folder(visit, arena) : NULL;
	bool again = folder != NULL && is_said("_LUMINA_AGAIN");
	/* direnv is looked for last: that is a look into each folder of PATH. */
	bool turns = !slow && (again || !str_same(direnv_folder(), folder)) &&
			proc_exists("direnv");
	find_change(&change, visit, !turns, arena);
	shell_steps(answer->shell, &change, &answer->text);
	if (turns && folder != NULL) {
		call(answer, "_lumina_direnv", visit->envrc);
	} else if (turns) {
		call(answer, "_lumina_direnv_off", NULL);
	}
	if (visit->slow || (turns && visit->identity != NULL)) {
		call(answer, "_lumina_slow", NULL);
	}
}

/*
 * A hook of direnv's own may load again at any prompt, and knows nothing of us: so the
 * mission lies below. Where it changes, direnv's is taken off first, the shell asks once
 * more, and direnv loads again: at its hook's turn, or, if that was before ours, now.
 */
static void add_below(struct answer *answer, const struct visit *visit, bool slow,
		struct arena *arena) {
	struct env_change change, back;
	const char *loaded = direnv_folder();
	find_change(&change, visit, true, arena);
	if (slow || loaded == NULL || change.nsteps == 0) {
		shell_steps(answer->shell, &change, &answer->text);
		if (visit->slow) {
			call(answer, "_lumina_slow", NULL);
		}
		return;
	}
	/* Nothing of a project's may be what "direnv" is; direnv puts back all of PATH anyway. */
	find_change(&back, visit, false, arena);
	for (size_t i = 0; i < back.nsteps; i++) {
		if (streq(back.steps[i].name, "PATH")) {
			const struct env_change path = {.steps = &back.steps[i], .nsteps = 1};
			shell_steps(answer->shell, &path, &answer->text);
		}
	}
	call(answer, "_lumina_direnv_off", NULL);
	call(answer, "_lumina_slow", NULL);
	if (visit->detected.dir == NULL || str_same(loaded, envrc_folder(visit, arena))) {
		call(answer, "_lumina_direnv_on", NULL);
	}
}

static void add_answer(struct answer *answer, const struct visit *visit, bool slow,
		struct arena *arena) {
	if (is_said("_LUMINA_DIRENV")) {
		add_below(answer, visit, slow, arena);
	} else {
		add_on_top(answer, visit, slow, arena);
	}
	for (size_t i = 0; i < visit->notes.count; i++) {
		call(answer, "_lumina_note", visit->notes.items[i]);
	}
	if (visit->root != NULL) {
		call(answer, "_lumina_project", visit->root);
	}
	shell_end(&answer->text);
}

/* What the terminal has now; and where that is news to the desktop, it is told behind our back. */
static void remember(const struct app *app, struct visit *visit, struct arena *arena) {
	struct session now = visit->session;
	struct err ignored = {0};
	now.desk = follow_key(visit, arena);
	bool news = !str_same(now.desk, visit->session.desk);
	/* The same wish of another project: only its name is news. */
	bool renamed = !news && now.desk != NULL && !str_same(visit->root, visit->session.root);
	uint64_t before = visit->session.asked;
	now.mission = visit->mission;
	now.label = visit->label;
	now.root = visit->root;
	now.marker = visit->marker;
	now.later = visit->later ? visit->root : NULL;
	if (session_is_same(&now, &visit->session)) {
		return;
	}
	if (news || renamed) {
		now.asked = follow_time();
	}
	if (session_save(&now, &app->facts, arena, &ignored) < 0) {
		err_release(&ignored); /* without it each change of directory would be news again */
		return;
	}
	visit->session = now;
	if (news || renamed) {
		follow_start(visit, renamed ? before : 0, &app->facts, arena);
	}
}

static void answer_shell(struct app *app, const struct flow_opts *opts, enum shell shell) {
	struct answer answer = {.shell = shell};
	struct visit visit = {0};
	const char *off = getenv("LUMINA_FLOW");
	bool is_off = opts->off || (off != NULL && streq(off, "0"));
	if (is_off) {
		visit_nowhere(&visit, &app->facts, &app->arena);
	} else if (visit_find(&visit, opts->dir, &app->facts,
			VISIT_NOTES | (opts->slow ? VISIT_SLOW : 0), &app->arena) < 0) {
		return;
	}
	add_answer(&answer, &visit, opts->slow, &app->arena);
	/* From here on it is late for nothing: a half answer is none, but a whole one counts. */
	limit_lift();
	struct err unheard = {0};
	buf_add(&app->out, answer.text.data, answer.text.len);
	buf_release(&answer.text);
	if (app_flush(app, &unheard) < 0) {
		err_release(&unheard); /* whoever asked is gone */
	}
	buf_clear(&app->out);
	remember(app, &visit, &app->arena);
	visit_release(&visit);
}

int cmd_flow(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct flow_opts *options = opts;
	enum shell shell;
	(void)argc;
	(void)argv;
	(void)err;
	if (!options->slow) {
		limit_set(DEADLINE_MS * ipc_scale());
	}
	(void)signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error like others */
	struct err problem = {0};
	if (facts_load(&app->facts, &app->arena, &problem) < 0) {
		err_release(&problem);
		return 0;
	}
	bool asks = options->dir != NULL || options->off;
	if (asks && options->shell != NULL && shell_parse(options->shell, &shell)) {
		answer_shell(app, options, shell);
	}
	return 0;
}
