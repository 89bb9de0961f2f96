/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which flatpaks are installed, without running flatpak: the folders of its
 * installations (flatpak(1), flatpak-installation(5)). The person's is
 * $FLATPAK_USER_DIR, else flatpak in $XDG_DATA_HOME or ~/.local/share; the system's
 * is $FLATPAK_SYSTEM_DIR, else /var/lib/flatpak. In each, an application is
 * `app/ID/current`, a runtime the folder `runtime/ID`. Values that are no absolute
 * paths are ignored.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "sys/facts.h"

struct flatpaks {
	const char *folders[2]; /* the person's, the system's; absolute */
};

void flatpaks_find(struct flatpaks *ret, const struct facts *facts, struct arena *arena);

/* Is an application or runtime of that ID installed, in either? What is no ID never is. */
bool flatpaks_have(const struct flatpaks *flatpaks, const char *id);
