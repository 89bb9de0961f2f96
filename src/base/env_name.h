/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Names of environment variables, and which of them a mission may set.
 *
 * A variable can be code: LD_PRELOAD is loaded, BASH_ENV is run. Some are refused
 * wherever they come from, since they are the shell's own, Lumina's, or would run
 * something in every program; others are the person's to set, in his registry, and not
 * a project's.
 */

#include <stdbool.h>
#include <stddef.h>

/* Who asks for a variable. */
enum env_source {
	ENV_OWN,     /* the person's registry */
	ENV_PROJECT, /* a file of the project: .lumina.yaml, .env, a Nix shell */
};

enum { ENV_NAME_MAX = 255 };

/* [A-Za-z_][A-Za-z0-9_]*, at most ENV_NAME_MAX bytes. */
bool env_name_is_valid(const char *name, size_t n);

/*
 * Why a variable with this name (valid or not) may not be set; NULL: it may. Half a
 * sentence that follows the name: "belongs to the shell".
 */
const char *env_name_refused(const char *name, enum env_source source);
