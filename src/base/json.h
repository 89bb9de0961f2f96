/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Writes JSON (RFC 8259) into a buffer: indented, commas kept track of.
 *
 * Bytes that aren't UTF-8 become lone surrogates \udc80 to \udcff, one a byte
 * (the convention of Python's surrogateescape), so that no path is lost.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct json {
	struct buf *out;
	unsigned depth;
	bool empty; /* nothing written yet at this depth */
};

void json_init(struct json *json, struct buf *out);

/* `key` is NULL inside an array and for the outermost value. */
void json_open_object(struct json *json, const char *key);
void json_close_object(struct json *json);
void json_open_array(struct json *json, const char *key);
void json_close_array(struct json *json);
/* A NULL text becomes null. */
void json_string(struct json *json, const char *key, const char *text);
void json_string_n(struct json *json, const char *key, struct str text);
void json_number(struct json *json, const char *key, int64_t number);
void json_bool(struct json *json, const char *key, bool yes);
