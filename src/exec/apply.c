/* SPDX-License-Identifier: MIT */
#include "exec/apply.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "base/path.h"
#include "base/vec.h"
#include "exec/act.h"
#include "sys/signals.h"

/* What the record says of a path once the operation is done; false: nothing. */
static bool owned_after(const struct op *op, uint64_t generation, struct owned *ret) {
	*ret = (struct owned){.path = op->path, .text = op->text, .since = generation};
	bool stands = op->kind == OP_LINK || op->kind == OP_FOLDER || op->kind == OP_OWN ||
			op->kind == OP_ADOPT;
	/* An object that is back in the place of our link: detached again. */
	bool detached = (op->kind == OP_FILE || op->kind == OP_RETURN) && op->text != NULL;
	return detached || (stands && !op->theirs && (op->kind != OP_ADOPT || op->text != NULL));
}

/* The record before, merged with the plan's operations on targets; both are sorted. */
static void owned_merge(struct owned_record *after, const struct owned_record *before,
		const struct plan *plan, uint64_t generation, uint64_t present) {
	size_t b = 0, first;
	size_t end = ops_main(plan->ops.items, plan->ops.count, &first);
	size_t o = first;
	end += first;
	while (b < before->count || o < end) {
		int order = b == before->count ? 1
				: o == end
				? -1
				: path_compare(before->items[b].path, plan->ops.items[o].path);
		if (order < 0) {
			VEC_ADD(after, before->items[b]);
			b++;
			continue;
		}
		struct owned owned;
		if (owned_after(&plan->ops.items[o], present, &owned)) {
			VEC_ADD(after, owned);
		}
		o++;
		b += order == 0;
	}
	after->generation = generation;
	after->present_generation = present;
}

static const char *make_temporary(struct arena *arena) {
	uint32_t number = 0;
	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number)) {
		number = (uint32_t)time(NULL);
	}
	return arena_printf(arena, ".lumina-%08x", number);
}

static void take_notes(struct notes *notes, const struct act *act) {
	for (size_t i = 0; i < act->notes.count; i++) {
		VEC_ADD(notes, act->notes.items[i]);
	}
}

/* Only the record changes: no journal, no generation. */
static int apply_record(struct apply *apply, struct store *store, struct err *err) {
	struct owned_record after = {0};
	/* With the record lost, the numbers go on behind the generations that there are. */
	owned_merge(&after, apply->owned, apply->plan,
			store_next_generation(store, apply->owned) - 1,
			apply->moves ? apply->to : apply->owned->present_generation);
	int result = store_prepare(store, &after, err);
	if (result == 0) {
		result = store_commit(store, err);
	}
	if (result == 0) {
		result = store_flush(store, err);
	}
	VEC_RELEASE(&after);
	return result;
}

static int take_back(struct apply *apply, struct act *act, struct store *store,
		struct err *err) {
	struct err problem = {0};
	if (act_restore(act, &problem) < 0) {
		(void)err_wrap(&problem, "%s; then", err->text);
		err_release(err);
		*err = problem;
		err_hint(err, "mend that, then run 'lumina sync': it restores the rest first");
		return -1;
	}
	take_notes(&apply->notes, act);
	/* If this fails, the next run restores once more, which changes nothing. */
	if (store_abandon(store, &problem) < 0) {
		err_release(&problem);
	}
	return -1;
}

/* Behind the commit: nothing is taken back any more. */
static int finish(struct act *act, struct store *store, uint64_t generation,
		struct err *warning, struct err *err) {
	bool clean = act_clean(act, warning) == 0;
	if (act_flush(act, err) < 0) {
		return -1;
	}
	/* What could not be cleaned up is tried again by the next run. */
	if (clean) {
		(void)store_finish(store, generation, warning);
	}
	return 0;
}

static int change(struct apply *apply, struct act *act, struct store *store,
		const struct owned_record *after, struct err *err) {
	/* A person's objects are where they belong, durably, before the old ones lose their names. */
	if (act_change(act, err) < 0 || (act_moves_objects(act) && act_flush(act, err) < 0) ||
			store_prepare(store, after, err) < 0 ||
			act_check_signals(err) < 0 || store_commit(store, err) < 0) {
		return take_back(apply, act, store, err);
	}
	if (store_flush(store, err) < 0 ||
			finish(act, store, after->generation, &apply->warning, err) < 0) {
		return err_wrap(err, "everything is changed, but may not outlast a power failure");
	}
	take_notes(&apply->notes, act);
	return 0;
}

int apply_plan(struct apply *apply, struct store *store, struct err *err) {
	struct plan *plan = apply->plan;
	apply->generation = 0;
	if (!plan_changes_machine(plan)) {
		return plan->ops.count > 0 || apply->moves ? apply_record(apply, store, err) : 0;
	}
	struct journal journal = {
		.generation = store_next_generation(store, apply->owned),
		.parent = apply->owned->present_generation,
		.time = time(NULL),
		.commit = apply->commit,
		.moves = apply->moves,
		.to = apply->to,
		.command = apply->command,
		.home = apply->facts->home,
		.temporary = make_temporary(apply->arena),
		.followed = {plan->followed.items, plan->followed.count, 0},
		.ops = {plan->ops.items, plan->ops.count, 0},
		.packages = plan->packages,
		.borrowed = true,
	};
	plan_assign_slots(plan, journal_slot_folder(&journal, apply->arena), apply->arena);
	struct owned_record after = {0};
	owned_merge(&after, apply->owned, plan, journal.generation,
			apply->moves ? apply->to : journal.generation);
	struct act act;
	if (act_init(&act, &journal, store->dir, apply->facts, apply->arena, err) < 0) {
		VEC_RELEASE(&after);
		return -1;
	}
	signals_hold();
	int result = store_begin(store, &journal, err);
	if (result == 0) {
		result = change(apply, &act, store, &after, err);
		apply->generation = result == 0 ? journal.generation : 0;
	}
	signals_release();
	act_release(&act);
	VEC_RELEASE(&after);
	return result;
}

void apply_release(struct apply *apply) {
	VEC_RELEASE(&apply->notes);
	err_release(&apply->warning);
}

void recovered_release(struct recovered *recovered) {
	VEC_RELEASE(&recovered->notes);
}

/* Committed, and cut off then: do what isn't done. */
static int redo(struct act *act, struct store *store, uint64_t generation, struct err *err) {
	act->again = true;
	/* What moves objects was flushed before the commit, with all the rest. */
	if ((!act_moves_objects(act) && act_change(act, err) < 0) || act_clean(act, err) < 0 || act_flush(act, err) < 0) {
		return -1;
	}
	return store_finish(store, generation, err);
}

static int put_right(struct recovered *recovered, struct store *store,
		const struct journal *journal, const struct facts *facts, struct arena *arena,
		struct err *err) {
	struct owned_record owned;
	struct act act;
	if (owned_load(&owned, facts->state, arena, err) < 0) {
		return -1;
	}
	bool committed = owned.present && owned.generation >= journal->generation;
	owned_release(&owned);
	if (act_init(&act, journal, store->dir, facts, arena, err) < 0) {
		return -1;
	}
	recovered->what = committed ? RECOVERY_FINISHED : RECOVERY_RESTORED;
	for (size_t i = 0; i < journal->ops.count; i++) {
		recovered->themed |= op_switches_theme(&journal->ops.items[i]);
	}
	signals_hold();
	int result;
	if (committed) {
		result = redo(&act, store, journal->generation, err);
	} else {
		result = act_restore(&act, err);
		if (result == 0) {
			result = store_abandon(store, err);
		}
	}
	recovered->signal = signals_pending();
	signals_release();
	take_notes(&recovered->notes, &act);
	act_release(&act);
	return result;
}

int recover(struct recovered *recovered, struct store *store, const struct facts *facts,
		struct arena *arena, struct err *err) {
	*recovered = (struct recovered){0};
	int there = store_has_journal(facts, arena, err);
	if (there <= 0) {
		return there;
	}
	struct journal journal;
	enum record_state state;
	if (store_read_journal(facts->state, &journal, &state, arena, err) < 0) {
		return -1;
	}
	if (state == RECORD_NEWER) {
		(void)err_set(err, ERR_FAILED,
				"the journal in '%s' was written by a newer Lumina", facts->state);
		err_hint(err, "update Lumina");
		return -1;
	}
	if (state == RECORD_DAMAGED) {
		recovered->what = RECOVERY_SET_ASIDE;
		return store_set_aside(store, err);
	}
	recovered->command = journal.command;
	recovered->time = journal.time;
	recovered->moves = journal.moves;
	recovered->packages = journal.packages.count > 0;
	struct stat theirs, ours;
	bool same_home = stat(journal.home, &theirs) == 0 && stat(facts->home, &ours) == 0 &&
			theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
	if (!same_home) {
		(void)err_set(err, ERR_FAILED, "the journal in '%s' is that of another home, '%s'",
				facts->state, journal.home);
		journal_release(&journal);
		return -1;
	}
	int result = put_right(recovered, store, &journal, facts, arena, err);
	journal_release(&journal);
	if (result < 0) {
		(void)err_wrap(err, "recovering from the interrupted '%s'", recovered->command);
	}
	return result;
}
