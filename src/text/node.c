/* SPDX-License-Identifier: MIT */
#include "text/node.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/vec.h"
#include "text/characters.h"
#include "text/fyaml.h"
#include "text/runs.h"

/* How many nodes aliases may add to what is written in the file. */
enum { ALIAS_GROWTH_MAX = 100000 };

/* libfyaml's functions, once a text has to be read. */
static const struct fyaml *fy;

struct anchor {
	struct str name;
	struct node *node;
	uint64_t weight; /* nodes, aliases expanded */
	bool open;       /* its node isn't complete yet */
};

struct level {
	struct node *node, *last, *before_last;
	uint64_t weight;
	size_t anchor; /* index into anchors + 1, or 0 */
};

struct parse {
	struct source *source;
	struct arena *arena;
	struct diags *diags;
	struct node *root;
	struct level levels[NODE_DEPTH_MAX];
	unsigned depth;
	struct {
		struct anchor *items;
		size_t count, room;
	} anchors;
	uint64_t written; /* nodes seen in the text */
	unsigned documents;
	struct runs runs;  /* lines that libfyaml doesn't see */
	size_t next_run;   /* the first that isn't taken yet */
	struct buf input;  /* what it sees instead of the source; empty: the source */
	uint32_t last_end; /* of the event before */
	bool failed;       /* the tree isn't whole */
};

/* libfyaml counts a byte order mark as no input; our offsets do count it. */
static uint32_t bom_size(const struct source *source) {
	return source->size >= 3 && memcmp(source->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* An empty value has no mark: it is where the event before it ended. */
static struct span event_span(struct parse *parse, struct fy_event *event) {
	const struct fy_mark *start = fy->event_start_mark(event);
	const struct fy_mark *end = fy->event_end_mark(event);
	uint32_t shift = bom_size(parse->source);
	struct span span = {parse->source, parse->last_end, parse->last_end};
	if (start == NULL && span.start < parse->source->size &&
			parse->source->bytes[span.start] == ':') {
		span.start = span.end = span.start + 1; /* behind its key's colon */
	} else if (start != NULL) {
		span.start = runs_map(&parse->runs, (uint32_t)start->input_pos + shift, false);
		span.end = end != NULL ? runs_map(&parse->runs,
					     (uint32_t)end->input_pos + shift, true)
				       : span.start;
	}
	parse->last_end = span.end;
	return span;
}

/* libfyaml marks the content of a quoted scalar; a node's span has the quotes too. */
static struct span with_quotes(struct parse *parse, struct fy_token *token, struct span span) {
	enum fy_scalar_style style = fy->token_scalar_style(token);
	const char *bytes = parse->source->bytes;
	char quote = style == FYSS_SINGLE_QUOTED ? '\'' : '"';
	bool quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
	if (quoted && span.start > 0 && span.end < parse->source->size &&
			bytes[span.start - 1] == quote && bytes[span.end] == quote) {
		span.start--;
		span.end++;
		parse->last_end = span.end;
	}
	return span;
}

static struct str token_text(const struct parse *parse, struct fy_token *token) {
	size_t n = 0;
	const char *text = fy->token_get_text(token, &n);
	if (text == NULL || n == 0) {
		return (struct str){"", 0};
	}
	return (struct str){arena_strndup(parse->arena, text, n), n};
}

/*
 * The value of a scalar. Most stand in the file just as they are, on one line
 * and without escapes: those bytes are shared, and libfyaml needn't make them.
 */
static struct str scalar_text(const struct parse *parse, struct fy_token *token,
		struct span span) {
	const char *bytes = parse->source->bytes;
	uint32_t start = span.start, end = span.end;
	const char *special = "\r\n";
	enum fy_scalar_style style = fy->token_scalar_style(token);
	if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) {
		special = style == FYSS_SINGLE_QUOTED ? "\r\n'" : "\r\n\\\"";
		bool quoted = end >= start + 2 && end <= parse->source->size &&
				(bytes[start] == '\'' || bytes[start] == '"');
		if (!quoted) {
			return token_text(parse, token);
		}
		start++;
		end--;
	} else if (style != FYSS_PLAIN || end > parse->source->size) {
		return token_text(parse, token);
	}
	for (; *special != '\0'; special++) {
		if (memchr(bytes + start, *special, end - start) != NULL) {
			return token_text(parse, token);
		}
	}
	return (struct str){bytes + start, end - start};
}

/* Hangs a node below the open collection. */
static void attach(struct parse *parse, struct node *node, uint64_t weight) {
	if (parse->depth == 0) {
		parse->root = node;
		return;
	}
	struct level *level = &parse->levels[parse->depth - 1];
	if (level->last != NULL) {
		level->last->next = node;
		/* Behind a key with a question mark libfyaml may have the value begin before it. */
		if (node->start < level->last->start) {
			node->start = level->last->end;
			node->end = node->end > node->start ? node->end : node->start;
		}
	} else {
		level->node->child = node;
		/* [a: b]: libfyaml has the implied map begin at its colon. */
		if (node->start < level->node->start) {
			level->node->start = node->start;
		}
	}
	level->before_last = level->last;
	level->last = node;
	level->node->count++;
	level->weight += weight;
}

/* A node in key position that can't be one. */
static int check_key(struct parse *parse, const struct node *node) {
	if (parse->depth == 0) {
		return 0;
	}
	const struct node *parent = parse->levels[parse->depth - 1].node;
	if (parent->kind != NODE_MAP || parent->count % 2 != 0) {
		return 0;
	}
	if (node->kind != NODE_SCALAR) {
		diag_add(parse->diags, node_span(node, parse->source),
				"a key must be text, not a %s", node_describe(node));
		return -1;
	}
	if (node->plain && str_is(node->text, "<<")) {
		diag_add(parse->diags, node_span(node, parse->source),
				"merge keys ('<<') are not supported; write the entries out");
		return -1;
	}
	return 0;
}

static struct node *new_node(struct parse *parse, enum node_kind kind, struct span span) {
	struct node *node = arena_zalloc(parse->arena, sizeof(*node));
	node->kind = kind;
	node->start = span.start;
	node->end = span.end;
	parse->written++;
	return node;
}

static int refuse_tag(struct parse *parse, struct fy_event *event, struct span at) {
	struct fy_token *token = fy->event_get_tag_token(event);
	if (token == NULL) {
		return 0;
	}
	const struct fy_mark *mark = fy->token_start_mark(token);
	if (mark != NULL) {
		at.start = (uint32_t)mark->input_pos + bom_size(parse->source);
		const char *text = parse->source->bytes + at.start;
		bool verbatim = at.start + 1 < parse->source->size && text[1] == '<';
		at.end = at.start + (uint32_t)strcspn(text, verbatim ? ">\r\n" : " \t\r\n,[]{}");
		at.end += verbatim && at.end < parse->source->size &&
				parse->source->bytes[at.end] == '>';
	}
	diag_add(parse->diags, at, "tags are not supported: '%.*s'", (int)(at.end - at.start),
			parse->source->bytes + at.start);
	return -1;
}

/* Returns the anchor's index + 1, or 0 if the event has none. */
static size_t take_anchor(struct parse *parse, struct fy_event *event, struct node *node) {
	struct fy_token *token = fy->event_get_anchor_token(event);
	if (token == NULL) {
		return 0;
	}
	struct str name = token_text(parse, token);
	node->anchored = true;
	VEC_ADD(&parse->anchors, (struct anchor){.name = name, .node = node, .open = true});
	return parse->anchors.count;
}

static void close_anchor(struct parse *parse, size_t anchor, uint64_t weight) {
	if (anchor > 0) {
		parse->anchors.items[anchor - 1].open = false;
		parse->anchors.items[anchor - 1].weight = weight;
	}
}

static void add_plain(struct parse *parse, uint32_t start, uint32_t end) {
	struct span span = {parse->source, start, end};
	struct node *node = new_node(parse, NODE_SCALAR, span);
	node->plain = true;
	node->text = (struct str){parse->source->bytes + start, end - start};
	attach(parse, node, 1);
}

/* The value just attached completes the first pair of a run: the rest follows from it. */
static void take_run(struct parse *parse, const struct node *value) {
	if (parse->next_run == parse->runs.count || parse->depth == 0) {
		return;
	}
	const struct run *run = &parse->runs.items[parse->next_run];
	const struct level *level = &parse->levels[parse->depth - 1];
	const struct node *key = level->before_last;
	bool is_first = level->node->kind == NODE_MAP && !level->node->flow && key != NULL &&
			level->node->count % 2 == 0 && key->plain && value->plain &&
			key->start == run->first.key && key->end == run->first.key_end &&
			value->start == run->first.value && value->end == run->first.value_end;
	if (!is_first) {
		return;
	}
	struct pair_line pair;
	uint32_t at = run->start;
	while (runs_next(parse->source->bytes, &at, run->end, &pair)) {
		add_plain(parse, pair.key, pair.key_end);
		add_plain(parse, pair.value, pair.value_end);
	}
	parse->next_run++;
}

static int on_scalar(struct parse *parse, struct fy_event *event) {
	struct span span = event_span(parse, event);
	if (refuse_tag(parse, event, span) < 0) {
		return -1;
	}
	struct fy_token *token = event->scalar.value;
	if (token != NULL) {
		span = with_quotes(parse, token, span);
	}
	struct node *node = new_node(parse, NODE_SCALAR, span);
	node->plain = fy->event_get_node_style(event) == FYNS_PLAIN;
	if (token != NULL) {
		enum fy_scalar_style style = fy->token_scalar_style(token);
		node->plain = style == FYSS_PLAIN;
		node->block = style == FYSS_LITERAL || style == FYSS_FOLDED;
		node->text = scalar_text(parse, token, span);
	} else {
		node->plain = true;
		node->text = (struct str){"", 0};
	}
	if (check_key(parse, node) < 0) {
		return -1;
	}
	close_anchor(parse, take_anchor(parse, event, node), 1);
	attach(parse, node, 1);
	take_run(parse, node);
	return 0;
}

static int on_start(struct parse *parse, struct fy_event *event, enum node_kind kind) {
	struct span span = event_span(parse, event);
	if (refuse_tag(parse, event, span) < 0) {
		return -1;
	}
	struct node *node = new_node(parse, kind, span);
	node->flow = fy->event_get_node_style(event) == FYNS_FLOW;
	if (check_key(parse, node) < 0) {
		return -1;
	}
	if (parse->depth == NODE_DEPTH_MAX) {
		diag_add(parse->diags, span, "nested deeper than %d levels", NODE_DEPTH_MAX);
		return -1;
	}
	size_t anchor = take_anchor(parse, event, node);
	attach(parse, node, 0);
	parse->levels[parse->depth++] = (struct level){.node = node, .weight = 1, .anchor = anchor};
	return 0;
}

static int on_alias(struct parse *parse, struct fy_event *event) {
	struct span span = event_span(parse, event);
	struct str name = token_text(parse, event->alias.anchor);
	if (span.start > 0 && parse->source->bytes[span.start - 1] == '*') {
		span.start--; /* libfyaml marks the name only */
	}
	const struct anchor *found = NULL;
	for (size_t i = parse->anchors.count; i > 0 && found == NULL; i--) {
		if (str_eq(parse->anchors.items[i - 1].name, name)) {
			found = &parse->anchors.items[i - 1];
		}
	}
	if (found == NULL || found->open) {
		diag_add(parse->diags, span, "%s: '*%.*s'",
				found == NULL ? "no such anchor before this alias"
					      : "an alias inside its own anchor",
				(int)name.n, name.p);
		return -1;
	}
	struct node *node = new_node(parse, found->node->kind, span);
	node->plain = found->node->plain;
	node->flow = found->node->flow;
	node->text = found->node->text;
	node->child = found->node->child;
	node->count = found->node->count;
	node->alias = true;
	if (check_key(parse, node) < 0) {
		return -1;
	}
	attach(parse, node, found->weight);
	uint64_t total = 0;
	for (unsigned i = 0; i < parse->depth; i++) {
		total += parse->levels[i].weight;
	}
	if (total > parse->written + ALIAS_GROWTH_MAX) {
		diag_add(parse->diags, span,
				"aliases expand this file beyond %d nodes", ALIAS_GROWTH_MAX);
		return -1;
	}
	return 0;
}

static void report_duplicate(struct parse *parse, const struct node *first,
		const struct node *again) {
	diag_add(parse->diags, node_span(again, parse->source),
			"duplicate key '%.*s'; it stands at %s already", (int)again->text.n,
			again->text.p,
			span_describe(node_span(first, parse->source), parse->arena));
}

/* Open addressing over the keys' hashes: linear in the number of keys. */
static void check_duplicates(struct parse *parse, const struct node *map) {
	size_t room = 8;
	while (room < (size_t)map->count * 2) {
		room *= 2;
	}
	_cleanup_free_ const struct node **slots = xcalloc(room, sizeof(*slots));
	const struct node *key = map->child;
	while (key != NULL) {
		size_t slot = (size_t)hash64(key->text.p, key->text.n) & (room - 1);
		while (slots[slot] != NULL && !str_eq(slots[slot]->text, key->text)) {
			slot = (slot + 1) & (room - 1);
		}
		if (slots[slot] != NULL) {
			report_duplicate(parse, slots[slot], key);
		} else {
			slots[slot] = key;
		}
		key = key->next != NULL ? key->next->next : NULL;
	}
}

static void on_end(struct parse *parse, struct fy_event *event) {
	assert(parse->depth > 0);
	struct level level = parse->levels[--parse->depth];
	struct span span = event_span(parse, event);
	if (level.node->flow && span.end > level.node->end) {
		level.node->end = span.end;
	} else if (level.last != NULL && level.last->end > level.node->end) {
		/* A block ends where its last item does, not where the next token starts. */
		level.node->end = level.last->end;
	}
	if (level.node->kind == NODE_MAP) {
		level.node->count /= 2;
		check_duplicates(parse, level.node);
	}
	close_anchor(parse, level.anchor, level.weight);
	if (parse->depth > 0) {
		parse->levels[parse->depth - 1].weight += level.weight;
	}
}

static int on_event(struct parse *parse, struct fy_event *event) {
	switch (event->type) {
	case FYET_DOCUMENT_START:
		if (parse->documents++ > 0) {
			diag_add(parse->diags, event_span(parse, event),
					"a file is one YAML document; a second one starts here");
			return -1;
		}
		return 0;
	case FYET_SCALAR:
		return on_scalar(parse, event);
	case FYET_SEQUENCE_START:
		return on_start(parse, event, NODE_LIST);
	case FYET_MAPPING_START:
		return on_start(parse, event, NODE_MAP);
	case FYET_SEQUENCE_END:
	case FYET_MAPPING_END:
		on_end(parse, event);
		return 0;
	case FYET_ALIAS:
		return on_alias(parse, event);
	case FYET_NONE:
	case FYET_STREAM_START:
	case FYET_STREAM_END:
	case FYET_DOCUMENT_END:
		return 0;
	}
	return 0;
}

/* libfyaml's own message, at its own place. */
static void report_syntax(struct parse *parse, struct fy_diag *diag) {
	void *prev = NULL;
	const struct fy_diag_error *error = fy->diag_errors_iterate(diag, &prev);
	struct span at = {parse->source, parse->source->size, parse->source->size};
	if (error == NULL) {
		diag_add(parse->diags, at, "not valid YAML");
		return;
	}
	/* Its lines and columns count from 1 here, columns in characters. */
	uint32_t pos = bom_size(parse->source);
	for (int line = 1; line < error->line && pos < parse->source->size; line++) {
		const char *newline = memchr(parse->source->bytes + pos, '\n',
				parse->source->size - pos);
		pos = newline != NULL ? (uint32_t)(newline - parse->source->bytes) + 1
				      : parse->source->size;
	}
	for (int column = 1; column < error->column && pos < parse->source->size &&
			parse->source->bytes[pos] != '\n';) {
		pos++;
		column += pos == parse->source->size ||
				(parse->source->bytes[pos] & 0xc0) != 0x80;
	}
	at.start = pos;
	at.end = pos + 1;
	bool marker = parse->source->size - pos >= 7 &&
			memcmp(parse->source->bytes + pos, "<<<<<<<", 7) == 0;
	diag_add(parse->diags, at, "not valid YAML: %s%s", error->msg,
			marker ? " (a conflict marker of Git?)" : "");
}

/* Without memory, libfyaml says that the text is wrong. */
static void check_memory(void) {
	if (errno == ENOMEM) {
		mem_exhausted();
	}
}

/* Parsers that can't be freed; reachable, so that no leak checker complains. */
struct abandoned {
	struct fy_parser *parser;
	struct fy_diag *diag;
};
static struct {
	struct abandoned *items;
	size_t count, room;
} abandoned;

static int run(struct parse *parse) {
	struct fy_diag_cfg diag_cfg;
	fy->diag_cfg_default(&diag_cfg);
	diag_cfg.fp = NULL;
	struct fy_diag *diag = fy->diag_create(&diag_cfg);
	if (diag == NULL) {
		mem_exhausted();
	}
	fy->diag_set_collect_errors(diag, true);
	struct fy_parse_cfg cfg = {
		/* The quick duplicate check is check_duplicates(). */
		.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE |
				FYPCF_ALLOW_DUPLICATE_KEYS |
				/* A closing bracket in the first column: other parsers take it. */
				FYPCF_SLOPPY_FLOW_INDENTATION,
		.diag = diag,
	};
	struct fy_parser *parser = fy->parser_create(&cfg);
	uint32_t skip = bom_size(parse->source);
	bool shortened = parse->input.len > 0;
	const char *input = shortened ? parse->input.data : parse->source->bytes;
	size_t size = shortened ? parse->input.len : parse->source->size;
	if (parser == NULL || fy->parser_set_string(parser, input + skip, size - skip) != 0) {
		mem_exhausted();
	}
	unsigned before = parse->diags->count;
	errno = 0;
	struct fy_event *event;
	int result = 0;
	while (result == 0 && (event = fy->parser_parse(parser)) != NULL) {
		result = on_event(parse, event);
		fy->parser_event_free(parser, event);
	}
	if (result == 0 && fy->parser_get_stream_error(parser)) {
		check_memory();
		report_syntax(parse, diag);
		result = -1;
	}
	parse->failed = result < 0;
	if (parse->failed) {
		/* After some errors libfyaml 0.7.12 frees a key twice here. The program ends
		 * with the error anyway. */
		VEC_ADD(&abandoned, (struct abandoned){parser, diag});
	} else {
		fy->parser_destroy(parser);
		fy->diag_destroy(diag);
	}
	return parse->diags->count > before ? -1 : 0;
}

static struct parse *new_parse(struct source *source, struct arena *arena, struct diags *diags) {
	struct parse *parse = arena_zalloc(arena, sizeof(*parse));
	parse->source = source;
	parse->arena = arena;
	parse->diags = diags;
	buf_init(&parse->input);
	return parse;
}

static int parse_whole(struct source *source, struct arena *arena, struct diags *diags,
		struct node **ret_root) {
	struct parse *parse = new_parse(source, arena, diags);
	int result = run(parse);
	VEC_RELEASE(&parse->anchors);
	if (!parse->failed) {
		*ret_root = parse->root;
	}
	return result;
}

/* False if there was nothing to gain, or anything to complain of: the long way tells what. */
static bool parse_shortened(struct source *source, struct arena *arena, struct node **ret_root) {
	struct diags problems = {.arena = arena};
	struct parse *parse = new_parse(source, arena, &problems);
	runs_find(&parse->runs, source->bytes, source->size, &parse->input);
	bool good = parse->runs.count > 0 && run(parse) == 0 &&
			parse->next_run == parse->runs.count;
	VEC_RELEASE(&parse->anchors);
	runs_release(&parse->runs);
	buf_release(&parse->input);
	if (good) {
		*ret_root = parse->root;
	}
	return good;
}

int node_prepare(struct err *err) {
	fy = fyaml_load(err);
	return fy != NULL ? 0 : -1;
}

static int parse(struct source *source, bool slowly, struct arena *arena, struct diags *diags,
		struct node **ret_root) {
	struct err err = {0};
	*ret_root = NULL;
	if (characters_check(source, diags) < 0) {
		return -1;
	}
	if (source->size == bom_size(source)) {
		return 0;
	}
	if (node_prepare(&err) < 0) {
		diag_add(diags, (struct span){source, 0, 0}, "%s", err.text);
		err_release(&err);
		return -1;
	}
	return !slowly && parse_shortened(source, arena, ret_root)
			? 0
			: parse_whole(source, arena, diags, ret_root);
}

int node_parse(struct source *source, struct arena *arena, struct diags *diags,
		struct node **ret_root) {
	return parse(source, false, arena, diags, ret_root);
}

int node_parse_slowly(struct source *source, struct arena *arena, struct diags *diags,
		struct node **ret_root) {
	return parse(source, true, arena, diags, ret_root);
}
