/* SPDX-License-Identifier: MIT */
#include "cmd/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/path.h"
#include "base/vec.h"
#include "base/when.h"
#include "exec/store.h"
#include "report/report.h"
#include "sys/proc.h"

void doctor_find(struct doctor *doctor, enum health health, const char *subject, const char *text,
		const char *mend) {
	VEC_ADD(&doctor->findings, (struct finding){health, subject, text, mend});
}

/* A command with a path behind it, fit to be pasted. */
static const char *shell_line(struct app *app, const char *command, const char *path) {
	struct buf line _cleanup_buf_ = BUF_INIT;
	buf_adds(&line, command);
	buf_add_quoted(&line, path);
	return arena_strndup(&app->arena, line.data, line.len);
}

static void check_home(struct doctor *doctor) {
	const struct facts *facts = &doctor->app->facts;
	struct stat info;
	struct arena *arena = &doctor->app->arena;
	if (stat(facts->home, &info) < 0) {
		doctor_find(doctor, HEALTH_BAD, "home",
				arena_printf(arena, "'%s': %s", facts->home, strerror(errno)), NULL);
	} else if (info.st_uid != facts->uid) {
		doctor_find(doctor, HEALTH_BAD, "home",
				arena_printf(arena, "'%s' belongs to uid %u, you are %u", facts->home,
						(unsigned)info.st_uid, (unsigned)facts->uid),
				"run lumina as that user, without sudo");
	} else {
		doctor_find(doctor, HEALTH_GOOD, "home", facts->home, NULL);
	}
}

/* True if there is a profile to look at any further. */
static bool check_profile(struct doctor *doctor) {
	const struct facts *facts = &doctor->app->facts;
	struct arena *arena = &doctor->app->arena;
	if (facts->profile_real == NULL) {
		doctor_find(doctor, HEALTH_BAD, "profile",
				arena_printf(arena, "'%s' is not there", facts->profile),
				"lumina init");
		return false;
	}
	doctor_find(doctor, HEALTH_GOOD, "profile", facts->profile, NULL);
	if (access(path_join(facts->profile, ".git", arena), F_OK) < 0) {
		doctor_find(doctor, HEALTH_WARNING, "git", "the profile is no Git repository; it has no history",
				"lumina git init");
	}
	if (access(path_join(facts->profile, ".git/index.lock", arena), F_OK) == 0) {
		doctor_find(doctor, HEALTH_WARNING, "git",
				"a Git command is at work in the profile, or was cut off",
				shell_line(doctor->app, "rm ",
						path_join(facts->profile, ".git/index.lock", arena)));
	}
	return true;
}

static void check_tools(struct doctor *doctor) {
	static const struct {
		const char *name, *what, *mend;
		enum health health;
	} tools[] = {
		{"diff", "'lumina diff' compares with it", "pacman -S diffutils",
				HEALTH_WARNING},
		{"git", "profiles are cloned and kept with it", "pacman -S git", HEALTH_BAD},
		{"man", "'lumina help COMMAND' shows its pages with it", "pacman -S man-db",
				HEALTH_WARNING},
	};
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		if (proc_exists(tools[i].name)) {
			doctor_find(doctor, HEALTH_GOOD, tools[i].name, "on PATH", NULL);
		} else {
			doctor_find(doctor, tools[i].health, tools[i].name,
					arena_printf(&doctor->app->arena, "not on PATH; %s",
							tools[i].what),
					tools[i].mend);
		}
	}
}

static void check_state(struct doctor *doctor) {
	const struct facts *facts = &doctor->app->facts;
	struct arena *arena = &doctor->app->arena;
	struct stat info;
	if (stat(facts->state, &info) < 0) {
		doctor_find(doctor, errno == ENOENT ? HEALTH_GOOD : HEALTH_BAD, "state",
				errno == ENOENT ? "nothing recorded yet" : strerror(errno), NULL);
		return;
	}
	if (info.st_uid != facts->uid) {
		doctor_find(doctor, HEALTH_BAD, "state",
				arena_printf(arena, "'%s' belongs to uid %u", facts->state,
						(unsigned)info.st_uid),
				shell_line(doctor->app, arena_printf(arena, "chown -R %u ",
									(unsigned)facts->uid),
						facts->state));
		return;
	}
	if ((info.st_mode & 077) != 0) {
		doctor_find(doctor, HEALTH_WARNING, "state",
				arena_printf(arena, "others may look into '%s'", facts->state),
				shell_line(doctor->app, "chmod 700 ", facts->state));
	}
	if (access(facts->state, W_OK | X_OK) < 0) {
		doctor_find(doctor, HEALTH_BAD, "state",
				arena_printf(arena, "'%s' can't be written: %s", facts->state,
						strerror(errno)),
				NULL);
		return;
	}
	doctor_find(doctor, HEALTH_GOOD, "state", facts->state, NULL);
}

static void check_journal(struct doctor *doctor) {
	struct app *app = doctor->app;
	struct err err = {0};
	int there = store_has_journal(&app->facts, &app->arena, &err);
	if (there < 0) {
		doctor_find(doctor, HEALTH_BAD, "journal", arena_strdup(&app->arena, err.text), NULL);
		err_release(&err);
	}
	if (there <= 0) {
		return;
	}
	long writer = store_writer(&app->facts, &app->arena);
	if (writer > 0) {
		doctor_find(doctor, HEALTH_GOOD, "journal",
				arena_printf(&app->arena, "a change is under way (pid %ld)", writer),
				NULL);
		return;
	}
	struct journal journal;
	enum record_state state;
	const char *text = "damaged: an interrupted run can't be taken back";
	if (store_read_journal(app->facts.state, &journal, &state, &app->arena, &err) == 0 &&
			state == RECORD_GOOD) {
		text = arena_printf(&app->arena, "'%s'%s was interrupted; what it changed will be put "
						 "right", journal.command,
				when_local(journal.time, " of %Y-%m-%d %H:%M:%S").text);
		journal_release(&journal);
	}
	err_release(&err);
	doctor_find(doctor, HEALTH_BAD, "journal", text, "lumina sync");
}

static void check_links(struct doctor *doctor) {
	struct app *app = doctor->app;
	const struct view_opts looks = {.themes = THEMES_LOOK};
	struct view view;
	struct err err = {0};
	if (view_load(&view, app, &looks, &err) < 0) {
		/* Problems of the text have been printed with their places. */
		doctor_find(doctor, HEALTH_BAD, "registry",
				err.text != NULL ? arena_strdup(&app->arena, err.text)
						 : "it has the errors shown above",
				err.hint != NULL ? arena_strdup(&app->arena, err.hint)
						 : shell_line(app, "${EDITOR:-vi} ",
								   path_join(app->facts.profile,
										   "lumina.yaml",
										   &app->arena)));
		err_release(&err);
		doctor_check_desk(doctor, NULL);
		return;
	}
	doctor_find(doctor, HEALTH_GOOD, "registry",
			arena_printf(&app->arena, "%zu files, %zu links", view.registry.files.count,
					view.wants.count),
			NULL);
	struct missing_sources missing;
	struct drifts drifts;
	sources_check(&missing, &view.places, &app->facts);
	drifts_build(&drifts, &view.plan, &missing, view.unthemed, &app->arena);
	size_t other = 0, stuck = 0;
	for (size_t i = 0; i < drifts.count; i++) {
		const struct drift *drift = &drifts.items[i];
		if (drift->state == DRIFT_THEME) {
			doctor_find(doctor, view.unthemed != NULL ? HEALTH_BAD : HEALTH_WARNING, "theme",
					drift->what, "lumina sync --only themes");
			continue;
		}
		if (drift->state != DRIFT_BROKEN) {
			other++;
			stuck += drift->state == DRIFT_BLOCKED || drift->state == DRIFT_FOREIGN ||
					drift->state == DRIFT_DETACHED;
			continue;
		}
		doctor_find(doctor, HEALTH_BAD, "links",
				arena_printf(&app->arena, "'%s' is linked, but '%s' is gone from the profile",
						drift->target, drift->source),
				shell_line(app, "lumina git checkout -- ", drift->source));
	}
	if (other > 0) {
		doctor_find(doctor, HEALTH_WARNING, "links",
				arena_printf(&app->arena, "%zu differ from the registry", other),
				stuck > 0 ? "lumina status" : "lumina sync");
	}
	if (drifts.count == 0) {
		doctor_find(doctor, HEALTH_GOOD, "links",
				arena_printf(&app->arena, "%zu in place", view.plan.in_place), NULL);
	}
	free(missing.items);
	free(drifts.items);
	doctor_check_packages(doctor, &view.registry);
	doctor_check_desk(doctor, &view.registry);
	view_release(&view);
}

static void print(struct app *app, const struct finding *finding) {
	static const char *const words[] = {"ok", "warning", "problem"};
	const char *const colours[] = {app->paint->green, app->paint->yellow, app->paint->red};
	if (finding->health == HEALTH_GOOD && app->global.quiet) {
		return;
	}
	buf_addf(&app->out, "%s%-8s%s %-9s ", colours[finding->health], words[finding->health],
			app->paint->off, finding->subject);
	buf_add_shown(&app->out, finding->text, strlen(finding->text));
	buf_addc(&app->out, '\n');
	if (finding->mend != NULL) {
		buf_addf(&app->out, "%18s %smend:%s ", "", app->paint->cyan, app->paint->off);
		buf_add_shown(&app->out, finding->mend, strlen(finding->mend));
		buf_addc(&app->out, '\n');
	}
}

static void print_json(struct app *app, const struct doctor *doctor, bool healthy) {
	static const char *const words[] = {"ok", "warning", "problem"};
	struct json json;
	json_init(&json, &app->out);
	json_open_object(&json, NULL);
	json_number(&json, "schema", REPORT_SCHEMA);
	json_string(&json, "command", "doctor");
	json_bool(&json, "healthy", healthy);
	json_open_array(&json, "findings");
	for (size_t i = 0; i < doctor->findings.count; i++) {
		const struct finding *finding = &doctor->findings.items[i];
		json_open_object(&json, NULL);
		json_string(&json, "health", words[finding->health]);
		json_string(&json, "subject", finding->subject);
		json_string(&json, "text", finding->text);
		json_string(&json, "mend", finding->mend);
		json_close_object(&json);
	}
	json_close_array(&json);
	json_close_object(&json);
}

int cmd_doctor(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	(void)opts;
	if (argc > 1) {
		return err_set(err, ERR_USAGE, "'lumina doctor' takes no argument '%s'", argv[1]);
	}
	struct doctor doctor = {.app = app};
	check_home(&doctor);
	check_tools(&doctor);
	check_state(&doctor);
	check_journal(&doctor);
	doctor_check_hook(&doctor);
	if (check_profile(&doctor)) {
		check_links(&doctor);
	}
	bool healthy = true;
	for (size_t i = 0; i < doctor.findings.count; i++) {
		healthy = healthy && doctor.findings.items[i].health != HEALTH_BAD;
		if (!app->global.json) {
			print(app, &doctor.findings.items[i]);
		}
	}
	if (app->global.json) {
		print_json(app, &doctor, healthy);
	}
	VEC_RELEASE(&doctor.findings);
	return healthy ? 0 : err_exit(err, 1);
}
