/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include "base/path.h"
#include "exec/journal.h"
#include "report/packages.h"
#include "report/report.h"
#include "state/theme_place.h"

/* "~/.zshrc" and "/home/u/.zshrc". */
static void add_target(struct json *json, const char *home, const char *target) {
	struct buf path _cleanup_buf_ = BUF_INIT;
	json_string(json, "target", target);
	if (target[0] == '~') {
		buf_addf(&path, "%s%s", home, target + 1);
	} else {
		buf_adds(&path, target);
	}
	json_string(json, "path", path.data);
}

static void add_declared(struct json *json, const char *from) {
	json_string(json, "declared", from != NULL && from[0] != '\0' ? from : NULL);
}

static void add_theme(struct json *json, const char *name, const char *folder) {
	struct buf theme _cleanup_buf_ = BUF_INIT;
	struct str found = theme_place_name(folder);
	buf_add(&theme, found.p, found.n);
	json_string(json, name, found.n > 0 ? theme.data : NULL);
}

static void add_op(struct json *json, const struct op *op, const char *home,
		const char *state) {
	static const char *const actions[][2] = {
		[OP_FOLDER] = {"make-folder", "replace"},
		[OP_LINK] = {"link", "replace"},
		[OP_UNLINK] = {"remove", "remove"},
		[OP_RMDIR] = {"remove-folder", "remove-folder"},
		[OP_OWN] = {"record", "record"},
		[OP_DISOWN] = {"forget", "forget"},
		[OP_FILE] = {"make-file", "replace"},
		[OP_ADOPT] = {"adopt", "adopt"},
		[OP_RETURN] = {"return", "return"},
		[OP_EDIT] = {"edit", "edit"},
	};
	json_open_object(json, NULL);
	bool theme = op_switches_theme(op);
	json_string(json, "kind", theme ? "theme" : op->kind == OP_EDIT ? "registry" : "symlink");
	json_string(json, "action", theme ? "switch" : actions[op->kind][op->expect.kind != STAMP_ABSENT]);
	json_string(json, "reason", op_reason_name(op->why));
	add_target(json, home, op->path);
	json_string(json, "source", op->source);
	json_string(json, "text", op->text);
	json_string(json, "before", op->expect.text);
	if (theme) {
		add_theme(json, "theme", op->text);
		add_theme(json, "theme_before", op->expect.text);
	}
	json_bool(json, "sensitive", op->sensitive);
	struct buf backup _cleanup_buf_ = BUF_INIT;
	bool kept = op->keeps && op->kind != OP_EDIT && op->keep != NULL;
	buf_addf(&backup, "%s/backups/%s", state, kept ? op->keep : "");
	json_string(json, "backup", kept ? backup.data : NULL);
	add_declared(json, op->from);
	json_close_object(json);
}

static void add_conflict(struct json *json, const struct conflict *conflict, const char *home) {
	json_open_object(json, NULL);
	json_string(json, "kind", "symlink");
	json_string(json, "state", conflict_state_name(conflict->kind));
	add_target(json, home, conflict->target);
	json_string(json, "obstacle", conflict->path);
	json_string(json, "source", conflict->source);
	json_string(json, "what", conflict->what);
	json_string(json, "hint", conflict->hint);
	add_declared(json, conflict->from);
	json_close_object(json);
}

void report_changes_json(struct json *json, const struct plan *plan, const char *home,
		const char *state) {
	json_open_array(json, "changes");
	report_packages_json(json, &plan->packages);
	for (size_t i = 0; i < plan->ops.count; i++) {
		add_op(json, &plan->ops.items[i], home, state);
	}
	json_close_array(json);
}

void report_outcome_json(const struct outcome *outcome, struct buf *out) {
	static const char *const results[] = {
		[RESULT_NOTHING] = "nothing",
		[RESULT_PLANNED] = "planned",
		[RESULT_DONE] = "done",
		[RESULT_REFUSED] = "refused",
		[RESULT_FAILED] = "failed",
	};
	const struct plan *plan = outcome->plan;
	struct json json;
	json_init(&json, out);
	json_open_object(&json, NULL);
	json_number(&json, "schema", REPORT_SCHEMA);
	json_string(&json, "command", outcome->command);
	json_string(&json, "result", results[outcome->result]);
	if (outcome->generation > 0 || (outcome->moved && outcome->result == RESULT_DONE)) {
		json_number(&json, "generation", (int64_t)outcome->generation);
	} else {
		json_string(&json, "generation", NULL);
	}
	json_number(&json, "in_place", (int64_t)plan->in_place);
	report_changes_json(&json, plan, outcome->home, outcome->state);
	json_open_array(&json, "conflicts");
	for (size_t i = 0; i < plan->conflicts.count; i++) {
		add_conflict(&json, &plan->conflicts.items[i], outcome->home);
	}
	json_close_array(&json);
	json_open_array(&json, "left");
	for (size_t i = 0; outcome->left != NULL && i < outcome->left->count; i++) {
		json_string(&json, NULL, outcome->left->items[i]);
	}
	json_close_array(&json);
	report_tolds_json(&json, outcome->tolds);
	json_string(&json, "error", outcome->err != NULL ? outcome->err->text : NULL);
	json_close_object(&json);
}

static void add_link(struct json *json, const struct place *place, const char *home) {
	json_open_object(json, NULL);
	json_string(json, "state", "ok");
	add_target(json, home, place->path);
	json_string(json, "source", place->want->source);
	json_close_object(json);
}

void report_status_json(const struct status_report *status, struct buf *out) {
	struct json json;
	json_init(&json, out);
	json_open_object(&json, NULL);
	json_number(&json, "schema", REPORT_SCHEMA);
	json_string(&json, "command", "status");
	json_string(&json, "profile", status->profile);
	json_number(&json, "in_place", (int64_t)status->plan->in_place);
	json_number(&json, "installed", (int64_t)status->installed);
	json_string(&json, "interrupted", status->interrupted);
	json_open_array(&json, "drift");
	for (size_t i = 0; i < status->drifts->count; i++) {
		const struct drift *drift = &status->drifts->items[i];
		json_open_object(&json, NULL);
		bool theme = drift->state == DRIFT_THEME;
		json_string(&json, "kind", theme ? "theme" : "symlink");
		json_string(&json, "state", theme ? "elsewhere" : drift_state_name(drift->state));
		add_target(&json, status->home, drift->target);
		json_string(&json, "source", drift->source);
		json_string(&json, "what", drift->what);
		json_string(&json, "hint", drift->hint);
		json_string(&json, "again", drift->again);
		add_declared(&json, drift->from);
		json_close_object(&json);
	}
	report_package_drifts_json(&json, status->packages);
	json_close_array(&json);
	if (status->places != NULL) {
		json_open_array(&json, "links");
		for (size_t i = 0; i < status->places->count; i++) {
			const struct place *place = &status->places->items[i];
			if (place->want != NULL && place->seen.right) {
				add_link(&json, place, status->home);
			}
		}
		json_close_array(&json);
	}
	json_close_object(&json);
}
