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
		package->promoted = package->promoted || done->promoted || done->explicit;
		package->op = *done;
		package->op.action = install || done->promoted ? PACKAGE_INSTALL : PACKAGE_REMOVE;
		/* What was there as a dependency becomes one again. */
		package->op.explicit = done->promoted ? step->forward : done->explicit;
		package->op.promoted = false;
		package->op.state = PACKAGE_PLANNED;
		/* A dependency came or went with another; that is how it is to be again. */
		package->op.why = done->why == WHY_NEEDED ? WHY_NEEDED : why;
		package->op.at = NULL;
	}
}

/* Nothing is to be removed: it is gone, or a dependency, which goes with what needed it. */
static bool is_gone(const struct back_package *package, const struct installed *installed) {
	const struct package_op *op = &package->op;
	if (op->from == FROM_FLATPAK || op->action != PACKAGE_REMOVE) {
		return false;
	}
	const struct installed_package *now = installed_find(installed, op->name);
	/* One that the person has made explicit since is his. */
	return now == NULL || (op->why == WHY_NEEDED && !op->explicit &&
					      (!now->is_explicit || !package->promoted));
}

/* Nothing is to be installed: it is there, as it is to be, and what goes leaves it there. */
static bool is_there(const struct back_package *package, const struct needs *needs) {
	const struct package_op *op = &package->op;
	if (op->from == FROM_FLATPAK || op->action != PACKAGE_INSTALL) {
		return false;
	}
	const struct installed_package *now = installed_find(needs->installed, op->name);
	return now != NULL && !needs_takes(needs, now) && now->is_explicit == op->explicit;
}

/* What stays because something needs it needs others in its turn. */
static void check_needers(struct back_packages *packages, struct needs *state) {
	struct needs needs = *state;
	struct installed *installed = needs.installed;
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
	*state = needs;
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
			if (last == (along > 0) && !is_gone(&all.items[i], installed)) {
				VEC_ADD(packages, all.items[i]);
			}
		}
	}
	VEC_RELEASE(&all);
	struct needs needs;
	needs_init(&needs, installed);
	check_needers(packages, &needs);
	size_t count_kept = 0;
	for (size_t i = 0; i < packages->count; i++) {
		struct package_op *op = &packages->items[i].op;
		const struct installed_package *now = op->from == FROM_FLATPAK
				? NULL : installed_find(installed, op->name);
		op->promoted = op->action == PACKAGE_INSTALL && now != NULL && !needs_takes(&needs, now);
		if (!is_there(&packages->items[i], &needs)) {
			packages->items[count_kept++] = packages->items[i];
		}
	}
	packages->count = count_kept;
	needs_release(&needs);
}
