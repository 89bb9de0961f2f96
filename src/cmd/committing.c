/* SPDX-License-Identifier: MIT */
#include "cmd/committing.h"

#include <string.h>

#include "base/path.h"
#include "base/vec.h"
#include "cmd/push.h"
#include "exec/commit.h"
#include "reg/load.h"
#include "state/peek.h"

enum { SUBJECT_MAX = 72 };

void committing_warn(const struct app *app, const char *text, struct err *err) {
	/* What a hook said may have many lines; each stays one. */
	const char *lines = err->text + strcspn(err->text, "\n");
	app_warn(app, "%s: %.*s", text, (int)(lines - err->text), err->text);
	struct buf rest _cleanup_buf_ = BUF_INIT;
	while (*lines == '\n') {
		size_t n = strcspn(++lines, "\n");
		buf_adds(&rest, "  ");
		buf_add_shown(&rest, lines, n);
		buf_addc(&rest, '\n');
		lines += n;
	}
	app_stderr(&rest);
	if (err->hint != NULL) {
		app_hint(app, "%s", err->hint);
	}
	err_release(err);
}

struct git_decl committing_settings(struct app *app) {
	struct registry registry;
	struct target_rules rules;
	struct diags ignored = {.arena = &app->arena};
	struct err err = {0};
	struct git_decl settings = {0};
	target_rules_init(&rules, &app->facts, &app->arena);
	if (registry_load(&registry, &app->facts, &rules, &app->arena, &ignored, &err) == 0) {
		settings = registry.git;
	}
	registry_release(&registry);
	err_release(&err);
	return settings;
}

/* --- which paths --------------------------------------------------------------------------- */

/* Relative to the profile; NULL if it doesn't lie in there, or is Git's own. */
static const char *in_profile(const struct app *app, const char *path, struct arena *arena) {
	const struct facts *facts = &app->facts;
	const char *absolute = peek_open_name(path, facts, arena);
	const char *tops[] = {facts->profile, facts->profile_real};
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		if (tops[i] == NULL || streq(absolute, tops[i]) || !path_is_under(absolute, tops[i])) {
			continue;
		}
		const char *found = absolute + strlen(tops[i]) + 1;
		return path_is_under(found, ".git") ? NULL : found;
	}
	return NULL;
}

static const char *shown(const char *text, struct arena *arena) {
	struct buf out _cleanup_buf_ = BUF_INIT;
	buf_add_shown(&out, text, strlen(text));
	return arena_strndup(arena, out.data, out.len);
}

/* "lumina.yaml: add ~/.zshrc: zsh/zshrc; add neovim to packages.base" */
static const char *describe_edits(const char *path, const struct rewrite *rewrite,
		struct arena *arena) {
	static const char *const verbs[] = {
		[EDIT_ADD] = "add", [EDIT_REMOVE] = "remove", [EDIT_SET] = "set",
	};
	struct buf line _cleanup_buf_ = BUF_INIT;
	buf_addf(&line, "%s:", path);
	for (size_t i = 0; i < rewrite->edits.count; i++) {
		const struct edit *edit = &rewrite->edits.items[i];
		const char *value = edit->value != NULL ? edit->value : "";
		buf_addf(&line, "%s %s ", i > 0 ? ";" : "", verbs[edit->kind]);
		if (edit->key == NULL) {
			buf_adds(&line, value);
			buf_adds(&line, edit->kind == EDIT_REMOVE ? " from " : " to ");
			for (size_t j = 0; edit->section[j] != NULL; j++) {
				buf_addf(&line, "%s%s", j > 0 ? "." : "", edit->section[j]);
			}
		} else {
			buf_addf(&line, edit->tree ? "%s: {tree: %s}" : "%s: %s", edit->key, value);
		}
	}
	return shown(line.data, arena);
}

static void add_path(struct commit *commit, struct commit_path path) {
	for (size_t i = 0; i < commit->paths.count; i++) {
		if (streq(commit->paths.items[i].path, path.path)) {
			return;
		}
	}
	VEC_ADD(&commit->paths, path);
}

static void add_op(struct commit *commit, const struct change *change, const struct op *op,
		struct arena *arena) {
	const struct app *app = change->app;
	const char *path = in_profile(app, op->path, arena);
	const char *partner = op->partner != NULL ? in_profile(app, op->partner, arena) : NULL;
	if (op->kind == OP_FOLDER || op->kind == OP_RMDIR || !op_changes_machine(op)) {
		return;
	}
	if (op->kind == OP_EDIT && path != NULL) {
		add_path(commit, (struct commit_path){
			.path = path,
			.line = describe_edits(path, op->rewrite, arena),
			.rewrite = op->rewrite,
		});
	} else if (path != NULL) {
		const char *before = op->merged && op->keep != NULL
				? arena_printf(arena, "%s/backups/%s", app->facts.state, op->keep)
				: NULL;
		add_path(commit, (struct commit_path){
			.path = path,
			.line = shown(arena_printf(arena, "%s: %s", path,
							op->kind == OP_UNLINK ? "removed" : "changed"),
					arena),
			.before = before,
			.returned = op->take != NULL && op->partner == NULL,
		});
	}
	if (partner != NULL) {
		add_path(commit, (struct commit_path){
			.path = partner,
			.line = shown(arena_printf(arena, op->kind == OP_ADOPT ? "%s: from %s"
										: "%s: back to %s",
							partner, op->path),
					arena),
			.returned = op->take != NULL,
		});
	}
}

/* --- the subject --------------------------------------------------------------------------- */

struct names {
	const char **items;
	size_t count, room;
};

static void add_name(struct names *names, const char *name) {
	for (size_t i = 0; i < names->count; i++) {
		if (streq(names->items[i], name)) {
			return;
		}
	}
	VEC_ADD(names, name);
}

/* What a person would say was added or forgotten: targets, else what the registry says. */
static void find_names(struct names *names, const struct change *change, struct arena *arena) {
	const struct plan *plan = &change->view.plan;
	bool traded = false;
	for (size_t i = 0; i < plan->ops.count; i++) {
		traded = traded || plan->ops.items[i].partner != NULL;
	}
	for (size_t i = 0; i < plan->ops.count; i++) {
		const struct op *op = &plan->ops.items[i];
		bool apart = op->kind == OP_FOLDER || op->kind == OP_RMDIR || op->kind == OP_EDIT ||
				!op_changes_machine(op);
		if (!apart && (!traded || op->partner != NULL) &&
				in_profile(change->app, op->path, arena) == NULL) {
			add_name(names, shown(op->path, arena));
		}
	}
	for (size_t i = 0; names->count == 0 && i < plan->ops.count; i++) {
		const struct op *op = &plan->ops.items[i];
		for (size_t j = 0; op->kind == OP_EDIT && j < op->rewrite->edits.count; j++) {
			const struct edit *edit = &op->rewrite->edits.items[j];
			const char *name = edit->key != NULL ? edit->key : edit->value;
			add_name(names, shown(name != NULL ? name : "", arena));
		}
	}
}

static size_t characters(const char *text) {
	size_t count = 0;
	for (; *text != '\0'; text++) {
		count += ((unsigned char)*text & 0xc0) != 0x80;
	}
	return count;
}

/* As many names as there is room for, "and N more" among it. */
static const char *list_names(const struct names *names, const char *head, struct arena *arena) {
	const char *best = NULL;
	struct buf line _cleanup_buf_ = BUF_INIT;
	buf_adds(&line, head);
	for (size_t i = 0; i < names->count; i++) {
		size_t rest = names->count - i - 1;
		buf_addf(&line, "%s%s", i > 0 ? ", " : " ", names->items[i]);
		const char *whole = rest > 0 ? arena_printf(arena, "%s and %zu more", line.data, rest)
					     : arena_strdup(arena, line.data);
		if (characters(whole) <= SUBJECT_MAX) {
			best = whole;
		} else if (characters(line.data) > SUBJECT_MAX) {
			break;
		}
	}
	if (best != NULL) {
		return best;
	}
	return names->count == 1 ? arena_printf(arena, "%s ...%s", head, path_name(names->items[0]))
				 : arena_printf(arena, "%s %zu entries", head, names->count);
}

static const char *make_subject(const struct change *change, struct arena *arena) {
	struct names names = {0};
	bool adopts = streq(change->command, "sync");
	const char *head = arena_printf(arena, "lumina: %s", adopts ? "adopt" : change->command);
	find_names(&names, change, arena);
	const char *subject = names.count > 0 ? list_names(&names, head, arena) : head;
	VEC_RELEASE(&names);
	size_t n = 0; /* a single name may be longer than the line */
	for (size_t count = 0; subject[n] != '\0'; n++) {
		count += ((unsigned char)subject[n] & 0xc0) != 0x80;
		if (count > SUBJECT_MAX) {
			break;
		}
	}
	return arena_strndup(arena, subject, n);
}

/* --- committing ---------------------------------------------------------------------------- */

static int make_commit(struct change *change, struct commit *commit, struct repo *repo,
		struct err *err) {
	struct app *app = change->app;
	int is_one = repo_open(repo, &app->facts, &app->arena, err);
	if (is_one < 0) {
		return -1;
	}
	if (is_one == 0) {
		(void)err_set(err, ERR_FAILED, "the profile is no Git repository");
		err_hint(err, "lumina git init");
		return -1;
	}
	commit->subject = make_subject(change, &app->arena);
	return commit_make(commit, repo, err);
}

static void run(struct change *change, const struct git_decl *settings, struct commit *commit) {
	struct app *app = change->app;
	struct repo repo;
	struct err err = {0};
	/* Hooks and the network take their time; JSON is one document, at the end. */
	if (!app->global.json && app_flush(app, &err) < 0) {
		err_release(&err);
	}
	if (make_commit(change, commit, &repo, &err) < 0) {
		committing_warn(app, "the change is done, but not committed", &err);
		return;
	}
	for (size_t i = 0; i < commit->notes.count; i++) {
		app_warn(app, "%s", commit->notes.items[i]);
	}
	if (commit->id == NULL) {
		return;
	}
	if (app->global.verbose) {
		app_note(app, "committed as %.10s: %s", commit->id, commit->subject);
	}
	if (settings->push.on) {
		push_run(app, &repo);
	}
}

void committing_run(struct change *change) {
	struct app *app = change->app;
	const struct plan *plan = &change->view.plan;
	struct commit commit = {0};
	if (change->result != RESULT_DONE) {
		return;
	}
	const struct git_decl *known = change->without_registry ? NULL : &change->view.registry.git;
	if (known == NULL || known->commit.on) {
		for (size_t i = 0; i < plan->ops.count; i++) {
			add_op(&commit, change, &plan->ops.items[i], &app->arena);
		}
	}
	if (commit.paths.count > 0) {
		const struct git_decl settings = known != NULL ? *known : committing_settings(app);
		if (settings.commit.on) {
			run(change, &settings, &commit);
		}
	}
	commit_release(&commit);
}
