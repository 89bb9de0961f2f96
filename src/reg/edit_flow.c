/* SPDX-License-Identifier: MIT */
#include "base/vec.h"
#include "reg/edit_parts.h"

static const char comment_between[] = "a comment stands in the middle of what would change";

/* The bytes of the entries of a list or map in brackets. */
struct item {
	const struct node *entry;
	uint32_t start, end; /* an anchor before it counts */
};

struct items {
	struct item *items;
	size_t count, room;
	uint32_t open, close; /* behind the bracket; the bracket */
};

static int find_items(struct work *work, const struct node *all, struct items *items) {
	items->open = all->start + 1;
	items->close = all->end - 1;
	uint32_t at = items->open;
	for (const struct node *entry = all->child; entry != NULL;
			entry = entry_after(all, entry)) {
		struct item item = {.entry = entry, .start = skip_space(work, at)};
		if (!entry_end(work, all, entry, &item.end) || item.start > entry->start ||
				item.end > items->close) {
			return work_refuse(work, entry->start,
					"where this entry begins and ends is not clear");
		}
		VEC_ADD(items, item);
		/* Behind its comma, or at the bracket. */
		at = skip_space(work, item.end);
		at += at < items->close && work->text[at] == ',';
	}
	return 0;
}

/* Only blanks, line ends and one comma between two entries? */
static bool is_plain_gap(const struct work *work, uint32_t start, uint32_t end) {
	unsigned commas = 0;
	for (uint32_t i = start; i < end; i++) {
		commas += work->text[i] == ',';
		if (strchr(", \t\r\n", work->text[i]) == NULL) {
			return false;
		}
	}
	return commas == 1;
}

static struct str line_indent(const struct work *work, uint32_t at) {
	uint32_t start = line_start(work, at);
	return (struct str){work->text + start, skip_blanks(work, start) - start};
}

/* Tabs may indent in brackets. A look at the blanks only: there may be no other line. */
static bool begins_line_blank(const struct work *work, uint32_t at) {
	while (at > 0 && (work->text[at - 1] == ' ' || work->text[at - 1] == '\t')) {
		at--;
	}
	return at == 0 || work->text[at - 1] == '\n';
}

/* --- inserting ----------------------------------------------------------------------------- */

/* Comma, line end, and the indentation of the line at `at`. */
static const char *line_separator(const struct work *work, uint32_t at) {
	struct str indent = line_indent(work, at);
	return arena_printf(work->arena, ",%s%.*s", newline_near(work, at), (int)indent.n,
			indent.p);
}

/* What stands between two entries; NULL if there is more than blanks and a comma. */
static const char *gap_separator(const struct work *work, const struct item *a,
		const struct item *b) {
	if (!is_plain_gap(work, a->end, b->start)) {
		return NULL;
	}
	if (has_newline(work, a->end, b->start) && begins_line_blank(work, b->start)) {
		return line_separator(work, b->start);
	}
	return arena_strndup(work->arena, work->text + a->end, b->start - a->end);
}

/* Does every entry (but perhaps the first) stand on a line of its own? */
static bool is_one_a_line(const struct work *work, const struct items *items) {
	if (items->count == 1) {
		return has_newline(work, items->open, items->items[0].start);
	}
	for (size_t i = 1; i < items->count; i++) {
		if (!has_newline(work, items->items[i - 1].end, items->items[i].start)) {
			return false;
		}
	}
	return true;
}

/* What goes between the last entry and a new one behind it. */
static const char *last_separator(const struct work *work, const struct items *items) {
	bool lines = is_one_a_line(work, items);
	for (size_t i = items->count - 1; i > 0; i--) {
		const struct item *item = &items->items[i];
		const char *found = NULL;
		if (lines || !has_newline(work, item[-1].end, item->start)) {
			found = gap_separator(work, &item[-1], item);
		}
		if (found != NULL) {
			return found;
		}
	}
	uint32_t last = items->items[items->count - 1].start;
	return lines && begins_line_blank(work, last) ? line_separator(work, last) : ", ";
}

static void put(struct splice *ret, uint32_t start, uint32_t end, const char *text) {
	*ret = (struct splice){start, end, str_of(text)};
}

static int insert_only(struct work *work, const struct items *items, const char *text,
		struct splice *ret) {
	uint32_t at = items->open;
	if (has_comment(work, at, items->close)) {
		return work_refuse(work, at, comment_between);
	}
	if (has_newline(work, at, items->close)) {
		struct str indent = line_indent(work, at);
		at = skip_blanks(work, at);
		text = arena_printf(work->arena, "%s%.*s  %s", newline_near(work, items->close),
				(int)indent.n, indent.p, text);
	} else if (items->close > at) {
		at++; /* [ a ] */
		text = arena_printf(work->arena, "%s ", text);
	}
	put(ret, at, at, text);
	return 0;
}

static int insert_last(struct work *work, const struct items *items, const char *text,
		struct splice *ret) {
	const struct item *last = &items->items[items->count - 1];
	uint32_t behind = skip_blanks(work, last->end), eol, next;
	bool comma = behind < items->close && work->text[behind] == ',';
	uint32_t tail = comma ? behind + 1 : last->end;
	/* Its comment (and blanks) stay on its line, so the new one gets a line of its own. */
	bool ends = ends_line(work, tail, &eol, &next);
	bool comment = ends && has_comment(work, tail, eol);
	bool lines = ends && comma && newline_size(work, eol) > 0 && is_one_a_line(work, items);
	if (!comment && !lines) {
		const char *separator = last_separator(work, items);
		put(ret, last->end, last->end, arena_printf(work->arena, "%s%s", separator, text));
		return 0;
	}
	struct str indent = line_indent(work, last->start);
	const char *further = begins_line_blank(work, last->start) ? "" : "  ";
	const char *line = arena_printf(work->arena, "%s%.*s%s%s%s",
			newline_near(work, eol + newline_size(work, eol)), (int)indent.n, indent.p,
			further, text, comma ? "," : "");
	if (comma) {
		put(ret, eol, eol, line);
	} else {
		put(ret, last->end, eol,
				arena_printf(work->arena, ",%.*s%s", (int)(eol - last->end),
						work->text + last->end, line));
	}
	return 0;
}

static int insert_before(struct work *work, const struct items *items, unsigned index,
		const char *text, struct splice *ret) {
	const struct item *item = &items->items[index];
	const struct item *prev = index > 0 ? &item[-1] : NULL;
	const char *separator = NULL;
	if (prev != NULL) {
		separator = gap_separator(work, prev, item);
	} else if (items->count > 1 && begins_line_blank(work, item->start) ==
					begins_line_blank(work, item[1].start)) {
		separator = gap_separator(work, item, &item[1]);
	}
	if (prev != NULL && separator != NULL) {
		put(ret, prev->end, prev->end,
				arena_printf(work->arena, "%s%s", separator, text));
		return 0;
	}
	if (separator == NULL && begins_line_blank(work, item->start)) {
		separator = line_separator(work, item->start);
	} else if (separator == NULL && prev == NULL) {
		separator = ", ";
	}
	if (separator == NULL) {
		return work_refuse(work, item->start, comment_between);
	}
	put(ret, item->start, item->start,
			arena_printf(work->arena, "%s%s", text, separator));
	return 0;
}

int flow_insert(struct work *work, const struct node *all, unsigned level, unsigned index,
		struct splice *ret) {
	struct items items = {0};
	struct str text;
	int result = write_flow(work, all, level, &text);
	if (result == 0) {
		result = find_items(work, all, &items);
	}
	if (result == 0 && items.count == 0) {
		result = insert_only(work, &items, text.p, ret);
	} else if (result == 0 && index == items.count) {
		result = insert_last(work, &items, text.p, ret);
	} else if (result == 0) {
		result = insert_before(work, &items, index, text.p, ret);
	}
	VEC_RELEASE(&items);
	return result;
}

/* --- removing ------------------------------------------------------------------------------ */

/* Entries first to last, which stand side by side, go from [start, end). */
struct cut {
	size_t first, last;
	uint32_t start, end;
	struct str left; /* what stays of it */
};

static bool is_free(const struct work *work, uint32_t start, uint32_t end) {
	return !has_comment(work, start, end);
}

/* The last of all, on its own line, no comma behind: the comma before it goes too. */
static int cut_last_line(struct work *work, const struct items *items, uint32_t eol,
		struct cut *cut) {
	uint32_t prev = items->items[cut->first - 1].end;
	uint32_t comma = skip_blanks(work, prev);
	uint32_t line = line_start(work, items->items[cut->first].start);
	if (work->text[comma] != ',' || comma >= line || line == 0) {
		return work_refuse(work, items->items[cut->first].start, comment_between);
	}
	uint32_t kept = line - 1;
	kept -= kept > comma && work->text[kept - 1] == '\r';
	cut->start = prev;
	uint32_t end = items->items[cut->last].end;
	cut->end = has_comment(work, end, eol) ? eol : end;
	const char *left = arena_printf(work->arena, "%.*s%.*s", (int)(comma - prev),
			work->text + prev, (int)(kept - comma - 1), work->text + comma + 1);
	cut->left = str_of(left);
	return 0;
}

/* Entries with lines of their own go with the lines. False: not cut so. */
static bool cut_lines(struct work *work, const struct items *items, struct cut *cut, int *result) {
	const struct item *first = &items->items[cut->first], *last = &items->items[cut->last];
	uint32_t behind = skip_blanks(work, last->end), eol, next;
	bool comma = behind < items->close && work->text[behind] == ',';
	bool own = begins_line_blank(work, first->start) && first->start > items->open &&
			ends_line(work, comma ? behind + 1 : last->end, &eol, &next) &&
			newline_size(work, eol) > 0;
	bool is_last = cut->last + 1 == items->count;
	if (!own || (!comma && !is_last)) {
		return false;
	}
	if (!comma && cut->first > 0) {
		*result = cut_last_line(work, items, eol, cut);
		return true;
	}
	cut->start = line_start(work, first->start);
	cut->end = next;
	return true;
}

/* [ a ] → [ ] and [a] → [] */
static void cut_only(const struct work *work, const struct items *items, struct cut *cut) {
	cut->start = items->items[cut->first].start;
	cut->end = items->items[cut->last].end;
	uint32_t comma = skip_blanks(work, cut->end);
	if (comma < items->close && work->text[comma] == ',') {
		cut->end = comma + 1;
	}
	bool blank = work->text[cut->start - 1] == ' ' || work->text[cut->start - 1] == '\t';
	cut->end += blank && work->text[cut->end] == ' ';
}

static int cut_run(struct work *work, const struct items *items, struct cut *cut) {
	const struct item *first = &items->items[cut->first], *last = &items->items[cut->last];
	const struct item *prev = cut->first > 0 ? &first[-1] : NULL;
	const struct item *next = cut->last + 1 < items->count ? &last[1] : NULL;
	int result = 0;
	for (const struct item *item = first; item < last; item++) {
		if (!is_free(work, item->end, item[1].start)) {
			return work_refuse(work, item->entry->start, comment_between);
		}
	}
	if (cut_lines(work, items, cut, &result)) {
		return result;
	}
	bool free_before = prev != NULL && is_free(work, prev->end, first->start);
	bool free_behind = next != NULL && is_free(work, last->end, next->start);
	bool joined = prev != NULL && !has_newline(work, prev->end, first->start);
	if (free_before && (joined || !free_behind || !begins_line_blank(work, first->start))) {
		cut->start = prev->end;
		cut->end = last->end;
	} else if (free_behind) {
		cut->start = first->start;
		cut->end = next->start;
	} else if (prev == NULL && next == NULL) {
		cut_only(work, items, cut);
	} else {
		return work_refuse(work, first->entry->start, comment_between);
	}
	return 0;
}

static int cut_all(struct work *work, const struct items *items, struct buf *left,
		struct splice *ret) {
	bool any = false;
	for (size_t i = 0; i < items->count; i++) {
		if (!is_entry(work->edit, items->items[i].entry)) {
			continue;
		}
		struct cut cut = {.first = i, .last = i};
		while (cut.last + 1 < items->count &&
				is_entry(work->edit, items->items[cut.last + 1].entry)) {
			cut.last++;
		}
		if (cut_run(work, items, &cut) < 0) {
			return -1;
		}
		if (!any) {
			ret->start = cut.start;
		} else if (cut.start < ret->end) {
			return work_refuse(work, items->items[i].start,
					"it stands here several times");
		} else {
			buf_add(left, work->text + ret->end, cut.start - ret->end);
		}
		buf_add(left, cut.left.p, cut.left.n);
		ret->end = cut.end;
		any = true;
		i = cut.last;
	}
	return 0;
}

int flow_remove(struct work *work, const struct node *all, struct splice *ret) {
	struct items items = {0};
	struct buf left = BUF_INIT;
	int result = find_items(work, all, &items);
	if (result == 0) {
		result = cut_all(work, &items, &left, ret);
		ret->text = (struct str){arena_strndup(work->arena, left.data, left.len), left.len};
	}
	buf_release(&left);
	VEC_RELEASE(&items);
	return result;
}
