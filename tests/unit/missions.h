/* SPDX-License-Identifier: MIT */
#pragma once

/* Missions as text, one line each. */

#include "test.h"

#include "flow/mission.h"

static inline void add_list(struct buf *out, const char *name, const char *const *list) {
	if (list != NULL) {
		buf_addf(out, " %s=", name);
	}
	for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
		buf_addf(out, "%s%s", i > 0 ? "," : "", list[i]);
	}
}

static inline void add_pairs(struct buf *out, const char *name, const struct pair *pairs,
		size_t count) {
	assert_true((count == 0) == (pairs == NULL));
	for (size_t i = 0; i < count; i++) {
		buf_addf(out, "%s%s:%s", i > 0 ? "," : name, pairs[i].name, pairs[i].value);
	}
}

static inline void add_mission(struct buf *out, const struct mission *mission) {
	buf_adds(out, mission->name != NULL ? mission->name : "-");
	if (mission->label != NULL) {
		buf_addf(out, " label=%s", mission->label);
	}
	add_list(out, "when", mission->when);
	add_list(out, "in", mission->in);
	add_pairs(out, " env=", mission->env, mission->nenv);
	add_list(out, "path", mission->path);
	add_list(out, "dotenv", mission->dotenv);
	if (mission->direnv != -1) {
		buf_addf(out, " direnv=%d", mission->direnv);
	}
	if (mission->nix != NULL) {
		buf_addf(out, " nix=%s", mission->nix);
	}
	add_pairs(out, " hyprland=", mission->hyprland, mission->nhyprland);
	add_list(out, "show", mission->show);
	add_list(out, "hide", mission->hide);
	buf_addc(out, '\n');
}

static inline const char *missions_text(const struct missions *missions, struct arena *arena) {
	struct buf out = BUF_INIT;
	for (size_t i = 0; i < missions->count; i++) {
		add_mission(&out, &missions->items[i]);
	}
	const char *text = arena_strndup(arena, out.data, out.len);
	buf_release(&out);
	return text;
}
