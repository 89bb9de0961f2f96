/* SPDX-License-Identifier: MIT */
#include "exec/aside.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/swap.h"

const char *aside_name(const struct act *act, const struct op *op) {
	return arena_printf(act->arena, "%s-%zu", act->journal->temporary,
			(size_t)(op - act->journal->ops.items));
}

bool aside_is_folder(int dir, const char *name) {
	struct stat info;
	return fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

int aside_remove_link(int dir, const char *name, const char *text) {
	return swap_is_link(dir, name, text) ? unlinkat(dir, name, 0) : 0;
}

void aside_add_aliases(struct act *act) {
	for (size_t i = 0; i < act->journal->ops.count; i++) {
		const struct op *op = &act->journal->ops.items[i];
		if (op->kind == OP_LINK && op->expect.kind == STAMP_FOLDER) {
			walk_add_alias(&act->walk, op->path, aside_name(act, op));
		}
	}
}
