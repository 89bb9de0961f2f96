/* SPDX-License-Identifier: MIT */

/*
 * Any bytes as templates: the main one, and partials "p" and "q", with 0xfe between them.
 * Rendering twice gives the same; strictly the same or an error. As a partial, alone on a line
 * with blanks in front, a template gives what it gives with its lines indented beforehand.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "theme/mustache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARTIALS = 3 };

static const char *const names[PARTIALS] = {"p", "q", "main"};

struct run {
	struct source partials[PARTIALS];
	struct arena arena;
	struct diags diags;
	struct buf out;
	int result;
};

#define TEXT(string) {.kind = VALUE_TEXT, .text = {string, sizeof(string) - 1}}
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct value_item inner[] = {{{"c", 1}, TEXT("1\n2")}};
static const struct value_item items[] = {
	{{"", 0}, TEXT("&")},
	{{"", 0}, {.kind = VALUE_MAP, .items = inner, .count = COUNT(inner)}},
	{{"", 0}, {.kind = VALUE_NOTHING}},
};
static const struct value_item variables[] = {
	{{"a", 1}, TEXT("<\">")},
	{{"b", 1}, {.kind = VALUE_BOOL, .yes = true}},
	{{"e", 1}, {.kind = VALUE_LIST}},
	{{"l", 1}, {.kind = VALUE_LIST, .items = items, .count = COUNT(items)}},
	{{"m", 1}, {.kind = VALUE_MAP, .items = inner, .count = COUNT(inner)}},
	{{"n", 1}, {.kind = VALUE_NOTHING}},
	{{"no", 2}, {.kind = VALUE_BOOL}},
};
static const struct value values = {
	.kind = VALUE_MAP, .items = variables, .count = COUNT(variables)};

static struct source *find_partial(struct str name, void *context) {
	struct run *run = context;
	for (size_t i = 0; i < PARTIALS; i++) {
		if (str_is(name, names[i]) && run->partials[i].bytes != NULL) {
			return &run->partials[i];
		}
	}
	return NULL;
}

static struct source source_of(const char *name, const char *bytes, size_t size) {
	return (struct source){.path = name, .name = name, .bytes = bytes, .size = (uint32_t)size};
}

static void check_diags(const struct diags *diags) {
	for (const struct diag *diag = diags->first; diag != NULL; diag = diag->next) {
		struct span at = diag->at;
		assert(at.source != NULL && at.start <= at.end && at.end <= at.source->size);
		assert(span_position(at).line > 0);
		for (const char *p = diag->text; *p != '\0'; p++) {
			assert((unsigned char)*p >= ' ' && *p != 0x7f);
		}
	}
}

/* `run` comes with its partials. */
static void render(struct run *run, const char *bytes, size_t size, bool strict) {
	struct source source = source_of("t", bytes, size);
	const struct mustache_rules rules = {find_partial, run, strict};
	const struct mustache *mustache = NULL;
	arena_init(&run->arena);
	buf_init(&run->out);
	buf_addc(&run->out, '<');
	run->diags = (struct diags){.arena = &run->arena};
	run->result = mustache_parse(&mustache, &source, &run->arena, &run->diags);
	assert((run->result == 0) == (run->diags.count == 0));
	if (run->result == 0) {
		run->result = mustache_render(
				mustache, &values, &rules, &run->arena, &run->diags, &run->out);
	}
	assert((run->result == 0) == (run->diags.count == 0));
	assert(run->out.data[0] == '<' && run->out.len <= 1 + MUSTACHE_OUTPUT_MAX);
	assert(run->result == 0 || run->out.len == 1);
	check_diags(&run->diags);
	source_release(&source);
	for (size_t i = 0; i < PARTIALS; i++) {
		source_release(&run->partials[i]);
	}
}

static void end(struct run *run) {
	buf_release(&run->out);
	arena_release(&run->arena);
}

static bool same(const struct run *a, const struct run *b) {
	return a->result == b->result && a->diags.count == b->diags.count &&
			a->out.len == b->out.len &&
			memcmp(a->out.data, b->out.data, a->out.len) == 0;
}

/* Bounds may be reached on one way only, which takes a partial more. */
static void check_indented(struct run partials, const char *bytes, size_t size) {
	static const char use[] = "  {{>main}}\n";
	_cleanup_buf_ struct buf indented = BUF_INIT;
	struct run inside = partials, before = partials;
	for (size_t i = 0; i < size; i++) {
		buf_adds(&indented, i == 0 || bytes[i - 1] == '\n' ? "  " : "");
		buf_addc(&indented, bytes[i]);
	}
	inside.partials[2] = before.partials[2] = source_of("main", bytes, size);
	render(&inside, use, sizeof(use) - 1, false);
	render(&before, indented.data, indented.len, false);
	assert(inside.result < 0 || before.result < 0 || same(&inside, &before));
	end(&inside);
	end(&before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	char *bytes[PARTIALS];
	size_t sizes[PARTIALS], start = 0;
	struct run first = {0};
	/* Copies, so that reading past a template is found. */
	for (size_t i = 0; i < PARTIALS; i++) {
		size_t next = start;
		while (next < size && data[next] != 0xfe) {
			next++;
		}
		sizes[i] = next - start;
		bytes[i] = xmalloc(sizes[i] > 0 ? sizes[i] : 1);
		memcpy(bytes[i], data + start, sizes[i]);
		start = next < size ? next + 1 : size;
		if (i > 0) {
			first.partials[i - 1] = source_of(names[i - 1], bytes[i], sizes[i]);
		}
	}
	struct run again = first, strict = first, indented = first;
	render(&first, bytes[0], sizes[0], false);
	render(&again, bytes[0], sizes[0], false);
	render(&strict, bytes[0], sizes[0], true);
	assert(same(&first, &again));
	assert(strict.result < 0 || same(&strict, &first));
	if (memmem(bytes[0], sizes[0], "{{", 2) == NULL) {
		assert(first.out.len == sizes[0] + 1);
		assert(memcmp(first.out.data + 1, bytes[0], sizes[0]) == 0);
	}
	end(&first);
	end(&again);
	end(&strict);
	check_indented(indented, bytes[0], sizes[0]);
	for (size_t i = 0; i < PARTIALS; i++) {
		free(bytes[i]);
	}
	return 0;
}
