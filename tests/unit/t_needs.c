/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include "plan/needs.h"

static void take(struct needs *needs, const char *names, struct arena *arena) {
	const char *const *words = words_split(names, arena);
	for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
		needs_take(needs, installed_find(needs->installed, words[i]));
	}
}

static int compare(const void *a, const void *b) {
	return strcmp((*(const struct installed_package *const *)a)->name,
			(*(const struct installed_package *const *)b)->name);
}

static const char *list_text(const struct package_list *list, struct arena *arena) {
	if (list->count > 1) {
		qsort(list->items, list->count, sizeof(*list->items), compare);
	}
	const char *text = "";
	for (size_t i = 0; i < list->count; i++) {
		text = arena_printf(arena, "%s%s%s", text, i > 0 ? " " : "", list->items[i]->name);
	}
	return text;
}

/* What goes along when something goes; who would miss each of those that go. */
static void test_table(void **state) {
	(void)state;
	static const struct {
		const char *packages, *goes;
		const char *along;  /* by name */
		const char *missed; /* "x<y": y stays, and needs x */
	} rows[] = {
		{"a e; b e", "a", "", ""},
		{"a e d=b; b", "a", "b", ""},
		{"a e d=b; b e", "a", "", ""},
		{"a e d=b; b; c e d=b", "a", "", ""},
		{"a e d=b; b", "b", "", "b<a"},
		{"a e d=b; b", "a b", "", ""},
		{"a e d=b; b d=c; c d=x; d e", "a", "b c", ""},
		{"a e d=c; b; c d=b", "a", "b c", ""},
		/* other orphans stay */
		{"a e d=b; b; orphan", "a", "b", ""},
		{"a e; orphan d=o; o", "a", "", ""},
		/* and what is needed by one of those */
		{"a e d=b; b; orphan d=b", "a", "", ""},
		/* through what it provides; any provider does */
		{"a e d=v; b p=v", "a", "b", ""},
		{"a e d=v; b e p=v; c e p=v", "b", "", ""},
		{"a e d=v; b e p=v; c e p=v", "b c", "", "b<a c<a"},
		{"a e d=v; v e; c e p=v", "v", "", ""},
		{"a e d=v; v e; c e", "v", "", "v<a"},
		{"a e d=x,y; b p=x; c p=y", "a", "b c", ""},
		/* who needs itself, or each other, is not held by that alone: as libalpm has it */
		{"a e d=b; b d=b", "a", "b", ""},
		{"a e d=b; b d=c; c d=b", "a", "b c", ""},
		{"a e d=b; b d=c; c d=d; d d=b,e; e", "a", "b c d e", ""},
		{"a e d=b; b d=c; c d=b; x e d=c", "a", "", ""},
		{"a e d=b; b d=c; c d=b,d; d; x e d=d", "a", "b c", ""},
		{"a e d=b; b d=c; c d=b; orphan d=b", "a", "", ""},
		{"a e d=b; b p=v d=c; c d=v", "a", "b c", ""},
		{"a e d=b; b e d=a", "a b", "", ""},
		{"a e d=b; b e d=a", "a", "", "a<b"},
		/* what can't be read goes with nothing */
		{"a e d=b; b !", "a", "", ""},
		{"a e d=gone", "a", "", ""},
		{"a e d=b; b", "", "", ""},
		{"a e d=b; b", "none", "", ""},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct installed installed;
		struct needs needs;
		struct package_list along = {0};
		arena_init(&arena);
		machine_install(&installed, rows[i].packages, &arena);
		needs_init(&needs, &installed);
		for (int round = 0; round < 2; round++) { /* cleared, it begins afresh */
			needs_clear(&needs);
			along.count = 0;
			take(&needs, rows[i].goes, &arena);
			needs_take_dependencies(&needs, &along);
		}
		const char *row = arena_printf(&arena, "%s: %s", rows[i].packages, rows[i].goes);
		check_text(row, list_text(&along, &arena), rows[i].along);
		const char *missed = "";
		for (size_t j = 0; j < installed.count; j++) {
			const struct installed_package *package = &installed.items[j];
			const struct installed_package *needer = needs_takes(&needs, package)
					? needs_find(&needs, package) : NULL;
			if (needer != NULL) {
				missed = arena_printf(&arena, "%s%s%s<%s", missed,
						missed[0] != '\0' ? " " : "", package->name,
						needer->name);
			}
		}
		check_text(row, missed, rows[i].missed);
		VEC_RELEASE(&along);
		needs_release(&needs);
		installed_release(&installed);
		arena_release(&arena);
	}
}

static void test_leads_to(void **state) {
	(void)state;
	static const struct {
		const char *packages, *goes, *from, *to;
		bool leads;
	} rows[] = {
		{"a e d=b; b", "a b", "a", "b", true},
		{"a e d=b; b", "a b", "b", "a", false},
		{"a e d=b; b d=c; c", "a b c", "a", "c", true},
		{"a e d=b; b d=c; c", "a c", "a", "c", false}, /* b stays */
		{"a e d=v; b p=v d=c; c", "a b c", "a", "c", true},
		{"a e d=b; b d=a; c", "a b c", "a", "c", false}, /* round and round */
		{"a e", "a", "a", "a", true},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct installed installed;
		struct needs needs;
		arena_init(&arena);
		machine_install(&installed, rows[i].packages, &arena);
		needs_init(&needs, &installed);
		take(&needs, rows[i].goes, &arena);
		check(needs_leads_to(&needs, installed_find(&installed, rows[i].from),
				      installed_find(&installed, rows[i].to)) == rows[i].leads,
				"%s: %s → %s", rows[i].packages, rows[i].from, rows[i].to);
		needs_release(&needs);
		installed_release(&installed);
		arena_release(&arena);
	}
}

/* A long chain, the wrong way round for a single pass. */
static void test_chain(void **state) {
	(void)state;
	enum { LENGTH = 300 };
	struct arena arena;
	struct installed installed;
	struct needs needs;
	struct package_list along = {0};
	arena_init(&arena);
	const char *text = arena_printf(&arena, "p%03d e d=p%03d", LENGTH, LENGTH - 1);
	for (int i = LENGTH - 1; i > 0; i--) {
		text = arena_printf(&arena, "%s; p%03d d=p%03d", text, i, i - 1);
	}
	machine_install(&installed, arena_printf(&arena, "%s; p000", text), &arena);
	needs_init(&needs, &installed);
	take(&needs, arena_printf(&arena, "p%03d", LENGTH), &arena);
	needs_take_dependencies(&needs, &along);
	assert_int_equal(along.count, LENGTH);
	assert_true(needs_leads_to(&needs, &installed.items[LENGTH], &installed.items[0]));
	VEC_RELEASE(&along);
	needs_release(&needs);
	installed_release(&installed);
	arena_release(&arena);
}

static void test_empty(void **state) {
	(void)state;
	struct installed installed = {.loaded = true};
	struct needs needs;
	struct package_list along = {0};
	needs_init(&needs, &installed);
	needs_take(&needs, NULL);
	needs_take_dependencies(&needs, &along);
	assert_int_equal(along.count, 0);
	needs_clear(&needs);
	needs_release(&needs);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_leads_to),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
