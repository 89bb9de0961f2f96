/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/typo.h"
#include "base/vec.h"
#include "theme/mustache_part.h"

/* Names looked at for "did you mean", in one rendering: a thousand slips are no slips. */
enum { SEARCH_MAX = 100 * 1000 };

/* A template of this rendering. */
struct unit {
	struct str name;
	const struct mustache *mustache; /* NULL: there is none, or it has errors */
	bool *told;                      /* by part: reported as unknown already */
	struct unit *next;
};

/* A template, or a section's content, being rendered: all of them are the context stack. */
struct frame {
	struct unit *unit;
	const struct value *context; /* NULL: that of the frame below */
	const struct value *list;    /* what the section goes through, or NULL */
	size_t item;                 /* of the list */
	uint32_t start, at, end;     /* parts: first, next, and the one behind the last */
	unsigned level;              /* of partials */
	bool muted;                  /* looked through for unknown names only */
	size_t indent;               /* of its lines: where it begins in the indentation of all */
	size_t kept;                 /* how long that was before */
};

struct render {
	const struct mustache_rules *rules;
	struct arena *arena;
	struct diags *diags;
	struct buf *out;
	size_t before;      /* length of `out` */
	struct unit *units; /* partials */
	struct {
		struct frame *items;
		size_t count, room;
	} frames;
	struct buf indent; /* of all frames, one behind the other */
	struct span span;  /* what is being rendered, for messages */
	size_t steps, searched;
	bool stopped;
};

static struct frame *top_frame(const struct render *render) {
	return &render->frames.items[render->frames.count - 1];
}

static void stop(struct render *render, const char *why) {
	diag_add(render->diags, render->span, "%s", why);
	render->stopped = true;
}

static void cut(struct buf *buf, size_t n) {
	if (buf->len > n) {
		buf->len = n;
		buf->data[n] = '\0';
	}
}

/* --- output -------------------------------------------------------------------------------- */

static void emit(struct render *render, const char *bytes, size_t n) {
	if (render->stopped || top_frame(render)->muted) {
		return;
	}
	if (n > MUSTACHE_OUTPUT_MAX - (render->out->len - render->before)) {
		stop(render, "the output is larger than 16 MiB");
		return;
	}
	buf_add(render->out, bytes, n);
}

static const char *entity(char c) {
	switch (c) {
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	default:
		return NULL;
	}
}

static void emit_escaped(struct render *render, struct str text) {
	size_t plain = 0;
	for (size_t i = 0; i < text.n && !render->stopped; i++) {
		const char *name = entity(text.p[i]);
		if (name != NULL) {
			emit(render, text.p + plain, i - plain);
			emit(render, name, strlen(name));
			plain = i + 1;
		}
	}
	emit(render, text.p + plain, text.n - plain);
}

static void emit_indent(struct render *render) {
	size_t from = top_frame(render)->indent;
	emit(render, render->indent.data + from, render->indent.len - from);
}

static void take_text(struct render *render, const struct part *part) {
	const struct frame *top = top_frame(render);
	if (top->muted || render->indent.len == top->indent) {
		emit(render, part->text.p, part->text.n);
		return;
	}
	if (part->starts_line) {
		emit_indent(render);
	}
	const char *line = part->text.p, *end = line + part->text.n;
	while (line < end && !render->stopped) {
		const char *feed = memchr(line, '\n', (size_t)(end - line));
		const char *next = feed != NULL ? feed + 1 : end;
		emit(render, line, (size_t)(next - line));
		if (next < end) {
			emit_indent(render);
		}
		line = next;
	}
}

/* --- names --------------------------------------------------------------------------------- */

static int compare(struct str a, struct str b) {
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;
	return order != 0 ? order : a.n < b.n ? -1 : a.n > b.n;
}

static const struct value *member(const struct value *map, struct str name) {
	size_t low = 0, high = map->kind == VALUE_MAP ? map->count : 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(name, map->items[middle].name);
		if (order == 0) {
			return &map->items[middle].value;
		}
		if (order < 0) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return NULL;
}

/* From the innermost context outwards. */
static const struct value *find_name(struct render *render, struct str name) {
	const struct value *found = NULL;
	size_t i = render->frames.count;
	while (i-- > 0 && found == NULL) {
		const struct value *context = render->frames.items[i].context;
		found = context != NULL ? member(context, name) : NULL;
	}
	/* The stack may be thousands of sections high. */
	render->steps += (render->frames.count - i) / 16;
	return found;
}

static const struct value *innermost(const struct render *render) {
	size_t i = render->frames.count;
	while (render->frames.items[i - 1].context == NULL) {
		i--; /* the outermost one always has one */
	}
	return render->frames.items[i - 1].context;
}

struct names {
	const char **items;
	size_t count, room;
};

/* Those that differ too much in length alone would only take time. */
static void add_names(struct render *render, const struct value *map, struct str wanted,
		struct names *names) {
	size_t most = 1 + wanted.n / 3;
	for (size_t i = 0; map->kind == VALUE_MAP && i < map->count; i++) {
		struct str name = map->items[i].name;
		if (render->searched++ >= SEARCH_MAX) {
			return;
		}
		if (name.n <= wanted.n + most && wanted.n <= name.n + most) {
			VEC_ADD(names, arena_strndup(render->arena, name.p, name.n));
		}
	}
}

/* The nearest name in a map, or in all contexts where `map` is NULL; NULL: none. */
static const char *nearest(struct render *render, const struct value *map, struct str wanted) {
	struct names names = {0};
	if (map != NULL) {
		add_names(render, map, wanted, &names);
	}
	for (size_t i = render->frames.count; map == NULL && i-- > 0;) {
		const struct value *context = render->frames.items[i].context;
		if (context != NULL) {
			add_names(render, context, wanted, &names);
		}
	}
	VEC_ADD(&names, NULL);
	const char *found =
			render->searched < SEARCH_MAX ? typo_nearest(wanted, names.items) : NULL;
	VEC_RELEASE(&names);
	return found;
}

/* `name` is the piece of the part's dotted name that isn't in `map`, or in any context. */
static void tell_unknown(struct render *render, const struct part *part, const struct value *map,
		struct str name) {
	const struct unit *unit = top_frame(render)->unit;
	bool *told = &unit->told[part - unit->mustache->parts];
	if (*told) {
		return;
	}
	*told = true;
	const char *whole = mustache_shown(part->text, render->arena);
	const char *other = nearest(render, map, name);
	if (other == NULL) {
		diag_add(render->diags, render->span, "unknown variable '%s'", whole);
		return;
	}
	_cleanup_buf_ struct buf meant = BUF_INIT;
	const char *behind = name.p + name.n;
	buf_add(&meant, part->text.p, (size_t)(name.p - part->text.p));
	buf_adds(&meant, other);
	buf_add(&meant, behind, (size_t)(part->text.p + part->text.n - behind));
	diag_add(render->diags, render->span, "unknown variable '%s'; did you mean '%s'?", whole,
			mustache_shown((struct str){meant.data, meant.len}, render->arena));
}

/* What the part's name stands for; NULL: unknown, and reported where that is an error. */
static const struct value *resolve(struct render *render, const struct part *part) {
	if (str_is(part->text, ".")) {
		return innermost(render);
	}
	const struct value *map = NULL;
	const char *at = part->text.p, *end = at + part->text.n;
	for (;;) {
		const char *dot = memchr(at, '.', (size_t)(end - at));
		struct str name = {at, (size_t)((dot != NULL ? dot : end) - at)};
		const struct value *found =
				map != NULL ? member(map, name) : find_name(render, name);
		if (found == NULL && render->rules->strict) {
			tell_unknown(render, part, map, name);
		}
		if (found == NULL || dot == NULL) {
			return found;
		}
		map = found;
		at = dot + 1;
	}
}

static bool is_truthy(const struct value *value) {
	switch (value->kind) {
	case VALUE_NOTHING:
		return false;
	case VALUE_BOOL:
		return value->yes;
	case VALUE_TEXT:
		return value->text.n > 0;
	case VALUE_LIST:
		return value->count > 0;
	case VALUE_MAP:
		return true;
	}
	return false;
}

/* --- tags ---------------------------------------------------------------------------------- */

static void take_value(struct render *render, const struct part *part) {
	const struct value *value = resolve(render, part);
	if (value == NULL || top_frame(render)->muted) {
		return;
	}
	struct str text = {NULL, 0};
	if (value->kind == VALUE_TEXT) {
		text = value->text;
	} else if (value->kind == VALUE_BOOL) {
		text = str_of(value->yes ? "true" : "false");
	}
	if (part->raw) {
		emit(render, text.p, text.n);
	} else if (text.n > 0) {
		emit_escaped(render, text);
	}
}

/* What fills a section that is shown another time may have names of its own. */
static bool may_have_names(const struct value *value) {
	return value != NULL && (value->kind == VALUE_NOTHING || value->kind == VALUE_LIST);
}

static void take_section(struct render *render, const struct part *part) {
	const struct value *value = resolve(render, part);
	bool inverted = part->kind == PART_INVERTED;
	bool shows = (value != NULL && is_truthy(value)) != inverted;
	if (!shows && (!render->rules->strict || (!inverted && may_have_names(value)))) {
		return;
	}
	const struct frame *top = top_frame(render);
	uint32_t first = (uint32_t)(part - top->unit->mustache->parts) + 1;
	struct frame frame = {
		.unit = top->unit,
		.start = first,
		.at = first,
		.end = part->next,
		.level = top->level,
		.muted = top->muted || !shows,
		.indent = top->indent,
		.kept = render->indent.len,
	};
	if (shows && !inverted) {
		frame.list = value->kind == VALUE_LIST ? value : NULL;
		frame.context = frame.list != NULL ? &value->items[0].value : value;
	}
	VEC_ADD(&render->frames, frame);
}

/* Each partial is asked for and read once. */
static struct unit *find_unit(struct render *render, struct str name) {
	const struct mustache_rules *rules = render->rules;
	for (struct unit *unit = render->units; unit != NULL; unit = unit->next) {
		render->steps++;
		if (str_eq(unit->name, name)) {
			return unit;
		}
	}
	struct unit *unit = arena_zalloc(render->arena, sizeof(*unit));
	*unit = (struct unit){.name = name, .next = render->units};
	render->units = unit;
	struct source *source = NULL;
	if (rules->partial != NULL) {
		source = rules->partial(name, rules->context);
	}
	if (source != NULL) {
		(void)mustache_parse(&unit->mustache, source, render->arena, render->diags);
	}
	if (unit->mustache != NULL && rules->strict) {
		unit->told = arena_zalloc(render->arena, unit->mustache->count);
	}
	return unit;
}

static void take_partial(struct render *render, const struct part *part) {
	const struct frame *top = top_frame(render);
	/* Hidden recursion has no end. */
	struct unit *unit = top->muted ? NULL : find_unit(render, part->text);
	if (unit == NULL || unit->mustache == NULL) {
		return;
	}
	if (top->level == MUSTACHE_PARTIALS_MAX) {
		stop(render, arena_printf(render->arena, "partial '%s' nested more than 64 deep",
				mustache_shown(part->text, render->arena)));
		return;
	}
	struct frame frame = {
		.unit = unit,
		.end = unit->mustache->count,
		.level = top->level + 1,
		.indent = part->alone ? top->indent : render->indent.len,
		.kept = render->indent.len,
	};
	const char *tag = top->unit->mustache->source->bytes + part->start;
	buf_add(&render->indent, tag - part->indent, part->indent);
	if (render->indent.len > MUSTACHE_OUTPUT_MAX) {
		stop(render, "the indentation is larger than 16 MiB");
		return;
	}
	render->steps += part->indent / 64;
	VEC_ADD(&render->frames, frame);
}

/* --- the whole ----------------------------------------------------------------------------- */

/* False: the content was rendered for the list's last item. */
static bool next_item(struct frame *frame) {
	if (frame->list == NULL || frame->item + 1 == frame->list->count) {
		return false;
	}
	frame->context = &frame->list->items[++frame->item].value;
	frame->at = frame->start;
	return true;
}

static void take_part(struct render *render, struct frame *top) {
	static void (*const take[])(struct render *, const struct part *) = {
		[PART_TEXT] = take_text,
		[PART_VALUE] = take_value,
		[PART_SECTION] = take_section,
		[PART_INVERTED] = take_section,
		[PART_PARTIAL] = take_partial,
	};
	const struct mustache *mustache = top->unit->mustache;
	const struct part *part = &mustache->parts[top->at];
	render->span = (struct span){mustache->source, part->start, part->end};
	/* Long names are compared, too. */
	render->steps += part->kind == PART_TEXT ? 0 : part->text.n / 64;
	top->at = part->next;
	take[part->kind](render, part);
}

static void run(struct render *render) {
	while (render->frames.count > 0 && !render->stopped) {
		struct frame *top = top_frame(render);
		if (render->steps++ >= MUSTACHE_STEPS_MAX) {
			stop(render, "rendering takes more than 1,000,000 steps");
		} else if (top->at < top->end) {
			take_part(render, top);
		} else if (!next_item(top)) {
			cut(&render->indent, top->kept);
			render->frames.count--;
		}
	}
}

int mustache_render(const struct mustache *mustache, const struct value *values,
		const struct mustache_rules *rules, struct arena *arena, struct diags *diags,
		struct buf *out) {
	unsigned before = diags->count;
	struct unit unit = {.mustache = mustache};
	struct render render = {
		.rules = rules,
		.arena = arena,
		.diags = diags,
		.out = out,
		.before = out->len,
		.indent = BUF_INIT,
		.span = {mustache->source, 0, 0},
	};
	if (rules->strict) {
		unit.told = arena_zalloc(arena, mustache->count);
	}
	struct frame frame = {.unit = &unit, .context = values, .end = mustache->count};
	assert(values != NULL);
	VEC_ADD(&render.frames, frame);
	run(&render);
	if (diags->count != before) {
		cut(out, render.before);
	}
	VEC_RELEASE(&render.frames);
	buf_release(&render.indent);
	return diags->count == before ? 0 : -1;
}
