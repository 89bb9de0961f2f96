/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Growing arrays on the heap: any struct with the members `items`, `count` and
 * `room` is one. The owner frees `items` (VEC_RELEASE).
 */

#include <stdlib.h>

#include "base/mem.h"

#define VEC_GROW(vec)                                                                            \
	do {                                                                                     \
		if ((vec)->count == (vec)->room) {                                               \
			(vec)->room = (vec)->room > 0 ? (vec)->room * 2 : 16;                    \
			(vec)->items = xreallocarray(                                            \
					(vec)->items, (vec)->room, sizeof(*(vec)->items));       \
		}                                                                                \
	} while (0)

/* Appends one item, given as the remaining arguments (a compound literal may hold commas). */
#define VEC_ADD(vec, ...)                                                                        \
	do {                                                                                     \
		VEC_GROW(vec);                                                                   \
		(vec)->items[(vec)->count++] = __VA_ARGS__;                                      \
	} while (0)

#define VEC_RELEASE(vec)                                                                         \
	do {                                                                                     \
		free((vec)->items);                                                              \
		(vec)->items = NULL;                                                             \
		(vec)->count = (vec)->room = 0;                                                  \
	} while (0)
