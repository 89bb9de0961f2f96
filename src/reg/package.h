/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Names of packages as the registry and the command line spell them: "git",
 * "extra/git", "aur/hyprshade", "flatpak/org.mozilla.firefox". What may stand in a
 * name is alpm-package-name(7), and no more: names become arguments of other programs.
 */

#include <stdbool.h>

#include "base/str.h"

enum package_from { FROM_REPOSITORY, FROM_AUR, FROM_FLATPAK };

/* NULL, or why this can't be a package's name: "is no package name: …". */
const char *package_name_check(struct str name);

/* Where it comes from; *ret_bare is the name behind the prefix, a part of `name`. */
enum package_from package_split(const char *name, const char **ret_bare);

/* The same package, whatever stands in front: "aur/x" and "x", but not "flatpak/x". */
bool package_is_same(const char *a, const char *b);
