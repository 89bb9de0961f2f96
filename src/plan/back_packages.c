/* SPDX-License-Identifier: MIT */
#include "plan/back_packages.h"

#include "base/vec.h"
#include "plan/needs.h"

void back_packages_release(struct back_packages *packages) {
	VEC_RELEASE(packages);
}

static struct back_package *find(struct back_packages *packages, const struct package_op *op) {
	for (size_t i = 0; i < packages->count; i++) {
		struct back_package *package = &packages->items[i];
		if (streq(package->op.name, op->name) &&
				(package->op.from == FROM_FLATPAK) == (op->from == FROM_FLATPAK)) {
			return package;
		}
	}
	VEC_ADD(packages, (struct back_package){0});
	return &packages->items[packages->count - 1];
}

static void add_step(struct back_packages *packages, const struct back_step *step,
		enum op_reason why) {
	for (size_t i = 0; i < step->npackages; i++) {
		const struct package_op *done = &step->packages[i];
		struct back_package *package = find(packages, done);
		bool install = (done->action == PACKAGE_INSTALL) == step->forward;
		package->op = *done;
		package->op.action = install ? PACKAGE_INSTALL : PACKAGE_REMOVE;
		package->op.state = PACKAGE_PLANNED;
		/* A dependency came or went with another; that is how it is to be again. */
		package->op.why = done->why == WHY_NEEDED ? WHY_NEEDED : why;
		package->op.at = NULL;
	}
}

/* A dependency goes with what needed it: pacman sees to that. */
static bool is_needless(const struct back_package *package, const struct installed *installed) {
	const struct package_op *op = &package->op;
	if (op->from == FROM_FLATPAK) {
		return false;
	}
	bool there = installed_find(installed, op->name) != NULL;
	bool along = op->why == WHY_NEEDED && !op->explicit;
	return op->action == PACKAGE_REMOVE ? !there || along : there;
}

/* What stays because something needs it needs others in its turn. */
static void check_needers(struct back_packages *packages, struct installed *installed) {
	struct needs needs;
	needs_init(&needs, installed);
	bool more = true;
	while (more) {
		more = false;
		needs_clear(&needs);
		for (size_t i = 0; i < packages->count; i++) {
			const struct back_package *package = &packages->items[i];
			if (package->op.action == PACKAGE_REMOVE && package->stays == NULL &&
					package->op.from != FROM_FLATPAK) {
				needs_take(&needs, installed_find(installed, package->op.name));
			}
		}
		needs_take_dependencies(&needs, NULL);
		for (size_t i = 0; i < packages->count; i++) {
			struct back_package *package = &packages->items[i];
			if (package->op.action != PACKAGE_REMOVE || package->stays != NULL ||
					package->op.from == FROM_FLATPAK) {
				continue;
			}
			const struct installed_package *needer = needs_find(&needs,
					installed_find(installed, package->op.name));
			if (needer != NULL) {
				package->stays = needer->name;
				more = true;
			}
		}
	}
	needs_release(&needs);
}

void back_packages_compose(struct back_packages *packages, const struct back_step *steps,
		size_t count, struct installed *installed, enum op_reason why) {
	struct back_packages all = {0};
	for (size_t i = 0; i < count; i++) {
		add_step(&all, &steps[i], why);
	}
	*packages = (struct back_packages){0};
	for (int along = 0; along < 2; along++) {
		for (size_t i = 0; i < all.count; i++) {
			bool last = all.items[i].op.why == WHY_NEEDED && !all.items[i].op.explicit;
			if (last == (along > 0) && !is_needless(&all.items[i], installed)) {
				VEC_ADD(packages, all.items[i]);
			}
		}
	}
	VEC_RELEASE(&all);
	check_needers(packages, installed);
}
