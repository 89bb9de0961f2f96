/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include "exec/journal.h"
#include "plan/packages.h"

/* --- what is missing ----------------------------------------------------------------------- */

static const char *plan_text(const struct plan *plan, struct arena *arena) {
	const char *text = "";
	for (size_t i = 0; i < plan->packages.count; i++) {
		const struct package_op *op = &plan->packages.items[i];
		assert_true(op->action == PACKAGE_INSTALL && op->why == WHY_MISSING);
		assert_true(op->state == PACKAGE_PLANNED && op->explicit && op->version == NULL);
		text = arena_printf(arena, "%s%s%s%s@%s", text, i > 0 ? " " : "",
				op->from == FROM_AUR ? "aur:" : op->from == FROM_FLATPAK ? "flatpak:" : "",
				op->name, op->at + strlen("lumina.yaml:"));
		if (!streq(op->asked, op->name)) {
			text = arena_printf(arena, "%s=%s", text, op->asked);
		}
	}
	return arena_printf(arena, "%s (%zu)", text, plan->installed);
}

static void test_plan(void **state) {
	(void)state;
	static const struct {
		const char *packages, *yaml, *want;
	} rows[] = {
		{"", "packages: []\n", " (0)"},
		{"", "packages: [a, b]\n", "a@1:12 b@1:15 (0)"},
		{"a e; b", "packages: [a, b]\n", " (2)"},
		{"a e", "packages: [a, extra/b, aur/c, flatpak/d.e]\n",
				"b@1:15=extra/b aur:c@1:24=aur/c flatpak:d.e@1:31=flatpak/d.e (1)"},
		/* provided, also by another's name; what is damaged is there */
		{"x e p=a; b !", "packages: [a, b]\n", " (2)"},
		{"c e", "packages: [aur/c]\n", " (1)"},
		/* what pacman has put another in the place of is left */
		{"new e r=old", "packages: [old, a]\n", "a@1:17 (0)"},
		/* each once, however often it is declared; a flatpak is another thing */
		{"", "packages: {x: [a, b], y: [a, aur/a, extra/b]}\n", "a@1:16 b@1:19 (0)"},
		{"", "packages: [a, flatpak/a]\n", "a@1:12 flatpak:a@1:15=flatpak/a (0)"},
		{"", "packages: [b]\nhosts: {box: {packages: [a, b]}, other: {packages: [c]}}\n",
				"b@1:12 a@2:26 (0)"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct machine machine;
		struct plan plan = {0};
		machine_open(&machine, rows[i].packages, rows[i].yaml);
		packages_plan(&plan, &machine.haves, &machine.arena);
		check_text(rows[i].yaml, plan_text(&plan, &machine.arena), rows[i].want);
		plan_release(&plan);
		machine_close(&machine);
	}
}

/* A group of which pacman has named what is missing. */
static void test_plan_group(void **state) {
	(void)state;
	static const char *const lacks[] = {"tool-b", "tool-c", NULL};
	struct machine machine;
	struct plan plan = {0};
	machine_open(&machine, "tool-a e g=tools", "packages: [tools, tool-c, other]\n");
	struct have *tools = &machine.haves.items[0];
	assert_true(tools->group && !tools->present && !machine.haves.items[2].group);
	tools->lacks = lacks;
	packages_plan(&plan, &machine.haves, &machine.arena);
	check_text("group", plan_text(&plan, &machine.arena),
			"tool-b@1:12 tool-c@1:12 other@1:27 (0)");
	plan_release(&plan);
	tools->lacks = NULL;
	tools->present = true;
	packages_plan(&plan, &machine.haves, &machine.arena);
	check_text("whole", plan_text(&plan, &machine.arena), "tool-c@1:19 other@1:27 (1)");
	plan_release(&plan);
	machine_close(&machine);
}

/* --- what came of it ----------------------------------------------------------------------- */

struct settling {
	struct arena arena;
	struct installed before, now;
	struct package_ops asked;
	bool flatpaks[8];
	struct package_request request;
};

/* `asked`: names between blanks; "!" behind a flatpak: it is there by now. */
static void settling_open(struct settling *settling, enum package_action action, const char *asked,
		const char *before, const char *now, bool good) {
	*settling = (struct settling){0};
	arena_init(&settling->arena);
	machine_install(&settling->before, before, &settling->arena);
	machine_install(&settling->now, now, &settling->arena);
	const char *const *words = words_split(asked, &settling->arena);
	for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
		size_t n = strlen(words[i]);
		settling->flatpaks[i] = words[i][n - 1] == '!';
		struct package_op op = {.action = action, .explicit = true, .why = WHY_MISSING,
				.asked = arena_strndup(&settling->arena, words[i],
						n - settling->flatpaks[i]), .at = "lumina.yaml:1:1"};
		op.from = package_split(op.asked, &op.name);
		VEC_ADD(&settling->asked, op);
	}
	settling->request = (struct package_request){
		.action = action,
		.why = action == PACKAGE_INSTALL ? WHY_INSTALLED : WHY_REMOVED,
		.asked = settling->asked.items,
		.count = settling->asked.count,
		.before = &settling->before,
		.now = &settling->now,
		.flatpaks_now = settling->flatpaks,
		.good = good,
	};
}

static void settling_close(struct settling *settling) {
	VEC_RELEASE(&settling->asked);
	installed_release(&settling->before);
	installed_release(&settling->now);
	arena_release(&settling->arena);
}

/* "+name" done, "!name" failed; "=asked", " version", "e" explicit, "p" promoted, "n" needed. */
static const char *ops_text(const struct package_ops *ops, struct arena *arena) {
	const char *text = "";
	for (size_t i = 0; i < ops->count; i++) {
		const struct package_op *op = &ops->items[i];
		bool install = op->action == PACKAGE_INSTALL;
		assert_true(op->state != PACKAGE_PLANNED);
		text = arena_printf(arena, "%s%s%s%s", text, i > 0 ? "; " : "",
				op->state == PACKAGE_FAILED ? "!" : install ? "+" : "-", op->name);
		if (!streq(op->asked, op->name)) {
			text = arena_printf(arena, "%s=%s", text, op->asked);
		}
		if (op->version != NULL) {
			text = arena_printf(arena, "%s %s", text, op->version);
		}
		text = arena_printf(arena, "%s %s%s%s%s", text, op->explicit ? "e" : "",
				op->promoted ? "p" : "", op->why == WHY_NEEDED ? "n" : "",
				op->why == WHY_MISSING ? "?" : "");
	}
	return text;
}

struct settle_row {
	const char *name, *asked, *before, *now, *want;
};

static void check_settled(enum package_action action, const struct settle_row *rows, size_t count) {
	for (size_t i = 0; i < count; i++) {
		struct settling settling;
		struct package_ops ops = {0};
		settling_open(&settling, action, rows[i].asked, rows[i].before, rows[i].now, true);
		packages_settle(&ops, &settling.request);
		check_text(rows[i].name, ops_text(&ops, &settling.arena), rows[i].want);
		VEC_RELEASE(&ops);
		settling_close(&settling);
	}
}

static void test_settle_install(void **state) {
	(void)state;
	static const struct settle_row rows[] = {
		{"plain", "foo", "bar e", "bar e; foo e v=1.0-1", "+foo 1.0-1 e"},
		{"repository", "extra/foo", "", "foo e", "+foo=extra/foo 1-1 e"},
		{"AUR", "aur/foo", "", "foo e f", "+foo=aur/foo 1-1 e"},
		{"nothing came", "foo bar", "x e", "x e", "!foo e; !bar e"},
		{"one of two", "foo bar", "", "bar e", "!foo e; +bar 1-1 e"},
		{"along", "foo", "", "foo e d=lib; lib d=base; base",
				"+foo 1-1 e; +base 1-1 n; +lib 1-1 n"},
		{"there before", "foo", "foo e", "foo e", ""},
		{"upgraded only", "foo", "foo e v=1-1", "foo e v=2-1", ""},
		{"there as a dependency, and still", "foo", "foo", "foo", ""},
		{"there as a dependency, explicit now", "foo", "foo", "foo e", "+foo 1-1 ep"},
		{"there as a dependency, a group", "tools", "a g=tools; b g=tools; c e g=tools",
				"a e g=tools; b g=tools; c e g=tools", "+a 1-1 ep"},
		{"damaged before", "foo", "foo !", "foo e", "+foo 1-1 e"},
		{"damaged now", "foo", "", "foo !", "!foo e"},
		{"a group", "tools", "tool-a e g=tools", "tool-a e g=tools; tool-b e g=tools; tool-c e g=tools",
				"+tool-b 1-1 e; +tool-c 1-1 e"},
		{"a group, all there", "tools", "tool-a e g=tools", "tool-a e g=tools", ""},
		{"a group and a member", "tools tool-b", "", "tool-a e g=tools; tool-b e g=tools",
				"+tool-a 1-1 e; +tool-b 1-1 e"},
		{"a member's dependency", "tools", "", "tool-c e g=tools d=lib; lib", "+tool-c 1-1 e; +lib 1-1 n"},
		{"provided", "cron", "", "cronie e p=cron", "+cronie 1-1 e"},
		{"provided before", "cron", "cronie e p=cron", "cronie e p=cron", ""},
		{"provided, another comes", "cron foo", "cronie e p=cron", "cronie e p=cron; foo e", "+foo 1-1 e"},
		{"provided by a dependency", "cron", "", "foo e d=cron; cronie p=cron", "+cronie 1-1 n"},
		{"replaces", "new", "old e v=3-1", "new e r=old", "+new 1-1 e; -old 3-1 en"},
		{"conflict", "left", "right e; lib", "left e p=right; lib", "+left 1-1 e; -right 1-1 en"},
		{"somebody else's, explicit too", "foo", "", "foo e; other e", "+foo 1-1 e"},
		{"flatpak", "flatpak/org.a.B! flatpak/org.c.D", "", "",
				"+org.a.B=flatpak/org.a.B e; !org.c.D=flatpak/org.c.D e"},
		{"a flatpak of a package's name", "flatpak/foo", "", "foo e", "!foo=flatpak/foo e"},
		{"asked as dependency", "foo", "", "foo", "+foo 1-1 n"},
		{"nothing asked", "", "a e", "a e; b; c e", "+b 1-1 n"},
	};
	check_settled(PACKAGE_INSTALL, rows, COUNT(rows));
}

static void test_settle_removal(void **state) {
	(void)state;
	static const struct settle_row rows[] = {
		{"plain", "foo", "foo e v=1.0-1; bar e", "bar e", "-foo 1.0-1 e"},
		{"stays", "foo", "foo e", "foo e", "!foo 1-1 e"},
		{"dependencies", "foo", "foo e d=lib; lib; x e", "x e", "-foo 1-1 e; -lib 1-1 n"},
		{"as a dependency", "foo", "foo", "", "-foo 1-1 "},
		{"a group", "tools", "a e g=tools; b e g=tools; c", "c", "-a 1-1 e; -b 1-1 e"},
		{"a group, one stays", "tools", "a e g=tools; b e g=tools", "b e g=tools", "-a 1-1 e"},
		{"a group with dependencies", "tools", "a e g=tools d=l; l", "", "-a 1-1 e; -l 1-1 n"},
		{"AUR", "aur/foo", "foo e f", "", "-foo=aur/foo 1-1 e"},
		{"never there", "foo", "bar e", "bar e", ""},
		{"damaged", "foo", "foo ! v=2-1", "", "-foo 2-1 "},
		{"flatpak", "flatpak/a.b flatpak/c.d!", "", "", "-a.b=flatpak/a.b e; !c.d=flatpak/c.d e"},
		{"two", "foo bar", "foo e; bar e", "bar e", "-foo 1-1 e; !bar 1-1 e"},
		{"something came meanwhile", "foo", "foo e", "lib; x e", "-foo 1-1 e; +lib 1-1 n"},
	};
	check_settled(PACKAGE_REMOVE, rows, COUNT(rows));
}

/* --- recording ----------------------------------------------------------------------------- */

static const char *names_text(const struct package_names *names, struct arena *arena) {
	const char *text = "";
	for (size_t i = 0; i < names->count; i++) {
		text = arena_printf(arena, "%s%s%s", text, i > 0 ? " " : "", names->items[i]);
	}
	return text;
}

static void test_to_record(void **state) {
	(void)state;
	static const struct {
		const char *asked, *before, *now;
		const char *good, *bad; /* the helper said yes; or not */
	} rows[] = {
		{"foo", "", "foo e", "foo", "foo"},
		{"extra/foo", "", "foo e", "foo", "foo"},
		{"aur/foo", "", "foo e", "aur/foo", "aur/foo"},
		{"foo aur/foo", "", "foo e", "foo", "foo"},
		{"foo bar", "", "bar e", "bar", "bar"},
		{"foo", "", "", "", ""},
		/* only what is explicitly installed: with --asdeps nothing is */
		{"foo", "", "foo", "", ""},
		{"foo", "", "foo !", "", ""},
		/* it was there: asked for again it is recorded, but not by a cancelled run */
		{"foo", "foo e", "foo e", "foo", ""},
		{"foo bar", "foo e", "foo e; bar e", "foo bar", "bar"},
		{"foo", "foo", "foo e", "foo", "foo"},
		{"foo", "foo !", "foo e", "foo", "foo"},
		/* a group is its members */
		{"tools", "a e g=tools; x e", "a e g=tools; b e g=tools; x e", "a b", "b"},
		{"tools", "", "a g=tools; b e g=tools", "b", "b"},
		{"tools b", "", "a e g=tools; b e g=tools", "a b", "a b"},
		/* but a package of that name comes first */
		{"tools", "", "tools e; a e g=tools", "tools", "tools"},
		/* a provided name is the package chosen */
		{"cron", "", "cronie e p=cron", "cronie", "cronie"},
		{"cron", "cronie e p=cron", "cronie e p=cron", "cronie", ""},
		{"cron", "fcron e p=cron", "fcron e p=cron; cronie e p=cron", "cronie", "cronie"},
		{"cron", "", "cronie p=cron", "", ""},
		{"cron cronie", "", "cronie e p=cron", "cronie", "cronie"},
		/* nothing that came along, or that somebody else installed meanwhile */
		{"foo", "", "foo e d=lib; lib; other e", "foo", "foo"},
		{"flatpak/a.b! flatpak/c.d", "", "a.b e; c.d e", "flatpak/a.b", "flatpak/a.b"},
		{"flatpak/foo! foo", "", "foo e", "flatpak/foo foo", "flatpak/foo foo"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (int good = 0; good < 2; good++) {
			struct settling settling;
			struct package_names names = {0};
			settling_open(&settling, PACKAGE_INSTALL, rows[i].asked, rows[i].before,
					rows[i].now, good == 1);
			packages_to_record(&names, &settling.request);
			check_text(arena_printf(&settling.arena, "%s: %s → %s (%d)", rows[i].asked,
						   rows[i].before, rows[i].now, good),
					names_text(&names, &settling.arena),
					good == 1 ? rows[i].good : rows[i].bad);
			VEC_RELEASE(&names);
			settling_close(&settling);
		}
	}
}

static void test_to_promote(void **state) {
	(void)state;
	static const struct {
		const char *asked, *before, *now, *want;
	} rows[] = {
		{"foo", "foo", "foo", "foo"},
		{"extra/foo aur/bar", "foo; bar", "foo; bar", "foo bar"},
		{"foo", "foo", "foo e", ""},
		{"foo", "", "foo e", ""},
		{"foo", "foo !", "foo !", ""},
		{"foo", "", "", ""},
		{"foo extra/foo", "foo", "foo", "foo"},
		{"flatpak/foo!", "foo", "foo", ""},
		{"tools", "a g=tools", "a g=tools", ""},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (int good = 0; good < 2; good++) {
			struct settling settling;
			struct package_names names = {0};
			settling_open(&settling, PACKAGE_INSTALL, rows[i].asked, rows[i].before,
					rows[i].now, good == 1);
			packages_to_promote(&names, &settling.request);
			check_text(rows[i].asked, names_text(&names, &settling.arena),
					good == 1 ? rows[i].want : "");
			VEC_RELEASE(&names);
			settling_close(&settling);
		}
	}
}

/* --- what the registry lacks --------------------------------------------------------------- */

static void test_unrecorded(void **state) {
	(void)state;
	static const struct {
		const char *packages, *yaml, *want;
	} rows[] = {
		{"a e; b; c e", "{}\n", "a c"},
		{"a e; b e", "packages: [a]\n", "b"},
		{"a e; b e", "packages: {x: [aur/a], y: [core/b]}\n", ""},
		{"a e f; b e", "packages: [a, aur/b]\n", ""},
		/* declared by what it provides, or by its group */
		{"cronie e p=cron; fcron e p=cron", "packages: [cron]\n", "fcron"},
		{"x e g=tools; y e g=tools; z e", "packages: [tools]\n", "z"},
		{"tools e; x e g=tools", "packages: [tools]\n", "x"},
		{"new e r=old; x e", "packages: [old]\n", "x"},
		/* a flatpak is another thing */
		{"a e", "packages: [flatpak/a]\n", "a"},
		{"a e; b e", "ignore: [a, aur/b]\n", ""},
		{"a e", "ignore: [flatpak/a]\n", "a"},
		{"a e p=x", "ignore: [x]\n", "a"},
		{"a !; b e !", "{}\n", ""},
		{"a e; b e", "hosts: {box: {packages: [a]}, other: {packages: [b]}}\n", "b"},
		{"a e; b e", "hosts: {box: {ignore: [a]}, other: {ignore: [b]}}\n", "b"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct machine machine;
		struct package_list list = {0};
		machine_open(&machine, rows[i].packages, rows[i].yaml);
		packages_unrecorded(&list, &machine.haves, &machine.registry);
		const char *text = "";
		for (size_t j = 0; j < list.count; j++) {
			text = arena_printf(&machine.arena, "%s%s%s", text, j > 0 ? " " : "",
					list.items[j]->name);
		}
		check_text(rows[i].yaml, text, rows[i].want);
		VEC_RELEASE(&list);
		machine_close(&machine);
	}
}

static void test_neighbour(void **state) {
	(void)state;
	static const struct {
		const char *name, *packages, *yaml, *want; /* want: NULL for none */
	} rows[] = {
		{"foo", "foo e", "packages: []\n", NULL},
		{"foo", "foo e; bar e", "packages: [bar]\n", NULL},
		/* of the same source, then of the same group, then of the same word */
		{"b-docs", "b-docs e b=big; zoo e b=big; c e g=g", "packages: [c, b-x, zoo]\n", "zoo"},
		{"x", "x e g=tools; y e g=tools; x-1 e", "packages: [x-1, y]\n", "y"},
		{"python-a", "", "packages: [perl-a, python-b, python]\n", "python-b"},
		{"python", "", "packages: [perl, python-b]\n", "python-b"},
		{"qt6-base", "", "packages: [qt5-base, qt6-svg]\n", "qt6-svg"},
		/* the beginning, if it is most of the shorter one */
		{"waybar", "", "packages: [way, waybars]\n", "waybars"},
		{"hyprland", "", "packages: [foot, hyprlock]\n", "hyprlock"},
		{"git", "", "packages: [gimp, grep]\n", NULL},
		{"neovim", "", "packages: [neofetch, neo]\n", NULL},
		{"aa", "", "packages: [aa-b]\n", NULL},
		/* the first of equals; no host's, and no flatpak */
		{"python-a", "", "packages: {x: [python-c], y: [python-b]}\n", "python-c"},
		{"python-a", "", "hosts: {box: {packages: [python-b]}}\n", NULL},
		{"python-a", "", "packages: [flatpak/python-b]\n", NULL},
		{"python-a", "", "packages: [aur/python-b]\n", "aur/python-b"},
		{"lib", "lib e b=x", "packages: [gone]\n", NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct machine machine;
		machine_open(&machine, rows[i].packages, rows[i].yaml);
		const struct package_decl *decl = package_neighbour(rows[i].name,
				&machine.registry, &machine.haves.installed);
		check_text(rows[i].name, decl != NULL ? decl->name : NULL, rows[i].want);
		machine_close(&machine);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_plan_group),
		cmocka_unit_test(test_settle_install),
		cmocka_unit_test(test_settle_removal),
		cmocka_unit_test(test_to_record),
		cmocka_unit_test(test_to_promote),
		cmocka_unit_test(test_unrecorded),
		cmocka_unit_test(test_neighbour),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
