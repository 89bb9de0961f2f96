/* SPDX-License-Identifier: MIT */
#include "state/flatpaks.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/path.h"

static const char *folder_of(const char *variable) {
	const char *value = getenv(variable);
	return value != NULL && value[0] == '/' ? value : NULL;
}

void flatpaks_find(struct flatpaks *ret, const struct facts *facts, struct arena *arena) {
	const char *person = folder_of("FLATPAK_USER_DIR");
	if (person == NULL) {
		const char *data = folder_of("XDG_DATA_HOME");
		person = path_join(data != NULL ? data : path_join(facts->home, ".local/share", arena),
				"flatpak", arena);
	}
	const char *machine = folder_of("FLATPAK_SYSTEM_DIR");
	ret->folders[0] = path_fold_absolute(person, arena);
	ret->folders[1] = path_fold_absolute(machine != NULL ? machine : "/var/lib/flatpak", arena);
}

static bool is_folder(const char *folder, const char *kind, const char *id, const char *below) {
	struct buf path _cleanup_buf_ = BUF_INIT;
	struct stat info;
	buf_addf(&path, "%s/%s/%s%s", folder, kind, id, below);
	return stat(path.data, &info) == 0 && S_ISDIR(info.st_mode);
}

bool flatpaks_have(const struct flatpaks *flatpaks, const char *id) {
	/* One component of a path, and not a hidden one: no "..", nothing below. */
	if (id[0] == '\0' || id[0] == '.' || strchr(id, '/') != NULL) {
		return false;
	}
	for (size_t i = 0; i < sizeof(flatpaks->folders) / sizeof(flatpaks->folders[0]); i++) {
		if (is_folder(flatpaks->folders[i], "app", id, "/current") ||
				is_folder(flatpaks->folders[i], "runtime", id, "")) {
			return true;
		}
	}
	return false;
}
