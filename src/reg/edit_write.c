/* SPDX-License-Identifier: MIT */
#include "reg/edit_parts.h"

static int write_scalar(struct work *work, const char *text, struct scalar_form form,
		struct buf *out) {
	if (scalar_write(out, text, form) == 0) {
		return 0;
	}
	return err_set(work->err, ERR_FAILED, "cannot write '%s' into %s: it is not UTF-8", text,
			work->source->name);
}

static struct str take(struct work *work, struct buf *buf) {
	struct str text = {arena_strndup(work->arena, buf->data, buf->len), buf->len};
	return text;
}

static unsigned count_characters(const char *text, size_t n) {
	unsigned count = 0;
	for (size_t i = 0; i < n; i++) {
		count += (text[i] & 0xc0) != 0x80;
	}
	return count;
}

int write_value(struct work *work, const struct node *all, bool flow, struct buf *out) {
	const struct edit *edit = work->edit;
	if (edit->value[0] == '\0' && edit->kind == EDIT_SET) {
		return 0; /* a key without a value */
	}
	bool spaced = edit->tree && style_spaced(work, all);
	buf_adds(out, edit->tree ? (spaced ? "{ tree: " : "{tree: ") : "");
	struct scalar_form form = style_form(work, all, STYLE_VALUES, flow || edit->tree);
	if (write_scalar(work, edit->value, form, out) < 0) {
		return -1;
	}
	buf_adds(out, edit->tree ? (spaced ? " }" : "}") : "");
	return 0;
}

/* "key:", and the blanks up to its value if there is one. */
static int write_pair(struct work *work, const struct node *all, bool flow, struct buf *out) {
	size_t before = out->len;
	struct scalar_form form = style_form(work, all, STYLE_ENTRIES, flow);
	if (write_scalar(work, work->edit->key, form, out) < 0) {
		return -1;
	}
	unsigned length = count_characters(out->data + before, out->len - before);
	buf_addc(out, ':');
	unsigned gap = all != NULL && !flow ? style_gap(work, all, length) : 1;
	size_t colon = out->len;
	for (unsigned i = 0; i < gap; i++) {
		buf_addc(out, ' ');
	}
	size_t value = out->len;
	int result = write_value(work, all, flow, out);
	if (out->len == value) {
		out->len = colon;
		out->data[colon] = '\0';
	}
	return result;
}

/* The dash of a neighbour and the blanks behind it. */
static void write_dash(const struct work *work, const struct node *all, struct buf *out) {
	buf_addc(out, '-');
	uint32_t dash;
	if (all != NULL && all->child != NULL && !all->flow &&
			entry_start(work, all, NULL, all->child, &dash)) {
		uint32_t item = skip_blanks(work, dash + 1);
		if (item > dash + 1 && item < work->size && newline_size(work, item) == 0 &&
				work->text[item] != '#') {
			buf_add(out, work->text + dash + 1, item - dash - 1);
			return;
		}
	}
	buf_addc(out, ' ');
}

static void write_indent(uint32_t indent, struct buf *out) {
	for (uint32_t i = 0; i < indent; i++) {
		buf_addc(out, ' ');
	}
}

static int write_leaf(struct work *work, const struct node *all, bool flow, struct buf *out) {
	if (work->edit->key != NULL) {
		return write_pair(work, all, flow, out);
	}
	if (!flow) {
		write_dash(work, all, out);
	}
	return write_scalar(work, work->edit->value,
			style_form(work, all, STYLE_ENTRIES, flow), out);
}

static int write_lines(struct work *work, const struct node *all, unsigned level, uint32_t indent,
		const char *newline, struct buf *out) {
	unsigned map, list;
	style_steps(work, all, &map, &list);
	for (; level < work->nsection; level++) {
		bool is_list = level + 1 == work->nsection && work->edit->key == NULL;
		struct scalar_form form = style_form(work, all, STYLE_ENTRIES, false);
		write_indent(indent, out);
		if (write_scalar(work, work->edit->section[level], form, out) < 0) {
			return -1;
		}
		buf_addc(out, ':');
		buf_adds(out, newline);
		indent += is_list ? list : map;
		all = NULL;
	}
	write_indent(indent, out);
	return write_leaf(work, all, false, out);
}

int write_block(struct work *work, const struct node *all, unsigned level, uint32_t indent,
		const char *newline, struct str *ret) {
	struct buf out = BUF_INIT;
	int result = write_lines(work, all, level, indent, newline, &out);
	*ret = take(work, &out);
	buf_release(&out);
	return result;
}

/* Everything from here on in brackets of its own. */
static int write_nested(struct work *work, unsigned level, struct buf *out) {
	unsigned open = 0;
	const struct scalar_form form = {.fallback = '\'', .flow = true};
	for (; level < work->nsection; level++, open++) {
		buf_addc(out, '{');
		if (write_scalar(work, work->edit->section[level], form, out) < 0) {
			return -1;
		}
		buf_adds(out, ": ");
	}
	bool is_list = work->edit->key == NULL;
	buf_addc(out, is_list ? '[' : '{');
	if (write_leaf(work, NULL, true, out) < 0) {
		return -1;
	}
	buf_addc(out, is_list ? ']' : '}');
	while (open-- > 0) {
		buf_addc(out, '}');
	}
	return 0;
}

int write_brackets(struct work *work, unsigned level, struct str *ret) {
	struct buf out = BUF_INIT;
	int result = write_nested(work, level, &out);
	*ret = take(work, &out);
	buf_release(&out);
	return result;
}

int write_flow(struct work *work, const struct node *all, unsigned level, struct str *ret) {
	struct buf out = BUF_INIT;
	int result = 0;
	if (level == work->nsection) {
		result = write_leaf(work, all, true, &out);
	} else {
		struct scalar_form form = style_form(work, all, STYLE_ENTRIES, true);
		result = write_scalar(work, work->edit->section[level], form, &out);
		buf_adds(&out, ": ");
		result = result == 0 ? write_nested(work, level + 1, &out) : result;
	}
	*ret = take(work, &out);
	buf_release(&out);
	return result;
}
