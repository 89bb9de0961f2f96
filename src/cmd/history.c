/* SPDX-License-Identifier: MIT */
#include "report/history.h"

#include <inttypes.h>

#include "base/vec.h"
#include "cmd/change.h"

struct wanted {
	uint64_t *items;
	size_t count, room;
};

static int parse_wanted(struct wanted *wanted, int argc, char **argv, struct err *err) {
	for (int i = 1; i < argc; i++) {
		uint64_t number;
		if (!record_parse_number(argv[i], &number)) {
			return err_set(err, ERR_USAGE, "'%s' is no generation", argv[i]);
		}
		VEC_ADD(wanted, number);
	}
	return 0;
}

static bool is_wanted(const struct wanted *wanted, uint64_t generation) {
	for (size_t i = 0; i < wanted->count; i++) {
		if (wanted->items[i] == generation) {
			return true;
		}
	}
	return wanted->count == 0;
}

static int ask(struct app *app, size_t count, struct err *err) {
	const char *loss = arena_printf(&app->arena, "this deletes %zu %s for good", count,
			count == 1 ? "backup" : "backups");
	return change_consent(app, loss, "if that is meant: lumina history --purge --yes", err);
}

static bool has_backups(const struct backups *backups, uint64_t generation) {
	for (size_t i = 0; i < backups->count; i++) {
		if (backups->items[i].generation == generation) {
			return true;
		}
	}
	return false;
}

static int purge_all(struct app *app, const struct store *store, const struct backups *backups,
		const struct wanted *wanted, bool yes, struct err *err) {
	size_t count = 0;
	for (size_t i = 0; i < wanted->count; i++) {
		if (!has_backups(backups, wanted->items[i])) {
			return err_set(err, ERR_FAILED, "generation %" PRIu64 " has no backups; nothing "
							"was changed", wanted->items[i]);
		}
	}
	for (size_t i = 0; i < backups->count; i++) {
		if (is_wanted(wanted, backups->items[i].generation)) {
			count++;
			if (!app->global.quiet && !app->global.json) {
				buf_adds(&app->out, "  - ");
				buf_add_shown(&app->out, backups->items[i].slot,
						strlen(backups->items[i].slot));
				buf_addc(&app->out, '\n');
			}
		}
	}
	if (count == 0) {
		buf_adds(&app->out, app->global.json ? "" : "no backups to delete\n");
		return 0;
	}
	if (!yes && ask(app, count, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < backups->count; i++) {
		if (is_wanted(wanted, backups->items[i].generation) &&
				backup_purge(store, &backups->items[i], &app->arena, err) < 0) {
			return -1;
		}
	}
	if (!app->global.quiet && !app->global.json) {
		buf_addf(&app->out, "%zu %s deleted\n", count, count == 1 ? "backup" : "backups");
	}
	return 0;
}

static void json_purged(struct app *app, const struct backups *backups,
		const struct wanted *wanted) {
	struct json json;
	json_init(&json, &app->out);
	json_open_object(&json, NULL);
	json_number(&json, "schema", REPORT_SCHEMA);
	json_string(&json, "command", "history");
	json_open_array(&json, "purged");
	for (size_t i = 0; i < backups->count; i++) {
		if (is_wanted(wanted, backups->items[i].generation)) {
			json_string(&json, NULL, arena_printf(&app->arena, "%s/backups/%s",
							    app->facts.state, backups->items[i].slot));
		}
	}
	json_close_array(&json);
	json_close_object(&json);
}

static int purge(struct app *app, const struct wanted *wanted, bool yes, struct err *err) {
	struct change change = {.app = app, .store = {.dir = -1, .generations = -1, .lock = -1}};
	struct backups backups = {0};
	bool recovered;
	int result = change_open(&change, &recovered, err);
	if (result == 0) {
		result = backups_list(&backups, &app->facts, &app->arena, err);
	}
	if (result == 0) {
		result = purge_all(app, &change.store, &backups, wanted, yes, err);
	}
	if (result == 0 && app->global.json) {
		json_purged(app, &backups, wanted);
	}
	backups_release(&backups);
	change_close(&change);
	return result;
}

static int list(struct app *app, struct err *err) {
	struct history history = {0};
	struct backups backups = {0};
	struct owned_record owned = {0};
	(void)view_note_interrupted(app);
	int result = history_load(&history, app->facts.state, &app->arena, err);
	if (result == 0) {
		result = backups_list(&backups, &app->facts, &app->arena, err);
	}
	if (result == 0) {
		result = owned_load(&owned, app->facts.state, &app->arena, err);
	}
	if (result == 0) {
		struct history_report report = {
			.history = &history,
			.backups = &backups,
			.present = history_present(&history, &owned),
			.home = app->facts.home,
			.state = app->facts.state,
			.verbose = app->global.verbose,
		};
		if (app->global.json) {
			report_history_json(&report, &app->out);
		} else if (!app->global.quiet) {
			report_history(&report, app->paint, &app->out);
		}
	}
	owned_release(&owned);
	backups_release(&backups);
	history_release(&history);
	return result;
}

int cmd_history(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct history_opts *options = opts;
	if (!options->purge) {
		return argc == 1 ? list(app, err)
				 : err_set(err, ERR_USAGE, "generations are for --purge only");
	}
	struct wanted wanted = {0};
	int result = parse_wanted(&wanted, argc, argv, err);
	if (result == 0) {
		result = purge(app, &wanted, options->yes, err);
	}
	VEC_RELEASE(&wanted);
	return result;
}
