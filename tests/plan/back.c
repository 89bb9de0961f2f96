/* SPDX-License-Identifier: MIT */

/*
 * Runs specs of the way between generations: what each of them did and what is seen
 * in, the plan out. Nothing is looked at on disk. Output is TAP, one test a case.
 *
 *   case a link is taken back               starts a case; "#" starts a comment
 *   back 1                                  a generation on the way, by its slots' folder …
 *   forth 2                                 … or one that is done again
 *   op …                                    what it did (below)
 *   edit add ~/.zshrc zsh/zshrc             of the "op edit" before: add, remove
 *   plan                                    from here on, what is seen and expected
 *   seen PATH WHAT [more N]                 another than the generations left there
 *   far PATH                                it is on another file system
 *   op … / left PATH / edit … / tangled PATH / several
 *
 * An operation is "op KIND PATH" and these, in this order, where they apply:
 *   = TEXT            of the link            expect WHAT       always
 *   was TEXT          our link before        keeps SLOT        "new": not named yet
 *   take SLOT WHAT    what comes from it     copy ORIGIN WHAT  the file that is copied
 *   with PARTNER WHAT of adopt and return    first, last       the phase
 *   theirs            inside                 far               sensitive
 * WHAT is absent, link:TEXT, file:INO, folder:INO or other:INO; a slot "1/0-zshrc".
 *
 * The profile is /home/u/.lumina, home is /home/u. Every plan is carried out on a model
 * of the machine: every operation must find what it expects, each place that isn't left
 * must hold what was there before, no object may be lost, nothing else may change.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "plan/back.h"

#define PROFILE "/home/u/.lumina"
#define HOME "/home/u"

enum { WORDS_MAX = 32, STEPS_MAX = 8 };

struct seen_line {
	const char *path;
	struct expect what;
	uint32_t more;
	bool far;
};

struct step {
	const char *folder;
	bool forward;
	struct {
		struct op *items;
		size_t count, room;
	} ops;
};

struct spec {
	struct arena arena;
	const char *file, *name;
	unsigned line;
	struct step steps[STEPS_MAX];
	size_t nsteps;
	bool planned;
	struct rewrite *rewrite; /* of the edit being read */
	struct {
		struct seen_line *items;
		size_t count, room;
	} seen;
	struct buf expected;
};

#include "spec.h"

/* --- reading ------------------------------------------------------------------------------- */

static const char *const kinds[] = {"absent", "link", "file", "folder", "other"};

static struct expect parse_what(const struct spec *spec, const char *word) {
	struct expect what = {0};
	const char *rest = word + strcspn(word, ":");
	size_t kind = 0, n = (size_t)(rest - word);
	while (kind < 5 && (strlen(kinds[kind]) != n || strncmp(word, kinds[kind], n) != 0)) {
		kind++;
	}
	if (kind == 5 || (kind > 0 && *rest == '\0')) {
		bad_spec(spec, "nothing that can stand there:", word);
	}
	what.kind = (enum stamp_kind)kind;
	if (kind == STAMP_LINK) {
		what.text = rest + 1;
	} else if (kind > 0) {
		char *end;
		what.dev = 1;
		what.ino = strtoul(rest + 1, &end, 10);
		what.size = kind == STAMP_FILE ? (off_t)what.ino * 10 : 0;
		/* "file:5+1": written to since. */
		what.mtime = *end == '+' ? 2 : 1;
	}
	return what;
}

/* Words as they come; every reader takes what is its own. */
struct words {
	char *word[WORDS_MAX + 1];
	size_t count, at;
};

static bool next_is(struct words *words, const char *word) {
	bool is = words->at < words->count && streq(words->word[words->at], word);
	words->at += is;
	return is;
}

static const char *next(const struct spec *spec, struct words *words) {
	if (words->at == words->count) {
		bad_spec(spec, "a word is missing behind", words->word[words->count - 1]);
	}
	return words->word[words->at++];
}

static enum op_kind parse_kind(const struct spec *spec, const char *word) {
	for (enum op_kind kind = OP_FOLDER; kind <= OP_EDIT; kind++) {
		if (streq(op_kind_name(kind), word)) {
			return kind;
		}
	}
	bad_spec(spec, "unknown operation", word);
}

static struct op parse_op(struct spec *spec, struct words *words) {
	struct op op = {.kind = parse_kind(spec, next(spec, words)), .phase = PHASE_MAIN};
	op.path = next(spec, words);
	op.text = next_is(words, "=") ? next(spec, words) : NULL;
	if (!next_is(words, "expect")) {
		bad_spec(spec, "no 'expect' at", op.path);
	}
	op.expect = parse_what(spec, next(spec, words));
	op.before = next_is(words, "was") ? next(spec, words) : NULL;
	op.before_owned = op.before != NULL;
	op.keeps = next_is(words, "keeps");
	op.keep = op.keeps ? next(spec, words) : NULL;
	if (next_is(words, "take")) {
		op.take = next(spec, words);
		op.becomes = parse_what(spec, next(spec, words));
	}
	if (next_is(words, "copy")) {
		op.origin = next(spec, words);
		op.becomes = parse_what(spec, next(spec, words));
	}
	if (next_is(words, "with")) {
		op.partner = next(spec, words);
		op.there = parse_what(spec, next(spec, words));
	}
	op.phase = next_is(words, "first") ? PHASE_FIRST : next_is(words, "last") ? PHASE_LAST
									  : PHASE_MAIN;
	op.theirs = next_is(words, "theirs") || op.kind == OP_FILE || op.phase != PHASE_MAIN;
	op.inside = next_is(words, "inside");
	if (op.kind == OP_EDIT) {
		spec->rewrite = arena_zalloc(&spec->arena, sizeof(*spec->rewrite));
		spec->rewrite->edits.items =
				arena_zalloc(&spec->arena, 4 * sizeof(struct edit));
		op.rewrite = spec->rewrite;
	}
	return op;
}

static void parse_edit(struct spec *spec, struct words *words) {
	static const char *const section[] = {"symlinks", NULL};
	if (spec->rewrite == NULL || spec->rewrite->edits.count == 4) {
		bad_spec(spec, "of which operation is", "edit");
	}
	const char *kind = next(spec, words);
	spec->rewrite->edits.items[spec->rewrite->edits.count++] = (struct edit){
		.kind = streq(kind, "add") ? EDIT_ADD : EDIT_REMOVE,
		.section = section,
		.key = next(spec, words),
		.value = next(spec, words),
	};
}

static void parse_seen(struct spec *spec, struct words *words, bool far) {
	struct seen_line line = {.path = next(spec, words), .far = far};
	if (!far) {
		line.what = parse_what(spec, next(spec, words));
		line.more = next_is(words, "more") ? (uint32_t)strtoul(next(spec, words), NULL, 10)
						   : 0;
	}
	VEC_ADD(&spec->seen, line);
}

/* What a generation did. */
static void read_input(struct spec *spec, struct words *words) {
	bool forward = next_is(words, "forth");
	if (forward || next_is(words, "back")) {
		if (spec->nsteps == STEPS_MAX) {
			bad_spec(spec, "too many steps at", words->word[1]);
		}
		spec->steps[spec->nsteps++] = (struct step){.folder = next(spec, words),
				.forward = forward};
	} else if (next_is(words, "op") && spec->nsteps > 0) {
		struct op op = parse_op(spec, words);
		VEC_ADD(&spec->steps[spec->nsteps - 1].ops, op);
	} else if (next_is(words, "edit")) {
		parse_edit(spec, words);
	} else if (next_is(words, "plan")) {
		spec->planned = true;
	} else {
		bad_spec(spec, "unknown line", words->word[0]);
	}
}

static void read_line(struct spec *spec, const char *text) {
	static const char *const results[] = {"op", "left", "edit", "tangled", "several"};
	struct words words = {0};
	if (text[0] == '#') {
		return;
	}
	char *copy = arena_strdup(&spec->arena, text);
	for (char *word = strtok(copy, " \t\n"); word != NULL; word = strtok(NULL, " \t\n")) {
		if (words.count == WORDS_MAX) {
			bad_spec(spec, "too many words", text);
		}
		words.word[words.count++] = word;
	}
	if (words.count == 0) {
		return;
	}
	bool expected = false;
	for (size_t i = 0; spec->planned && i < sizeof(results) / sizeof(results[0]); i++) {
		expected = expected || streq(words.word[0], results[i]);
	}
	if (expected) {
		for (size_t i = 0; i < words.count; i++) {
			buf_addf(&spec->expected, "%s%s", i > 0 ? " " : "", words.word[i]);
		}
		buf_addc(&spec->expected, '\n');
		return;
	}
	if (spec->planned && next_is(&words, "seen")) {
		parse_seen(spec, &words, false);
	} else if (spec->planned && next_is(&words, "far")) {
		parse_seen(spec, &words, true);
	} else if (!spec->planned) {
		read_input(spec, &words);
	}
	if (words.at != words.count) {
		bad_spec(spec, "what is", words.word[words.at]);
	}
}

/* --- what is seen --------------------------------------------------------------------------- */

static struct stamp stamp_of(const struct expect *what) {
	return (struct stamp){.kind = what->kind, .text = what->text, .dev = 1, .ino = what->ino,
			.size = what->size, .mtime = what->mtime};
}

/* What generations left there, as far as they know. */
static struct stamp stamp_now(const struct back_place *place, ino_t *unknown) {
	struct stamp stamp = {.dev = 1};
	switch (place->now.kind) {
	case BACK_NOTHING:
		break;
	case BACK_LINK:
		stamp.kind = STAMP_LINK;
		stamp.text = place->now.text;
		break;
	case BACK_FOLDER:
		stamp.kind = STAMP_FOLDER;
		stamp.ino = ++*unknown;
		break;
	case BACK_OBJECT:
		stamp = stamp_of(&place->now.object);
		if (stamp.kind > STAMP_LINK && stamp.ino == 0) {
			stamp.ino = ++*unknown;
		}
		break;
	}
	return stamp;
}

static bool is_child(const char *path, const char *folder) {
	size_t n = strlen(folder);
	return path_is_under(path, folder) && path[n] == '/' && strchr(path + n + 1, '/') == NULL;
}

static void look(const struct spec *spec, struct back *back) {
	size_t used = 0;
	ino_t unknown = 900; /* of what the generations made */
	for (size_t i = 0; i < back->places.count; i++) {
		struct back_place *place = &back->places.items[i];
		place->seen = stamp_now(place, &unknown);
		for (size_t j = 0; j < spec->seen.count; j++) {
			const struct seen_line *line = &spec->seen.items[j];
			if (!streq(line->path, place->path)) {
				continue;
			}
			used++;
			if (line->far) {
				place->seen.dev = 2;
			} else {
				place->seen = stamp_of(&line->what);
				place->seen.entries = line->more;
			}
		}
	}
	if (used != spec->seen.count) {
		bad_spec(spec, "no generation knows what is", "seen");
	}
	for (size_t i = 0; i < back->places.count; i++) {
		struct back_place *place = &back->places.items[i];
		for (size_t j = 0; place->seen.kind == STAMP_FOLDER && j < back->places.count; j++) {
			const struct back_place *other = &back->places.items[j];
			bool there = !other->slot && other->seen.kind != STAMP_ABSENT;
			place->seen.entries += there && is_child(other->path, place->path);
		}
	}
}

/* As cmd/undo.c does: what isn't as it was left is left alone, and what has no backup. */
static void leave(struct back *back) {
	for (size_t i = 0; i < back->places.count; i++) {
		struct back_place *place = &back->places.items[i];
		place->left = back_changes(place) && !back_is_as(place, &place->now);
	}
	for (size_t i = 0; i < back->places.count; i++) {
		struct back_place *place = &back->places.items[i];
		const struct back_place *slot = place->slot ? NULL : back_slot_of(back, place);
		if (back_changes(place) && slot != NULL && slot->seen.kind == STAMP_ABSENT) {
			place->left = true;
		}
	}
}

/* --- what came out -------------------------------------------------------------------------- */

static const char *print_what(struct spec *spec, const struct expect *what) {
	const char *text = model_what(&spec->arena, what);
	return text != NULL ? text : "absent";
}

static void print_op(struct spec *spec, const struct op *op, struct buf *out) {
	static const char *const phases[] = {" first", "", " last"};
	buf_addf(out, "op %s %s", op_kind_name(op->kind), op->path);
	if (op->text != NULL) {
		buf_addf(out, " = %s", op->text);
	}
	buf_addf(out, " expect %s", print_what(spec, &op->expect));
	if (op->before != NULL) {
		buf_addf(out, " was %s", op->before);
	}
	if (op->keeps) {
		buf_addf(out, " keeps %s", op->keep != NULL ? op->keep : "new");
	}
	if (op->take != NULL) {
		buf_addf(out, " take %s %s", op->take, print_what(spec, &op->becomes));
	}
	if (op->origin != NULL) {
		buf_addf(out, " copy %s %s", op->origin, print_what(spec, &op->becomes));
	}
	if (op->partner != NULL) {
		buf_addf(out, " with %s %s", op->partner, print_what(spec, &op->there));
	}
	buf_adds(out, phases[op->phase]);
	buf_adds(out, op->theirs && op->phase == PHASE_MAIN && op->kind != OP_FILE ? " theirs" : "");
	buf_adds(out, op->inside ? " inside" : "");
	buf_adds(out, op->far ? " far" : "");
	buf_adds(out, op->sensitive ? " sensitive" : "");
	buf_addc(out, '\n');
}

static void print_plan(struct spec *spec, const struct back *back, const struct plan *plan,
		struct buf *out) {
	static const char *const edits[] = {"add", "remove", "set"};
	for (size_t i = 0; i < plan->ops.count; i++) {
		print_op(spec, &plan->ops.items[i], out);
	}
	for (size_t i = 0; i < back->places.count; i++) {
		if (back->places.items[i].left) {
			buf_addf(out, "left %s\n", back->places.items[i].path);
		}
	}
	for (size_t i = 0; i < back->edits.count; i++) {
		const struct edit *edit = &back->edits.items[i].edit;
		buf_addf(out, "edit %s %s %s\n", edits[edit->kind], edit->key,
				edit->value != NULL ? edit->value : "-");
	}
	if (back->tangled != NULL) {
		buf_addf(out, "tangled %s\n", back->tangled);
	}
}

/* --- what must hold of any plan ------------------------------------------------------------ */

static const char *model_name(struct model *model, const struct back_place *place) {
	return place->slot ? model_slot(model, place->path) : place->path;
}

static void fill_model(struct model *model, const struct back *back) {
	for (size_t i = 0; i < back->places.count; i++) {
		const struct back_place *place = &back->places.items[i];
		struct expect what = expect_of(&place->seen);
		const char *text = model_what(model->arena, &what);
		if (text != NULL) {
			model_set(model, model_name(model, place), text);
		}
	}
}

/* The same object, or a copy of it. */
static bool is_object(const char *is, const char *object) {
	size_t n = object != NULL ? strcspn(object, ":") : 0;
	if (is == NULL || object == NULL || strncmp(object, "link:", 5) == 0) {
		return is != NULL && object != NULL && streq(is, object);
	}
	return strncmp(is, object, n + 1) == 0 &&
			strtoul(is + n + 1, NULL, 10) % 1000 == strtoul(object + n + 1, NULL, 10);
}

static bool is_then(const struct back_place *place, const char *is, const char *object) {
	switch (place->then.kind) {
	case BACK_NOTHING:
		return is == NULL;
	case BACK_LINK:
		return is != NULL && strncmp(is, "link:", 5) == 0 &&
				streq(is + 5, place->then.text);
	case BACK_FOLDER:
		return is != NULL && strncmp(is, "folder:", 7) == 0;
	case BACK_OBJECT:
		break;
	}
	return is_object(is, object);
}

/* Does a folder above it change? Or: is it left, so that what is in it stays as well? */
static bool is_in(const struct back *back, const struct back_place *place, bool left) {
	for (size_t i = 0; i < back->places.count; i++) {
		const struct back_place *above = &back->places.items[i];
		if (above != place && back_changes(above) && above->left == left &&
				path_is_under(place->path, above->path)) {
			return true;
		}
	}
	return false;
}

static const char *check_place(struct model *before, struct model *after,
		const struct back *back, const struct back_place *place) {
	const char *was = model_get(before, place->path), *is = model_get(after, place->path);
	bool same = was == NULL || is == NULL ? was == is : streq(was, is);
	if (!back_changes(place) || place->left) {
		/* What is in an object goes with it. */
		return same || is_in(back, place, false) ? NULL : "a place that is to stay was changed";
	}
	const struct back_place *slot = back_slot_of(back, place);
	const char *at = place->then.kind != BACK_OBJECT ? NULL
			: slot != NULL			? model_slot(before, slot->path)
							: place->then.at;
	bool kept = place->then.kind == BACK_NOTHING && place->now.kind == BACK_FOLDER; /* full */
	bool stays = kept || (same && is_in(back, place, true));
	return stays || is_then(place, is, at != NULL ? model_get(before, at) : NULL)
			? NULL
			: "a place doesn't hold what was there before";
}

static const char *check_plan(struct spec *spec, const struct back *back,
		const struct plan *plan) {
	struct model before = {.arena = &spec->arena}, after = {.arena = &spec->arena};
	fill_model(&before, back);
	fill_model(&after, back);
	model_run(&after, plan->ops.items, plan->ops.count, HOME);
	const char *wrong = after.wrong;
	for (size_t i = 0; wrong == NULL && i < back->places.count; i++) {
		const struct back_place *place = &back->places.items[i];
		wrong = place->slot ? NULL : check_place(&before, &after, back, place);
		if (wrong != NULL) {
			wrong = arena_printf(&spec->arena, "%s: %s", place->path, wrong);
		}
	}
	for (size_t i = 0; wrong == NULL && i < before.count; i++) {
		const char *what = before.items[i].what;
		bool found = strncmp(what, "link:", 5) == 0 || strncmp(what, "folder:9", 8) == 0;
		for (size_t j = 0; j < after.count && !found; j++) {
			found = streq(after.items[j].what, what);
		}
		wrong = found ? NULL : arena_printf(&spec->arena, "%s is lost", what);
	}
	VEC_RELEASE(&before);
	VEC_RELEASE(&after);
	return wrong;
}

static void run(struct spec *spec) {
	struct back_step steps[STEPS_MAX];
	struct back back = {0};
	struct plan plan = {0};
	struct buf got _cleanup_buf_ = BUF_INIT;
	const char *wrong = NULL;
	for (size_t i = 0; i < spec->nsteps; i++) {
		const struct step *step = &spec->steps[i];
		steps[i] = (struct back_step){step->ops.items, step->ops.count, step->folder,
				step->forward, NULL, 0};
	}
	if (spec->nsteps > 1 && !back_is_simple(steps, spec->nsteps)) {
		buf_adds(&got, "several\n");
	} else {
		back_compose(&back, steps, spec->nsteps, &spec->arena);
		look(spec, &back);
		leave(&back);
		back_plan(&back, &plan, PROFILE, 1);
		print_plan(spec, &back, &plan, &got);
		wrong = back.tangled == NULL ? check_plan(spec, &back, &plan) : NULL;
	}
	bool same = streq(got.data != NULL ? got.data : "", spec->expected.data);
	bool good = same && wrong == NULL;
	printf("%sok %u - %s\n", good ? "" : "not ", ++tests_run, spec->name);
	tests_failed += !good;
	if (wrong != NULL) {
		print_comment("must not be:", wrong);
	}
	if (!good) {
		print_comment("expected:", spec->expected.data);
		print_comment("got:", got.data != NULL ? got.data : "");
	}
	back_release(&back);
	plan_release(&plan);
}

static void finish(struct spec *spec) {
	if (spec->name != NULL) {
		if (!spec->planned) {
			bad_spec(spec, "a case without 'plan':", spec->name);
		}
		run(spec);
	}
	for (size_t i = 0; i < spec->nsteps; i++) {
		VEC_RELEASE(&spec->steps[i].ops);
	}
	VEC_RELEASE(&spec->seen);
	buf_release(&spec->expected);
	arena_release(&spec->arena);
}

static void start(struct spec *spec, const char *file, const char *name) {
	spec_clear(spec, file, name);
}
