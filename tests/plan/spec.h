/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reads a file of specs, and runs each of its cases; what comes out is TAP. To be included
 * behind the runner's own
 *
 *   struct spec {
 *           struct arena arena;
 *           const char *file, *name;   where it stands; NULL before the first case
 *           unsigned line;
 *           struct buf expected;
 *           …
 *   };
 *
 * and the runner defines the three functions below.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

enum { LINE_MAX_SIZE = 1024 };

static unsigned tests_run, tests_failed;

/* Begins a case, with spec_clear(). */
static void start(struct spec *spec, const char *file, const char *name);
/* One line of a case, blank ones and comments too. */
static void read_line(struct spec *spec, const char *text);
/* Runs the case, if there is one, and releases it. */
static void finish(struct spec *spec);

static inline _Noreturn void bad_spec(const struct spec *spec, const char *why, const char *word) {
	printf("Bail out! %s:%u: %s '%s'\n", spec->file, spec->line, why, word);
	exit(99);
}

/* Nothing of the case before is left but its line. */
static inline void spec_clear(struct spec *spec, const char *file, const char *name) {
	unsigned line = spec->line;
	*spec = (struct spec){.file = file, .line = line, .expected = BUF_INIT};
	arena_init(&spec->arena);
	spec->name = name != NULL ? arena_strndup(&spec->arena, name, strcspn(name, "\n")) : NULL;
}

static inline void print_comment(const char *head, const char *lines) {
	printf("# %s\n", head);
	for (const char *at = lines; *at != '\0';) {
		size_t n = strcspn(at, "\n");
		printf("#   %.*s\n", (int)n, at);
		at += n + (at[n] == '\n');
	}
}

int main(int argc, char **argv) {
	if (argc != 2) {
		fprintf(stderr, "usage: %s SPEC.t\n", argv[0]);
		return 2;
	}
	FILE *file = fopen(argv[1], "r");
	if (file == NULL) {
		perror(argv[1]);
		return 2;
	}
	struct spec spec = {0};
	char line[LINE_MAX_SIZE];
	start(&spec, argv[1], NULL);
	while (fgets(line, sizeof(line), file) != NULL) {
		spec.line++;
		if (strncmp(line, "case ", 5) == 0) {
			finish(&spec);
			start(&spec, argv[1], line + 5);
		} else {
			if (spec.name == NULL && line[0] != '#' && line[0] != '\n') {
				bad_spec(&spec, "stands before the first case:", line);
			}
			read_line(&spec, line);
		}
	}
	finish(&spec);
	(void)fclose(file);
	printf("1..%u\n", tests_run);
	return tests_run == 0 || tests_failed > 0 ? 1 : 0;
}
