/* SPDX-License-Identifier: MIT */
#pragma once

/* UTF-8 (RFC 3629): shortest forms only, no surrogates, nothing above U+10FFFF. */

#include <stddef.h>
#include <stdint.h>

/*
 * Length in bytes (1 to 4) of the character at `p`, of which at most n bytes
 * exist, with its code point in *ret_code; 0 where the bytes are no character.
 */
size_t utf8_decode(const char *p, size_t n, uint32_t *ret_code);
