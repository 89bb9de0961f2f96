/* SPDX-License-Identifier: MIT */
#include "flow/wanted.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"
#include "flow/dotenv.h"
#include "flow/nix.h"
#include "flow/project.h"
#include "sys/file.h"

/* --- the person's missions ----------------------------------------------------------------- */

static void load_missions(struct wanted *wanted, const struct facts *facts, struct arena *arena) {
	struct err ignored = {0};
	enum index_state state = index_open(&wanted->index, facts, arena);
	if (state == INDEX_GOOD && index_is_current(&wanted->index)) {
		return;
	}
	/* Stale: made again here where that is quick; an old one is never used. */
	wanted->index = (struct index){0};
	if (index_build(&wanted->index, facts, INDEX_QUICK_SIZE, arena, &ignored) < 0) {
		err_release(&ignored);
		wanted->index = (struct index){0};
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

static void add_needs(struct wanted *wanted, const struct mission *mission) {
	for (size_t i = 0; mission->dotenv != NULL && mission->dotenv[i] != NULL; i++) {
		add_word(&wanted->needs, mission->dotenv[i]);
	}
	if (mission->nix != NULL) {
		add_word(&wanted->needs, "flake.nix");
		add_word(&wanted->needs, "flake.lock");
	}
}

/* Said once for each content in a login: the file of that name is there from then on. */
static bool is_first_time(const struct wanted *wanted, const struct facts *facts,
		struct arena *arena) {
	const struct str content = wanted->opened.project.bytes;
	uint64_t key = hash64(content.p, content.n) ^ hash64(wanted->root, strlen(wanted->root));
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

static void note_consent(struct wanted *wanted, const struct facts *facts, struct arena *arena) {
	const char *said = NULL;
	if (wanted->trust == TRUST_NONE) {
		said = "it wants to set this shell's environment; look at it with: lumina allow";
	} else if (wanted->trust == TRUST_CHANGED) {
		said = "it has changed since it was allowed; look at it with: lumina allow";
	}
	if (said != NULL && is_first_time(wanted, facts, arena)) {
		VEC_ADD(&wanted->notes, arena_printf(arena, "%s: %s", wanted->root, said));
	}
}

/* --- the environment ----------------------------------------------------------------------- */

static void add_env(struct wanted *wanted, const struct mission *mission, enum env_source source) {
	for (size_t i = 0; i < mission->nenv; i++) {
		VEC_ADD(&wanted->pairs, (struct env_pair){mission->env[i].name,
				mission->env[i].value, source});
	}
}

static void add_path(struct wanted *wanted, const struct mission *mission, struct arena *arena) {
	for (size_t i = 0; mission->path != NULL && mission->path[i] != NULL; i++) {
		const char *entry = mission->path[i];
		VEC_ADD(&wanted->path, entry[0] == '/' ? entry
				: streq(entry, ".") ? wanted->root
						    : path_join(wanted->root, entry, arena));
	}
}

static void add_dotenv(struct wanted *wanted, const struct mission *mission,
		const struct approved *approved, struct arena *arena) {
	for (size_t i = 0; mission->dotenv != NULL && mission->dotenv[i] != NULL; i++) {
		struct str bytes;
		struct err problem = {0};
		if (!approved_file(approved, mission->dotenv[i], &bytes)) {
			continue;
		}
		if (dotenv_parse(&wanted->pairs, bytes.p, bytes.n, ENV_PROJECT, mission->dotenv[i], arena,
				    &problem) < 0) {
			VEC_ADD(&wanted->notes, arena_strdup(arena, problem.text));
			err_release(&problem);
		}
	}
}

/* The files that say what nix is to build, as they were allowed. */
static void add_nix(struct wanted *wanted, const struct approved *approved,
		const struct facts *facts, bool slow, struct arena *arena) {
	struct nix_inputs inputs = {.root = wanted->root};
	struct nix_env env;
	if (!approved_file(approved, "flake.nix", &inputs.flake)) {
		return;
	}
	(void)approved_file(approved, "flake.lock", &inputs.lock);
	enum nix_state state = nix_cached(&env, &inputs, facts, arena);
	if (state == NIX_UNKNOWN && slow) {
		const char *problem = NULL;
		state = nix_build(&env, &inputs, facts, arena, &problem);
		if (problem != NULL) {
			VEC_ADD(&wanted->notes, problem);
		}
	}
	wanted->slow = wanted->slow || state == NIX_UNKNOWN;
	for (size_t i = 0; state == NIX_READY && i < env.npairs; i++) {
		VEC_ADD(&wanted->pairs, (struct env_pair){env.pairs[i].name, env.pairs[i].value,
				ENV_PROJECT});
	}
	for (size_t i = 0; state == NIX_READY && env.path != NULL && env.path[i] != NULL; i++) {
		VEC_ADD(&wanted->path, env.path[i]);
	}
}

static void add_mission(struct wanted *wanted, const struct mission *mission,
		enum env_source source, const struct approved *approved, const struct facts *facts,
		bool slow, struct arena *arena) {
	add_env(wanted, mission, source);
	add_path(wanted, mission, arena);
	if (approved != NULL) {
		add_dotenv(wanted, mission, approved, arena);
		if (mission->nix != NULL) {
			add_nix(wanted, approved, facts, slow, arena);
		}
	}
	if (mission->direnv >= 0) {
		wanted->direnv = mission->direnv > 0;
	}
}

/* --- all together -------------------------------------------------------------------------- */

static const struct mission *find_mission(const struct wanted *wanted, const char *name) {
	for (size_t i = 0; name != NULL && i < wanted->index.missions.count; i++) {
		if (streq(wanted->index.missions.items[i].name, name)) {
			return &wanted->index.missions.items[i];
		}
	}
	return NULL;
}

static void choose(struct wanted *wanted, const struct project *project) {
	const struct mission *pinned = find_mission(wanted, wanted->session.pin);
	const struct mission *selected = find_mission(wanted, project->mission);
	const struct mission *found = detect_choose(&wanted->detected, &wanted->index.missions);
	wanted->in_force = pinned != NULL ? pinned : selected != NULL ? selected : found;
	wanted->chosen = pinned != NULL ? "pinned for this terminal"
			: selected != NULL ? "named by the project's .lumina.yaml"
			: found != NULL ? "by its markers" : NULL;
	wanted->mission = wanted->in_force != NULL ? wanted->in_force->name
						   : wanted->detected.kind;
	wanted->label = project->label != NULL ? project->label
			: wanted->in_force != NULL ? wanted->in_force->label : NULL;
}

/* The harmless half of the project's file: anybody may have written it. */
static void read_project(struct wanted *wanted, struct project *project, bool allowed,
		struct str bytes, const struct facts *facts, struct arena *arena) {
	struct source source = {
		.path = path_join(wanted->root, TRUST_PROJECT_FILE, arena),
		.name = TRUST_PROJECT_FILE,
		.bytes = bytes.p,
		.size = (uint32_t)bytes.n,
	};
	struct diags diags = {.arena = arena};
	if (project_load(project, &source, allowed, facts, arena, &diags) < 0) {
		*project = (struct project){0};
	}
	source_release(&source);
}

static void add_project(struct wanted *wanted, const struct facts *facts, bool slow,
		struct arena *arena) {
	struct project project = {0};
	struct str bytes = {0};
	struct err ignored = {0};
	const struct approved *approved = NULL;
	wanted->root = wanted->detected.root;
	wanted->marker = wanted->detected.marker;
	wanted->envrc = wanted->detected.envrc;
	wanted->direnv = wanted->envrc != NULL;
	wanted->is_open = trust_open(&wanted->opened, wanted->root, facts->uid, arena, &ignored) == 0;
	err_release(&ignored);
	if (wanted->is_open && wanted->opened.project.there) {
		read_project(wanted, &project, false, wanted->opened.project.bytes, facts, arena);
	}
	choose(wanted, &project);
	if (wanted->in_force != NULL) {
		add_needs(wanted, wanted->in_force);
	}
	VEC_ADD(&wanted->needs, NULL);
	wanted->needs.count--;
	bool asks = project.needs_consent || wanted->needs.count > 0;
	if (wanted->is_open && asks) {
		wanted->trust = trust_check(&wanted->opened, facts->state, wanted->needs.items,
				&approved);
		wanted->trust_why = wanted->opened.why;
		note_consent(wanted, facts, arena);
	}
	if (wanted->in_force != NULL) {
		add_mission(wanted, wanted->in_force, ENV_OWN, approved, facts, slow, arena);
	}
	if (project.needs_consent && approved_file(approved, TRUST_PROJECT_FILE, &bytes)) {
		read_project(wanted, &project, true, bytes, facts, arena);
		if (project.consented != NULL) {
			add_mission(wanted, project.consented, ENV_PROJECT, approved, facts, slow, arena);
		}
	}
	wanted->identity = arena_printf(arena, "%s\n%s", wanted->root,
			wanted->mission != NULL ? wanted->mission : "");
}

int wanted_find(struct wanted *wanted, const char *dir, const struct facts *facts, bool slow,
		struct arena *arena) {
	struct err ignored = {0};
	*wanted = (struct wanted){0};
	load_missions(wanted, facts, arena);
	session_load(&wanted->session, facts, arena);
	if (detect(&wanted->detected, dir, &wanted->index.missions, facts->home, facts->uid, arena,
			    &ignored) < 0) {
		err_release(&ignored);
		return -1;
	}
	if (wanted->detected.root != NULL) {
		add_project(wanted, facts, slow, arena);
	}
	return 0;
}

void wanted_release(struct wanted *wanted) {
	if (wanted->is_open) {
		trust_close(&wanted->opened);
	}
	VEC_RELEASE(&wanted->pairs);
	VEC_RELEASE(&wanted->path);
	VEC_RELEASE(&wanted->needs);
	VEC_RELEASE(&wanted->notes);
}
