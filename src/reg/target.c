/* SPDX-License-Identifier: MIT */
#include "reg/target.h"

#include <assert.h>
#include <limits.h>

#include "base/path.h"

static void keep(struct target_rules *rules, const char *absolute, const char *what,
		struct arena *arena) {
	const char *path = absolute != NULL ? path_to_home(absolute, rules->home, arena) : NULL;
	for (size_t i = 0; path != NULL && i < rules->nkept; i++) {
		if (streq(rules->kept[i].path, path)) {
			path = NULL;
		}
	}
	if (path != NULL) {
		rules->kept[rules->nkept].path = path;
		rules->kept[rules->nkept].what = what;
		rules->nkept++;
	}
}

void target_rules_init(struct target_rules *rules, const struct facts *facts,
		struct arena *arena) {
	*rules = (struct target_rules){
		.home = facts->home,
		.profile_size = strlen(facts->profile),
	};
	keep(rules, facts->profile, "the profile", arena);
	keep(rules, facts->profile_real, "the profile", arena);
	keep(rules, facts->state, "Lumina's state", arena);
	keep(rules, facts->cache, "Lumina's cache", arena);
}

static const char *fold_message(enum fold fold) {
	switch (fold) {
	case FOLD_OK:
		return NULL;
	case FOLD_EMPTY:
		return "names no file";
	case FOLD_ESCAPES:
		return "leads out of the home folder";
	case FOLD_NUL:
		return "holds a NUL byte";
	case FOLD_TOO_LONG:
		return "has a name of more than 255 bytes";
	}
	return NULL;
}

const char *target_parse(struct str text, struct arena *arena, const char **ret) {
	static const char *const prefixes[] = {"~", "$HOME", "${HOME}"};
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t skip = strlen(prefixes[i]);
		if (!str_starts(text, prefixes[i]) || (text.n > skip && text.p[skip] != '/')) {
			continue;
		}
		struct str rest = {text.p + skip, text.n - skip};
		char *path = arena_alloc(arena, rest.n + 3);
		memcpy(path, "~/", 2);
		enum fold fold = path_fold_into(path + 2, rest);
		if (fold == FOLD_EMPTY) {
			path[1] = '\0';
			fold = FOLD_OK;
		}
		*ret = path;
		return fold_message(fold);
	}
	if (text.n > 0 && text.p[0] == '~') {
		return "names another person's home; a target begins with '~/'";
	}
	return text.n == 0 ? "is empty; a target begins with '~/'" : "must begin with '~/'";
}

const char *target_check(const char *target, const struct target_rules *rules,
		struct arena *arena) {
	if (strlen(rules->home) + strlen(target) >= PATH_MAX) {
		return "is too long for a path";
	}
	for (size_t i = 0; i < rules->nkept; i++) {
		const char *kept = rules->kept[i].path;
		if (path_is_under(target, kept)) {
			return arena_printf(arena, "lies in %s", rules->kept[i].what);
		}
		if (path_is_under(kept, target)) {
			return arena_printf(arena, "would hide %s", rules->kept[i].what);
		}
	}
	return NULL;
}

static bool has_git_part(const char *source) {
	assert(source != NULL);
	for (const char *part = source; part != NULL;) {
		const char *slash = strchr(part, '/');
		size_t n = slash != NULL ? (size_t)(slash - part) : strlen(part);
		if (str_is((struct str){part, n}, ".git")) {
			return true;
		}
		part = slash != NULL ? slash + 1 : NULL;
	}
	return false;
}

const char *source_parse(struct str text, const struct target_rules *rules, struct arena *arena,
		const char **ret) {
	if (text.n > 0 && text.p[0] == '/') {
		return "must be relative to the profile, not absolute";
	}
	if (text.n > 0 && (text.p[0] == '~' || text.p[0] == '$')) {
		return "must be relative to the profile: write 'zsh/zshrc' for "
		       "~/.lumina/zsh/zshrc";
	}
	enum fold fold = path_fold(text, arena, ret);
	if (fold == FOLD_ESCAPES) {
		return "leads out of the profile";
	}
	if (fold != FOLD_OK) {
		return fold_message(fold);
	}
	if (has_git_part(*ret)) {
		return "lies in a '.git' folder, which is never linked";
	}
	if (rules->profile_size + 1 + strlen(*ret) >= PATH_MAX) {
		return "is too long for a symbolic link's text";
	}
	return NULL;
}

bool target_is_sensitive(const char *target) {
	static const char *const places[] = {
		"~/.ssh",
		"~/.gnupg",
		"~/.pki",
		"~/.config/systemd/user",
		"~/.config/autostart",
		"~/.config/environment.d",
		"~/.pam_environment",
		"~/.netrc",
		"~/.password-store",
	};
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (path_is_under(target, places[i])) {
			return true;
		}
	}
	return false;
}
