/* SPDX-License-Identifier: MIT */
#include "base/hash.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wcast-align"
#define XXH_INLINE_ALL
#include <xxhash.h>
#pragma GCC diagnostic pop

uint64_t hash64(const void *bytes, size_t n) {
	return XXH3_64bits(bytes, n);
}
