/* SPDX-License-Identifier: MIT */
#pragma once

/* XXH3 (xxhash.com), 64 bits: finds changes and damage; it is no defence against a forger. */

#include <stddef.h>
#include <stdint.h>

uint64_t hash64(const void *bytes, size_t n);
