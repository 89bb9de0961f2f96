/* SPDX-License-Identifier: MIT */

/*
 * OP_ADOPT and OP_RETURN: an object X moves between a target and its source in the
 * profile. It leaves one place, the giver, where A comes instead (a link, an object
 * from a slot, or nothing), and comes to the other, the taker, where B was (a link of
 * ours, somebody's object, or nothing). Neither is ever without a file.
 *
 * A file has both names for a moment:
 *   taker gets a second name of X (B aside, by exchange); giver gets A (X aside, by
 *   exchange); the name aside goes behind the commit.
 * A folder can't have two, and moves by one exchange of both places:
 *   (X, -)  A made at the taker  (X, A)  exchanged  (A, X)
 *   (X, B)  exchanged  (B, X)  A made aside, exchanged with B  (A, X)
 *
 * Temporary names: `aside` beside the giver, `coming` beside the taker.
 */

#include "exec/part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/path.h"
#include "exec/slot.h"
#include "sys/swap.h"

struct trade {
	int from, to;               /* folders of giver and taker */
	const char *giver, *taker;  /* names in them */
	const char *aside, *coming;
	const char *from_path, *to_path; /* of giver and taker, to name them */
	const struct expect *x, *b;
	struct expect a;
};

enum held { HELD_NONE, HELD_X, HELD_A, HELD_B, HELD_OTHER };

static int trade_init(struct trade *trade, struct act *act, int dir, const struct op *op) {
	int partner = walk_to(&act->partners, op->partner);
	if (partner < 0) {
		return -1;
	}
	walk_touch(&act->partners);
	bool adopt = op->kind == OP_ADOPT;
	*trade = (struct trade){
		.from = adopt ? dir : partner,
		.to = adopt ? partner : dir,
		.giver = path_name(adopt ? op->path : op->partner),
		.taker = path_name(adopt ? op->partner : op->path),
		.aside = aside_name(act, op),
		.coming = arena_printf(act->arena, "%s-in", aside_name(act, op)),
		.from_path = adopt ? op->path : op->partner,
		.to_path = adopt ? op->partner : op->path,
		.x = adopt ? &op->expect : &op->there,
		.b = adopt ? &op->there : &op->expect,
	};
	if (op->take != NULL) {
		trade->a = op->becomes;
	} else if (adopt && op->text != NULL) {
		trade->a = (struct expect){.kind = STAMP_LINK, .text = op->text};
	}
	return 0;
}

/* A person's object stays under a temporary name: say where. */
static void note_kept(struct act *act, const struct op *op, const char *beside,
		const char *name) {
	part_note(act, op, arena_printf(act->arena,
			"something else stands there by now; what was there is kept as '%.*s%s'",
			(int)(path_name(beside) - beside), beside, name));
}

static bool has_a(const struct trade *trade) {
	return trade->a.kind != STAMP_ABSENT;
}

static bool has_b(const struct trade *trade) {
	return trade->b->kind != STAMP_ABSENT;
}

static int exchange(const struct trade *trade) {
	return renameat2(trade->from, trade->giver, trade->to, trade->taker, RENAME_EXCHANGE);
}

static int identify(const struct trade *trade, int dir, const char *name, enum held *ret) {
	const struct expect *const things[] = {trade->x, &trade->a, trade->b};
	const enum held found[] = {HELD_X, HELD_A, HELD_B};
	*ret = HELD_OTHER;
	for (size_t i = 0; i < 3; i++) {
		int same = things[i]->kind == STAMP_ABSENT
				? 0
				: aside_matches(dir, name, things[i], false);
		if (same < 0) {
			return -1;
		}
		if (same == 1) {
			*ret = found[i];
			return 0;
		}
	}
	int absent = aside_is_absent(dir, name);
	*ret = absent == 1 ? HELD_NONE : HELD_OTHER;
	return absent < 0 ? -1 : 0;
}

/* --- forward ------------------------------------------------------------------------------- */

/* A, whole, at a name where nothing is; EEXIST otherwise. */
static int make_a(struct act *act, const struct trade *trade, const struct op *op, int dir,
		const char *name) {
	if (op->take == NULL) {
		return symlinkat(trade->a.text, dir, name);
	}
	if (!part_is_copied(op)) {
		return slot_take(act, op->take, dir, name, false);
	}
	const char *making = part_making_name(act, op);
	return slot_take(act, op->take, dir, making, true) < 0
			? -1
			: swap_move(dir, making, dir, name);
}

static int unable(const struct op *op, struct err *err) {
	if (errno != EINVAL && errno != ENOSYS) {
		return part_failed(op, err);
	}
	(void)err_set(err, ERR_FAILED, "cannot move '%s': its file system can't exchange two names",
			op->path);
	err_hint(err, "move it by hand");
	return -1;
}

/* The exchange, undone again unless everything is as the plan saw it. */
static int exchange_checked(const struct trade *trade, const struct op *op, struct err *err) {
	if (exchange(trade) < 0) {
		return unable(op, err);
	}
	const struct expect *back = has_b(trade) ? trade->b : &trade->a;
	if (aside_matches(trade->to, trade->taker, trade->x, true) == 1 &&
			aside_matches(trade->from, trade->giver, back, has_b(trade)) == 1) {
		return 0;
	}
	return exchange(trade) < 0 ? part_kept_aside(op, trade->taker, err)
				   : part_changed_meanwhile(op, err);
}

/* A in the place of X, which stands aside then. */
static int leave(struct act *act, const struct trade *trade, const struct op *op,
		struct err *err) {
	if (!has_a(trade)) {
		return swap_move(trade->from, trade->giver, trade->from, trade->aside) < 0
				? part_failed(op, err)
				: 0;
	}
	if (make_a(act, trade, op, trade->from, trade->aside) < 0 ||
			swap_exchange(trade->from, trade->giver, trade->aside) < 0) {
		return part_failed(op, err);
	}
	return 0;
}

/* Exactly X has come out at the giver; if not, it goes back. */
static int check_left(const struct trade *trade, const struct op *op, struct err *err) {
	if (aside_matches(trade->from, trade->aside, trade->x, true) == 1) {
		return 0;
	}
	int back = has_a(trade) ? swap_exchange(trade->from, trade->giver, trade->aside)
				: swap_move(trade->from, trade->aside, trade->from, trade->giver);
	return back < 0 ? part_kept_aside(op, trade->aside, err) : part_changed_meanwhile(op, err);
}

/* A file, by a second name. *ret_able is false where it can't have one: nothing is done then. */
static int give_file(struct act *act, const struct trade *trade, const struct op *op,
		bool *ret_able, struct err *err) {
	const char *name = has_b(trade) ? trade->coming : trade->taker;
	*ret_able = true;
	if (linkat(trade->from, trade->giver, trade->to, name, 0) < 0) {
		*ret_able = errno != EPERM && errno != EMLINK && errno != EOPNOTSUPP;
		return !*ret_able ? 0
				: errno == EEXIST || errno == ENOENT ? part_changed_meanwhile(op, err)
								     : part_failed(op, err);
	}
	if (aside_matches(trade->to, name, trade->x, true) != 1) {
		(void)unlinkat(trade->to, name, 0); /* the second name of something else */
		return part_changed_meanwhile(op, err);
	}
	if (has_b(trade)) {
		if (swap_exchange(trade->to, trade->taker, trade->coming) < 0) {
			return part_failed(op, err);
		}
		if (aside_matches(trade->to, trade->coming, trade->b, true) != 1) {
			return swap_exchange(trade->to, trade->taker, trade->coming) < 0
					? part_kept_aside(op, trade->coming, err)
					: part_changed_meanwhile(op, err);
		}
	}
	return leave(act, trade, op, err) < 0 ? -1 : check_left(trade, op, err);
}

/* Nothing was at the taker. */
static int give_new(struct act *act, const struct trade *trade, const struct op *op,
		struct err *err) {
	if (!has_a(trade)) {
		if (aside_matches(trade->from, trade->giver, trade->x, true) != 1) {
			return part_changed_meanwhile(op, err);
		}
		return swap_move(trade->from, trade->giver, trade->to, trade->taker) < 0
				? part_failed(op, err)
				: 0;
	}
	if (make_a(act, trade, op, trade->to, trade->taker) < 0) {
		return errno == EEXIST ? err_set(err, ERR_FAILED, "'%s' appeared meanwhile",
						 trade->taker)
				       : part_failed(op, err);
	}
	return exchange_checked(trade, op, err);
}

static int give_over(struct act *act, const struct trade *trade, const struct op *op,
		struct err *err) {
	if (exchange_checked(trade, op, err) < 0) {
		return -1;
	}
	return leave(act, trade, op, err);
}

int trade_change(struct act *act, int dir, const struct op *op, struct err *err) {
	struct trade trade;
	if (trade_init(&trade, act, dir, op) < 0) {
		return err_sys(err, "cannot open the folder of '%s'", op->partner);
	}
	bool same = trade.x->kind == STAMP_FILE && trade.b->kind == STAMP_FILE &&
			trade.x->ino == trade.b->ino && trade.x->dev == trade.b->dev;
	if (same) {
		return err_set(err, ERR_FAILED, "'%s' and '%s' are two names of one file", op->path,
				op->partner);
	}
	part_begin(act, op);
	if (part_keep_copy(act, trade.to, trade.to_path, op, trade.b, err) < 0) {
		return -1;
	}
	bool able = false;
	int result = trade.x->kind == STAMP_FILE ? give_file(act, &trade, op, &able, err) : 0;
	if (able || result < 0) {
		return result;
	}
	return has_b(&trade) ? give_over(act, &trade, op, err) : give_new(act, &trade, op, err);
}

/* --- behind the commit --------------------------------------------------------------------- */

/* B stands beside the taker, or the giver, depending on the way that X went. */
static int clean_b(struct act *act, const struct trade *trade, const struct op *op) {
	int absent = aside_is_absent(trade->to, trade->coming);
	if (absent < 0) {
		return -1;
	}
	bool beside_taker = absent == 0;
	int dir = beside_taker ? trade->to : trade->from;
	const char *name = beside_taker ? trade->coming : trade->aside;
	return op->keeps ? part_keep(act, dir, name, op, trade->b)
			 : aside_remove_link(dir, name, trade->b->text);
}

/* The second name of X, if that is at the taker. */
static int clean_x(struct act *act, const struct trade *trade, const struct op *op) {
	int aside = trade->x->kind == STAMP_FILE
			? aside_matches(trade->from, trade->aside, trade->x, false)
			: 0;
	int there = aside == 1 ? aside_matches(trade->to, trade->taker, trade->x, false) : 0;
	if (aside < 0 || there < 0) {
		return -1;
	}
	if (aside == 1 && there == 0) {
		note_kept(act, op, trade->from_path, trade->aside);
	}
	return there == 1 ? unlinkat(trade->from, trade->aside, 0) : 0;
}

/* The partner's folder is gone, and all in it; what stands beside the target is still there. */
static int clean_alone(struct act *act, int dir, const struct op *op) {
	bool adopt = op->kind == OP_ADOPT;
	const struct expect *b = adopt ? &op->there : &op->expect;
	const struct expect *x = adopt ? &op->expect : &op->there;
	const char *aside = aside_name(act, op);
	const char *coming = arena_printf(act->arena, "%s-in", aside);
	const char *name = adopt ? aside : coming;
	if (x->kind != STAMP_ABSENT && aside_matches(dir, name, x, false) == 1) {
		note_kept(act, op, op->path, name);
		return 0;
	}
	if (b->kind == STAMP_ABSENT) {
		return 0;
	}
	int result = op->keeps ? part_keep(act, dir, name, op, b)
			       : aside_remove_link(dir, name, b->text);
	return result == 0 && part_is_copied(op) ? slot_drop(act, op->take) : result;
}

int trade_clean(struct act *act, int dir, const struct op *op) {
	struct trade trade;
	if (trade_init(&trade, act, dir, op) < 0) {
		return errno == ENOENT ? clean_alone(act, dir, op) : -1;
	}
	if (clean_x(act, &trade, op) < 0 || (has_b(&trade) && clean_b(act, &trade, op) < 0)) {
		return -1;
	}
	return part_is_copied(op) ? slot_drop(act, op->take) : 0;
}

/* --- back ---------------------------------------------------------------------------------- */

/* A is of no use any more: away with the link, back to its slot with the object. */
static int discard_a(struct act *act, const struct op *op, int dir, const char *name) {
	return op->take == NULL || part_is_copied(op) ? unlinkat(dir, name, 0)
						      : slot_put(act, op->take, dir, name);
}

/*
 * Two names trade places on the way back. At the second, `out` must come out; if
 * somebody put something else there just now, nothing is changed, and EAGAIN: the next
 * recovery looks again.
 */
static int exchange_back(const struct trade *trade, int dir, const char *name, int other_dir,
		const char *other, enum held out) {
	enum held found;
	bool beside = dir == other_dir;
	int result = beside ? swap_exchange(dir, name, other)
			    : renameat2(dir, name, other_dir, other, RENAME_EXCHANGE);
	if (result < 0) {
		return -1;
	}
	if (identify(trade, other_dir, other, &found) == 0 && found == out) {
		return 0;
	}
	result = beside ? swap_exchange(dir, name, other)
			: renameat2(dir, name, other_dir, other, RENAME_EXCHANGE);
	errno = result == 0 ? EAGAIN : errno;
	return -1;
}

/* Another program has replaced X at its own place: what it threw away goes to the backups. */
static int keep_x(struct act *act, const struct trade *trade, const struct op *op, int dir,
		const char *beside, const char *name) {
	const char *slot = arena_printf(act->arena, "%s/%zu-was-%.200s",
			journal_slot_folder(act->journal, act->arena),
			(size_t)(op - act->journal->ops.items), trade->giver);
	if (slot_put(act, slot, dir, name) < 0) {
		note_kept(act, op, beside, name);
		return 0;
	}
	part_note(act, op, arena_printf(act->arena, "another program has replaced it; what stood there "
						    "is in the backups, as '%s'", slot));
	return 0;
}

/* X back to the giver, from aside. */
static int fetch_from_aside(struct act *act, const struct trade *trade, const struct op *op,
		enum held *giver, enum held taker, enum held coming) {
	if (*giver == HELD_A) {
		*giver = HELD_X; /* A is aside then: discard_aside() */
		return exchange_back(trade, trade->from, trade->giver, trade->from, trade->aside,
				HELD_A);
	}
	if (*giver == HELD_NONE) {
		*giver = HELD_X;
		return swap_move(trade->from, trade->aside, trade->from, trade->giver);
	}
	if (*giver == HELD_X || taker == HELD_X || coming == HELD_X) {
		return unlinkat(trade->from, trade->aside, 0); /* a second name */
	}
	return keep_x(act, trade, op, trade->from, trade->from_path, trade->aside);
}

/*
 * The way of a file, as far as it got: X back to the giver from aside, B back to the
 * taker, and the second name of X goes.
 */
static int fetch_file(struct act *act, const struct trade *trade, const struct op *op,
		enum held *giver, enum held *taker) {
	enum held aside, coming;
	int result = 0;
	if (identify(trade, trade->from, trade->aside, &aside) < 0 ||
			identify(trade, trade->to, trade->coming, &coming) < 0) {
		return -1;
	}
	if (aside == HELD_X) {
		result = fetch_from_aside(act, trade, op, giver, *taker, coming);
	}
	/* Whatever came out at the exchange, if it was B or what somebody had put there. */
	bool came_out = coming == HELD_B || coming == HELD_OTHER;
	if (result == 0 && came_out && *taker == HELD_X) {
		result = exchange_back(trade, trade->to, trade->taker, trade->to, trade->coming,
				HELD_X);
		*taker = coming;
		coming = HELD_X;
	} else if (result == 0 && coming == HELD_B && *taker == HELD_NONE) {
		result = swap_move(trade->to, trade->coming, trade->to, trade->taker);
		*taker = HELD_B;
		coming = HELD_NONE;
	}
	if (result == 0 && coming == HELD_X && *giver == HELD_X) {
		return unlinkat(trade->to, trade->coming, 0);
	}
	bool useless = (coming == HELD_B && *taker == HELD_OTHER && !op->keeps) ||
			(coming == HELD_A && op->take == NULL);
	if (result == 0 && useless) {
		return unlinkat(trade->to, trade->coming, 0); /* a link of ours */
	}
	if (result == 0 && coming == HELD_X) {
		return keep_x(act, trade, op, trade->to, trade->to_path, trade->coming);
	}
	if (result == 0 && coming != HELD_NONE) {
		note_kept(act, op, trade->to_path, trade->coming);
	}
	return result;
}

/* A that never got to the giver, or is back from there. */
static int discard_aside(struct act *act, const struct trade *trade, const struct op *op) {
	enum held aside;
	if (identify(trade, trade->from, trade->aside, &aside) < 0) {
		return -1;
	}
	if (aside == HELD_OTHER) {
		note_kept(act, op, trade->from_path, trade->aside);
	}
	return aside == HELD_A ? discard_a(act, op, trade->from, trade->aside) : 0;
}

/* B back to the giver, where it was for a moment; *ret_stuck: something else is there. */
static int fetch_b(struct act *act, const struct trade *trade, const struct op *op,
		enum held *giver, bool *ret_stuck) {
	enum held aside;
	*ret_stuck = false;
	if (identify(trade, trade->from, trade->aside, &aside) < 0) {
		return -1;
	}
	if (aside != HELD_B) {
		return 0;
	}
	if (*giver == HELD_A) {
		*giver = HELD_B;
		return exchange_back(trade, trade->from, trade->giver, trade->from, trade->aside,
				       HELD_A) < 0
				? -1
				: discard_a(act, op, trade->from, trade->aside);
	}
	if (*giver == HELD_NONE) {
		*giver = HELD_B;
		return swap_move(trade->from, trade->aside, trade->from, trade->giver);
	}
	note_kept(act, op, trade->from_path, trade->aside);
	*ret_stuck = true;
	return 0;
}

/* X back to the giver, for what stands there; what does is at the taker then. */
static int fetch_x(struct act *act, const struct trade *trade, const struct op *op,
		enum held giver, enum held *taker) {
	enum held ready = has_b(trade) ? HELD_B : has_a(trade) ? HELD_A : HELD_NONE;
	if (*taker != HELD_X) {
		return 0;
	}
	if (giver == HELD_X && trade->x->kind == STAMP_FILE) {
		*taker = HELD_NONE; /* a second name */
		return part_remove(trade->to, trade->taker, trade->coming, trade->x);
	}
	if (giver == HELD_NONE) {
		*taker = HELD_NONE;
		return swap_move(trade->to, trade->taker, trade->from, trade->giver);
	}
	if (giver == ready) {
		*taker = ready;
		return exchange_back(trade, trade->from, trade->giver, trade->to, trade->taker, ready);
	}
	part_note(act, op, arena_printf(act->arena, "something else stands where it was by now; "
						    "what was there is kept as '%s'", trade->to_path));
	return 0;
}

/* What is left to be done once X, A and B are where they belong. */
static int tidy(struct act *act, const struct trade *trade, const struct op *op,
		enum held taker) {
	bool unused = !has_b(trade) && taker == HELD_A;
	if (unused && (op->take == NULL ? part_remove(trade->to, trade->taker, trade->coming, &trade->a)
					: discard_a(act, op, trade->to, trade->taker)) < 0) {
		return -1;
	}
	if (taker == HELD_OTHER) {
		part_note(act, op, arena_printf(act->arena, "what was saved at '%s' since stays there",
						   trade->to_path));
	}
	int where = has_b(trade) ? trade->from : trade->to;
	if (part_is_copied(op) && unlinkat(where, part_making_name(act, op), 0) < 0 &&
			errno != ENOENT) {
		return -1;
	}
	return part_drop_copy(act, trade->to, trade->taker, op, trade->b);
}

int trade_restore(struct act *act, int dir, const struct op *op) {
	struct trade trade;
	enum held giver, taker;
	bool stuck = false;
	if (trade_init(&trade, act, dir, op) < 0) {
		bool barred = errno == ENOTDIR || errno == ELOOP;
		if (barred && !act->live) {
			part_note(act, op, "the folder of its source can't be reached any more; left as "
					   "it is");
		}
		return errno == ENOENT || (barred && !act->live) ? 0 : -1; /* or was never made */
	}
	if (swap_mend(trade.from, trade.giver, trade.aside) < 0 ||
			swap_mend(trade.to, trade.taker, trade.coming) < 0) {
		return -1;
	}
	if (identify(&trade, trade.from, trade.giver, &giver) < 0 ||
			identify(&trade, trade.to, trade.taker, &taker) < 0 ||
			fetch_file(act, &trade, op, &giver, &taker) < 0 ||
			(has_b(&trade) && fetch_b(act, &trade, op, &giver, &stuck) < 0) ||
			(!stuck && discard_aside(act, &trade, op) < 0)) {
		return -1;
	}
	return stuck ? 0
		     : fetch_x(act, &trade, op, giver, &taker) < 0 ? -1
								    : tidy(act, &trade, op, taker);
}
