/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"
#include "reg/edit_parts.h"

/*
 * Characters that YAML has to have escaped (5.1), that some YAML takes for a line end,
 * or that can't be seen.
 */
static bool is_special(uint32_t code) {
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00, 0x1f},
		{0x7f, 0xa0},
		{0xad, 0xad},
		{0x61c, 0x61c},
		{0x2000, 0x200f},
		{0x2028, 0x202f},
		{0x205f, 0x206f},
		{0x3000, 0x3000},
		{0xfeff, 0xfeff},
		{0xfff0, 0xfffb},
		{0xfffe, 0xffff},
	};
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (code >= ranges[i].first && code <= ranges[i].last) {
			return true;
		}
	}
	return false;
}

/* False if it isn't UTF-8. */
static bool look_at_characters(const char *text, bool *ret_special) {
	*ret_special = false;
	for (size_t n = strlen(text); n > 0;) {
		uint32_t code;
		size_t size = utf8_decode(text, n, &code);
		if (size == 0) {
			return false;
		}
		*ret_special |= is_special(code);
		text += size;
		n -= size;
	}
	return true;
}

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

/* Words that are no text to YAML 1.1 (or 1.2), in any case: Lumina reads them as text. */
static bool is_word(const char *text) {
	static const char *const words[] = {"~", "null", "true", "false", "yes", "no", "on", "off",
			"y", "n", "=", "<<", ".nan", ".inf", "+.inf", "-.inf"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* Numbers of all bases, 12:30:45, 2001-01-01T…; and a few texts more, which is harmless. */
static bool is_number(const char *text) {
	text += text[0] == '+' || text[0] == '-';
	if (!is_digit(text[0]) && text[0] != '.') {
		return false;
	}
	size_t n = strlen(text);
	if (text[0] == '0' && strchr("xXoObB", text[1]) != NULL && text[1] != '\0') {
		return strspn(text + 2, "0123456789abcdefABCDEF_") == n - 2;
	}
	if (strspn(text, "0123456789_.:+-eE") == n) {
		return true;
	}
	size_t year = strspn(text, "0123456789");
	return year == 4 && text[4] == '-' && strspn(text + 5, "0123456789-:.+TtZz \t") == n - 5;
}

/* Can it stand without quotes? Doubtful things count as no. */
static bool is_plain(const char *text, bool flow) {
	size_t n = strlen(text);
	if (n == 0 || strchr("-?:,[]{}#&*!|>'\"%@` \t", text[0]) != NULL || text[n - 1] == ' ' ||
			text[n - 1] == ':' || text[n - 1] == '\t') {
		return false;
	}
	/* A tab makes it special already. */
	if (strstr(text, ": ") != NULL || strstr(text, " #") != NULL) {
		return false;
	}
	/* In brackets, older readers take a colon or question mark for more than that. */
	if (flow && strpbrk(text, ",[]{}:?") != NULL) {
		return false;
	}
	return !is_word(text) && !is_number(text);
}

static void write_single(struct buf *out, const char *text) {
	buf_addc(out, '\'');
	for (; *text != '\0'; text++) {
		buf_adds(out, *text == '\'' ? "'" : "");
		buf_addc(out, *text);
	}
	buf_addc(out, '\'');
}

static void write_escape(struct buf *out, uint32_t code) {
	switch (code) {
	case '\n':
		buf_adds(out, "\\n");
		break;
	case '\r':
		buf_adds(out, "\\r");
		break;
	case '\t':
		buf_adds(out, "\\t");
		break;
	default:
		buf_addf(out, code < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)code);
	}
}

static void write_double(struct buf *out, const char *text) {
	buf_addc(out, '"');
	for (size_t n = strlen(text); n > 0;) {
		uint32_t code;
		size_t size = utf8_decode(text, n, &code);
		if (is_special(code)) {
			write_escape(out, code);
		} else {
			buf_adds(out, code == '"' || code == '\\' ? "\\" : "");
			buf_add(out, text, size);
		}
		text += size;
		n -= size;
	}
	buf_addc(out, '"');
}

int scalar_write(struct buf *out, const char *text, struct scalar_form form) {
	bool special;
	if (!look_at_characters(text, &special)) {
		return -1;
	}
	char quote = form.wanted;
	if (quote == '\0' && (special || !is_plain(text, form.flow))) {
		quote = form.fallback;
	}
	if (special || quote == '"') {
		write_double(out, text);
	} else if (quote == '\'') {
		write_single(out, text);
	} else {
		buf_adds(out, text);
	}
	return 0;
}
