/* SPDX-License-Identifier: MIT */

/*
 * Of TOML 1.0 what a colors.toml is: lines of `key = "text"` and `key = 'text'`, comments
 * and blank lines. A table's header ends it, since keys behind one are the table's. There
 * is no library for TOML in C that both Arch's repositories and Debian's have.
 */

#include "base/utf8.h"
#include "base/vec.h"
#include "text/characters.h"
#include "theme/scheme_part.h"

enum { KEYS_MAX = 1024 };

/* The keys with a meaning, in the order of `names`. */
enum {
	ACCENT,
	BACKGROUND,
	CURSOR,
	FOREGROUND,
	SELECTION_BACKGROUND,
	SELECTION_FOREGROUND,
	ANSI,
	NAMES = ANSI + SCHEME_ANSI,
};

static const char *const names[NAMES] = {
	"accent", "background", "cursor", "foreground", "selection_background",
	"selection_foreground", "color0", "color1", "color2", "color3", "color4", "color5",
	"color6", "color7", "color8", "color9", "color10", "color11", "color12", "color13",
	"color14", "color15",
};

/* color1 to color6 */
static const uint32_t required = UINT32_C(1) << BACKGROUND | UINT32_C(1) << FOREGROUND |
		UINT32_C(0x3f) << (ANSI + 1);

struct toml {
	struct scheme_reader *reader;
	const char *next, *end;
	struct color colors[NAMES];
	uint32_t have;
	struct {
		struct span *items;
		size_t count, room;
	} keys;
};

static uint32_t offset(const struct toml *toml, const char *p) {
	return (uint32_t)(p - toml->reader->source->bytes);
}

static struct span span(const struct toml *toml, const char *start, const char *end) {
	return (struct span){toml->reader->source, offset(toml, start), offset(toml, end)};
}

/* False, for the caller to return. */
static bool fail(const struct toml *toml, const char *start, const char *end, const char *what) {
	diag_add(toml->reader->diags, span(toml, start, end), "%s", what);
	return false;
}

static bool is_line_end(const struct toml *toml, const char *p) {
	return p == toml->end || *p == '\n' ||
			(*p == '\r' && p + 1 < toml->end && p[1] == '\n');
}

static void skip_blanks(struct toml *toml) {
	while (toml->next < toml->end && (*toml->next == ' ' || *toml->next == '\t')) {
		toml->next++;
	}
}

static void skip_line(struct toml *toml) {
	const char *newline = memchr(toml->next, '\n', (size_t)(toml->end - toml->next));
	toml->next = newline != NULL ? newline + 1 : toml->end;
}

/* Behind a value or a header there is nothing but a comment. */
static bool read_rest(struct toml *toml) {
	skip_blanks(toml);
	const char *start = toml->next, *end = start;
	if (is_line_end(toml, start) || *start == '#') {
		return true;
	}
	while (!is_line_end(toml, end)) {
		end++;
	}
	return fail(toml, start, end, "expected the end of the line");
}

static bool is_key(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '_' || c == '-';
}

/* --- strings ------------------------------------------------------------------------------- */

/* As UTF-8; false for what is no character. */
static bool add_code(struct buf *out, uint32_t code) {
	uint32_t again;
	char bytes[4];
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = n; i-- > 1; code >>= 6) {
		bytes[i] = (char)(0x80 | (code & 0x3f));
	}
	bytes[0] = (char)(marks[n] | (code & 0x7f));
	if (utf8_decode(bytes, n, &again) != n) {
		return false;
	}
	buf_add(out, bytes, n);
	return true;
}

/* \uXXXX and \UXXXXXXXX, at the letter. */
static bool read_code(struct toml *toml, size_t digits, struct buf *out) {
	static const char hex[] = "0123456789abcdefABCDEF";
	const char *start = toml->next - 1;
	uint32_t code = 0;
	toml->next++;
	for (; digits > 0; digits--, toml->next++) {
		/* The source ends with a NUL, which is no digit. */
		const char *at = memchr(hex, *toml->next, sizeof(hex) - 1);
		if (at == NULL) {
			return fail(toml, start, toml->next, "expected more hexadecimal digits");
		}
		/* Capitals come behind the small ones, from 16 on. */
		uint32_t digit = (uint32_t)(at - hex);
		code = code << 4 | (digit < 16 ? digit : digit - 6);
	}
	return (code < 0x110000 && add_code(out, code)) ||
			fail(toml, start, toml->next, "this is no character of Unicode");
}

/* At the backslash. */
static bool read_escape(struct toml *toml, struct buf *out) {
	static const char escapes[] = "b\bt\tn\nf\fr\r\"\"\\\\";
	const char *start = toml->next++;
	if (is_line_end(toml, toml->next)) {
		return fail(toml, start, toml->next, "a text ends on its line");
	}
	if (*toml->next == 'u' || *toml->next == 'U') {
		return read_code(toml, *toml->next == 'u' ? 4 : 8, out);
	}
	for (const char *row = escapes; *row != '\0'; row += 2) {
		if (*row == *toml->next) {
			buf_addc(out, row[1]);
			toml->next++;
			return true;
		}
	}
	return fail(toml, start, toml->next + 1, "unknown escape");
}

/* At the opening quote, of either kind; behind the closing one. */
static bool read_string(struct toml *toml, struct buf *out) {
	const char *start = toml->next, quote = *start;
	for (toml->next++; !is_line_end(toml, toml->next) && *toml->next != quote;) {
		if (*toml->next != '\\' || quote == '\'') {
			buf_addc(out, *toml->next++);
		} else if (!read_escape(toml, out)) {
			return false;
		}
	}
	if (is_line_end(toml, toml->next)) {
		return fail(toml, start, toml->next, "the quote has no end on this line");
	}
	toml->next++;
	if (toml->next == start + 2 && toml->next < toml->end && *toml->next == quote) {
		return fail(toml, start, start + 3, "texts of several lines are not read");
	}
	return true;
}

/* --- lines --------------------------------------------------------------------------------- */

static struct str text_of(const struct toml *toml, struct span at) {
	return (struct str){toml->reader->source->bytes + at.start, at.end - at.start};
}

/* Which of the names a key is; NAMES for none. */
static size_t find_name(struct str key) {
	size_t i = 0;
	while (i < NAMES && !str_is(key, names[i])) {
		i++;
	}
	return i;
}

static void take_key(struct toml *toml, struct span key) {
	struct str name = text_of(toml, key);
	size_t i = find_name(name);
	/* Even where the value turns out to be wrong: then it isn't missing as well. */
	toml->have |= i < NAMES ? UINT32_C(1) << i : 0;
	for (size_t k = 0; k < toml->keys.count; k++) {
		struct span first = toml->keys.items[k];
		if (str_eq(text_of(toml, first), name)) {
			diag_add(toml->reader->diags, key,
					"duplicate key '%.*s'; it stands at %s already",
					scheme_clip(name), name.p,
					span_describe(first, toml->reader->arena));
			return;
		}
	}
	VEC_ADD(&toml->keys, key);
}

static void take_value(struct toml *toml, struct span key, struct str text, struct span at) {
	size_t i = find_name(text_of(toml, key));
	if (i < NAMES) {
		(void)scheme_take_color(toml->reader, text, at, &toml->colors[i]);
	}
}

static bool read_key(struct toml *toml, struct span *ret) {
	const char *start = toml->next;
	while (toml->next < toml->end && is_key(*toml->next)) {
		toml->next++;
	}
	*ret = span(toml, start, toml->next);
	if (toml->next == start) {
		return fail(toml, start, start + 1, "expected a key");
	}
	take_key(toml, *ret);
	skip_blanks(toml);
	if (toml->next == toml->end || *toml->next != '=') {
		return fail(toml, toml->next, toml->next, "expected '=' behind the key");
	}
	toml->next++;
	skip_blanks(toml);
	return true;
}

static void read_pair(struct toml *toml) {
	struct span key;
	if (!read_key(toml, &key)) {
		return;
	}
	const char *start = toml->next;
	if (start == toml->end || (*start != '"' && *start != '\'')) {
		(void)fail(toml, start, start, "expected a text in quotes");
		return;
	}
	_cleanup_buf_ struct buf text = BUF_INIT;
	if (read_string(toml, &text)) {
		const char *end = toml->next;
		if (read_rest(toml)) {
			take_value(toml, key, (struct str){text.data, text.len},
					span(toml, start, end));
		}
	}
}

/* "[a.b]" or "[[a.b]]". */
static void read_header(struct toml *toml) {
	const char *start = toml->next;
	size_t brackets = start + 1 < toml->end && start[1] == '[' ? 2 : 1;
	toml->next += brackets;
	const char *name = toml->next;
	while (toml->next < toml->end && (is_key(*toml->next) || strchr(". \t\"'", *toml->next))) {
		toml->next++;
	}
	bool named = toml->next > name;
	for (; brackets > 0 && toml->next < toml->end && *toml->next == ']'; brackets--) {
		toml->next++;
	}
	if (!named || brackets > 0) {
		(void)fail(toml, start, toml->next, "expected a table's name between brackets");
	} else {
		(void)read_rest(toml);
	}
}

static void read_lines(struct toml *toml) {
	for (; toml->next < toml->end; skip_line(toml)) {
		skip_blanks(toml);
		if (is_line_end(toml, toml->next) || *toml->next == '#') {
			continue;
		}
		if (*toml->next == '[') {
			read_header(toml);
			return;
		}
		if (toml->keys.count == KEYS_MAX) {
			(void)fail(toml, toml->next, toml->next, "more than 1,024 keys");
			return;
		}
		read_pair(toml);
	}
}

/* --- the scheme ---------------------------------------------------------------------------- */

/*
 * What an Omarchy theme has no colours for lies between its others. The shares are the
 * medians over tinted-theming's 287 schemes (September 2024): how far from base00 to base05
 * the other greys lie (base06 and base07 beyond it), and how far from base08 to base0A the
 * orange and the brown do.
 */
static const struct {
	uint8_t base, from, to;
	unsigned percent;
} mixed[] = {
	{0x01, 0x00, 0x05, 9},
	{0x02, 0x00, 0x05, 23},
	{0x03, 0x00, 0x05, 47},
	{0x04, 0x00, 0x05, 81},
	{0x06, 0x00, 0x05, 111},
	{0x07, 0x00, 0x05, 121},
	{0x09, 0x08, 0x0a, 50},
	{0x0f, 0x08, 0x0a, 25},
};

/* Bases that are the file's own; the bright ones come last, and may be missing. */
static const struct {
	uint8_t base, name;
} same[] = {
	{0x00, BACKGROUND}, {0x05, FOREGROUND}, {0x08, ANSI + 1}, {0x0b, ANSI + 2},
	{0x0a, ANSI + 3}, {0x0d, ANSI + 4}, {0x0e, ANSI + 5}, {0x0c, ANSI + 6},
	{0x12, ANSI + 9}, {0x14, ANSI + 10}, {0x13, ANSI + 11}, {0x16, ANSI + 12},
	{0x17, ANSI + 13}, {0x15, ANSI + 14},
};

static void fill_bases(const struct toml *toml, struct scheme *scheme) {
	uint32_t have = 0;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		if ((toml->have & UINT32_C(1) << same[i].name) != 0) {
			scheme->base[same[i].base] = toml->colors[same[i].name];
			have |= UINT32_C(1) << same[i].base;
		}
	}
	for (size_t i = 0; i < sizeof(mixed) / sizeof(mixed[0]); i++) {
		scheme->base[mixed[i].base] = color_mix(scheme->base[mixed[i].from],
				scheme->base[mixed[i].to], mixed[i].percent);
	}
	scheme_fill_bases(scheme, have);
}

static void fill(const struct toml *toml, struct scheme *scheme) {
	fill_bases(toml, scheme);
	scheme_derive(scheme);
	struct color *const places[ANSI] = {
		[ACCENT] = &scheme->accent,
		[BACKGROUND] = &scheme->background,
		[CURSOR] = &scheme->cursor,
		[FOREGROUND] = &scheme->foreground,
		[SELECTION_BACKGROUND] = &scheme->selection_background,
		[SELECTION_FOREGROUND] = &scheme->selection_foreground,
	};
	for (size_t i = 0; i < NAMES; i++) {
		if ((toml->have & UINT32_C(1) << i) != 0) {
			*(i < ANSI ? places[i] : &scheme->ansi[i - ANSI]) = toml->colors[i];
		}
	}
	if ((toml->have & UINT32_C(1) << SELECTION_FOREGROUND) == 0) {
		scheme_choose_selection(scheme); /* on the file's own background of it */
	}
	scheme->system = "base24";
	scheme->is_dark = color_is_dark(scheme->background);
}

/* Of the control characters TOML allows a CR before a LF only. */
static bool check_returns(const struct toml *toml) {
	const char *p = toml->next;
	while ((p = memchr(p, '\r', (size_t)(toml->end - p))) != NULL) {
		if (!is_line_end(toml, p)) {
			return fail(toml, p, p + 1, "a carriage return within a line");
		}
		p++;
	}
	return true;
}

void scheme_read_toml(struct scheme_reader *reader) {
	struct source *source = reader->source;
	struct toml toml = {
		.reader = reader,
		.next = source->bytes,
		.end = source->bytes + source->size,
	};
	unsigned before = reader->diags->count;
	if (characters_check(source, reader->diags) < 0 || !check_returns(&toml)) {
		return;
	}
	if (source->size >= 3 && memcmp(toml.next, "\xef\xbb\xbf", 3) == 0) {
		toml.next += 3;
	}
	read_lines(&toml);
	VEC_RELEASE(&toml.keys);
	scheme_report_missing(reader, (struct span){source, 0, 0}, required, toml.have, names);
	if (reader->diags->count == before) {
		fill(&toml, reader->scheme);
	}
}
