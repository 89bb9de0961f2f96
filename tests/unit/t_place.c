/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/path.h"
#include "state/place.h"

enum { ITEMS_MAX = 16 };

/* Paths of wants and owned ones, each sorted, separated by blanks; then the places. */
struct row {
	const char *wants, *owned, *want;
};

static size_t split(const char *text, const char *paths[ITEMS_MAX], struct arena *arena) {
	size_t count = 0;
	for (char *word = strtok(arena_strdup(arena, text), " "); word != NULL;
			word = strtok(NULL, " ")) {
		assert_true(count < ITEMS_MAX);
		paths[count++] = word;
	}
	return count;
}

/* "path<parent" with w(ant), o(wned), a(bove), b(elow is a want). */
static const char *join(const struct row *row, struct arena *arena) {
	const char *paths[ITEMS_MAX];
	struct want wants[ITEMS_MAX] = {0};
	struct owned owned[ITEMS_MAX] = {0};
	size_t nwants = split(row->wants, paths, arena);
	for (size_t i = 0; i < nwants; i++) {
		wants[i].path = paths[i];
	}
	size_t nowned = split(row->owned, paths, arena);
	for (size_t i = 0; i < nowned; i++) {
		owned[i].path = paths[i];
	}
	struct wants all = {.items = wants, .count = nwants};
	struct owned_record record = {.items = owned, .count = nowned};
	struct places places;
	places_join(&places, &all, &record, arena);
	const char *text = "";
	for (size_t i = 0; i < places.count; i++) {
		const struct place *place = &places.items[i];
		const char *parent = place->parent == PLACE_NONE ? ""
				: places.items[place->parent].path;
		if (i > 0) {
			const struct place *last = &places.items[i - 1];
			check(path_compare(last->path, place->path) < 0, "'%s' after '%s'",
					place->path, last->path);
			check(place->parent < i, "parent of '%s'", place->path);
			check(places.items[place->parent].above, "above '%s'", place->path);
			check(path_is_under(place->path, parent), "parent of '%s'", place->path);
			check(strchr(place->path + strlen(parent) + 1, '/') == NULL, "parent of '%s'",
					place->path);
		}
		check(place->want == NULL || streq(place->want->path, place->path), "want of '%s'",
				place->path);
		check(place->owned == NULL || streq(place->owned->path, place->path), "owned '%s'",
				place->path);
		text = arena_printf(arena, "%s%s%s<%s%s%s%s%s", text, i > 0 ? " " : "", place->path,
				parent, place->want != NULL ? " w" : "", place->owned != NULL ? " o" : "",
				place->above ? " a" : "", place->wanted_below ? " b" : "");
	}
	places_release(&places);
	return text;
}

static void test_join(void **state) {
	(void)state;
	static const struct row rows[] = {
		{"", "", "~<"},
		{"~/a", "", "~< a b ~/a<~ w"},
		{"", "~/a", "~< a ~/a<~ o"},
		{"~/a", "~/a", "~< a b ~/a<~ w o"},
		{"~/a ~/c", "~/b ~/c", "~< a b ~/a<~ w ~/b<~ o ~/c<~ w o"},
		{"~/a/b/c", "", "~< a b ~/a<~ a b ~/a/b<~/a a b ~/a/b/c<~/a/b w"},
		{"", "~/a/b", "~< a ~/a<~ a ~/a/b<~/a o"},
		/* a folder of ours above; siblings share it */
		{"~/a/b ~/a/c", "~/a", "~< a b ~/a<~ o a b ~/a/b<~/a w ~/a/c<~/a w"},
		{"~/a/b", "~/a ~/a/c", "~< a b ~/a<~ o a b ~/a/b<~/a w ~/a/c<~/a o"},
		/* only a stale one below */
		{"~/z", "~/a ~/a/c", "~< a b ~/a<~ o a ~/a/c<~/a o ~/z<~ w"},
		/* a folder becomes a link, a link becomes a folder */
		{"~/a", "~/a ~/a/b", "~< a b ~/a<~ w o a ~/a/b<~/a o"},
		{"~/a/b", "~/a", "~< a b ~/a<~ o a b ~/a/b<~/a w"},
		/* '/' sorts below every other byte */
		{"~/a/x ~/a.b ~/a0", "~/a ~/a-",
				"~< a b ~/a<~ o a b ~/a/x<~/a w ~/a-<~ o ~/a.b<~ w ~/a0<~ w"},
		/* back up by more than one folder */
		{"~/a/b/c/d ~/a/e ~/f", "~/a/b/x",
				"~< a b ~/a<~ a b ~/a/b<~/a a b ~/a/b/c<~/a/b a b ~/a/b/c/d<~/a/b/c w "
				"~/a/b/x<~/a/b o ~/a/e<~/a w ~/f<~ w"},
		/* a name that begins like a folder's */
		{"~/ab ~/abc", "~/a", "~< a b ~/a<~ o ~/ab<~ w ~/abc<~ w"},
		/* nothing that this Lumina could have made */
		{"~/a", "/etc/passwd relative ~", "~< a b ~/a<~ w"},
		{"", "~ ~x/y", "~<"},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = arena_printf(&arena, "want %s, own %s", rows[i].wants,
				rows[i].owned);
		check_text(label, join(&rows[i], &arena), rows[i].want);
	}
	arena_release(&arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_join),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
