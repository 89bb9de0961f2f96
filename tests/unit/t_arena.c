/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdalign.h>

static void test_memory(void **state) {
	(void)state;
	static const size_t sizes[] = {0, 1, 3, 8, 17, 4096, 16 * 1024, 20000, 300 * 1024, 5};
	struct arena arena;
	arena_init(&arena);
	char *pieces[50 * COUNT(sizes)];
	size_t count = 0;
	for (size_t round = 0; round < 50; round++) {
		for (size_t i = 0; i < COUNT(sizes); i++) {
			char *piece = arena_alloc(&arena, sizes[i]);
			assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
			memset(piece, (int)(count & 0xff), sizes[i]);
			pieces[count++] = piece;
			(void)arena_strdup(&arena, "odd"); /* puts the next one out of line */
		}
	}
	/* Nothing was written over. */
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < sizes[i % COUNT(sizes)]; j++) {
			check((unsigned char)pieces[i][j] == (i & 0xff), "piece %zu byte %zu", i, j);
		}
	}
	arena_release(&arena);
	arena_release(&arena);
}

static void test_texts(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	assert_string_equal(arena_strdup(&arena, "abc"), "abc");
	assert_string_equal(arena_strndup(&arena, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(&arena, NULL, 0), "");
	assert_memory_equal(arena_strndup(&arena, "a\0b", 3), "a\0b", 4);
	assert_string_equal(arena_printf(&arena, "%s/%d", "x", 7), "x/7");
	assert_string_equal(arena_printf(&arena, "%s", ""), "");
	char big[100000];
	memset(big, 'y', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_string_equal(arena_printf(&arena, "%s", big), big);
	const char *zero = arena_zalloc(&arena, 1000);
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(zero[i], 0);
	}
	arena_release(&arena);
	/* Usable again. */
	assert_string_equal(arena_strdup(&arena, "again"), "again");
	arena_release(&arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
