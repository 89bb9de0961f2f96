/* SPDX-License-Identifier: MIT */
#include "flow/env_state.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "base/str.h"
#include "flow/environ.h"

static const char version[] = "1:";
enum { VERSION_SIZE = 2, HASH_SIZE = 16, HEAD_SIZE = VERSION_SIZE + HASH_SIZE + 1 };

static const char upper[] = "0123456789ABCDEF";
static const char lower[] = "0123456789abcdef";

static bool is_plain(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			(c != '\0' && strchr("_./,@~-:+=", c) != NULL);
}

/* --- writing ------------------------------------------------------------------------------- */

size_t env_state_cost(const char *content) {
	size_t cost = 0;
	for (const char *p = content; *p != '\0'; p++) {
		cost += is_plain(*p) ? 1 : 3;
	}
	return cost;
}

static void add_content(struct buf *out, const char *content) {
	for (const char *p = content; *p != '\0';) {
		size_t n = 0;
		while (is_plain(p[n])) {
			n++;
		}
		buf_add(out, p, n);
		p += n;
		if (*p != '\0') {
			unsigned char byte = (unsigned char)*p++;
			char code[3] = {'%', upper[byte >> 4], upper[byte & 15]};
			buf_add(out, code, sizeof(code));
		}
	}
}

static void add_field(struct buf *out, char kind, const char *content) {
	buf_addc(out, kind);
	add_content(out, content);
	buf_addc(out, ';');
}

static void add_hash(struct buf *out, uint64_t hash) {
	for (int shift = 60; shift >= 0; shift -= 4) {
		buf_addc(out, lower[hash >> shift & 15]);
	}
}

void env_state_format(const struct env_state *state, struct buf *out) {
	struct buf body = BUF_INIT;
	add_field(&body, 'i', state->identity);
	add_field(&body, 's', state->shell);
	if (state->nentries > 0) {
		add_field(&body, 'P', state->path);
	}
	for (size_t i = 0; i < state->nentries; i++) {
		add_field(&body, state->entries[i].gone ? 'g' : 'p', state->entries[i].folder);
	}
	for (size_t i = 0; i < state->nvars; i++) {
		const struct env_var *var = &state->vars[i];
		buf_addc(&body, var->theirs ? 'w' : 'v');
		buf_adds(&body, var->name);
		buf_addc(&body, '=');
		add_hash(&body, var->hash);
		buf_addc(&body, var->before != NULL ? '+' : '-');
		add_content(&body, var->before != NULL ? var->before : "");
		buf_addc(&body, ';');
	}
	buf_adds(out, version);
	add_hash(out, hash64(body.data, body.len));
	buf_addc(out, ':');
	buf_add(out, body.data, body.len);
	buf_release(&body);
}

/* --- reading ------------------------------------------------------------------------------- */

static int digit(const char *digits, char c) {
	const char *at = c != '\0' ? strchr(digits, c) : NULL;
	return at != NULL ? (int)(at - digits) : -1;
}

static bool read_hash(const char *text, uint64_t *ret) {
	*ret = 0;
	for (int i = 0; i < HASH_SIZE; i++) {
		int value = digit(lower, text[i]);
		if (value < 0) {
			return false;
		}
		*ret = *ret << 4 | (unsigned)value;
	}
	return true;
}

/* NULL unless it is spelled as add_content() spells it. */
static const char *read_content(struct str content, struct arena *arena) {
	char *out = arena_alloc(arena, content.n + 1), *to = out;
	for (size_t i = 0; i < content.n; i++) {
		char c = content.p[i];
		if (c == '%') {
			int high = content.n - i > 2 ? digit(upper, content.p[i + 1]) : -1;
			int low = high >= 0 ? digit(upper, content.p[i + 2]) : -1;
			if (low < 0) {
				return NULL;
			}
			c = (char)(high << 4 | low);
			i += 2;
			if (c == '\0' || is_plain(c)) {
				return NULL;
			}
		} else if (!is_plain(c)) {
			return NULL;
		}
		*to++ = c;
	}
	*to = '\0';
	return out;
}

struct reader {
	struct env_state *state;
	struct arena *arena;
	const char *next;
};

/* The field at the reader's place, which is of that kind; false: it is none, or broken. */
static bool take_field(struct reader *reader, char kind, struct str *ret) {
	if (*reader->next != kind) {
		return false;
	}
	const char *start = reader->next + 1, *end = strchr(start, ';');
	if (end == NULL) {
		return false;
	}
	*ret = (struct str){start, (size_t)(end - start)};
	reader->next = end + 1;
	return true;
}

static bool read_word(struct reader *reader, char kind, size_t max, const char **ret) {
	struct str field;
	if (!take_field(reader, kind, &field)) {
		return false;
	}
	*ret = read_content(field, reader->arena);
	return *ret != NULL && strlen(*ret) <= max;
}

static bool read_entry(struct reader *reader) {
	struct env_state *state = reader->state;
	struct env_entry entry = {.gone = *reader->next == 'g'};
	if (state->nentries == ENVIRON_PATH_MAX ||
			!read_word(reader, *reader->next, ENVIRON_WORD_MAX, &entry.folder) ||
			entry.folder[0] != '/' || strchr(entry.folder, ':') != NULL) {
		return false;
	}
	for (size_t i = 0; i < state->nentries; i++) {
		if (streq(state->entries[i].folder, entry.folder)) {
			return false;
		}
	}
	state->entries[state->nentries++] = entry;
	return true;
}

static bool read_entries(struct reader *reader) {
	struct env_state *state = reader->state;
	if (*reader->next != 'P') {
		return true;
	}
	if (!read_word(reader, 'P', ENVIRON_BEFORE_MAX, &state->path) || state->path[0] == '\0') {
		return false;
	}
	state->entries = arena_alloc(reader->arena, ENVIRON_PATH_MAX * sizeof(*state->entries));
	while (*reader->next == 'p' || *reader->next == 'g') {
		if (!read_entry(reader)) {
			return false;
		}
	}
	return state->nentries > 0;
}

static bool read_var(struct reader *reader) {
	struct env_state *state = reader->state;
	struct env_var var = {.theirs = *reader->next == 'w'};
	struct str field;
	if (state->nvars == ENVIRON_PAIRS_MAX || !take_field(reader, *reader->next, &field)) {
		return false;
	}
	const char *sign = memchr(field.p, '=', field.n);
	size_t name = sign != NULL ? (size_t)(sign - field.p) : 0;
	if (name == 0 || field.n - name < 1 + HASH_SIZE + 1 || !read_hash(sign + 1, &var.hash)) {
		return false;
	}
	var.name = arena_strndup(reader->arena, field.p, name);
	/* No record says that one of these was ours. */
	if (env_name_refused(var.name, ENV_OWN) != NULL) {
		return false;
	}
	const char *before = sign + 1 + HASH_SIZE;
	struct str content = {before + 1, (size_t)(field.p + field.n - before - 1)};
	if (*before == '+' && !var.theirs) {
		var.before = read_content(content, reader->arena);
		if (var.before == NULL || strlen(var.before) > ENVIRON_BEFORE_MAX) {
			return false;
		}
	} else if (*before != '-' || content.n > 0) {
		return false;
	}
	if (state->nvars > 0 && strcmp(state->vars[state->nvars - 1].name, var.name) >= 0) {
		return false;
	}
	state->vars[state->nvars++] = var;
	return true;
}

static bool read_vars(struct reader *reader) {
	struct env_state *state = reader->state;
	size_t most = 0;
	for (const char *p = reader->next; (p = strchr(p, ';')) != NULL; p++) {
		most++;
	}
	state->vars = arena_alloc(reader->arena, (most + 1) * sizeof(*state->vars));
	while (*reader->next == 'v' || *reader->next == 'w') {
		if (!read_var(reader)) {
			return false;
		}
	}
	return true;
}

static bool read_state(struct env_state *state, const char *text, struct arena *arena) {
	size_t n = strnlen(text, ENV_STATE_MAX + 1);
	uint64_t hash;
	if (n < HEAD_SIZE || n > ENV_STATE_MAX || memcmp(text, version, VERSION_SIZE) != 0 ||
			!read_hash(text + VERSION_SIZE, &hash) || text[HEAD_SIZE - 1] != ':' ||
			hash != hash64(text + HEAD_SIZE, n - HEAD_SIZE)) {
		return false;
	}
	struct reader reader = {state, arena, text + HEAD_SIZE};
	return read_word(&reader, 'i', ENVIRON_WORD_MAX, &state->identity) &&
			read_word(&reader, 's', ENV_STATE_SHELL_MAX, &state->shell) &&
			read_entries(&reader) && read_vars(&reader) && *reader.next == '\0' &&
			state->nentries + state->nvars > 0;
}

bool env_state_parse(struct env_state *ret, const char *text, struct arena *arena) {
	*ret = (struct env_state){0};
	if (!read_state(ret, text, arena)) {
		*ret = (struct env_state){0};
		return false;
	}
	return true;
}
