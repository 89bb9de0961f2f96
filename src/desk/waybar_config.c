/* SPDX-License-Identifier: MIT */
#include "desk/waybar_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "desk/waybar.h"

/* --- style sheets -------------------------------------------------------------------------- */

static const char *after_blanks(const char *at) {
	for (;;) {
		at += strspn(at, " \t\r\n\f");
		if (at[0] != '/' || at[1] != '*') {
			return at;
		}
		const char *end = strstr(at + 2, "*/");
		at = end != NULL ? end + 2 : at + strlen(at);
	}
}

/* `at` stands behind "@import". */
static bool is_ours(const char *at) {
	at = after_blanks(at);
	bool url = strncmp(at, "url(", 4) == 0;
	at = url ? after_blanks(at + 4) : at;
	if (*at != '"' && *at != '\'') {
		return false; /* url() without quotes: Waybar doesn't take it */
	}
	const char *end = strchr(at + 1, *at);
	if (end == NULL) {
		return false;
	}
	struct str path = {at + 1, (size_t)(end - at) - 1}, name = str_of(WAYBAR_STYLE);
	if (path.n < name.n || memcmp(path.p + path.n - name.n, name.p, name.n) != 0) {
		return false;
	}
	return path.n == name.n || path.p[path.n - name.n - 1] == '/';
}

bool waybar_imports(const char *text) {
	static const char word[] = "@import";
	for (const char *at = after_blanks(text); *at != '\0'; at = after_blanks(at)) {
		if (strncmp(at, word, sizeof(word) - 1) == 0 && is_ours(at + sizeof(word) - 1)) {
			return true;
		}
		/* A '/' alone begins no comment. */
		at += 1 + strcspn(at + 1, " \t\r\n\f/@");
	}
	return false;
}

/* --- the configuration --------------------------------------------------------------------- */

enum { DEPTH_MAX = 32 };

struct frame {
	struct str name; /* the key that it is the value of */
	struct str key;  /* the last one in it, as long as its value hasn't come */
	bool ours, told;
};

struct scan {
	struct waybar_config *ret;
	struct arena *arena;
	struct frame frames[DEPTH_MAX];
	size_t depth;    /* of the frame in use; deeper ones aren't looked at */
	struct str last; /* the string that may turn out to be a key */
};

static struct frame *frame_of(struct scan *scan) {
	return &scan->frames[scan->depth < DEPTH_MAX ? scan->depth : DEPTH_MAX - 1];
}

static bool runs_lumina(struct str command) {
	static const char what[] = "lumina bar ";
	return memmem(command.p, command.n, what, sizeof(what) - 1) != NULL;
}

static void take_value(struct scan *scan, struct str value) {
	struct frame *frame = frame_of(scan);
	if (str_is(frame->key, "exec")) {
		frame->ours = runs_lumina(value);
	} else if (str_is(frame->key, "signal")) {
		frame->told = str_is(value, "13");
	} else if (str_is(frame->key, "reload_style_on_change")) {
		scan->ret->reloads |= str_is(value, "true");
	}
	frame->key = (struct str){NULL, 0};
}

static void leave(struct scan *scan) {
	struct frame *frame = frame_of(scan);
	if (frame->ours) {
		scan->ret->modules++;
		if (!frame->told && scan->ret->unsignalled == NULL) {
			scan->ret->unsignalled = arena_strndup(scan->arena,
					frame->name.p != NULL ? frame->name.p : "", frame->name.n);
		}
	}
	*frame = (struct frame){0};
	scan->depth -= scan->depth > 0;
}

static void enter(struct scan *scan) {
	struct str name = frame_of(scan)->key;
	frame_of(scan)->key = (struct str){NULL, 0};
	scan->depth++;
	*frame_of(scan) = (struct frame){.name = name};
}

/* The end of the comment, string or word that begins at `at`; whatever it is, it moves on. */
static const char *take_token(struct scan *scan, const char *at, const char *end) {
	static const char marks[] = "{}[]:,\"";
	const char *from = at;
	if (at[0] == '/' && end - at > 1 && (at[1] == '/' || at[1] == '*')) {
		bool line = at[1] == '/';
		const char *close = memmem(at + 2, (size_t)(end - at) - 2, line ? "\n" : "*/",
				line ? 1 : 2);
		return close == NULL ? end : close + (line ? 1 : 2);
	}
	if (*at == '"') {
		for (at++; at < end && *at != '"'; at++) {
			at += *at == '\\' && at + 1 < end;
		}
		scan->last = (struct str){from + 1, (size_t)(at - from) - 1};
		if (frame_of(scan)->key.p != NULL) {
			take_value(scan, scan->last);
		}
		return at < end ? at + 1 : end;
	}
	while (at < end && strchr(marks, *at) == NULL && strchr(" \t\r\n/", *at) == NULL) {
		at++;
	}
	if (frame_of(scan)->key.p != NULL && at > from) {
		take_value(scan, (struct str){from, (size_t)(at - from)});
	}
	return at > from ? at : from + 1;
}

void waybar_config_scan(struct waybar_config *ret, const char *text, size_t size,
		struct arena *arena) {
	struct scan scan = {.ret = ret, .arena = arena};
	const char *end = text + size;
	for (const char *at = text; at < end;) {
		switch (*at) {
		case ' ':
		case '\t':
		case '\r':
		case '\n':
		case ',':
		case '\0':
			at++;
			break;
		case '{':
		case '[':
			enter(&scan);
			at++;
			break;
		case '}':
		case ']':
			leave(&scan);
			at++;
			break;
		case ':':
			frame_of(&scan)->key = scan.last;
			at++;
			break;
		default:
			at = take_token(&scan, at, end);
		}
	}
}
