/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One request to Hyprland and its reply, by its socket: connect, one send, read to the end.
 *
 * Hyprland up to 0.56 serves the socket on the thread that draws: it waits up to 5 s for
 * the request of whoever has connected, reads in steps of 1,023 bytes, and waits for ever
 * after a request that is a multiple of these. 0.57 drops a peer that hangs up before the
 * reply. So a request is whole before the connection is made, is sent at once (with
 * signals blocked in between), is shorter than such a step, and the connection stays open
 * until the reply has come or its time is up.
 */

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "desk/instance.h"

enum {
	IPC_MS = 150,                 /* of all of it, × LUMINA_TIMEOUT_SCALE */
	IPC_REQUEST_MAX = 1022,       /* what every version takes in one read */
	IPC_REPLY_MAX = 1024 * 1024,
};

/*
 * Adds the reply to *reply: bytes of any kind, never to be shown or run as they are. `request`
 * has its leading "/" or "j/" and 1 to IPC_REQUEST_MAX bytes, else it isn't sent (ERR_FAILED).
 * No byte goes to another user's process. `ms` is taken as it is: scaling is the caller's.
 * -1 where there was no whole reply within `ms`: *reply is as it was. 0 is no proof that the
 * request was read: a reply of no bytes is one.
 */
int ipc_ask(const struct instance *at, const char *request, unsigned ms, struct buf *reply,
		struct err *err);
/* LUMINA_TIMEOUT_SCALE, 1 to 100. */
unsigned ipc_scale(void);
