/* SPDX-License-Identifier: MIT */
#include "desk/follow.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "desk/ancestry.h"
#include "desk/hyprland.h"
#include "desk/instance.h"
#include "desk/ipc.h"
#include "desk/waybar.h"
#include "flow/before.h"
#include "flow/runtime.h"
#include "sys/child.h"
#include "sys/clock.h"
#include "sys/limit.h"
#include "sys/proc.h"

enum {
	LIMIT_MS = 400,  /* of the child, from its start to its end */
	SETTLE_MS = 60,  /* quick changes of directory count as one */
	TMUX_MS = 60,
	LOCK_MS = 90,    /* and then there is time for all that follows */
	BAR_MS = 100,    /* of the registry's own command for a bar */
	SWEEP_MS = 50,   /* to kill it in, with what it has started */
	NS_PER_MS = 1000 * 1000,
	MS_PER_S = 1000,
};

/* --- what is wished ------------------------------------------------------------------------ */

static const char *key_of(const struct buf *text, struct arena *arena) {
	return arena_printf(arena, "%016" PRIx64, hash64(text->data, text->len));
}

static void add_rule(struct buf *text, const struct visit *visit) {
	for (size_t i = 0; i < visit->rule.count; i++) {
		buf_addf(text, "%s=%s\n", visit->rule.items[i].name, visit->rule.items[i].value);
	}
}

static void add_words(struct buf *text, char mark, const struct words *words) {
	for (size_t i = 0; i < words->count; i++) {
		buf_addf(text, "%c%s\n", mark, words->items[i]);
	}
}

static bool is_anything(const struct visit *visit) {
	return visit->in_force != NULL || visit->rule.count > 0 || visit->show.count > 0 ||
			visit->hide.count > 0;
}

const char *follow_key(const struct visit *visit, struct arena *arena) {
	if (!is_anything(visit)) {
		return NULL;
	}
	struct buf text _cleanup_buf_ = BUF_INIT;
	buf_addf(&text, "%s\n%s\n", visit->mission != NULL ? visit->mission : "",
			visit->label != NULL ? visit->label : "");
	add_rule(&text, visit);
	add_words(&text, '+', &visit->show);
	add_words(&text, '-', &visit->hide);
	return key_of(&text, arena);
}

static const char *rule_key(const struct visit *visit, struct arena *arena) {
	if (visit->rule.count == 0) {
		return NULL;
	}
	struct buf text _cleanup_buf_ = BUF_INIT;
	add_rule(&text, visit);
	return key_of(&text, arena);
}

/* --- the bar ------------------------------------------------------------------------------- */

static const char *const *list(const struct words *words, struct arena *arena) {
	const char **items = arena_zalloc(arena, (words->count + 1) * sizeof(*items));
	for (size_t i = 0; i < words->count; i++) {
		items[i] = words->items[i];
	}
	return items;
}

/* Our own limit must not strike while it runs: nobody would end it. 0: it isn't started. */
static int bar_time(void) {
	int most = (int)(BAR_MS * ipc_scale());
	long left = limit_left();
	if (left < 0) {
		return most; /* there is none: asked for by hand */
	}
	left -= SWEEP_MS;
	return left <= 0 ? 0 : left < most ? (int)left : most;
}

/* A bar that isn't Waybar: the person's own command, who has it do what he likes. */
static void run_command(const struct workspace *workspace, const struct missions *missions,
		const struct facts *facts, struct arena *arena) {
	const struct {
		const char *name, *value;
	} rows[] = {
		{"LUMINA_WORKSPACE", arena_printf(arena, "%ld", workspace->id)},
		{"LUMINA_OUTPUT", workspace->output},
		{"LUMINA_MISSION", workspace->mission},
		{"LUMINA_LABEL", workspace->label},
		{"LUMINA_ROOT", workspace->root},
	};
	const char *env[sizeof(rows) / sizeof(rows[0]) + 1] = {NULL};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		env[i] = arena_printf(arena, "%s=%s", rows[i].name,
				rows[i].value != NULL ? rows[i].value : "");
	}
	const struct child child = {
		.argv = missions->bar,
		.env = env,
		.umask = facts->umask,
		.timeout_ms = bar_time(),
		.apart = true,
		.abrupt = true,
	};
	struct child_result ended;
	struct err ignored = {0};
	before_enter(arena);
	if (child.timeout_ms > 0 && child_run(&child, &ended, &ignored) < 0) {
		err_release(&ignored);
	}
}

void follow_tell_bar(const struct desk *desk, const struct workspace *workspace,
		const struct missions *missions, const struct facts *facts, struct arena *arena) {
	struct err ignored = {0};
	/* Without the missions it can't be told whose the modules are. */
	if (missions != NULL && waybar_style(desk, missions, false, facts, arena, &ignored) < 0) {
		err_release(&ignored);
	}
	if (missions != NULL && missions->bar != NULL) {
		run_command(workspace, missions, facts, arena);
	} else {
		(void)waybar_tell(facts, arena);
	}
}

/* --- following ----------------------------------------------------------------------------- */

struct wish {
	const struct visit *visit;
	uint64_t asked;
	pid_t shell;
	uint64_t before; /* follow_start() */
	bool repair;
};

/* NULL: not known, or the registry has errors. */
static const struct missions *missions_of(const struct visit *visit) {
	const struct index *index = &visit->index;
	return index->nfiles > 0 && !index->broken ? &index->missions : NULL;
}

uint64_t follow_time(void) {
	struct timespec now = {0};
	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * MS_PER_S * NS_PER_MS + (uint64_t)now.tv_nsec;
}

/* True if that is anything new to a bar. */
static bool take_over(struct workspace *workspace, const struct wish *wish, struct arena *arena) {
	const struct visit *visit = wish->visit;
	bool some = is_anything(visit);
	const struct workspace before = *workspace;
	workspace->asked = wish->asked;
	workspace->hidden = false; /* somebody works there */
	workspace->mission = some ? visit->mission : NULL;
	workspace->label = some ? visit->label : NULL;
	workspace->root = some ? visit->root : NULL;
	workspace->show = some ? list(&visit->show, arena) : NULL;
	workspace->hide = some ? list(&visit->hide, arena) : NULL;
	return wish->repair || visit->show.count > 0 || visit->hide.count > 0 ||
			before.show != NULL || before.hide != NULL ||
			!str_same(before.mission, workspace->mission) ||
			!str_same(before.label, workspace->label) || !str_same(before.root, workspace->root);
}

/* Failures in a row are counted, as far as anything was asked. */
static enum hyprland ask(struct desk *desk, const struct instance *at, const struct wish *wish,
		long *ret_id, struct arena *arena, struct err *err) {
	struct ancestry ancestry = {.count = 0};
	before_enter(arena);
	ancestry_find(&ancestry, wish->shell, TMUX_MS * ipc_scale(), arena);
	if (ancestry.count == 0) {
		return HYPRLAND_NOWHERE;
	}
	const struct hyprland_want want = {
		.pids = ancestry.pids,
		.npids = ancestry.count,
		.rule = wish->visit->rule.items,
		.nrule = wish->visit->rule.count,
		.key = rule_key(wish->visit, arena),
		.asked = wish->asked,
		.repair = wish->repair,
		.ms = IPC_MS * ipc_scale(),
	};
	enum hyprland result = hyprland_follow(desk, at, &want, ret_id, arena, err);
	desk->failures = result == HYPRLAND_FAILED ? desk->failures + 1 : 0;
	return result;
}

static void save(const struct desk *desk, const struct facts *facts, struct arena *arena) {
	struct err ignored = {0};
	if (desk_save(desk, facts, arena, &ignored) < 0) {
		err_release(&ignored);
	}
}

/*
 * The same wish, in another project: nobody has to be asked. False if the earlier one was never
 * carried out, since this one overtook it.
 */
static bool rename_project(const struct wish *wish, struct desk *desk, const struct facts *facts,
		struct arena *arena) {
	for (size_t i = 0; i < desk->count; i++) {
		struct workspace *workspace = &desk->items[i];
		if (workspace->asked == wish->before && workspace->mission != NULL) {
			workspace->asked = wish->asked;
			workspace->root = wish->visit->root;
			save(desk, facts, arena);
			follow_tell_bar(desk, workspace, missions_of(wish->visit), facts, arena);
			return true;
		}
	}
	return false;
}

/* With the lock. */
static enum follow follow(const struct wish *wish, const struct facts *facts, struct arena *arena,
		struct err *err) {
	struct instance at;
	struct desk desk;
	long id = 0;
	if (!instance_find(&at, facts, arena)) {
		return FOLLOW_NOTHING;
	}
	desk_load(&desk, facts, arena);
	bool fresh = !str_same(desk.signature, at.signature);
	if (fresh) {
		desk = (struct desk){.signature = at.signature}; /* another login */
	}
	if (desk.failures >= DESK_FAILURES_MAX) {
		return FOLLOW_RESTS;
	}
	if (wish->before > 0 && rename_project(wish, &desk, facts, arena)) {
		return FOLLOW_DONE;
	}
	/* What was done is written down: our time isn't over in between. */
	sigset_t alarm, usual;
	(void)sigemptyset(&alarm);
	(void)sigaddset(&alarm, SIGALRM);
	(void)sigprocmask(SIG_BLOCK, &alarm, &usual);
	enum hyprland result = ask(&desk, &at, wish, &id, arena, err);
	struct workspace *workspace = NULL;
	bool news = false;
	if (result == HYPRLAND_DONE || result == HYPRLAND_HELD) {
		workspace = desk_make(&desk, id, arena);
		/* The bar's style sheet may be of the last login. */
		news = take_over(workspace, wish, arena) || fresh;
	}
	save(&desk, facts, arena);
	(void)sigprocmask(SIG_SETMASK, &usual, NULL);
	if (news) {
		follow_tell_bar(&desk, workspace, missions_of(wish->visit), facts, arena);
	}
	return result == HYPRLAND_FAILED    ? FOLLOW_FAILED
			: result == HYPRLAND_HELD ? FOLLOW_HELD
			: result == HYPRLAND_DONE ? FOLLOW_DONE
						  : FOLLOW_NOTHING;
}

void follow_wake(const struct facts *facts, struct arena *arena) {
	struct err ignored = {0};
	struct desk desk;
	_cleanup_close_ int held = desk_lock(facts, LIMIT_MS * ipc_scale(), arena, &ignored);
	desk_load(&desk, facts, arena);
	if (held >= 0 && desk.failures > 0) {
		desk.failures = 0;
		save(&desk, facts, arena);
	}
	err_release(&ignored);
}

/* Between us and the shell there may be others, which are gone before the child looks: a
 * subshell, timeout(1). The hook says who it is; only a parent is believed. */
static pid_t find_shell(void) {
	const char *text = getenv("LUMINA_SHELL_PID");
	long told = text != NULL ? strtol(text, NULL, 10) : 0;
	pid_t pid = getppid();
	for (int i = 0; told > 1 && pid > 1 && i < ANCESTRY_MAX; i++, pid = proc_parent(pid)) {
		if (pid == told) {
			return pid;
		}
	}
	return getppid();
}

enum follow follow_now(const struct visit *visit, const struct facts *facts, struct arena *arena,
		struct err *err) {
	const struct wish wish = {
		.visit = visit,
		.asked = follow_time(),
		.shell = find_shell(),
		.repair = true,
	};
	if (!instance_is_likely(facts)) {
		return FOLLOW_NOTHING;
	}
	_cleanup_close_ int held = desk_lock(facts, LIMIT_MS * ipc_scale(), arena, err);
	return held < 0 ? FOLLOW_FAILED : follow(&wish, facts, arena, err);
}

/* --- the child ----------------------------------------------------------------------------- */

static void pass(int number) {
	(void)number;
}

/* Nothing of the shell's is held any more, and nothing that it is told reaches us. */
static bool let_go(void) {
	const int passed[] = {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE};
	/* No SIG_IGN, which a bar that is started would have for life. */
	const struct sigaction action = {.sa_handler = pass, .sa_flags = SA_RESTART};
	int null = open("/dev/null", O_RDWR);
	if (null < 0) {
		return false;
	}
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (dup2(null, fd) < 0) {
			return false;
		}
	}
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
		(void)sigaction(passed[i], &action, NULL);
	}
	return setpgid(0, 0) == 0 && chdir("/") == 0;
}

/* Has the terminal gone on since? Then another child does what is to be done. */
static bool is_overtaken(const struct wish *wish, const struct facts *facts, struct arena *arena) {
	struct session now;
	session_load(&now, facts, arena);
	return now.asked > 0 && now.asked != wish->asked; /* 0: the terminal is gone */
}

/* It didn't come to it: whatever the terminal wishes at its next change of directory is news. */
static void ask_again(const struct wish *wish, const struct facts *facts, struct arena *arena) {
	struct session now;
	struct err unheard = {0};
	session_load(&now, facts, arena);
	if (now.asked == wish->asked) {
		now.desk = FOLLOW_UNKNOWN;
		(void)session_save(&now, facts, arena, &unheard);
	}
}

_Noreturn static void run(const struct wish *wish, const struct facts *facts, struct arena *arena) {
	struct err unheard = {0};
	const struct rlimit none = {0};
	limit_set(LIMIT_MS * ipc_scale());
	(void)setrlimit(RLIMIT_CORE, &none);
	clock_sleep(SETTLE_MS);
	if (!is_overtaken(wish, facts, arena)) {
		int held = desk_lock(facts, LOCK_MS * ipc_scale(), arena, &unheard);
		if (held >= 0 && is_overtaken(wish, facts, arena)) {
			_exit(0);
		}
		if (held < 0 || follow(wish, facts, arena, &unheard) == FOLLOW_FAILED) {
			ask_again(wish, facts, arena);
		}
	}
	_exit(0);
}

void follow_start(const struct visit *visit, uint64_t before, const struct facts *facts,
		struct arena *arena) {
	if (!instance_is_likely(facts)) {
		return;
	}
	const struct wish wish = {
		.visit = visit,
		.asked = visit->session.asked,
		.before = before,
		.shell = find_shell(),
	};
	if (fork() != 0) {
		return;
	}
	if (let_go()) {
		run(&wish, facts, arena);
	}
	_exit(0);
}
