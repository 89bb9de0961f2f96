/* SPDX-License-Identifier: MIT */
#include "missions.h"
#include "sandbox.h"

#include "flow/compile.h"
#include "reg/load.h"

/* A profile with a registry, its files given in pairs of name and text. */
static const char *load(struct sandbox *sandbox, const char *const files[], const char *host) {
	struct facts facts = {.home = "/home/u", .host = host, .uid = geteuid()};
	facts.profile = at(sandbox, "p");
	facts.config = at(sandbox, "c");
	facts.state = facts.cache = at(sandbox, "x");
	put_folder(sandbox, "p");
	put_folder(sandbox, "c");
	for (size_t i = 0; files[i] != NULL; i += 2) {
		put(sandbox, files[i], files[i + 1]);
	}
	struct registry registry;
	struct target_rules rules;
	struct diags diags = {.arena = &sandbox->arena};
	struct err err = {0};
	target_rules_init(&rules, &facts, &sandbox->arena);
	int result = registry_load(&registry, &facts, &rules, &sandbox->arena, &diags, &err);
	check(result == 0, "%s", diags.first != NULL ? diags.first->text : err.text);
	struct missions missions;
	missions_compile(&missions, &registry, facts.home, &sandbox->arena);
	const char *text = missions_text(&missions, &sandbox->arena);
	registry_release(&registry);
	return text;
}

struct row {
	const char *files[16];
	const char *want;
};

static const struct row rows[] = {
	{{"p/lumina.yaml", ""}, ""},
	{{"p/lumina.yaml", "missions:\n"}, ""},
	{{"p/lumina.yaml", "missions: {b: {}, a: }\n"}, "b\na\n"},
	{{"p/lumina.yaml",
			 "missions:\n"
			 "  web:\n"
			 "    label: the web\n"
			 "    when: [package.json, deno.json]\n"
			 "    in: [~/work, /srv//x/, '~', $HOME/a/../b]\n"
			 "    env: {Z: '', A: development}\n"
			 "    path: [node_modules/.bin, ., a/../b, ~/bin, /opt/bin, ./~x]\n"
			 "    dotenv: [.env, ./a/b]\n"
			 "    direnv: false\n"
			 "    nix: develop\n"
			 "    hyprland: {layout: master, gaps_in: 4, gaps_out: [1, 2], force: True,\n"
			 "               layout_opts: {orientation: left, mfact: 0.6}}\n"
			 "    waybar: {show: [network], hide: [mpris, custom/x]}\n"},
			"web label=the web when=package.json,deno.json "
			"in=/home/u/work,/srv/x,/home/u,/home/u/b env=A:development,Z: "
			"path=node_modules/.bin,.,b,/home/u/bin,/opt/bin,./~x dotenv=.env,a/b direnv=0 "
			"nix=develop hyprland=force:true,gaps_in:4,gaps_out:1 2,layout:master,"
			"layout_opts.mfact:0.6,layout_opts.orientation:left show=network "
			"hide=mpris,custom/x\n"},
	/* Nothing at all, and lists of nothing. */
	{{"p/lumina.yaml", "missions: {a: {when: [], in: , env: , path: [], dotenv: false, label: ,\n"
			   "  nix: , hyprland: {layout_opts: }, waybar: {show: , hide: []}}}\n"},
			"a\n"},
	{{"p/lumina.yaml", "missions: {a: {dotenv: true, direnv: TRUE}}\n"},
			"a dotenv=.env direnv=1\n"},
	/* Levels: included files, then the one that includes them, then the host, then local.yaml. */
	{{"p/lumina.yaml",
			 "include: [a.yaml, b.yaml]\n"
			 "missions: {one: {env: {B: body, C: body}, label: body}, two: {}}\n"
			 "hosts:\n"
			 "  box: {missions: {one: {env: {C: host, D: host}, path: []}}}\n"
			 "  other: {missions: {one: {env: {C: other}}, nine: {}}}\n",
			 "p/a.yaml", "missions: {three: {}, one: {env: {A: a, B: a}, path: [a]}}\n",
			 "p/b.yaml", "missions: {one: {env: {A: b}, when: [b], label: b}}\n",
			 "c/local.yaml", "missions: {one: {env: {D: local}}, four: {}}\n"
					 "hosts: {box: {missions: {four: {label: last}}}}\n"},
			"one label=body when=b env=A:b,B:body,C:host,D:local\n"
			"two\nthree\nfour label=last\n"},
	/* A list is replaced as a whole, a map entry by entry, options of a layout too. */
	{{"p/lumina.yaml",
			 "missions: {m: {when: [a, b], hyprland: {gaps_in: 1, layout_opts: {a: 1, b: 1}},\n"
			 "  waybar: {show: [x]}}}\n",
			 "c/local.yaml", "missions: {m: {when: [c], hyprland: {gaps_out: 2, layout_opts: "
					 "{b: 2}}, waybar: {hide: [y]}}}\n"},
			"m when=c hyprland=gaps_in:1,gaps_out:2,layout_opts.a:1,layout_opts.b:2 show=x "
			"hide=y\n"},
};

static void test_rows(void **state) {
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sandbox sandbox;
		sandbox_open(&sandbox);
		check_text(rows[i].files[1], load(&sandbox, rows[i].files, "box"), rows[i].want);
		sandbox_close(&sandbox);
	}
}

/* Many missions, each in two files: order, and no more than linear work. */
static void test_many(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct buf body = BUF_INIT, local = BUF_INIT, want = BUF_INIT;
	buf_adds(&body, "missions:\n");
	buf_adds(&local, "missions:\n");
	for (int i = 4999; i >= 0; i--) {
		buf_addf(&body, "  m%d: {env: {A: %d}, when: [f%d]}\n", i, i, i);
		buf_addf(&local, "  m%d: {env: {B: x}}\n", 4999 - i);
		buf_addf(&want, "m%d when=f%d env=A:%d,B:x\n", i, i, i);
	}
	const char *const files[] = {"p/lumina.yaml", body.data, "c/local.yaml", local.data, NULL};
	sandbox_open(&sandbox);
	check_text("many", load(&sandbox, files, NULL), want.data);
	sandbox_close(&sandbox);
	buf_release(&body);
	buf_release(&local);
	buf_release(&want);
}

/* What would be terabytes is an error, soon. */
static void test_too_much(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct buf text = BUF_INIT;
	sandbox_open(&sandbox);
	buf_adds(&text, "missions:\n  a:\n    env:\n      A: &a ");
	for (int i = 0; i < 100000; i++) {
		buf_addc(&text, 'x');
	}
	for (int i = 0; i < 1000; i++) {
		buf_addf(&text, "\n      A%d: *a", i);
	}
	buf_addc(&text, '\n');
	put_folder(&sandbox, "p");
	put(&sandbox, "p/lumina.yaml", text.data);
	const struct facts facts = {.home = "/home/u", .profile = at(&sandbox, "p"),
			.config = "/nowhere", .state = "/nowhere", .cache = "/nowhere"};
	struct registry registry;
	struct target_rules rules;
	struct diags diags = {.arena = &sandbox.arena};
	struct err err = {0};
	target_rules_init(&rules, &facts, &sandbox.arena);
	assert_int_equal(registry_load(&registry, &facts, &rules, &sandbox.arena, &diags, &err), -1);
	assert_int_equal(diags.count, 1);
	check_text("too much", diags.first->text, "the missions hold more than 8192 KiB of text");
	err_release(&err);
	registry_release(&registry);
	buf_release(&text);
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_too_much),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
