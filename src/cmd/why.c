/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/path.h"
#include "base/when.h"
#include "base/words.h"
#include "cmd/view.h"
#include "exec/history.h"
#include "report/report.h"
#include "state/pacman_log.h"

/* What is known about one declaration; NULL where it doesn't apply. */
struct reason {
	const char *kind;   /* "symlink" or "package" */
	const char *name;   /* target or package */
	const char *state;
	const char *source; /* links */
	const char *by;     /* the tree or folder link that covers the target */
	const char *group;  /* packages */
	const char *host;
	const char *declared;
	const char *since;  /* "generation 3, 2026-11-23 10:11 (lumina sync)" */
	uint64_t generation;
};

static const char *describe_since(struct app *app, uint64_t generation) {
	struct journal journal;
	if (generation == 0) {
		return "found in place";
	}
	if (!history_read(app->facts.state, generation, &journal, &app->arena)) {
		return arena_printf(&app->arena, "generation %" PRIu64, generation);
	}
	const char *text = arena_printf(&app->arena, "generation %" PRIu64 ", %s (%s)", generation,
			when_local(journal.time, "%Y-%m-%d %H:%M").text, journal.command);
	journal_release(&journal);
	return text;
}

static void print_row(struct app *app, const char *label, const char *value) {
	if (value != NULL && value[0] != '\0') {
		buf_addf(&app->out, "  %s%-9s%s ", app->paint->dim, label, app->paint->off);
		buf_add_shown(&app->out, value, strlen(value));
		buf_addc(&app->out, '\n');
	}
}

static void print_reason(struct app *app, const struct reason *reason) {
	buf_adds(&app->out, app->paint->bold);
	buf_add_shown(&app->out, reason->name, strlen(reason->name));
	buf_addf(&app->out, "%s\n", app->paint->off);
	print_row(app, "declared", reason->declared != NULL ? reason->declared : "no longer");
	print_row(app, "by", reason->by);
	print_row(app, "host", reason->host);
	print_row(app, "group", reason->group);
	print_row(app, "source", reason->source);
	print_row(app, "state", reason->state);
	print_row(app, "since", reason->since);
}

static void json_reason(struct json *json, const struct reason *reason) {
	json_open_object(json, NULL);
	json_string(json, "kind", reason->kind);
	json_string(json, "name", reason->name);
	json_string(json, "declared", reason->declared);
	json_string(json, "by", reason->by);
	json_string(json, "host", reason->host);
	json_string(json, "group", reason->group);
	json_string(json, "source", reason->source);
	json_string(json, "state", reason->state);
	if (reason->generation > 0) {
		json_number(json, "generation", (int64_t)reason->generation);
	} else {
		json_string(json, "generation", NULL);
	}
	json_close_object(json);
}

struct why {
	struct app *app;
	const struct view *view;
	struct json json;
	size_t found;
};

static void add_reason(struct why *why, const struct reason *reason) {
	why->found++;
	if (why->app->global.json) {
		json_reason(&why->json, reason);
	} else {
		print_reason(why->app, reason);
	}
}

/* "git" asks for "git" and "extra/git"; "aur/foo" only for itself. */
static bool package_matches(const char *name, const char *asked) {
	const char *slash = strchr(name, '/');
	return streq(name, asked) || (slash != NULL && streq(slash + 1, asked));
}

/* The newest generation that installed it, and hasn't been undone; 0: none. */
static uint64_t find_installing(struct app *app, const struct owned_record *owned,
		const char *name) {
	struct journal journal;
	uint64_t at = owned->present_generation;
	while (at > 0 && history_read(app->facts.state, at, &journal, &app->arena)) {
		bool found = false;
		for (size_t i = 0; i < journal.packages.count; i++) {
			const struct package_op *op = &journal.packages.items[i];
			found = found || (op->action == PACKAGE_INSTALL && streq(op->name, name));
		}
		uint64_t parent = journal.parent;
		journal_release(&journal);
		if (found) {
			return at;
		}
		at = parent;
	}
	return 0;
}

/* When it came, as pacman knows it. */
static const char *describe_install(struct app *app, const struct haves *haves,
		const struct installed_package *package) {
	struct log_event event = {.name = package->name};
	pacman_log_find(haves->pacman.log, &event, 1, &app->arena);
	bool logged = event.change == LOG_INSTALLED;
	int64_t time = logged ? event.time : package->time;
	const struct when when = when_local((time_t)time, "%Y-%m-%d %H:%M");
	return arena_printf(&app->arena, "%s%s%s%s", time != 0 ? when.text : "",
			logged && event.command != NULL ? " ('" : "",
			logged && event.command != NULL ? event.command : "",
			logged && event.command != NULL ? "')" : "");
}

static const struct installed_package *find_needer(const struct installed *installed,
		const struct installed_package *package) {
	for (size_t i = 0; i < installed->count; i++) {
		const struct installed_package *other = &installed->items[i];
		bool needs = words_have(other->depends, package->name);
		for (size_t j = 0; package->provides != NULL && package->provides[j] != NULL; j++) {
			needs = needs || words_have(other->depends, package->provides[j]);
		}
		if (needs && other != package) {
			return other;
		}
	}
	return NULL;
}

static void explain_installed(struct why *why, struct reason *reason,
		const struct installed_package *package) {
	struct app *app = why->app;
	if (package == NULL) {
		reason->state = "missing";
		return;
	}
	const struct installed_package *needer =
			find_needer(&why->view->haves.installed, package);
	reason->state = arena_printf(&app->arena, "%s %s, %s%s%s%s", package->name, package->version,
			package->is_explicit ? "installed for itself" : "installed as a dependency",
			needer != NULL ? "; '" : "", needer != NULL ? needer->name : "",
			needer != NULL ? "' needs it" : "");
	reason->generation = find_installing(app, &why->view->owned, package->name);
	reason->since = reason->generation > 0 ? describe_since(app, reason->generation)
					       : describe_install(app, &why->view->haves, package);
}

static void explain_packages(struct why *why, const char *name) {
	const struct haves *haves = &why->view->haves;
	for (size_t i = 0; i < haves->count; i++) {
		const struct have *have = &haves->items[i];
		if (!package_matches(have->decl->name, name)) {
			continue;
		}
		struct reason reason = {
			.kind = "package",
			.name = have->decl->name,
			.group = have->decl->group,
			.host = have->decl->host,
			.declared = span_describe(have->decl->at, &why->app->arena),
		};
		if (have->from == FROM_FLATPAK || haves->nowhere) {
			reason.state = haves->nowhere ? NULL : have->present ? "installed" : "missing";
		} else {
			explain_installed(why, &reason, have->by);
			if (have->instead != NULL) {
				reason.state = arena_printf(&why->app->arena, "replaced by %s %s",
						have->instead->name, have->instead->version);
			}
		}
		add_reason(why, &reason);
	}
}

/* Nothing of the registry: but perhaps it is there none the less. */
static int explain_nothing(struct why *why, const char *name, struct err *err) {
	const struct installed_package *package = installed_find(&why->view->haves.installed, name);
	struct reason reason = {0};
	if (package == NULL) {
		return err_set(err, ERR_FAILED, "nothing declares '%s'", name);
	}
	explain_installed(why, &reason, package);
	(void)err_set(err, ERR_FAILED, "nothing declares '%s'; it is %s, since %s", name, reason.state,
			reason.since);
	if (package->is_explicit) {
		err_hint(err, "lumina capture");
	}
	return -1;
}

static const char *state_of(const struct view *view, const char *path) {
	for (size_t i = 0; i < view->plan.conflicts.count; i++) {
		const struct conflict *conflict = &view->plan.conflicts.items[i];
		/* One conflict of a folder above speaks for all targets below it. */
		bool above = conflict->kind == CONFLICT_PARENT &&
				path_is_under(path, conflict->path);
		if (above || streq(conflict->target, path)) {
			return conflict_state_name(conflict->kind);
		}
	}
	for (size_t i = 0; i < view->plan.ops.count; i++) {
		const struct op *op = &view->plan.ops.items[i];
		if (op_changes_machine(op) && streq(op->path, path)) {
			return op->expect.kind == STAMP_ABSENT ? "missing"
					: op->kind == OP_UNLINK ? "stale"
								 : "elsewhere";
		}
	}
	return "ok";
}

/* A tree's own target, or one below it that the tree has no file for. */
static bool explain_tree(struct why *why, const char *path) {
	const struct link_decl *decl = view_find_decl(why->view, path);
	if (decl == NULL || !decl->tree) {
		return false;
	}
	add_reason(why, &(struct reason){
				.kind = "symlink",
				.name = path,
				.by = "a tree: every file below the source is linked",
				.host = decl->host,
				.source = decl->source,
				.declared = span_describe(decl->at, &why->app->arena),
			});
	return true;
}

static void explain_target(struct why *why, const char *path) {
	struct app *app = why->app;
	if (explain_tree(why, path)) {
		return;
	}
	const struct want *want = view_find_want(why->view, path);
	const char *link = want != NULL ? want->path : path;
	const struct owned *owned = owned_find(&why->view->owned, link);
	if (want == NULL && owned == NULL) {
		return;
	}
	struct reason reason = {.kind = "symlink", .name = path, .state = "stale"};
	if (owned != NULL) {
		reason.generation = owned->since;
		reason.since = describe_since(app, owned->since);
		reason.by = owned->text == NULL ? "a folder that Lumina made" : NULL;
		reason.state = owned->text == NULL ? "ok" : reason.state;
	}
	if (want != NULL) {
		const struct link_decl *decl = want->decl;
		reason.declared = span_describe(decl->at, &app->arena);
		reason.host = decl->host;
		reason.source = want->source;
		reason.state = state_of(why->view, want->path);
		if (want->text != NULL) {
			reason.by = arena_printf(&app->arena, "rendered from the template, for the theme '%s'",
					why->view->registry.theme.active);
		} else if (decl->tree) {
			reason.by = arena_printf(&app->arena, "the tree %s -> %s", decl->target,
					decl->source);
		} else if (!streq(path, want->path)) {
			reason.by = arena_printf(&app->arena, "the folder link %s", want->path);
		}
	}
	add_reason(why, &reason);
}

static bool looks_like_path(const char *text) {
	return text[0] == '~' || text[0] == '$' || text[0] == '/' || text[0] == '.';
}

static int explain(struct why *why, const char *name, struct err *err) {
	if (!looks_like_path(name)) {
		explain_packages(why, name);
	}
	if (why->found > 0) {
		return 0;
	}
	const char *path;
	if (app_target(why->app, name, &why->app->arena, &path, err) == 0) {
		explain_target(why, path);
	} else if (!looks_like_path(name)) {
		err_release(err); /* it was meant as a package, then */
	} else {
		return -1;
	}
	return why->found > 0 ? 0 : explain_nothing(why, name, err);
}

int cmd_why(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	(void)opts;
	if (argc < 2) {
		(void)err_set(err, ERR_USAGE, "'lumina why' needs a target or a package");
		err_hint(err, "lumina why ~/.zshrc");
		return -1;
	}
	struct view view;
	const struct view_opts everything = {.packages = PACKAGES_ALL};
	(void)view_note_interrupted(app);
	if (view_load(&view, app, &everything, err) < 0) {
		return -1;
	}
	struct why why = {.app = app, .view = &view};
	json_init(&why.json, &app->out);
	if (app->global.json) {
		json_open_object(&why.json, NULL);
		json_number(&why.json, "schema", REPORT_SCHEMA);
		json_string(&why.json, "command", "why");
		json_open_array(&why.json, "reasons");
	}
	int result = 0;
	for (int i = 1; i < argc && result == 0; i++) {
		why.found = 0;
		result = explain(&why, argv[i], err);
	}
	if (app->global.json) {
		json_close_array(&why.json);
		json_close_object(&why.json);
	}
	view_release(&view);
	return result;
}
