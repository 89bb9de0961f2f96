/* SPDX-License-Identifier: MIT */
#include "cmd/copying.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"
#include "state/peek.h"
#include "state/theme_place.h"

struct copying {
	struct plan *plan;
	struct app *app;
	enum op_reason why;
	bool plain;       /* no links, no ".git" */
	bool inside;      /* of the folder that takes the link's place */
	const char *root; /* absolute path of what is copied */
};

static struct op start(const struct copying *copying, enum op_kind kind, const char *target) {
	return (struct op){
		.kind = kind,
		.why = copying->why,
		.path = target,
		.phase = PHASE_MAIN,
		.theirs = true,
		.inside = copying->inside,
		.source_known = true,
	};
}

static void add_file(struct copying *copying, const char *target, const char *origin,
		const struct stat *info, struct expect expect) {
	struct stamp seen = {0};
	stamp_fill(&seen, info);
	struct op op = start(copying, OP_FILE, target);
	op.expect = expect;
	op.origin = origin;
	op.becomes = expect_of(&seen);
	op.becomes.ino = 0; /* a copy's own */
	VEC_ADD(&copying->plan->ops, op);
}

static struct op folder(const struct copying *copying, const char *target,
		const struct stat *info) {
	struct stamp seen = {0};
	struct op op = start(copying, OP_FOLDER, target);
	stamp_fill(&seen, info);
	op.becomes = expect_of(&seen);
	op.becomes.ino = 0;
	return op;
}

static int add_entries(struct copying *copying, const char *target, const char *origin,
		struct err *err);

/* A relative link that leads out of the folder would lead elsewhere from the copy. */
static const char *link_text(const struct copying *copying, const char *origin,
		const char *text) {
	struct arena *arena = &copying->app->arena;
	if (text[0] == '/') {
		return text;
	}
	const char *folder = arena_strndup(arena, origin, (size_t)(path_name(origin) - origin) - 1);
	const char *leads = path_fold_absolute(path_join(folder, text, arena), arena);
	return path_is_under(leads, copying->root) ? text : leads;
}

static int add_entry(struct copying *copying, const char *target, const char *origin,
		struct err *err) {
	const struct expect nothing = {.kind = STAMP_ABSENT};
	struct stat info;
	if (lstat(origin, &info) < 0) {
		return err_sys(err, "cannot look at '%s'", origin);
	}
	if (S_ISREG(info.st_mode)) {
		add_file(copying, target, origin, &info, nothing);
	} else if (S_ISDIR(info.st_mode)) {
		VEC_ADD(&copying->plan->ops, folder(copying, target, &info));
		return add_entries(copying, target, origin, err);
	} else if (S_ISLNK(info.st_mode) && copying->plain) {
		app_note(copying->app, "'%s' is a link: left out", origin);
	} else if (S_ISLNK(info.st_mode)) {
		struct stamp seen;
		peek(origin, &copying->app->facts, &copying->app->arena, &seen);
		struct op op = start(copying, OP_LINK, target);
		op.text = seen.text != NULL ? link_text(copying, origin, seen.text) : "";
		op.becomes = expect_of(&seen);
		VEC_ADD(&copying->plan->ops, op);
	} else {
		app_note(copying->app, "'%s' is a socket, pipe or device: left out", origin);
	}
	return 0;
}

static int add_entries(struct copying *copying, const char *target, const char *origin,
		struct err *err) {
	struct arena *arena = &copying->app->arena;
	DIR *stream = opendir(origin);
	int result = 0;
	if (stream == NULL) {
		return err_sys(err, "cannot read the folder '%s'", origin);
	}
	while (result == 0) {
		errno = 0;
		const struct dirent *entry = readdir(stream);
		if (entry == NULL) {
			result = errno == 0 ? 0 : err_sys(err, "cannot read the folder '%s'", origin);
			break;
		}
		bool passed = copying->plain && streq(entry->d_name, ".git");
		if (!passed && !streq(entry->d_name, ".") && !streq(entry->d_name, "..")) {
			result = add_entry(copying, path_join(target, entry->d_name, arena),
					path_join(origin, entry->d_name, arena), err);
		}
	}
	(void)closedir(stream);
	return result;
}

/* A link's text is relative to the folder that the link is in. */
static const char *origin_of(struct app *app, const char *target, const char *link) {
	if (link[0] == '/') {
		return link;
	}
	const char *path = path_from_home(target, app->facts.home, &app->arena);
	const char *folder = arena_strndup(&app->arena, path, (size_t)(path_name(path) - path) - 1);
	return path_join(folder, link, &app->arena);
}

static int add_whole(struct copying *copying, const char *target, const char *origin,
		const struct stat *info, struct expect expect, struct err *err) {
	if (S_ISREG(info->st_mode)) {
		add_file(copying, target, origin, info, expect);
		return 0;
	}
	if (!S_ISDIR(info->st_mode)) {
		return err_set(err, ERR_FAILED, "'%s' is neither a file nor a folder", origin);
	}
	struct op op = folder(copying, target, info);
	op.expect = expect;
	VEC_ADD(&copying->plan->ops, op);
	copying->inside = true;
	copying->root = origin;
	return add_entries(copying, target, origin, err);
}

int copying_add(struct plan *plan, struct app *app, const char *target, const char *link,
		enum op_reason why, struct err *err) {
	struct copying copying = {.plan = plan, .app = app, .why = why};
	const struct expect expect = {.kind = STAMP_LINK, .text = link};
	const char *origin = origin_of(app, target, link);
	struct stat info;
	if (stat(origin, &info) < 0) {
		if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
			return err_sys(err, "cannot look at '%s'", origin);
		}
		const char *current = theme_place_current(&app->facts, &app->arena);
		plan_add_conflict(plan, (struct conflict){
			.kind = CONFLICT_NO_SOURCE,
			.path = target,
			.target = target,
			.what = arena_printf(&app->arena, "the link leads to '%s', which is gone", link),
			.hint = path_is_under(link, current)
					? "'lumina sync --only themes' makes it again"
					: "put the file back, or remove the link by hand",
		});
		return 0;
	}
	return add_whole(&copying, target, origin, &info, expect, err);
}

int copying_add_new(struct plan *plan, struct app *app, const char *target, const char *origin,
		enum op_reason why, struct err *err) {
	struct copying copying = {.plan = plan, .app = app, .why = why, .plain = true};
	const struct expect nothing = {.kind = STAMP_ABSENT};
	struct stat info;
	if (stat(origin, &info) < 0) {
		return err_sys(err, "cannot look at '%s'", origin);
	}
	return add_whole(&copying, target, origin, &info, nothing, err);
}
