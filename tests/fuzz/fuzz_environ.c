/* SPDX-License-Identifier: MIT */

/*
 * Any bytes as a shell's record of what was set, and as a .env file. The first byte
 * says which: a record as it is, one with the head and checksum that belong to it, so
 * that the fuzzer gets behind these, or a .env file.
 */

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "base/vec.h"
#include "flow/dotenv.h"
#include "flow/env_state.h"
#include "flow/environ.h"
#include "flow/shell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *find(const struct env_change *change, const char *name, const char *now) {
	for (size_t i = 0; i < change->nsteps; i++) {
		if (strcmp(change->steps[i].name, name) == 0) {
			return change->steps[i].value;
		}
	}
	return now;
}

/* A record that is taken is the text that it would be written as. */
static void check_record(const char *text, struct arena *arena) {
	struct env_state state;
	bool taken = env_state_parse(&state, text, arena);
	if (taken) {
		struct buf out = BUF_INIT;
		env_state_format(&state, &out);
		assert(strcmp(out.data, text) == 0);
		buf_release(&out);
	}
	const char *environment[] = {arena_printf(arena, "%s=%s", ENVIRON_STATE, text),
			"PATH=/x:/usr/bin::/x", "A=1", "B=", "LD_PRELOAD=1", NULL};
	struct env_change change;
	environ_change(&change, environment, NULL, "1", arena);
	assert(change.nsteps > 0 && !change.applied && change.nskipped == 0);
	assert(find(&change, ENVIRON_STATE, "") == NULL);
	assert(find(&change, "LD_PRELOAD", "1") != NULL);
	assert(taken || change.nsteps == 1);
	assert(find(&change, "PATH", "/") != NULL);

	static const struct env_pair pairs[] = {{"A", "2", ENV_OWN}, {"C", "3", ENV_PROJECT}};
	static const char *const path[] = {"/x", "/y"};
	struct env_wanted wanted = {"p", pairs, 2, path, 2};
	environ_change(&change, environment, &wanted, "1", arena);
	for (size_t i = 0; i < change.nsteps; i++) {
		const char *name = change.steps[i].name;
		assert(strcmp(name, "PATH") == 0 || strcmp(name, ENVIRON_STATE) == 0 ||
				env_name_refused(name, ENV_OWN) == NULL);
	}
	const char *next = find(&change, ENVIRON_STATE, text);
	assert(next == NULL || strlen(next) <= ENV_STATE_MAX);
	assert(next == NULL || env_state_parse(&state, next, arena));
	assert(change.applied == (next != NULL));
}

static void check_dotenv(const char *bytes, size_t size, struct arena *arena) {
	struct env_pairs pairs = {0};
	struct err err = {0};
	if (dotenv_parse(&pairs, bytes, size, ENV_PROJECT, "f", arena, &err) < 0) {
		assert(pairs.count == 0 && err.text != NULL);
	} else {
		assert(err.text == NULL && memchr(bytes, '\0', size) == NULL);
	}
	struct buf out = BUF_INIT;
	for (size_t i = 0; i < pairs.count; i++) {
		const struct env_pair *pair = &pairs.items[i];
		assert(env_name_is_valid(pair->name, strlen(pair->name)));
		assert(strlen(pair->value) <= size && strlen(pair->value) <= ENVIRON_VALUE_MAX);
		for (enum shell shell = SHELL_ZSH; shell <= SHELL_FISH; shell++) {
			buf_clear(&out);
			shell_quote(shell, pair->value, &out);
			assert(out.len > 0 && memchr(out.data, '\n', out.len) == NULL);
		}
	}
	buf_release(&out);
	VEC_RELEASE(&pairs);
	err_release(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size == 0) {
		return 0;
	}
	struct arena arena;
	arena_init(&arena);
	const char *body = arena_strndup(&arena, (const char *)data + 1, size - 1);
	switch (data[0] % 3) {
	case 0:
		check_record(body, &arena);
		break;
	case 1:
		check_record(arena_printf(&arena, "1:%016" PRIx64 ":%s",
					     hash64(body, strlen(body)), body),
				&arena);
		break;
	default:
		check_dotenv((const char *)data + 1, size - 1, &arena);
	}
	arena_release(&arena);
	return 0;
}
