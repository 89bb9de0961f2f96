/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The journal: a whole plan with what was there before, written down durably
 * before the first change. A journal whose number the ownership record has
 * reached is committed, and becomes a generation (the same file, renamed); any
 * other is unfinished, and is taken back.
 *
 *   lumina journal 1
 *   generation<TAB>12<TAB>11                 its number, and its parent's
 *   time<TAB>1795424406                      seconds since 1970
 *   command<TAB>lumina sync
 *   home<TAB>/home/u
 *   temporary<TAB>.lumina-1a2b3c4d           prefix of temporary names beside targets
 *   follow<TAB>~/.config                     links above targets that were followed
 *   op<TAB>link<TAB>missing<TAB>~/.zshrc<TAB>TEXT<TAB>SOURCE<TAB>absent<TAB>…
 *   object<TAB>…  becomes<TAB>…  there<TAB>…      more of the operation above
 *   edit<TAB>…  section<TAB>…                     what it changes in the registry
 *   package<TAB>install<TAB>missing<TAB>foo<TAB>aur/foo<TAB>1.0-1<TAB>explicit<TAB>lumina.yaml:3:5
 *   end<TAB>xxh3:…
 */

#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "plan/plan.h"
#include "state/record.h"

struct journal {
	uint64_t generation, parent;
	time_t time;
	const char *command;
	const char *home;
	const char *temporary; /* prefix; "-N" of the operation's number follows */
	const char *commit;    /* of the profile's repository, if it was clean; else NULL */
	bool moves;            /* undo or rollback: no generation of its own, but a move … */
	uint64_t to;           /* … to this one */
	struct {
		struct followed *items;
		size_t count, room;
	} followed;
	struct {
		struct op *items;
		size_t count, room;
	} ops;
	struct package_ops packages; /* that came and went before; done */
	struct {
		struct rewrite **items;
		size_t count, room;
	} rewrites; /* of operations that were read */
	struct {
		const char ***items;
		size_t count, room;
	} sections; /* of their edits */
	bool borrowed; /* the arrays belong to a plan */
};

void journal_format(const struct journal *journal, struct buf *out);
/* The bytes are changed, and must outlive the journal. */
enum record_state journal_parse(struct journal *journal, char *bytes, size_t size);
void journal_release(struct journal *journal);

/* "000012-20261123T101112Z": the folder of the backups for what this generation keeps. */
const char *journal_slot_folder(const struct journal *journal, struct arena *arena);

/* Words of the journal and of reports: "link", "missing". */
const char *op_kind_name(enum op_kind kind);
const char *op_reason_name(enum op_reason why);
/* The other way; false if it is none. */
bool op_reason_find(const char *word, enum op_reason *ret);
