/* SPDX-License-Identifier: MIT */

/*
 * OP_ADOPT and OP_RETURN: an object X moves between a target and its source in the
 * profile, by one exchange of the two names, so that neither is ever without a file
 * and a whole folder costs no more than a file. It leaves one place, the giver, where
 * A comes instead (a link, an object from a slot, or nothing), and comes to the other,
 * the taker, where B was (a link of ours, somebody's object, or nothing):
 *
 *   giver, taker:  (X, -)  A made at the taker  (X, A)  exchanged  (A, X)
 *                  (X, B)  exchanged  (B, X)  A made aside, exchanged with B  (A, X)
 *
 * B stands beside the giver then, until the commit.
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
	const char *other;          /* temporary name beside the giver */
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
		.other = aside_name(act, op),
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

static bool has_a(const struct trade *trade) {
	return trade->a.kind != STAMP_ABSENT;
}

static bool has_b(const struct trade *trade) {
	return trade->b->kind != STAMP_ABSENT;
}

/* A comes from a slot on another file system. */
static bool is_copied(const struct op *op) {
	return op->take != NULL && op->far && op->becomes.kind == STAMP_FILE;
}

/* B went to its slot by a copy already. */
static bool is_kept_by_copy(const struct trade *trade, const struct op *op) {
	return op->keeps && op->far && trade->b->kind == STAMP_FILE;
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
	if (swap_is_absent(dir, name)) {
		*ret = HELD_NONE;
	}
	return 0;
}

/* --- forward ------------------------------------------------------------------------------- */

static const char *making_name(struct act *act, const struct trade *trade) {
	return arena_printf(act->arena, "%s-new", trade->other);
}

/* A, whole, at a name where nothing is; EEXIST otherwise. */
static int make_a(struct act *act, const struct trade *trade, const struct op *op, int dir,
		const char *name) {
	if (op->take == NULL) {
		return symlinkat(trade->a.text, dir, name);
	}
	if (!is_copied(op)) {
		return slot_take(act, op->take, dir, name, false);
	}
	const char *making = making_name(act, trade);
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
	if (is_kept_by_copy(trade, op) && slot_copy(act, op->keep, trade->to, trade->taker) < 0) {
		return err_sys(err, "cannot copy '%s' to the backups", trade->taker);
	}
	if (exchange_checked(trade, op, err) < 0) {
		return -1;
	}
	if (!has_a(trade)) {
		return swap_move(trade->from, trade->giver, trade->from, trade->other) < 0
				? part_failed(op, err)
				: 0;
	}
	if (make_a(act, trade, op, trade->from, trade->other) < 0 ||
			swap_exchange(trade->from, trade->giver, trade->other) < 0) {
		return part_failed(op, err);
	}
	return 0;
}

int trade_change(struct act *act, int dir, const struct op *op, struct err *err) {
	struct trade trade;
	if (act->again) {
		return 0; /* it was flushed before the commit */
	}
	if (trade_init(&trade, act, dir, op) < 0) {
		return err_sys(err, "cannot open the folder of '%s'", op->partner);
	}
	part_begin(act, op);
	return has_b(&trade) ? give_over(act, &trade, op, err) : give_new(act, &trade, op, err);
}

/* --- behind the commit --------------------------------------------------------------------- */

int trade_clean(struct act *act, int dir, const struct op *op) {
	struct trade trade;
	if (trade_init(&trade, act, dir, op) < 0) {
		return errno == ENOENT ? 0 : -1; /* gone with its folder: done before */
	}
	int result = 0;
	if (has_b(&trade) && op->keeps) {
		result = part_keep(act, trade.from, trade.other, op, trade.b);
	} else if (has_b(&trade)) {
		result = aside_remove_link(trade.from, trade.other, trade.b->text);
	}
	return result == 0 && is_copied(op) ? slot_drop(act, op->take) : result;
}

/* --- back ---------------------------------------------------------------------------------- */

/* A is of no use any more: away with the link, back to its slot with the object. */
static int discard_a(struct act *act, const struct op *op, int dir, const char *name) {
	return op->take == NULL || is_copied(op) ? unlinkat(dir, name, 0)
						   : slot_put(act, op->take, dir, name);
}

/* B back to the giver, where it was for a moment; *ret_stuck: something else is there. */
static int fetch_b(struct act *act, const struct trade *trade, const struct op *op,
		enum held *giver, bool *ret_stuck) {
	enum held other;
	if (identify(trade, trade->from, trade->other, &other) < 0) {
		return -1;
	}
	if (other == HELD_B && *giver == HELD_A) {
		if (swap_exchange(trade->from, trade->giver, trade->other) < 0) {
			return -1;
		}
		*giver = HELD_B;
		other = HELD_A;
	} else if (other == HELD_B && *giver == HELD_NONE) {
		if (swap_move(trade->from, trade->other, trade->from, trade->giver) < 0) {
			return -1;
		}
		*giver = HELD_B;
	} else if (other == HELD_B) {
		part_note_aside(act, op, trade->other);
		*ret_stuck = true;
	}
	return other == HELD_A ? discard_a(act, op, trade->from, trade->other) : 0;
}

/* X back to the giver, for what stands there; what does is at the taker then. */
static int fetch_x(struct act *act, const struct trade *trade, const struct op *op,
		enum held giver, enum held *taker) {
	enum held ready = has_b(trade) ? HELD_B : has_a(trade) ? HELD_A : HELD_NONE;
	if (*taker != HELD_X) {
		return 0;
	}
	if (giver == HELD_NONE) {
		*taker = HELD_NONE;
		return swap_move(trade->to, trade->taker, trade->from, trade->giver);
	}
	if (giver == ready) {
		*taker = ready;
		return exchange(trade);
	}
	part_note(act, op, arena_printf(act->arena, "something else stands where it was by now; "
						    "what was there is kept as '%s'", trade->taker));
	return 0;
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
	if (swap_mend(trade.from, trade.giver, trade.other) < 0) {
		return -1;
	}
	if (identify(&trade, trade.from, trade.giver, &giver) < 0 ||
			identify(&trade, trade.to, trade.taker, &taker) < 0 ||
			(has_b(&trade) && fetch_b(act, &trade, op, &giver, &stuck) < 0)) {
		return -1;
	}
	if (stuck) {
		return 0;
	}
	if (fetch_x(act, &trade, op, giver, &taker) < 0) {
		return -1;
	}
	if (!has_b(&trade) && taker == HELD_A &&
			discard_a(act, op, trade.to, trade.taker) < 0) {
		return -1;
	}
	int where = has_b(&trade) ? trade.from : trade.to;
	if (is_copied(op) && unlinkat(where, making_name(act, &trade), 0) < 0 && errno != ENOENT) {
		return -1;
	}
	return is_kept_by_copy(&trade, op) ? slot_drop(act, op->keep) : 0;
}
