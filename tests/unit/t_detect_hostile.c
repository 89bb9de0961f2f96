/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <time.h>

/* For the parts that run in a process of their own: the number of the line that failed. */
#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			return __LINE__ & 0xff;                                                    \
		}                                                                                  \
	} while (0)

#define SAYS(tree, dir, want) (strcmp(tree_say(tree, dir), want) == 0)

static int run(const char *const *argv) {
	pid_t pid = fork();
	if (pid == 0) {
		union {
			const char *const *in;
			char *const *out;
		} words = {argv};
		(void)execvp(argv[0], words.out);
		_exit(127);
	}
	int status = -1;
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* With mounts of its own, which go with it; nothing that hangs hangs longer than this. */
static int in_own_mounts(struct tree *tree, int (*part)(struct tree *)) {
	pid_t pid = fork();
	if (pid == 0) {
		(void)alarm(10);
		if (unshare(CLONE_NEWNS) < 0 ||
				mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
			_exit(0); /* not allowed here */
		}
		/* What the old descriptor shows has none of the new mounts. */
		tree->box.dir = open(tree->box.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		_exit(part(tree));
	}
	int status = -1;
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* As SOMEBODY, to whom the tree belongs. */
static int in_another(struct tree *tree, int (*part)(struct tree *)) {
	if (geteuid() == 0) {
		const char *const argv[] = {"chown", "-R", "65534:65534", tree->box.path, NULL};
		assert_int_equal(run(argv), 0);
	}
	pid_t pid = fork();
	if (pid == 0) {
		bool ready = geteuid() != 0 || (setgid(SOMEBODY) == 0 && setuid(SOMEBODY) == 0);
		_exit(ready ? part(tree) : 254);
	}
	int status = -1;
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void set_mode(struct tree *tree, const char *name, mode_t mode) {
	check(chmod(at(&tree->box, name), mode) == 0, "%s: %s", name, strerror(errno));
}

/* --- Git's own ------------------------------------------------------------------------- */

static void test_worktrees_and_submodules(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree, "home/main/src/x home/lib/y");
	static const char script[] =
			"set -e; cd \"$1\"; export HOME=\"$1\" GIT_CONFIG_NOSYSTEM=1 "
			"GIT_AUTHOR_NAME=a "
			"GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b; exec "
			">/dev/null 2>&1; "
			"for r in main lib; do git init -q $r; git -C $r add .; git -C $r commit "
			"-qm x; done; "
			"cd main; git -c protocol.file.allow=always submodule add \"$1/lib\" "
			"third/lib; "
			"git commit -qm sub; git worktree add ../tree; mkdir ../tree/deep; "
			"git clone --bare . ../bare.git";
	const char *const argv[] = {"sh", "-c", script, "sh", tree.home, NULL};
	int code = run(argv);
	if (code == 127) {
		tree_close(&tree);
		return;
	}
	assert_int_equal(code, 0);
	TREE_CHECK(&tree, "home/main/src", "home/main .git git -");
	TREE_CHECK(&tree, "home/main/third/lib", "home/main/third/lib .git git -");
	check_text("submodule", tree_short(&tree, tree.found.repository), "home/main/third/lib");
	assert_true(S_ISREG(info_of(&tree.box, "home/main/third/lib/.git").st_mode));
	TREE_CHECK(&tree, "home/tree/deep", "home/tree .git git -");
	assert_true(S_ISREG(info_of(&tree.box, "home/tree/.git").st_mode));
	TREE_CHECK(&tree, "home/main/third", "home/main .git git -");
	tree_make(&tree, "home/main/third/lib/package.json home/main/Cargo.toml");
	TREE_CHECK(&tree, "home/main/third/lib", "home/main/third/lib package.json node -");
	TREE_CHECK(&tree, "home/main/third", "home/main Cargo.toml rust -");
	tree_close(&tree);
}

/* --- how a folder may be called -------------------------------------------------------- */

static void test_links(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree, "home/p/package.json home/p/src/ far/work/q/Cargo.toml far/work/q/x/ "
			 "real/a/");
	put_link(&tree.box, "home/link", "p/src");
	put_link(&tree.box, "home/abs", at(&tree.box, "home/p"));
	put_link(&tree.box, "home/work", "../far/work");
	put_link(&tree.box, "home/loop", "loop2");
	put_link(&tree.box, "home/loop2", "loop");
	put_link(&tree.box, "home/self", "self/x");
	put_link(&tree.box, "home/nowhere", "gone");
	put_link(&tree.box, "home/two", "link/../../abs/src");
	tree_missions(&tree, "web: package.json; work: Cargo.toml @ ~/work");
	TREE_CHECK(&tree, "home/link", "home/p package.json node web");
	check_text("real", tree_short(&tree, tree.found.dir), "home/p/src");
	TREE_CHECK(&tree, "home/abs/src", "home/p package.json node web");
	TREE_CHECK(&tree, "home/two", "home/p package.json node web");
	TREE_CHECK(&tree, "home/work/q/x", "far/work/q Cargo.toml rust work");
	/* By its real name too. */
	TREE_CHECK(&tree, "far/work/q/x", "far/work/q Cargo.toml rust work");
	TREE_CHECK(&tree, "home/loop", "error");
	TREE_CHECK(&tree, "home/loop/x", "error");
	TREE_CHECK(&tree, "home/self", "error");
	TREE_CHECK(&tree, "home/nowhere", "error");
	/* Spelled in other ways. */
	TREE_CHECK(&tree, "home//p/./src/", "home/p package.json node web");
	TREE_CHECK(&tree, "home/p/src/../../p/src/..", "home/p package.json node web");
	TREE_CHECK(&tree, "home/link/..", "home/p package.json node web");
	TREE_CHECK(&tree, "/", "none");
	TREE_CHECK(&tree, "//", "none");
	TREE_CHECK(&tree, "/..", "none");
	/* Home itself may be a link: its real parent isn't looked at. */
	tree_make(&tree, "real/u/x/ real/Cargo.toml");
	put_link(&tree.box, "linked", "real/u");
	tree.home = at(&tree.box, "linked");
	TREE_CHECK(&tree, "linked/x", "none");
	TREE_CHECK(&tree, "real/u/x", "none");
	TREE_CHECK(&tree, "real/a", "none");
	/* No home at all. */
	tree.home = at(&tree.box, "gone");
	TREE_CHECK(&tree, "home/link", "home/p package.json node web");
	tree_close(&tree);
}

static void test_names(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree, "");
	static const char *const names[] = {"new\nline", "esc\033[2J", "quo'\"te", "$(id)",
			"\xff\xfe", "-n", "*", " ", "\\040", "a:b", "tab\there", "(deleted)",
			"x (deleted)"};
	for (size_t i = 0; i < COUNT(names); i++) {
		struct arena *arena = &tree.box.arena;
		const char *dir = arena_printf(arena, "home/%s", names[i]);
		put_folder(&tree.box, dir);
		put(&tree.box, arena_printf(arena, "%s/package.json", dir), "");
		put_folder(&tree.box, arena_printf(arena, "%s/src", dir));
		const char *want = arena_printf(arena, "%s package.json node -", dir);
		check_text(names[i], tree_say(&tree, dir), want);
		check_text(names[i], tree_say(&tree, arena_printf(arena, "%s/src", dir)), want);
	}
	tree_close(&tree);
}

static void test_no_folder(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree, "home/file home/p/package.json");
	TREE_CHECK(&tree, "", "error");
	TREE_CHECK(&tree, "home/file", "error");
	TREE_CHECK(&tree, "home/file/x", "error");
	TREE_CHECK(&tree, "home/none", "error");
	assert_int_equal(mkfifo(at(&tree.box, "home/fifo"), 0600), 0);
	TREE_CHECK(&tree, "home/fifo", "error");
	TREE_CHECK(&tree, "/dev/null", "error");
	for (size_t n = 250; n < 20000; n += n < 300 ? 1 : 1111) {
		char *name = arena_alloc(&tree.box.arena, n + 2);
		memset(name, 'x', n + 1);
		name[0] = '/';
		name[n + 1] = '\0';
		TREE_CHECK(&tree, name, "error");
		for (size_t i = 0; i < n; i += 2) {
			name[i] = '/';
		}
		TREE_CHECK(&tree, name, "error");
	}
	struct err err = {0};
	struct detected found;
	assert_int_equal(detect(&found, NULL, NULL, tree.home, 0, &tree.box.arena, &err), -1);
	assert_true(found.root == NULL && found.outer[0] == NULL && found.mission == NULL);
	err_release(&err);
	tree_close(&tree);
}

static void test_present_folder(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree, "home/p/package.json home/p/src/ home/gone/");
	int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct missions none = {NULL, 0, NULL};
	struct err err = {0};
	assert_int_equal(chdir(at(&tree.box, "home/p/src")), 0);
	static const char *const spelled[] = {".", "..", "../src", "../src/"};
	for (size_t i = 0; i < COUNT(spelled); i++) {
		assert_int_equal(detect(&tree.found, spelled[i], &none, tree.home, geteuid(),
						 &tree.box.arena, &err),
				0);
		check_text(spelled[i], tree_short(&tree, tree.found.root), "home/p");
	}
	/* Removed under the shell. */
	assert_int_equal(chdir(at(&tree.box, "home/gone")), 0);
	assert_int_equal(rmdir(at(&tree.box, "home/gone")), 0);
	assert_int_equal(detect(&tree.found, ".", &none, tree.home, geteuid(), &tree.box.arena,
					 &err),
			-1);
	err_release(&err);
	TREE_CHECK(&tree, "home/gone", "error");
	/* And there again: another folder, which is what the name says now. */
	tree_make(&tree, "home/gone/Cargo.toml");
	TREE_CHECK(&tree, "home/gone", "home/gone Cargo.toml rust -");
	TREE_CHECK(&tree, "home/p", "home/p package.json node -");
	assert_int_equal(fchdir(before), 0);
	assert_int_equal(close(before), 0);
	tree_close(&tree);
}

/* --- whose it is ----------------------------------------------------------------------- */

static void test_owners(void **state) {
	(void)state;
	if (geteuid() != 0) {
		return;
	}
	struct tree tree;
	tree_open(&tree, "home/p/package.json home/p/sub/Cargo.toml home/p/sub/x/");
	/* A person's, then root's. */
	assert_int_equal(tree_detect_as(&tree, "home/p/sub/x", 4711), 0);
	check_text("root's", tree_short(&tree, tree.found.root), "home/p/sub");
	give_away(&tree.box, "home/p");
	TREE_CHECK(&tree, "home/p/sub/x", "home/p/sub Cargo.toml rust -");
	assert_true(tree.found.stop == DETECT_OWNER);
	check_text("stop", tree_short(&tree, tree.found.stop_at), "home/p");
	TREE_CHECK(&tree, "home/p", "none");
	tree_missions(&tree, "mine: @ ~; rest: @ ^");
	TREE_CHECK(&tree, "home/p", "none");
	TREE_CHECK(&tree, "home", "home - - mine");
	tree_missions(&tree, "");
	assert_int_equal(tree_detect_as(&tree, "home/p", SOMEBODY), 0);
	check_text("the owner", tree_short(&tree, tree.found.root), "home/p");
	tree_close(&tree);
}

static void test_writable(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree, "home/p/package.json home/p/sub/Cargo.toml home/p/sub/x/");
	static const struct {
		mode_t mode;
		bool stops;
	} rows[] = {{0777, true}, {0757, true}, {0702, true}, {01777, false}, {0755, false},
			{0700, false}, {01757, false}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		set_mode(&tree, "home/p", rows[i].mode);
		TREE_CHECK(&tree, "home/p/sub/x", "home/p/sub Cargo.toml rust -");
		check((tree.found.stop == DETECT_WRITABLE) == rows[i].stops, "%o", rows[i].mode);
		TREE_CHECK(&tree, "home/p", rows[i].stops ? "none" : "home/p package.json node -");
	}
	if (geteuid() == 0) {
		/* The person's own group (umask 002), and another one. */
		set_mode(&tree, "home/p", 0775);
		TREE_CHECK(&tree, "home/p", "home/p package.json node -");
		assert_int_equal(chown(at(&tree.box, "home/p"), 0, 100), 0);
		TREE_CHECK(&tree, "home/p", "none");
		assert_true(tree.found.stop == DETECT_WRITABLE);
	}
	tree_close(&tree);
}

/* In a folder like /tmp, what another person has put there is no marker. */
static void test_sticky(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree, "tmp/.git/ tmp/package.json tmp/.lumina.yaml tmp/.envrc tmp/x/ tmp/a.tex");
	set_mode(&tree, "tmp", 01777);
	tree_missions(&tree, "web: package.json; tex: *.tex");
	TREE_CHECK(&tree, "tmp/x", "tmp package.json node web");
	if (geteuid() == 0) {
		give_away(&tree.box, "tmp/package.json");
		TREE_CHECK(&tree, "tmp/x", "tmp a.tex tex tex");
		give_away(&tree.box, "tmp/a.tex");
		TREE_CHECK(&tree, "tmp/x", "tmp .git git -");
		give_away(&tree.box, "tmp/.git");
		assert_true(tree.found.project_file);
		TREE_CHECK(&tree, "tmp/x", "tmp .lumina.yaml - -");
		give_away(&tree.box, "tmp/.lumina.yaml");
		TREE_CHECK(&tree, "tmp/x", "tmp .envrc - -");
		give_away(&tree.box, "tmp/.envrc");
		TREE_CHECK(&tree, "tmp/x", "none");
	}
	tree_close(&tree);
}

static int unreadable_part(struct tree *tree) {
	/* May be entered, but not read: names are asked for. */
	set_mode(tree, "home/p", 0311);
	EXPECT(SAYS(tree, "home/p/src", "home/p package.json node -"));
	EXPECT(SAYS(tree, "home/p", "home/p package.json node -"));
	/* The folder itself can't be entered: nothing above it is known either. */
	set_mode(tree, "home/p/src", 0000);
	EXPECT(SAYS(tree, "home/p/src", "none"));
	EXPECT(tree->found.stop == DETECT_UNREADABLE);
	/* May be read but not entered. */
	set_mode(tree, "home/p", 0755);
	set_mode(tree, "home/p/lib", 0400);
	EXPECT(SAYS(tree, "home/p/lib", "home/p/lib Cargo.toml rust -"));
	EXPECT(tree->found.stop == DETECT_UNREADABLE);
	/* A parent that can't be entered: the kernel finds no way to the folder. */
	set_mode(tree, "home/p", 0600);
	EXPECT(SAYS(tree, "home/p/src", "error"));
	set_mode(tree, "home/p", 0755);
	set_mode(tree, "home/p/src", 0755);
	set_mode(tree, "home/p/lib", 0755);
	return 0;
}

static void test_unreadable(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree, "home/p/package.json home/p/src/ home/p/lib/Cargo.toml");
	set_mode(&tree, "", 0755);
	assert_int_equal(in_another(&tree, unreadable_part), 0);
	tree_close(&tree);
}

/* --- mounts ---------------------------------------------------------------------------- */

static int tmpfs_part(struct tree *tree) {
	EXPECT(mount("tmpfs", at(&tree->box, "home/p/disk"), "tmpfs", 0, "mode=755") == 0);
	tree_make(tree, "home/p/disk/deep/ home/p/disk/q/Cargo.toml home/p/disk/q/x/");
	EXPECT(SAYS(tree, "home/p/disk/q/x", "home/p/disk/q Cargo.toml rust -"));
	EXPECT(tree->found.stop == DETECT_OTHER_SYSTEM);
	EXPECT(strcmp(tree_short(tree, tree->found.stop_at), "home/p") == 0);
	EXPECT(SAYS(tree, "home/p/disk/deep", "none"));
	EXPECT(SAYS(tree, "home/p", "home/p package.json node -"));
	/* The same file system at another place. */
	EXPECT(mount(at(&tree->box, "home/src"), at(&tree->box, "home/p/bound"), NULL, MS_BIND,
			       NULL) == 0);
	EXPECT(SAYS(tree, "home/p/bound/y", "home/p package.json node -"));
	/* A circle of bind mounts. */
	EXPECT(mount(at(&tree->box, "home/p"), at(&tree->box, "home/p/again"), NULL, MS_BIND,
			       NULL) == 0);
	EXPECT(SAYS(tree, "home/p/again/again", "home/p/again package.json node -"));
	return 0;
}

static void test_other_file_system(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree,
			"home/p/package.json home/p/disk/ home/p/bound/ home/src/y/ home/p/again/");
	assert_int_equal(in_own_mounts(&tree, tmpfs_part), 0);
	tree_close(&tree);
}

static double processor_time(void) {
	struct timespec now;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/*
 * A FUSE mount nobody answers for: the first call that asks it waits for ever. This
 * process is the "server", and never reads.
 */
static int hanging_part(struct tree *tree) {
	char options[96];
	static const char *const points[] = {
			"home/hang", "home/p/.hg", "home/p/notebooks", "home/crowd/.hg"};
	for (size_t i = 0; i < COUNT(points); i++) {
		int one = open("/dev/fuse", O_RDWR | O_CLOEXEC);
		(void)snprintf(options, sizeof(options),
				"fd=%d,rootmode=40000,user_id=0,group_id=0", one);
		if (one < 0 || mount("hang", at(&tree->box, points[i]), "fuse.hang", 0, options) <
						0) {
			return 77; /* not here */
		}
	}
	for (int i = 0; i < 3000; i++) {
		put(&tree->box, arena_printf(&tree->box.arena, "home/crowd/f%d", i), "");
	}
	tree_missions(tree, "web: package.json; work: package.json @ ~/hang/work; rust: @ ~/l");
	static const char *const dirs[] = {"home/hang", "home/hang/a/b", "home/l", "home/l/x",
			"home/ll/x", "home/../home/hang/x", "home/l/.."};
	for (size_t i = 0; i < COUNT(dirs); i++) {
		EXPECT(SAYS(tree, dirs[i], "none"));
		EXPECT(tree->found.stop == DETECT_SLOW);
		EXPECT(strcmp(tree->found.filesystem, "fuse.hang") == 0);
		EXPECT(tree->found.dir == NULL);
	}
	/* Beside it: mount points are names like others, folders of missions aren't asked. */
	EXPECT(SAYS(tree, "home/p", "home/p package.json node web"));
	EXPECT(SAYS(tree, "home/crowd", "home/crowd package.json node web"));
	/* A home that hangs is no reason to. */
	tree->home = at(&tree->box, "home/hang/me");
	EXPECT(SAYS(tree, "home/p", "home/p package.json node web"));
	return 0;
}

static void test_hanging(void **state) {
	(void)state;
	if (geteuid() != 0) {
		return;
	}
	struct tree tree;
	tree_open(&tree, "home/hang/ home/p/package.json home/p/.hg/ home/p/notebooks/ "
			 "home/crowd/package.json home/crowd/.hg/");
	put_link(&tree.box, "home/l", "hang/in/there");
	put_link(&tree.box, "home/ll", "l");
	int code = in_own_mounts(&tree, hanging_part);
	check(code == 0 || code == 77, "line %d", code);
	tree_close(&tree);
}

static void test_told_mounts(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree, "home/p/package.json home/p/in/ home/p/in/Cargo.toml");
	put_link(&tree.box, "home/link", "p/in");
	const char *saved = detect_mountinfo;
	static const struct {
		const char *point, *type, *in, *p, *link;
	} rows[] = {
			{"home/p", "nfs4", "none", "none", "none"},
			{"home/p/in", "autofs", "none", "home/p package.json node -", "none"},
			{"home/p/in", "ext4", "home/p/in Cargo.toml rust -",
					"home/p package.json node -",
					"home/p/in Cargo.toml rust -"},
			{"home", "cifs", "none", "none", "none"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		put(&tree.box, "mounts",
				arena_printf(&tree.box.arena,
						"1 0 8:1 / / rw - ext4 x rw\n2 1 0:9 / %s/%s rw - "
						"%s y rw\n",
						tree.box.path, rows[i].point, rows[i].type));
		detect_mountinfo = at(&tree.box, "mounts");
		TREE_CHECK(&tree, "home/p/in", rows[i].in);
		TREE_CHECK(&tree, "home/p", rows[i].p);
		TREE_CHECK(&tree, "home/link", rows[i].link);
	}
	/* Upwards into one: it is the edge. */
	put(&tree.box, "mounts",
			arena_printf(&tree.box.arena,
					"1 0 8:1 / / rw - ext4 x rw\n2 1 0:9 / %s/home/p rw - "
					"autofs y rw\n"
					"3 2 8:2 / %s/home/p/in rw - ext4 z rw\n",
					tree.box.path, tree.box.path));
	TREE_CHECK(&tree, "home/p/in", "home/p/in Cargo.toml rust -");
	assert_true(tree.found.stop == DETECT_SLOW);
	check_text("stop", detect_stop_reason(&tree.found, &tree.box.arena),
			arena_printf(&tree.box.arena,
					"'%s/home/p' is on a file system that may hang (autofs)",
					tree.box.path));
	detect_mountinfo = at(&tree.box, "none");
	TREE_CHECK(&tree, "home/p", "none");
	assert_true(tree.found.stop == DETECT_NO_MOUNTS);
	detect_mountinfo = saved;
	tree_close(&tree);
}

/* --- how much there is ----------------------------------------------------------------- */

static void test_deep(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree, "home/package.json");
	struct buf path = BUF_INIT;
	buf_adds(&path, at(&tree.box, "home"));
	/* Two thousand levels of one letter: just within PATH_MAX. */
	unsigned levels = 0;
	while (levels < 2000 && path.len + 3 < PATH_MAX) {
		buf_adds(&path, "/d");
		check(mkdir(path.data, 0755) == 0, "%u: %s", levels, strerror(errno));
		levels++;
	}
	double start = processor_time();
	TREE_CHECK(&tree, path.data, "none");
	assert_true(tree.found.stop == DETECT_LEVEL);
	double used = processor_time() - start;
	check(used < 0.5, "%f s", used);
	/* The limit is exact. */
	struct buf near = BUF_INIT;
	buf_adds(&near, at(&tree.box, "home"));
	for (int i = 0; i < DETECT_LEVELS - 1; i++) {
		buf_adds(&near, "/d");
	}
	TREE_CHECK(&tree, near.data, "home package.json node -");
	buf_adds(&near, "/d");
	TREE_CHECK(&tree, near.data, "none");
	buf_release(&near);
	/* Longer than a path may be: by steps, and with "$PWD" as a shell would have it. */
	int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(chdir(path.data), 0);
	char name[201];
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 3; i++) {
		assert_true(mkdir(name, 0755) == 0 && chdir(name) == 0);
		buf_addf(&path, "/%s", name);
	}
	TREE_CHECK(&tree, path.data, "error");
	struct missions none = {NULL, 0, NULL};
	struct err err = {0};
	(void)detect(&tree.found, ".", &none, tree.home, geteuid(), &tree.box.arena, &err);
	assert_true(tree.found.root == NULL);
	err_release(&err);
	assert_int_equal(fchdir(before), 0);
	assert_int_equal(close(before), 0);
	buf_release(&path);
	/* nftw() can't go there. */
	const char *const argv[] = {"rm", "-rf", at(&tree.box, "home/d"), NULL};
	assert_int_equal(run(argv), 0);
	tree_close(&tree);
}

/* In a crowded folder names are asked for: every row of the table that is no end. */
static void test_crowded(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree, "home/p/");
	for (int i = 0; i < 2000; i++) {
		put(&tree.box, arena_printf(&tree.box.arena, "home/p/entry-%d", i), "");
	}
	TREE_CHECK(&tree, "home/p", "none");
	for (unsigned i = 0; i < marker_count; i++) {
		const struct marker *marker = &markers[i];
		if (marker->name[0] == '*') {
			continue;
		}
		bool folder = (marker->flags & MARKER_FOLDER) != 0;
		const char *name = arena_printf(&tree.box.arena, "home/p/%s", marker->name);
		tree_make(&tree, arena_printf(&tree.box.arena, "%s%s", name, folder ? "/" : ""));
		check_text(name, tree_say(&tree, "home/p"),
				arena_printf(&tree.box.arena, "home/p %s %s -", marker->name,
						kind_names[marker->kind]));
		assert_int_equal(unlinkat(tree.box.dir, name, folder ? AT_REMOVEDIR : 0), 0);
	}
	tree_missions(&tree, "mine: own.marker");
	tree_make(&tree, "home/p/own.marker home/p/.lumina.yaml home/p/.envrc home/p/.git/");
	TREE_CHECK(&tree, "home/p", "home/p own.marker git mine");
	assert_true(tree.found.project_file && tree.found.envrc != NULL &&
			tree.found.ncandidates == 3);
	tree_close(&tree);
}

static void test_many_missions(void **state) {
	(void)state;
	struct tree tree;
	tree_open(&tree, "home/p/x/ home/p/marker-777 home/q/common home/w/250/y/");
	enum { MANY = 1000 };
	struct arena *arena = &tree.box.arena;
	struct mission *items = arena_zalloc(arena, MANY * sizeof(*items));
	for (int i = 0; i < MANY; i++) {
		const char **when = arena_zalloc(arena, 3 * sizeof(*when));
		when[0] = arena_printf(arena, "marker-%d", i);
		when[1] = "common";
		items[i] = (struct mission){.name = arena_printf(arena, "m%d", i), .when = when};
		if (i >= 900) { /* more than are looked up */
			const char **in = arena_zalloc(arena, 2 * sizeof(*in));
			in[0] = arena_printf(arena, "%s/w/%d", tree.home, i - 700);
			items[i].in = in;
			items[i].when = NULL;
		}
	}
	struct missions missions = {items, MANY, NULL};
	struct err err = {0};
	static const char *const rows[][2] = {
			{"home/p/x", "m777"}, {"home/q", "m0"}, {"home/w/250/y", "m950"}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(detect(&tree.found, at(&tree.box, rows[i][0]), &missions,
						 tree.home, geteuid(), arena, &err),
				0);
		check_text(rows[i][0], tree.found.mission->name, rows[i][1]);
	}
	/* Names without end: bounded, never wrong where the walk got. */
	const char **endless = arena_alloc(arena, 40001 * sizeof(*endless));
	for (int i = 0; i < 40000; i++) {
		endless[i] = arena_printf(arena, "%sname-%d", i % 2 == 0 ? "*" : "", i);
	}
	endless[40000] = NULL;
	items[0].when = endless;
	assert_int_equal(detect(&tree.found, at(&tree.box, "home/p"), &missions, tree.home,
					 geteuid(), arena, &err),
			0);
	const char *dir = "home/q";
	for (int level = 0; level < 6; level++) {
		dir = arena_printf(arena, "%s/%d", dir, level);
		put_folder(&tree.box, dir);
		for (int i = 0; i < 300; i++) {
			put(&tree.box, arena_printf(arena, "%s/f%d", dir, i), "");
		}
	}
	set_mode(&tree, dir, 0311);
	double start = processor_time();
	assert_int_equal(detect(&tree.found, at(&tree.box, dir), &missions, tree.home, geteuid(),
					 arena, &err),
			0);
	check(processor_time() - start < 0.5, "%f s", processor_time() - start);
	set_mode(&tree, dir, 0755);
	for (int i = 0; i < 20000; i++) {
		endless[i] = "name";
	}
	items[0].when = NULL;
	for (int i = 1; i < 900; i++) {
		const char **when = arena_zalloc(arena, 12 * sizeof(*when));
		for (int j = 0; j < 11; j++) {
			when[j] = arena_printf(arena, "name-%d-%d", i, j);
		}
		items[i].when = when;
	}
	for (int i = 0; i < 10000; i++) {
		put(&tree.box, arena_printf(arena, "%s/g%d", dir, i), "");
	}
	assert_int_equal(detect(&tree.found, at(&tree.box, dir), &missions, tree.home, geteuid(),
					 arena, &err),
			0);
	assert_true(tree.found.stop == DETECT_WORK && tree.found.root == NULL);
	tree_close(&tree);
}

int main(void) {
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_worktrees_and_submodules),
			cmocka_unit_test(test_links),
			cmocka_unit_test(test_names),
			cmocka_unit_test(test_no_folder),
			cmocka_unit_test(test_present_folder),
			cmocka_unit_test(test_owners),
			cmocka_unit_test(test_writable),
			cmocka_unit_test(test_sticky),
			cmocka_unit_test(test_unreadable),
			cmocka_unit_test(test_other_file_system),
			cmocka_unit_test(test_hanging),
			cmocka_unit_test(test_told_mounts),
			cmocka_unit_test(test_deep),
			cmocka_unit_test(test_crowded),
			cmocka_unit_test(test_many_missions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
