/* SPDX-License-Identifier: MIT */
#include "state/pacman_conf.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "sys/file.h"

/* pacman's own: PATH_MAX less the NUL, and config_max_recursion. */
enum { LINE_MAX_BYTES = 4095, DEPTH_MAX = 10 };
/* Ours: against files that include themselves. */
enum { FILES_MAX = 1000, FILE_SIZE_MAX = 16 << 20 };

enum section {
	SECTION_NONE,
	SECTION_OPTIONS,
	SECTION_OTHER, /* a repository */
};

struct reader {
	struct pacman_conf *conf;
	const char *sysroot;
	struct arena *arena;
	struct err *err;
	enum section section;
	unsigned depth, count;
	bool plain; /* nothing was seen yet that matters to a repository's section */
	/* Files that don't matter there: a list of mirrors is named by every repository. */
	struct pacman_list mirrors;
};

static struct str trim(struct str text) {
	static const char blanks[] = " \t\n\v\f\r";
	while (text.n > 0 && strchr(blanks, text.p[0]) != NULL) {
		text.p++;
		text.n--;
	}
	while (text.n > 0 && strchr(blanks, text.p[text.n - 1]) != NULL) {
		text.n--;
	}
	return text;
}

/* "key = value"; false without a '='. */
static bool split(struct str line, struct str *key, struct str *value) {
	const char *equals = memchr(line.p, '=', line.n);
	if (equals == NULL) {
		*key = line;
		return false;
	}
	*key = trim((struct str){line.p, (size_t)(equals - line.p)});
	*value = trim((struct str){equals + 1, line.n - (size_t)(equals - line.p) - 1});
	return true;
}

static void set_first(const char **slot, struct str value, struct arena *arena) {
	if (*slot == NULL) {
		*slot = arena_strndup(arena, value.p, value.n);
	}
}

static void add_words(struct pacman_list *list, struct str value, struct arena *arena) {
	while (value.n > 0) {
		const char *space = memchr(value.p, ' ', value.n);
		size_t n = space != NULL ? (size_t)(space - value.p) : value.n;
		if (n > 0) {
			VEC_ADD(list, arena_strndup(arena, value.p, n));
		}
		n += space != NULL;
		value.p += n;
		value.n -= n;
	}
}

/* False if the key is none of ours. */
static bool set(struct pacman_conf *conf, struct str key, struct str value, struct arena *arena) {
	struct {
		const char *key;
		const char **one;
		struct pacman_list *many;
	} rows[] = {
		{"RootDir", &conf->root, NULL},
		{"DBPath", &conf->db, NULL},
		{"LogFile", &conf->log, NULL},
		{"CacheDir", NULL, &conf->caches},
		{"HoldPkg", NULL, &conf->hold},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!str_is(key, rows[i].key)) {
			continue;
		}
		if (rows[i].one != NULL) {
			set_first(rows[i].one, value, arena);
		} else {
			add_words(rows[i].many, value, arena);
		}
		return true;
	}
	return false;
}

static int read_file(struct reader *reader, const char *path);

static int include(struct reader *reader, struct str value, const char *path, unsigned line) {
	if (reader->depth >= DEPTH_MAX) {
		return err_set(reader->err, ERR_FAILED, "%s:%u: Include goes deeper than %d levels",
				path, line, DEPTH_MAX);
	}
	reader->depth++;
	const char *pattern = arena_strndup(reader->arena, value.p, value.n);
	if (reader->sysroot != NULL) {
		pattern = path_join(reader->sysroot, pattern, reader->arena);
	}
	glob_t found = {0};
	int result = 0;
	/* As pacman has it: what can't be globbed is passed over, what isn't there is not. */
	int failed = glob(pattern, GLOB_NOCHECK, NULL, &found);
	if (failed == GLOB_NOSPACE) {
		mem_exhausted();
	}
	if (failed == 0) {
		for (size_t i = 0; result == 0 && i < found.gl_pathc; i++) {
			result = read_file(reader,
					arena_strdup(reader->arena, found.gl_pathv[i]));
		}
	}
	globfree(&found);
	reader->depth--;
	return result;
}

static int read_line(struct reader *reader, struct str line, const char *path, unsigned number) {
	line = trim(line);
	if (line.n == 0 || line.p[0] == '#') {
		return 0;
	}
	if (line.p[0] == '[' && line.p[line.n - 1] == ']') {
		struct str name = {line.p + 1, line.n - 2};
		reader->section = str_is(name, "options") ? SECTION_OPTIONS : SECTION_OTHER;
		reader->plain = false;
		return 0;
	}
	struct str key, value;
	bool has_value = split(line, &key, &value);
	if (str_is(key, "Include")) {
		reader->plain = false;
		return has_value ? include(reader, value, path, number)
				 : err_set(reader->err, ERR_FAILED, "%s:%u: Include needs a value",
						   path, number);
	}
	if (reader->section == SECTION_NONE) {
		return err_set(reader->err, ERR_FAILED, "%s:%u: '%.*s' stands in no section", path,
				number, (int)key.n, key.p);
	}
	if (reader->section == SECTION_OPTIONS && has_value) {
		(void)set(reader->conf, key, value, reader->arena);
	}
	return 0;
}

static bool is_mirrors(const struct reader *reader, const char *path) {
	for (size_t i = 0; i < reader->mirrors.count; i++) {
		if (streq(reader->mirrors.items[i], path)) {
			return true;
		}
	}
	return false;
}

static int read_file(struct reader *reader, const char *path) {
	if (reader->section == SECTION_OTHER && is_mirrors(reader, path)) {
		return 0;
	}
	if (reader->count++ >= FILES_MAX) {
		return err_set(reader->err, ERR_FAILED,
				"pacman's configuration includes too many files, the last is '%s'", path);
	}
	char *bytes;
	size_t size;
	if (file_read(AT_FDCWD, path, FILE_SIZE_MAX, reader->arena, &bytes, &size, NULL) < 0) {
		/* A folder opens and has no lines, for pacman; and /dev/null is an empty file. */
		return errno == EISDIR || streq(path, "/dev/null") ? 0
				: err_sys(reader->err, "cannot read pacman's configuration '%s'",
						  path);
	}
	bool outer = reader->plain;
	reader->plain = true;
	const char *at = bytes, *end = bytes + size;
	int result = 0;
	for (unsigned number = 1; result == 0 && at < end; number++) {
		size_t room = (size_t)(end - at) < LINE_MAX_BYTES ? (size_t)(end - at)
								  : LINE_MAX_BYTES;
		const char *newline = memchr(at, '\n', room);
		size_t n = newline != NULL ? (size_t)(newline - at) + 1 : room;
		result = read_line(reader, (struct str){at, strnlen(at, n)}, path, number);
		at += n;
	}
	if (reader->plain && reader->section == SECTION_OTHER) {
		VEC_ADD(&reader->mirrors, path);
	}
	reader->plain = outer && reader->plain;
	return result;
}

int pacman_conf_read(struct pacman_conf *conf, const char *path, const char *sysroot,
		struct arena *arena, struct err *err) {
	struct reader reader = {.conf = conf, .sysroot = sysroot, .arena = arena, .err = err};
	if (sysroot != NULL) {
		path = path_join(sysroot, path, arena);
	}
	int result = read_file(&reader, path);
	VEC_RELEASE(&reader.mirrors);
	return result;
}

void pacman_conf_answer(struct pacman_conf *conf, struct str text, const char *key,
		struct arena *arena) {
	struct pacman_conf other = {0};
	while (text.n > 0) {
		const char *newline = memchr(text.p, '\n', text.n);
		size_t n = newline != NULL ? (size_t)(newline - text.p) : text.n;
		struct str line = trim((struct str){text.p, strnlen(text.p, n)}), name, value;
		n += newline != NULL;
		text.p += n;
		text.n -= n;
		if (line.n == 0) {
			continue;
		}
		bool named = split(line, &name, &value);
		if (line.p[0] == '[') {
			if (!str_is(line, "[options]")) {
				break; /* repositories */
			}
		} else if (named && (key == NULL || str_is(name, key))) {
			(void)set(conf, name, value, arena);
		} else if (key != NULL && !(named && set(&other, name, value, arena))) {
			/* A value, which may hold a '=' itself; not another key's. */
			(void)set(conf, str_of(key), line, arena);
		}
	}
	pacman_conf_release(&other);
}

void pacman_conf_release(struct pacman_conf *conf) {
	VEC_RELEASE(&conf->caches);
	VEC_RELEASE(&conf->hold);
}
