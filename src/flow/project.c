/* SPDX-License-Identifier: MIT */
#include "flow/project_parts.h"

#include "flow/compile.h"
#include "reg/mission_read.h"

/* What a project's file takes; `mission` and `label` need no consent. */
static const char *const keys[] = {"direnv", "dotenv", "env", "hyprland", "label", "mission", "nix",
		"path", "waybar", NULL};

static bool is_known(struct str name) {
	for (size_t i = 0; keys[i] != NULL; i++) {
		if (str_is(name, keys[i])) {
			return true;
		}
	}
	return false;
}

/* Everything is checked, but of what needs consent no value is looked at without it. */
static void take(struct project *project, struct mission_decl *decl,
		const struct mission_reader *reader, const struct node *root, bool allowed) {
	if (!check_is_map(&reader->check, root, "a map")) {
		return;
	}
	for (const struct node *key = root->child; key != NULL; key = check_after(key)) {
		if (str_is(key->text, "mission")) {
			if (!node_is_null(key->next) && check_is_name(&reader->check, key->next)) {
				project->mission = arena_strndup(reader->arena,
						key->next->text.p, key->next->text.n);
			}
		} else if (str_is(key->text, "label")) {
			(void)mission_take(decl, reader, key);
		} else if (!is_known(key->text)) {
			check_unknown_key(&reader->check, key, keys, "a project's file");
		} else {
			project->needs_consent = true;
			if (allowed) {
				(void)mission_take(decl, reader, key);
			}
		}
		if (reader->check.diags->count >= MISSION_PROBLEMS_MAX) {
			return;
		}
	}
}

/*
 * Directives ("%YAML 1.2") say nothing that is wanted here, and libfyaml takes a tenth
 * of a second for a file full of them. Inside of a map no line can begin like one.
 */
static bool has_directives(const struct source *source) {
	for (uint32_t i = 0; i < source->size; i++) {
		if (source->bytes[i] == '%' && (i == 0 || source->bytes[i - 1] == '\n' ||
							      source->bytes[i - 1] == '\r')) {
			return true;
		}
	}
	return false;
}

int project_parse(struct project *ret, struct source *source, bool allowed, struct arena *arena,
		struct diags *diags) {
	unsigned before = diags->count;
	size_t used = 0;
	struct node *root = NULL;
	*ret = (struct project){0};
	if (source->size > PROJECT_SIZE_MAX) {
		diag_add(diags, (struct span){source, 0, 0}, "'%s' is larger than %d KiB",
				source->name, PROJECT_SIZE_MAX / 1024);
		return -1;
	}
	if (has_directives(source)) {
		diag_add(diags, (struct span){source, 0, 0}, "directives (%%) are not supported");
		return -1;
	}
	if (node_parse(source, arena, diags, &root) < 0) {
		return -1;
	}
	const struct mission_reader reader = {
		.check = {source, diags},
		.arena = arena,
		.rank = 1,
		.project = true,
		.used = &used,
	};
	struct project project = {0};
	struct mission_decl decl = {0};
	if (root != NULL) {
		take(&project, &decl, &reader, root, allowed);
	}
	if (diags->count > before) {
		return -1;
	}
	project.label = decl.label.text;
	if (allowed && project.needs_consent) {
		struct mission *consented = arena_alloc(arena, sizeof(*consented));
		/* No path in it begins with "~". */
		*consented = mission_compile(&decl, "", arena);
		consented->label = NULL;
		project.consented = consented;
	}
	*ret = project;
	return 0;
}

int project_propose(struct project *ret, struct source *source, struct arena *arena,
		struct diags *diags) {
	return project_parse(ret, source, true, arena, diags);
}
