/* SPDX-License-Identifier: MIT */
#include "state/look.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "sys/folder.h"

struct look {
	const struct facts *facts;
	struct arena *arena;
	size_t profile_size;
	/* Open folders from home down to the present place's. */
	struct {
		struct {
			uint32_t place;
			int fd;
		} *items;
		size_t count, room;
	} open;
	/* The last prefix found to be the profile in another spelling. */
	const char *same_profile;
	char text[PATH_MAX + 1];
};

static void hide(struct stamp *seen) {
	seen->kind = STAMP_HIDDEN;
	seen->sys = errno;
}

static void stat_place(int dir, const char *name, struct stamp *seen) {
	struct stat info;
	if (fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT) {
			seen->kind = STAMP_ABSENT;
		} else {
			hide(seen);
		}
		return;
	}
	stamp_fill(seen, &info);
}

/* The link's text is `<profile>/<source>` to the letter, or that of a rendered file. */
static bool is_exact(const struct look *look, const struct want *want, size_t n) {
	if (want->text != NULL) {
		return n == strlen(want->text) && memcmp(look->text, want->text, n) == 0;
	}
	size_t source = strlen(want->source);
	return n == look->profile_size + 1 + source &&
			memcmp(look->text, look->facts->profile, look->profile_size) == 0 &&
			look->text[look->profile_size] == '/' &&
			memcmp(look->text + look->profile_size + 1, want->source, source) == 0;
}

static bool same_folder(const char *a, const char *b) {
	struct stat left, right;
	return stat(a, &left) == 0 && stat(b, &right) == 0 && left.st_dev == right.st_dev &&
			left.st_ino == right.st_ino;
}

/* The text is `<other spelling of the profile>/<source>`: HOME or the profile is a symlink. */
static bool is_respelled(struct look *look, const struct want *want, size_t n) {
	size_t source = strlen(want->source);
	if (want->text != NULL || look->text[0] != '/' || n < source + 2 || look->text[n - source - 1] != '/' ||
			memcmp(look->text + n - source, want->source, source) != 0) {
		return false;
	}
	const char *prefix = arena_strndup(look->arena, look->text, n - source - 1);
	if (look->same_profile != NULL && streq(prefix, look->same_profile)) {
		return true;
	}
	if (!same_folder(prefix, look->facts->profile)) {
		return false;
	}
	look->same_profile = prefix;
	return true;
}

/* Both lead to the same file in the end. */
static bool resolves_right(const struct look *look, const struct place *place) {
	const char *target = path_from_home(place->path, look->facts->home, look->arena);
	const char *source = want_text(place->want, look->facts->profile, look->arena);
	_cleanup_free_ char *left = realpath(target, NULL);
	_cleanup_free_ char *right = left != NULL ? realpath(source, NULL) : NULL;
	return left != NULL && right != NULL && streq(left, right);
}

/* One readlinkat(2), and nothing else where the link is as it should be. */
static void look_at_link(struct look *look, struct place *place, int dir, const char *name) {
	struct stamp *seen = &place->seen;
	ssize_t n = readlinkat(dir, name, look->text, sizeof(look->text) - 1);
	if (n < 0) {
		if (errno == ENOENT) {
			seen->kind = STAMP_ABSENT;
		} else if (errno == EINVAL) {
			stat_place(dir, name, seen);
		} else {
			hide(seen);
		}
		return;
	}
	seen->kind = STAMP_LINK;
	look->text[n] = '\0';
	if (place->want != NULL && is_exact(look, place->want, (size_t)n)) {
		seen->right = true;
		return;
	}
	/* What we recorded is mostly what stands there: share its bytes. */
	seen->text = place->owned != NULL && place->owned->text != NULL &&
					streq(place->owned->text, look->text)
			? place->owned->text
			: arena_strndup(look->arena, look->text, (size_t)n);
	seen->right = place->want != NULL && (is_respelled(look, place->want, (size_t)n) ||
							     resolves_right(look, place));
}

static void push(struct look *look, uint32_t place, int fd) {
	VEC_GROW(&look->open);
	look->open.items[look->open.count].place = place;
	look->open.items[look->open.count].fd = fd;
	look->open.count++;
}

static bool is_stale_link(const struct place *place) {
	return place->want == NULL && place->owned != NULL && place->owned->text != NULL &&
			place->seen.text != NULL && streq(place->owned->text, place->seen.text);
}

/* A link where a folder is needed: where does it lead? */
static void follow(struct look *look, struct places *places, uint32_t at, int dir,
		const char *name) {
	struct place *place = &places->items[at];
	if (place->want != NULL || is_stale_link(place)) {
		return; /* ours to keep or replace; nothing of ours is behind it */
	}
	int fd = openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		place->seen.sys = errno;
		place->seen.lead = errno == ENOENT    ? LEAD_NOWHERE
				: errno == ELOOP      ? LEAD_LOOP
				: errno == ENOTDIR    ? LEAD_FILE
						      : LEAD_HIDDEN;
		return;
	}
	const char *real = folder_real_path(fd, look->arena);
	if (real == NULL) {
		place->seen.lead = LEAD_HIDDEN;
		place->seen.sys = errno;
	} else if (look->facts->profile_real != NULL &&
			path_is_under(real, look->facts->profile_real)) {
		place->seen.lead = LEAD_PROFILE;
	} else {
		place->seen.lead = LEAD_FOLDER;
		place->seen.leads = real;
		push(look, at, fd);
		return;
	}
	(void)close(fd);
}

static void look_at_folder(struct look *look, struct places *places, uint32_t at, int dir,
		const char *name) {
	struct place *place = &places->items[at];
	int fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOENT) {
			place->seen.kind = STAMP_ABSENT;
		} else if (errno == ENOTDIR || errno == ELOOP) {
			look_at_link(look, place, dir, name);
			if (place->seen.kind == STAMP_LINK) {
				follow(look, places, at, dir, name);
			}
		} else {
			hide(&place->seen);
		}
		return;
	}
	place->seen.kind = STAMP_FOLDER;
	if (place->want != NULL || (place->owned != NULL && !place->wanted_below)) {
		stat_place(dir, name, &place->seen);
	}
	push(look, at, fd);
}

static void look_at_place(struct look *look, struct places *places, uint32_t at) {
	struct place *place = &places->items[at];
	const struct stamp *above = &places->items[place->parent].seen;
	while (look->open.count > 1 &&
			!path_is_under(place->path,
					places->items[look->open.items[look->open.count - 1].place]
							.path)) {
		(void)close(look->open.items[--look->open.count].fd);
	}
	if (look->open.items[look->open.count - 1].place != place->parent) {
		/* The folder above isn't there, or isn't one. */
		bool hidden = above->kind == STAMP_HIDDEN || above->lead == LEAD_HIDDEN;
		place->seen.kind = hidden ? STAMP_HIDDEN : STAMP_ABSENT;
		place->seen.sys = hidden ? above->sys : 0;
		return;
	}
	int dir = look->open.items[look->open.count - 1].fd;
	const char *name = path_name(place->path);
	if (place->above) {
		look_at_folder(look, places, at, dir, name);
	} else {
		look_at_link(look, place, dir, name);
	}
	/* A folder of ours that nothing is wanted in any more: is there anything else in it? */
	if (place->seen.kind == STAMP_FOLDER && place->owned != NULL &&
			place->owned->text == NULL && !place->wanted_below &&
			folder_count(dir, name, &place->seen.entries) < 0) {
		hide(&place->seen);
	}
}

int look(struct places *places, const struct facts *facts, struct arena *arena,
		struct err *err) {
	struct look *state = arena_zalloc(arena, sizeof(*state));
	state->facts = facts;
	state->arena = arena;
	state->profile_size = strlen(facts->profile);
	int home = open(facts->home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (home < 0) {
		return err_sys(err, "cannot open the home folder '%s'", facts->home);
	}
	places->items[0].seen.kind = STAMP_FOLDER;
	push(state, 0, home);
	for (uint32_t i = 1; i < places->count; i++) {
		look_at_place(state, places, i);
	}
	while (state->open.count > 0) {
		(void)close(state->open.items[--state->open.count].fd);
	}
	VEC_RELEASE(&state->open);
	return 0;
}
