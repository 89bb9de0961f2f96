/* SPDX-License-Identifier: MIT */

/*
 * Mustache: a table of our own, what is wrong with templates, the bounds, random templates,
 * and the core of the specification where LUMINA_SHARED has it.
 */

#include "parsed.h"

#include "theme/mustache.h"

/* --- YAML (which JSON is) to values -------------------------------------------------------- */

static int compare_items(const void *a, const void *b) {
	const struct value_item *left = a, *right = b;
	size_t n = left->name.n < right->name.n ? left->name.n : right->name.n;
	int order = memcmp(left->name.p, right->name.p, n);
	return order != 0 ? order : (left->name.n > right->name.n) - (left->name.n < right->name.n);
}

static struct value value_of(const struct node *node, struct arena *arena) {
	struct value value = {.kind = VALUE_NOTHING};
	if (node_is_null(node)) {
		return value;
	}
	if (node->kind == NODE_SCALAR) {
		bool no = node->plain && str_is(node->text, "false");
		value.yes = node->plain && str_is(node->text, "true");
		value.kind = value.yes || no ? VALUE_BOOL : VALUE_TEXT;
		value.text = node->text;
		return value;
	}
	bool map = node->kind == NODE_MAP;
	struct value_item *items = arena_zalloc(arena, node->count * sizeof(*items));
	for (const struct node *child = node->child; child != NULL; child = child->next) {
		struct value_item *item = &items[value.count++];
		item->name = map ? child->text : str_of("");
		child = map ? child->next : child;
		item->value = value_of(child, arena);
	}
	assert_int_equal(value.count, node->count);
	value.kind = map ? VALUE_MAP : VALUE_LIST;
	value.items = items;
	if (map) {
		qsort(items, value.count, sizeof(*items), compare_items);
	}
	return value;
}

static const struct node *get(const struct node *map, const char *name) {
	if (map == NULL || map->kind != NODE_MAP) {
		return NULL;
	}
	for (const struct node *key = map->child; key != NULL; key = key->next->next) {
		if (str_is(key->text, name)) {
			return key->next;
		}
	}
	return NULL;
}

/* --- rendering ----------------------------------------------------------------------------- */

struct source_list {
	struct source source;
	struct source_list *next;
};

/* One rendering, with all that it stands on. */
struct run {
	struct arena arena;
	struct source_list *sources;
	const struct node *partials; /* a map of templates, or NULL */
	unsigned asked;
	struct diags diags;
	struct buf out;
	int result;
};

/* Memory that ends where the text does, for the sanitizers. */
static struct source *add_source(struct run *run, const char *name, struct str text) {
	struct source_list *list = arena_zalloc(&run->arena, sizeof(*list));
	char *copy = malloc(text.n > 0 ? text.n : 1);
	assert_non_null(copy);
	memcpy(copy, text.p, text.n);
	list->source = source_of(copy, text.n);
	list->source.name = name;
	list->next = run->sources;
	run->sources = list;
	return &list->source;
}

static struct source *find_partial(struct str name, void *context) {
	struct run *run = context;
	const char *copy = arena_strndup(&run->arena, name.p, name.n);
	const struct node *text = get(run->partials, copy);
	run->asked++;
	return text != NULL ? add_source(run, copy, text->text) : NULL;
}

/* A template keeps nothing of a rendering: the next one gives the same. */
static void render_again(struct run *run, const struct mustache *mustache,
		const struct value *values, const struct mustache_rules *rules) {
	struct diags diags = {.arena = &run->arena};
	struct buf out = BUF_INIT;
	unsigned asked = run->asked;
	buf_addc(&out, '<');
	int result = mustache_render(mustache, values, rules, &run->arena, &diags, &out);
	assert_int_equal(result, run->result);
	assert_int_equal(diags.count, run->diags.count);
	assert_int_equal(out.len, run->out.len);
	assert_memory_equal(out.data, run->out.data, out.len);
	buf_release(&out);
	run->asked = asked;
}

/* `out` holds the output behind a "<", or that alone on errors. */
static void run_template(struct run *run, struct str template, const struct value *values,
		const struct node *partials, bool strict) {
	*run = (struct run){.partials = partials, .out = BUF_INIT};
	const struct mustache_rules rules = {.partial = find_partial, .context = run,
			.strict = strict};
	const struct mustache *mustache = NULL;
	arena_init(&run->arena);
	run->diags.arena = &run->arena;
	buf_addc(&run->out, '<');
	run->result = mustache_parse(&mustache, add_source(run, "t", template), &run->arena,
			&run->diags);
	assert_true((run->result == 0) == (run->diags.count == 0));
	if (run->result == 0) {
		run->result = mustache_render(mustache, values, &rules, &run->arena, &run->diags,
				&run->out);
		render_again(run, mustache, values, &rules);
	}
	assert_true((run->result == 0) == (run->diags.count == 0));
	if (run->result < 0) {
		assert_string_equal(run->out.data, "<");
	}
}

static void end_run(struct run *run) {
	for (struct source_list *list = run->sources; list != NULL; list = list->next) {
		free((void *)(uintptr_t)list->source.bytes);
		source_release(&list->source);
	}
	buf_release(&run->out);
	arena_release(&run->arena);
}

/* The output, or what is wrong, a line each: "t:1:1: …". */
static const char *outcome(struct run *run) {
	if (run->result == 0) {
		return arena_strndup(&run->arena, run->out.data + 1, run->out.len - 1);
	}
	struct buf text = BUF_INIT;
	for (const struct diag *diag = run->diags.first; diag != NULL; diag = diag->next) {
		buf_addf(&text, "%s%s: %s", text.len > 0 ? "\n" : "",
				span_describe(diag->at, &run->arena), diag->text);
	}
	const char *copy = arena_strndup(&run->arena, text.data, text.len);
	buf_release(&text);
	return copy;
}

struct row {
	const char *template, *want, *data, *partials; /* the last two as YAML, or NULL */
};

/* With `part`, what is wanted is only a part of what comes. */
static void check_outcome(const struct row *row, bool strict, bool part) {
	struct parsed data, partials;
	struct run run;
	const char *texts[] = {row->data, row->partials};
	struct parsed *parsed[] = {&data, &partials};
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *text = texts[i] != NULL ? texts[i] : "";
		parse_bytes(parsed[i], text, strlen(text));
		assert_int_equal(parsed[i]->result, 0);
	}
	struct value values = value_of(data.root, &data.arena);
	run_template(&run, str_of(row->template), &values, partials.root, strict);
	const char *got = outcome(&run);
	check_text(row->template, part && strstr(got, row->want) != NULL ? row->want : got, row->want);
	/* Each partial is asked for once; one that a row uses may be missing. */
	assert_true(partials.root == NULL || run.asked <= partials.root->count + 1);
	end_run(&run);
	release(&data);
	release(&partials);
}

static void check_row(const struct row *row, bool strict) {
	check_outcome(row, strict, false);
}

static void check_steps(const char *template, const char *data, const char *partials) {
	const struct row row = {template, "takes more than 1,000,000 steps", data, partials};
	check_outcome(&row, false, true);
}

/* --- what comes out ------------------------------------------------------------------------ */

static const struct row rows[] = {
	{"", "", NULL, NULL},
	{"{ {}} } }} {", "{ {}} } }} {", NULL, NULL},
	{"a {{x}} {{{x}}} {{&x}} b",
		"a &lt;&amp;&gt;&quot;' <&>\"' <&>\"' b", "x: \"<&>\\\"'\"", NULL},
	{"{{ x }}{{{ x }}}{{& x }}{{ & x}}{{ { x }}}{{\n x\n}}", "111111", "x: 1", NULL},
	{"{{x}}}{{{x}}}}", "1}1}", "x: 1", NULL},
	{"{{yes}} {{no}} {{nil}} {{map}} {{list}} {{n}}", "true false    1.50",
		"{yes: true, no: false, nil: null, map: {a: 1}, list: [1], n: 1.50}", NULL},
	/* What shows a section, and what it pushes. */
	{"{{#a}}1{{/a}}{{^a}}2{{/a}}{{#b}}3{{/b}}{{^b}}4{{/b}}", "24", "{a: '', b: []}", NULL},
	{"{{#a}}1{{/a}}{{#b}}{{.}}{{/b}}{{^c}}3{{/c}}{{#d}}4{{/d}}", "1false4",
		"{a: {}, b: ['false'], c: 0, d: [null]}", NULL},
	{"{{#a}}{{x}}{{y}}{{#b}}{{x}}{{y}}{{/b}}{{x}}{{/a}}{{x}}", "213221",
		"{x: 1, a: {x: 2, y: 1, b: {x: 3, y: 2}}}", NULL},
	{"{{#l}}{{#.}}<{{.}}>{{/.}};{{/l}}", "<1><2>;;<3>;", "l: [[1, 2], [], [3]]", NULL},
	{"{{#a}}{{b.c}}{{/a}}{{b.c}}{{a.b.c}}", "1", "{a: {b: {}}, b: {c: 1}}", NULL},
	{"{{a.}}{{.a}}{{a..b}}{{..}}", "", "{a: {b: 1}}", NULL},
	/* Lines. */
	{"a\n {{#x}} \nb\n\t{{/x}}\nc", "a\nb\nc", "x: true", NULL},
	{"a\r\n {{#x}}\t\r\nb\r\n{{/x}}", "a\r\nb\r\n", "x: true", NULL},
	{"{{#x}}{{/x}}\n", "\n", "x: true", NULL},
	{"{{!a}} {{!b}}\n", " \n", NULL, NULL},
	{" {{!a\nb}} \n {{!c}}", "", NULL, NULL},
	{"{{#x}}\r{{/x}}\r", "\r\r", "x: true", NULL},
	{" {{x}}\n {{{x}}}\n {{&x}}\n", " \n \n \n", NULL, NULL},
	{"\f{{!a}}\n", "\f\n", NULL, NULL},
	/* Delimiters. */
	{"{{=<% %>=}}<%x%>{{x}}<%{x}%><%&x%><%={{ }}=%>{{x}}", "&lt;{{x}}<<&lt;", "x: <", NULL},
	{"{{= |\n| =}}|x||{x}||!x|", "11", "x: 1", NULL},
	{"{{=}} {{=}}}}x{{", "1", "x: 1", NULL},
	{"{{=a=b ==c=}}a=bx==c", "1", "x: 1", NULL},
	{"{{=@ @=}}{{x}}@>p@@x@", "{{x}}1@x@1", "x: 1", "p: '{{x}}@x@'"},
	/* Partials. */
	{"[{{>p}}{{> q }}{{>no}}]", "[1{{x}}2]", "x: 1", "{p: '{{x}}{{=| |=}}{{x}}', q: 2}"},
	{"  {{>p}}\n|", "  a\n  \n  1\n2\n  b\n|", "x: \"1\\n2\"", "p: \"a\\n\\n{{{x}}}\\nb\\n\""},
	{" {{>p}}\n", " a\n   b\n   b\n c", NULL, "{p: \"a\\n  {{>q}}\\nc\", q: \"b\\nb\\n\"}"},
	{" {{>p}}\n", " a b\nb\n c\n", NULL, "{p: \"a {{>q}} c\\n\", q: \"b\\nb\\n\"}"},
	{" {{>p}}\n", " -\n -\n", "x: [1, 2]", "p: \"{{#x}}\\n-\\n{{/x}}\\n\""},
	{" {{>p}}\n", " a\n 1 \n 2 b", "x: [1, 2]", "p: \"a{{#x}}\\n{{.}} {{/x}}b\""},
	{" {{>p}}\n {{>q}}\n", "", NULL, "p: ''"},
	{"{{>p}}", "3(2(1()))", "{v: 3, n: {v: 2, n: {v: 1, n: null}}}", "p: '{{v}}({{#n}}{{>p}}{{/n}})'"},
};

static void test_rows(void **state) {
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_row(&rows[i], false);
	}
}

/* Bytes that C strings and UTF-8 can't have, and a row of values that has a prefix behind it. */
static void test_bytes(void **state) {
	(void)state;
	static const char template[] = "\xef\xbb\xbf\0{{x}}\xff\r{{!\0\xff}}\r\n{{\0}}{{x\xff}}\0";
	static const char want[] = "<\xef\xbb\xbf\0\0&amp;\xfe\xff\r\r\n12\0";
	const struct value_item items[] = {
		{{"\0", 1}, {.kind = VALUE_TEXT, .text = str_of("1")}},
		{{"x", 1}, {.kind = VALUE_TEXT, .text = {"\0&\xfe", 3}}},
		{{"x\xff", 2}, {.kind = VALUE_TEXT, .text = str_of("2")}},
	};
	const struct value values = {.kind = VALUE_MAP, .items = items, .count = COUNT(items)};
	struct run run;
	run_template(&run, (struct str){template, sizeof(template) - 1}, &values, NULL, true);
	assert_int_equal(run.result, 0);
	assert_int_equal(run.out.len, sizeof(want) - 1);
	assert_memory_equal(run.out.data, want, sizeof(want) - 1);
	end_run(&run);
}

/* --- what is wrong ------------------------------------------------------------------------- */

#define BAD_DELIMITERS                                                                           \
	"bad delimiters: two are wanted, with a blank between them and '=' around, as in "       \
	"'{{=<% %>=}}'"

static const struct row wrong[] = {
	{"\na {{#x}} b\n{{#y}}{{/y}}", "t:2:3: unclosed section 'x'", NULL, NULL},
	{"{{#x}}\n {{^y}}", "t:1:1: unclosed section 'x'\nt:2:2: unclosed section 'y'", NULL, NULL},
	{"{{#x}}\n{{/y}}{{z}}", "t:2:1: wrong closing tag 'y': section 'x' of line 1 is open", NULL, NULL},
	{"{{#x}}\n{{#y}}\n{{/x}}", "t:3:1: wrong closing tag 'x': section 'y' of line 2 is open", NULL, NULL},
	{"{{#x}}{{#y}}{{/x}}{{/y}}", "t:1:13: wrong closing tag 'x': section 'y' of line 1 is open\n"
		"t:1:19: closing tag 'y' without a section", NULL, NULL},
	{"\xc3\xa4{{/x}}", "t:1:2: closing tag 'x' without a section", NULL, NULL},
	{"a {{x", "t:1:3: unclosed tag: no '}}' follows", NULL, NULL},
	{"{{! x }", "t:1:1: unclosed tag: no '}}' follows", NULL, NULL},
	{"{{x\n{{y}}{{#z}}", "t:1:1: unclosed tag: no '}}' follows\nt:2:6: unclosed section 'z'", NULL, NULL},
	{"{{{x}}\n{{{y} }}", "t:1:1: unclosed tag: no '}}}' follows\n"
		"t:2:1: unclosed tag: no '}}}' follows", NULL, NULL},
	{"{{=<% %>=}}<%{x%>", "t:1:12: unclosed tag: no '}%>' follows", NULL, NULL},
	{"{{}}{{ }}{{#}}{{/}}{{{}}}{{>}}{{& }}",
		"t:1:1: tag without a name\nt:1:5: tag without a name\nt:1:10: tag without a name\n"
		"t:1:15: tag without a name\nt:1:20: tag without a name\nt:1:26: tag without a name\n"
		"t:1:31: tag without a name", NULL, NULL},
	{"{{=/ /=}}/ /", "t:1:10: tag without a name", NULL, NULL},
	{"{{=}}{{=@=}}{{=a b c=}}{{= =}}{{=a b}}{{#x}}",
		"t:1:1: " BAD_DELIMITERS "\nt:1:6: " BAD_DELIMITERS "\nt:1:13: " BAD_DELIMITERS
		"\nt:1:24: " BAD_DELIMITERS "\nt:1:31: " BAD_DELIMITERS "\nt:1:39: unclosed section 'x'",
		NULL, NULL},
	{"{{=a b", "t:1:1: unclosed tag: no '}}' follows", NULL, NULL},
	{"{{/\x1b[2J\xff}}", "t:1:1: closing tag '\\e[2J\\xff' without a section", NULL, NULL},
	/* In partials, each once. */
	{"{{>p}}{{>q}}\n{{>p}}", "p:1:2: closing tag 'x' without a section\nq:2:1: unclosed section 'y'",
		NULL, "{p: 'a{{/x}}', q: \"\\n{{#y}}\"}"},
	{"{{#x}}\n{{>a}}{{/x}}", "b:1:3: partial 'a' nested more than 64 deep", "x: [1, 2]",
		"{a: '{{>b}}', b: '- {{>a}}'}"},
};

static void test_wrong(void **state) {
	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		check_row(&wrong[i], false);
		check_row(&wrong[i], true);
	}
}

/* Names are reported at their tags, all of them, once a place. */
static const struct row strict[] = {
	{"{{base0-hex}}\n {{#red}}{{/red}}{{^rde}}{{/rde}}{{{zzz}}}{{.}}",
		"t:1:1: unknown variable 'base0-hex'; did you mean 'base00-hex'?\n"
		"t:2:18: unknown variable 'rde'; did you mean 'red'?\nt:2:34: unknown variable 'zzz'",
		"{base00-hex: 1, base01-hex: 2, red: 3}", NULL},
	{"{{#l}}{{x}}{{y}}{{/l}}{{y}}", "t:1:12: unknown variable 'y'\nt:1:23: unknown variable 'y'",
		"l: [{x: 1}, {x: 2}, {x: 3}]", NULL},
	{"{{#l}}{{x}}{{/l}}", "t:1:7: unknown variable 'x'", "l: [{x: 1}, {}]", NULL},
	{"{{a.dark.hax}}{{a.drak.hex}}{{b.dark}}{{a.dark.hex.x}}{{c.x}}",
		"t:1:1: unknown variable 'a.dark.hax'; did you mean 'a.dark.hex'?\n"
		"t:1:15: unknown variable 'a.drak.hex'; did you mean 'a.dark.hex'?\n"
		"t:1:29: unknown variable 'b.dark'\nt:1:39: unknown variable 'a.dark.hex.x'\n"
		"t:1:55: unknown variable 'c.x'", "{a: {dark: {hex: 1}}, c: null}", NULL},
	/* In what isn't shown. */
	{"{{#no}}{{a}}{{^yes}}{{b}}{{/yes}}{{/no}}{{#d}}{{e}}{{/d}}{{#''}}{{f}}{{/''}}",
		"t:1:8: unknown variable 'a'\nt:1:21: unknown variable 'b'\nt:1:41: unknown variable 'd'\n"
		"t:1:47: unknown variable 'e'\nt:1:65: unknown variable 'f'",
		"{no: false, yes: true, \"''\": ''}", NULL},
	{"{{#no}}{{#l}}{{x}}{{/l}}{{>p}}{{/no}}{{#e}}{{x}}{{/e}}{{#n}}{{x}}{{/n}}.", ".",
		"{no: false, l: [{x: 1}], e: [], n: null}", "p: '{{x}}{{>p}}'"},
	{"{{>p}}{{>p}}{{>none}}", "p:1:1: unknown variable 'x'", NULL, "p: '{{x}}'"},
	{"{{nil}}{{#nil}}{{/nil}}{{^nil}}1{{/nil}}", "1", "nil: null", NULL},
};

static void test_strict(void **state) {
	(void)state;
	for (size_t i = 0; i < COUNT(strict); i++) {
		check_row(&strict[i], true);
	}
	/* Whatever renders without that, and knows its names, renders the same. */
	for (size_t i = 0; i < 3; i++) {
		check_row(&rows[i], true);
	}
}

/* --- bounds -------------------------------------------------------------------------------- */

static void repeat(struct buf *out, const char *text, unsigned times) {
	for (unsigned i = 0; i < times; i++) {
		buf_adds(out, text);
	}
}

/* A template of `times` sections in each other, or partials p0, p1, … in each other. */
static void nest(struct buf *template, struct buf *partials, unsigned times, bool sections) {
	buf_clear(template);
	buf_clear(partials);
	if (sections) {
		repeat(template, "{{#x}}", times);
		buf_adds(template, "1");
		repeat(template, "{{/x}}", times);
		return;
	}
	buf_adds(template, "{{>p1}}");
	for (unsigned i = 1; i < times; i++) {
		buf_addf(partials, "p%u: '{{>p%u}}'\n", i, i + 1);
	}
	buf_addf(partials, "p%u: '1'\n", times);
}

static void test_depth(void **state) {
	(void)state;
	_cleanup_buf_ struct buf template = BUF_INIT, partials = BUF_INIT;
	nest(&template, &partials, 64, true);
	check_row(&(struct row){template.data, "1", "x: true", NULL}, true);
	nest(&template, &partials, 65, true);
	check_row(&(struct row){template.data, "t:1:385: sections nested more than 64 deep", "x: true",
			NULL}, true);
	nest(&template, &partials, 64, false);
	check_row(&(struct row){template.data, "1", NULL, partials.data}, true);
	nest(&template, &partials, 65, false);
	check_row(&(struct row){template.data, "p64:1:1: partial 'p65' nested more than 64 deep", NULL,
			partials.data}, true);
	/* Both: 64 sections in each of 64 partials. */
	buf_clear(&partials);
	buf_adds(&partials, "p: '{{v}}{{#n}}");
	repeat(&partials, "{{#x}}", 63);
	buf_adds(&partials, "{{>p}}");
	repeat(&partials, "{{/x}}", 63);
	buf_adds(&partials, "{{/n}}'");
	struct buf data = BUF_INIT;
	buf_adds(&data, "{x: true, v: 1, n: ");
	repeat(&data, "{v: 1, n: ", 62);
	buf_adds(&data, "{v: 2, n: null}");
	repeat(&data, "}", 63);
	check_row(&(struct row){"{{>p}}", "111111111111111111111111111111111111111111111111111111"
			"1111111112", data.data, partials.data}, true);
	/* To look for a name in all of that is work. */
	partials.len--;
	buf_adds(&partials, "{{^n}}");
	repeat(&partials, "{{z}}", 5000);
	buf_adds(&partials, "{{/n}}'");
	check_steps("{{>p}}", data.data, partials.data);
	buf_release(&data);
}

/* What comes out of hostile templates: always an error, and soon. */
static void test_work(void **state) {
	(void)state;
	_cleanup_buf_ struct buf partials = BUF_INIT, list = BUF_INIT, text = BUF_INIT, twice = BUF_INIT;
	for (unsigned i = 1; i < 40; i++) {
		buf_addf(&partials, "p%u: '{{>p%u}}{{>p%u}}'\n", i, i + 1, i + 1);
	}
	buf_adds(&partials, "p40: ''");
	check_steps("{{>p1}}", NULL, partials.data);
	buf_adds(&list, "l: [1");
	repeat(&list, ", 1", 50);
	buf_adds(&list, "]");
	repeat(&text, "{{#l}}", 5);
	repeat(&text, "{{/l}}", 5);
	check_steps(text.data, list.data, NULL);
	/* 51 × 51 × 8,192 bytes are too many. */
	buf_clear(&text);
	buf_adds(&text, "{{#l}}");
	repeat(&text, "01234567", 1024);
	buf_adds(&text, "{{/l}}");
	buf_addf(&twice, "{{#l}}%s{{/l}}", text.data);
	check_row(&(struct row){twice.data, "t:1:13: the output is larger than 16 MiB", list.data,
			NULL}, false);
}

/* Templates whose reading must not take the square of their length: that would be far too long. */
static void test_reading(void **state) {
	(void)state;
	static const char *const pieces[] = {"{{a", "{{{a}} ", "{{=a", "{{=a}}", "{{= ", "{{!", "{{#a}}",
			" {{!}}", "{{a ", "  \t", "{{/a}}", "{", "}", "{{=| |=}}|={{ }}=|", "{{#a}}{{/b}}"};
	static const char *const ends[] = {"", "}}", "=}}", "}}}"};
	const struct value values = {.kind = VALUE_NOTHING};
	for (size_t i = 0; i < COUNT(pieces) * COUNT(ends); i++) {
		_cleanup_buf_ struct buf text = BUF_INIT;
		struct run run;
		repeat(&text, pieces[i / COUNT(ends)], 50000);
		buf_adds(&text, ends[i % COUNT(ends)]);
		run_template(&run, (struct str){text.data, text.len}, &values, NULL, false);
		end_run(&run);
	}
}

/* --- random templates ---------------------------------------------------------------------- */

static uint64_t seed = 1;

static unsigned roll(unsigned sides) {
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % sides;
}

static const char *const whole[] = {
	"x", "\n", "\r\n", "  ", "\t", "{{a}}", "{{{b}}}", "{{&b}}", "{{.}}", "{{m.c}}", "{{unknown}}",
	"{{!c}}", "{{! \n c }}", "{{>q}}", " {{>q}}\n", "{{>r}}", "\n{{>p}}\n", "{{#no}}{{>p}}{{/no}}",
	"{{=| |=}}|a||={{ }}=|", "\xff", "{", "}", "|",
};
static const char *const torn[] = {
	"{{", "}}", "{{{", "}}}", "=", "{{#a}}", "{{/a}}", "{{^no}}", "{{/no}}", "{{=| |=}}", "|={{ }}=|",
	"{{}}", "{{=a}}",
};
static const char *const sections[] = {"a", "l", "no", "m", "."};

/* Sections are whole, so that most templates are. */
static void add_random(struct buf *out, unsigned most, bool tears) {
	for (unsigned n = roll(most); n > 0; n--) {
		if (most > 2 && roll(6) == 0) {
			const char *name = sections[roll(COUNT(sections))], *feed = roll(2) > 0 ? "\n" : "";
			buf_addf(out, "%s{{%c%s}}%s", feed, "#^"[roll(2)], name, feed);
			add_random(out, most / 2, tears);
			buf_addf(out, "{{/%s}}%s", name, feed);
		} else if (tears && roll(10) == 0) {
			buf_adds(out, torn[roll(COUNT(torn))]);
		} else {
			buf_adds(out, whole[roll(COUNT(whole))]);
		}
	}
}

/* What the specification says of a partial that is alone on its line. */
static void add_indented(struct buf *out, const struct buf *text, const char *indent) {
	for (size_t i = 0; i < text->len; i++) {
		buf_adds(out, i == 0 || text->data[i - 1] == '\n' ? indent : "");
		buf_addc(out, text->data[i]);
	}
}

static bool same_output(const struct run *a, const struct run *b) {
	return a->result == b->result && a->out.len == b->out.len &&
			memcmp(a->out.data, b->out.data, a->out.len) == 0;
}

static void check_random(const struct value *values, const struct node *others) {
	_cleanup_buf_ struct buf text = BUF_INIT, indented = BUF_INIT;
	struct run first, strictly, before;
	add_random(&text, 20, roll(4) == 0);
	struct str template = {text.data, text.len};
	run_template(&first, template, values, others, false);
	run_template(&strictly, template, values, others, true);
	check(strictly.result < 0 || same_output(&strictly, &first), "%s", shown(&strictly.arena, text.data));
	end_run(&first);
	end_run(&strictly);

	/* The same as a partial: as if its lines had been indented before. */
	struct node map = {.kind = NODE_MAP}, key = {.text = str_of("random")},
		    value = {.text = template, .next = others->child};
	key.next = &value;
	map.child = &key;
	add_indented(&indented, &text, "  ");
	run_template(&first, str_of("  {{>random}}\n"), values, &map, false);
	run_template(&before, (struct str){indented.data, indented.len}, values, others, false);
	check(same_output(&first, &before), "%s\ngot:  %s\nwant: %s", shown(&first.arena, text.data),
			shown(&first.arena, outcome(&first)), shown(&first.arena, outcome(&before)));
	end_run(&first);
	end_run(&before);
}

static void check_plain(const struct value *values) {
	static const char bytes[] = "a}# \n\r\t/|=\xff\xc3\x01";
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct run run;
	for (unsigned n = roll(30); n > 0; n--) {
		buf_adds(&text, roll(8) == 0 && (text.len == 0 || text.data[text.len - 1] != '{')
						? "{" : "");
		buf_addc(&text, bytes[roll(sizeof(bytes) - 1)]);
	}
	run_template(&run, (struct str){text.data, text.len}, values, NULL, true);
	check_text("plain", outcome(&run), text.data);
	end_run(&run);
}

static void test_random(void **state) {
	(void)state;
	static const char data[] = "{a: 1, b: \"<\\n>\", l: [1, {a: 2}, ''], no: false, m: {c: d}}";
	static const char partials[] = "{q: \"Q\\n{{a}}q\", r: \"{{#l}}\\n{{.}}\\n {{>q}}\\n{{/l}}\", "
				       "p: \"{{#never}}{{>p}}{{/never}}P{{>r}}\\n\"}";
	struct parsed values, others;
	parse_bytes(&values, data, sizeof(data) - 1);
	parse_bytes(&others, partials, sizeof(partials) - 1);
	assert_int_equal(values.result + others.result, 0);
	struct value value = value_of(values.root, &values.arena);
	const char *rounds = getenv("MUSTACHE_ROUNDS");
	for (unsigned long i = rounds != NULL ? strtoul(rounds, NULL, 10) : 4000; i > 0; i--) {
		check_random(&value, others.root);
		check_plain(&value);
	}
	release(&values);
	release(&others);
}

/* --- the specification --------------------------------------------------------------------- */

static bool read_file(const char *path, struct buf *out) {
	FILE *file = fopen(path, "r");
	if (file == NULL) {
		return false;
	}
	int c;
	while ((c = getc(file)) != EOF) {
		buf_addc(out, (char)c);
	}
	(void)fclose(file);
	return true;
}

static void check_case(const struct node *test, struct arena *arena) {
	const struct node *name = get(test, "name"), *template = get(test, "template"),
			  *expected = get(test, "expected");
	assert_true(name != NULL && template != NULL && expected != NULL);
	struct value values = value_of(get(test, "data"), arena);
	struct run run;
	run_template(&run, template->text, &values, get(test, "partials"), false);
	check_text(arena_strndup(arena, name->text.p, name->text.n), outcome(&run),
			arena_strndup(arena, expected->text.p, expected->text.n));
	end_run(&run);
}

static void test_specification(void **state) {
	(void)state;
	static const struct {
		const char *name;
		unsigned cases; /* at least */
	} files[] = {
		{"comments", 12}, {"delimiters", 14}, {"interpolation", 42}, {"inverted", 22},
		{"partials", 12}, {"sections", 34},
	};
	const char *shared = getenv("LUMINA_SHARED");
	for (size_t i = 0; i < COUNT(files); i++) {
		_cleanup_buf_ struct buf path = BUF_INIT, text = BUF_INIT;
		buf_addf(&path, "%s/data/mustache-spec/specs/%s.json", shared != NULL ? shared : "",
				files[i].name);
		if (shared == NULL || !read_file(path.data, &text)) {
			print_message("# skipped: no mustache-spec (LUMINA_SHARED)\n");
			return; /* no skip(): meson takes what it prints for a failure */
		}
		struct parsed parsed;
		parse_bytes(&parsed, text.data, text.len);
		check_text(files[i].name, diags_text(&parsed.diags, &parsed.arena), "");
		const struct node *tests = get(parsed.root, "tests");
		assert_non_null(tests);
		check(tests->count >= files[i].cases, "%s: %u cases", files[i].name, tests->count);
		for (const struct node *test = tests->child; test != NULL; test = test->next) {
			check_case(test, &parsed.arena);
		}
		release(&parsed);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_work),
		cmocka_unit_test(test_reading),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_specification),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
