/* SPDX-License-Identifier: MIT */
#include "reg/package.h"

enum { PACKAGE_LENGTH_MAX = 255 };

static bool is_allowed(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			(c != '\0' && strchr("@._+-", c) != NULL);
}

const char *package_name_check(struct str name) {
	static const char rule[] = "is no package name: it may hold [A-Za-z0-9@._+-] and one 'repo/' "
				   "in front, and begin with neither '-' nor '.'";
	const char *slash = name.n > 0 ? memchr(name.p, '/', name.n) : NULL;
	struct str parts[2] = {name, {"x", 1}};
	if (slash != NULL) {
		parts[0].n = (size_t)(slash - name.p);
		parts[1] = (struct str){slash + 1, name.n - parts[0].n - 1};
	}
	for (size_t part = 0; part < 2; part++) {
		struct str text = parts[part];
		if (text.n == 0) {
			return "is no package name: it is empty";
		}
		if (text.n > PACKAGE_LENGTH_MAX) {
			return "is no package name: it is longer than 255 characters";
		}
		if (text.p[0] == '-' || text.p[0] == '.') {
			return rule;
		}
		for (size_t i = 0; i < text.n; i++) {
			if (!is_allowed(text.p[i])) {
				return rule;
			}
		}
	}
	return NULL;
}

enum package_from package_split(const char *name, const char **ret_bare) {
	const char *slash = strchr(name, '/');
	*ret_bare = slash != NULL ? slash + 1 : name;
	if (slash == NULL) {
		return FROM_REPOSITORY;
	}
	struct str prefix = {name, (size_t)(slash - name)};
	return str_is(prefix, "aur") ? FROM_AUR
			: str_is(prefix, "flatpak") ? FROM_FLATPAK
						    : FROM_REPOSITORY;
}

bool package_is_same(const char *a, const char *b) {
	const char *name_a, *name_b;
	bool flatpak_a = package_split(a, &name_a) == FROM_FLATPAK;
	bool flatpak_b = package_split(b, &name_b) == FROM_FLATPAK;
	return flatpak_a == flatpak_b && streq(name_a, name_b);
}
