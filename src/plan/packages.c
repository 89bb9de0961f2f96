/* SPDX-License-Identifier: MIT */
#include "plan/packages.h"

#include "base/vec.h"
#include "base/words.h"

/* --- before -------------------------------------------------------------------------------- */

static bool is_planned(const struct plan *plan, const struct package_op *wanted) {
	for (size_t i = 0; i < plan->packages.count; i++) {
		const struct package_op *op = &plan->packages.items[i];
		if (streq(op->name, wanted->name) &&
				(op->from == FROM_FLATPAK) == (wanted->from == FROM_FLATPAK)) {
			return true;
		}
	}
	return false;
}

void packages_plan(struct plan *plan, const struct haves *haves, struct arena *arena) {
	for (size_t i = 0; i < haves->count; i++) {
		const struct have *have = &haves->items[i];
		plan->installed += have->present;
		/* pacman put another in its place: to install it again would take that back. */
		if (have->present || have->instead != NULL) {
			continue;
		}
		const char *const self[] = {have->name, NULL};
		const char *const *names = have->lacks != NULL ? have->lacks : self;
		for (size_t j = 0; names[j] != NULL; j++) {
			struct package_op op = {
				.action = PACKAGE_INSTALL,
				.why = WHY_MISSING,
				.from = have->from,
				.explicit = true,
				.name = names[j],
				.asked = have->lacks != NULL ? names[j] : have->decl->name,
			};
			if (!is_planned(plan, &op)) {
				op.at = span_describe(have->decl->at, arena);
				VEC_ADD(&plan->packages, op);
			}
		}
	}
}

/* --- afterwards ---------------------------------------------------------------------------- */

/* What is said of a package: installed now, and new, or newly for itself. */
struct news {
	const struct installed_package *now, *before;
};

static bool is_new(const struct news *news) {
	return news->now != NULL && (news->before == NULL || news->before->damaged);
}

static bool is_newly_explicit(const struct news *news) {
	return news->now != NULL && news->now->is_explicit &&
			(is_new(news) || !news->before->is_explicit);
}

static struct news news_of(const struct package_request *request,
		const struct installed_package *now) {
	return (struct news){now, installed_find(request->before, now->name)};
}

/* The package stands for what was asked for: by name, as a member of the group, as provider. */
static bool answers(const struct installed_package *package, const struct package_op *asked) {
	return asked->from != FROM_FLATPAK &&
			(streq(package->name, asked->name) ||
					words_have(package->groups, asked->name) ||
					words_have(package->provides, asked->name));
}

static const struct package_op *find_asked(const struct package_request *request,
		const struct installed_package *package) {
	const struct package_op *found = NULL;
	for (size_t i = 0; i < request->count; i++) {
		const struct package_op *asked = &request->asked[i];
		if (asked->from != FROM_FLATPAK && streq(package->name, asked->name)) {
			return asked;
		}
		found = found == NULL && answers(package, asked) ? asked : found;
	}
	return found;
}

static void settle_install(struct package_ops *ops, const struct package_request *request,
		const struct package_op *asked, bool flatpak) {
	struct package_op op = *asked;
	size_t answered = 0;
	op.why = request->why;
	for (size_t i = 0; asked->from != FROM_FLATPAK && i < request->now->count; i++) {
		const struct installed_package *now = &request->now->items[i];
		struct news news = news_of(request, now);
		if (now->damaged || !answers(now, asked)) {
			continue;
		}
		answered++;
		if (find_asked(request, now) == asked && is_newly_explicit(&news)) {
			op.state = PACKAGE_DONE;
			op.promoted = !is_new(&news);
			op.name = now->name;
			/* What was chosen for a name is what is to be called for again. */
			op.asked = streq(now->name, asked->name) ? asked->asked : now->name;
			op.version = now->version;
			op.explicit = true;
			VEC_ADD(ops, op);
		}
	}
	if (asked->from == FROM_FLATPAK ? !flatpak : answered == 0) {
		op.state = PACKAGE_FAILED;
		VEC_ADD(ops, op);
	} else if (asked->from == FROM_FLATPAK) {
		op.state = PACKAGE_DONE;
		VEC_ADD(ops, op);
	}
}

static void settle_removal(struct package_ops *ops, const struct package_request *request,
		const struct package_op *asked, bool flatpak) {
	struct package_op op = *asked;
	const struct installed_package *before = asked->from == FROM_FLATPAK
			? NULL : installed_find(request->before, asked->name);
	bool there = asked->from == FROM_FLATPAK
			? flatpak : installed_find(request->now, asked->name) != NULL;
	op.why = request->why;
	if (before != NULL) {
		op.version = before->version;
		op.explicit = before->is_explicit;
	}
	op.state = there ? PACKAGE_FAILED : PACKAGE_DONE;
	if (there || before != NULL || asked->from == FROM_FLATPAK) {
		VEC_ADD(ops, op);
	}
}

/* A package that came in its place says so; what somebody else removed meanwhile is not ours. */
static bool is_pushed_out(const struct package_request *request,
		const struct installed_package *before) {
	for (size_t i = 0; i < request->now->count; i++) {
		const struct installed_package *now = &request->now->items[i];
		struct news news = news_of(request, now);
		if (is_new(&news) && (words_have(now->replaces, before->name) ||
						words_have(now->conflicts, before->name) ||
						words_have(now->provides, before->name))) {
			return true;
		}
	}
	return false;
}

/* Dependencies that came along, and everything that went (also what a new package replaced). */
static void settle_others(struct package_ops *ops, const struct package_request *request) {
	for (size_t i = 0; i < request->now->count; i++) {
		const struct installed_package *now = &request->now->items[i];
		struct news news = news_of(request, now);
		if (is_new(&news) && !now->is_explicit && !now->damaged) {
			VEC_ADD(ops, (struct package_op){
				.action = PACKAGE_INSTALL, .state = PACKAGE_DONE, .why = WHY_NEEDED,
				.name = now->name, .asked = now->name, .version = now->version,
			});
		}
	}
	for (size_t i = 0; i < request->before->count; i++) {
		const struct installed_package *before = &request->before->items[i];
		const struct package_op *asked = request->action == PACKAGE_REMOVE
				? find_asked(request, before) : NULL;
		bool ours = request->action == PACKAGE_REMOVE ? asked != NULL || !before->is_explicit
							      : is_pushed_out(request, before);
		if (ours && (asked == NULL || !streq(asked->name, before->name)) && !before->damaged && installed_find(request->now, before->name) == NULL) {
			VEC_ADD(ops, (struct package_op){
				.action = PACKAGE_REMOVE, .state = PACKAGE_DONE,
				/* A member of a group that was asked for. */
				.why = asked != NULL ? request->why : WHY_NEEDED,
				.name = before->name, .asked = before->name,
				.version = before->version, .explicit = before->is_explicit,
			});
		}
	}
}

void packages_settle(struct package_ops *ops, const struct package_request *request) {
	for (size_t i = 0; i < request->count; i++) {
		bool flatpak = request->flatpaks_now != NULL && request->flatpaks_now[i];
		if (request->action == PACKAGE_INSTALL) {
			settle_install(ops, request, &request->asked[i], flatpak);
		} else {
			settle_removal(ops, request, &request->asked[i], flatpak);
		}
	}
	settle_others(ops, request);
}

/* --- recording ----------------------------------------------------------------------------- */

static void add_name(struct package_names *names, const char *name) {
	for (size_t i = 0; i < names->count; i++) {
		if (package_is_same(names->items[i], name)) {
			return;
		}
	}
	VEC_ADD(names, name);
}

/* "extra/foo" is "foo": which repository has it is pacman's to know. */
static const char *spelling(const struct package_op *asked) {
	return asked->from == FROM_REPOSITORY ? asked->name : asked->asked;
}

static bool counts(const struct package_request *request, const struct installed_package *now) {
	struct news news = news_of(request, now);
	return !now->damaged && now->is_explicit && (request->good || is_newly_explicit(&news));
}

static void record_providers(struct package_names *names, const struct package_request *request,
		const struct package_op *asked) {
	size_t count = names->count;
	/* The one that came just now was the choice; else any that is there. */
	for (int pass = 0; pass < 2 && names->count == count; pass++) {
		for (size_t i = 0; i < request->now->count; i++) {
			const struct installed_package *now = &request->now->items[i];
			struct news news = news_of(request, now);
			if (counts(request, now) && words_have(now->provides, asked->name) &&
					(pass > 0 || is_newly_explicit(&news))) {
				add_name(names, now->name);
			}
		}
	}
}

void packages_to_record(struct package_names *names, const struct package_request *request) {
	for (size_t i = 0; i < request->count; i++) {
		const struct package_op *asked = &request->asked[i];
		if (asked->from == FROM_FLATPAK) {
			if (request->flatpaks_now != NULL && request->flatpaks_now[i]) {
				add_name(names, asked->asked);
			}
			continue;
		}
		const struct installed_package *now = installed_find(request->now, asked->name);
		if (now != NULL) {
			if (counts(request, now)) {
				add_name(names, spelling(asked));
			}
			continue;
		}
		size_t count = names->count;
		for (size_t j = 0; j < request->now->count; j++) {
			now = &request->now->items[j];
			if (counts(request, now) && words_have(now->groups, asked->name)) {
				add_name(names, now->name);
			}
		}
		if (names->count == count) {
			record_providers(names, request, asked);
		}
	}
}

void packages_to_promote(struct package_names *names, const struct package_request *request) {
	for (size_t i = 0; request->good && i < request->count; i++) {
		const struct package_op *asked = &request->asked[i];
		const struct installed_package *now = asked->from == FROM_FLATPAK
				? NULL : installed_find(request->now, asked->name);
		/* What came just now as a dependency was asked for so (--asdeps). */
		if (now != NULL && !now->is_explicit && !now->damaged &&
				installed_find(request->before, asked->name) != NULL) {
			add_name(names, asked->name);
		}
	}
}

/* --- what the registry lacks --------------------------------------------------------------- */

static void tick(bool *known, const struct installed *installed,
		const struct installed_package *package) {
	if (package != NULL) {
		known[package - installed->items] = true;
	}
}

void packages_unrecorded(struct package_list *list, const struct haves *haves,
		const struct registry *registry) {
	const struct installed *installed = &haves->installed;
	bool *known = xcalloc(installed->count + 1, sizeof(*known));
	for (size_t i = 0; i < haves->count; i++) {
		const struct have *have = &haves->items[i];
		if (have->from == FROM_FLATPAK) {
			continue;
		}
		tick(known, installed, have->by);
		tick(known, installed, have->instead);
		for (size_t j = 0; have->group && j < installed->count; j++) {
			known[j] = known[j] || words_have(installed->items[j].groups, have->name);
		}
	}
	for (size_t i = 0; i < registry->ignored.count; i++) {
		const char *name;
		if (package_split(registry->ignored.items[i].name, &name) != FROM_FLATPAK) {
			tick(known, installed, installed_find(installed, name));
		}
	}
	for (size_t i = 0; i < installed->count; i++) {
		const struct installed_package *package = &installed->items[i];
		if (!known[i] && package->is_explicit && !package->damaged) {
			VEC_ADD(list, package);
		}
	}
	free(known);
}

/* --- where to record ----------------------------------------------------------------------- */

static size_t common_prefix(const char *a, const char *b) {
	size_t n = 0;
	while (a[n] != '\0' && a[n] == b[n]) {
		n++;
	}
	return n;
}

/* How much two packages are alike; 0: not at all. */
static unsigned likeness(const char *a, const char *b, const struct installed *installed) {
	enum { SAME_BASE = 8, SAME_GROUP = 4, SAME_WORD = 3, SAME_START = 2, WORD_MIN = 3, START_MIN = 4 };
	const struct installed_package *first = installed_find(installed, a);
	const struct installed_package *second = installed_find(installed, b);
	if (first != NULL && second != NULL) {
		if (first->base != NULL && second->base != NULL && streq(first->base, second->base)) {
			return SAME_BASE;
		}
		for (size_t i = 0; first->groups != NULL && first->groups[i] != NULL; i++) {
			if (words_have(second->groups, first->groups[i])) {
				return SAME_GROUP;
			}
		}
	}
	size_t n = common_prefix(a, b);
	bool word = n >= WORD_MIN && (a[n] == '\0' || a[n] == '-' || a[n - 1] == '-') &&
			(b[n] == '\0' || b[n] == '-' || b[n - 1] == '-');
	size_t shorter = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
	return word ? SAME_WORD : n >= START_MIN && 2 * n >= shorter ? SAME_START : 0;
}

const struct package_decl *package_neighbour(const char *name, const struct registry *registry,
		const struct installed *installed) {
	const struct package_decl *best = NULL;
	unsigned most = 0;
	for (size_t i = 0; i < registry->packages.count; i++) {
		const struct package_decl *decl = &registry->packages.items[i];
		const char *other;
		enum package_from from = package_split(decl->name, &other);
		unsigned alike = decl->host == NULL && from != FROM_FLATPAK
				? likeness(name, other, installed) : 0;
		if (alike > most) {
			most = alike;
			best = decl;
		}
	}
	return best;
}
