/* SPDX-License-Identifier: MIT */
#include "cmd/review.h"

#include "base/utf8.h"

/* "    1 | "; at least that much has to be left of a narrow terminal. */
enum { MARGIN = 8, WIDTH_MIN = 20 };

static const char *plural(size_t count) {
	return count == 1 ? "" : "s";
}

/* --- files --------------------------------------------------------------------------------- */

/* The character at `p`, as it is shown; its length. *ret_hidden: that isn't what it is. */
static size_t show(const char *p, size_t n, struct buf *shown, bool *ret_hidden) {
	uint32_t code;
	size_t size = utf8_decode(p, n, &code);
	size = size > 0 ? size : 1;
	buf_clear(shown);
	buf_add_shown(shown, p, size);
	*ret_hidden = shown->len != size || memcmp(shown->data, p, size) != 0;
	return size;
}

/* Hidden characters of a line; *ret_tabs of them are tabs, which can be told from blanks. */
static size_t count_hidden(struct str line, size_t *ret_tabs) {
	struct buf shown _cleanup_buf_ = BUF_INIT;
	size_t count = 0;
	*ret_tabs = 0;
	for (size_t i = 0; i < line.n;) {
		if (line.p[i] >= 0x20 && line.p[i] < 0x7f) {
			i++;
			continue;
		}
		bool hidden;
		*ret_tabs += line.p[i] == '\t';
		i += show(line.p + i, line.n - i, &shown, &hidden);
		count += hidden;
	}
	return count;
}

static void add_line(const struct review *review, struct str line) {
	struct buf shown _cleanup_buf_ = BUF_INIT;
	size_t room = review->width > MARGIN + WIDTH_MIN ? review->width - MARGIN : WIDTH_MIN;
	size_t column = 0;
	for (size_t i = 0; i < line.n;) {
		bool hidden;
		i += show(line.p + i, line.n - i, &shown, &hidden);
		/* Beyond ASCII a character may be two columns wide. */
		size_t wide = shown.len == 1 || hidden ? shown.len : 2;
		if (review->width > 0 && column + wide > room) {
			buf_adds(review->out, "\n      > ");
			column = 0;
		}
		column += wide;
		if (hidden) {
			buf_adds(review->out, review->paint->red);
		}
		buf_add(review->out, shown.data, shown.len);
		if (hidden) {
			buf_adds(review->out, review->paint->off);
		}
	}
	buf_addc(review->out, '\n');
}

static size_t count_lines(struct str text) {
	size_t lines = text.n > 0 && text.p[text.n - 1] != '\n';
	for (size_t i = 0; i < text.n; i++) {
		lines += text.p[i] == '\n';
	}
	return lines;
}

void review_file(struct review *review, const struct trust_file *file) {
	struct buf *out = review->out;
	buf_addf(out, "%s--- ", review->paint->bold);
	buf_add_shown(out, file->name, strlen(file->name));
	if (file->bytes == NULL) {
		buf_addf(out, ": isn't there; when it is, this is asked again%s\n",
				review->paint->off);
		return;
	}
	struct str text = {file->bytes, file->size};
	size_t lines = count_lines(text);
	bool whole = text.n == 0 || text.p[text.n - 1] == '\n';
	buf_addf(out, ": %zu line%s, %zu byte%s%s%s\n", lines, plural(lines), text.n,
			plural(text.n), whole ? "" : ", no newline at the end", review->paint->off);
	for (size_t number = 1; text.n > 0; number++) {
		const char *newline = memchr(text.p, '\n', text.n);
		struct str line = {text.p, newline != NULL ? (size_t)(newline - text.p) : text.n};
		size_t tabs;
		size_t hidden = count_hidden(line, &tabs);
		buf_addf(out, "%s%5zu %c%s ", hidden > tabs ? review->paint->red : review->paint->dim,
				number, hidden > tabs ? '!' : '|', review->paint->off);
		add_line(review, line);
		review->lines++;
		review->hidden += hidden;
		review->marked += hidden > tabs;
		size_t taken = line.n + (newline != NULL);
		text = (struct str){text.p + taken, text.n - taken};
	}
}

/* --- effects ------------------------------------------------------------------------------- */

static void begin(const struct review *review, const char *what) {
	buf_addf(review->out, "  %s%s%s ", review->paint->yellow, what, review->paint->off);
}

static void add_word(const struct review *review, const char *word, bool first) {
	buf_adds(review->out, first ? "" : ", ");
	buf_add_shown(review->out, word, strlen(word));
}

static void add_words(const struct review *review, const char *what, const char *const *words) {
	if (words == NULL || words[0] == NULL) {
		return;
	}
	begin(review, what);
	for (size_t i = 0; words[i] != NULL; i++) {
		add_word(review, words[i], i == 0);
	}
	buf_addc(review->out, '\n');
}

static void add_pairs(const struct review *review, const char *what, const struct pair *pairs,
		size_t count) {
	if (count == 0) {
		return;
	}
	begin(review, what);
	for (size_t i = 0; i < count; i++) {
		add_word(review, pairs[i].name, i == 0);
	}
	buf_addc(review->out, '\n');
}

void review_mission(const struct review *review, const struct mission *mission) {
	add_pairs(review, "sets", mission->env, mission->nenv);
	add_words(review, "runs programs first from", mission->path);
	add_words(review, "sets what is in", mission->dotenv);
	if (mission->nix != NULL) {
		begin(review, "runs");
		buf_adds(review->out, "nix print-dev-env, with flake.nix and all that it includes\n");
	}
	if (mission->direnv == 1) {
		begin(review, "asks");
		buf_adds(review->out, "direnv, which has a consent of its own\n");
	}
	add_pairs(review, "sets for Hyprland's workspace", mission->hyprland, mission->nhyprland);
	add_words(review, "shows in the bar", mission->show);
	add_words(review, "hides in the bar", mission->hide);
}
