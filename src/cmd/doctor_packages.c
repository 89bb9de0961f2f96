/* SPDX-License-Identifier: MIT */
#include "cmd/doctor.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/path.h"
#include "exec/pending.h"
#include "sys/proc.h"

static bool needs(const struct registry *registry, enum package_from from) {
	for (size_t i = 0; i < registry->packages.count; i++) {
		const char *bare;
		if (package_split(registry->packages.items[i].name, &bare) == from) {
			return true;
		}
	}
	return false;
}

/* Is one of these on PATH? */
static void check_one_of(struct doctor *doctor, const char *subject, const char *const *names,
		const char *missing, const char *mend) {
	for (size_t i = 0; names[i] != NULL; i++) {
		const char *found = proc_find(names[i], &doctor->app->arena);
		if (found != NULL) {
			doctor_find(doctor, HEALTH_GOOD, subject, found, NULL);
			return;
		}
	}
	doctor_find(doctor, HEALTH_WARNING, subject, missing, mend);
}

static void check_helpers(struct doctor *doctor, const struct registry *registry,
		const struct pacman *pacman) {
	static const char *const rights[] = {"sudo", "doas", "run0", NULL};
	static const char *const builders[] = {"paru", "yay", NULL};
	static const char *const flatpak[] = {"flatpak", NULL};
	if (pacman->program == NULL) {
		doctor_find(doctor, HEALTH_WARNING, "pacman", "not on PATH; packages are left alone",
				NULL);
	} else {
		doctor_find(doctor, HEALTH_GOOD, "pacman", pacman->program, NULL);
	}
	if (pacman->program != NULL && doctor->app->facts.uid != 0 && getenv("LUMINA_SUDO") == NULL) {
		check_one_of(doctor, "rights", rights, "none of sudo, doas and run0 is on PATH; pacman "
						       "needs one", "as root: pacman -S sudo");
	}
	if (needs(registry, FROM_AUR)) {
		check_one_of(doctor, "aur", builders, "neither paru nor yay is on PATH",
				"git clone https://aur.archlinux.org/paru.git && cd paru && makepkg -si");
	}
	if (needs(registry, FROM_FLATPAK)) {
		check_one_of(doctor, "flatpak", flatpak, "not on PATH", "lumina install flatpak");
	}
}

static void check_database(struct doctor *doctor, const struct pacman *pacman) {
	struct app *app = doctor->app;
	struct arena *arena = &app->arena;
	struct installed installed = {0};
	struct err err = {0};
	if (installed_load(&installed, pacman->db, arena, &err) < 0) {
		doctor_find(doctor, HEALTH_BAD, "packages", arena_strdup(arena, err.text),
				err.hint != NULL ? arena_strdup(arena, err.hint) : NULL);
		err_release(&err);
		return;
	}
	for (size_t i = 0; installed.damaged > 0 && i < installed.count; i++) {
		const struct installed_package *package = &installed.items[i];
		if (package->damaged) {
			doctor_find(doctor, HEALTH_BAD, "packages",
					arena_printf(arena, "the entry of '%s' in the package database is "
							    "damaged: pacman was cut off while it wrote",
							package->name),
					arena_printf(arena, "lumina pacman -S --overwrite '*' %s",
							package->name));
		}
	}
	const char *lock = path_join(pacman->db, "db.lck", arena);
	if (access(lock, F_OK) == 0) {
		doctor_find(doctor, HEALTH_WARNING, "packages",
				"the package database is locked: a package manager is at work, or was "
				"cut off", arena_printf(arena, "if none is running: rm %s", lock));
	}
	if (installed.damaged == 0) {
		doctor_find(doctor, HEALTH_GOOD, "packages",
				arena_printf(arena, "%zu installed, by '%s'", installed.count,
						pacman->db), NULL);
	}
	installed_release(&installed);
}

static void check_pending(struct doctor *doctor) {
	struct app *app = doctor->app;
	struct pendings pendings;
	struct err ignored = {0};
	if (pendings_load(&pendings, &app->facts, false, &app->arena, &ignored) < 0) {
		err_release(&ignored);
		return;
	}
	for (size_t i = 0; i < pendings.count; i++) {
		doctor_find(doctor, HEALTH_WARNING, "packages",
				arena_printf(&app->arena, "what '%s' did is not recorded yet",
						pendings.items[i].command),
				"lumina sync");
	}
	pendings_release(&pendings);
}

void doctor_check_packages(struct doctor *doctor, const struct registry *registry) {
	struct pacman pacman;
	struct err err = {0};
	if (pacman_find(&pacman, &doctor->app->facts, &doctor->app->arena, &err) < 0) {
		doctor_find(doctor, HEALTH_BAD, "pacman", arena_strdup(&doctor->app->arena, err.text),
				NULL);
		err_release(&err);
		return;
	}
	check_helpers(doctor, registry, &pacman);
	check_database(doctor, &pacman);
	check_pending(doctor);
}
