/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <inttypes.h>

#include "base/utf8.h"

void json_init(struct json *json, struct buf *out) {
	*json = (struct json){.out = out, .empty = true};
}

/* Marks and overrides of direction: whoever prints the document shall see what is there. */
static bool turns_text(uint32_t code) {
	return code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
			(code >= 0x2066 && code <= 0x2069);
}

static void add_quoted(struct buf *out, struct str text) {
	buf_addc(out, '"');
	for (size_t i = 0; i < text.n;) {
		uint32_t code = 0;
		size_t size = utf8_decode(text.p + i, text.n - i, &code);
		if (size == 0) {
			buf_addf(out, "\\udc%02x", (unsigned char)text.p[i]);
			size = 1;
		} else if (code == '"' || code == '\\') {
			buf_addc(out, '\\');
			buf_addc(out, (char)code);
		} else if (code < 0x20 || (code >= 0x7f && code < 0xa0) || turns_text(code)) {
			buf_addf(out, "\\u%04x", code);
		} else {
			buf_add(out, text.p + i, size);
		}
		i += size;
	}
	buf_addc(out, '"');
}

static void new_line(struct json *json) {
	buf_addc(json->out, '\n');
	for (unsigned i = 0; i < json->depth; i++) {
		buf_adds(json->out, "  ");
	}
}

static void start_value(struct json *json, const char *key) {
	if (json->depth > 0) {
		if (!json->empty) {
			buf_addc(json->out, ',');
		}
		new_line(json);
	}
	if (key != NULL) {
		add_quoted(json->out, str_of(key));
		buf_adds(json->out, ": ");
	}
	json->empty = false;
}

static void open_value(struct json *json, const char *key, char bracket) {
	start_value(json, key);
	buf_addc(json->out, bracket);
	json->depth++;
	json->empty = true;
}

static void close_value(struct json *json, char bracket) {
	json->depth--;
	if (!json->empty) {
		new_line(json);
	}
	buf_addc(json->out, bracket);
	json->empty = false;
	if (json->depth == 0) {
		buf_addc(json->out, '\n');
	}
}

void json_open_object(struct json *json, const char *key) {
	open_value(json, key, '{');
}

void json_close_object(struct json *json) {
	close_value(json, '}');
}

void json_open_array(struct json *json, const char *key) {
	open_value(json, key, '[');
}

void json_close_array(struct json *json) {
	close_value(json, ']');
}

void json_string_n(struct json *json, const char *key, struct str text) {
	start_value(json, key);
	add_quoted(json->out, text);
}

void json_string(struct json *json, const char *key, const char *text) {
	if (text == NULL) {
		start_value(json, key);
		buf_adds(json->out, "null");
	} else {
		json_string_n(json, key, str_of(text));
	}
}

void json_number(struct json *json, const char *key, int64_t number) {
	start_value(json, key);
	buf_addf(json->out, "%" PRId64, number);
}

void json_bool(struct json *json, const char *key, bool yes) {
	start_value(json, key);
	buf_adds(json->out, yes ? "true" : "false");
}
