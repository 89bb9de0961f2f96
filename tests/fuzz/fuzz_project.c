/* SPDX-License-Identifier: MIT */

/*
 * Any bytes as a project's `.lumina.yaml`. Without consent nothing that needs it comes
 * out; with it, nothing that could reach beyond the project or into another program's
 * language. What is wrong without consent is wrong with it.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/env_name.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "flow/project_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_shown(const char *text) {
	struct buf shown = BUF_INIT;
	buf_add_shown(&shown, text, strlen(text));
	assert(strcmp(shown.data, text) == 0);
	buf_release(&shown);
}

static void check_characters(const char *text, const char *more) {
	assert(text[0] != '\0' && strlen(text) <= 128);
	for (const char *p = text; *p != '\0'; p++) {
		assert((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
				(*p >= '0' && *p <= '9') || strchr(more, *p) != NULL);
	}
}

static void check_beneath(const char *path) {
	char *folded = xmalloc(strlen(path) + 1);
	enum fold fold = path_fold_into(folded, str_of(path));
	assert(path[0] != '/' && path[0] != '~' && path[0] != '$' && path[0] != '\0');
	assert(fold == FOLD_OK || (fold == FOLD_EMPTY && streq(path, ".")));
	free(folded);
}

static void check_consented(const struct mission *mission) {
	assert(mission->name == NULL && mission->label == NULL);
	assert(mission->when == NULL && mission->in == NULL);
	for (size_t i = 0; i < mission->nenv; i++) {
		assert(env_name_refused(mission->env[i].name, ENV_PROJECT) == NULL);
	}
	for (size_t i = 0; mission->path != NULL && mission->path[i] != NULL; i++) {
		check_beneath(mission->path[i]);
		assert(strchr(mission->path[i], ':') == NULL);
	}
	for (size_t i = 0; mission->dotenv != NULL && mission->dotenv[i] != NULL; i++) {
		check_beneath(mission->dotenv[i]);
	}
	for (size_t i = 0; i < mission->nhyprland; i++) {
		check_characters(mission->hyprland[i].name, "_.");
		check_characters(mission->hyprland[i].value, "_.:+%- ");
	}
	const char *const *const modules[] = {mission->show, mission->hide};
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; modules[k] != NULL && modules[k][i] != NULL; i++) {
			check_characters(modules[k][i], "_-./#+:@");
		}
	}
	assert(mission->nix == NULL || streq(mission->nix, "develop"));
	assert(mission->direnv >= -1 && mission->direnv <= 1);
}

static int read_once(const char *text, size_t size, bool allowed) {
	struct arena arena;
	struct project project;
	arena_init(&arena);
	struct source source = {.path = "/p/.lumina.yaml", .name = ".lumina.yaml", .bytes = text,
			.size = (uint32_t)size};
	struct diags diags = {.arena = &arena};
	int result = project_parse(&project, &source, allowed, &arena, &diags);
	assert((result == 0) == (diags.count == 0));
	assert(result == 0 || (project.mission == NULL && project.label == NULL &&
					      !project.needs_consent));
	assert((project.consented != NULL) == (allowed && project.needs_consent));
	if (project.mission != NULL) {
		check_characters(project.mission, "._@+-");
	}
	if (project.label != NULL) {
		check_shown(project.label);
		assert(utf8_columns(project.label, strlen(project.label)) <= 64);
	}
	if (project.consented != NULL) {
		check_consented(project.consented);
	}
	source_release(&source);
	arena_release(&arena);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	char *text = xmalloc(size + 1);
	memcpy(text, data, size);
	text[size] = '\0';
	int without = read_once(text, size, false), with = read_once(text, size, true);
	assert(without == 0 || with < 0);
	free(text);
	return 0;
}
