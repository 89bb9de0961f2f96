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

/*
 * Columns of a terminal that a text takes, as far as that can be told: two for East
 * Asian characters and pictures, none for accents that combine, one for everything else.
 */
size_t utf8_columns(const char *text, size_t n);
