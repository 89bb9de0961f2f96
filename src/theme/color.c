/* SPDX-License-Identifier: MIT */
#include "theme/color.h"

static int digit(char c) {
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	char lower = (char)(c | 0x20);
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool color_parse(struct str text, struct color *ret) {
	if (text.n > 0 && text.p[0] == '#') {
		text = (struct str){text.p + 1, text.n - 1};
	}
	if (text.n != 6) {
		return false;
	}
	uint8_t bytes[3];
	for (size_t i = 0; i < 3; i++) {
		int high = digit(text.p[2 * i]), low = digit(text.p[2 * i + 1]);
		if (high < 0 || low < 0) {
			return false;
		}
		bytes[i] = (uint8_t)(high * 16 + low);
	}
	*ret = (struct color){bytes[0], bytes[1], bytes[2]};
	return true;
}

static uint8_t mix(uint8_t from, uint8_t to, unsigned percent) {
	/* Twice the sum and half the divisor: rounded to the nearest. */
	int64_t sum = (int64_t)from * (100 - (int64_t)percent) + (int64_t)to * percent;
	int64_t value = sum <= 0 ? 0 : (2 * sum + 100) / 200;
	return (uint8_t)(value > 255 ? 255 : value);
}

struct color color_mix(struct color from, struct color to, unsigned percent) {
	return (struct color){
		mix(from.r, to.r, percent),
		mix(from.g, to.g, percent),
		mix(from.b, to.b, percent),
	};
}

/*
 * x^(1/5) for x in (0, 1], by Newton's method from above, where it only comes nearer. pow()
 * would need a library of its own, which every start of the program would load.
 */
static double fifth_root(double x) {
	double root = 1;
	for (int i = 0; i < 40; i++) {
		double fourth = root * root * root * root;
		root -= (root - x / fourth) / 5;
	}
	return root;
}

/* A channel as an amount of light: the transfer function of sRGB (IEC 61966-2-1). */
static double light(uint8_t channel) {
	double value = channel / 255.0;
	if (value <= 0.04045) {
		return value / 12.92;
	}
	double base = (value + 0.055) / 1.055;
	return base * base * fifth_root(base * base); /* base^2.4 */
}

double color_luminance(struct color color) {
	return 0.2126 * light(color.r) + 0.7152 * light(color.g) + 0.0722 * light(color.b);
}

bool color_is_dark(struct color color) {
	double luminance = color_luminance(color) + 0.05;
	return 1.05 / luminance > luminance / 0.05;
}

double color_contrast(struct color a, struct color b) {
	double one = color_luminance(a) + 0.05, other = color_luminance(b) + 0.05;
	return one > other ? one / other : other / one;
}
