/* SPDX-License-Identifier: MIT */
#include "plan/prune.h"

#include <ctype.h>
#include <strings.h>

#include "base/vec.h"
#include "base/words.h"
#include "plan/needs.h"

/* --- what a machine is lost without -------------------------------------------------------- */

struct rule {
	const char *name; /* "linux-*": with that beginning */
	const char *reason;
};

static const char base_system[] = "part of the base system";
static const char kernel[] = "a kernel, or what it needs to start";
static const char loader[] = "it boots this machine";
static const char manager[] = "it installs packages, or gives the rights for it";
static const char own[] = "Lumina, or what it runs on";

static const struct rule rules[] = {
	{"base", base_system}, {"base-devel", base_system}, {"filesystem", base_system},
	{"glibc", base_system}, {"systemd", base_system}, {"systemd-*", base_system},
	{"openrc", base_system}, {"runit", base_system}, {"dinit", base_system},
	{"archlinux-keyring", base_system}, {"*-keyring", base_system}, {"*-mirrorlist", base_system},
	{"linux", kernel}, {"linux-*", kernel}, {"*-linux", kernel}, {"amd-ucode", kernel},
	{"intel-ucode", kernel}, {"mkinitcpio", kernel}, {"mkinitcpio-*", kernel},
	{"dracut", kernel}, {"booster", kernel}, {"cryptsetup", kernel}, {"lvm2", kernel},
	{"mdadm", kernel}, {"btrfs-progs", kernel}, {"zfs-*", kernel}, {"*-dkms", kernel},
	{"dkms", kernel},
	{"grub", loader}, {"grub-*", loader}, {"limine", loader}, {"limine-*", loader},
	{"refind", loader}, {"syslinux", loader}, {"lilo", loader}, {"efibootmgr", loader},
	{"sbctl", loader}, {"shim", loader}, {"shim-signed", loader}, {"os-prober", loader},
	{"efistub", loader}, {"uboot-*", loader}, {"clover", loader},
	{"pacman", manager}, {"pacman-*", manager}, {"paru", manager}, {"paru-*", manager},
	{"yay", manager}, {"yay-*", manager}, {"sudo", manager}, {"sudo-*", manager},
	{"opendoas", manager}, {"doas", manager}, {"polkit", manager}, {"flatpak", manager},
	{"lumina", own}, {"lumina-*", own}, {"git", own}, {"libfyaml", own}, {"direnv", own},
};

static bool matches(const char *pattern, const char *name) {
	size_t n = strlen(pattern), length = strlen(name);
	if (pattern[0] == '*') {
		return length >= n - 1 && streq(name + length - (n - 1), pattern + 1);
	}
	return pattern[n - 1] == '*' ? strncmp(pattern, name, n - 1) == 0 : streq(pattern, name);
}

static const char *rule_for(const char *name) {
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (matches(rules[i].name, name)) {
			return rules[i].reason;
		}
	}
	return NULL;
}

/* Desktops whose packages are called otherwise than they call themselves. */
static const char *const desktop_packages[][6] = {
	{"kde", "plasma-*", "kwin", "kwin-*", "sddm", "kscreen*"},
	{"gnome", "mutter", "gdm", "gnome-*"},
	{"xfce", "xfce4-*", "xfwm4", "xfdesktop"},
	{"hyprland", "hypr*", "xdg-desktop-portal-hyprland", "uwsm", "aquamarine"},
	{"sway", "sway*", "wlroots*"},
	{"x-cinnamon", "cinnamon*", "muffin"},
	{"mate", "mate-*", "marco"},
	{"lxqt", "lxqt-*"},
};

static bool is_of_desktop(const char *name, const char *desktop) {
	size_t n = strlen(desktop);
	if (n > 0 && strncasecmp(name, desktop, n) == 0 && (name[n] == '\0' || name[n] == '-')) {
		return true;
	}
	for (size_t i = 0; i < sizeof(desktop_packages) / sizeof(desktop_packages[0]); i++) {
		bool same = strcasecmp(desktop_packages[i][0], desktop) == 0;
		for (size_t j = 1; same && j < 6 && desktop_packages[i][j] != NULL; j++) {
			if (matches(desktop_packages[i][j], name)) {
				return true;
			}
		}
	}
	return false;
}

/* What Lumina's own package depends on, whatever that is by then. */
static bool is_for_lumina(const char *name, const struct installed *installed) {
	static const char *const names[] = {"lumina", "lumina-git"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct installed_package *lumina = installed_find(installed, names[i]);
		if (lumina != NULL && words_have(lumina->depends, name)) {
			return true;
		}
	}
	return false;
}

static const char *reason_to_keep(const char *name, const struct installed *installed,
		const struct prune_names *names) {
	const char *reason = rule_for(name);
	if (reason != NULL) {
		return reason;
	}
	if (names->shell != NULL && streq(names->shell, name)) {
		return "the shell in use";
	}
	for (size_t i = 0; names->desktops != NULL && names->desktops[i] != NULL; i++) {
		if (is_of_desktop(name, names->desktops[i])) {
			return "part of the running desktop";
		}
	}
	if (words_have(names->hold, name)) {
		return "pacman's HoldPkg names it";
	}
	for (size_t i = 0; names->held != NULL && i < names->held->count; i++) {
		if (streq(names->held->items[i], name)) {
			return "it holds a program in use";
		}
	}
	return is_for_lumina(name, installed) ? own : NULL;
}

void prune_protect_names(struct prune *prune, const struct installed *installed,
		const struct prune_names *names) {
	for (size_t i = 0; i < prune->candidates.count; i++) {
		struct prune_candidate *candidate = &prune->candidates.items[i];
		if (candidate->reason == NULL) {
			candidate->reason = reason_to_keep(candidate->package->name, installed, names);
		}
	}
}

/* --- who needs what ------------------------------------------------------------------------ */

void prune_init(struct prune *prune, const struct haves *haves, const struct registry *registry) {
	struct package_list list = {0};
	*prune = (struct prune){0};
	packages_unrecorded(&list, haves, registry);
	for (size_t i = 0; i < list.count; i++) {
		VEC_ADD(&prune->candidates, (struct prune_candidate){.package = list.items[i]});
	}
	for (size_t i = 0; i < haves->installed.count; i++) {
		prune->explicit += haves->installed.items[i].is_explicit;
	}
	VEC_RELEASE(&list);
}

void prune_release(struct prune *prune) {
	VEC_RELEASE(&prune->candidates);
	VEC_RELEASE(&prune->along);
}

static void mark(struct prune *prune, struct needs *needs) {
	needs_clear(needs);
	prune->along.count = 0;
	prune->going = 0;
	for (size_t i = 0; i < prune->candidates.count; i++) {
		const struct prune_candidate *candidate = &prune->candidates.items[i];
		if (candidate->fate == PRUNE_GOES) {
			needs_take(needs, candidate->package);
			prune->going++;
		}
	}
	needs_take_dependencies(needs, &prune->along);
}

/* What pacman would take along, and may not: then what needs it stays. */
static bool spare_dependencies(struct prune *prune, const struct needs *needs,
		const struct prune_names *names) {
	bool spared = false;
	for (size_t i = 0; i < prune->along.count; i++) {
		const struct installed_package *along = prune->along.items[i];
		bool kept = reason_to_keep(along->name, needs->installed, names) != NULL;
		for (size_t j = 0; kept && j < prune->candidates.count; j++) {
			struct prune_candidate *candidate = &prune->candidates.items[j];
			if (candidate->fate == PRUNE_GOES &&
					needs_leads_to(needs, candidate->package, along)) {
				candidate->fate = PRUNE_TAKES;
				candidate->by = along->name;
				spared = true;
			}
		}
	}
	return spared;
}

void prune_decide(struct prune *prune, struct installed *installed,
		const struct prune_names *names) {
	struct needs needs;
	needs_init(&needs, installed);
	for (size_t i = 0; i < prune->candidates.count; i++) {
		struct prune_candidate *candidate = &prune->candidates.items[i];
		candidate->fate = candidate->reason != NULL ? PRUNE_PROTECTED : PRUNE_GOES;
	}
	/* What stays needs others to stay: until nothing changes any more. */
	bool more = true;
	while (more) {
		mark(prune, &needs);
		more = spare_dependencies(prune, &needs, names);
		for (size_t i = 0; i < prune->candidates.count; i++) {
			struct prune_candidate *candidate = &prune->candidates.items[i];
			const struct installed_package *needer = candidate->fate == PRUNE_GOES
					? needs_find(&needs, candidate->package) : NULL;
			if (needer != NULL) {
				candidate->fate = PRUNE_NEEDED;
				candidate->by = needer->name;
				more = true;
			}
		}
	}
	needs_release(&needs);
}
