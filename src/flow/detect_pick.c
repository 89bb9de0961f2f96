/* SPDX-License-Identifier: MIT */
#include "flow/detect_parts.h"

#include <limits.h>
#include <stdlib.h>

#include "base/path.h"

/* Level of the deepest `in:` folder at or above this level; -1: there is none. */
static int in_level(struct place *place, const struct mission *mission, unsigned level) {
	int best = -1;
	for (const char *const *in = mission->in; in != NULL && *in != NULL; in++) {
		int above = place_below(place, *in);
		if (above >= (int)level && (best < 0 || above < best)) {
			best = above;
		}
	}
	return best;
}

static bool has_in(const struct mission *mission) {
	return mission->in != NULL && mission->in[0] != NULL;
}

/* Which missions hold where they are: spots of a mission that doesn't are no markers. */
static void check_in(struct scan *scan) {
	for (size_t i = 0; i < scan->count; i++) {
		struct spot *spot = &scan->spots[i];
		if (spot->mission == NULL || !has_in(spot->mission)) {
			continue;
		}
		int level = in_level(scan->place, spot->mission, spot->level);
		spot->outside = level < 0;
		spot->depth = level < 0 ? -1 : INT_MAX - level; /* the nearer, the deeper */
	}
}

/* Has a mission that may be entered. */
static bool is_open(const struct spot *spot) {
	return spot->mission != NULL && !spot->outside;
}

static bool counts(const struct spot *spot) {
	return !spot->own || !spot->outside;
}

static bool is_firm(const struct spot *spot) {
	return counts(spot) && (is_open(spot) || (spot->flags & MARKER_LOOSE) == 0);
}

static bool is_repository(const struct spot *spot) {
	return (spot->flags & MARKER_REPOSITORY) != 0;
}

/* Rule 2, first half: the nearest level that has a marker; -1: none. */
static int root_level(const struct scan *scan) {
	int loose = -1, firm = -1;
	bool manifest = false;
	for (size_t i = 0; i < scan->count && (firm < 0 || (int)scan->spots[i].level == firm);
			i++) {
		const struct spot *spot = &scan->spots[i];
		if (is_firm(spot)) {
			firm = (int)spot->level;
			manifest = manifest || !is_repository(spot);
		} else if (counts(spot) && loose < 0) {
			loose = (int)spot->level;
		}
	}
	if (loose < 0 || loose == firm) {
		return firm;
	}
	/* Only a repository says that both are of one project. */
	return firm >= 0 && scan->repository >= firm && manifest ? firm : loose;
}

/* Rule 2, second half. */
static int outermost(const struct scan *scan, int level) {
	while (level >= 0 && level < scan->repository && scan->nests[level] != 0) {
		const struct spot *best = NULL;
		for (size_t i = 0; i < scan->count; i++) {
			const struct spot *spot = &scan->spots[i];
			if ((int)spot->level != level || !counts(spot)) {
				continue;
			}
			bool nests = (spot->flags & MARKER_NESTS) != 0;
			if (!nests && is_firm(spot)) {
				return level;
			}
			best = nests && (best == NULL || spot->rank > best->rank) ? spot : best;
		}
		if (best == NULL || (scan->nests[level + 1] & marker_nests(best->marker)) == 0) {
			return level;
		}
		level++;
	}
	return level;
}

/* Rule 3: below 0 if `a` comes first. *why gets the reason for which the other one lost. */
static int compare(const struct spot *a, const struct spot *b, enum candidate_result *why) {
	*why = CANDIDATE_REPOSITORY;
	if (is_repository(a) != is_repository(b)) {
		return is_repository(a) - is_repository(b);
	}
	*why = CANDIDATE_NO_MISSION;
	if (is_open(a) != is_open(b)) {
		return is_open(b) - is_open(a);
	}
	*why = CANDIDATE_TABLE;
	if (a->own != b->own) {
		return b->own - a->own;
	}
	*why = CANDIDATE_WIDER;
	if (a->depth != b->depth) {
		return a->depth > b->depth ? -1 : 1;
	}
	*why = CANDIDATE_RANK;
	if (a->rank != b->rank) {
		return b->rank - a->rank;
	}
	*why = CANDIDATE_LATER;
	if (a->mission != b->mission && a->mission != NULL && b->mission != NULL) {
		return a->mission < b->mission ? -1 : 1;
	}
	return (a->kind > b->kind) - (a->kind < b->kind);
}

/*
 * Which mission wins at a level: those without one are passed over, but a repository's is
 * better than none.
 */
static const struct spot *best_mission(const struct scan *scan, int level) {
	const struct spot *best = NULL;
	enum candidate_result why;
	for (size_t i = 0; i < scan->count; i++) {
		const struct spot *spot = &scan->spots[i];
		if ((int)spot->level == level && is_open(spot) &&
				(best == NULL || compare(spot, best, &why) < 0)) {
			best = spot;
		}
	}
	return best;
}

static const struct spot *best_kind(const struct scan *scan, int level) {
	const struct spot *best = NULL;
	for (size_t i = 0; i < scan->count; i++) {
		const struct spot *spot = &scan->spots[i];
		if ((int)spot->level == level && spot->kind < KINDS &&
				(best == NULL || spot->rank > best->rank)) {
			best = spot;
		}
	}
	return best;
}

struct in_only {
	const struct mission *mission;
	int level;
};

/* Ended the walk on this side of the level, for a reason that holds for `in:` too? */
static bool is_barred(const struct scan *scan, int level) {
	return (scan->stop == DETECT_OWNER || scan->stop == DETECT_WRITABLE) &&
	       level >= (int)scan->level;
}

/* Rule 4: the deepest folder, then the first in the registry. */
static struct in_only best_in_only(struct scan *scan, const struct missions *missions) {
	struct in_only best = {NULL, -1};
	for (size_t i = 0; i < missions->count; i++) {
		const struct mission *mission = &missions->items[i];
		if (!has_in(mission) || !mission_is_in_only(mission)) {
			continue;
		}
		int level = in_level(scan->place, mission, 0);
		if (level >= 0 && !is_barred(scan, level) &&
				(best.mission == NULL || level < best.level)) {
			best = (struct in_only){mission, level};
		}
	}
	return best;
}

static const char *path_at(const struct scan *scan, int level, const char *name) {
	return level < 0 ? NULL
			 : path_join(place_level(scan->place, (unsigned)level), name, scan->arena);
}

/* The project's files, and those of what it is nested in. */
static void fill_files(struct detected *ret, const struct scan *scan, int root) {
	size_t count = 0;
	for (size_t i = 0; i < scan->count; i++) {
		count += scan->spots[i].project;
	}
	const char **outer = arena_zalloc(scan->arena, (count + 1) * sizeof(*outer));
	ret->outer = outer;
	for (size_t i = 0; i < scan->count; i++) {
		const struct spot *spot = &scan->spots[i];
		if (!spot->project) {
			continue;
		}
		const char *path = path_at(scan, (int)spot->level, PROJECT_NAME);
		if ((int)spot->level == root) {
			ret->project_path = path;
		} else if ((int)spot->level > root) {
			*outer++ = path;
		}
	}
	ret->project_file = ret->project_path != NULL;
	ret->envrc = path_at(scan, scan->envrc, ENVRC_NAME);
	int bound = root > scan->repository ? root : scan->repository;
	ret->flake = scan->flake <= bound ? path_at(scan, scan->flake, "flake.nix") : NULL;
	if (scan->repository >= 0) {
		ret->repository = place_level(scan->place, (unsigned)scan->repository);
	}
}

struct winner {
	int root;
	const struct spot *spot; /* that has the mission, or NULL */
	struct in_only in_only;  /* its mission is NULL if it wasn't taken */
};

static enum candidate_result judge(const struct scan *scan, const struct spot *spot,
		const struct winner *winner, int nearest) {
	int level = (int)spot->level;
	if (spot == winner->spot) {
		return CANDIDATE_WON;
	}
	if (spot->outside && (spot->own || level == winner->root)) {
		return CANDIDATE_OUTSIDE;
	}
	if (level > winner->root) {
		return CANDIDATE_FARTHER;
	}
	if (level < winner->root) {
		return level < nearest ? CANDIDATE_LOOSE : CANDIDATE_PART;
	}
	if (spot->project) {
		return CANDIDATE_WON;
	}
	if (winner->spot == NULL && is_open(spot)) {
		return CANDIDATE_TABLE;
	}
	if (!is_open(spot)) {
		return spot == best_kind(scan, level) ? CANDIDATE_KIND : CANDIDATE_NO_MISSION;
	}
	enum candidate_result why;
	(void)compare(winner->spot, spot, &why);
	return why;
}

static int order_spots(const void *a, const void *b) {
	const struct spot *left = a, *right = b;
	enum candidate_result why;
	if (left->level != right->level) {
		return left->level < right->level ? -1 : 1;
	}
	return left->project != right->project ? right->project - left->project
					       : compare(left, right, &why);
}

static void fill_candidates(struct detected *ret, const struct scan *scan,
		const struct winner *winner, int nearest) {
	struct candidate *items = arena_alloc(scan->arena, (scan->count + 1) * sizeof(*items));
	ret->candidates = items;
	const struct in_only *in_only = &winner->in_only;
	bool placed = in_only->mission == NULL;
	for (size_t i = 0; i <= scan->count; i++) {
		bool here = i == scan->count || (int)scan->spots[i].level >= in_only->level;
		if (!placed && here) {
			*items++ = (struct candidate){
				.level = (unsigned)in_only->level,
				.root = place_level(scan->place, (unsigned)in_only->level),
				.mission = in_only->mission,
				.result = CANDIDATE_WON,
			};
			placed = true;
		}
		if (i < scan->count) {
			const struct spot *spot = &scan->spots[i];
			*items++ = (struct candidate){
				.level = spot->level,
				.root = place_level(scan->place, spot->level),
				.marker = spot->marker,
				.kind = spot->kind < KINDS ? kind_names[spot->kind] : NULL,
				.mission = spot->mission,
				.result = judge(scan, spot, winner, nearest),
			};
		}
	}
	ret->ncandidates = (size_t)(items - ret->candidates);
}

/* Whether `in:` alone comes before what the levels say. */
static bool takes(const struct in_only *in_only, int root, const struct spot *spot) {
	if (in_only->mission == NULL) {
		return false;
	}
	if (root < 0 || spot == NULL || in_only->level < root) {
		return true;
	}
	/* In the same folder: before the built-in table's repositories only. */
	return in_only->level == root && is_repository(spot) && !spot->own;
}

void pick(struct detected *ret, struct scan *scan, const struct missions *missions) {
	check_in(scan);
	if (scan->count > 1) {
		qsort(scan->spots, scan->count, sizeof(*scan->spots), order_spots);
	}
	int nearest = root_level(scan);
	struct winner winner = {.root = outermost(scan, nearest)};
	winner.spot = best_mission(scan, winner.root);
	struct in_only in_only = best_in_only(scan, missions);
	if (takes(&in_only, winner.root, winner.spot)) {
		winner.in_only = in_only;
		winner.spot = NULL;
		if (winner.root < 0 || in_only.level < winner.root) {
			winner.root = in_only.level;
		}
	}
	const struct spot *kind = best_kind(scan, winner.root);
	const struct spot *marker = winner.spot != NULL ? winner.spot : kind;
	for (size_t i = 0; marker == NULL && i < scan->count; i++) { /* `.lumina.yaml` alone */
		marker = (int)scan->spots[i].level == winner.root && counts(&scan->spots[i])
					 ? &scan->spots[i]
					 : NULL;
	}
	ret->mission = winner.spot != NULL ? winner.spot->mission : winner.in_only.mission;
	ret->kind = kind != NULL ? kind_names[kind->kind] : NULL;
	ret->marker = marker != NULL ? marker->marker : NULL;
	if (winner.root < 0 && scan->envrc >= 0) { /* rule 5 */
		winner.root = scan->envrc;
		ret->marker = ENVRC_NAME;
	}
	if (winner.root >= 0) {
		ret->root = place_level(scan->place, (unsigned)winner.root);
	}
	fill_files(ret, scan, winner.root);
	fill_candidates(ret, scan, &winner, nearest);
}
