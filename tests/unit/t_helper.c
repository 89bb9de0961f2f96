/* SPDX-License-Identifier: MIT */
#include "machine.h"
#include "sandbox.h"

#include "exec/helper.h"

/* Which programs are there, by name; they are never run but where the test says so. */
static void put_program(struct sandbox *sandbox, const char *name, const char *text) {
	put(sandbox, path_join("bin", name, &sandbox->arena), text);
	assert_int_equal(fchmodat(sandbox->dir, path_join("bin", name, &sandbox->arena), 0755, 0), 0);
}

static void open_bin(struct sandbox *sandbox) {
	sandbox_open(sandbox);
	put_folder(sandbox, "bin");
	assert_int_equal(setenv("PATH", at(sandbox, "bin"), 1), 0);
	assert_int_equal(unsetenv("LUMINA_SUDO"), 0);
}

/* '@' for the sandbox's bin folder. */
static const char *shorten(struct sandbox *sandbox, const char *text) {
	const char *bin = at(sandbox, "bin");
	struct buf buf = BUF_INIT;
	for (const char *found; (found = strstr(text, bin)) != NULL; text = found + strlen(bin)) {
		buf_addf(&buf, "%.*s@", (int)(found - text), text);
	}
	buf_adds(&buf, text);
	const char *copy = arena_strndup(&sandbox->arena, buf.data, buf.len);
	buf_release(&buf);
	return copy;
}

struct call {
	const char *sudo; /* LUMINA_SUDO; NULL: unset */
	uid_t uid;
	bool yes, chosen;
	enum helper helper;
	const char *pacman; /* words; "" for no program */
	const char *verb, *args, *names;
};

static const char *expand(struct sandbox *sandbox, const char *text) {
	struct buf buf = BUF_INIT;
	for (; *text != '\0'; text++) {
		if (*text == '@') {
			buf_adds(&buf, at(sandbox, "bin"));
		} else {
			buf_addc(&buf, *text);
		}
	}
	const char *copy = arena_strndup(&sandbox->arena, buf.data, buf.len);
	buf_release(&buf);
	return copy;
}

/* The vector, its words in brackets where they hold a blank or nothing; or the error. */
static const char *run(struct sandbox *sandbox, const struct call *row) {
	struct arena *arena = &sandbox->arena;
	const char *const none[] = {"pacman", NULL};
	const char *const *words = words_split(expand(sandbox, row->pacman), arena);
	struct pacman pacman = {.argv = words != NULL ? words : none, .chosen = row->chosen,
			.program = words != NULL ? words[0] : NULL};
	const struct facts facts = {.home = sandbox->path, .uid = row->uid, .umask = 022};
	const struct helpers helpers = {.pacman = &pacman, .facts = &facts, .arena = arena,
			.yes = row->yes};
	const char *const *names = words_split(row->names, arena);
	size_t count = 0;
	while (names != NULL && names[count] != NULL) {
		count++;
	}
	const struct helper_call call = {.helper = row->helper, .verb = words_split(row->verb, arena),
			.args = words_split(row->args, arena), .names = names, .count = count};
	assert_int_equal(row->sudo != NULL ? setenv("LUMINA_SUDO", expand(sandbox, row->sudo), 1)
					   : unsetenv("LUMINA_SUDO"), 0);
	const char *const *argv;
	struct err err = {0};
	struct buf buf = BUF_INIT;
	if (helper_vector(&helpers, &call, &argv, &err) < 0) {
		buf_addf(&buf, "%s%s; %s", err.kind == ERR_NO_PROGRAM ? "127 " : "", err.text, err.hint);
		err_release(&err);
	} else {
		for (size_t i = 0; argv[i] != NULL; i++) {
			buf_addf(&buf, "%s%s", i > 0 ? " " : "", argv[i]);
		}
	}
	const char *text = shorten(sandbox, arena_strndup(arena, buf.data, buf.len));
	buf_release(&buf);
	return text;
}

struct row {
	struct call call;
	const char *want;
};

static void check_rows(struct sandbox *sandbox, const struct row *rows, size_t count) {
	for (size_t i = 0; i < count; i++) {
		check_text(arena_printf(&sandbox->arena, "row %zu", i), run(sandbox, &rows[i].call),
				rows[i].want);
	}
}

#define PACMAN .helper = HELPER_PACMAN, .pacman = "@/pacman", .verb = "-S --needed"

/* Of two names "sudo" goes before "doas", and that before "run0". */
static void test_rights(void **state) {
	(void)state;
	static const struct row rows[] = {
		{{PACMAN, .uid = 0, .names = "foo"}, "@/pacman -S --needed -- foo"},
		{{PACMAN, .uid = 1000, .names = "foo"}, "@/sudo -- @/pacman -S --needed -- foo"},
		{{PACMAN, .uid = 1000, .names = "foo", .yes = true},
				"@/sudo -- @/pacman -S --needed --noconfirm -- foo"},
		{{PACMAN, .uid = 0, .names = "a b", .args = "--asdeps --overwrite *", .yes = true},
				"@/pacman -S --needed --noconfirm --asdeps --overwrite * -- a b"},
		{{PACMAN, .uid = 0, .names = ""}, "@/pacman -S --needed --"},
		/* LUMINA_SUDO: for root, too; ours is marked off where we know that it can be */
		{{PACMAN, .uid = 0, .names = "foo", .sudo = ""}, "@/pacman -S --needed -- foo"},
		{{PACMAN, .uid = 1000, .names = "foo", .sudo = ""}, "@/pacman -S --needed -- foo"},
		{{PACMAN, .uid = 1000, .names = "foo", .sudo = " \t"}, "@/pacman -S --needed -- foo"},
		{{PACMAN, .uid = 0, .names = "foo", .sudo = "sudo"}, "sudo -- @/pacman -S --needed -- foo"},
		{{PACMAN, .uid = 1000, .names = "foo", .sudo = "/opt/sudo -A  -p x"},
				"/opt/sudo -A -p x -- @/pacman -S --needed -- foo"},
		{{PACMAN, .uid = 1000, .names = "foo", .sudo = "doas -n"},
				"doas -n -- @/pacman -S --needed -- foo"},
		{{PACMAN, .uid = 1000, .names = "foo", .sudo = "run0"},
				"run0 -- @/pacman -S --needed -- foo"},
		{{PACMAN, .uid = 1000, .names = "foo", .sudo = "fakeroot --unknown"},
				"fakeroot --unknown @/pacman -S --needed -- foo"},
		/* LUMINA_PACMAN's own words stand in front of ours */
		{{.helper = HELPER_PACMAN, .pacman = "@/pacman --config /x -b /d", .chosen = true,
				 .verb = "-Rs", .uid = 1000, .names = "foo"},
				"@/sudo -- @/pacman --config /x -b /d -Rs -- foo"},
		{{.helper = HELPER_PACMAN, .pacman = "", .verb = "-S", .uid = 0, .names = "foo"},
				"127 cannot run 'pacman': there is no such program on PATH; "
				"links need none: lumina sync --only symlinks"},
		/* What looks like an option is none, behind "--". */
		{{PACMAN, .uid = 0, .names = "-Syu --root=/x"}, "@/pacman -S --needed -- -Syu --root=/x"},
	};
	struct sandbox sandbox;
	open_bin(&sandbox);
	for (const char *const *name = (const char *const[]){"pacman", "sudo", "doas", "run0", NULL};
			*name != NULL; name++) {
		put_program(&sandbox, *name, "#!/bin/false\n");
	}
	check_rows(&sandbox, rows, COUNT(rows));
	const struct call call = {PACMAN, .uid = 1000, .names = "foo"};
	assert_int_equal(unlinkat(sandbox.dir, "bin/sudo", 0), 0);
	check_text("doas", run(&sandbox, &call), "@/doas -- @/pacman -S --needed -- foo");
	assert_int_equal(unlinkat(sandbox.dir, "bin/doas", 0), 0);
	check_text("run0", run(&sandbox, &call), "@/run0 -- @/pacman -S --needed -- foo");
	assert_int_equal(unlinkat(sandbox.dir, "bin/run0", 0), 0);
	check_text("none", run(&sandbox, &call), "127 pacman needs root's rights, and none of sudo, "
			"doas and run0 is on PATH; as root: pacman -S --needed sudo");
	sandbox_close(&sandbox);
}

static void test_aur(void **state) {
	(void)state;
	static const struct row rows[] = {
		{{.helper = HELPER_AUR, .pacman = "@/pacman", .verb = "-S --aur --needed", .uid = 1000,
				 .names = "foo bar"}, "paru -S --aur --needed -- foo bar"},
		/* never as another user, never --noconfirm of our own */
		{{.helper = HELPER_AUR, .pacman = "@/pacman", .verb = "-S", .uid = 1000, .names = "foo",
				 .yes = true, .sudo = "sudo"}, "paru -S -- foo"},
		{{.helper = HELPER_AUR, .pacman = "@/pacman", .verb = "-S", .uid = 0, .names = "foo",
				 .args = "--noconfirm"}, "paru -S --noconfirm -- foo"},
		{{.helper = HELPER_AUR, .pacman = "@/pacman --root /r --dbpath /d", .chosen = true,
				 .verb = "-S", .uid = 1000, .names = "foo", .args = "-x"},
				"paru -S --root /r --dbpath /d -x -- foo"},
		{{.helper = HELPER_AUR, .pacman = "", .verb = "-S", .uid = 1000, .names = "foo"},
				"paru -S -- foo"},
	};
	struct sandbox sandbox;
	open_bin(&sandbox);
	put_program(&sandbox, "paru", "#!/bin/false\n");
	put_program(&sandbox, "yay", "#!/bin/false\n");
	check_rows(&sandbox, rows, COUNT(rows));
	assert_int_equal(unlinkat(sandbox.dir, "bin/paru", 0), 0);
	check_text("yay", run(&sandbox, &rows[0].call), "yay -S --aur --needed -- foo bar");
	assert_int_equal(unlinkat(sandbox.dir, "bin/yay", 0), 0);
	check_text("none", run(&sandbox, &rows[0].call), "127 packages from the AUR need paru or yay, "
			"and neither is on PATH; git clone https://aur.archlinux.org/paru.git && cd paru "
			"&& makepkg -si");
	sandbox_close(&sandbox);
}

static void test_flatpak(void **state) {
	(void)state;
	static const struct row rows[] = {
		{{.helper = HELPER_FLATPAK, .pacman = "", .verb = "install", .uid = 1000,
				 .names = "org.a.B"}, "flatpak install -- org.a.B"},
		{{.helper = HELPER_FLATPAK, .pacman = "@/pacman -r /r", .chosen = true, .verb = "install",
				 .uid = 0, .names = "org.a.B org.c.D", .yes = true, .args = "--user"},
				"flatpak install -y --user -- org.a.B org.c.D"},
	};
	struct sandbox sandbox;
	open_bin(&sandbox);
	check_text("none", run(&sandbox, &rows[0].call), "127 cannot run 'flatpak': there is no such "
			"program on PATH; lumina install flatpak");
	put_program(&sandbox, "flatpak", "#!/bin/false\n");
	check_rows(&sandbox, rows, COUNT(rows));
	sandbox_close(&sandbox);
}

static void test_which(void **state) {
	(void)state;
	assert_int_equal(helper_for(FROM_REPOSITORY), HELPER_PACMAN);
	assert_int_equal(helper_for(FROM_AUR), HELPER_AUR);
	assert_int_equal(helper_for(FROM_FLATPAK), HELPER_FLATPAK);
	struct sandbox sandbox;
	open_bin(&sandbox);
	const char *const argv[] = {"pacman", NULL};
	struct pacman pacman = {.argv = argv};
	const struct facts facts = {.home = sandbox.path};
	const struct helpers helpers = {.pacman = &pacman, .facts = &facts, .arena = &sandbox.arena};
	check_text("pacman", helper_name(&helpers, HELPER_PACMAN), NULL);
	check_text("AUR", helper_name(&helpers, HELPER_AUR), NULL);
	check_text("flatpak", helper_name(&helpers, HELPER_FLATPAK), NULL);
	put_program(&sandbox, "yay", "");
	put_program(&sandbox, "flatpak", "");
	pacman.program = "/usr/bin/pacman";
	check_text("pacman", helper_name(&helpers, HELPER_PACMAN), "pacman");
	check_text("AUR", helper_name(&helpers, HELPER_AUR), "yay");
	check_text("flatpak", helper_name(&helpers, HELPER_FLATPAK), "flatpak");
	put_program(&sandbox, "paru", "");
	check_text("AUR", helper_name(&helpers, HELPER_AUR), "paru");
	sandbox_close(&sandbox);
}

/* --- asking ---------------------------------------------------------------------------------- */

static struct pacman fake_pacman(struct sandbox *sandbox, const char *script) {
	put_program(sandbox, "pacman", script);
	const char **argv = arena_zalloc(&sandbox->arena, 3 * sizeof(*argv));
	argv[0] = at(sandbox, "bin/pacman");
	argv[1] = "--config=/x";
	return (struct pacman){.argv = argv, .program = argv[0], .chosen = true};
}

static void test_ask(void **state) {
	(void)state;
	static const struct {
		const char *script, *want;
	} rows[] = {
		{"printf 'a\\nb\\n'", "yes [a][b]"},
		{"printf 'a\\n\\n\\nb'", "yes [a][b]"},
		{"true", "yes"},
		{"echo a; exit 1", "no [a]"},
		{"kill -9 $$", "no"},
		{"echo \"$*\"", "yes [--config=/x -Sgq -- tools -x]"},
		/* nobody answers, and complaints aren't shown */
		{"read line && echo \"$line\"; echo x >&2", "yes"},
	};
	static const char *const verb[] = {"-Sgq", NULL}, *const names[] = {"tools", "-x"};
	struct sandbox sandbox;
	open_bin(&sandbox);
	const struct facts facts = {.home = sandbox.path, .umask = 022};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pacman pacman = fake_pacman(&sandbox, arena_printf(&sandbox.arena,
				"#!/bin/sh\n%s\n", rows[i].script));
		const struct helpers helpers = {.pacman = &pacman, .facts = &facts,
				.arena = &sandbox.arena};
		const char *const *lines;
		bool yes;
		struct err err = {0};
		assert_int_equal(helper_ask(&helpers, verb, names, 2, &lines, &yes, &err), 0);
		const char *text = yes ? "yes" : "no";
		for (size_t j = 0; lines[j] != NULL; j++) {
			text = arena_printf(&sandbox.arena, "%s%s[%s]", text, j == 0 ? " " : "", lines[j]);
		}
		check_text(rows[i].script, text, rows[i].want);
	}
	sandbox_close(&sandbox);
}

static void test_group(void **state) {
	(void)state;
	static const struct {
		const char *script, *installed, *want;
	} rows[] = {
		{"printf 'a\\nb\\nc\\n'", "a e; c", "b"},
		{"printf 'a\\nb\\n'", "a e; b !", "all"},
		{"printf 'a\\nb\\n'", "", "a b"},
		{"exit 1", "a e", "all"},
		{"echo a; exit 1", "", "all"},
		{"true", "", "all"},
		/* It becomes an argument: what is no name is none. */
		{"printf -- '-Syu\\na b\\n../x\\nb\\n'", "", "b"},
	};
	struct sandbox sandbox;
	open_bin(&sandbox);
	const struct facts facts = {.home = sandbox.path, .umask = 022};
	for (size_t i = 0; i <= COUNT(rows); i++) {
		bool none = i == COUNT(rows); /* no pacman at all: nobody to ask */
		struct pacman pacman = fake_pacman(&sandbox, arena_printf(&sandbox.arena,
				"#!/bin/sh\n%s\n", none ? "echo a" : rows[i].script));
		pacman.program = none ? NULL : pacman.program;
		const struct helpers helpers = {.pacman = &pacman, .facts = &facts,
				.arena = &sandbox.arena};
		struct installed installed;
		machine_install(&installed, none ? "" : rows[i].installed, &sandbox.arena);
		const char *const *lacks;
		struct err err = {0};
		assert_int_equal(helper_group(&helpers, &installed, "tools", &lacks, &err), 0);
		const char *text = lacks == NULL ? "all" : "";
		for (size_t j = 0; lacks != NULL && lacks[j] != NULL; j++) {
			text = arena_printf(&sandbox.arena, "%s%s%s", text, j > 0 ? " " : "", lacks[j]);
		}
		check_text("group", text, none ? "all" : rows[i].want);
		installed_release(&installed);
	}
	sandbox_close(&sandbox);
}

/* The code of what was run; a variable that loads code doesn't reach what runs as root. */
static void test_run(void **state) {
	(void)state;
	static const char *const verb[] = {"-S", NULL}, *const names[] = {"foo"};
	static const struct {
		const char *script;
		int code;
	} rows[] = {
		{"exit 0", 0},
		{"exit 1", 1},
		{"exit 255", 255},
		{"kill -INT $$", 130},
		{"kill -KILL $$", 137},
		{"test -z \"$LD_PRELOAD$PACMAN$BASH_ENV$GCONV_PATH\" || exit 3; test \"$KEPT\" = yes", 0},
		{"test \"$*\" = '--config=/x -S --noconfirm -- foo'", 0},
		{"test $(umask) = 0027", 0},
	};
	struct sandbox sandbox;
	open_bin(&sandbox);
	const struct facts facts = {.home = sandbox.path, .umask = 027, .uid = 0};
	assert_int_equal(setenv("GCONV_PATH", "/x", 1) | setenv("BASH_ENV", "/x", 1) |
			setenv("PACMAN", "/x", 1) | setenv("KEPT", "yes", 1), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pacman pacman = fake_pacman(&sandbox, arena_printf(&sandbox.arena,
				"#!/bin/sh\n%s\n", rows[i].script));
		const struct helpers helpers = {.pacman = &pacman, .facts = &facts,
				.arena = &sandbox.arena, .yes = true};
		const struct helper_call call = {.verb = verb, .names = names, .count = 1};
		int code = -1;
		struct err err = {0};
		assert_int_equal(helper_run(&helpers, &call, &code, &err), 0);
		check(code == rows[i].code, "%s: %d", rows[i].script, code);
	}
	assert_int_equal(unsetenv("GCONV_PATH") | unsetenv("BASH_ENV") | unsetenv("PACMAN"), 0);
	sandbox_close(&sandbox);
}

static void test_has_flatpak(void **state) {
	(void)state;
	struct sandbox sandbox;
	open_bin(&sandbox);
	const char *const argv[] = {"pacman", NULL};
	struct pacman pacman = {.argv = argv};
	const struct facts facts = {.home = sandbox.path, .umask = 022};
	const struct helpers helpers = {.pacman = &pacman, .facts = &facts, .arena = &sandbox.arena};
	assert_false(helper_has_flatpak(&helpers, "org.a.B"));
	put_program(&sandbox, "flatpak", "#!/bin/sh\necho org.a.B; echo org.a.Bc\n");
	assert_true(helper_has_flatpak(&helpers, "org.a.B"));
	assert_false(helper_has_flatpak(&helpers, "org.a"));
	put_program(&sandbox, "flatpak", "#!/bin/sh\necho org.a.B; exit 1\n");
	assert_false(helper_has_flatpak(&helpers, "org.a.B"));
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_aur),
		cmocka_unit_test(test_flatpak),
		cmocka_unit_test(test_which),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_has_flatpak),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
