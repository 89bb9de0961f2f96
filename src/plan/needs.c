/* SPDX-License-Identifier: MIT */
#include "plan/needs.h"

#include "base/vec.h"
#include "base/words.h"

void needs_init(struct needs *needs, struct installed *installed) {
	*needs = (struct needs){installed, xcalloc(installed->count + 1, sizeof(bool)), false};
}

void needs_release(struct needs *needs) {
	free(needs->goes);
}

void needs_clear(struct needs *needs) {
	memset(needs->goes, 0, needs->installed->count * sizeof(*needs->goes));
	needs->some = false;
}

static size_t index_of(const struct needs *needs, const struct installed_package *package) {
	return (size_t)(package - needs->installed->items);
}

void needs_take(struct needs *needs, const struct installed_package *package) {
	if (package != NULL) {
		needs->goes[index_of(needs, package)] = true;
		needs->some = true;
	}
}

bool needs_takes(const struct needs *needs, const struct installed_package *package) {
	return needs->goes[index_of(needs, package)];
}

static bool satisfies(const struct installed_package *package, const char *dependency) {
	return streq(package->name, dependency) || words_have(package->provides, dependency);
}

/* Something that stays does for `dependency` what the package does. */
static bool is_served(const struct needs *needs, const char *dependency) {
	const struct installed_package *named = installed_find(needs->installed, dependency);
	if (named != NULL && !needs->goes[index_of(needs, named)]) {
		return true;
	}
	for (size_t i = 0; i < needs->installed->count; i++) {
		const struct installed_package *package = &needs->installed->items[i];
		if (!needs->goes[i] && package->provides != NULL &&
				words_have(package->provides, dependency)) {
			return true;
		}
	}
	return false;
}

/* A package that stays, and would miss it. */
const struct installed_package *needs_find(const struct needs *needs,
		const struct installed_package *package) {
	for (size_t i = 0; i < needs->installed->count; i++) {
		const struct installed_package *other = &needs->installed->items[i];
		for (size_t j = 0; !needs->goes[i] && other->depends != NULL &&
				other->depends[j] != NULL; j++) {
			if (satisfies(package, other->depends[j]) &&
					!is_served(needs, other->depends[j])) {
				return other;
			}
		}
	}
	return NULL;
}

/* Packages still to be looked at, each at most once. */
struct heap {
	size_t *items;
	size_t count;
};

/* Marks each of `among` that fulfils a dependency of the package, and puts it on the heap. */
static void spread(const struct needs *needs, size_t package, const bool *among, bool value,
		bool *marks, struct heap *heap) {
	const char *const *depends = needs->installed->items[package].depends;
	for (size_t i = 0; depends != NULL && i < needs->installed->count; i++) {
		for (size_t j = 0; among[i] && marks[i] != value && depends[j] != NULL; j++) {
			if (satisfies(&needs->installed->items[i], depends[j])) {
				marks[i] = value;
				heap->items[heap->count++] = i;
			}
		}
	}
}

/*
 * As libalpm does it (deps.c, _alpm_recursedeps): mark what can be reached from what goes
 * through dependencies that nobody asked for, then take back whatever those that stay
 * depend on, and so on. Circles go as one; orphans of before aren't reached.
 */
void needs_take_dependencies(struct needs *needs, struct package_list *list) {
	size_t count = needs->installed->count;
	if (!needs->some) {
		return;
	}
	bool *marks = xcalloc(count + 1, sizeof(*marks));
	bool *loose = xcalloc(count + 1, sizeof(*loose));
	struct heap heap = {xcalloc(2 * count + 1, sizeof(*heap.items)), 0};
	for (size_t i = 0; i < count; i++) {
		const struct installed_package *package = &needs->installed->items[i];
		loose[i] = !needs->goes[i] && !package->is_explicit && !package->damaged;
		if (needs->goes[i]) {
			heap.items[heap.count++] = i;
		}
	}
	while (heap.count > 0) {
		spread(needs, heap.items[--heap.count], loose, true, marks, &heap);
	}
	for (size_t i = 0; i < count; i++) {
		if (!needs->goes[i] && !marks[i]) {
			heap.items[heap.count++] = i;
		}
	}
	while (heap.count > 0) {
		spread(needs, heap.items[--heap.count], loose, false, marks, &heap);
	}
	for (size_t i = 0; i < count; i++) {
		if (marks[i]) {
			needs->goes[i] = true;
			if (list != NULL) {
				VEC_ADD(list, &needs->installed->items[i]);
			}
		}
	}
	free(heap.items);
	free(loose);
	free(marks);
}

/* `package` depends on `wanted`, through what goes with it. */
static bool leads_to(const struct needs *needs, const struct installed_package *package,
		const struct installed_package *wanted, bool *seen) {
	size_t index = index_of(needs, package);
	if (package == wanted || seen[index]) {
		return package == wanted;
	}
	seen[index] = true;
	for (size_t i = 0; i < needs->installed->count; i++) {
		for (size_t j = 0; needs->goes[i] && package->depends != NULL &&
				package->depends[j] != NULL; j++) {
			if (satisfies(&needs->installed->items[i], package->depends[j]) &&
					leads_to(needs, &needs->installed->items[i], wanted, seen)) {
				return true;
			}
		}
	}
	return false;
}

bool needs_leads_to(const struct needs *needs, const struct installed_package *package,
		const struct installed_package *wanted) {
	bool *seen = xcalloc(needs->installed->count + 1, sizeof(*seen));
	bool leads = leads_to(needs, package, wanted, seen);
	free(seen);
	return leads;
}
