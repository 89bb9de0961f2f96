/* SPDX-License-Identifier: MIT */

/* What to add to the desktop's own configuration: printed, since it is the person's. */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "cmd/hook.h"
#include "desk/desk.h"
#include "desk/waybar.h"
#include "flow/index.h"
#include "sys/proc.h"

/*
 * How the desktop's programs start this one: by its name where that is found with any PATH, so
 * that the line fits every machine; they have not always that of the person's shell.
 */
static const char *program(struct arena *arena) {
	static const char *const usual[] = {"/usr/bin/lumina", "/usr/local/bin/lumina"};
	static const char plain[] = "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	char self[4096];
	const char *found = proc_find("lumina", arena);
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0) {
		return "lumina";
	}
	self[n] = '\0';
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		_cleanup_free_ char *real = realpath(usual[i], NULL);
		if (real != NULL && streq(real, self) && found != NULL && streq(found, usual[i])) {
			return "lumina";
		}
	}
	struct buf quoted _cleanup_buf_ = BUF_INIT;
	buf_add_quoted(&quoted, self);
	return strspn(self, plain) == (size_t)n ? arena_strdup(arena, self)
						: arena_strndup(arena, quoted.data, quoted.len);
}

/* In double quotes, as JSON and Lua read them: paths of any bytes but control characters. */
static void add_string(struct buf *out, const char *text) {
	buf_addc(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\') {
			buf_addc(out, '\\');
		}
		buf_addc(out, *text);
	}
	buf_addc(out, '"');
}

/* --- Waybar -------------------------------------------------------------------------------- */

static void add_module(struct buf *out, const char *name, const char *command) {
	buf_adds(out, "\n");
	add_string(out, name);
	buf_adds(out, ": {\n    \"exec\": ");
	add_string(out, command);
	buf_addf(out, ",\n    \"return-type\": \"json\",\n    \"interval\": \"once\",\n"
		      "    \"signal\": %d\n},\n",
			WAYBAR_SIGNAL);
}

/* Custom modules that missions show or hide: their own command stays, behind ours. */
static void add_custom(struct buf *out, const char *lumina, const struct missions *missions,
		struct arena *arena) {
	static const char prefix[] = "custom/";
	struct buf done _cleanup_buf_ = BUF_INIT;
	for (size_t i = 0; i < 2 * missions->count; i++) {
		const struct mission *mission = &missions->items[i / 2];
		const char *const *word = i % 2 == 0 ? mission->show : mission->hide;
		for (; word != NULL && *word != NULL; word++) {
			const char *seen = arena_printf(arena, "%s\n", *word);
			if (strncmp(*word, prefix, sizeof(prefix) - 1) != 0 ||
					strchr(*word, '#') != NULL || strstr(done.data, seen) != NULL) {
				continue;
			}
			if (done.len == 0) {
				buf_adds(out, "\n// Your own modules that missions name: `lumina bar NAME --` "
					      "in front of\n// the command, and the signal; the rest stays.\n");
			}
			buf_adds(&done, seen);
			buf_adds(out, "\n");
			add_string(out, *word);
			buf_adds(out, ": {\n    \"exec\": ");
			add_string(out, arena_printf(arena, "%s bar %s -- YOUR-COMMAND", lumina,
							*word + sizeof(prefix) - 1));
			buf_addf(out, ",\n    \"signal\": %d\n},\n", WAYBAR_SIGNAL);
		}
	}
}

static bool is_in_profile(const struct app *app, struct arena *arena) {
	char *real = realpath(waybar_folder(&app->facts, arena), NULL);
	bool in = real != NULL && app->facts.profile_real != NULL &&
			path_is_under(real, app->facts.profile_real);
	free(real);
	return in;
}

int hook_waybar(struct app *app, struct err *err) {
	struct arena *arena = &app->arena;
	struct index index;
	struct desk desk;
	if (facts_load(&app->facts, arena, err) < 0) {
		return -1;
	}
	if (app->facts.profile_real == NULL || index_build(&index, &app->facts, 0, arena, err) < 0) {
		err_release(err); /* its text is the same, but for the person's own modules */
		index = (struct index){0};
	}
	desk_load(&desk, &app->facts, arena);
	if (waybar_style(&desk, &index.missions, true, &app->facts, arena, err) < 0) {
		return -1;
	}
	const char *folder = waybar_folder(&app->facts, arena), *lumina = program(arena);
	buf_addf(&app->out, "// 1. In %s/config.jsonc: among \"modules-left\", -center or -right\n\n"
			    "\"custom/lumina-mission\",\n\n"
			    "// and beside these lists\n\n"
			    "\"reload_style_on_change\": true,\n", folder);
	add_module(&app->out, "custom/lumina-mission", arena_printf(arena, "%s bar mission", lumina));
	add_custom(&app->out, lumina, &index.missions, arena);
	buf_addf(&app->out, "\n// 2. In %s/style.css, as its first line\n\n"
			    "@import \"" WAYBAR_STYLE "\";\n\n"
			    "// 3. Start Waybar anew, once: what is imported, it finds out at its start.\n", folder);
	if (is_in_profile(app, arena)) {
		buf_addf(&app->out, "//\n// That folder is in the profile. %s is made on each machine: keep it out of "
				    "Git\n// by a line '" WAYBAR_STYLE "' in %s/.gitignore\n",
				WAYBAR_STYLE, folder);
	}
	return 0;
}

/* --- Hyprland ------------------------------------------------------------------------------ */

int hook_hyprland(struct app *app, struct err *err) {
	struct arena *arena = &app->arena;
	if (facts_load(&app->facts, arena, err) < 0) {
		return -1;
	}
	size_t n = (size_t)(path_name(app->facts.config) - app->facts.config);
	const char *folder = arena_printf(arena, "%.*shypr", (int)n, app->facts.config);
	const char *command = arena_printf(arena, "%s bar --tell", program(arena));
	bool lua = access(path_join(folder, "hyprland.lua", arena), F_OK) == 0 ||
			access(path_join(folder, "hyprland.conf", arena), F_OK) < 0;
	if (lua) {
		buf_addf(&app->out, "-- In %s/hyprland.lua: the bar follows when another workspace is shown.\n"
				    "hl.on(\"workspace.active\", function() hl.exec_cmd(", folder);
		add_string(&app->out, command);
		buf_adds(&app->out, ") end)\n");
		return 0;
	}
	buf_addf(&app->out, "# %s/hyprland.conf has no events. The bar follows where a key that shows another\n"
			    "# workspace has a second line, for each of them:\n"
			    "bind = SUPER, 1, exec, %s\n", folder, command);
	return 0;
}
