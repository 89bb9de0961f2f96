/* SPDX-License-Identifier: MIT */
#include "flow/visit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"
#include "flow/dotenv.h"
#include "flow/nix.h"
#include "flow/project.h"
#include "sys/file.h"

/* --- the person's missions ----------------------------------------------------------------- */

static void load_missions(struct visit *visit, const struct facts *facts, struct arena *arena) {
	struct err ignored = {0};
	enum index_state state = index_open(&visit->index, facts, arena);
	if (state == INDEX_GOOD && index_is_current(&visit->index)) {
		return;
	}
	/* Stale: made again here where that is quick; an old one is never used. */
	visit->index = (struct index){0};
	if (index_build(&visit->index, facts, INDEX_QUICK_SIZE, arena, &ignored) < 0) {
		err_release(&ignored);
		visit->index = (struct index){0};
	}
}

/* --- what a project may say ---------------------------------------------------------------- */

static void add_word(struct words *words, const char *word) {
	for (size_t i = 0; i < words->count; i++) {
		if (streq(words->items[i], word)) {
			return;
		}
	}
	VEC_ADD(words, word);
}

/* For a terminal: names of folders and of variables may hold anything. */
static void add_note(struct visit *visit, const char *text, struct arena *arena) {
	struct buf shown _cleanup_buf_ = BUF_INIT;
	buf_add_shown(&shown, text, strlen(text));
	VEC_ADD(&visit->notes, arena_strndup(arena, shown.data, shown.len));
}

static void add_needs(struct visit *visit, const struct mission *mission) {
	for (size_t i = 0; mission->dotenv != NULL && mission->dotenv[i] != NULL; i++) {
		add_word(&visit->needs, mission->dotenv[i]);
	}
	if (mission->nix != NULL) {
		add_word(&visit->needs, "flake.nix");
		add_word(&visit->needs, "flake.lock");
	}
}

/*
 * Said once for each verdict on each content in a login: a file of that name is there from
 * then on.
 */
static bool is_first_time(const struct visit *visit, const struct facts *facts,
		struct arena *arena) {
	const struct trust_file *content = &visit->opened.project;
	uint64_t key = hash64(content->bytes != NULL ? content->bytes : "", content->size) ^
			hash64(visit->root, strlen(visit->root)) ^ (uint64_t)visit->trust;
	for (size_t i = 0; i < visit->needs.count; i++) {
		struct stat info;
		if (fstatat(visit->opened.dir, visit->needs.items[i], &info, AT_SYMLINK_NOFOLLOW) == 0) {
			const struct file_mark mark = file_mark_of(&info);
			const int64_t parts[] = {(int64_t)mark.ino, mark.mtime.tv_sec, mark.mtime.tv_nsec};
			key ^= hash64(parts, sizeof(parts));
		}
	}
	const char *folder = path_join(facts->runtime, "noted", arena);
	if (file_make_folders(folder) < 0) {
		return false;
	}
	const char *name = arena_printf(arena, "%s/%016" PRIx64, folder, key);
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0) {
		(void)close(fd);
	}
	return fd >= 0;
}

static void note_consent(struct visit *visit, const struct facts *facts, struct arena *arena) {
	const char *said = NULL;
	if (visit->trust == TRUST_NONE) {
		said = "it wants to set this shell's environment; look at it with: lumina allow";
	} else if (visit->trust == TRUST_CHANGED) {
		said = "it has changed since it was allowed; look at it with: lumina allow";
	}
	if (said != NULL && is_first_time(visit, facts, arena)) {
		add_note(visit, arena_printf(arena, "%s: %s", visit->root, said), arena);
	}
}

/* --- the environment ----------------------------------------------------------------------- */

static void add_env(struct visit *visit, const struct mission *mission, enum env_source source) {
	for (size_t i = 0; i < mission->nenv; i++) {
		VEC_ADD(&visit->pairs, (struct env_pair){mission->env[i].name,
				mission->env[i].value, source});
	}
}

/*
 * A project's own folder in PATH lets the project say what `git` is. A mission that the
 * person gave these markers may ask for that; one that the project chose, or a project that
 * was denied, may not.
 */
static void add_path(struct visit *visit, const struct mission *mission, bool approved,
		struct arena *arena) {
	bool own = approved || (!visit->by_project && visit->trust != TRUST_DENIED);
	for (size_t i = 0; mission->path != NULL && mission->path[i] != NULL; i++) {
		const char *entry = mission->path[i];
		if (entry[0] != '/' && !own) {
			continue;
		}
		VEC_ADD(&visit->path, entry[0] == '/' ? entry
				: streq(entry, ".") ? visit->root
						    : path_join(visit->root, entry, arena));
	}
}

static void add_dotenv(struct visit *visit, const struct mission *mission,
		const struct approved *approved, struct arena *arena) {
	for (size_t i = 0; mission->dotenv != NULL && mission->dotenv[i] != NULL; i++) {
		struct str bytes;
		struct err problem = {0};
		if (!approved_file(approved, mission->dotenv[i], &bytes)) {
			continue;
		}
		const char *shown = path_join(visit->root, mission->dotenv[i], arena);
		if (dotenv_parse(&visit->pairs, bytes.p, bytes.n, ENV_PROJECT, shown, arena, &problem) < 0) {
			add_note(visit, problem.text, arena);
			err_release(&problem);
		}
	}
}

/* The files that say what nix is to build, as they were allowed. */
static void add_nix(struct visit *visit, const struct approved *approved,
		const struct facts *facts, unsigned flags, struct arena *arena) {
	struct nix_inputs inputs = {.root = visit->root};
	struct nix_env env;
	if (!approved_file(approved, "flake.nix", &inputs.flake)) {
		return;
	}
	(void)approved_file(approved, "flake.lock", &inputs.lock);
	enum nix_state state = nix_cached(&env, &inputs, facts, arena);
	const char *given_up = visit->session.later;
	visit->later = state == NIX_UNKNOWN && given_up != NULL && streq(given_up, visit->root);
	if (state == NIX_UNKNOWN && !visit->later && (flags & VISIT_SLOW) != 0) {
		const char *problem = NULL;
		state = nix_build(&env, &inputs, facts, arena, &problem);
		if (problem != NULL) {
			add_note(visit, problem, arena);
		}
		visit->later = state == NIX_UNKNOWN;
	}
	visit->slow = visit->slow || (state == NIX_UNKNOWN && !visit->later);
	for (size_t i = 0; state == NIX_READY && i < env.npairs; i++) {
		VEC_ADD(&visit->pairs, (struct env_pair){env.pairs[i].name, env.pairs[i].value,
				ENV_PROJECT});
	}
	for (size_t i = 0; state == NIX_READY && env.path != NULL && env.path[i] != NULL; i++) {
		VEC_ADD(&visit->path, env.path[i]);
	}
}

/* --- the desktop --------------------------------------------------------------------------- */

static void add_rule(struct visit *visit, const struct pair *pair) {
	for (size_t i = 0; i < visit->rule.count; i++) {
		if (streq(visit->rule.items[i].name, pair->name)) {
			visit->rule.items[i].value = pair->value;
			return;
		}
	}
	VEC_ADD(&visit->rule, *pair);
}

static void drop_word(struct words *words, const char *word) {
	for (size_t i = 0; i < words->count; i++) {
		if (streq(words->items[i], word)) {
			words->items[i] = words->items[--words->count];
			return;
		}
	}
}

/* What is said later wins: a project that was allowed speaks after the person's mission. */
static void add_modules(struct words *to, struct words *from, const char *const *modules) {
	for (size_t i = 0; modules != NULL && modules[i] != NULL; i++) {
		drop_word(from, modules[i]);
		add_word(to, modules[i]);
	}
}

static void add_desktop(struct visit *visit, const struct mission *mission) {
	for (size_t i = 0; i < mission->nhyprland; i++) {
		add_rule(visit, &mission->hyprland[i]);
	}
	add_modules(&visit->show, &visit->hide, mission->show);
	add_modules(&visit->hide, &visit->show, mission->hide);
}

static void add_mission(struct visit *visit, const struct mission *mission,
		enum env_source source, const struct approved *approved, const struct facts *facts,
		unsigned flags, struct arena *arena) {
	add_env(visit, mission, source);
	add_path(visit, mission, approved != NULL, arena);
	if (approved != NULL) {
		add_dotenv(visit, mission, approved, arena);
		if (mission->nix != NULL) {
			add_nix(visit, approved, facts, flags, arena);
		}
	}
	if (mission->direnv >= 0) {
		visit->direnv = mission->direnv > 0;
	}
	add_desktop(visit, mission);
}

/* --- all together -------------------------------------------------------------------------- */

static const struct mission *find_mission(const struct visit *visit, const char *name) {
	for (size_t i = 0; name != NULL && i < visit->index.missions.count; i++) {
		if (streq(visit->index.missions.items[i].name, name)) {
			return &visit->index.missions.items[i];
		}
	}
	return NULL;
}

static void choose(struct visit *visit, const struct project *project) {
	const struct mission *pinned = find_mission(visit, visit->session.pin);
	const struct mission *selected = find_mission(visit, project->mission);
	/* A project can't choose what the person keeps for other folders. */
	if (selected != NULL && !detect_is_in(&visit->detected, selected, visit->opened.arena)) {
		selected = NULL;
	}
	visit->by_project = pinned == NULL && selected != NULL && selected != visit->detected.mission;
	const struct mission *found = visit->detected.mission;
	visit->in_force = pinned != NULL ? pinned : selected != NULL ? selected : found;
	visit->chosen = pinned != NULL ? "pinned for this terminal"
			: selected != NULL ? "named by the project's .lumina.yaml"
			: found == NULL ? NULL
			: visit->marker != NULL ? "by its markers" : "by its folder";
	if (project->mission != NULL && selected == NULL) {
		visit->problem = arena_printf(visit->opened.arena, "its .lumina.yaml names the mission '%s', "
								   "which the registry lacks", project->mission);
	}
	visit->mission = visit->in_force != NULL ? visit->in_force->name
						   : visit->detected.kind;
	visit->label = project->label != NULL ? project->label
			: visit->in_force != NULL ? visit->in_force->label : NULL;
}

/* Without consent the harmless half of the project's file: anybody may have written it. */
static void read_project(struct visit *visit, struct project *project,
		const struct approved *approved, struct str bytes, const struct facts *facts,
		struct arena *arena) {
	struct source source = {
		.path = path_join(visit->root, TRUST_PROJECT_FILE, arena),
		.name = TRUST_PROJECT_FILE,
		.bytes = bytes.p,
		.size = (uint32_t)bytes.n,
	};
	struct diags diags = {.arena = arena};
	if (project_load(project, &source, approved, facts, arena, &diags) < 0) {
		*project = (struct project){0};
		visit->problem = arena_printf(arena, "nothing of its .lumina.yaml is used: %s",
				diags.first != NULL ? diags.first->text : "it can't be read");
	}
	source_release(&source);
}

/* Files that the mission would read are there. */
static bool has_needs(const struct visit *visit) {
	for (size_t i = 0; i < visit->needs.count; i++) {
		if (faccessat(visit->opened.dir, visit->needs.items[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
			return true;
		}
	}
	return false;
}

static void open_project(struct visit *visit, const struct facts *facts, struct arena *arena) {
	struct err ignored = {0};
	visit->is_open = trust_open(&visit->opened, visit->root, facts->uid, arena, &ignored) == 0;
	err_release(&ignored);
}

static void add_project(struct visit *visit, const struct facts *facts, unsigned flags,
		struct arena *arena) {
	struct project project = {0};
	struct str bytes = {0};
	const struct approved *approved = NULL;
	/* A pinned mission holds anywhere; without a project, for the folder itself. */
	visit->root = visit->detected.root != NULL ? visit->detected.root : visit->detected.dir;
	visit->marker = visit->detected.marker;
	visit->envrc = visit->detected.envrc;
	visit->direnv = visit->envrc != NULL;
	/* Most projects have nothing to say: then nothing of them is opened. */
	if (visit->detected.project_file) {
		open_project(visit, facts, arena);
	}
	if (visit->is_open && visit->opened.project.bytes != NULL) {
		const struct trust_file *file = &visit->opened.project;
		read_project(visit, &project, NULL, (struct str){file->bytes, file->size}, facts, arena);
	}
	choose(visit, &project);
	if (visit->in_force != NULL) {
		add_needs(visit, visit->in_force);
	}
	if (visit->needs.count > 0 && !visit->is_open) {
		open_project(visit, facts, arena);
	}
	VEC_ADD(&visit->needs, NULL);
	visit->needs.count--;
	bool speaks = visit->is_open && visit->opened.project.bytes != NULL;
	if (speaks || (visit->is_open && has_needs(visit))) {
		visit->trust = trust_check(&visit->opened, facts->state, visit->needs.items,
				&approved);
		visit->trust_why = visit->opened.why;
		bool asks = project.needs_consent || has_needs(visit);
		if (visit->trust == TRUST_DENIED) {
			/* Not even its name for itself. */
			project = (struct project){0};
			choose(visit, &project);
		} else if (asks && (flags & VISIT_NOTES) != 0) {
			note_consent(visit, facts, arena);
		}
	}
	if (visit->in_force != NULL) {
		add_mission(visit, visit->in_force, ENV_OWN, approved, facts, flags, arena);
	}
	if (project.needs_consent && approved_file(approved, TRUST_PROJECT_FILE, &bytes)) {
		read_project(visit, &project, approved, bytes, facts, arena);
		if (project.consented != NULL) {
			add_mission(visit, project.consented, ENV_PROJECT, approved, facts, flags, arena);
		}
	}
	visit->identity = arena_printf(arena, "%s\n%s", visit->root,
			visit->mission != NULL ? visit->mission : "");
}

void visit_nowhere(struct visit *visit, const struct facts *facts, struct arena *arena) {
	*visit = (struct visit){0};
	load_missions(visit, facts, arena);
	session_load(&visit->session, facts, arena);
}

int visit_find(struct visit *visit, const char *dir, const struct facts *facts, unsigned flags,
		struct arena *arena) {
	struct err ignored = {0};
	visit_nowhere(visit, facts, arena);
	if (detect(&visit->detected, dir, &visit->index.missions, facts->home, facts->uid, arena,
			    &ignored) < 0) {
		err_release(&ignored);
		return -1;
	}
	bool pinned = find_mission(visit, visit->session.pin) != NULL && visit->detected.dir != NULL;
	if (visit->detected.root != NULL || pinned) {
		add_project(visit, facts, flags, arena);
	}
	return 0;
}

void visit_release(struct visit *visit) {
	if (visit->is_open) {
		trust_close(&visit->opened);
	}
	VEC_RELEASE(&visit->pairs);
	VEC_RELEASE(&visit->path);
	VEC_RELEASE(&visit->needs);
	VEC_RELEASE(&visit->notes);
	VEC_RELEASE(&visit->rule);
	VEC_RELEASE(&visit->show);
	VEC_RELEASE(&visit->hide);
}
