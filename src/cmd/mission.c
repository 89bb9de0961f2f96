/* SPDX-License-Identifier: MIT */

/* mission: which missions there are, which one holds here and why, and which is pinned. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/typo.h"
#include "base/vec.h"
#include "cmd/cmd.h"
#include "desk/follow.h"
#include "flow/visit.h"
#include "report/report.h"

static void add_text(struct buf *out, const char *text) {
	buf_add_shown(out, text, strlen(text));
}

static void add_row(struct app *app, const char *label, const char *value) {
	if (value != NULL && value[0] != '\0') {
		buf_addf(&app->out, "  %s%-9s%s ", app->paint->dim, label, app->paint->off);
		add_text(&app->out, value);
		buf_addc(&app->out, '\n');
	}
}

static int look(struct visit *visit, struct app *app, struct err *err) {
	char *here = getcwd(NULL, 0);
	if (here == NULL) {
		return err_sys(err, "cannot tell the present folder");
	}
	int result = visit_find(visit, here, &app->facts, 0, &app->arena);
	if (result < 0) {
		(void)err_set(err, ERR_FAILED, "cannot look at '%s'", here);
	}
	free(here);
	return result;
}

/* --- list ---------------------------------------------------------------------------------- */

static const char *join(const char *const *words, struct arena *arena) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
		buf_addf(&text, "%s%s", i > 0 ? ", " : "", words[i]);
	}
	return arena_strndup(arena, text.data, text.len);
}

static void list_json(struct app *app, const struct visit *visit) {
	struct json json;
	json_init(&json, &app->out);
	json_open_object(&json, NULL);
	json_number(&json, "schema", REPORT_SCHEMA);
	json_string(&json, "command", "mission list");
	json_open_array(&json, "missions");
	for (size_t i = 0; i < visit->index.missions.count; i++) {
		const struct mission *mission = &visit->index.missions.items[i];
		json_open_object(&json, NULL);
		json_string(&json, "name", mission->name);
		json_string(&json, "label", mission->label);
		json_bool(&json, "current", mission == visit->in_force);
		json_close_object(&json);
	}
	json_close_array(&json);
	json_close_object(&json);
}

static void list(struct app *app, const struct visit *visit) {
	const struct missions *missions = &visit->index.missions;
	size_t width = 0;
	for (size_t i = 0; i < missions->count; i++) {
		width = report_width(width, missions->items[i].name);
	}
	for (size_t i = 0; i < missions->count; i++) {
		const struct mission *mission = &missions->items[i];
		bool here = mission == visit->in_force;
		buf_addf(&app->out, "%s%s ", here ? app->paint->green : "", here ? "*" : " ");
		report_cell(&app->out, mission->name, width);
		const char *when = join(mission->when, &app->arena);
		buf_addf(&app->out, "%s  %s", here ? app->paint->off : "", app->paint->dim);
		add_text(&app->out, when[0] != '\0' ? when : mission->in != NULL
						? join(mission->in, &app->arena) : "");
		buf_addf(&app->out, "%s\n", app->paint->off);
	}
	if (missions->count == 0) {
		buf_adds(&app->out, visit->index.broken ? "the registry has errors: lumina status\n"
							: "no missions: lumina.yaml(5) explains them\n");
	}
}

/* --- the desktop --------------------------------------------------------------------------- */

struct desktop {
	enum follow state;
	struct err problem;
	bool asked;
};

/*
 * Where this terminal's desktop was asked for just this, it is asked for it again: a reload
 * of its configuration may have dropped it.
 */
static void repair(struct desktop *desktop, struct app *app, const struct visit *visit) {
	const char *key = follow_key(visit, &app->arena);
	const char *off = getenv("LUMINA_FLOW");
	const char *had = visit->session.desk;
	bool same = had != NULL && (streq(had, FOLLOW_UNKNOWN) || (key != NULL && streq(key, had)));
	same = same || (had == NULL && key == NULL);
	desktop->asked = visit->session.asked > 0 && same && (off == NULL || !streq(off, "0"));
	if (desktop->asked) {
		desktop->state = follow_now(visit, &app->facts, &app->arena, &desktop->problem);
	}
}

static const char *desktop_says(const struct desktop *desktop) {
	static const char *const says[] = {
		[FOLLOW_DONE] = "follows",
		[FOLLOW_HELD] = "follows, but for the layout: windows stay as they are arranged",
		[FOLLOW_NOTHING] = NULL,
		[FOLLOW_RESTS] = "rests after three failures; lumina mission auto wakes it",
		[FOLLOW_FAILED] = "stays as it is",
	};
	return desktop->asked ? says[desktop->state] : NULL;
}

static const char *desktop_name(const struct desktop *desktop) {
	static const char *const names[] = {
		[FOLLOW_DONE] = "follows", [FOLLOW_HELD] = "held", [FOLLOW_NOTHING] = NULL,
		[FOLLOW_RESTS] = "rests", [FOLLOW_FAILED] = "failed",
	};
	return desktop->asked ? names[desktop->state] : NULL;
}

/* --- show ---------------------------------------------------------------------------------- */

static void show_json(struct app *app, const struct visit *visit, const struct desktop *desktop) {
	struct json json;
	json_init(&json, &app->out);
	json_open_object(&json, NULL);
	json_number(&json, "schema", REPORT_SCHEMA);
	json_string(&json, "command", "mission show");
	json_string(&json, "mission", visit->mission);
	json_string(&json, "label", visit->label);
	json_string(&json, "root", visit->root);
	json_string(&json, "marker", visit->marker);
	json_string(&json, "chosen", visit->chosen);
	json_string(&json, "pinned", visit->session.pin);
	json_string(&json, "trust", trust_name(visit->trust));
	json_string(&json, "problem", visit->problem);
	json_string(&json, "desktop", desktop_name(desktop));
	json_string(&json, "desktop_problem", desktop->problem.text);
	json_open_array(&json, "candidates");
	for (size_t i = 0; i < visit->detected.ncandidates; i++) {
		const struct candidate *candidate = &visit->detected.candidates[i];
		json_open_object(&json, NULL);
		json_string(&json, "root", candidate->root);
		json_string(&json, "marker", candidate->marker);
		json_string(&json, "kind", candidate->kind);
		json_string(&json, "mission",
				candidate->mission != NULL ? candidate->mission->name : NULL);
		json_bool(&json, "won", candidate->result == CANDIDATE_WON);
		json_string(&json, "reason", candidate_reason(candidate, &app->arena));
		json_close_object(&json);
	}
	json_close_array(&json);
	json_close_object(&json);
}

static void explain(struct app *app, const struct visit *visit) {
	if (visit->detected.ncandidates > 0) {
		buf_addf(&app->out, "%sfound, nearest first:%s\n", app->paint->bold, app->paint->off);
	}
	for (size_t i = 0; i < visit->detected.ncandidates; i++) {
		const struct candidate *candidate = &visit->detected.candidates[i];
		bool won = candidate->result == CANDIDATE_WON;
		buf_addf(&app->out, "  %s%s%s ", won ? app->paint->green : app->paint->dim, won ? "*" : "-",
				app->paint->off);
		add_text(&app->out, candidate->root);
		if (candidate->marker != NULL) {
			buf_addc(&app->out, '/');
			add_text(&app->out, candidate->marker);
		}
		const char *name = candidate->mission != NULL ? candidate->mission->name : candidate->kind;
		if (name != NULL) {
			buf_adds(&app->out, "  ");
			add_text(&app->out, name);
		}
		buf_addf(&app->out, "  %s%s%s\n", app->paint->dim,
				candidate_reason(candidate, &app->arena), app->paint->off);
	}
	const char *end = detect_stop_reason(&visit->detected, &app->arena);
	if (end != NULL) {
		buf_adds(&app->out, "  ");
		add_text(&app->out, end);
		buf_addc(&app->out, '\n');
	}
}

static void show(struct app *app, const struct visit *visit, const struct desktop *desktop,
		bool explained) {
	if (visit->mission == NULL && visit->root == NULL) {
		buf_adds(&app->out, "no project here\n");
	} else {
		buf_adds(&app->out, app->paint->bold);
		add_text(&app->out, visit->mission != NULL ? visit->mission : "no mission");
		buf_addf(&app->out, "%s\n", app->paint->off);
		add_row(app, "label", visit->label);
		add_row(app, "project", visit->root);
		add_row(app, "marker", visit->marker);
		add_row(app, "chosen", visit->chosen);
		if (visit->index.broken) {
			add_row(app, "does", "nothing: the registry has errors; lumina status");
		} else if (visit->in_force == NULL && visit->mission != NULL) {
			add_row(app, "does", "nothing: the registry has no mission of that name");
		}
		if (visit->is_open && visit->trust != TRUST_NONE) {
			add_row(app, "consent", trust_name(visit->trust));
		}
		add_row(app, "", visit->trust_why);
		add_row(app, "problem", visit->problem);
		add_row(app, "desktop", desktop_says(desktop));
		add_row(app, "", desktop->problem.text);
	}
	if (explained) {
		explain(app, visit);
	}
}

/* --- set, auto ----------------------------------------------------------------------------- */

static int pin(struct app *app, const struct visit *visit, const char *name, struct err *err) {
	struct session session = visit->session;
	const char **names = arena_zalloc(&app->arena,
			(visit->index.missions.count + 1) * sizeof(*names));
	bool known = name == NULL;
	for (size_t i = 0; i < visit->index.missions.count; i++) {
		names[i] = visit->index.missions.items[i].name;
		known = known || streq(names[i], name);
	}
	if (!known) {
		const char *nearest = typo_nearest(str_of(name), names);
		(void)err_set(err, ERR_USAGE, "there is no mission '%s'%s%s%s", name,
				nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
				nearest != NULL ? "'?" : "");
		err_hint(err, "lumina mission list");
		return -1;
	}
	session.pin = name;
	if (name == NULL) {
		session.desk = FOLLOW_UNKNOWN; /* asked for again */
		session.asked = session.asked > 0 ? session.asked : 1;
		follow_wake(&app->facts, &app->arena);
	}
	if (session_save(&session, &app->facts, &app->arena, err) < 0) {
		return -1;
	}
	if (name != NULL) {
		app_note(app, "'%s' is this terminal's mission until 'lumina mission auto'", name);
	} else {
		app_note(app, "this terminal's mission follows its folder again");
	}
	return 0;
}

static int run(struct app *app, const struct mission_opts *opts, const struct visit *visit,
		int argc, char **argv, struct err *err) {
	const char *verb = argc > 1 ? argv[1] : "show";
	bool takes_name = streq(verb, "set");
	if (argc > (takes_name ? 3 : 2) || (takes_name && argc < 3)) {
		return err_set(err, ERR_USAGE, takes_name ? "'lumina mission set' takes one name"
							 : "'lumina mission %s' takes no argument", verb);
	}
	if (streq(verb, "list")) {
		(app->global.json ? list_json : list)(app, visit);
	} else if (streq(verb, "show")) {
		struct desktop desktop = {0};
		repair(&desktop, app, visit);
		if (app->global.json) {
			show_json(app, visit, &desktop);
		} else {
			show(app, visit, &desktop, opts->explain);
		}
		err_release(&desktop.problem);
	} else if (takes_name || streq(verb, "auto")) {
		return pin(app, visit, takes_name ? argv[2] : NULL, err);
	} else {
		(void)err_set(err, ERR_USAGE, "'lumina mission' knows list, show, set and auto, not '%s'",
				verb);
		err_hint(err, "lumina mission --help");
		return -1;
	}
	return 0;
}

int cmd_mission(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	struct visit visit = {0};
	if (look(&visit, app, err) < 0) {
		return -1;
	}
	int result = run(app, opts, &visit, argc, argv, err);
	visit_release(&visit);
	return result;
}
