/* SPDX-License-Identifier: MIT */
#include "machine.h"
#include "sandbox.h"
#include "sealed.h"

#include "exec/pending.h"

#define HEAD "time\t5\ncommand\tlumina install foo\naction\tinstall\tinstalled\nwhere\t-\t-\n"
#define FOO "asked\tfoo\tfoo\tlumina.yaml:1:1\n"

static struct facts facts_of(struct sandbox *sandbox) {
	return (struct facts){.home = sandbox->path, .state = at(sandbox, "state"), .umask = 022,
			.uid = geteuid()};
}

static struct pending example(struct sandbox *sandbox) {
	static const struct package_op asked[] = {
		{.name = "foo", .asked = "foo", .explicit = true, .at = "lumina.yaml:3:5"},
		{.name = "hyprshade", .asked = "aur/hyprshade", .explicit = true, .from = FROM_AUR},
		{.name = "org.a.B", .asked = "flatpak/org.a.B", .explicit = true, .from = FROM_FLATPAK},
		{.name = "a@b.c_d+e-f", .asked = "extra/a@b.c_d+e-f", .explicit = true},
	};
	struct pending pending = {.time = 1795424406, .command = "lumina install\tfoo \xff\n'x'",
			.action = PACKAGE_INSTALL, .why = WHY_INSTALLED, .group = "my\ngroup",
			.records = true, .code = PENDING_RUNNING, .lock = -1};
	for (size_t i = 0; i < COUNT(asked); i++) {
		VEC_ADD(&pending.asked, asked[i]);
	}
	machine_install(&pending.before, "bar e v=1:2.0-1; base v=3-2; odd !; zz e",
			&sandbox->arena);
	return pending;
}

static void write_one(struct pending *pending, struct sandbox *sandbox) {
	const struct facts facts = facts_of(sandbox);
	struct err err = {0};
	int result = pending_write(pending, &facts, &sandbox->arena, &err);
	check(result == 0, "%s", err.text);
}

static struct pendings load(struct sandbox *sandbox, bool take) {
	const struct facts facts = facts_of(sandbox);
	struct err err = {0};
	struct pendings pendings;
	int result = pendings_load(&pendings, &facts, take, &sandbox->arena, &err);
	check(result == 0, "%s", err.text);
	return pendings;
}

static void check_same(const struct pending *got, const struct pending *want) {
	assert_true(got->time == want->time && got->action == want->action && got->why == want->why);
	assert_true(got->records == want->records && got->code == want->code);
	check_text("command", got->command, want->command);
	check_text("group", got->group, want->group);
	check_text("host", got->host, want->host);
	assert_int_equal(got->asked.count, want->asked.count);
	for (size_t i = 0; i < want->asked.count; i++) {
		const struct package_op *a = &got->asked.items[i], *b = &want->asked.items[i];
		check_text("name", a->name, b->name);
		check_text("asked", a->asked, b->asked);
		check_text("at", a->at, b->at);
		assert_true(a->from == b->from && a->explicit && a->state == PACKAGE_PLANNED);
		assert_true(a->action == want->action && a->why == want->why);
	}
	assert_int_equal(got->before.count, want->before.count);
	for (size_t i = 0; i < want->before.count; i++) {
		const struct installed_package *a = &got->before.items[i];
		const struct installed_package *b = &want->before.items[i];
		check_text("had", a->name, b->name);
		check_text("version", a->version, b->version);
		assert_true(a->is_explicit == b->is_explicit && a->damaged == b->damaged);
		assert_true(installed_find(&got->before, b->name) == a);
	}
}

static void test_round_trip(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	for (int variant = 0; variant < 4; variant++) {
		struct pending pending = example(&sandbox);
		pending.action = variant % 2 == 0 ? PACKAGE_INSTALL : PACKAGE_REMOVE;
		pending.why = variant == 1 ? WHY_REMOVED : variant == 3 ? WHY_PRUNED : WHY_INSTALLED;
		pending.records = variant < 2;
		pending.code = variant == 0 ? PENDING_RUNNING : variant == 1 ? 0 : variant == 2 ? 1 : 130;
		pending.group = variant == 2 ? NULL : pending.group;
		pending.host = variant == 2 ? "box" : NULL;
		write_one(&pending, &sandbox);
		struct pendings none = load(&sandbox, false); /* held: somebody is at it */
		assert_int_equal(none.count, 0);
		pendings_release(&none);
		cleanup_close_fd(&pending.lock);
		struct pendings pendings = load(&sandbox, true);
		assert_int_equal(pendings.count, 1);
		check_same(&pendings.items[0], &pending);
		assert_true(pendings.items[0].lock >= 0);
		const struct facts facts = facts_of(&sandbox);
		struct err err = {0};
		assert_int_equal(pending_remove(&pendings.items[0], &facts, &sandbox.arena, &err), 0);
		assert_int_equal(pending_remove(&pendings.items[0], &facts, &sandbox.arena, &err), 0);
		assert_true(pendings.items[0].lock == -1 && pendings.items[0].name == NULL);
		check_text("folder", what(&sandbox, "state/pending"), ""); /* gone with the last */
		assert_false(pendings_exist(&facts, &sandbox.arena));
		pendings_release(&pendings);
		pending_release(&pending);
	}
	sandbox_close(&sandbox);
}

/* The code of the helper is written once it has ended; at no moment is there none. */
static void test_written_again(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	struct pending pending = example(&sandbox);
	write_one(&pending, &sandbox);
	const char *name = pending.name;
	pending.code = 0;
	write_one(&pending, &sandbox);
	check_text("name", pending.name, name);
	struct pendings none = load(&sandbox, true);
	assert_int_equal(none.count, 0); /* still held */
	pendings_release(&none);
	cleanup_close_fd(&pending.lock);
	struct pendings pendings = load(&sandbox, false);
	assert_int_equal(pendings.count, 1);
	assert_int_equal(pendings.items[0].code, 0);
	assert_int_equal(pendings.items[0].lock, -1); /* looked at only */
	assert_int_equal(info_of(&sandbox, "state/pending").st_mode & 07777, 0700);
	assert_int_equal(info_of(&sandbox, path_join("state/pending", name, &sandbox.arena)).st_mode &
					07777, 0600);
	pendings_release(&pendings);
	pending_release(&pending);
	sandbox_close(&sandbox);
}

/* Oldest first; those that others hold, and what is no record, are passed over and left. */
static void test_several(void **state) {
	(void)state;
	static const time_t times[] = {300, 5, 1795424406, 40};
	struct sandbox sandbox;
	struct pending pending[COUNT(times)];
	sandbox_open(&sandbox);
	for (size_t i = 0; i < COUNT(times); i++) {
		pending[i] = example(&sandbox);
		pending[i].time = times[i];
		write_one(&pending[i], &sandbox);
		if (i != 3) {
			cleanup_close_fd(&pending[i].lock);
		}
	}
	put(&sandbox, "state/pending/.new", "cut o");
	put(&sandbox, "state/pending/damaged", "lumina pending 1\n");
	put(&sandbox, "state/pending/empty", "");
	put_link(&sandbox, "state/pending/link", pending[0].name);
	put_folder(&sandbox, "state/pending/folder");
	struct pendings pendings = load(&sandbox, true);
	assert_int_equal(pendings.count, 3);
	assert_true(pendings.items[0].time == 5 && pendings.items[1].time == 300);
	assert_true(pendings.items[2].time == 1795424406);
	check_text("temporary", what(&sandbox, "state/pending/.new"), "");
	check_text("damaged", what(&sandbox, "state/pending/damaged"), "lumina pending 1\n");
	struct pendings others = load(&sandbox, true);
	assert_int_equal(others.count, 0); /* held by the first */
	pendings_release(&others);
	pendings_release(&pendings);
	for (size_t i = 0; i < COUNT(times); i++) {
		pending_release(&pending[i]);
	}
	sandbox_close(&sandbox);
}

/* --- what can't be used ---------------------------------------------------------------------- */

/* True if it is taken for a record. */
static bool is_taken(struct sandbox *sandbox, const char *bytes, size_t size) {
	put_bytes(sandbox, "state/pending/x", bytes, size);
	struct pendings pendings = load(sandbox, false);
	bool taken = pendings.count > 0;
	pendings_release(&pendings);
	return taken;
}

static void open_pending(struct sandbox *sandbox) {
	sandbox_open(sandbox);
	put_folder(sandbox, "state");
	put_folder(sandbox, "state/pending");
}

static void test_damage(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct buf body = BUF_INIT, whole = BUF_INIT;
	open_pending(&sandbox);
	buf_addf(&body, "lumina pending 1\n%s%shad\tbar\t1-1\texplicit\n", HEAD, FOO);
	seal(&whole, body.data, body.len);
	assert_true(is_taken(&sandbox, whole.data, whole.len));
	for (size_t n = 0; n < whole.len; n++) {
		check(!is_taken(&sandbox, whole.data, n), "cut at byte %zu: taken", n);
	}
	for (size_t i = 0; i < whole.len; i++) {
		whole.data[i] ^= 0x20;
		check(!is_taken(&sandbox, whole.data, whole.len), "byte %zu changed: taken", i);
		whole.data[i] ^= 0x20;
	}
	assert_true(is_taken(&sandbox, whole.data, whole.len));
	buf_release(&body);
	buf_release(&whole);
	sandbox_close(&sandbox);
}

static void test_forms(void **state) {
	(void)state;
	static const struct {
		const char *lines;
		bool good;
	} rows[] = {
		{HEAD FOO, true},
		{HEAD FOO "records\n", true},
		{HEAD FOO "code\t0\n", true},
		{HEAD FOO "had\tx\t1-1\texplicit\n", true},
		{HEAD FOO "had\tx\t-\tdependency\n", true},
		{HEAD FOO "where\tg\tbox\n", true},
		{HEAD, false}, /* for nothing */
		{FOO, false},
		{"", false},
		{HEAD "asked\tfoo\n", false},
		{HEAD "asked\t-\tfoo\t-\n", false},
		{HEAD FOO "what\tx\n", false},
		{HEAD FOO "\n", false},
		{HEAD FOO "code\tx\n", false},
		{HEAD FOO "code\t-\n", false},
		{HEAD FOO "time\t-1\n", false},
		{HEAD FOO "had\tx\t1-1\n", false},
		{HEAD FOO "had\n", false},
		{HEAD FOO "command\t-\n", false},
		{HEAD FOO "action\tinstall\twhim\n", false},
		{HEAD FOO "action\tdestroy\tinstalled\n", false},
		{HEAD FOO "action\n", false},
		/* They become arguments again. */
		{HEAD "asked\t-Syu\t-Syu\t-\n", false},
		{HEAD "asked\tfoo\t-Syu\t-\n", false},
		{HEAD "asked\t--root=/x\tfoo\t-\n", false},
		{HEAD "asked\ta b\ta b\t-\n", false},
		{HEAD "asked\t../x\t../x\t-\n", false},
		{HEAD "asked\ta/b/c\ta/b/c\t-\n", false},
		{HEAD "asked\tfoo\\n-Syu\tfoo\t-\n", false},
		{HEAD "asked\tfoo\tflatpak/-x\t-\n", false},
		{HEAD "asked\t\t\t-\n", false},
		{HEAD FOO "asked\t$(x)\tfoo\t-\n", false},
	};
	struct sandbox sandbox;
	struct buf body = BUF_INIT, whole = BUF_INIT;
	open_pending(&sandbox);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_clear(&body);
		buf_addf(&body, "lumina pending 1\n%s", rows[i].lines);
		seal(&whole, body.data, body.len);
		check(is_taken(&sandbox, whole.data, whole.len) == rows[i].good, "%s", rows[i].lines);
	}
	static const char *const heads[] = {"lumina pending 2\n", "lumina pending 0\n",
			"lumina journal 1\n"};
	for (size_t i = 0; i < COUNT(heads); i++) {
		buf_clear(&body);
		buf_addf(&body, "%s%s", heads[i], HEAD FOO);
		seal(&whole, body.data, body.len);
		check(!is_taken(&sandbox, whole.data, whole.len), "%s", heads[i]);
	}
	buf_release(&body);
	buf_release(&whole);
	sandbox_close(&sandbox);
}

/* --- the folder ------------------------------------------------------------------------------ */

static void test_no_folder(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	const struct facts facts = facts_of(&sandbox);
	for (int take = 0; take < 2; take++) {
		struct pendings pendings = load(&sandbox, take == 1);
		assert_int_equal(pendings.count, 0);
		pendings_release(&pendings);
	}
	assert_false(pendings_exist(&facts, &sandbox.arena));
	check_text("state", what(&sandbox, "state"), ""); /* looking makes nothing */
	put_folder(&sandbox, "state");
	put_folder(&sandbox, "state/pending");
	assert_true(pendings_exist(&facts, &sandbox.arena));
	struct pendings pendings = load(&sandbox, true); /* and an empty one goes */
	pendings_release(&pendings);
	assert_false(pendings_exist(&facts, &sandbox.arena));
	sandbox_close(&sandbox);
}

static void test_in_the_way(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put_folder(&sandbox, "state");
	put(&sandbox, "state/pending", "a file");
	const struct facts facts = facts_of(&sandbox);
	struct pending pending = example(&sandbox);
	struct err err = {0};
	assert_int_equal(pending_write(&pending, &facts, &sandbox.arena, &err), -1);
	assert_true(err.kind == ERR_FAILED && strstr(err.text, "state/pending") != NULL);
	err_release(&err);
	check_text("file", what(&sandbox, "state/pending"), "a file");
	pending_release(&pending);
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_written_again),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_no_folder),
		cmocka_unit_test(test_in_the_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
