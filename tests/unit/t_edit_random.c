/* SPDX-License-Identifier: MIT */

/*
 * Registries of random layout, thousands of them: whatever is put in or taken out, all
 * other bytes stay, the text says what it should, and the way back leads to the same
 * bytes. EDIT_SEED and EDIT_ROUNDS choose others and more of them.
 */

#include "t_edit.h"

#include "parsed.h"

enum { ROUNDS = 2000, ITEMS_MAX = 6, SECTIONS_MAX = 8 };

/* --- layouts ------------------------------------------------------------------------------- */

/* A list or map of the text, and what is in there. */
struct section {
	const char *keys[SECTION_MAX];
	const char *items[ITEMS_MAX];
	bool is_map, tree[ITEMS_MAX];
	unsigned count;
};

struct layout {
	uint64_t random;
	struct arena *arena;
	struct buf text;
	struct section sections[SECTIONS_MAX];
	unsigned nsections;
	const char *newline;
	unsigned step;     /* of maps */
	unsigned list;     /* of lists in maps */
	unsigned dash;     /* blanks behind a dash; 0: a tab */
	unsigned quotes;   /* 0: none; 1: single; 2: double; 3: mixed */
	unsigned aligned;  /* column of the values, or 0 */
	unsigned comments; /* one in so many places has one; 0: none */
	bool sorted, tight;
};

/* xorshift64*: the same layouts everywhere. */
static unsigned pick(struct layout *layout, unsigned n) {
	layout->random ^= layout->random >> 12;
	layout->random ^= layout->random << 25;
	layout->random ^= layout->random >> 27;
	return (unsigned)((layout->random * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

static bool happens(struct layout *layout, unsigned one_in) {
	return one_in > 0 && pick(layout, one_in) == 0;
}

static void spaces(struct layout *layout, unsigned n) {
	while (n-- > 0) {
		buf_addc(&layout->text, ' ');
	}
}

static void add(struct layout *layout, const char *text) {
	buf_adds(&layout->text, text);
}

static const char *const comments[] = {"# why", "#", "# - zz", "# [a, b]: {c}",
		"#\tx\xc3\xbc 'y\""};

/* The end of a line: blanks, a comment perhaps, and lines of comments and blanks below. */
static void end_line(struct layout *layout, unsigned indent) {
	if (happens(layout, layout->comments)) {
		spaces(layout, 1 + pick(layout, 3));
		add(layout, comments[pick(layout, COUNT(comments))]);
	} else if (happens(layout, 15)) {
		spaces(layout, 2);
	}
	add(layout, layout->newline);
	while (happens(layout, layout->comments)) {
		if (pick(layout, 2) == 0) {
			spaces(layout, pick(layout, 2) * indent);
			add(layout, comments[pick(layout, COUNT(comments))]);
		}
		add(layout, layout->newline);
	}
}

static void add_scalar(struct layout *layout, const char *text) {
	static const char *const marks[] = {"", "'", "\""};
	unsigned quotes = layout->quotes == 3 ? pick(layout, 3) : layout->quotes;
	add(layout, marks[quotes]);
	add(layout, text);
	add(layout, marks[quotes]);
}

static void add_value(struct layout *layout, const struct section *section, unsigned i) {
	const char *source = arena_printf(layout->arena, "src/%s", section->items[i] + 2);
	if (!section->tree[i]) {
		add_scalar(layout, source);
		return;
	}
	add(layout, layout->tight ? "{tree: " : "{ tree: ");
	add_scalar(layout, source);
	add(layout, layout->tight ? "}" : " }");
}

static void add_block(struct layout *layout, const struct section *section, unsigned indent) {
	end_line(layout, indent);
	for (unsigned i = 0; i < section->count; i++) {
		spaces(layout, indent);
		if (section->is_map) {
			size_t start = layout->text.len;
			add_scalar(layout, section->items[i]);
			add(layout, ":");
			do {
				add(layout, " ");
			} while (layout->text.len < start + layout->aligned);
			add_value(layout, section, i);
		} else {
			add(layout, layout->dash == 0 ? "-\t" : "-");
			spaces(layout, layout->dash);
			add_scalar(layout, section->items[i]);
		}
		end_line(layout, indent);
	}
}

static void add_flow(struct layout *layout, const struct section *section, unsigned indent) {
	bool lines = section->count > 0 && pick(layout, 3) == 0;
	bool wrap = !lines && pick(layout, 4) == 0;
	add(layout, section->is_map ? " {" : " [");
	for (unsigned i = 0; i < section->count; i++) {
		if (lines || (wrap && pick(layout, 3) == 0)) {
			if (lines && i > 0 && happens(layout, layout->comments)) {
				add(layout, " # of the line");
			}
			add(layout, layout->newline);
			spaces(layout, indent + layout->step);
		} else if (!layout->tight) {
			add(layout, " ");
		}
		add_scalar(layout, section->items[i]);
		if (section->is_map) {
			add(layout, ": ");
			add_value(layout, section, i);
		}
		add(layout, i + 1 < section->count ? "," : "");
	}
	add(layout, section->count > 0 && pick(layout, 4) == 0 ? "," : "");
	if (lines) {
		if (happens(layout, layout->comments)) {
			add(layout, " # of the last");
		}
		add(layout, layout->newline);
		spaces(layout, indent + 1);
	} else {
		add(layout, layout->tight ? "" : " ");
	}
	add(layout, section->is_map ? "}" : "]");
	end_line(layout, indent);
}

static int compare_items(const void *a, const void *b) {
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void fill_section(struct layout *layout, struct section *section) {
	static const char *const names[] = {"git", "zsh", "a", "neovim", "aur/x-y", "libc++", "0ad",
			"gtk4", "\xc3\xbc", "python-foo", "b", "foot"};
	unsigned first = pick(layout, COUNT(names));
	section->count = pick(layout, ITEMS_MAX + 1);
	for (unsigned i = 0; i < section->count; i++) {
		const char *name = names[(first + i * 5) % COUNT(names)];
		section->items[i] = name;
		if (section->is_map) {
			section->items[i] = arena_printf(layout->arena, "~/.%s", name);
		}
		section->tree[i] = section->is_map && pick(layout, 3) == 0;
	}
	if (layout->sorted && section->count > 0) {
		qsort(section->items, section->count, sizeof(section->items[0]), compare_items);
	}
}

/* A key with its list or map, `depth` keys deep. */
static void add_section(struct layout *layout, const char *const *keys, bool is_map) {
	struct section *section = &layout->sections[layout->nsections++];
	unsigned depth = 0;
	for (; keys[depth] != NULL; depth++) {
		section->keys[depth] = keys[depth];
	}
	section->is_map = is_map;
	fill_section(layout, section);
	unsigned indent = layout->step * (depth - 1);
	spaces(layout, indent);
	add(layout, keys[depth - 1]);
	add(layout, ":");
	if (pick(layout, 3) == 0) {
		add_flow(layout, section, indent);
	} else {
		add_block(layout, section, indent + (is_map ? layout->step : layout->list));
	}
}

static void add_keys(struct layout *layout, const char *key, unsigned depth) {
	spaces(layout, layout->step * depth);
	add(layout, key);
	add(layout, ":");
	end_line(layout, layout->step * (depth + 1));
}

static void make_layout(struct layout *layout, struct arena *arena, uint64_t seed) {
	*layout = (struct layout){.arena = arena};
	layout->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	buf_init(&layout->text);
	(void)pick(layout, 2);
	layout->newline = pick(layout, 4) == 0 ? "\r\n" : "\n";
	layout->step = 1 + pick(layout, 4);
	layout->list = pick(layout, 3) == 0 ? 0 : 1 + pick(layout, 4);
	layout->dash = pick(layout, 6) == 0 ? 0 : pick(layout, 3) == 0 ? 3 : 1;
	layout->quotes = pick(layout, 2) == 0 ? 0 : pick(layout, 4);
	layout->aligned = pick(layout, 3) == 0 ? 18 : 0;
	layout->comments = pick(layout, 2) == 0 ? 0 : 2 + pick(layout, 8);
	layout->sorted = pick(layout, 2) == 0;
	layout->tight = pick(layout, 2) == 0;
	add(layout, pick(layout, 8) == 0 ? "\xef\xbb\xbf" : "");
	add(layout, pick(layout, 8) == 0 ? "---" : "# head");
	add(layout, layout->newline);
	if (pick(layout, 2) == 0) {
		add_section(layout, (const char *const[]){"packages", NULL}, false);
	} else {
		add_keys(layout, "packages", 0);
		add_section(layout, (const char *const[]){"packages", "base", NULL}, false);
		add_section(layout, (const char *const[]){"packages", "desktop", NULL}, false);
	}
	add_section(layout, (const char *const[]){"symlinks", NULL}, true);
	if (pick(layout, 2) == 0) {
		add_keys(layout, "hosts", 0);
		add_keys(layout, "box", 1);
		add_section(layout, (const char *const[]){"hosts", "box", "packages", NULL}, false);
		add_section(layout, (const char *const[]){"hosts", "box", "symlinks", NULL}, true);
	}
	add_section(layout, (const char *const[]){"ignore", NULL}, false);
	if (pick(layout, 4) == 0) {
		size_t cut = strlen(layout->newline);
		layout->text.len -= cut;
		layout->text.data[layout->text.len] = '\0';
	} else if (pick(layout, 8) == 0) {
		add(layout, "...");
		add(layout, layout->newline);
	}
}

/* --- what has to hold ---------------------------------------------------------------------- */

/* Are all bytes of the shorter one in the longer one, in this order? */
static bool is_within(const char *shorter, size_t n, const char *longer, size_t size) {
	size_t at = 0;
	for (size_t i = 0; i < size && at < n; i++) {
		at += shorter[at] == longer[i];
	}
	return at == n;
}

/* The lines from the first to the last one that differ, in the longer one. */
static unsigned count_touched(const char *shorter, size_t n, const char *longer, size_t size) {
	size_t head = 0, tail = 0;
	while (head < n && shorter[head] == longer[head]) {
		head++;
	}
	while (tail < n - head && shorter[n - tail - 1] == longer[size - tail - 1]) {
		tail++;
	}
	unsigned lines = 1;
	for (size_t i = head; i < size - tail; i++) {
		lines += longer[i] == '\n';
	}
	return lines;
}

/* The values of a text, for comparing. */
static void dump_bytes(const char *name, const char *bytes, size_t size, struct buf *out) {
	struct parsed parsed;
	parse_bytes(&parsed, bytes, size);
	check(parsed.result == 0, "%s: no longer valid: %s", name,
			diags_text(&parsed.diags, &parsed.arena));
	dump(parsed.root, false, out);
	release(&parsed);
}

/* How often a text occurs in another. */
static unsigned count_text(const char *text, const char *in) {
	unsigned count = 0;
	for (const char *p = in; (p = strstr(p, text)) != NULL; p++) {
		count++;
	}
	return count;
}

static void show(const struct layout *layout, const char *name) {
	print_error("%s\n%s\n", name, layout->text.data);
}

/* Every test of this file ends here, with the text shown. */
#define need(condition, layout, name, ...)                                                       \
	do {                                                                                     \
		if (!(condition)) {                                                              \
			show(layout, name);                                                      \
			fail_msg(__VA_ARGS__);                                                   \
		}                                                                                \
	} while (0)

struct tally {
	unsigned added, removed, made, refused;
};

static void check_added(struct layout *layout, const char *name, struct edit edit,
		struct tally *tally) {
	const char *before = layout->text.data;
	size_t size = layout->text.len;
	struct edited done, back;
	struct buf values = BUF_INIT, old_values = BUF_INIT;
	apply_bytes(&done, edit, before, size);
	if (done.result == EDIT_REFUSED) {
		need(strstr(done.err.text, "comment") != NULL, layout, name, "refused: %s",
				done.err.text);
		tally->refused++;
		release_edited(&done);
		return;
	}
	tally->added++;
	need(done.result == EDIT_DONE, layout, name, "nothing done");
	need(is_within(before, size, done.bytes, done.size), layout, name, "bytes are gone:\n%s",
			done.bytes);
	need(count_touched(before, size, done.bytes, done.size) <= 3, layout, name,
			"more than a line:\n%s", done.bytes);
	dump_bytes(name, done.bytes, done.size, &values);
	dump_bytes(name, before, size, &old_values);
	need(count_text("zz new", values.data) == count_text("zz new", old_values.data) + 1, layout,
			name, "not there once:\n%s", done.bytes);
	check_back(name, &done, before, size);
	apply_bytes(&back, fresh_back(&done.edit), done.bytes, done.size);
	need(back.result == EDIT_DONE, layout, name, "not removed from\n%s", done.bytes);
	need(same_bytes(&back, before, size), layout, name, "from\n%s\n… removed:\n%s", done.bytes,
			back.bytes);
	buf_release(&values);
	buf_release(&old_values);
	release_edited(&back);
	release_edited(&done);
}

static void check_removed(struct layout *layout, const struct section *section, unsigned i,
		const char *name, struct tally *tally) {
	const struct edit edit = {
		.kind = EDIT_REMOVE,
		.section = section->keys,
		.key = section->is_map ? section->items[i] : NULL,
		.value = section->is_map ? NULL : section->items[i],
	};
	struct edited done;
	apply_bytes(&done, edit, layout->text.data, layout->text.len);
	if (done.result == EDIT_REFUSED) {
		need(strstr(done.err.text, "comment") != NULL, layout, name, "%s: refused: %s",
				section->items[i], done.err.text);
		tally->refused++;
	} else {
		tally->removed++;
		need(done.result == EDIT_DONE, layout, name, "%s: nothing done", section->items[i]);
		need(is_within(done.bytes, done.size, layout->text.data, layout->text.len), layout,
				name, "%s: bytes came:\n%s", section->items[i], done.bytes);
		need(count_touched(done.bytes, done.size, layout->text.data, layout->text.len) <= 3,
				layout, name, "%s: more than a line:\n%s", section->items[i],
				done.bytes);
		struct buf values = BUF_INIT;
		dump_bytes(name, done.bytes, done.size, &values);
		check_back(name, &done, layout->text.data, layout->text.len);
		buf_release(&values);
	}
	release_edited(&done);
}

/* Only bare keys and blank lines may be left of a section that was made. */
static void check_left(struct layout *layout, const char *name, const struct edited *left) {
	const char *before = layout->text.data;
	need(is_within(before, layout->text.len, left->bytes, left->size), layout, name,
			"bytes are gone:\n%s", left->bytes);
	size_t head = 0;
	while (head < layout->text.len && before[head] == left->bytes[head]) {
		head++;
	}
	size_t more = left->size - layout->text.len;
	for (size_t i = head; i < head + more; i++) {
		char c = left->bytes[i];
		bool good = (c >= 'a' && c <= 'z') || strchr(": \r\n", c) != NULL;
		need(good, layout, name, "more than bare keys is left:\n%s", left->bytes);
	}
}

/* Sections that aren't there. */
static void check_made(struct layout *layout, const char *name, struct tally *tally) {
	static const struct {
		const char *section[SECTION_MAX], *key;
		enum edit_kind kind;
	} rows[] = {
		{{"themes"}, "active", EDIT_SET},
		{{"hosts", "new", "packages"}, NULL, EDIT_ADD},
		{{"hosts", "box", "themes"}, "active", EDIT_SET},
		{{"packages", "new"}, NULL, EDIT_ADD},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct edited done, left;
		const struct edit edit = {.kind = rows[i].kind, .section = rows[i].section,
				.key = rows[i].key, .value = "zz new"};
		apply_bytes(&done, edit, layout->text.data, layout->text.len);
		if (done.result == EDIT_DONE) {
			tally->made++;
			check_back(name, &done, layout->text.data, layout->text.len);
			apply_bytes(&left, fresh_back(&done.edit), done.bytes, done.size);
			need(left.result == EDIT_DONE, layout, name, "not removed from\n%s",
					done.bytes);
			if (strpbrk(done.edit.raw, "[{") == NULL) {
				check_left(layout, name, &left);
			}
			release_edited(&left);
		} else {
			/* A list without groups. */
			need(i == 3, layout, name, "refused: %s", done.err.text);
		}
		release_edited(&done);
	}
}

static uint64_t number_of(const char *name, uint64_t otherwise) {
	const char *value = getenv(name);
	return value != NULL ? strtoull(value, NULL, 10) : otherwise;
}

static void test_random(void **state) {
	(void)state;
	uint64_t seed = number_of("EDIT_SEED", 1), rounds = number_of("EDIT_ROUNDS", ROUNDS);
	struct tally tally = {0};
	for (uint64_t round = 0; round < rounds; round++) {
		struct arena arena;
		struct layout layout;
		arena_init(&arena);
		make_layout(&layout, &arena, seed + round);
		const char *name = arena_printf(&arena, "seed %" PRIu64, seed + round);
		for (unsigned s = 0; s < layout.nsections; s++) {
			const struct section *section = &layout.sections[s];
			const char *word = pick(&layout, 2) == 0 ? "zz new" : "bb: zz new";
			struct edit edit = {.kind = EDIT_ADD, .section = section->keys, .value = word};
			if (section->is_map) {
				edit.key = arena_printf(&arena, "~/.%s", word);
				edit.value = "src";
				edit.tree = pick(&layout, 3) == 0;
			}
			check_added(&layout, name, edit, &tally);
			for (unsigned i = 0; i < section->count; i++) {
				bool edge = i == 0 || i + 1 == section->count;
				if (edge || pick(&layout, 3) == 0) {
					check_removed(&layout, section, i, name, &tally);
				}
			}
		}
		if (round % 2 == 0) {
			check_made(&layout, name, &tally);
		}
		buf_release(&layout.text);
		arena_release(&arena);
	}
	print_message("# %u added, %u removed, %u made, %u refused\n", tally.added, tally.removed,
			tally.made, tally.refused);
	/* A comment in the way is rare. */
	assert_true(tally.refused * 50 < tally.added + tally.removed);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
