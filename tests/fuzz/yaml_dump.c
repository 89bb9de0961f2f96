/* SPDX-License-Identifier: MIT */

/*
 * YAML on standard input → our tree as JSON on standard output:
 *
 *   ["text", plain]    [[item, …]]    {"map": [key, value, …]}    null (no document)
 *
 * A text that isn't accepted: its problems on standard error, exit 1.
 */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "base/paint.h"
#include "sys/file.h"
#include "text/node.h"

static void dump(struct json *json, const char *key, const struct node *node) {
	switch (node->kind) {
	case NODE_SCALAR:
		json_open_array(json, key);
		json_string_n(json, NULL, node->text);
		json_bool(json, NULL, node->plain);
		json_close_array(json);
		return;
	case NODE_LIST:
		json_open_array(json, key);
		break;
	case NODE_MAP:
		json_open_object(json, key);
		break;
	}
	json_open_array(json, node->kind == NODE_MAP ? "map" : NULL);
	for (const struct node *item = node->child; item != NULL; item = item->next) {
		dump(json, NULL, item);
	}
	json_close_array(json);
	if (node->kind == NODE_MAP) {
		json_close_object(json);
	} else {
		json_close_array(json);
	}
}

int main(void) {
	struct buf bytes = BUF_INIT, out = BUF_INIT;
	char chunk[4096];
	size_t n;
	while ((n = fread(chunk, 1, sizeof(chunk), stdin)) > 0) {
		buf_add(&bytes, chunk, n);
	}
	struct arena arena;
	arena_init(&arena);
	struct diags diags = {.arena = &arena};
	struct source source = {.path = "-", .name = "-", .bytes = bytes.data,
			.size = (uint32_t)bytes.len};
	struct node *root;
	int result = node_parse(&source, &arena, &diags, &root);
	if (result < 0) {
		diags_render(&diags, &paint_none, &out);
	} else {
		struct json json;
		json_init(&json, &out);
		if (root == NULL) {
			json_string(&json, NULL, NULL);
		} else {
			dump(&json, NULL, root);
		}
	}
	int fd = result < 0 ? STDERR_FILENO : STDOUT_FILENO;
	if (file_write_all(fd, out.data, out.len) < 0) {
		return 2;
	}
	source_release(&source);
	arena_release(&arena);
	buf_release(&bytes);
	buf_release(&out);
	return result < 0 ? 1 : 0;
}
