/* SPDX-License-Identifier: MIT */
#include "desk/waybar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"
#include "desk/waybar_config.h"
#include "flow/kept.h"
#include "sys/file.h"

enum { STYLE_SIZE_MAX = 1024 * 1024 };

static const char head[] = "/* Made by Lumina: what missions hide of the bar, lumina-flow(7). It is "
			   "written anew\n   as they change; style.css imports it, so it has to be "
			   "there. */\n";
/* By this it is known again; an empty file is what a power loss may leave of it. */
static const char mark[] = "/* Made by Lumina";

/* --- names --------------------------------------------------------------------------------- */

static bool is_letter(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Fit to stand in the style sheet as it is. */
static bool is_name(struct str text) {
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (!is_letter(c) && (i == 0 || !((c >= '0' && c <= '9') || c == '-'))) {
			return false;
		}
	}
	return text.n > 0;
}

/* "custom/x" → #custom-x, "hyprland/window" → #window, "battery#two" → #battery.two. */
static const char *selector(const char *module, struct arena *arena) {
	const char *hash = strchr(module, '#'), *slash = strchr(module, '/');
	size_t n = hash != NULL ? (size_t)(hash - module) : strlen(module);
	struct str name = {module, n}, class = {NULL, 0};
	const char *before = "", *after = "";
	if (hash != NULL) {
		class = str_of(hash + 1);
	}
	if (slash != NULL && slash < module + n) {
		struct str kind = {module, (size_t)(slash - module)};
		name = (struct str){slash + 1, n - kind.n - 1};
		before = str_is(kind, "custom") ? "custom-" : "";
		if (str_is(name, "slider")) { /* pulseaudio/slider, backlight/slider */
			name = kind;
			after = "-slider";
		}
	}
	if (!is_name(name) || (hash != NULL && !is_name(class))) {
		return NULL;
	}
	return arena_printf(arena, "#%s%.*s%s%s%.*s", before, (int)name.n, name.p, after,
			hash != NULL ? "." : "", (int)class.n, class.n > 0 ? class.p : "");
}

/* --- the text ------------------------------------------------------------------------------ */

struct names {
	const char **items;
	size_t count, room;
};

static void add_once(struct names *names, const char *name) {
	for (size_t i = 0; i < names->count; i++) {
		if (streq(names->items[i], name)) {
			return;
		}
	}
	VEC_ADD(names, name);
}

static void add_list(struct names *names, const char *const *list) {
	for (; list != NULL && *list != NULL; list++) {
		add_once(names, *list);
	}
}

/* With its window in front: `bar` is ".eDP-1" or ":not(.eDP-1)", or nothing. */
static void add_rule(struct buf *rules, const char *bar, const char *module) {
	/* Heavier than what style.css may say: ":not(#…)" counts as one more id. */
	buf_addf(rules, "%swindow#waybar%s:not(#lumina) %s,\nwindow#waybar%s:not(#lumina) %s *",
			rules->len > 0 ? ",\n" : "", bar, module, bar, module);
}

static void add_module(struct buf *rules, const char *module, const struct desk *desk,
		const struct missions *missions, const struct names *outputs, struct arena *arena) {
	const char *name = selector(module, arena);
	if (name == NULL) {
		return;
	}
	bool usual = waybar_shows(module, NULL, missions);
	struct buf except _cleanup_buf_ = BUF_INIT;
	for (size_t i = 0; i < outputs->count; i++) {
		const char *output = outputs->items[i];
		bool shows = waybar_shows(module, waybar_shown(desk, output), missions);
		if (usual && !shows) {
			add_rule(rules, arena_printf(arena, ".%s", output), name);
		} else if (!usual && shows) {
			buf_addf(&except, ":not(.%s)", output);
		}
	}
	if (!usual) {
		add_rule(rules, except.data, name);
	}
}

void waybar_style_text(const struct desk *desk, const struct missions *missions, struct buf *out,
		struct arena *arena) {
	struct names modules = {0}, outputs = {0};
	struct buf rules _cleanup_buf_ = BUF_INIT;
	for (size_t i = 0; i < missions->count; i++) {
		add_list(&modules, missions->items[i].show);
		add_list(&modules, missions->items[i].hide);
	}
	for (size_t i = 0; i < desk->count; i++) {
		const struct workspace *workspace = &desk->items[i];
		add_list(&modules, workspace->show);
		add_list(&modules, workspace->hide);
		if (workspace->output != NULL && is_name(str_of(workspace->output))) {
			add_once(&outputs, workspace->output);
		}
	}
	for (size_t i = 0; i < modules.count; i++) {
		add_module(&rules, modules.items[i], desk, missions, &outputs, arena);
	}
	buf_adds(out, head);
	if (rules.len > 0) {
		buf_addf(out, "%s {\n"
			      "\tmargin: 0; padding: 0; border: none; min-width: 0; min-height: 0; font-size: 0;\n"
			      "\topacity: 0; background: none; box-shadow: none; text-shadow: none;\n"
			      "}\n",
				rules.data);
	}
	VEC_RELEASE(&modules);
	VEC_RELEASE(&outputs);
}

/* --- the file ------------------------------------------------------------------------------ */

const char *waybar_folder(const struct facts *facts, struct arena *arena) {
	size_t n = (size_t)(path_name(facts->config) - facts->config);
	return arena_printf(arena, "%.*swaybar", (int)n, facts->config);
}

/* What there is: its text, "" if there is nothing; NULL with err where it isn't Lumina's. */
static const char *present(const char *path, bool *ret_there, struct arena *arena, struct err *err) {
	char *text = NULL;
	size_t size = 0;
	struct stat info;
	*ret_there = file_read(AT_FDCWD, path, STYLE_SIZE_MAX, arena, &text, &size, NULL) == 0;
	if (!*ret_there && errno != ENOENT) {
		(void)err_sys(err, "cannot read '%s'", path);
		return NULL;
	}
	if (!*ret_there && lstat(path, &info) == 0) {
		(void)err_set(err, ERR_FAILED, "the link '%s' leads nowhere", path);
		return NULL;
	}
	if (*ret_there && size > 0 && strncmp(text, mark, sizeof(mark) - 1) != 0) {
		(void)err_set(err, ERR_FAILED, "'%s' is not the one that Lumina makes, and is left", path);
		return NULL;
	}
	return *ret_there ? text : "";
}

static bool is_imported(const char *folder, struct arena *arena) {
	static const char *const sheets[] = {"style.css", "style-dark.css", "style-light.css"};
	for (size_t i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++) {
		char *text;
		size_t size;
		if (file_read(AT_FDCWD, path_join(folder, sheets[i], arena), STYLE_SIZE_MAX, arena,
				    &text, &size, NULL) == 0 && waybar_imports(text)) {
			return true;
		}
	}
	return false;
}

static int write_style(const char *path, const struct buf *text, const struct facts *facts,
		struct arena *arena, struct err *err) {
	/* Through a link: what it leads to is what the bar watches. */
	_cleanup_free_ char *real = realpath(path, NULL);
	const char *file = real != NULL ? arena_strdup(arena, real) : path;
	const char *folder = arena_strndup(arena, file, (size_t)(path_name(file) - file) - 1);
	struct stat info;
	if (stat(folder, &info) == 0 && info.st_uid != facts->uid) {
		return err_set(err, ERR_FAILED, "'%s' belongs to another user", folder);
	}
	/* Not flushed: what a power loss may leave is an empty one, which is valid. */
	if (!kept_write(folder, path_name(file), text->data, text->len)) {
		return err_set(err, ERR_FAILED, "cannot write '%s'", file);
	}
	return 1;
}

int waybar_style(const struct desk *desk, const struct missions *missions, bool make,
		const struct facts *facts, struct arena *arena, struct err *err) {
	const char *folder = waybar_folder(facts, arena);
	const char *path = path_join(folder, WAYBAR_STYLE, arena);
	bool there;
	if (!make && access(folder, F_OK) < 0) {
		return 0;
	}
	const char *before = present(path, &there, arena, err);
	if (before == NULL) {
		return -1;
	}
	if (!there && !make && !waybar_is_wanted(missions) && !is_imported(folder, arena)) {
		return 0;
	}
	struct buf text _cleanup_buf_ = BUF_INIT;
	waybar_style_text(desk, missions, &text, arena);
	return there && streq(before, text.data) ? 0 : write_style(path, &text, facts, arena, err);
}
