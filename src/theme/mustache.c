/* SPDX-License-Identifier: MIT */
#include "theme/mustache.h"

#include <string.h>

#include "base/vec.h"
#include "theme/mustache_part.h"

enum { SHOWN_MAX = 64 };

/* No offset: a source has at most so many bytes. */
static const uint32_t nowhere = UINT32_MAX;

struct parser {
	struct source *source;
	const char *bytes;
	uint32_t size;
	struct arena *arena;
	struct diags *diags;
	struct str open, close;
	uint32_t at;       /* the next tag is looked for from here */
	uint32_t text;     /* where the text begins that is no part yet */
	uint32_t close_at; /* the next `close`, as long as we aren't past it */
	struct {
		struct part *items;
		size_t count, room;
	} parts;
	struct {
		uint32_t part; /* its number */
		unsigned line;
	} sections[MUSTACHE_SECTIONS_MAX]; /* the open ones */
	unsigned depth;
	unsigned line;    /* that of the byte at `counted` */
	uint32_t counted;
};

struct tag {
	const struct sign *sign;
	uint32_t start, end;    /* with its delimiters */
	uint32_t from, to;      /* the content, without sign and blanks */
	uint32_t line;          /* start of the line that it is alone on, or nowhere */
	struct str open, close; /* new delimiters */
};

/* What stands behind the opening delimiter; nothing: the tag is a value. */
struct sign {
	char byte;
	bool alone; /* takes the line with it, if it is alone there */
	enum part_kind kind;
	/* Finds the tag's end; false: there is none, and `at` is where to go on. */
	bool (*read)(struct parser *parser, struct tag *tag);
	void (*take)(struct parser *parser, const struct tag *tag);
};

/* --- bytes --------------------------------------------------------------------------------- */

const char *mustache_shown(struct str name, struct arena *arena) {
	_cleanup_buf_ struct buf shown = BUF_INIT;
	size_t n = name.n;
	if (n > SHOWN_MAX) {
		n = SHOWN_MAX;
		while (n > 0 && ((unsigned char)name.p[n] & 0xc0) == 0x80) {
			n--; /* no half characters */
		}
	}
	buf_add_shown(&shown, name.p, n);
	buf_adds(&shown, n < name.n ? "…" : "");
	return arena_strndup(arena, shown.data, shown.len);
}

static bool is_blank(char c) {
	return c == ' ' || c == '\t';
}

static bool is_space(char c) {
	return is_blank(c) || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static uint32_t skip_space(const struct parser *parser, uint32_t at) {
	while (at < parser->size && is_space(parser->bytes[at])) {
		at++;
	}
	return at;
}

static bool has_at(const struct parser *parser, uint32_t at, struct str what) {
	return parser->size - at >= what.n && memcmp(parser->bytes + at, what.p, what.n) == 0;
}

static uint32_t find(const struct parser *parser, uint32_t from, uint32_t to, struct str what) {
	const char *at = memmem(parser->bytes + from, to - from, what.p, what.n);
	return at != NULL ? (uint32_t)(at - parser->bytes) : nowhere;
}

/* Remembered, so that thousands of tags before one far end aren't thousands of searches. */
static uint32_t find_close(struct parser *parser, uint32_t from) {
	if (parser->close_at < from) {
		parser->close_at = find(parser, from, parser->size, parser->close);
	}
	return parser->close_at;
}

static struct span span_of(const struct parser *parser, uint32_t start, uint32_t end) {
	return (struct span){parser->source, start, end};
}

static struct span tag_span(const struct parser *parser, const struct tag *tag) {
	return span_of(parser, tag->start, tag->end);
}

static const char *shown(const struct parser *parser, struct str name) {
	return mustache_shown(name, parser->arena);
}

/* --- where a tag ends ---------------------------------------------------------------------- */

static bool unclosed(struct parser *parser, const struct tag *tag, uint32_t resume) {
	uint32_t end = tag->start + (uint32_t)parser->open.n;
	diag_add(parser->diags, span_of(parser, tag->start, end), "unclosed tag: no '%s%s' follows",
			tag->sign->byte == '{' ? "}" : "", shown(parser, parser->close));
	parser->at = resume;
	return false;
}

static bool read_comment(struct parser *parser, struct tag *tag) {
	uint32_t close = find_close(parser, tag->from);
	if (close == nowhere) {
		return unclosed(parser, tag, parser->size);
	}
	tag->end = close + (uint32_t)parser->close.n;
	return true;
}

/* "}" in front of the closing delimiter, which may begin with one itself: "{{{a}}}". */
static bool end_triple(const struct parser *parser, struct tag *tag) {
	if (parser->bytes[tag->to] == '}' && has_at(parser, tag->to + 1, parser->close)) {
		tag->end++;
		return true;
	}
	if (tag->to > tag->from && parser->bytes[tag->to - 1] == '}') {
		tag->to--;
		return true;
	}
	return false;
}

static bool read_name(struct parser *parser, struct tag *tag) {
	uint32_t close = find_close(parser, tag->from);
	if (close == nowhere) {
		return unclosed(parser, tag, parser->size);
	}
	/* The closing delimiter is that of a tag further on. */
	uint32_t inner = find(parser, tag->from, close, parser->open);
	if (inner != nowhere) {
		return unclosed(parser, tag, inner);
	}
	tag->to = close;
	tag->end = close + (uint32_t)parser->close.n;
	if (tag->sign->byte == '{' && !end_triple(parser, tag)) {
		return unclosed(parser, tag, tag->end);
	}
	tag->from = skip_space(parser, tag->from);
	while (tag->to > tag->from && is_space(parser->bytes[tag->to - 1])) {
		tag->to--;
	}
	if (tag->from >= tag->to) {
		tag->from = tag->to;
		diag_add(parser->diags, tag_span(parser, tag), "tag without a name");
	}
	return true;
}

/* At "=" and the closing delimiter, which end a tag of delimiters. */
static bool at_end(const struct parser *parser, uint32_t at) {
	return at < parser->size && parser->bytes[at] == '=' &&
			has_at(parser, at + 1, parser->close);
}

static bool read_delimiter(const struct parser *parser, uint32_t *at, struct str *ret) {
	uint32_t start = skip_space(parser, *at), end = start;
	while (end < parser->size && !is_space(parser->bytes[end]) && !at_end(parser, end) &&
			end - start <= MUSTACHE_DELIMITER_MAX) {
		end++;
	}
	*at = end;
	*ret = (struct str){parser->bytes + start, end - start};
	return ret->n > 0 && ret->n <= MUSTACHE_DELIMITER_MAX;
}

static bool read_delimiters(struct parser *parser, struct tag *tag) {
	uint32_t at = tag->from;
	if (read_delimiter(parser, &at, &tag->open) && read_delimiter(parser, &at, &tag->close)) {
		at = skip_space(parser, at);
		if (at_end(parser, at)) {
			tag->end = at + 1 + (uint32_t)parser->close.n;
			return true;
		}
	}
	if (!read_comment(parser, tag)) {
		return false;
	}
	diag_add(parser->diags, tag_span(parser, tag),
			"bad delimiters: two are wanted, with a blank between them and '=' around, "
			"as in '{{=<%% %%>=}}'");
	parser->at = tag->end;
	return false;
}

/* --- parts --------------------------------------------------------------------------------- */

static struct part *add_part(struct parser *parser, enum part_kind kind, uint32_t start,
		uint32_t end) {
	const struct part part = {
		.kind = kind,
		.start = start,
		.end = end,
		.next = (uint32_t)parser->parts.count + 1,
		.text = {parser->bytes + start, end - start},
	};
	VEC_ADD(&parser->parts, part);
	return &parser->parts.items[parser->parts.count - 1];
}

static struct part *add_tag(struct parser *parser, const struct tag *tag) {
	struct part *part = add_part(parser, tag->sign->kind, tag->start, tag->end);
	part->text = (struct str){parser->bytes + tag->from, tag->to - tag->from};
	return part;
}

static void take_value(struct parser *parser, const struct tag *tag) {
	add_tag(parser, tag)->raw = tag->sign->byte != '\0';
}

static void take_partial(struct parser *parser, const struct tag *tag) {
	struct part *part = add_tag(parser, tag);
	part->alone = tag->line != nowhere;
	part->indent = part->alone ? tag->start - tag->line : 0;
}

static void take_section(struct parser *parser, const struct tag *tag) {
	if (parser->depth == MUSTACHE_SECTIONS_MAX) {
		diag_add(parser->diags, tag_span(parser, tag), "sections nested more than 64 deep");
		parser->at = parser->size;
		parser->depth = 0;
		return;
	}
	for (; parser->counted < tag->start; parser->counted++) {
		parser->line += parser->bytes[parser->counted] == '\n';
	}
	parser->sections[parser->depth].part = (uint32_t)parser->parts.count;
	parser->sections[parser->depth].line = parser->line;
	parser->depth++;
	(void)add_tag(parser, tag);
}

static struct part *open_section(const struct parser *parser, unsigned depth) {
	return &parser->parts.items[parser->sections[depth - 1].part];
}

/* A wrong one closes what it names if that is open at all, so that one slip is one error. */
static void wrong_closing(struct parser *parser, const struct tag *tag, struct str name) {
	const struct part *section = open_section(parser, parser->depth);
	if (name.n > 0 && section->text.n > 0) {
		diag_add(parser->diags, tag_span(parser, tag),
				"wrong closing tag '%s': section '%s' of line %u is open",
				shown(parser, name), shown(parser, section->text),
				parser->sections[parser->depth - 1].line);
	}
	for (unsigned depth = parser->depth; depth > 0; depth--) {
		if (str_eq(open_section(parser, depth)->text, name)) {
			parser->depth = depth;
			return;
		}
	}
}

static void take_closing(struct parser *parser, const struct tag *tag) {
	struct str name = {parser->bytes + tag->from, tag->to - tag->from};
	if (parser->depth == 0) {
		diag_add(parser->diags, tag_span(parser, tag), "closing tag '%s' without a section",
				shown(parser, name));
		return;
	}
	if (!str_eq(open_section(parser, parser->depth)->text, name)) {
		wrong_closing(parser, tag, name);
	}
	open_section(parser, parser->depth)->next = (uint32_t)parser->parts.count;
	parser->depth--;
}

static void take_comment(struct parser *parser, const struct tag *tag) {
	(void)parser;
	(void)tag;
}

static void take_delimiters(struct parser *parser, const struct tag *tag) {
	parser->open = tag->open;
	parser->close = tag->close;
	parser->close_at = 0;
}

static const struct sign signs[] = {
	{'!', true, PART_TEXT, read_comment, take_comment},
	{'#', true, PART_SECTION, read_name, take_section},
	{'&', false, PART_VALUE, read_name, take_value},
	{'/', true, PART_TEXT, read_name, take_closing},
	{'=', true, PART_TEXT, read_delimiters, take_delimiters},
	{'>', true, PART_PARTIAL, read_name, take_partial},
	{'^', true, PART_INVERTED, read_name, take_section},
	{'{', false, PART_VALUE, read_name, take_value},
	{'\0', false, PART_VALUE, read_name, take_value},
};

static const struct sign *find_sign(const struct parser *parser, uint32_t at) {
	const struct sign *sign = signs;
	while (sign->byte != '\0' && (at == parser->size || parser->bytes[at] != sign->byte)) {
		sign++;
	}
	return sign;
}

/* --- lines --------------------------------------------------------------------------------- */

/* No tag ends with a line feed: behind one, a line begins. */
static bool is_line_start(const struct parser *parser, uint32_t at) {
	return at == 0 || parser->bytes[at - 1] == '\n';
}

/* Start of the line if only blanks are in front of the tag; else nowhere. */
static uint32_t blank_start(const struct parser *parser, uint32_t at) {
	while (at > parser->text && is_blank(parser->bytes[at - 1])) {
		at--;
	}
	return is_line_start(parser, at) ? at : nowhere;
}

/* Where the next line starts if only blanks are left of this one; else nowhere. */
static uint32_t blank_end(const struct parser *parser, uint32_t at) {
	while (at < parser->size && is_blank(parser->bytes[at])) {
		at++;
	}
	if (at == parser->size || parser->bytes[at] == '\n') {
		return at == parser->size ? at : at + 1;
	}
	return has_at(parser, at, str_of("\r\n")) ? at + 2 : nowhere;
}

static void add_text(struct parser *parser, uint32_t to) {
	if (to > parser->text) {
		bool starts_line = is_line_start(parser, parser->text);
		add_part(parser, PART_TEXT, parser->text, to)->starts_line = starts_line;
	}
}

/* The text in front of a tag, and what the tag takes of its line. */
static void end_text(struct parser *parser, struct tag *tag) {
	uint32_t next = nowhere;
	tag->line = tag->sign->alone ? blank_start(parser, tag->start) : nowhere;
	if (tag->line != nowhere) {
		next = blank_end(parser, tag->end);
	}
	if (next != nowhere) {
		add_text(parser, tag->line);
	} else {
		tag->line = nowhere;
		next = tag->end;
		add_text(parser, tag->start);
		/* A partial's line that a tag begins is indented, too. */
		if (is_line_start(parser, tag->start)) {
			add_part(parser, PART_TEXT, tag->start, tag->start)->starts_line = true;
		}
	}
	parser->at = parser->text = next;
}

/* --- the whole ----------------------------------------------------------------------------- */

static void read_tag(struct parser *parser, uint32_t start) {
	struct tag tag = {.start = start};
	tag.from = skip_space(parser, start + (uint32_t)parser->open.n);
	/* A delimiter may begin with a sign's byte. */
	bool empty = has_at(parser, tag.from, parser->close);
	tag.sign = find_sign(parser, empty ? parser->size : tag.from);
	tag.from += tag.sign->byte != '\0';
	if (tag.sign->read(parser, &tag)) {
		end_text(parser, &tag);
		tag.sign->take(parser, &tag);
	}
}

static void read_all(struct parser *parser) {
	while (parser->at < parser->size) {
		uint32_t start = find(parser, parser->at, parser->size, parser->open);
		if (start == nowhere) {
			break;
		}
		read_tag(parser, start);
	}
	add_text(parser, parser->size);
	for (unsigned depth = 1; depth <= parser->depth; depth++) {
		const struct part *section = open_section(parser, depth);
		diag_add(parser->diags, span_of(parser, section->start, section->end),
				"unclosed section '%s'", shown(parser, section->text));
	}
}

int mustache_parse(const struct mustache **ret, struct source *source, struct arena *arena,
		struct diags *diags) {
	unsigned before = diags->count;
	struct parser parser = {
		.source = source,
		.bytes = source->bytes,
		.size = source->size,
		.arena = arena,
		.diags = diags,
		.open = str_of("{{"),
		.close = str_of("}}"),
		.line = 1,
	};
	read_all(&parser);
	if (diags->count == before) {
		size_t count = parser.parts.count;
		struct part *parts = arena_alloc(arena, count * sizeof(*parts));
		if (count > 0) {
			memcpy(parts, parser.parts.items, count * sizeof(*parts));
		}
		struct mustache *mustache = arena_alloc(arena, sizeof(*mustache));
		*mustache = (struct mustache){source, parts, (uint32_t)count};
		*ret = mustache;
	}
	VEC_RELEASE(&parser.parts);
	return diags->count == before ? 0 : -1;
}
