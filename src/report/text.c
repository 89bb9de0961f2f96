/* SPDX-License-Identifier: MIT */
#include "report/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"
#include "report/packages.h"
#include "state/theme_place.h"

enum { COLUMN_MAX = 48, HINT_SIZE = 256 };

static size_t columns(const char *text, size_t n) {
	size_t count = 0;
	for (size_t i = 0; i < n; count++) {
		uint32_t code;
		size_t size = utf8_decode(text + i, n - i, &code);
		i += size > 0 ? size : 1;
	}
	return count;
}

void report_cell(struct buf *out, const char *text, size_t width) {
	size_t start = out->len;
	buf_add_shown(out, text, strlen(text));
	for (size_t used = columns(out->data + start, out->len - start); used < width; used++) {
		buf_addc(out, ' ');
	}
}

static void add_text(struct buf *out, const char *text) {
	buf_add_shown(out, text, strlen(text));
}

size_t report_width(size_t width, const char *text) {
	size_t n = strlen(text);
	return n > width && n <= COLUMN_MAX ? n : width;
}

/* --- plan ---------------------------------------------------------------------------------- */

/* How an operation is shown: a sign, its colour, and a word on it. */
struct look {
	const char *sign, *colour, *note;
};

static struct look look_of(const struct op *op, const struct paint *paint) {
	bool new = op->expect.kind == STAMP_ABSENT;
	struct look made = {"+", paint->green, NULL};
	struct look changed = {"~", paint->yellow, NULL};
	struct look gone = {"-", paint->red, NULL};
	struct look quiet = {"=", paint->dim, NULL};
	switch (op->kind) {
	case OP_FOLDER:
		made.note = op->keeps ? "folder; what stands there goes to the backups"
				: op->expect.kind == STAMP_LINK ? "folder, in the place of our link"
								: "folder";
		return made;
	case OP_LINK:
		changed.note = op->keeps ? "what stands there goes to the backups" : NULL;
		return new ? made : changed;
	case OP_UNLINK:
		gone.note = op->keeps ? "goes to the backups" : NULL;
		return gone;
	case OP_RMDIR:
		gone.note = "folder";
		return gone;
	case OP_OWN:
		quiet.note = "already right; recorded as ours";
		return quiet;
	case OP_DISOWN:
		quiet.note = "gone or not ours any more; forgotten";
		return quiet;
	case OP_FILE:
		changed.note = made.note = op->take != NULL ? "comes back from the backups"
				: op->why == WHY_HOOKED ? op->keeps ? "gets the line of the hook, the "
								      "file of before goes to the backups"
								     : "with the line of the hook"
				: op->phase == PHASE_MAIN ? "a copy, yours from now on"
				: op->keeps ? "the new source; the one of before goes to the backups"
					    : "the new source";
		return new ? made : changed;
	case OP_ADOPT:
		changed.note = op->keeps ? "moves into the profile; the source of before goes to "
					   "the backups"
				: op->take != NULL ? "moves into the profile; another comes back "
						     "from the backups"
						   : "moves into the profile";
		return changed;
	case OP_RETURN:
		changed.note = "moves back from the profile";
		return changed;
	case OP_EDIT:
		return changed;
	}
	return quiet;
}

static void add_edit(const struct edit *edit, const struct paint *paint, struct buf *out) {
	bool removes = edit->kind == EDIT_REMOVE;
	buf_addf(out, "      %s%s%s ", removes ? paint->red : paint->green, removes ? "-" : "+",
			paint->off);
	for (const char *const *key = edit->section; *key != NULL; key++) {
		add_text(out, *key);
		buf_adds(out, ": ");
	}
	if (edit->key != NULL) {
		add_text(out, edit->key);
		buf_adds(out, edit->value != NULL ? ": " : "");
	}
	if (edit->value != NULL) {
		buf_adds(out, edit->tree ? "{tree: " : "");
		add_text(out, edit->value);
		buf_adds(out, edit->tree ? "}" : "");
	}
	buf_addc(out, '\n');
}

static void add_switch(const struct op *op, size_t width, const struct paint *paint,
		struct buf *out) {
	struct str now = theme_place_name(op->text), before = theme_place_name(op->expect.text);
	report_cell(out, "theme", width);
	buf_addf(out, "  %s->%s %.*s", paint->dim, paint->off, now.n > 0 ? (int)now.n : 4,
			now.n > 0 ? now.p : "none");
	if (before.n > 0 && str_eq(now, before)) {
		buf_addf(out, " %s(rendered anew)%s", paint->dim, paint->off);
	} else if (before.n > 0) {
		buf_addf(out, " %s(was %.*s)%s", paint->dim, (int)before.n, before.p, paint->off);
	}
	buf_addc(out, '\n');
}

static void add_op(const struct op *op, size_t width, const struct paint *paint,
		struct buf *out) {
	struct look look = look_of(op, paint);
	buf_addf(out, "  %s%s%s ", look.colour, look.sign, paint->off);
	if (op_switches_theme(op)) {
		add_switch(op, width, paint, out);
		return;
	}
	report_cell(out, op->path, width);
	if (op->source != NULL && (op->kind == OP_LINK || op->kind == OP_ADOPT)) {
		buf_addf(out, "  %s->%s ", paint->dim, paint->off);
		add_text(out, op->source);
		if (op->expect.kind == STAMP_LINK && !op->keeps) {
			buf_addf(out, " %s(was ", paint->dim);
			add_text(out, op->expect.text);
			buf_addf(out, ")%s", paint->off);
		} else if (op->kind == OP_LINK && op->expect.kind == STAMP_FOLDER && !op->keeps) {
			buf_addf(out, " %s(was our folder of links)%s", paint->dim, paint->off);
		}
	}
	if (look.note != NULL) {
		buf_addf(out, "  %s%s%s", paint->dim, look.note, paint->off);
	}
	if (op->sensitive && op->kind == OP_LINK) {
		buf_addf(out, "  %s(sensitive: runs programs, or holds keys)%s", paint->yellow,
				paint->off);
	}
	buf_addc(out, '\n');
	for (size_t i = 0; op->rewrite != NULL && i < op->rewrite->edits.count; i++) {
		add_edit(&op->rewrite->edits.items[i], paint, out);
	}
}

void report_plan(const struct plan *plan, const struct paint *paint, bool verbose,
		struct buf *out) {
	size_t width = 0;
	report_packages(&plan->packages, paint, verbose, out);
	for (size_t i = 0; i < plan->ops.count; i++) {
		const struct op *op = &plan->ops.items[i];
		width = report_width(width, op_switches_theme(op) ? "theme" : op->path);
	}
	for (size_t i = 0; i < plan->ops.count; i++) {
		const struct op *op = &plan->ops.items[i];
		if (verbose || (op_changes_machine(op) && !op->inside)) {
			add_op(op, width, paint, out);
		}
	}
}

/* --- summary ------------------------------------------------------------------------------- */

static void count(struct buf *out, size_t number, const char *one, const char *many,
		const char *verb) {
	if (number > 0) {
		buf_addf(out, "%s%zu %s %s", out->len > 0 ? ", " : "", number,
				number == 1 ? one : many, verb);
	}
}

static void add_counts(const struct plan *plan, bool done, struct buf *out) {
	size_t made = 0, changed = 0, removed = 0, folders = 0, emptied = 0, taken = 0;
	size_t adopted = 0, returned = 0, files = 0, merged = 0, kept = 0, edits = 0, switches = 0;
	for (size_t i = 0; i < plan->ops.count; i++) {
		const struct op *op = &plan->ops.items[i];
		if (op_switches_theme(op)) {
			switches++;
			continue;
		}
		made += op->kind == OP_LINK && op->expect.kind == STAMP_ABSENT && !op->theirs;
		changed += op->kind == OP_LINK && op->expect.kind != STAMP_ABSENT;
		removed += op->kind == OP_UNLINK && !op->inside && !op->keeps;
		folders += op->kind == OP_FOLDER && !op->theirs;
		emptied += op->kind == OP_RMDIR && !op->inside;
		taken += op->kind == OP_OWN;
		adopted += op->kind == OP_ADOPT;
		returned += op->kind == OP_RETURN;
		files += (op->kind == OP_FILE || (op->kind == OP_FOLDER && op->theirs)) &&
				!op->inside && !op->merged && op->phase == PHASE_MAIN;
		merged += op->kind == OP_FILE && op->merged;
		kept += op->keeps && op->kind != OP_EDIT;
		edits += op->kind == OP_EDIT ? op->rewrite->edits.count : 0;
	}
	struct buf counts _cleanup_buf_ = BUF_INIT;
	struct package_counts packages = report_count_packages(&plan->packages);
	count(&counts, packages.installed, "package", "packages", done ? "installed" : "to install");
	if (packages.installed + packages.removed + packages.promoted == 0) {
		count(&counts, packages.along, "package", "packages",
				done ? "installed as a dependency" : "to install as a dependency");
	}
	count(&counts, packages.promoted, "package", "packages",
			done ? "given another reason" : "to give another reason");
	count(&counts, packages.removed, "package", "packages", done ? "removed" : "to remove");
	if (switches > 0) {
		buf_addf(&counts, "%stheme %s", counts.len > 0 ? ", " : "",
				done ? "switched" : "to switch");
	}
	count(&counts, made, "link", "links", done ? "made" : "to make");
	count(&counts, changed, "link", "links", done ? "changed" : "to change");
	count(&counts, removed, "link", "links", done ? "removed" : "to remove");
	count(&counts, adopted, "file", "files", done ? "taken into the profile"
						      : "to take into the profile");
	count(&counts, returned, "file", "files", done ? "moved back" : "to move back");
	count(&counts, files, "file", "files", done ? "put in place" : "to put in place");
	count(&counts, merged, "file", "files", done ? "edited" : "to edit");
	count(&counts, folders, "folder", "folders", done ? "made" : "to make");
	count(&counts, emptied, "folder", "folders", done ? "removed" : "to remove");
	count(&counts, taken, "link", "links", done ? "taken over" : "to take over");
	count(&counts, edits, "line", "lines", done ? "of the registry edited"
						   : "of the registry to edit");
	count(&counts, kept, "backup", "backups", done ? "made" : "to make");
	buf_add(out, counts.data, counts.len);
}

void report_counts(const struct plan *plan, struct buf *out) {
	add_counts(plan, true, out);
}

void report_summary(const struct outcome *outcome, const struct paint *paint, struct buf *out) {
	size_t in_place = outcome->plan->in_place;
	switch (outcome->result) {
	case RESULT_NOTHING:
		if (outcome->moved) {
			bool left = outcome->left != NULL && outcome->left->count > 0;
			buf_adds(out, left ? "" : "nothing to undo\n");
			break;
		}
		buf_addf(out, "nothing to do: %zu %s in place", in_place,
				in_place == 1 ? "link is" : "links are");
		if (outcome->plan->installed > 0) {
			buf_addf(out, ", %zu %s installed", outcome->plan->installed,
					outcome->plan->installed == 1 ? "package is" : "packages are");
		}
		buf_addc(out, '\n');
		break;
	case RESULT_PLANNED:
		add_counts(outcome->plan, false, out);
		buf_addf(out, "; nothing was changed %s(dry run)%s\n", paint->dim, paint->off);
		break;
	case RESULT_DONE:
		add_counts(outcome->plan, true, out);
		if (outcome->moved && outcome->generation == 0) {
			buf_addf(out, " %s(as before the first generation)%s", paint->dim, paint->off);
		} else if (outcome->moved) {
			buf_addf(out, " %s(as in generation %" PRIu64 ")%s", paint->dim,
					outcome->generation, paint->off);
		} else if (outcome->generation > 0) {
			buf_addf(out, " %s(generation %" PRIu64 ")%s", paint->dim,
					outcome->generation, paint->off);
		}
		buf_addc(out, '\n');
		break;
	case RESULT_REFUSED:
	case RESULT_FAILED:
		break;
	}
}

/* --- conflicts ----------------------------------------------------------------------------- */

void report_conflicts(const struct plan *plan, const struct paint *paint, struct buf *out) {
	const char *last_hint = NULL;
	for (size_t i = 0; i < plan->conflicts.count; i++) {
		const struct conflict *conflict = &plan->conflicts.items[i];
		buf_addf(out, "%s%s:%s ", paint->red, conflict_state_name(conflict->kind),
				paint->off);
		add_text(out, conflict->path);
		buf_adds(out, ": ");
		add_text(out, conflict->what);
		if (!streq(conflict->path, conflict->target)) {
			buf_addf(out, " %s(for ", paint->dim);
			add_text(out, conflict->target);
			buf_addf(out, ")%s", paint->off);
		}
		if (conflict->from != NULL && conflict->from[0] != '\0') {
			buf_addf(out, " %s[%s", paint->dim, "");
			add_text(out, conflict->from);
			buf_addf(out, "]%s", paint->off);
		}
		buf_addc(out, '\n');
		const struct conflict *next = i + 1 < plan->conflicts.count ? conflict + 1 : NULL;
		last_hint = conflict->hint;
		/* The same advice once, behind the last of a run. */
		if (last_hint != NULL && (next == NULL || next->hint == NULL ||
						     !streq(next->hint, last_hint))) {
			buf_addf(out, "  %shint:%s %s\n", paint->cyan, paint->off, last_hint);
		}
	}
}

/* --- status -------------------------------------------------------------------------------- */

static void add_group(const struct drifts *drifts, enum drift_state state,
		const struct paint *paint, struct buf *out) {
	static const char *const explained[DRIFT_STATES] = {
		[DRIFT_MISSING] = "declared, but not there",
		[DRIFT_ELSEWHERE] = "ours, but leading elsewhere than declared",
		[DRIFT_STALE] = "ours, but declared no longer",
		[DRIFT_FOREIGN] = "something else stands there",
		[DRIFT_DETACHED] = "a program replaced our link",
		[DRIFT_BLOCKED] = "can't be linked as things are",
		[DRIFT_BROKEN] = "linked, but the source is gone",
		[DRIFT_THEME] = "not as declared",
	};
	size_t width = 0, rows = 0;
	for (size_t i = 0; i < drifts->count; i++) {
		if (drifts->items[i].state == state) {
			width = state == DRIFT_THEME ? 0 : report_width(width, drifts->items[i].target);
			rows++;
		}
	}
	if (rows == 0) {
		return;
	}
	buf_addf(out, "%s%s%s %s(%s)%s\n", paint->bold, drift_state_name(state), paint->off,
			paint->dim, explained[state], paint->off);
	for (size_t i = 0; i < drifts->count; i++) {
		const struct drift *drift = &drifts->items[i];
		if (drift->state != state) {
			continue;
		}
		buf_adds(out, state == DRIFT_THEME ? "" : "  ");
		report_cell(out, state == DRIFT_THEME ? "" : drift->target, width);
		if (drift->source != NULL) {
			buf_addf(out, "  %s->%s ", paint->dim, paint->off);
			add_text(out, drift->source);
		}
		bool said = state == DRIFT_BROKEN || drift->what == NULL;
		if (!said) {
			buf_addf(out, "  %s", paint->yellow);
			add_text(out, drift->what);
			buf_adds(out, paint->off);
		}
		if (drift->from != NULL && drift->from[0] != '\0') {
			buf_addf(out, "  %s", paint->dim);
			add_text(out, drift->from);
			buf_adds(out, paint->off);
		}
		buf_addc(out, '\n');
		if (drift->again != NULL) {
			buf_addf(out, "    %s", paint->cyan);
			add_text(out, drift->again);
			buf_addf(out, "%s\n", paint->off);
		}
	}
	if (state == DRIFT_DETACHED) {
		buf_addf(out, "  %shint:%s 'lumina diff', then 'lumina absorb TARGET'\n", paint->cyan,
				paint->off);
	}
}

void report_status(const struct status_report *status, const struct paint *paint,
		struct buf *out) {
	size_t in_place = status->plan->in_place;
	for (size_t i = 0; status->places != NULL && i < status->places->count; i++) {
		const struct place *place = &status->places->items[i];
		if (place->want != NULL && place->seen.right) {
			buf_addf(out, "  %sok%s ", paint->green, paint->off);
			report_cell(out, place->path, 0);
			buf_addf(out, "  %s->%s ", paint->dim, paint->off);
			add_text(out, place->want->source);
			buf_addc(out, '\n');
		}
	}
	for (enum drift_state state = DRIFT_MISSING; state < DRIFT_STATES; state++) {
		add_group(status->drifts, state, paint, out);
	}
	report_package_drifts(status->packages, status->verbose, paint, out);
	size_t differ = status->drifts->count + package_drifts_count(status->packages);
	buf_addf(out, "%zu %s in place", in_place, in_place == 1 ? "link is" : "links are");
	if (status->installed > 0) {
		buf_addf(out, ", %zu %s installed", status->installed,
				status->installed == 1 ? "package is" : "packages are");
	}
	if (differ > 0) {
		buf_addf(out, ", %zu %s", differ, differ == 1 ? "differs" : "differ");
	}
	buf_addc(out, '\n');
}
