/* SPDX-License-Identifier: MIT */
#include "flow/environ.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/str.h"
#include "flow/env_path.h"
#include "flow/env_state.h"

static const char too_long_before[] = "has a value of more than 32 KiB already";
static const char no_room[] = "is one too many to be put back later";

enum {
	STATE_HEAD = 64, /* version, hash and the fixed letters of a record */
	VAR_COST = 21,   /* the letters of a variable's field, and its hash */
};

struct work {
	const char *const *environment;
	struct arena *arena;
	struct env_change *change;
	struct env_state old;  /* what an earlier answer did; zeroed: nothing */
	struct env_state next;
	bool same;             /* the same project, asked for by the same shell again */
	size_t room;           /* bytes that the record may still take */
};

/* --- small parts --------------------------------------------------------------------------- */

const char *environ_get(const char *const *environment, const char *name) {
	size_t n = strlen(name);
	for (size_t i = 0; environment[i] != NULL; i++) {
		const char *entry = environment[i];
		if (entry[0] == name[0] && strncmp(entry, name, n) == 0 && entry[n] == '=') {
			return entry + n + 1;
		}
	}
	return NULL;
}

static bool same_value(const char *a, const char *b) {
	return a == NULL || b == NULL ? a == b : streq(a, b);
}

static uint64_t hash_value(const char *value) {
	return hash64(value, strlen(value));
}

static void step(struct work *work, const char *name, const char *value) {
	work->change->steps[work->change->nsteps++] = (struct env_step){name, value};
}

static void skip(struct work *work, const char *what, const char *why) {
	work->change->skipped[work->change->nskipped++] = (struct env_skip){what, why};
}

/* False, and nothing is taken, if the record would grow too large. */
static bool take_room(struct work *work, size_t cost) {
	if (cost > work->room) {
		return false;
	}
	work->room -= cost;
	return true;
}

/* --- variables ----------------------------------------------------------------------------- */

/* Still as it was set. */
static bool is_ours(const struct env_var *old, const char *now) {
	return old != NULL && !old->theirs && now != NULL && hash_value(now) == old->hash;
}

static void put_back(struct work *work, const struct env_var *old) {
	const char *now = environ_get(work->environment, old->name);
	if (is_ours(old, now) && !same_value(old->before, now)) {
		step(work, old->name, old->before);
	}
}

static void record(struct work *work, const struct env_var *var) {
	work->next.vars[work->next.nvars++] = *var;
}

/* `old`: what the record says of this variable, or NULL. */
static void set(struct work *work, const struct env_pair *pair, const struct env_var *old) {
	const char *now = environ_get(work->environment, pair->name);
	bool ours = is_ours(old, now);
	struct env_var var = {
		.name = pair->name,
		.before = ours ? old->before : now,
		.hash = hash_value(pair->value),
	};
	size_t cost = VAR_COST + strlen(pair->name);
	if (work->same && old != NULL && !ours && var.hash == old->hash) {
		var.before = NULL;
		var.theirs = true;
		if (take_room(work, cost)) {
			record(work, &var);
		}
		return;
	}
	bool fits = var.before == NULL || strlen(var.before) <= ENVIRON_BEFORE_MAX;
	if (!fits || !take_room(work, cost + (var.before != NULL ? env_state_cost(var.before) : 0))) {
		skip(work, pair->name, fits ? no_room : too_long_before);
		if (old != NULL) {
			put_back(work, old);
		}
		return;
	}
	record(work, &var);
	if (!same_value(now, pair->value)) {
		step(work, pair->name, pair->value);
	}
}

static int compare_pairs(const void *a, const void *b) {
	const struct env_pair *const *one = a, *const *other = b;
	int order = strcmp((*one)->name, (*other)->name);
	return order != 0 ? order : (*one > *other) - (*one < *other);
}

/* Those that may be set, sorted, one of each name; the count. */
static size_t choose(struct work *work, const struct env_wanted *wanted,
		const struct env_pair **chosen) {
	size_t count = 0, total = 0;
	for (size_t i = 0; i < wanted->npairs; i++) {
		const struct env_pair *pair = &wanted->pairs[i];
		const char *why = env_name_refused(pair->name, pair->source);
		size_t size = strlen(pair->name) + strlen(pair->value) + 2;
		if (why == NULL && size > ENVIRON_VALUE_MAX) {
			why = "has a value of more than 128 KiB";
		} else if (why == NULL && total + size > ENVIRON_TOTAL_MAX) {
			why = "is beyond 512 KiB for all variables together";
		} else if (why == NULL && count == ENVIRON_PAIRS_MAX) {
			why = "is one of more than 1,024 variables";
		}
		if (why != NULL) {
			skip(work, pair->name, why);
			continue;
		}
		total += size;
		chosen[count++] = pair;
	}
	qsort(chosen, count, sizeof(const struct env_pair *), compare_pairs);
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		if (i + 1 == count || !streq(chosen[i]->name, chosen[i + 1]->name)) {
			chosen[kept++] = chosen[i];
		}
	}
	return kept;
}

static void set_all(struct work *work, const struct env_wanted *wanted) {
	const struct env_pair **chosen = arena_alloc(
			work->arena, (wanted->npairs + 1) * sizeof(const struct env_pair *));
	size_t count = choose(work, wanted, chosen), at = 0;
	work->next.vars = arena_alloc(work->arena, (count + 1) * sizeof(struct env_var));
	for (size_t i = 0; i < count; i++) {
		int order = -1;
		for (; at < work->old.nvars; at++) {
			order = strcmp(work->old.vars[at].name, chosen[i]->name);
			if (order >= 0) {
				break;
			}
			put_back(work, &work->old.vars[at]);
		}
		bool known = at < work->old.nvars && order == 0;
		set(work, chosen[i], known ? &work->old.vars[at++] : NULL);
	}
	for (; at < work->old.nvars; at++) {
		put_back(work, &work->old.vars[at]);
	}
}

/* --- PATH ---------------------------------------------------------------------------------- */

/* Why this folder can't be put in front of PATH; NULL: it can. */
static const char *refused_folder(const char *folder) {
	if (folder[0] != '/') {
		return "is no absolute path";
	}
	if (strchr(folder, ':') != NULL) {
		return "holds a colon, which PATH can't";
	}
	return strlen(folder) > ENVIRON_WORD_MAX ? "is longer than 4,096 bytes" : NULL;
}

static const struct env_entry *find_entry(const struct env_entry *entries, size_t count,
		const char *folder) {
	for (size_t i = 0; i < count; i++) {
		if (streq(entries[i].folder, folder)) {
			return &entries[i];
		}
	}
	return NULL;
}

/* The wanted entries that can be there, into work->next. */
static void choose_entries(struct work *work, const struct env_wanted *wanted, const char *now) {
	struct env_state *next = &work->next;
	for (size_t i = 0; i < wanted->npath; i++) {
		const char *folder = wanted->path[i], *why = refused_folder(folder);
		if (why == NULL && find_entry(next->entries, next->nentries, folder) != NULL) {
			continue;
		}
		if (why == NULL && next->nentries == ENVIRON_PATH_MAX) {
			why = "is one of more than 64 folders";
		}
		if (why != NULL) {
			skip(work, folder, why);
			continue;
		}
		const struct env_entry *old = find_entry(
				work->old.entries, work->old.nentries, folder);
		bool gone = work->same && old != NULL &&
				(old->gone || now == NULL || !env_path_has(now, folder));
		next->entries[next->nentries++] = (struct env_entry){folder, gone};
	}
}

/* Those that are there, and that `now` (unless NULL) still has; the count. */
static size_t live(const struct env_state *state, const char *now, const char **ret) {
	size_t count = 0;
	for (size_t i = 0; i < state->nentries; i++) {
		const char *folder = state->entries[i].folder;
		if (!state->entries[i].gone && (now == NULL || env_path_has(now, folder))) {
			ret[count++] = folder;
		}
	}
	return count;
}

static bool same_words(const char *const *a, size_t na, const char *const *b, size_t nb) {
	bool same = na == nb;
	for (size_t i = 0; same && i < na; i++) {
		same = streq(a[i], b[i]);
	}
	return same;
}

/* Takes the entries out of the next record again. */
static void drop_entries(struct work *work, const char *why) {
	for (size_t i = 0; i < work->next.nentries; i++) {
		skip(work, work->next.entries[i].folder, why);
	}
	work->next.nentries = 0;
}

/* Why these entries can't be put in front of `base`; NULL: they can. */
static const char *refused_path(struct work *work, const char *base, const char *path) {
	if (base == NULL || base[0] == '\0') {
		return "can't be put into PATH, which is empty";
	}
	if (strlen(base) > ENVIRON_BEFORE_MAX || strlen(path) + sizeof("PATH=") > ENVIRON_VALUE_MAX) {
		return "can't be put into PATH, which is too long";
	}
	size_t cost = env_state_cost(base) + 2;
	for (size_t i = 0; i < work->next.nentries; i++) {
		cost += env_state_cost(work->next.entries[i].folder) + 2;
	}
	return take_room(work, cost) ? NULL : no_room;
}

static void set_path(struct work *work, const struct env_wanted *wanted) {
	const char *now = environ_get(work->environment, "PATH");
	const char *before[ENVIRON_PATH_MAX], *after[ENVIRON_PATH_MAX];
	size_t nbefore = live(&work->old, NULL, before);
	const char *base = now;
	if (now != NULL && work->old.nentries > 0) {
		base = env_path_remove(before, nbefore, work->old.path, now, work->arena);
	}
	if (wanted != NULL && wanted->npath > 0) {
		work->next.entries = arena_alloc(
				work->arena, ENVIRON_PATH_MAX * sizeof(struct env_entry));
		choose_entries(work, wanted, now);
	}
	size_t nafter = live(&work->next, NULL, after);
	const char *path = base;
	if (work->next.nentries > 0) {
		if (work->same && now != NULL && work->old.nentries > 0 &&
				same_words(before, live(&work->old, now, before), after, nafter)) {
			base = work->old.path;
			path = now;
		} else if (base != NULL && nafter > 0) {
			path = env_path_prepend(after, nafter, base, work->arena);
		}
		const char *why = refused_path(work, base, path);
		if (why != NULL) {
			drop_entries(work, why);
			path = base;
		}
		work->next.path = base;
	}
	if (path != NULL && !same_value(path, now)) {
		step(work, "PATH", path);
	}
}

/* --- all of it ----------------------------------------------------------------------------- */

/* The record, which is the first step where something is set. */
static void set_state(struct work *work, const char *text) {
	struct env_change *change = work->change;
	if (work->next.nvars + work->next.nentries == 0) {
		if (text != NULL) {
			step(work, ENVIRON_STATE, NULL);
		}
		return;
	}
	struct buf buf = BUF_INIT;
	env_state_format(&work->next, &buf);
	const char *next = arena_strndup(work->arena, buf.data, buf.len);
	buf_release(&buf);
	change->applied = true;
	if (!same_value(text, next)) {
		memmove(&change->steps[1], &change->steps[0],
				change->nsteps * sizeof(change->steps[0]));
		change->steps[0] = (struct env_step){ENVIRON_STATE, next};
		change->nsteps++;
	}
}

static const char *bounded(const char *text, size_t max, struct arena *arena) {
	return strlen(text) <= max ? text : arena_strndup(arena, text, max);
}

void environ_change(struct env_change *ret, const char *const *environment,
		const struct env_wanted *wanted, const char *shell, struct arena *arena) {
	*ret = (struct env_change){0};
	struct work work = {environment, arena, ret, .room = ENV_STATE_MAX - STATE_HEAD};
	const char *text = environ_get(environment, ENVIRON_STATE);
	if (text != NULL) {
		env_state_parse(&work.old, text, arena);
	}
	if (wanted == NULL && text == NULL) {
		return;
	}
	size_t npairs = wanted != NULL ? wanted->npairs : 0;
	size_t npath = wanted != NULL ? wanted->npath : 0;
	ret->steps = arena_alloc(
			arena, (npairs + work.old.nvars + 2) * sizeof(struct env_step));
	ret->skipped = arena_alloc(arena, (npairs + npath + 1) * sizeof(struct env_skip));
	if (wanted != NULL) {
		work.next.identity = bounded(wanted->identity, ENVIRON_WORD_MAX, arena);
		work.next.shell = bounded(shell != NULL ? shell : "", ENV_STATE_SHELL_MAX, arena);
		work.same = work.old.identity != NULL &&
				streq(work.old.identity, work.next.identity) &&
				streq(work.old.shell, work.next.shell);
		/* They fit: at most three bytes a byte. */
		work.room -= env_state_cost(work.next.identity) + env_state_cost(work.next.shell);
	}
	set_path(&work, wanted);
	static const struct env_wanted nothing;
	set_all(&work, wanted != NULL ? wanted : &nothing);
	set_state(&work, text);
}

const char *environ_identity(const char *const *environment, struct arena *arena) {
	const char *text = environ_get(environment, ENVIRON_STATE);
	struct env_state state;
	return text != NULL && env_state_parse(&state, text, arena) ? state.identity : NULL;
}
