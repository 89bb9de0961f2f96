/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A machine's packages from a text, and what a registry says of them.
 *
 *   "app e d=lib,sh; lib v=2-1; zsh e p=sh g=shells"
 *
 * A package between semicolons: its name, then "e" (explicit), "!" (damaged), "f" (from no
 * repository), v=VERSION, t=TIME, b=BASE, and lists d= (depends), p= (provides), g= (groups),
 * r= (replaces), c= (conflicts).
 */

#include "test.h"

#include "base/vec.h"
#include "base/words.h"
#include "reg/schema.h"
#include "state/have.h"
#include "state/installed.h"

static inline const char *const *machine_list(const char *text, struct arena *arena) {
	char *copy = arena_strdup(arena, text);
	for (char *at = copy; *at != '\0'; at++) {
		*at = *at == ',' ? ' ' : *at;
	}
	return words_split(copy, arena);
}

static inline void machine_word(struct installed_package *package, const char *word,
		struct arena *arena) {
	if (word[1] != '=') {
		check(strlen(word) == 1 && strchr("e!f", word[0]) != NULL, "'%s'?", word);
		package->is_explicit = package->is_explicit || word[0] == 'e';
		package->damaged = package->damaged || word[0] == '!';
		package->is_foreign = package->is_foreign || word[0] == 'f';
		return;
	}
	const char *value = word + 2;
	switch (word[0]) {
	case 'v':
		package->version = value;
		break;
	case 't':
		package->time = strtol(value, NULL, 10);
		break;
	case 'b':
		package->base = value;
		break;
	case 'd':
		package->depends = machine_list(value, arena);
		break;
	case 'p':
		package->provides = machine_list(value, arena);
		break;
	case 'g':
		package->groups = machine_list(value, arena);
		break;
	case 'r':
		package->replaces = machine_list(value, arena);
		break;
	case 'c':
		package->conflicts = machine_list(value, arena);
		break;
	default:
		fail_msg("'%s'?", word);
	}
}

static inline int machine_compare(const void *a, const void *b) {
	return strcmp(((const struct installed_package *)a)->name,
			((const struct installed_package *)b)->name);
}

/* As installed_load() would have it; installed_release() frees it. */
static inline void machine_install(struct installed *installed, const char *text,
		struct arena *arena) {
	*installed = (struct installed){.db = "/db", .loaded = true};
	for (const char *at = text; *at != '\0';) {
		size_t n = strcspn(at, ";");
		const char *const *words = words_split(arena_strndup(arena, at, n), arena);
		at += n + (at[n] == ';');
		if (words == NULL) {
			continue;
		}
		struct installed_package package = {.name = words[0], .version = "1-1"};
		for (size_t i = 1; words[i] != NULL; i++) {
			machine_word(&package, words[i], arena);
		}
		installed->damaged += package.damaged;
		VEC_ADD(installed, package);
	}
	if (installed->count > 1) {
		qsort(installed->items, installed->count, sizeof(*installed->items),
				machine_compare);
	}
}

struct machine {
	struct arena arena;
	struct diags diags;
	struct source source;
	struct schema schema;
	struct target_rules rules;
	struct registry registry;
	struct haves haves;
};

/* As haves_load() explains it; t_have.c is about that. */
static inline void machine_explain(struct machine *machine) {
	struct haves *haves = &machine->haves;
	for (size_t i = 0; i < machine->registry.packages.count; i++) {
		struct have have = {.decl = &machine->registry.packages.items[i]};
		have.from = package_split(have.decl->name, &have.name);
		if (have.from != FROM_FLATPAK) {
			have.by = installed_satisfies(&haves->installed, have.name);
			have.present = have.by != NULL;
		}
		for (size_t j = 0; !have.present && have.from != FROM_FLATPAK &&
				j < haves->installed.count; j++) {
			const struct installed_package *package = &haves->installed.items[j];
			have.group = have.group || words_have(package->groups, have.name);
			if (have.instead == NULL && words_have(package->replaces, have.name)) {
				have.instead = package;
			}
		}
		VEC_ADD(haves, have);
	}
	haves->looked = haves->whole = true;
}

/* Blocks of the host "box" count. */
static inline void machine_open(struct machine *machine, const char *packages, const char *yaml) {
	*machine = (struct machine){.source = source_of(yaml, strlen(yaml))};
	arena_init(&machine->arena);
	machine->diags.arena = &machine->arena;
	const struct facts facts = {.home = "/home/u", .profile = "/home/u/.lumina"};
	target_rules_init(&machine->rules, &facts, &machine->arena);
	machine->schema = (struct schema){.registry = &machine->registry, .arena = &machine->arena,
			.diags = &machine->diags, .rules = &machine->rules,
			.source = &machine->source, .rank = 1};
	struct node *root;
	assert_int_equal(node_parse(&machine->source, &machine->arena, &machine->diags, &root), 0);
	schema_walk_file(&machine->schema, root);
	check(machine->diags.count == 0, "%s: %s", yaml, machine->diags.first->text);
	machine->schema.host = "box";
	machine->schema.rank = 2;
	const struct node *host = machine->schema.hosts != NULL ? machine->schema.hosts->child : NULL;
	for (; host != NULL; host = host->next != NULL ? host->next->next : NULL) {
		if (str_is(host->text, "box")) {
			schema_walk_host(&machine->schema, host->next);
		}
	}
	machine_install(&machine->haves.installed, packages, &machine->arena);
	machine_explain(machine);
}

static inline void machine_close(struct machine *machine) {
	haves_release(&machine->haves);
	VEC_RELEASE(&machine->schema.includes);
	registry_release(&machine->registry);
	source_release(&machine->source);
	arena_release(&machine->arena);
}
