/* SPDX-License-Identifier: MIT */
#include "state/have.h"

#include "base/vec.h"
#include "base/words.h"
#include "state/flatpaks.h"

static void explain(struct haves *haves, struct have *have) {
	if (have->present || have->from == FROM_FLATPAK) {
		return;
	}
	have->by = haves->whole ? installed_satisfies(&haves->installed, have->name)
				: installed_find(&haves->installed, have->name);
	have->present = have->by != NULL;
	for (size_t i = 0; haves->whole && !have->present && i < haves->installed.count; i++) {
		const struct installed_package *package = &haves->installed.items[i];
		have->group = have->group || words_have(package->groups, have->name);
		if (have->instead == NULL && words_have(package->replaces, have->name)) {
			have->instead = package;
		}
	}
}

static bool explain_all(struct haves *haves) {
	bool all = true;
	for (size_t i = 0; i < haves->count; i++) {
		explain(haves, &haves->items[i]);
		all = all && (haves->items[i].present || haves->items[i].from == FROM_FLATPAK);
	}
	return all;
}

static int read_database(struct haves *haves, bool whole, struct arena *arena, struct err *err) {
	installed_release(&haves->installed);
	haves->whole = whole;
	return whole ? installed_load(&haves->installed, haves->pacman.db, arena, err)
		     : installed_names(&haves->installed, haves->pacman.db, arena, err);
}

int haves_load(struct haves *haves, const struct registry *registry, const struct facts *facts,
		bool whole, struct arena *arena, struct err *err) {
	*haves = (struct haves){0};
	if (registry->packages.count == 0 && !whole) {
		return 0;
	}
	struct flatpaks flatpaks;
	flatpaks_find(&flatpaks, facts, arena);
	for (size_t i = 0; i < registry->packages.count; i++) {
		struct have have = {.decl = &registry->packages.items[i]};
		have.from = package_split(have.decl->name, &have.name);
		have.present = have.from == FROM_FLATPAK &&
				flatpaks_have(&flatpaks, have.name);
		VEC_ADD(haves, have);
	}
	haves->looked = true;
	if (pacman_find(&haves->pacman, facts, arena, err) < 0 ||
			read_database(haves, whole, arena, err) < 0) {
		haves_release(haves);
		return -1;
	}
	haves->nowhere = haves->pacman.program == NULL && haves->installed.count == 0;
	/* What isn't there by name may be provided, or a group: the whole database tells. */
	if (!explain_all(haves) && !whole && haves->installed.count > 0) {
		if (read_database(haves, true, arena, err) < 0) {
			haves_release(haves);
			return -1;
		}
		for (size_t i = 0; i < haves->count; i++) {
			haves->items[i].present &= haves->items[i].from == FROM_FLATPAK;
		}
		(void)explain_all(haves);
	}
	return 0;
}

void haves_release(struct haves *haves) {
	installed_release(&haves->installed);
	VEC_RELEASE(haves);
}
