/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "cmd/doctor.h"
#include "desk/desk.h"
#include "desk/waybar.h"
#include "desk/waybar_config.h"
#include "flow/compile.h"
#include "sys/file.h"

enum { FILE_SIZE_MAX = 4 * 1024 * 1024 };

static const char printing[] = "lumina hook waybar";

struct waybar_files {
	const char *folder;
	bool imports, there, readable;
	struct waybar_config config;
};

static bool read_text(const char *path, char **ret, size_t *ret_size, struct arena *arena) {
	return file_read(AT_FDCWD, path, FILE_SIZE_MAX, arena, ret, ret_size, NULL) == 0;
}

static void look(struct waybar_files *files, const struct facts *facts, struct arena *arena) {
	static const char *const styles[] = {"style.css", "style-dark.css", "style-light.css"};
	static const char *const configs[] = {"config", "config.jsonc"}; /* in Waybar's order */
	char *text;
	size_t size;
	*files = (struct waybar_files){.folder = waybar_folder(facts, arena)};
	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
		files->imports |= read_text(path_join(files->folder, styles[i], arena), &text, &size,
						  arena) && waybar_imports(text);
	}
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]) && !files->readable; i++) {
		files->readable = read_text(path_join(files->folder, configs[i], arena), &text, &size,
				arena);
		if (files->readable) {
			waybar_config_scan(&files->config, text, size, arena);
		}
	}
	files->there = access(path_join(files->folder, WAYBAR_STYLE, arena), F_OK) == 0;
}

/* True if nothing is wrong with it. */
static bool check_style(struct doctor *doctor, const struct waybar_files *files, bool wanted) {
	struct arena *arena = &doctor->app->arena;
	if (files->imports && !files->there) {
		doctor_find(doctor, HEALTH_BAD, "waybar",
				arena_printf(arena, "'%s/" WAYBAR_STYLE "' is imported, and isn't there: "
						    "Waybar ends at its start", files->folder), printing);
		return false;
	}
	if (wanted && !files->imports) {
		doctor_find(doctor, HEALTH_WARNING, "waybar",
				arena_printf(arena, "'%s/style.css' doesn't import \"" WAYBAR_STYLE
						    "\": missions hide no modules", files->folder), printing);
		return false;
	}
	if (wanted && files->readable && !files->config.reloads) {
		doctor_find(doctor, HEALTH_WARNING, "waybar",
				"\"reload_style_on_change\" isn't true: modules are hidden from the next "
				"start on only", printing);
		return false;
	}
	return true;
}

static bool check_modules(struct doctor *doctor, const struct waybar_files *files) {
	struct arena *arena = &doctor->app->arena;
	if (!files->readable) {
		return true; /* it is elsewhere, or in parts */
	}
	if (files->config.modules == 0) {
		doctor_find(doctor, HEALTH_WARNING, "waybar",
				arena_printf(arena, "no module in '%s' runs 'lumina bar'", files->folder),
				printing);
		return false;
	}
	if (files->config.unsignalled != NULL) {
		doctor_find(doctor, HEALTH_WARNING, "waybar",
				arena_printf(arena, "the module \"%s\" lacks \"signal\": %d: it doesn't follow",
						files->config.unsignalled, WAYBAR_SIGNAL), printing);
		return false;
	}
	return true;
}

static void check_waybar(struct doctor *doctor, const struct registry *registry) {
	struct app *app = doctor->app;
	struct waybar_files files;
	struct missions missions;
	look(&files, &app->facts, &app->arena);
	missions_compile(&missions, registry, app->facts.home, &app->arena);
	bool wanted = waybar_is_wanted(&missions);
	bool there = access(files.folder, F_OK) == 0;
	if (!there || (!wanted && !files.imports && files.config.modules == 0)) {
		return; /* no Waybar, or nothing that it has to do with us */
	}
	bool good = check_style(doctor, &files, wanted);
	good = check_modules(doctor, &files) && good;
	if (good) {
		doctor_find(doctor, HEALTH_GOOD, "waybar", "follows missions", NULL);
	}
}

void doctor_check_desk(struct doctor *doctor, const struct registry *registry) {
	struct desk desk;
	desk_load(&desk, &doctor->app->facts, &doctor->app->arena);
	if (desk.failures >= DESK_FAILURES_MAX) {
		doctor_find(doctor, HEALTH_WARNING, "hyprland",
				"after three failures in a row the desktop rests: missions change the shell "
				"only", "lumina mission auto");
	} else if (desk.signature != NULL) {
		doctor_find(doctor, HEALTH_GOOD, "hyprland",
				arena_printf(&doctor->app->arena, "follows missions (%s)",
						dialect_name(desk.dialect)), NULL);
	}
	if (registry != NULL) {
		check_waybar(doctor, registry);
	}
}
