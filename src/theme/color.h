/* SPDX-License-Identifier: MIT */
#pragma once

/* Colours of a scheme: sRGB, eight bits a channel, no transparency. */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct color {
	uint8_t r, g, b;
};

/*
 * "7cafc2" or "#7cafc2", digits of either case. The short form "#7ac" is refused: none of
 * tinted-theming's schemes uses it, and half a colour is a typing error.
 */
bool color_parse(struct str text, struct color *ret);

/*
 * What lies `percent` of the way from one colour to the other, channel by channel. Above
 * 100 it lies beyond the second one, as far as there are colours.
 */
struct color color_mix(struct color from, struct color to, unsigned percent);

/* Relative luminance as WCAG 2 defines it: 0 (black) to 1 (white). */
double color_luminance(struct color color);

/* True where white on it has more contrast (WCAG 2) than black: a dark background. */
bool color_is_dark(struct color color);

/* Contrast as WCAG 2 defines it: 1 (the same) to 21 (black and white). */
double color_contrast(struct color a, struct color b);
