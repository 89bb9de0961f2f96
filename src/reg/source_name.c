/* SPDX-License-Identifier: MIT */
#include "reg/source_name.h"

#include <string.h>

#include "base/path.h"

/* Files in the home folder that belong together, by how their names begin. */
static const struct family {
	const char *prefix; /* behind the dot */
	const char *folder;
} families[] = {
	{"bash", "bash"},
	{"git", "git"},
	{"gtkrc", "gtk"},
	{"inputrc", "readline"},
	{"profile", "shell"},
	{"ssh/", "ssh"},
	{"tmux", "tmux"},
	{"vim", "vim"},
	{"X", "x11"},
	{"xinitrc", "x11"},
	{"xprofile", "x11"},
	{"zlog", "zsh"},
	{"zprofile", "zsh"},
	{"zsh", "zsh"},
};

static const char *behind(const char *path, const char *folder) {
	size_t n = strlen(folder);
	return strncmp(path, folder, n) == 0 && path[n] != '\0' ? path + n : NULL;
}

const char *source_name(const char *target, struct arena *arena) {
	static const char *const shared[] = {"~/.config/", "~/.local/share/", "~/.local/"};
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		const char *rest = behind(target, shared[i]);
		if (rest != NULL) {
			return rest;
		}
	}
	const char *name = target + 2;
	if (name[0] != '.') {
		return name;
	}
	name++;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const char *rest = behind(name, families[i].prefix);
		bool folder = strchr(families[i].prefix, '/') != NULL;
		if (rest == NULL && !streq(name, families[i].prefix)) {
			continue;
		}
		/* ~/.vim/x is in a folder of its own already. */
		return folder || strchr(name, '/') != NULL ? name
							   : path_join(families[i].folder, name, arena);
	}
	return name;
}
