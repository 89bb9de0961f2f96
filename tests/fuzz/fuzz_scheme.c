/* SPDX-License-Identifier: MIT */

/*
 * Any bytes as a colour scheme: the first one chooses base16 or Omarchy's colors.toml. It
 * is refused with problems that have a place, or there is a whole scheme, whose values
 * could stand in any program's configuration.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "theme/values.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct str text) {
	for (size_t i = 0; i < text.n;) {
		uint32_t code;
		size_t n = utf8_decode(text.p + i, text.n - i, &code);
		assert(n > 0 && code >= 0x20 && (code < 0x7f || code >= 0xa0));
		assert(code != 0x2028 && code != 0x2029);
		i += n;
	}
}

static void check_scheme(const struct scheme *scheme, struct arena *arena) {
	assert(scheme->slug[0] != '\0' && strchr(scheme->slug, '/') == NULL);
	assert(streq(scheme->system, "base16") || streq(scheme->system, "base24"));
	struct value map = values_make(scheme, NULL, arena);
	assert(map.kind == VALUE_MAP);
	for (size_t i = 0; i < map.count; i++) {
		const struct value *value = &map.items[i].value;
		assert(value->kind == VALUE_TEXT || value->kind == VALUE_BOOL);
		check_text(value->text);
	}
}

static void check_problems(struct diags *diags, const struct source *source) {
	for (const struct diag *diag = diags->first; diag != NULL; diag = diag->next) {
		assert(diag->at.source == source && diag->text[0] != '\0');
		assert(diag->at.start <= diag->at.end && diag->at.start <= source->size);
		struct position pos = span_position(diag->at);
		assert(pos.line >= 1 && pos.column >= 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size == 0) {
		return 0;
	}
	const char *name = data[0] % 2 == 0 ? "a.yaml" : "colors.toml";
	char *text = xmalloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	struct source source = {.path = "/p/scheme", .name = name, .bytes = text,
			.size = (uint32_t)(size - 1)};
	struct arena arena;
	struct scheme scheme;
	arena_init(&arena);
	struct diags diags = {.arena = &arena};
	int result = scheme_read(&scheme, &source, "A b", &arena, &diags);
	assert((result == 0) == (diags.count == 0));
	check_problems(&diags, &source);
	if (result == 0) {
		check_scheme(&scheme, &arena);
	}
	source_release(&source);
	arena_release(&arena);
	free(text);
	return 0;
}
