/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>

#include "base/str.h"
#include "state/installed.h"

enum kind {
	KEY_NAME,
	KEY_VERSION,
	KEY_BASE,
	KEY_TIME,
	KEY_REASON,
	KEY_ONE,        /* a value that isn't needed */
	KEY_GROUPS,     /* a list whose lines are names */
	KEY_RELATIONS,  /* a list of "name>=version: description" */
	KEY_VALIDATION,
	KEY_LIST,       /* a list that isn't needed */
};

struct key {
	const char *name;
	size_t n;
	enum kind kind;
	size_t offset; /* of the list */
};

#define KEY(text, kind) {"%" text "%", sizeof(text) + 1, kind, 0}
#define LIST(text, kind, member)                                                                 \
	{"%" text "%", sizeof(text) + 1, kind, offsetof(struct installed_package, member)}

/* In the order in which libalpm writes them, so that the next one is mostly the next row. */
static const struct key keys[] = {
	KEY("NAME", KEY_NAME),
	KEY("VERSION", KEY_VERSION),
	KEY("BASE", KEY_BASE),
	KEY("DESC", KEY_ONE),
	KEY("URL", KEY_ONE),
	KEY("ARCH", KEY_ONE),
	KEY("BUILDDATE", KEY_ONE),
	KEY("INSTALLDATE", KEY_TIME),
	KEY("PACKAGER", KEY_ONE),
	KEY("SIZE", KEY_ONE),
	KEY("REASON", KEY_REASON),
	LIST("GROUPS", KEY_GROUPS, groups),
	KEY("LICENSE", KEY_LIST),
	KEY("VALIDATION", KEY_VALIDATION),
	LIST("REPLACES", KEY_RELATIONS, replaces),
	LIST("DEPENDS", KEY_RELATIONS, depends),
	LIST("OPTDEPENDS", KEY_RELATIONS, optdepends),
	KEY("MAKEDEPENDS", KEY_LIST),
	KEY("CHECKDEPENDS", KEY_LIST),
	LIST("CONFLICTS", KEY_RELATIONS, conflicts),
	LIST("PROVIDES", KEY_RELATIONS, provides),
	KEY("XDATA", KEY_LIST),
};
enum { KEY_COUNT = sizeof(keys) / sizeof(keys[0]) };

struct reader {
	const char *at, *end;
	unsigned next; /* row that is expected */
};

/* The next line without its newline; false at the end. */
static bool next_line(struct reader *reader, struct str *ret) {
	if (reader->at >= reader->end) {
		return false;
	}
	size_t left = (size_t)(reader->end - reader->at);
	const char *newline = memchr(reader->at, '\n', left);
	*ret = (struct str){reader->at, newline != NULL ? (size_t)(newline - reader->at) : left};
	reader->at += ret->n + (newline != NULL);
	return true;
}

static const struct key *find_key(struct reader *reader, struct str line) {
	for (unsigned i = 0; i < KEY_COUNT; i++) {
		const struct key *key = &keys[(reader->next + i) % KEY_COUNT];
		if (key->n == line.n && memcmp(key->name, line.p, line.n) == 0) {
			reader->next = (unsigned)(key - keys + 1) % KEY_COUNT;
			return key;
		}
	}
	return NULL;
}

/* The lines up to an empty one, as one text, and how many there are. */
static struct str take_list(struct reader *reader, size_t *ret_count) {
	struct str text = {reader->at, 0}, line;
	*ret_count = 0;
	while (next_line(reader, &line) && line.n > 0) {
		++*ret_count;
		text.n = (size_t)(line.p + line.n - text.p);
	}
	return text;
}

/* "name>=1: what for": the name ends where libalpm lets it end (alpm_dep_from_string). */
static char *end_of_name(char *at, char *end) {
	for (; at < end; at++) {
		if (*at == '<' || *at == '>' || *at == '=' || *at == '\0' ||
				(*at == ':' && at + 1 < end && at[1] == ' ')) {
			break;
		}
	}
	return at;
}

/* Two allocations a list: its text, whose lines become strings, and the array. */
static const char *const *read_list(struct reader *reader, bool relations, struct arena *arena) {
	size_t count;
	struct str text = take_list(reader, &count);
	if (count == 0) {
		return NULL;
	}
	const char **items = arena_alloc(arena, (count + 1) * sizeof(*items));
	char *at = arena_strndup(arena, text.p, text.n), *end = at + text.n;
	size_t used = 0;
	while (at < end) {
		char *newline = memchr(at, '\n', (size_t)(end - at));
		char *line_end = newline != NULL ? newline : end;
		char *name_end = relations ? end_of_name(at, line_end) : line_end;
		if (name_end > at) {
			items[used++] = at;
		}
		*name_end = '\0';
		at = line_end + 1;
	}
	items[used] = NULL;
	return used > 0 ? items : NULL;
}

/* Digits up to what is none; what doesn't fit is 0, "unknown". */
static int64_t number_of(struct str text) {
	int64_t number = 0;
	for (size_t i = 0; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
				__builtin_add_overflow(number, text.p[i] - '0', &number)) {
			return 0;
		}
	}
	return number;
}

static bool has_line(struct str text, const char *line) {
	struct reader reader = {.at = text.p, .end = text.p + text.n};
	struct str found;
	while (next_line(&reader, &found)) {
		if (str_is(found, line)) {
			return true;
		}
	}
	return false;
}

static size_t length(const char *const *list) {
	size_t n = 0;
	while (list != NULL && list[n] != NULL) {
		n++;
	}
	return n;
}

/* A key that comes twice adds up, as for libalpm. */
static void add_list(struct installed_package *package, const struct key *key,
		const char *const *list, struct arena *arena) {
	const char *const *before;
	memcpy(&before, (char *)package + key->offset, sizeof(before));
	size_t old = length(before), more = before != NULL ? length(list) : 0;
	if (more > 0) {
		const char **both = arena_alloc(arena, (old + more + 1) * sizeof(*both));
		memcpy(both, before, old * sizeof(*both));
		memcpy(both + old, list, (more + 1) * sizeof(*both));
		list = both;
	} else if (before != NULL) {
		list = before;
	}
	memcpy((char *)package + key->offset, &list, sizeof(list));
}

struct seen {
	bool name, version;
};

static void read_key(struct installed_package *package, const struct key *key,
		struct reader *reader, struct seen *seen, struct arena *arena) {
	struct str line = {"", 0};
	size_t count;
	switch (key->kind) {
	case KEY_LIST:
		(void)take_list(reader, &count);
		return;
	case KEY_VALIDATION:
		package->is_foreign = has_line(take_list(reader, &count), "none");
		return;
	case KEY_GROUPS:
	case KEY_RELATIONS:
		add_list(package, key, read_list(reader, key->kind == KEY_RELATIONS, arena), arena);
		return;
	case KEY_NAME:
	case KEY_VERSION:
	case KEY_BASE:
	case KEY_TIME:
	case KEY_REASON:
	case KEY_ONE:
		break;
	}
	(void)next_line(reader, &line); /* at the end: an empty value */
	if (key->kind == KEY_NAME) {
		seen->name = str_is(line, package->name);
	} else if (key->kind == KEY_VERSION) {
		seen->version = str_is(line, package->version);
	} else if (key->kind == KEY_BASE && line.n > 0) {
		package->base = arena_strndup(arena, line.p, line.n);
	} else if (key->kind == KEY_TIME) {
		package->time = number_of(line);
	} else if (key->kind == KEY_REASON) {
		package->is_explicit = str_is(line, "0");
	}
}

void installed_parse(struct installed_package *package, const char *bytes, size_t size,
		struct arena *arena) {
	struct reader reader = {.at = bytes, .end = bytes + size};
	struct installed_package plain = {.name = package->name, .version = package->version};
	struct seen seen = {0};
	struct str line;
	*package = plain;
	package->is_explicit = true;
	while (next_line(&reader, &line)) {
		const struct key *key = line.n > 0 ? find_key(&reader, line) : NULL;
		if (key != NULL) {
			read_key(package, key, &reader, &seen, arena);
		} else if (line.n > 0) {
			/* A later pacman's key, or no key: what stands below it is its own. */
			size_t count;
			(void)take_list(&reader, &count);
		}
	}
	if (!seen.name || !seen.version) {
		*package = plain;
		package->damaged = true;
	}
}
