/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include "state/pacman.h"

/* '@' stands for the sandbox. */
static const char *fill(struct sandbox *sandbox, const char *text) {
	struct buf buf = BUF_INIT;
	for (; text != NULL && *text != '\0'; text++) {
		if (*text == '@') {
			buf_adds(&buf, sandbox->path);
		} else {
			buf_addc(&buf, *text);
		}
	}
	const char *copy = text != NULL ? arena_strndup(&sandbox->arena, buf.data, buf.len) : NULL;
	buf_release(&buf);
	return copy;
}

static void set(struct sandbox *sandbox, const char *variable, const char *value) {
	assert_int_equal(value != NULL ? setenv(variable, fill(sandbox, value), 1)
				       : unsetenv(variable), 0);
}

static void put_program(struct sandbox *sandbox, const char *name, const char *text) {
	put(sandbox, name, fill(sandbox, text));
	assert_int_equal(fchmodat(sandbox->dir, name, 0755, 0), 0);
}

static void add_words(struct buf *buf, const char *title, const char *const *words) {
	for (; words != NULL && *words != NULL; words++) {
		buf_addf(buf, "%s%s", title, *words);
		title = " ";
	}
}

/* What was found, a line each; only what isn't as it is without any setting. */
static const char *find(struct sandbox *sandbox, const char *pacman, const char *conf) {
	set(sandbox, "LUMINA_PACMAN", pacman);
	set(sandbox, "LUMINA_PACMAN_CONF", conf);
	struct facts facts = {.home = sandbox->path, .cache = at(sandbox, "cache"), .umask = 022};
	struct pacman found;
	struct err err = {0};
	struct buf buf = BUF_INIT;
	if (pacman_find(&found, &facts, &sandbox->arena, &err) < 0) {
		buf_addf(&buf, "%serror: %s", err.kind == ERR_NO_PROGRAM ? "127 " : "", err.text);
		err_release(&err);
	} else {
		assert_true(found.chosen == (pacman != NULL && pacman[strspn(pacman, " \t")] != '\0'));
		add_words(&buf, "", found.argv);
		buf_addf(&buf, "; %s", found.program != NULL ? found.program : "none");
		buf_addf(&buf, "\n%s %s %s", found.root, found.db, found.log);
		add_words(&buf, "; caches ", found.caches);
		add_words(&buf, "; hold ", found.hold);
		buf_addf(&buf, "\n%s; %s", found.conf != NULL ? found.conf : "none",
				found.config != NULL ? found.config : "none");
		assert_true(found.caches[0] != NULL && found.hold != NULL);
	}
	const char *text = arena_strndup(&sandbox->arena, buf.data, buf.len);
	buf_release(&buf);
	return text;
}

static void open_machine(struct sandbox *sandbox) {
	sandbox_open(sandbox);
	put_folder(sandbox, "bin");
	set(sandbox, "PATH", "@/bin");
}

#define PLAIN "\n/ /var/lib/pacman /var/log/pacman.log; caches /var/cache/pacman/pkg\n"

/* Which program, and what its arguments say. */
static void test_arguments(void **state) {
	(void)state;
	static const struct {
		const char *pacman, *want;
	} rows[] = {
		{NULL, "pacman; @/bin/pacman" PLAIN "none; none"},
		{"", "pacman; @/bin/pacman" PLAIN "none; none"},
		{" \t ", "pacman; @/bin/pacman" PLAIN "none; none"},
		{"pacman", "pacman; @/bin/pacman" PLAIN "none; none"},
		{" pacman  --noconfirm\t-v ", "pacman --noconfirm -v; @/bin/pacman" PLAIN "none; none"},
		{"@/bin/pacman", "@/bin/pacman; @/bin/pacman" PLAIN "none; none"},
		{"bin/pacman", "bin/pacman; @/bin/pacman" PLAIN "none; none"},
		{"other", "other; none" PLAIN "none; none"},
		{"@/none/pacman", "@/none/pacman; none" PLAIN "none; none"},
		{"plain", "plain; none" PLAIN "none; none"},
		{"folder", "folder; none" PLAIN "none; none"},
		{"pacman -r /r/", "pacman -r /r/; @/bin/pacman\n"
		 "/r /r/var/lib/pacman /r/var/log/pacman.log; caches /var/cache/pacman/pkg\nnone; none"},
		{"pacman --root=/r -b/d --logfile /l/x", "pacman --root=/r -b/d --logfile /l/x; "
		 "@/bin/pacman\n/r /d /l/x; caches /var/cache/pacman/pkg\nnone; none"},
		{"pacman -vr /r --dbpath=/a --dbpath /b", "pacman -vr /r --dbpath=/a --dbpath /b; "
		 "@/bin/pacman\n/r /b /r/var/log/pacman.log; caches /var/cache/pacman/pkg\nnone; none"},
		{"pacman --cachedir=/a/ --cachedir /b//c", "pacman --cachedir=/a/ --cachedir /b//c; "
		 "@/bin/pacman\n/ /var/lib/pacman /var/log/pacman.log; caches /a /b/c\nnone; none"},
		{"pacman -b rel/../db", "pacman -b rel/../db; @/bin/pacman\n"
		 "/ @/db /var/log/pacman.log; caches /var/cache/pacman/pkg\nnone; none"},
		{"pacman -b /", "pacman -b /; @/bin/pacman\n"
		 "/ / /var/log/pacman.log; caches /var/cache/pacman/pkg\nnone; none"},
		/* values of others, and what is behind the options */
		{"pacman --color -b --ignore=-r -v", "pacman --color -b --ignore=-r -v; "
		 "@/bin/pacman" PLAIN "none; none"},
		{"pacman -- -b /d", "pacman -- -b /d; @/bin/pacman" PLAIN "none; none"},
		{"pacman -b", "pacman -b; @/bin/pacman" PLAIN "none; none"},
		{"pacman x-b /d -", "pacman x-b /d -; @/bin/pacman" PLAIN "none; none"},
		{"pacman --rooty=/r", "pacman --rooty=/r; @/bin/pacman" PLAIN "none; none"},
		/* all below another root */
		{"pacman --sysroot /s -b /d", "pacman --sysroot /s -b /d; @/bin/pacman\n"
		 "/s /s/d /s/var/log/pacman.log; caches /s/var/cache/pacman/pkg\nnone; none"},
		/* a configuration that is named is read, whoever is there */
		{"pacman --config @/a.conf", "pacman --config @/a.conf; @/bin/pacman\n"
		 "/ /a/db /var/log/pacman.log; caches /c1 /c2; hold x y\nnone; @/a.conf"},
		{"pacman --config a.conf --cachedir /c0 -b /d -r /r",
		 "pacman --config a.conf --cachedir /c0 -b /d -r /r; @/bin/pacman\n"
		 "/r /d /r/var/log/pacman.log; caches /c0 /c1 /c2; hold x y\nnone; @/a.conf"},
		{"pacman --sysroot @ --config /a.conf", "pacman --sysroot @ --config /a.conf; "
		 "@/bin/pacman\n@ @/a/db @/var/log/pacman.log; caches @/c1 @/c2; hold x y\n"
		 "none; @/a.conf"},
		{"pacman --config /dev/null", "pacman --config /dev/null; @/bin/pacman" PLAIN
		 "none; /dev/null"},
		{"pacman --config @/none", "error: cannot read pacman's configuration '@/none': "
		 "No such file or directory"},
		{"pacman --config @/empty.conf", "error: pacman's DBPath is empty: '@/empty.conf'"},
		{"pacman --root=", "error: pacman's RootDir is empty: 'pacman'"},
	};
	struct sandbox sandbox;
	open_machine(&sandbox);
	assert_int_equal(chdir(sandbox.path), 0);
	put_program(&sandbox, "bin/pacman", "#!/bin/sh\nexit 99\n");
	put(&sandbox, "bin/plain", "");
	put_folder(&sandbox, "bin/folder");
	put(&sandbox, "a.conf", "[options]\nDBPath=/a/db/\nCacheDir = /c1/ /c2\nHoldPkg = x y\n");
	put(&sandbox, "empty.conf", "[options]\nDBPath =\n");
	/* Entries of PATH that mean the working directory lead nowhere. */
	put_program(&sandbox, "other", "#!/bin/sh\n");
	set(&sandbox, "PATH", ":.:bin:@/none:@/bin:");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *row = rows[i].pacman != NULL ? rows[i].pacman : "(none)";
		check_text(row, find(&sandbox, rows[i].pacman, NULL), fill(&sandbox, rows[i].want));
	}
	set(&sandbox, "PATH", "");
	check_text("no PATH", find(&sandbox, NULL, NULL), "pacman; none" PLAIN "none; none");
	assert_int_equal(chdir("/"), 0);
	sandbox_close(&sandbox);
}

static size_t runs(struct sandbox *sandbox) {
	size_t count = 0;
	for (const char *p = what(sandbox, "runs"); *p != '\0'; p++) {
		count += *p == '\n';
	}
	return count;
}

#define FOUND "\n/r /r/db /r/log; caches /r/c1 /r/c2; hold h1 h2\n"

static const char script[] =
		"#!/bin/sh\necho \"$*\" >> @/runs\n"
		"echo '[options]'; echo 'RootDir = /r/'; echo 'DBPath = /r/db/'; echo LogFile = /r/log\n"
		"echo CacheDir = /r/c1; echo CacheDir = /r/c2; echo HoldPkg = h1; echo HoldPkg = h2\n"
		"echo '[core]'; echo 'CacheDir = /no'\n";

/* A pacman-conf that isn't pacman's own: asked once, and again when something is another. */
static void test_script(void **state) {
	(void)state;
	struct sandbox sandbox;
	open_machine(&sandbox);
	put_program(&sandbox, "bin/pacman", "#!/bin/sh\n");
	put_program(&sandbox, "bin/pacman-conf", script);
	const char *want = fill(&sandbox, "pacman; @/bin/pacman" FOUND "@/bin/pacman-conf; none");
	check_text("first", find(&sandbox, NULL, NULL), want);
	check_text("again", find(&sandbox, NULL, NULL), want);
	check_text("runs", what(&sandbox, "runs"), "\n");
	assert_true((info_of(&sandbox, "cache/pacman-conf").st_mode & 07777) == 0600);
	/* Its arguments, and a file that they name. */
	put(&sandbox, "x.conf", "");
	const char *config = fill(&sandbox, "pacman --config @/x.conf --root /q");
	want = fill(&sandbox, "pacman --config @/x.conf --root /q; @/bin/pacman\n"
			"/q /r/db /r/log; caches /r/c1 /r/c2; hold h1 h2\n@/bin/pacman-conf; @/x.conf");
	check_text("config", find(&sandbox, config, NULL), want);
	check_text("config again", find(&sandbox, config, NULL), want);
	check_text("runs", what(&sandbox, "runs"),
			fill(&sandbox, "\n--config @/x.conf --rootdir /q\n"));
	put(&sandbox, "x.conf", "changed");
	check_text("config changed", find(&sandbox, config, NULL), want);
	assert_int_equal(runs(&sandbox), 3);
	/* The program itself. */
	put_program(&sandbox, "bin/pacman-conf", "#!/bin/sh\necho DBPath = /other\n");
	check_text("changed", find(&sandbox, NULL, NULL), fill(&sandbox, "pacman; @/bin/pacman\n"
			"/ /other /var/log/pacman.log; caches /var/cache/pacman/pkg\n"
			"@/bin/pacman-conf; none"));
	/* A damaged answer is none. */
	put(&sandbox, "cache/pacman-conf", "lumina pacman-conf 1\nkey\t1\n");
	put_program(&sandbox, "bin/pacman-conf", script);
	check_text("damaged", find(&sandbox, NULL, NULL),
			fill(&sandbox, "pacman; @/bin/pacman" FOUND "@/bin/pacman-conf; none"));
	assert_int_equal(runs(&sandbox), 4);
	sandbox_close(&sandbox);
}

/* Beside pacman, not the one on PATH; else that one. */
static void test_beside(void **state) {
	(void)state;
	struct sandbox sandbox;
	open_machine(&sandbox);
	put_folder(&sandbox, "opt");
	put_program(&sandbox, "opt/pacman", "#!/bin/sh\n");
	put_program(&sandbox, "opt/pacman-conf", "#!/bin/sh\necho DBPath = /opt/db\n");
	put_program(&sandbox, "bin/pacman-conf", script);
	check_text("beside", find(&sandbox, "@/opt/pacman", NULL), fill(&sandbox,
			"@/opt/pacman; @/opt/pacman\n/ /opt/db /var/log/pacman.log; "
			"caches /var/cache/pacman/pkg\n@/opt/pacman-conf; none"));
	assert_int_equal(unlinkat(sandbox.dir, "opt/pacman-conf", 0), 0);
	check_text("on PATH", find(&sandbox, "@/opt/pacman", NULL), fill(&sandbox,
			"@/opt/pacman; @/opt/pacman" FOUND "@/bin/pacman-conf; none"));
	check_text("no pacman", find(&sandbox, NULL, NULL),
			fill(&sandbox, "pacman; none" FOUND "@/bin/pacman-conf; none"));
	sandbox_close(&sandbox);
}

static void test_chosen_conf(void **state) {
	(void)state;
	struct sandbox sandbox;
	open_machine(&sandbox);
	put_program(&sandbox, "bin/pacman", "#!/bin/sh\n");
	put_program(&sandbox, "bin/mine", script);
	put(&sandbox, "x.conf", "");
	/* As it is spelled: nothing of LUMINA_PACMAN's is added. */
	check_text("mine", find(&sandbox, "pacman --config /no --logfile /l", "mine -x  @/x.conf"),
			fill(&sandbox, "pacman --config /no --logfile /l; @/bin/pacman\n"
				       "/r /r/db /l; caches /r/c1 /r/c2; hold h1 h2\n@/bin/mine; /no"));
	check_text("arguments", what(&sandbox, "runs"), fill(&sandbox, "-x @/x.conf\n"));
	put(&sandbox, "x.conf", "changed");
	(void)find(&sandbox, "pacman --config /no --logfile /l", "mine -x  @/x.conf");
	assert_int_equal(runs(&sandbox), 2);
	check_text("missing", find(&sandbox, NULL, "@/none"), fill(&sandbox,
			"127 error: cannot run '@/none', which LUMINA_PACMAN_CONF names: "
			"there is no such program"));
	/* A shim that answers single keys; one without a database; one that fails. */
	put_program(&sandbox, "bin/mine", "#!/bin/sh\ncase $1 in DBPath) echo /single/db/;;\n"
			"CacheDir) echo /k=1; echo CacheDir = /k2;; *) exit 1;; esac\n");
	check_text("single", find(&sandbox, NULL, "mine"), fill(&sandbox, "pacman; @/bin/pacman\n"
			"/ /single/db /var/log/pacman.log; caches /k=1 /k2\n@/bin/mine; none"));
	put_program(&sandbox, "bin/mine", "#!/bin/sh\necho HoldPkg = x\n");
	check_text("no database", find(&sandbox, NULL, "mine"), fill(&sandbox,
			"error: '@/bin/mine' doesn't say where pacman's database is"));
	put_program(&sandbox, "bin/mine", "#!/bin/sh\nexit 7\n");
	check_text("failing", find(&sandbox, NULL, "mine"), fill(&sandbox,
			"error: '@/bin/mine' cannot say where pacman's database is: "
			"it ended with exit code 7"));
	check_text("not kept", what(&sandbox, "cache/pacman-conf.1"), "");
	sandbox_close(&sandbox);
}

/*
 * It gets root's rights: a person's own `pacman` isn't taken, where there is one that only root
 * can have put there.
 */
static void test_trusted(void **state) {
	(void)state;
	struct sandbox sandbox;
	open_machine(&sandbox);
	put_folder(&sandbox, "root");
	put_program(&sandbox, "bin/pacman", "#!/bin/sh\n");
	put_program(&sandbox, "root/pacman", "#!/bin/sh\n");
	assert_int_equal(fchmodat(sandbox.dir, "bin/pacman", 0777, 0), 0); /* anybody's */
	set(&sandbox, "PATH", "@/bin:@/root");
	static const struct {
		const char *chosen;
		mode_t mode; /* of root's */
		uid_t uid;
		const char *want; /* by a test that is root; else it is always the first */
	} rows[] = {
		{NULL, 0755, 1000, "root/pacman"},
		{NULL, 0775, 1000, "bin/pacman"}, /* with none to be trusted, what was found */
		{NULL, 0755, 0, "bin/pacman"},    /* root's own PATH is root's */
		{"pacman", 0755, 1000, "bin/pacman"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		set(&sandbox, "LUMINA_PACMAN", rows[i].chosen);
		set(&sandbox, "LUMINA_PACMAN_CONF", NULL);
		assert_int_equal(fchmodat(sandbox.dir, "root/pacman", rows[i].mode, 0), 0);
		const struct facts facts = {.home = sandbox.path, .cache = at(&sandbox, "cache"),
				.uid = rows[i].uid, .umask = 022};
		struct pacman found;
		struct err err = {0};
		assert_int_equal(pacman_find(&found, &facts, &sandbox.arena, &err), 0);
		check_text("program", found.program,
				at(&sandbox, geteuid() == 0 ? rows[i].want : "bin/pacman"));
	}
	sandbox_close(&sandbox);
}

/* A cache folder that can't be written costs time only. */
static void test_no_cache(void **state) {
	(void)state;
	struct sandbox sandbox;
	open_machine(&sandbox);
	put(&sandbox, "cache", "");
	put_program(&sandbox, "bin/pacman-conf", script);
	for (size_t i = 1; i <= 2; i++) {
		check_text("found", find(&sandbox, NULL, NULL),
				fill(&sandbox, "pacman; none" FOUND "@/bin/pacman-conf; none"));
		assert_int_equal(runs(&sandbox), i);
	}
	check_text("cache", what(&sandbox, "cache"), "");
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_script),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_chosen_conf),
		cmocka_unit_test(test_trusted),
		cmocka_unit_test(test_no_cache),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
