/* SPDX-License-Identifier: MIT */

/*
 * The pure half of the flow as a program: answers a shell about its own environment.
 *
 *   flow-env SHELL TOKEN FILE...
 *
 * FILE holds what is wanted, as texts ended by NUL: the identity; folders for PATH;
 * an empty one; names and values in turn. An empty FILE, or none, wants nothing. A
 * FILE named *.env is parsed as one, its pairs before those of the others. What is
 * skipped goes to standard error.
 */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "flow/dotenv.h"
#include "flow/environ.h"
#include "flow/shell.h"

extern char **environ;

struct folders {
	const char **items;
	size_t count, room;
};

static void read_file(const char *path, struct buf *out) {
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		perror(path);
		exit(2);
	}
	char part[4096];
	size_t n;
	while ((n = fread(part, 1, sizeof(part), file)) > 0) {
		buf_add(out, part, n);
	}
	fclose(file);
}

static const char *next(const char **at, const char *end) {
	const char *text = *at;
	if (text >= end) {
		fputs("flow-env: the file is cut\n", stderr);
		exit(2);
	}
	*at = text + strlen(text) + 1;
	return text;
}

int main(int argc, char **argv) {
	enum shell shell;
	if (argc < 3 || !shell_parse(argv[1], &shell)) {
		fputs("usage: flow-env SHELL TOKEN FILE...\n", stderr);
		return 2;
	}
	struct arena arena;
	arena_init(&arena);
	struct env_pairs pairs = {0};
	struct folders folders = {0};
	struct env_wanted wanted = {0};
	for (int i = 3; i < argc; i++) {
		struct buf text = BUF_INIT;
		read_file(argv[i], &text);
		const char *bytes = arena_strndup(&arena, text.data, text.len);
		const char *end = bytes + text.len, *name = strrchr(argv[i], '.');
		struct err err = {0};
		if (name != NULL && streq(name, ".env")) {
			if (dotenv_parse(&pairs, bytes, text.len, ENV_PROJECT, argv[i], &arena,
					    &err) < 0) {
				fprintf(stderr, "%s\n", err.text);
				return 1;
			}
		} else if (text.len > 0) {
			wanted.identity = next(&bytes, end);
			for (const char *folder; *(folder = next(&bytes, end)) != '\0';) {
				VEC_ADD(&folders, folder);
			}
			while (bytes < end) {
				struct env_pair pair = {.name = next(&bytes, end)};
				pair.value = next(&bytes, end);
				VEC_ADD(&pairs, pair);
			}
		}
		buf_release(&text);
	}
	wanted.pairs = pairs.items;
	wanted.npairs = pairs.count;
	wanted.path = folders.items;
	wanted.npath = folders.count;
	struct env_change change;
	environ_change(&change, (const char *const *)environ,
			wanted.identity != NULL ? &wanted : NULL, argv[2], &arena);
	for (size_t i = 0; i < change.nskipped; i++) {
		fprintf(stderr, "%s %s\n", change.skipped[i].what, change.skipped[i].why);
	}
	struct buf out = BUF_INIT;
	shell_steps(shell, &change, &out);
	shell_end(&out);
	for (size_t at = 0; at < out.len;) {
		ssize_t n = write(STDOUT_FILENO, out.data + at, out.len - at);
		if (n < 0) {
			perror("flow-env");
			return 2;
		}
		at += (size_t)n;
	}
	buf_release(&out);
	VEC_RELEASE(&pairs);
	VEC_RELEASE(&folders);
	arena_release(&arena);
	return 0;
}
