/* SPDX-License-Identifier: MIT */
#include "base/path.h"

#include <limits.h>

enum fold path_fold_into(char *out, struct str path) {
	out[0] = '\0';
	if (path.n > 0 && memchr(path.p, '\0', path.n) != NULL) {
		return FOLD_NUL;
	}
	enum fold result = FOLD_OK;
	size_t len = 0;
	for (size_t at = 0; at < path.n;) {
		const char *slash = memchr(path.p + at, '/', path.n - at);
		size_t end = slash != NULL ? (size_t)(slash - path.p) : path.n;
		struct str part = {path.p + at, end - at};
		at = end + 1;
		if (part.n == 0 || str_is(part, ".")) {
			continue;
		}
		if (part.n > NAME_MAX) {
			result = FOLD_TOO_LONG;
		}
		if (!str_is(part, "..")) {
			if (len > 0) {
				out[len++] = '/';
			}
			memmove(out + len, part.p, part.n);
			len += part.n;
			continue;
		}
		if (len == 0) {
			result = FOLD_ESCAPES;
			continue;
		}
		while (len > 0 && out[len - 1] != '/') {
			len--;
		}
		len -= len > 0;
	}
	out[len] = '\0';
	return result == FOLD_OK && len == 0 ? FOLD_EMPTY : result;
}

enum fold path_fold(struct str path, struct arena *arena, const char **ret) {
	char *out = arena_strndup(arena, path.p, path.n);
	*ret = out;
	return path_fold_into(out, path);
}

const char *path_join(const char *a, const char *b, struct arena *arena) {
	size_t left = strlen(a), right = strlen(b);
	char *joined = arena_alloc(arena, left + right + 2);
	memcpy(joined, a, left);
	joined[left] = '/';
	memcpy(joined + left + 1, b, right);
	joined[left + 1 + right] = '\0';
	return joined;
}

const char *path_fold_absolute(const char *path, struct arena *arena) {
	const char *folded;
	(void)path_fold(str_of(path), arena, &folded);
	return arena_printf(arena, "/%s", folded);
}

int path_compare(const char *a, const char *b) {
	/* Eight bytes at a time where both have them: neighbours share most of their paths. */
	size_t i = 0, left_size = strlen(a), right_size = strlen(b);
	size_t both = left_size < right_size ? left_size : right_size;
	while (i + 8 <= both && memcmp(a + i, b + i, 8) == 0) {
		i += 8;
	}
	while (a[i] != '\0' && a[i] == b[i]) {
		i++;
	}
	int left = a[i] == '/' ? 1 : a[i] == '\0' ? 0 : (unsigned char)a[i] + 1;
	int right = b[i] == '/' ? 1 : b[i] == '\0' ? 0 : (unsigned char)b[i] + 1;
	return left - right;
}

bool path_is_under(const char *path, const char *folder) {
	size_t n = strlen(folder);
	if (strncmp(path, folder, n) != 0) {
		return false;
	}
	return path[n] == '\0' || path[n] == '/' || (n > 0 && folder[n - 1] == '/');
}

const char *path_name(const char *path) {
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

const char *path_to_home(const char *absolute, const char *home, struct arena *arena) {
	if (!path_is_under(absolute, home)) {
		return NULL;
	}
	const char *rest = absolute + strlen(home);
	rest += *rest == '/';
	return *rest == '\0' ? "~" : arena_printf(arena, "~/%s", rest);
}

const char *path_from_home(const char *path, const char *home, struct arena *arena) {
	return arena_printf(arena, "%s%s", home, path + 1);
}
