/* SPDX-License-Identifier: MIT */
#include "flow/nix.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/env_name.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/vec.h"
#include "flow/before.h"
#include "flow/kept.h"
#include "state/record.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "text/node.h"

enum { NIX_VERSION = 1, NIX_FILE_MAX = 16 * 1024 * 1024 };

/* What a build has for itself, and a shell has of its own. */
static const char *const dropped[] = {
	"HOME", "IFS", "LOGNAME", "NIX_BUILD_CORES", "NIX_BUILD_TOP", "NIX_LOG_FD", "OLDPWD", "PATH", "PWD",
	"SHELL", "SHLVL", "SSL_CERT_FILE", "TEMP", "TEMPDIR", "TERM", "TMP", "TMPDIR", "TZ", "USER",
};

struct list {
	struct pair *items;
	size_t count, room;
};

struct folders {
	const char **items;
	size_t count, room;
};

static const char *folder_of(const struct facts *facts, struct arena *arena) {
	return path_join(facts->cache, "nix", arena);
}

static const char *file_name(const struct nix_inputs *inputs, struct arena *arena) {
	uint64_t key = hash64(inputs->flake.p, inputs->flake.n) ^
			(hash64(inputs->lock.n > 0 ? inputs->lock.p : "", inputs->lock.n) << 1) ^
			(hash64(inputs->root, strlen(inputs->root)) << 2);
	return arena_printf(arena, "%016" PRIx64, key);
}

static void keep(struct nix_env *ret, const struct list *pairs, const struct folders *folders,
		struct arena *arena) {
	struct pair *items = arena_alloc(arena, (pairs->count + 1) * sizeof(*items));
	const char **path = arena_alloc(arena, (folders->count + 1) * sizeof(*path));
	for (size_t i = 0; i < pairs->count; i++) {
		items[i] = pairs->items[i];
	}
	for (size_t i = 0; i < folders->count; i++) {
		path[i] = folders->items[i];
	}
	path[folders->count] = NULL;
	*ret = (struct nix_env){items, pairs->count, path};
}

/* --- what is kept -------------------------------------------------------------------------- */

static bool is_same(const char *field, struct str bytes) {
	return field != NULL ? str_eq(str_of(field), bytes) : bytes.n == 0;
}

enum nix_state nix_cached(struct nix_env *ret, const struct nix_inputs *inputs,
		const struct facts *facts, struct arena *arena) {
	struct record_reader reader;
	const char *bytes;
	char *field[RECORD_FIELDS_MAX];
	size_t size;
	bool same = true, flake = false, ready = false, failed = false;
	struct list pairs = {0};
	struct folders folders = {0};
	const char *name = path_join(folder_of(facts, arena), file_name(inputs, arena), arena);
	/* Reading a record takes it apart: hence the copy. */
	if (kept_read(name, facts->uid, NIX_FILE_MAX, arena, &bytes, &size) != KEPT_GOOD ||
			record_open(&reader, arena_strndup(arena, bytes, size), size, "nix",
					NIX_VERSION) != RECORD_GOOD) {
		return NIX_UNKNOWN;
	}
	while (record_next(&reader, field) > 0) {
		const char *word = field[0] != NULL ? field[0] : "";
		if (streq(word, "root")) {
			same = same && is_same(field[1], str_of(inputs->root));
		} else if (streq(word, "flake")) {
			flake = true;
			same = same && is_same(field[1], inputs->flake);
		} else if (streq(word, "lock")) {
			same = same && is_same(field[1], inputs->lock);
		} else if (streq(word, "set") && field[1] != NULL) {
			VEC_ADD(&pairs, (struct pair){field[1], field[2] != NULL ? field[2] : ""});
		} else if (streq(word, "path") && field[1] != NULL &&
				strncmp(field[1], "/nix/store/", 11) == 0) {
			VEC_ADD(&folders, field[1]);
		}
		ready = ready || streq(word, "ready");
		failed = failed || streq(word, "failed");
	}
	bool good = record_is_done(&reader) && same && flake && ready != failed;
	if (good && ready) {
		keep(ret, &pairs, &folders, arena);
	}
	VEC_RELEASE(&pairs);
	VEC_RELEASE(&folders);
	return !good ? NIX_UNKNOWN : ready ? NIX_READY : NIX_FAILED;
}

static void add_bytes(struct buf *out, const char *word, struct str bytes, struct arena *arena) {
	record_word(out, word);
	record_field(out, bytes.n > 0 ? arena_strndup(arena, bytes.p, bytes.n) : NULL);
	record_newline(out);
}

/* Best effort: without it, nix is asked again. */
static void save(const struct nix_inputs *inputs, const struct list *pairs,
		const struct folders *folders, bool ready, const struct facts *facts,
		struct arena *arena) {
	struct buf text _cleanup_buf_ = BUF_INIT;
	record_begin(&text, "nix", NIX_VERSION);
	add_bytes(&text, "root", str_of(inputs->root), arena);
	add_bytes(&text, "flake", inputs->flake, arena);
	add_bytes(&text, "lock", inputs->lock, arena);
	record_word(&text, ready ? "ready" : "failed");
	record_newline(&text);
	for (size_t i = 0; i < pairs->count; i++) {
		record_word(&text, "set");
		record_field(&text, pairs->items[i].name);
		record_field(&text, pairs->items[i].value);
		record_newline(&text);
	}
	for (size_t i = 0; i < folders->count; i++) {
		record_word(&text, "path");
		record_field(&text, folders->items[i]);
		record_newline(&text);
	}
	record_end(&text);
	(void)kept_write(folder_of(facts, arena), file_name(inputs, arena), text.data, text.len);
}

/* --- asking nix ---------------------------------------------------------------------------- */

static const struct node *find_key(const struct node *map, const char *name) {
	for (const struct node *key = map != NULL && map->kind == NODE_MAP ? map->child : NULL;
			key != NULL; key = key->next->next) {
		if (str_is(key->text, name)) {
			return key->next;
		}
	}
	return NULL;
}

static bool is_dropped(const char *name) {
	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++) {
		if (streq(dropped[i], name)) {
			return true;
		}
	}
	return false;
}

/* Only what lies in the store: the rest is the build's, or the person's already. */
static void take_path(struct folders *folders, struct str value, struct arena *arena) {
	for (size_t at = 0; at < value.n;) {
		const char *entry = value.p + at;
		const char *end = memchr(entry, ':', value.n - at);
		struct str text = {entry, end != NULL ? (size_t)(end - entry) : value.n - at};
		if (str_starts(text, "/nix/store/")) {
			VEC_ADD(folders, arena_strndup(arena, text.p, text.n));
		}
		at += text.n + 1;
	}
}

static void take_variable(struct list *pairs, struct folders *folders, const struct node *key,
		struct arena *arena) {
	const struct node *type = find_key(key->next, "type");
	const struct node *value = find_key(key->next, "value");
	if (type == NULL || value == NULL || !str_is(type->text, "exported") ||
			value->kind != NODE_SCALAR) {
		return;
	}
	const char *name = arena_strndup(arena, key->text.p, key->text.n);
	if (streq(name, "PATH")) {
		take_path(folders, value->text, arena);
	} else if (env_name_is_valid(name, key->text.n) && !is_dropped(name) &&
			memchr(value->text.p, '\0', value->text.n) == NULL) {
		VEC_ADD(pairs, (struct pair){name,
				arena_strndup(arena, value->text.p, value->text.n)});
	}
}

/* JSON is YAML, and of what nix prints, libfyaml reads every form. */
static bool parse(const struct buf *text, struct list *pairs, struct folders *folders,
		struct arena *arena) {
	struct source source = {.path = "nix", .name = "nix print-dev-env", .bytes = text->data,
			.size = (uint32_t)text->len};
	struct diags diags = {.arena = arena};
	struct node *root = NULL;
	bool good = text->len > 0 && node_parse(&source, arena, &diags, &root) == 0;
	const struct node *variables = good ? find_key(root, "variables") : NULL;
	for (const struct node *key = variables != NULL && variables->kind == NODE_MAP
					? variables->child : NULL;
			key != NULL; key = key->next->next) {
		take_variable(pairs, folders, key, arena);
	}
	source_release(&source);
	return variables != NULL;
}

static bool is_still(const struct nix_inputs *inputs, const char *name, struct str bytes,
		struct arena *arena) {
	char *now;
	size_t size;
	struct file_mark mark;
	if (file_read(AT_FDCWD, path_join(inputs->root, name, arena), NIX_FILE_MAX, arena, &now, &size,
			    &mark) < 0) {
		return bytes.n == 0;
	}
	return str_eq((struct str){now, size}, bytes);
}

/* nix has read the folder itself: it counts only if that was what the person has allowed. */
static bool is_unchanged(const struct nix_inputs *inputs, struct arena *arena) {
	return is_still(inputs, "flake.nix", inputs->flake, arena) &&
			is_still(inputs, "flake.lock", inputs->lock, arena);
}

enum nix_state nix_build(struct nix_env *ret, const struct nix_inputs *inputs,
		const struct facts *facts, struct arena *arena, const char **ret_problem) {
	const char *const argv[] = {"nix", "--extra-experimental-features", "nix-command flakes",
			"print-dev-env", "--json", "--no-write-lock-file", ".", NULL};
	struct buf text _cleanup_buf_ = BUF_INIT;
	/* In the folder: a path would be a reference, in which '#' and '?' mean something. */
	bool interrupted = false;
	struct proc proc = {.argv = argv, .umask = facts->umask, .capture = &text, .no_input = true,
			.interrupted = &interrupted, .folder = inputs->root};
	struct err problem = {0};
	struct list pairs = {0};
	struct folders folders = {0};
	int code = 0;
	if (strpbrk(inputs->root, "#?%") != NULL) {
		*ret_problem = arena_printf(arena, "%s: Nix takes '#', '?' and '%%' in a path for something "
						   "else, and might enter another flake: nothing is done",
				inputs->root);
		return NIX_FAILED;
	}
	/* Neither nix nor what it runs is to be a program of the project. */
	const char *path = getenv("PATH");
	path = path != NULL ? arena_strdup(arena, path) : NULL;
	before_enter(arena);
	int result = proc_run(&proc, &code, &problem);
	if (path != NULL && setenv("PATH", path, 1) < 0) {
		err_release(&problem);
		return NIX_FAILED; /* out of memory: what is said of PATH would be wrong */
	}
	if (result < 0) {
		*ret_problem = arena_strdup(arena, problem.text);
		err_release(&problem);
		return NIX_FAILED; /* there may be a nix next time: nothing is kept */
	}
	/* Nix itself ends with 1 on Ctrl-C, as it does for a flake that is wrong. */
	if (interrupted || code > 128 || !is_unchanged(inputs, arena)) {
		return NIX_UNKNOWN;
	}
	bool ready = code == 0 && parse(&text, &pairs, &folders, arena);
	if (ready) {
		keep(ret, &pairs, &folders, arena);
	} else {
		*ret_problem = arena_printf(arena, "%s: the flake has no environment that can be "
						   "entered; as long as it doesn't change, it isn't tried "
						   "again", inputs->root);
	}
	save(inputs, &pairs, &folders, ready, facts, arena);
	VEC_RELEASE(&pairs);
	VEC_RELEASE(&folders);
	return ready ? NIX_READY : NIX_FAILED;
}
