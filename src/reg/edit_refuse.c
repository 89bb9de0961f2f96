/* SPDX-License-Identifier: MIT */
#include "reg/edit_parts.h"

/* The entry as a line of a block. */
static int describe_line(struct work *work, struct buf *out) {
	const struct edit *edit = work->edit;
	const struct scalar_form form = {.fallback = '\''};
	if (edit->key == NULL) {
		buf_adds(out, "- ");
		return scalar_write(out, edit->value, form);
	}
	if (scalar_write(out, edit->key, form) < 0) {
		return -1;
	}
	buf_addc(out, ':');
	if (edit->value == NULL || edit->value[0] == '\0') {
		return 0;
	}
	buf_adds(out, edit->tree ? " {tree: " : " ");
	int result = scalar_write(out, edit->value,
			(struct scalar_form){.fallback = '\'', .flow = edit->tree});
	buf_adds(out, edit->tree ? "}" : "");
	return result;
}

/* "below 'hosts: thinkpad: packages:'", as far as the first keys. */
static void describe_place(const struct edit *edit, unsigned level, struct buf *out) {
	for (unsigned i = 0; i < level && edit->section[i] != NULL; i++) {
		buf_adds(out, i > 0 ? " " : " below '");
		buf_adds(out, edit->section[i]);
		buf_addc(out, ':');
	}
	buf_adds(out, out->len > 0 ? "'" : "");
}

void hint_place(struct work *work, unsigned level) {
	struct buf line = BUF_INIT, place = BUF_INIT;
	if (level > work->nsection) {
		describe_place(work->edit, work->nsection, &place);
		buf_adds(&place, " in its group");
	} else {
		describe_place(work->edit, level, &place);
	}
	if (describe_line(work, &line) == 0) {
		bool remove = work->edit->kind == EDIT_REMOVE;
		err_hint(work->err, "by hand: %s '%s'%s, in %s",
				remove ? "take out the line" : "write the line", line.data,
				place.data, work->source->name);
	}
	buf_release(&place);
	buf_release(&line);
}

void work_set_refused(struct work *work, uint32_t at, const char *why) {
	struct span span = {work->source, at, at};
	(void)err_set(work->err, ERR_FAILED, "%s: %s", span_describe(span, work->arena), why);
	hint_place(work, work->nsection);
}

int check_explicit(struct work *work, const struct node *map) {
	const struct node *key = map->kind == NODE_MAP ? map->child : NULL;
	for (; key != NULL; key = key->next->next) {
		uint32_t at = key->start;
		if (key->start == key->end) {
			return work_refuse(work, at, "there is a key without a name (': …') here");
		}
		while (at > 0 && (work->text[at - 1] == ' ' || work->text[at - 1] == '\t')) {
			at--;
		}
		if (at > 0 && work->text[at - 1] == '?') {
			return work_refuse(work, at - 1, "there is an explicit key ('?') here");
		}
	}
	return 0;
}

int check_shared(struct work *work, const struct node *node) {
	if (node->alias) {
		return work_refuse(work, node->start,
				"this is an alias ('*'): what it stands for is written elsewhere");
	}
	if (node->anchored) {
		return work_refuse(work, node->start,
				"this is anchored ('&'): aliases of it would change too");
	}
	return 0;
}

int check_line_ends(struct work *work) {
	static const char *const odd[] = {"\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
	const char *text = work->text, *end = text + work->size, *p = text;
	while ((p = memchr(p, '\r', (size_t)(end - p))) != NULL) {
		if (p[1] != '\n') {
			return work_refuse(work, (uint32_t)(p - text),
					"a line ends in CR alone here");
		}
		p++;
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		p = memmem(text, work->size, odd[i], strlen(odd[i]));
		if (p != NULL) {
			return work_refuse(work, (uint32_t)(p - text),
					"what stands here is a line end to some programs");
		}
	}
	return 0;
}
