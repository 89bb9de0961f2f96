/* SPDX-License-Identifier: MIT */

/*
 * Any bytes as Hyprland's replies. The first byte says which dialect is known already and
 * whether a mission is left; then the replies, a NUL between them. Whatever comes, only
 * whole and harmless requests go out, and what is believed is whole and harmless, too.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "desk/hyprland_part.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LEAVES = 0x10, REPAIRS = 0x20, KEPT = 0x40, ASKED_MAX = 64 };

static const uint8_t *replies;
static size_t left, asked;

/* Stands for the one of src/desk/ipc.c. */
int ipc_ask(const struct instance *at, const char *request, unsigned ms, struct buf *reply,
		struct err *err) {
	(void)at;
	(void)ms;
	size_t n = strlen(request);
	assert(n > 0 && n <= IPC_REQUEST_MAX && ++asked < ASKED_MAX);
	for (size_t i = 0; i < n; i++) {
		assert(request[i] >= ' ' && request[i] <= '~' && request[i] != ';');
	}
	if (left == 0) {
		return err_set(err, ERR_FAILED, "no reply");
	}
	const uint8_t *end = memchr(replies, '\0', left);
	size_t length = end != NULL ? (size_t)(end - replies) : left;
	buf_add(reply, (const char *)replies, length);
	size_t used = end != NULL ? length + 1 : length;
	replies += used;
	left -= used;
	return 0;
}

static void check_name(const char *name) {
	assert(name == NULL || (name[0] != '\0' && strlen(name) <= 64));
	for (const char *p = name; p != NULL && *p != '\0'; p++) {
		assert((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
				(*p >= '0' && *p <= '9') || strchr("_.:+- ", *p) != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const struct pair rule[] = {{"border_size", "3"}, {"gaps_in", "1 2"},
			{"layout", "master"}, {"layout_opts.orientation", "top"}, {"no_shadow", "true"}};
	static struct pair before[] = {{"gaps_out", "-"}, {"layout", "dwindle"},
			{"layout_opts.mfact", "-"}};
	static const struct instance at = {.signature = "s", .socket = "/s", .pid = 1};
	static const pid_t pids[] = {900, 700};
	if (size == 0) {
		return 0;
	}
	struct arena arena;
	struct err err = {0};
	arena_init(&arena);
	bool leaves = (data[0] & LEAVES) != 0;
	struct desk desk = {.signature = "s", .dialect = (data[0] & 0xf) % (DIALECT_NONE + 1)};
	const struct hyprland_want want = {.pids = pids, .npids = 2, .rule = rule,
			.nrule = leaves ? 0 : sizeof(rule) / sizeof(rule[0]), .key = leaves ? NULL : "ab",
			.asked = 42, .repair = (data[0] & REPAIRS) != 0, .ms = 60000};
	if ((data[0] & KEPT) != 0) {
		struct workspace *workspace = desk_make(&desk, 3, &arena);
		*workspace = (struct workspace){.id = 3, .rule = "cd", .layout = "master",
				.before = before, .nbefore = sizeof(before) / sizeof(before[0])};
	}
	/* A copy, so that reading past a reply is found. */
	uint8_t *copy = xmalloc(size);
	memcpy(copy, data + 1, size - 1);
	replies = copy;
	left = size - 1;
	asked = 0;
	long id = 0;
	enum hyprland result = hyprland_follow(&desk, &at, &want, &id, &arena, &err);
	assert((result == HYPRLAND_FAILED) == (err.kind != ERR_NONE));
	if (result == HYPRLAND_DONE || result == HYPRLAND_HELD) {
		const struct workspace *workspace = desk_find(&desk, id);
		assert(id > 0 && workspace != NULL && (!leaves || workspace->rule == NULL));
	}
	for (size_t i = 0; i < desk.count; i++) {
		check_name(desk.items[i].output);
		check_name(desk.items[i].layout);
	}
	long visible = hyprland_visible(&desk, &at, NULL, 60000, &arena);
	assert(visible >= 0);
	free(copy);
	err_release(&err);
	arena_release(&arena);
	return 0;
}
