/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "reg/target.h"
#include "sys/file.h"

int app_flush(struct app *app, struct err *err) {
	int result = file_write_all(STDOUT_FILENO, app->out.data, app->out.len);
	buf_clear(&app->out);
	if (result < 0 && errno == EPIPE) {
		/* As if SIGPIPE had its way: whoever read us has had enough. */
		return err_exit(err, 128 + SIGPIPE);
	}
	return result < 0 ? err_sys(err, "cannot write to standard output") : 0;
}

void app_stderr(const struct buf *text) {
	/* Where even that can't be written there is nobody left to tell. */
	(void)file_write_all(STDERR_FILENO, text->data, text->len);
}

static void say(const char *colour, const char *prefix, const char *off, const char *format,
		va_list args) __attribute__((format(printf, 4, 0)));

static void say(const char *colour, const char *prefix, const char *off, const char *format,
		va_list args) {
	_cleanup_free_ char *text = NULL;
	if (vasprintf(&text, format, args) < 0) {
		text = NULL;
		return;
	}
	struct buf line _cleanup_buf_ = BUF_INIT;
	buf_addf(&line, "%s%s:%s ", colour, prefix, off);
	buf_add_shown(&line, text, strlen(text));
	buf_addc(&line, '\n');
	app_stderr(&line);
}

void app_note(const struct app *app, const char *format, ...) {
	if (app->global.quiet) {
		return;
	}
	va_list args;
	va_start(args, format);
	say("", "lumina", "", format, args);
	va_end(args);
}

void app_warn(const struct app *app, const char *format, ...) {
	va_list args;
	va_start(args, format);
	say(app->paint_err->yellow, "warning", app->paint_err->off, format, args);
	va_end(args);
}

void app_hint(const struct app *app, const char *format, ...) {
	va_list args;
	va_start(args, format);
	say(app->paint_err->cyan, "hint", app->paint_err->off, format, args);
	va_end(args);
}

/* The folder the shell shows ($PWD) if it is the real one, else what the kernel says. */
static const char *present_folder(struct arena *arena) {
	_cleanup_free_ char *folder = get_current_dir_name();
	return folder != NULL ? arena_strdup(arena, folder) : NULL;
}

/* The folder of a path with its links resolved, the last component as it is. */
static const char *resolve_folder(const char *path, struct arena *arena) {
	const char *name = path_name(path);
	const char *folder = arena_strndup(arena, path, (size_t)(name - path));
	_cleanup_free_ char *real = realpath(folder, NULL);
	return real != NULL ? path_join(streq(real, "/") ? "" : real, name, arena) : path;
}

int app_target(const struct app *app, const char *argument, struct arena *arena,
		const char **ret, struct err *err) {
	if (argument[0] == '\0') {
		return err_set(err, ERR_USAGE, "an empty path names nothing");
	}
	if (argument[0] == '~' || argument[0] == '$') {
		const char *wrong = target_parse(str_of(argument), arena, ret);
		return wrong == NULL ? 0
				     : err_set(err, ERR_USAGE, "target '%s' %s", argument, wrong);
	}
	const char *path = argument;
	if (path[0] != '/') {
		const char *folder = present_folder(arena);
		if (folder == NULL) {
			return err_sys(err, "cannot tell the present folder");
		}
		path = path_join(folder, path, arena);
	}
	path = path_fold_absolute(path, arena);
	*ret = path_to_home(path, app->facts.home, arena);
	if (*ret == NULL) {
		/* Either spelling may go through a link. */
		_cleanup_free_ char *home = realpath(app->facts.home, NULL);
		*ret = home != NULL ? path_to_home(resolve_folder(path, arena), home, arena) : NULL;
	}
	if (*ret == NULL) {
		return err_set(err, ERR_USAGE, "'%s' does not lie below the home folder", argument);
	}
	return 0;
}

int app_targets(struct app *app, int argc, char **argv, struct targets *ret,
		struct err *err) {
	*ret = (struct targets){0};
	for (int i = 1; i < argc; i++) {
		const char *target = NULL;
		if (app_target(app, argv[i], &app->arena, &target, err) < 0 || target == NULL) {
			targets_release(ret);
			return -1;
		}
		bool known = false;
		for (size_t j = 0; j < ret->count && !known; j++) {
			known = streq(ret->items[j], target);
		}
		if (!known) {
			VEC_ADD(ret, target);
		}
	}
	return 0;
}

void targets_release(struct targets *targets) {
	VEC_RELEASE(targets);
}
