/* SPDX-License-Identifier: MIT */

/*
 * Runs plan specs: wants, ownership record and what stands at each path in, the
 * plan out. Nothing is looked at on disk. Output is TAP, one test a case.
 *
 *   case a missing link is made             starts a case; "#" starts a comment
 *   want ~/.zshrc zsh/zshrc                 an entry of the registry
 *   tree ~/.config/hypr/a hypr/a            a file found by a tree
 *   lost ~/.config/hypr hypr ENOENT         a tree that can't be listed
 *   own link ~/.zshrc /p/zsh/zshrc          the ownership record, any order
 *   own folder ~/.config
 *   seen ~/.zshrc STATE                     what stands there (below)
 *   ops / conflicts / follow / counts       what is expected (below)
 *
 *   resolve backup|adopt                    what becomes of what stands in the way
 *   source ~/.zshrc STATE                   what stands at the source of a target; dev N
 *                                           for an absent one is its folder's
 * STATE is one of
 *   absent | file [INODE] | other | folder [ENTRIES] | hidden ERRNO
 *   right [TEXT]                            the wanted link, or one that leads there too
 *   link TEXT [to LEAD [ERRNO]]             LEAD: folder profile file nowhere loop hidden;
 *                                           TEXT is the real path of that folder
 * and for what isn't on the file system of the state folder (1) "dev N" behind it.
 * A path of which nothing is said is absent; a folder above other paths is there, and
 * holds what the case says stands in it. What is below something that can't be entered
 * is absent, or hidden, as state/look.c finds it.
 *
 * Expected, in the order of the plan (all lines together; none means an empty plan):
 *   op KIND WHY PATH [= TEXT] expect STAMP [keeps] [with PARTNER STAMP] [copy ORIGIN]
 *           [first] [far] [inside] [sensitive] [tree] [was TEXT]
 *   conflict KIND PATH [for TARGET]
 *   follow PATH
 *   count in-place=N owned=N removals=N consent=yes|no       those that are given
 *
 * The profile is /p, home is /home/u. Beside the comparison, every plan is checked for what must
 * hold of any: sorted, no path twice, expectations as seen, origin of every link.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/vec.h"
#include "exec/journal.h"
#include "plan/plan.h"

#define PROFILE "/p"
#define HOME "/home/u"

enum { WORDS_MAX = 16 };

struct seen_line {
	const char *path;
	struct stamp stamp;
	bool counted, source; /* of the target `path` */
};

struct spec {
	struct arena arena;
	const char *file, *name;
	unsigned line;
	struct source source; /* only to give every want its own line */
	struct {
		struct want *items;
		size_t count, room;
	} wants;
	struct {
		struct lost_tree *items;
		size_t count, room;
	} lost;
	struct owned_record owned;
	struct {
		struct seen_line *items;
		size_t count, room;
	} seen;
	struct buf expected;
	const char *count; /* the count line, or NULL */
	enum resolve resolve;
	struct places places;
	struct plan plan;
};

#include "spec.h"

static const char *const leads[] = {
	[LEAD_FOLDER] = "folder",
	[LEAD_PROFILE] = "profile",
	[LEAD_FILE] = "file",
	[LEAD_NOWHERE] = "nowhere",
	[LEAD_LOOP] = "loop",
	[LEAD_HIDDEN] = "hidden",
};

static const char *const conflict_kinds[] = {
	[CONFLICT_FOREIGN] = "foreign",
	[CONFLICT_DETACHED] = "detached",
	[CONFLICT_PARENT] = "parent",
	[CONFLICT_NO_SOURCE] = "no-source",
	[CONFLICT_LOCKED] = "locked",
	[CONFLICT_HIDDEN] = "hidden",
};

/* --- reading ------------------------------------------------------------------------------- */

static int parse_errno(const struct spec *spec, const char *word) {
	static const struct {
		const char *name;
		int number;
	} names[] = {{"EACCES", EACCES}, {"ENOENT", ENOENT}, {"ENOTDIR", ENOTDIR},
			{"EXDEV", EXDEV}, {"EIO", EIO}, {"ELOOP", ELOOP}};
	for (size_t i = 0; word != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		if (streq(names[i].name, word)) {
			return names[i].number;
		}
	}
	bad_spec(spec, "unknown errno", word != NULL ? word : "");
}

static struct link_decl *new_decl(struct spec *spec, const char *target, const char *source,
		bool tree) {
	struct link_decl *decl = arena_zalloc(&spec->arena, sizeof(*decl));
	/* The n-th declaration stands in line n. */
	uint32_t at = (uint32_t)(spec->wants.count + spec->lost.count);
	*decl = (struct link_decl){.target = target, .source = source, .tree = tree,
			.at = {&spec->source, at, at + 1}, .source_at = {&spec->source, at, at + 1}};
	return decl;
}

/* Takes "dev N" off the end; 1 otherwise. */
static dev_t read_device(char **word, size_t *count) {
	if (*count < 4 || !streq(word[*count - 2], "dev")) {
		return 1;
	}
	*count -= 2;
	return strtoul(word[*count + 1], NULL, 10);
}

static void read_seen(struct spec *spec, char **word, size_t count) {
	struct seen_line line = {.path = word[1], .source = streq(word[0], "source")};
	struct stamp *stamp = &line.stamp;
	stamp->dev = read_device(word, &count);
	const char *state = count > 2 ? word[2] : "";
	if (streq(state, "absent")) {
		stamp->kind = STAMP_ABSENT;
	} else if (streq(state, "file")) {
		stamp->kind = STAMP_FILE;
		stamp->ino = count > 3 ? strtoul(word[3], NULL, 10) : line.source ? 98 : 99;
	} else if (streq(state, "other")) {
		stamp->kind = STAMP_OTHER;
	} else if (streq(state, "folder")) {
		stamp->kind = STAMP_FOLDER;
		line.counted = count > 3;
		stamp->entries = count > 3 ? (uint32_t)strtoul(word[3], NULL, 10) : 0;
	} else if (streq(state, "hidden")) {
		stamp->kind = STAMP_HIDDEN;
		stamp->sys = parse_errno(spec, word[3]);
	} else if (streq(state, "right")) {
		stamp->kind = STAMP_LINK;
		stamp->right = true;
		stamp->text = count > 3 ? word[3] : NULL;
	} else if (streq(state, "link") && count > 3) {
		stamp->kind = STAMP_LINK;
		stamp->text = word[3];
		for (size_t i = LEAD_FOLDER; count > 5 && i <= LEAD_HIDDEN; i++) {
			if (streq(word[5], leads[i])) {
				stamp->lead = (enum stamp_lead)i;
			}
		}
		if (count > 4 && stamp->lead == LEAD_NONE) {
			bad_spec(spec, "unknown lead", word[4]);
		}
		stamp->leads = stamp->lead == LEAD_FOLDER ? stamp->text : NULL;
		stamp->sys = stamp->lead == LEAD_HIDDEN ? parse_errno(spec, word[6]) : 0;
	} else {
		bad_spec(spec, "unknown state", state);
	}
	VEC_ADD(&spec->seen, line);
}

static void read_input(struct spec *spec, char **word, size_t count) {
	const char *what = word[0];
	if ((streq(what, "want") || streq(what, "tree")) && count == 3) {
		struct link_decl *decl = new_decl(spec, word[1], word[2], streq(what, "tree"));
		VEC_ADD(&spec->wants, (struct want){word[1], word[2], NULL, decl});
	} else if (streq(what, "lost") && count == 4) {
		struct link_decl *decl = new_decl(spec, word[1], word[2], true);
		VEC_ADD(&spec->lost, (struct lost_tree){decl, parse_errno(spec, word[3])});
	} else if (streq(what, "own") && count == 4 && streq(word[1], "link")) {
		VEC_ADD(&spec->owned, (struct owned){word[2], word[3], 1});
	} else if (streq(what, "own") && count == 3 && streq(word[1], "folder")) {
		VEC_ADD(&spec->owned, (struct owned){word[2], NULL, 1});
	} else if (streq(what, "seen") || streq(what, "source")) {
		read_seen(spec, word, count);
	} else if (streq(what, "resolve") && count == 2) {
		spec->resolve = streq(word[1], "adopt") ? RESOLVE_ADOPT : RESOLVE_BACKUP;
	} else {
		bad_spec(spec, "unknown line", what);
	}
}

static void read_line(struct spec *spec, const char *text) {
	char *words[WORDS_MAX + 1] = {0};
	size_t count = 0;
	if (text[0] == '#') {
		return;
	}
	char *copy = arena_strdup(&spec->arena, text);
	for (char *word = strtok(copy, " \t\n"); word != NULL; word = strtok(NULL, " \t\n")) {
		if (count == WORDS_MAX) {
			bad_spec(spec, "too many words", text);
		}
		words[count++] = word;
	}
	if (count == 0) {
		return;
	}
	bool expected = streq(words[0], "op") || streq(words[0], "conflict") ||
			streq(words[0], "follow");
	if (!expected && !streq(words[0], "count")) {
		read_input(spec, words, count);
		return;
	}
	struct buf line _cleanup_buf_ = BUF_INIT;
	for (size_t i = 0; i < count; i++) {
		buf_addf(&line, "%s%s", i > 0 ? " " : "", words[i]);
	}
	if (expected) {
		buf_addf(&spec->expected, "%s\n", line.data);
	} else {
		spec->count = arena_strdup(&spec->arena, line.data);
	}
}

/* --- what stands where --------------------------------------------------------------------- */

static int compare_wants(const void *a, const void *b) {
	return path_compare(((const struct want *)a)->path, ((const struct want *)b)->path);
}

static int compare_owned(const void *a, const void *b) {
	return path_compare(((const struct owned *)a)->path, ((const struct owned *)b)->path);
}

static const struct seen_line *find_seen(const struct spec *spec, const char *path, bool source) {
	for (size_t i = 0; i < spec->seen.count; i++) {
		const struct seen_line *line = &spec->seen.items[i];
		if (line->source == source && streq(line->path, path)) {
			return &spec->seen.items[i];
		}
	}
	return NULL;
}

/* A state that looking at the disk could not have found would prove nothing. */
static void check_possible(const struct spec *spec, const struct place *place) {
	const struct stamp *seen = &place->seen;
	if (seen->right && place->want == NULL) {
		bad_spec(spec, "right, but not wanted:", place->path);
	}
	if (seen->kind == STAMP_LINK && seen->lead == LEAD_NONE && place->above &&
			place->want == NULL &&
			(place->owned == NULL || place->owned->text == NULL ||
					!streq(place->owned->text, seen->text))) {
		bad_spec(spec, "where does it lead?", place->path);
	}
}

/* The source of a target that something stands at, where it is looked for. */
static void add_partner(struct spec *spec, struct place *place) {
	const struct seen_line *line = find_seen(spec, place->path, true);
	if (spec->resolve != RESOLVE_ADOPT || place->want == NULL ||
			(line == NULL && place->seen.kind == STAMP_ABSENT)) {
		return;
	}
	struct partner *partner = arena_zalloc(&spec->arena, sizeof(*partner));
	partner->path = path_join(PROFILE, place->want->source, &spec->arena);
	partner->seen = line != NULL ? line->stamp : (struct stamp){.dev = 1};
	place->partner = partner;
}

static void fill_places(struct spec *spec) {
	struct places *places = &spec->places;
	places->items[0].seen.kind = STAMP_FOLDER;
	for (uint32_t i = 1; i < places->count; i++) {
		struct place *place = &places->items[i];
		const struct stamp *above = &places->items[place->parent].seen;
		const struct seen_line *line = find_seen(spec, place->path, false);
		bool hidden = above->kind == STAMP_HIDDEN || above->lead == LEAD_HIDDEN;
		if (above->kind != STAMP_FOLDER && above->lead != LEAD_FOLDER) {
			place->seen.kind = hidden ? STAMP_HIDDEN : STAMP_ABSENT;
			place->seen.sys = hidden ? above->sys : 0;
		} else if (line != NULL) {
			place->seen = line->stamp;
		} else {
			place->seen.kind = place->above ? STAMP_FOLDER : STAMP_ABSENT;
		}
		if (place->seen.kind == STAMP_FOLDER) {
			place->seen.dev = place->seen.dev != 0 ? place->seen.dev : 1;
			place->seen.ino = i;
			place->seen.mode = 0755;
		}
		add_partner(spec, place);
		check_possible(spec, place);
	}
	for (uint32_t i = (uint32_t)places->count; i-- > 1;) {
		struct place *place = &places->items[i];
		const struct seen_line *line = find_seen(spec, places->items[place->parent].path, false);
		if (place->seen.kind != STAMP_ABSENT && (line == NULL || !line->counted)) {
			places->items[place->parent].seen.entries++;
		}
	}
	for (size_t i = 0; i < spec->seen.count; i++) {
		bool found = false;
		for (size_t j = 0; j < places->count && !found; j++) {
			found = streq(places->items[j].path, spec->seen.items[i].path);
		}
		if (!found) {
			bad_spec(spec, "nothing is wanted or owned at or below", spec->seen.items[i].path);
		}
	}
}

/* --- what came out ------------------------------------------------------------------------- */

static const char *stamp_name(enum stamp_kind kind) {
	static const char *const names[] = {"absent", "link", "file", "folder", "other", "hidden"};
	return names[kind];
}

static void print_op(const struct op *op, struct buf *out) {
	buf_addf(out, "op %s %s %s", op_kind_name(op->kind), op_reason_name(op->why), op->path);
	if (op->text != NULL) {
		buf_addf(out, " = %s", op->text);
	}
	buf_addf(out, " expect %s", stamp_name(op->expect.kind));
	if (op->expect.text != NULL) {
		buf_addf(out, ":%s", op->expect.text);
	}
	buf_adds(out, op->keeps ? " keeps" : "");
	if (op->partner != NULL) {
		buf_addf(out, " with %s %s", op->partner, stamp_name(op->there.kind));
	}
	if (op->origin != NULL) {
		buf_addf(out, " copy %s", op->origin);
	}
	buf_adds(out, op->phase == PHASE_FIRST ? " first" : op->phase == PHASE_LAST ? " last" : "");
	buf_adds(out, op->far ? " far" : "");
	buf_adds(out, op->inside ? " inside" : "");
	buf_adds(out, op->sensitive ? " sensitive" : "");
	buf_adds(out, op->source_known ? " tree" : "");
	if (op->before != NULL && op->kind != OP_UNLINK && op->kind != OP_DISOWN) {
		buf_addf(out, " was %s", op->before);
	}
	buf_addc(out, '\n');
}

static void print_plan(const struct plan *plan, struct buf *out) {
	for (size_t i = 0; i < plan->ops.count; i++) {
		print_op(&plan->ops.items[i], out);
	}
	for (size_t i = 0; i < plan->conflicts.count; i++) {
		const struct conflict *conflict = &plan->conflicts.items[i];
		buf_addf(out, "conflict %s %s", conflict_kinds[conflict->kind], conflict->path);
		if (!streq(conflict->path, conflict->target)) {
			buf_addf(out, " for %s", conflict->target);
		}
		buf_addc(out, '\n');
	}
	for (size_t i = 0; i < plan->followed.count; i++) {
		buf_addf(out, "follow %s\n", plan->followed.items[i].path);
	}
}

/* --- what must hold of any plan ------------------------------------------------------------ */

/* A copy that becomes a source: it is no place. */
static const char *check_copy(const struct spec *spec, const struct op *op) {
	bool source = op->kind == OP_FILE && op->phase == PHASE_FIRST && op->theirs &&
			op->origin != NULL && path_is_under(op->path, PROFILE);
	bool kept = op->keeps == (op->expect.kind != STAMP_ABSENT);
	bool asked = spec->resolve == RESOLVE_ADOPT && op->becomes.ino == 0 && op->from != NULL;
	return source && kept && asked ? NULL : "an operation on a path that is no place";
}

/* What is a person's is moved only where that was asked for, and never removed. */
static bool moves_as_asked(const struct spec *spec, const struct op *op,
		const struct place *place) {
	if (op->kind == OP_ADOPT) {
		return spec->resolve == RESOLVE_ADOPT && op->partner == place->partner->path &&
				op->keeps == (op->there.kind != STAMP_ABSENT);
	}
	return spec->resolve != RESOLVE_NOT && op->keeps;
}

static const char *check_op(struct spec *spec, const struct op *op) {
	const struct place *place = NULL;
	for (size_t i = 0; i < spec->places.count; i++) {
		if (streq(spec->places.items[i].path, op->path)) {
			place = &spec->places.items[i];
		}
	}
	if (place == NULL) {
		return check_copy(spec, op);
	}
	if (op->expect.kind != place->seen.kind || (op->expect.kind == STAMP_FOLDER &&
			(op->expect.ino != place->seen.ino || op->expect.dev != place->seen.dev))) {
		return "expects what wasn't seen";
	}
	if (op->before_owned != (place->owned != NULL) ||
			op->before != (place->owned != NULL ? place->owned->text : NULL)) {
		return "remembers another record";
	}
	bool linked = op->kind == OP_LINK || op->kind == OP_OWN || op->kind == OP_ADOPT;
	if (linked != (op->from != NULL) || linked != (op->text != NULL)) {
		return "has an origin or a text without being a link, or lacks it";
	}
	if (linked && !streq(op->from, span_describe(place->want->decl->at, &spec->arena))) {
		return "comes from another line";
	}
	if (op->kind != OP_DISOWN && op->expect.kind == STAMP_LINK && op->expect.text == NULL) {
		return "expects a link of unknown text";
	}
	/* Only ours, or nothing, is ever changed. */
	bool ours = place->owned != NULL && (place->owned->text == NULL
			? place->seen.kind == STAMP_FOLDER
			: place->seen.kind == STAMP_LINK && place->seen.text != NULL &&
					streq(place->owned->text, place->seen.text));
	bool theirs = op_changes_machine(op) && place->seen.kind != STAMP_ABSENT && !ours;
	if (theirs ? !moves_as_asked(spec, op, place) : op->keeps) {
		return "changes what isn't ours";
	}
	return NULL;
}

static const char *check_plan(struct spec *spec) {
	const struct plan *plan = &spec->plan;
	for (size_t i = 0; i < plan->ops.count; i++) {
		const struct op *op = &plan->ops.items[i];
		const struct op *last = i > 0 ? op - 1 : NULL;
		if (last != NULL && (last->phase > op->phase || (last->phase == op->phase &&
						path_compare(last->path, op->path) >= 0))) {
			return "operations out of order, or a path twice";
		}
		const char *wrong = check_op(spec, op);
		if (wrong != NULL) {
			return wrong;
		}
		for (size_t j = 0; j < plan->conflicts.count; j++) {
			if (streq(plan->conflicts.items[j].path, op->path)) {
				return "operation and conflict at one path";
			}
		}
	}
	for (size_t i = 0; i < plan->conflicts.count; i++) {
		const struct conflict *conflict = &plan->conflicts.items[i];
		bool declared = conflict->source != NULL;
		if (conflict->what == NULL || conflict->target == NULL ||
				declared != (conflict->from != NULL)) {
			return "a conflict that says too little";
		}
	}
	return NULL;
}

/* Every word of the spec's count line is one of the plan's. */
static bool counts_match(struct spec *spec, const char *count) {
	if (spec->count == NULL) {
		return true;
	}
	char *copy = arena_strdup(&spec->arena, spec->count);
	const char *all = arena_printf(&spec->arena, "%s ", count);
	for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
		const char *found = strstr(all, arena_printf(&spec->arena, "%s ", word));
		if (found == NULL || (found > all && found[-1] != ' ')) {
			return false;
		}
	}
	return true;
}

static void run(struct spec *spec) {
	const struct wants wants = {
		.items = spec->wants.items,
		.count = spec->wants.count,
		.lost = {spec->lost.items, spec->lost.count, spec->lost.room},
	};
	if (spec->wants.count > 0) {
		qsort(spec->wants.items, spec->wants.count, sizeof(struct want), compare_wants);
	}
	if (spec->owned.count > 0) {
		qsort(spec->owned.items, spec->owned.count, sizeof(struct owned), compare_owned);
	}
	places_join(&spec->places, &wants, &spec->owned, &spec->arena);
	fill_places(spec);
	const struct plan_input input = {
		.places = &spec->places,
		.wants = &wants,
		.profile = PROFILE,
		.home = HOME,
		.resolve = spec->resolve,
		.state_dev = 1,
	};
	plan_build(&spec->plan, &input, &spec->arena);

	struct buf got _cleanup_buf_ = BUF_INIT;
	print_plan(&spec->plan, &got);
	const char *wrong = check_plan(spec);
	const char *count = arena_printf(&spec->arena,
			"count in-place=%zu owned=%zu removals=%zu consent=%s", spec->plan.in_place,
			spec->plan.owned, spec->plan.removals,
			plan_needs_consent(&spec->plan) ? "yes" : "no");
	bool same = streq(got.data, spec->expected.data) && counts_match(spec, count);
	bool good = same && wrong == NULL;
	printf("%sok %u - %s\n", good ? "" : "not ", ++tests_run, spec->name);
	tests_failed += !good;
	if (wrong != NULL) {
		print_comment("must not be:", wrong);
	}
	if (!same) {
		print_comment("expected:", spec->expected.data);
		print_comment(spec->count != NULL ? spec->count : "", "");
		print_comment("got:", got.data);
		print_comment(count, "");
	}
}

static void finish(struct spec *spec) {
	if (spec->name != NULL) {
		run(spec);
	}
	plan_release(&spec->plan);
	places_release(&spec->places);
	VEC_RELEASE(&spec->wants);
	VEC_RELEASE(&spec->lost);
	VEC_RELEASE(&spec->seen);
	owned_release(&spec->owned);
	buf_release(&spec->expected);
	source_release(&spec->source);
	arena_release(&spec->arena);
}

static void start(struct spec *spec, const char *file, const char *name) {
	static const char lines[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
	spec_clear(spec, file, name);
	spec->source = (struct source){.path = "/p/lumina.yaml", .name = "lumina.yaml",
			.bytes = lines, .size = sizeof(lines) - 1};
}
