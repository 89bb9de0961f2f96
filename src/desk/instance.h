/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which Hyprland this shell's desktop is, and whether a byte may be sent to it.
 *
 *   $XDG_RUNTIME_DIR/hypr/SIGNATURE/hyprland.lock   "PID\nWAYLAND-DISPLAY\n"
 *                                   .socket.sock    requests
 *
 * The environment's signature is believed as long as its compositor lives; a tmux server
 * that is older than the login has a stale one or none, and then the newest living instance
 * of this Wayland display (or the only one) is taken. Over ssh, as root, or where a folder
 * or socket on the way belongs to somebody else: none.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "sys/facts.h"

struct instance {
	const char *signature;
	const char *socket; /* absolute; shorter than sun_path */
	pid_t pid;          /* of the compositor */
};

/* What the environment alone tells, without a system call: false means there is none. */
bool instance_is_likely(const struct facts *facts);
/* Strings in the arena. False: there is none, and nothing is to be done. */
bool instance_find(struct instance *ret, const struct facts *facts, struct arena *arena);
