/* SPDX-License-Identifier: MIT */
#pragma once

/* What `lumina doctor` finds: one line a finding, each with the command that mends it. */

#include "cmd/view.h"

enum health { HEALTH_GOOD, HEALTH_WARNING, HEALTH_BAD };

struct finding {
	enum health health;
	const char *subject;
	const char *text;
	const char *mend; /* a command, or NULL */
};

struct doctor {
	struct app *app;
	struct {
		struct finding *items;
		size_t count, room;
	} findings;
};

/* Texts live as long as the command. */
void doctor_find(struct doctor *doctor, enum health health, const char *subject, const char *text,
		const char *mend);
/* pacman, the rights for it, the AUR, flatpak, the database; as far as the registry needs them. */
void doctor_check_packages(struct doctor *doctor, const struct registry *registry);
/* Whether Hyprland is asked at all, and what Waybar lacks; NULL: no registry to be had. */
void doctor_check_desk(struct doctor *doctor, const struct registry *registry);
/* The line that `lumina hook --install` adds, and whether the shell above us has read it. */
void doctor_check_hook(struct doctor *doctor);
