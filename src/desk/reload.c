/* SPDX-License-Identifier: MIT */
#include "desk/reload.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"
#include "desk/desk.h"
#include "desk/hyprland.h"
#include "desk/instance.h"
#include "desk/ipc.h"
#include "desk/reload_paper.h"
#include "desk/reload_part.h"
#include "desk/running.h"
#include "flow/before.h"
#include "state/theme_place.h"
#include "sys/clock.h"

enum { LOCK_MS = 400 }; /* for the desk's */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- counting ------------------------------------------------------------------------------ */

/* What came of one program, which may run more than once. */
struct tally {
	const struct reload_program *program; /* NULL: a command of the registry */
	const char *const *argv;              /* … which is this */
	const char *name;
	size_t total, told, failed, late;
	const char *why; /* of the first that wasn't told */
};

struct tallies {
	struct tally *items;
	size_t count, room;
};

static void count(struct tally *tally, enum reload_what what, const char *why) {
	tally->total += what != RELOAD_NOT_RUNNING;
	tally->told += what == RELOAD_TOLD;
	tally->failed += what == RELOAD_FAILED;
	tally->late += what == RELOAD_LATE;
	tally->why = tally->why != NULL ? tally->why : why;
}

static void count_job(void *tallies, size_t at, enum reload_what what, const char *why) {
	count(&((struct tallies *)tallies)->items[at], what, why);
}

static struct reload_line line_of(const struct tally *tally, struct arena *arena) {
	struct reload_line line = {.name = tally->name, .detail = tally->why};
	line.what = tally->total == 0        ? RELOAD_NOT_RUNNING
			: tally->failed > 0  ? RELOAD_FAILED
			: tally->late > 0    ? RELOAD_LATE
			: tally->told == tally->total ? RELOAD_TOLD
						      : RELOAD_LATER;
	if (tally->total > 1 && tally->told < tally->total) {
		line.detail = arena_printf(arena, "%zu of %zu%s%s", tally->total - tally->told,
				tally->total, line.detail != NULL ? ": " : "",
				line.detail != NULL ? line.detail : "");
	} else if (tally->total > 1) {
		line.detail = arena_printf(arena, "%zu of them", tally->total);
	}
	return line;
}

/* --- one way each -------------------------------------------------------------------------- */

struct round {
	const struct reload *reload;
	const struct facts *facts;
	struct arena *arena;
	const char *current;     /* the theme's folder */
	const char *picture;     /* NULL: it has none */
	struct runnings running; /* of all that are looked for */
	struct nudge nudge;
	struct reload_jobs jobs;
	struct paper_renewals renewals;
};

static bool has(const char *const *names, const char *name) {
	for (size_t i = 0; i < RELOAD_NAMES_MAX && names[i] != NULL; i++) {
		if (name != NULL && streq(names[i], name)) {
			return true;
		}
	}
	return false;
}

/* It is what it seems: by what it calls itself, and by what it runs. */
static bool is_it(const struct running *one, const struct reload_program *program) {
	return has(program->names, one->name) && has(program->names, one->program);
}

static enum reload_what tell_one(struct round *round, const struct reload_program *program,
		const struct running *one) {
	if (program->how == RELOAD_BY_WATCH) {
		int nudged = nudge_watched(&round->nudge, one, round->facts, round->arena);
		return nudged > 0 ? RELOAD_TOLD : nudged == 0 ? RELOAD_LATER : RELOAD_FAILED;
	}
	if (program->how == RELOAD_BY_NOTHING) {
		return RELOAD_LATER;
	}
	enum running_told told = running_tell(one, program->number, round->arena);
	return told == RUNNING_TOLD ? RELOAD_TOLD
			: told == RUNNING_DEAF ? RELOAD_LATER : RELOAD_NOT_RUNNING;
}

static void tell_each(struct round *round, struct tally *tally, size_t at) {
	(void)at;
	for (size_t i = 0; i < round->running.count; i++) {
		const struct running *one = &round->running.items[i];
		if (is_it(one, tally->program)) {
			enum reload_what what = tell_one(round, tally->program, one);
			count(tally, what, what == RELOAD_LATER ? tally->program->later
					: what == RELOAD_FAILED ? "the files that it watches can't be written"
								: NULL);
		}
	}
}

static void ask_hyprland(struct round *round, struct tally *tally, size_t at) {
	struct instance instance;
	struct err err = {0}, unlocked = {0};
	const char *lost;
	(void)at;
	if (!instance_find(&instance, round->facts, round->arena)) {
		return;
	}
	/* No terminal's wish comes in between; without the lock it is done all the same. */
	int held = desk_lock(round->facts, LOCK_MS * ipc_scale(), round->arena, &unlocked);
	err_release(&unlocked);
	int64_t end = clock_ms() + (int64_t)RELOAD_MS * ipc_scale();
	int result = hyprland_reload(&instance, RELOAD_MS * ipc_scale(), &lost, round->arena, &err);
	cleanup_close_fd(&held);
	if (result < 0) {
		count(tally, clock_left(end) > 0 ? RELOAD_FAILED : RELOAD_LATE,
				arena_strdup(round->arena, err.text));
		err_release(&err);
		return;
	}
	count(tally, RELOAD_TOLD, lost);
}

/* LC_ALL: what it says is compared. */
static const char *const plain[] = {"LC_ALL=C", NULL};

static void run_tmux(struct round *round, struct tally *tally, size_t at) {
	const char *file = reload_file(round->current, tally->program->file, round->arena);
	const char *const *sockets = reload_tmux_sockets(round->facts, round->arena);
	for (; *sockets != NULL; sockets++) {
		const char *words[] = {"tmux", "-S", *sockets, "source-file",
			reload_tmux_pattern(path_join(round->current, file, round->arena),
					round->arena),
			NULL};
		const char **argv = arena_alloc(round->arena, sizeof(words));
		memcpy(argv, words, sizeof(words));
		const struct reload_order order = {.argv = argv, .env = plain, .absent = "", .ms = RELOAD_MS};
		reload_begin(&round->jobs, at, &order, round->facts);
	}
}

static void run_command(struct round *round, struct tally *tally, size_t at) {
	const struct reload_program *program = tally->program;
	bool runs = program->names[0] == NULL;
	for (size_t i = 0; !runs && i < round->running.count; i++) {
		runs = is_it(&round->running.items[i], program);
	}
	if (!runs) {
		return;
	}
	const char **argv = arena_zalloc(round->arena, (RELOAD_WORDS_MAX + 1) * sizeof(*argv));
	for (size_t i = 0; i < RELOAD_WORDS_MAX && program->argv[i] != NULL; i++) {
		const char *word = program->argv[i];
		argv[i] = str_ends(str_of(word), "-")
				? arena_printf(round->arena, "%s%s", word,
						  round->reload->light ? "light" : "dark")
				: word;
	}
	const struct reload_order order = {.argv = argv, .env = plain, .ms = RELOAD_MS,
		.absent = program->absent != NULL ? program->absent : ""};
	reload_begin(&round->jobs, at, &order, round->facts);
}

/* Of hyprpaper from 0.8 on, hyprctl knows the protocol. */
static void run_hyprctl(struct round *round, size_t at, const struct instance *instance,
		const char *const *monitors) {
	const char *words[] = {"LC_ALL=C", arena_printf(round->arena, "HYPRLAND_INSTANCE_SIGNATURE=%s",
							   instance->signature), NULL};
	const char **env = arena_alloc(round->arena, sizeof(words));
	memcpy(env, words, sizeof(words));
	for (size_t i = 0; monitors[i] != NULL; i++) {
		const char *wish[] = {"hyprctl", "hyprpaper", "wallpaper",
			arena_printf(round->arena, "%s,%s", monitors[i], round->picture), NULL};
		const char **argv = arena_alloc(round->arena, sizeof(wish));
		memcpy(argv, wish, sizeof(wish));
		const struct reload_order order = {.argv = argv, .env = env, .complains = true,
			.goes_on = i > 0, .ms = RELOAD_MS};
		reload_begin(&round->jobs, at, &order, round->facts);
	}
}

static void ask_hyprpaper(struct round *round, struct tally *tally, size_t at) {
	struct instance instance;
	for (size_t i = 0; i < round->running.count; i++) {
		const struct running *one = &round->running.items[i];
		const char *why = NULL;
		if (!is_it(one, tally->program)) {
			continue;
		}
		if (!instance_find(&instance, round->facts, round->arena)) {
			count(tally, RELOAD_LATER, "no Hyprland is there to reach it by");
			continue;
		}
		int64_t end = clock_ms() + (int64_t)RELOAD_MS * ipc_scale();
		const char *const *monitors = paper_monitors(&instance, end, round->arena);
		if (!paper_is_wired(one, round->arena)) {
			enum reload_what what = paper_ask(&instance, monitors, round->picture, end, &why,
					round->arena);
			count(tally, what, why);
		} else if (strchr(round->picture, ',') != NULL) {
			count(tally, RELOAD_FAILED, "hyprctl takes no path with a comma in it");
		} else {
			run_hyprctl(round, at, &instance, monitors);
		}
	}
}

static void renew_swaybg(struct round *round, struct tally *tally, size_t at) {
	for (size_t i = 0; i < round->running.count; i++) {
		const struct running *one = &round->running.items[i];
		const char *why;
		if (is_it(one, tally->program) &&
				!paper_renew(&round->renewals, one, round->current, at,
						RELOAD_MS * ipc_scale(), &why, round->arena)) {
			count(tally, RELOAD_LATER, why);
		}
	}
}

static void end_renewals(struct paper_renewals *renewals, struct tallies *tallies) {
	for (size_t i = 0; i < renewals->count; i++) {
		const char *why;
		enum reload_what what = paper_renewed(&renewals->items[i], &why);
		count(&tallies->items[renewals->items[i].tally], what, why);
	}
	VEC_RELEASE(renewals);
}

typedef void (*teller)(struct round *round, struct tally *tally, size_t at);

/* In which order: what is waited for elsewhere is begun first, what is waited for here comes last. */
static const struct {
	enum reload_how how;
	teller tell;
} tellers[] = {
	{RELOAD_BY_COMMAND, run_command}, {RELOAD_BY_TMUX, run_tmux}, {RELOAD_BY_SWAYBG, renew_swaybg},
	{RELOAD_BY_SIGNAL, tell_each}, {RELOAD_BY_WATCH, tell_each}, {RELOAD_BY_NOTHING, tell_each},
	{RELOAD_BY_HYPRPAPER, ask_hyprpaper}, {RELOAD_BY_HYPRLAND, ask_hyprland},
};

/* --- all of them --------------------------------------------------------------------------- */

static bool is_set(const char *name) {
	const char *value = getenv(name);
	return value != NULL && value[0] != '\0';
}

static void list(struct tallies *tallies, const struct round *round, bool session) {
	const struct reload *reload = round->reload;
	for (size_t i = 0; i < reload->nprograms; i++) {
		const struct reload_program *program = &reload->programs[i];
		bool fits = program->picture
				? round->picture != NULL && reload->wallpaper == NULL
				: program->file == NULL ||
						reload_file(round->current, program->file, round->arena) != NULL;
		if (fits && (session || program->anywhere)) {
			VEC_ADD(tallies, (struct tally){.program = program, .name = program->name});
		}
	}
	if (session && round->picture != NULL && reload->wallpaper != NULL) {
		const char *const *argv = paper_command(reload->wallpaper, round->picture, round->arena);
		VEC_ADD(tallies, (struct tally){.argv = argv, .name = argv[0]});
	}
	for (size_t i = 0; session && reload->commands != NULL && reload->commands[i] != NULL; i++) {
		const char *const *argv = reload->commands[i];
		VEC_ADD(tallies, (struct tally){.argv = argv, .name = argv[0]});
	}
}

/* Of all programs of the list, in one walk through /proc. */
static void find_running(struct round *round, const struct tallies *tallies) {
	struct {
		const char **items;
		size_t count, room;
	} names = {0};
	for (size_t i = 0; i < tallies->count; i++) {
		const struct reload_program *program = tallies->items[i].program;
		for (size_t j = 0; program != NULL && j < RELOAD_NAMES_MAX && program->names[j] != NULL; j++) {
			VEC_ADD(&names, program->names[j]);
		}
	}
	VEC_ADD(&names, NULL);
	running_find(&round->running, names.items, round->facts, round->arena);
	VEC_RELEASE(&names);
}

static void tell_all(struct round *round, struct tallies *tallies) {
	for (size_t i = 0; i < tallies->count; i++) {
		const struct reload_order order = {.argv = tallies->items[i].argv, .env = round->reload->env,
			.ms = RELOAD_COMMAND_MS};
		if (order.argv != NULL) {
			reload_begin(&round->jobs, i, &order, round->facts);
		}
	}
	for (size_t i = 0; i < COUNT(tellers); i++) {
		for (size_t j = 0; j < tallies->count; j++) {
			struct tally *tally = &tallies->items[j];
			if (tally->program != NULL && tally->program->how == tellers[i].how) {
				tellers[i].tell(round, tally, j);
			}
		}
	}
}

void reload(struct reload_lines *ret, const struct reload *reload, const struct facts *facts,
		struct arena *arena) {
	struct reload with_table = *reload;
	if (with_table.programs == NULL) {
		with_table.programs = reload_programs(&with_table.nprograms);
	}
	struct round round = {.reload = &with_table, .facts = facts, .arena = arena,
		.current = theme_place_current(facts, arena)};
	round.picture = paper_path(round.current, arena);
	struct tallies tallies = {0};
	const char *path = getenv("PATH");
	const char *before = path != NULL ? arena_strdup(arena, path) : NULL;
	*ret = (struct reload_lines){0};
	before_enter(arena);
	list(&tallies, &round, is_set("WAYLAND_DISPLAY") || is_set("HYPRLAND_INSTANCE_SIGNATURE"));
	find_running(&round, &tallies);
	tell_all(&round, &tallies);
	reload_end(&round.jobs, count_job, &tallies, arena);
	end_renewals(&round.renewals, &tallies);
	VEC_RELEASE(&round.nudge);
	running_release(&round.running);
	for (size_t i = 0; i < tallies.count; i++) {
		VEC_ADD(ret, line_of(&tallies.items[i], arena));
	}
	VEC_RELEASE(&tallies);
	if (before != NULL) {
		(void)setenv("PATH", before, 1);
	}
}
