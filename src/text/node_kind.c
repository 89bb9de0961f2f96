/* SPDX-License-Identifier: MIT */

/* What a node is, for those who read the tree. */

#include "text/node.h"

bool node_is_null(const struct node *node) {
	return node == NULL ||
			(node->kind == NODE_SCALAR && node->plain &&
					(node->text.n == 0 || str_is(node->text, "~") ||
							str_is(node->text, "null") ||
							str_is(node->text, "Null") ||
							str_is(node->text, "NULL")));
}

const char *node_describe(const struct node *node) {
	if (node_is_null(node)) {
		return "nothing";
	}
	switch (node->kind) {
	case NODE_SCALAR:
		return "text";
	case NODE_LIST:
		return "list";
	case NODE_MAP:
		return "map";
	}
	return "nothing";
}
