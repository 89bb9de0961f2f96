/* SPDX-License-Identifier: MIT */

/*
 * Tells running programs of the theme that is there, and prints what came of it.
 *
 *   reload-now dark|light [NAME...] [-- COMMAND [ARG...] [-- COMMAND...]...]
 *
 * With names, of the table only those.
 */

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "desk/reload.h"
#include "sys/signals.h"

struct programs {
	struct reload_program *items;
	size_t count, room;
};

struct commands {
	const char *const **items;
	size_t count, room;
};

static void take(struct programs *programs, const char *name) {
	size_t count;
	const struct reload_program *table = reload_programs(&count);
	for (size_t i = 0; i < count; i++) {
		if (name == NULL || streq(table[i].name, name)) {
			VEC_ADD(programs, table[i]);
		}
	}
}

/* Each "--" becomes the end of what is before it. */
static void split(struct commands *commands, const char **words) {
	for (; *words != NULL; words++) {
		if (streq(*words, "--")) {
			*words = NULL;
			VEC_ADD(commands, words + 1);
		}
	}
	VEC_ADD(commands, NULL);
}

int main(int argc, char **argv) {
	struct arena arena;
	struct facts facts;
	struct err err = {0};
	struct programs programs = {0};
	struct commands commands = {0};
	struct reload_lines lines;
	const char **words = xcalloc((size_t)argc + 1, sizeof(*words));
	arena_init(&arena);
	if (argc < 2 || facts_load(&facts, &arena, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text != NULL ? err.text : "reload-now dark|light");
		return 2;
	}
	facts.umask = 022;
	for (int i = 1; i < argc; i++) {
		words[i - 1] = argv[i];
	}
	split(&commands, words);
	for (size_t i = 1; words[i] != NULL; i++) {
		take(&programs, words[i]);
	}
	if (words[1] == NULL) {
		take(&programs, NULL);
	}
	signals_hold();
	const struct reload wish = {.light = streq(words[0], "light"), .commands = commands.items,
		.programs = programs.items, .nprograms = programs.count};
	reload(&lines, &wish, &facts, &arena);
	for (size_t i = 0; i < lines.count; i++) {
		const struct reload_line *line = &lines.items[i];
		(void)printf("%s\t%s\t%s\n", line->name, reload_what_name(line->what),
				line->detail != NULL ? line->detail : "");
	}
	VEC_RELEASE(&lines);
	VEC_RELEASE(&programs);
	VEC_RELEASE(&commands);
	free(words);
	arena_release(&arena);
	return 0;
}
