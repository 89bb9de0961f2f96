/* SPDX-License-Identifier: MIT */
#include "base/vec.h"
#include "reg/edit_parts.h"

static const char shares_line[] = "something else stands on the line of this entry";

/* The column of a block's entries, all of which begin their lines with spaces only. */
static int block_column(struct work *work, const struct node *all, uint32_t *ret) {
	uint32_t start;
	if (!entry_start(work, all, NULL, all->child, &start) || !begins_line(work, start)) {
		return work_refuse(work, all->child->start, shares_line);
	}
	*ret = start - line_start(work, start);
	return 0;
}

/* The lines of an entry: [*ret_start, *ret_end), with the last line end where there is one. */
static int entry_lines(struct work *work, const struct node *all, const struct node *prev,
		const struct node *entry, uint32_t *ret_start, uint32_t *ret_end) {
	uint32_t start, end, eol;
	if (!entry_start(work, all, prev, entry, &start) || !entry_end(work, all, entry, &end)) {
		return work_refuse(work, entry->start,
				"where this entry begins and ends is not clear");
	}
	if (!begins_line(work, start) || !ends_line(work, end, &eol, ret_end)) {
		return work_refuse(work, entry->start, shares_line);
	}
	*ret_start = line_start(work, start);
	return 0;
}

/*
 * A splice that puts `lines` (without their last line end) at the start of the line `at`,
 * or behind the text's last line, if that has no line end.
 */
static void put_lines(struct work *work, uint32_t at, struct str lines, const char *newline,
		struct splice *ret) {
	bool behind = at == work->size && at > 0 && line_start(work, at) < at;
	struct buf out = BUF_INIT;
	buf_adds(&out, behind ? newline : "");
	buf_add(&out, lines.p, lines.n);
	buf_adds(&out, behind ? "" : newline);
	*ret = (struct splice){at, at, {arena_strndup(work->arena, out.data, out.len), out.len}};
	buf_release(&out);
}

/*
 * Up over the comment lines directly above a line whose text is at this column; not
 * beyond `limit`. Those indented more belong to what is above.
 */
static uint32_t above_comments(const struct work *work, uint32_t at, uint32_t limit,
		uint32_t column) {
	while (at > limit) {
		uint32_t line = line_start(work, at - 1);
		uint32_t text = skip_blanks(work, line);
		if (line < limit || line == at || work->text[text] != '#' || text - line > column) {
			break;
		}
		at = line;
	}
	return at;
}

/* Down over the comment lines directly below that are indented more than `column`. */
static uint32_t below_comments(const struct work *work, uint32_t at, int64_t column) {
	while (at < work->size) {
		uint32_t text = skip_blanks(work, at);
		uint32_t eol, next;
		bool comment = text < work->size && work->text[text] == '#' &&
				(int64_t)(text - at) > column;
		if (!comment || !ends_line(work, at, &eol, &next)) {
			break;
		}
		at = next;
	}
	return at;
}

static bool is_blank_line(const struct work *work, uint32_t at) {
	return newline_size(work, skip_blanks(work, at)) > 0;
}

/* The line behind the entry in front of `index`; for the first one the text's first line. */
static int behind_entry(struct work *work, const struct node *all, unsigned index, uint32_t *ret) {
	*ret = line_start(work, 0);
	if (index == 0) {
		return 0;
	}
	const struct node *prev = entry_at(all, index - 1);
	uint32_t end, eol;
	if (!entry_end(work, all, prev, &end) || !ends_line(work, end, &eol, ret)) {
		return work_refuse(work, prev->start, "where this entry ends is not clear");
	}
	return 0;
}

/* The first line of a block, or of the comments directly above. */
static uint32_t above_first(const struct work *work, const struct node *all, uint32_t column) {
	uint32_t start;
	if (!entry_start(work, all, NULL, all->child, &start)) {
		start = all->child->start;
	}
	return above_comments(work, line_start(work, start), line_start(work, 0), column);
}

/* Where a new section goes, and which blank lines it needs where sections have them. */
struct gap {
	uint32_t at;
	bool blank_before, blank_after;
};

/*
 * `limit` is behind the section before. Comments below it are its own if they are further
 * in, set off from what follows, or if it is empty: they show what could stand in it.
 */
static void find_gap(struct work *work, const struct node *all, unsigned index, uint32_t limit,
		uint32_t column, struct gap *ret) {
	const struct node *prev = index > 0 ? entry_at(all, index - 1) : NULL;
	bool apart = style_apart(work, all), last = entry_at(all, index) == NULL;
	if (prev == NULL) {
		ret->at = above_first(work, all, column);
	} else {
		uint32_t below = below_comments(work, limit, -1);
		bool own = node_is_null(prev->next) || is_blank_line(work, below);
		ret->at = own ? below : below_comments(work, limit, column);
	}
	ret->blank_before = apart && prev != NULL;
	ret->blank_after = apart && !last && !is_blank_line(work, ret->at);
}

int block_insert(struct work *work, const struct node *all, unsigned level, unsigned *index,
		struct splice *ret) {
	uint32_t column, start = line_start(work, all->child->start);
	struct gap gap = {0};
	if (block_column(work, all, &column) < 0) {
		return -1;
	}
	/* Comments above the first section are the file's, as likely as not. */
	if (level == 0 && *index == 0 && above_first(work, all, column) < start) {
		*index = 1;
	}
	if (behind_entry(work, all, *index, &gap.at) < 0) {
		return -1;
	}
	if (level < work->nsection) {
		find_gap(work, all, *index, gap.at, column, &gap);
	} else if (*index == 0) {
		gap.at = above_first(work, all, column);
	}
	const char *newline = newline_near(work, gap.at);
	struct str lines;
	if (write_block(work, all, level, column, newline, &lines) < 0) {
		return -1;
	}
	const char *text = arena_printf(work->arena, "%s%.*s%s", gap.blank_before ? newline : "",
			(int)lines.n, lines.p, gap.blank_after ? newline : "");
	put_lines(work, gap.at, str_of(text), newline, ret);
	return 0;
}

int block_insert_lines(struct work *work, const struct node *all, unsigned index,
		struct str lines, struct splice *ret) {
	uint32_t at, column;
	if (block_column(work, all, &column) < 0 || behind_entry(work, all, index, &at) < 0) {
		return -1;
	}
	at = index == 0 ? above_first(work, all, column) : at;
	*ret = (struct splice){at, at, lines};
	return 0;
}

int block_fill(struct work *work, const struct place *place, struct splice *ret) {
	uint32_t colon, eol, at;
	unsigned map, list;
	const struct node *key = place->key;
	if (!begins_line(work, key->start) || !colon_end(work, key, &colon) ||
			!ends_line(work, colon, &eol, &at)) {
		return work_refuse(work, key->start, shares_line);
	}
	uint32_t column = key->start - line_start(work, key->start);
	bool is_list = place->level == work->nsection && work->edit->key == NULL;
	style_steps(work, place->parent, &map, &list);
	at = below_comments(work, at, column);
	const char *newline = newline_near(work, at);
	struct str lines;
	column += is_list ? list : map;
	if (write_block(work, NULL, place->level, column, newline, &lines) < 0) {
		return -1;
	}
	put_lines(work, at, lines, newline, ret);
	return 0;
}

int block_fill_root(struct work *work, struct splice *ret) {
	uint32_t at = line_start(work, 0);
	while (at < work->size) {
		const char *newline = memchr(work->text + at, '\n', work->size - at);
		bool is_end = work->size - at >= 3 && memcmp(work->text + at, "...", 3) == 0;
		if (is_end) {
			break;
		}
		at = newline != NULL ? (uint32_t)(newline - work->text) + 1 : work->size;
	}
	const char *newline = newline_near(work, at);
	struct str lines;
	if (write_block(work, NULL, 0, 0, newline, &lines) < 0) {
		return -1;
	}
	put_lines(work, at, lines, newline, ret);
	return 0;
}

/* --- removing ------------------------------------------------------------------------------ */

struct ranges {
	struct range {
		uint32_t start, end;
	} *items;
	size_t count, room;
};

/* Without its last line the text still has no line end at its end, if it had none. */
static void keep_last_line_end(const struct work *work, struct range *range) {
	uint32_t begin = line_start(work, 0);
	if (range->end < work->size || range->start <= begin ||
			work->text[work->size - 1] == '\n') {
		return;
	}
	range->start--;
	range->start -= range->start > begin && work->text[range->start - 1] == '\r';
}

static int find_ranges(struct work *work, const struct node *all, struct ranges *ranges) {
	const struct node *prev = NULL;
	for (const struct node *entry = all->child; entry != NULL;
			entry = entry_after(all, entry)) {
		if (is_entry(work->edit, entry)) {
			struct range range;
			if (entry_lines(work, all, prev, entry, &range.start, &range.end) < 0) {
				return -1;
			}
			if (ranges->count > 0 &&
					ranges->items[ranges->count - 1].end == range.start) {
				ranges->items[ranges->count - 1].end = range.end;
			} else {
				VEC_ADD(ranges, range);
			}
		}
		prev = entry;
	}
	return 0;
}

int block_remove(struct work *work, const struct node *all, struct splice *ret) {
	struct ranges ranges = {0};
	int result = find_ranges(work, all, &ranges);
	if (result == 0 && ranges.count > 0) {
		struct buf kept = BUF_INIT;
		struct range *last = &ranges.items[ranges.count - 1];
		keep_last_line_end(work, last);
		for (size_t i = 1; i < ranges.count; i++) {
			uint32_t from = ranges.items[i - 1].end;
			buf_add(&kept, work->text + from, ranges.items[i].start - from);
		}
		*ret = (struct splice){ranges.items[0].start, last->end,
				{arena_strndup(work->arena, kept.data, kept.len), kept.len}};
		buf_release(&kept);
	}
	VEC_RELEASE(&ranges);
	return result;
}
