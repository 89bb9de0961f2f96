/* SPDX-License-Identifier: MIT */

/*
 * Edits of `packages` for tests that are no C program. Standard input holds records
 *
 *   add|remove ITEM SIZE\n  and SIZE bytes of text
 *
 * and standard output gets one for each: "done|nothing|refused SIZE\n" and the new text,
 * or why it was refused. What was done is taken back as well; if that doesn't give the
 * text of before, the program aborts.
 */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reg/edit.h"

static enum edit_result apply(struct edit *edit, const char *bytes, size_t size,
		struct arena *arena, const char **ret_bytes, size_t *ret_size, struct err *err) {
	struct source source = {.path = "-", .name = "lumina.yaml", .bytes = bytes,
			.size = (uint32_t)size};
	enum edit_result result = edit_apply(edit, &source, arena, ret_bytes, ret_size, err);
	source_release(&source);
	return result;
}

static void run(enum edit_kind kind, const char *item, const char *text, size_t size) {
	static const char *const names[] = {"done", "nothing", "refused"};
	static const char *const section[] = {"packages", NULL};
	struct arena arena;
	arena_init(&arena);
	struct edit edit = {.kind = kind, .section = section, .value = item};
	struct err err = {0};
	const char *bytes = "", *back;
	size_t n = 0, back_size;
	enum edit_result result = apply(&edit, text, size, &arena, &bytes, &n, &err);
	if (result == EDIT_DONE) {
		struct edit inverse = edit_invert(&edit);
		enum edit_result taken = apply(&inverse, bytes, n, &arena, &back, &back_size, &err);
		assert(taken == EDIT_DONE && back_size == size && memcmp(back, text, size) == 0);
	} else if (result == EDIT_REFUSED) {
		bytes = err.text;
		n = strlen(bytes);
	}
	printf("%s %zu\n", names[result], n);
	(void)fwrite(bytes, 1, n, stdout);
	err_release(&err);
	arena_release(&arena);
}

int main(void) {
	char verb[8], item[64];
	size_t size;
	while (scanf("%7s %63s %zu", verb, item, &size) == 3 && getchar() == '\n') {
		char *text = xcalloc(size + 1, 1);
		if (fread(text, 1, size, stdin) != size) {
			return 2;
		}
		run(strcmp(verb, "add") == 0 ? EDIT_ADD : EDIT_REMOVE, item, text, size);
		free(text);
	}
	return 0;
}
