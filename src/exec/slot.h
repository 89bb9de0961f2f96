/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Slots: where objects that are not ours are kept, below the state folder:
 *
 *   backups/000012-20261123T101112/0-zshrc
 *
 * One folder a generation, one object (file, folder, link, …) a slot, as it was:
 * moved by rename, so inode, owner, mode and times are its own. Only a file or link
 * that comes from another file system is copied.
 */

#include <stdbool.h>

#include "exec/act.h"

/*
 * Folder of a slot and the slot's name in it; the descriptor is act's, and valid
 * until the next call. Made if `make` is set. -1 with errno.
 */
int slot_open(struct act *act, const char *slot, bool make, const char **ret_name);

/*
 * Makes the folders of all slots that the journal needs, before anything changes:
 * behind the commit it would be too late to find that it can't be done.
 */
int slots_prepare(struct act *act, struct err *err);

/* Moves `name` into its slot; a link also from another file system. -1 with errno. */
int slot_put(struct act *act, const char *slot, int dir, const char *name);
/* Copies a file to its slot, flushed and compared with what was read. -1 with errno. */
int slot_copy(struct act *act, const char *slot, int dir, const char *name);
/* Moves a slot's object to `name`, or copies it (`far`). -1 with errno. */
int slot_take(struct act *act, const char *slot, int dir, const char *name, bool far);
/* Removes a copy from its slot; nothing there is fine. -1 with errno. */
int slot_drop(struct act *act, const char *slot);

/* Makes what changed in slots durable. -1 with errno. */
int slots_flush(struct act *act);
/* Removes those folders of the journal's slots that are empty. */
void slots_sweep(struct act *act);
/* Removes slot folders that are empty, and closes all. */
void slots_release(struct act *act);
