/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * libfyaml, loaded on first use: most starts of lumina, those at a prompt above all,
 * read no YAML and need not wait for a library of half a megabyte. The header it was
 * built with and the library must belong together, so it is looked for by the name
 * that linking would have recorded (FYAML_SONAME, from meson).
 *
 * It is never unloaded: leak checkers and abandoned parsers (text/node.c) need it.
 */

#include <libfyaml.h>

#include "base/err.h"

#define FYAML_FUNCTIONS(X)                                                                       \
	X(diag_cfg_default)                                                                      \
	X(diag_create)                                                                           \
	X(diag_destroy)                                                                          \
	X(diag_errors_iterate)                                                                   \
	X(diag_set_collect_errors)                                                               \
	X(event_end_mark)                                                                        \
	X(event_get_anchor_token)                                                                \
	X(event_get_node_style)                                                                  \
	X(event_get_tag_token)                                                                   \
	X(event_start_mark)                                                                      \
	X(parser_create)                                                                         \
	X(parser_destroy)                                                                        \
	X(parser_event_free)                                                                     \
	X(parser_get_stream_error)                                                               \
	X(parser_parse)                                                                          \
	X(parser_set_string)                                                                     \
	X(token_get_text)                                                                        \
	X(token_scalar_style)                                                                    \
	X(token_start_mark)

/* fy->parser_parse() is fy_parser_parse(). */
struct fyaml {
#define FYAML_MEMBER(name) __typeof__(&fy_##name) name;
	FYAML_FUNCTIONS(FYAML_MEMBER)
#undef FYAML_MEMBER
};

/*
 * The library's functions; NULL with an error where it can't be loaded. Without memory
 * it doesn't return.
 */
const struct fyaml *fyaml_load(struct err *err);
