/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/arena.h"
#include "base/mem.h"
#include "desk/hyprland_part.h"

/* --- A compositor that says what the test has written down ------------------------------------ */

struct exchange {
	const char *request; /* its beginning; NULL: any */
	const char *reply;   /* NULL: none in time */
};

static const struct exchange *script;
static size_t script_count, script_at;
static struct buf sent;

int __wrap_ipc_ask(const struct instance *at, const char *request, unsigned ms, struct buf *reply,
		struct err *err);
int __wrap_ipc_ask(const struct instance *at, const char *request, unsigned ms, struct buf *reply,
		struct err *err) {
	(void)at;
	check(ms > 0, "asked without time: %s", request);
	check(strlen(request) <= IPC_REQUEST_MAX, "too long: %s", request);
	buf_addf(&sent, "%s\n", request);
	check(script_at < script_count, "not expected: %s", request);
	const struct exchange *now = &script[script_at++];
	check(now->request == NULL || strncmp(request, now->request, strlen(now->request)) == 0,
			"expected %s, got %s", now->request, request);
	if (now->reply == NULL) {
		return err_set(err, ERR_FAILED, "no whole reply");
	}
	buf_adds(reply, now->reply);
	return 0;
}

static const pid_t pids[] = {900, 700};
static const struct instance instance = {.signature = "s", .socket = "/nowhere", .pid = 1};

struct follow {
	struct arena arena;
	struct desk desk;
	struct err err;
	long id;
};

static void follow_open(struct follow *follow) {
	*follow = (struct follow){0};
	arena_init(&follow->arena);
	buf_init(&sent);
}

static void follow_close(struct follow *follow) {
	arena_release(&follow->arena);
	err_release(&follow->err);
	buf_release(&sent);
}

static enum hyprland ask(struct follow *follow, const struct exchange *exchanges, size_t count,
		const struct pair *rule, size_t nrule) {
	const struct hyprland_want want = {
		.pids = pids,
		.npids = COUNT(pids),
		.rule = rule,
		.nrule = nrule,
		.key = nrule > 0 ? "ab12" : NULL,
		.asked = 42,
		.ms = 60000,
	};
	script = exchanges;
	script_count = count;
	script_at = 0;
	err_release(&follow->err);
	follow->err = (struct err){0};
	buf_clear(&sent);
	follow->id = 0;
	return hyprland_follow(&follow->desk, &instance, &want, &follow->id, &follow->arena,
			&follow->err);
}

static const struct pair web[] = {{"gaps_out", "60"}, {"layout", "master"}, {"no_border", "true"}};

#define STATUS_LUA "\n{\n    \"configProvider\": \"lua\",\n    \"backend\": \"drm\"\n}\n"
#define STATUS_HYPRLANG "\n{\n    \"configProvider\": \"hyprlang\",\n    \"backend\": \"drm\"\n}\n"
#define CLIENT(pid, workspace, focus)                                                            \
	"{\"address\": \"0x1\", \"mapped\": true, \"hidden\": false, \"title\": \"a \\\"]}\\u001b " \
	"\x80\xff\", \"workspace\": {\"id\": " #workspace ", \"name\": \"x\"}, \"floating\": false, " \
	"\"pid\": " #pid ", \"focusHistoryID\": " #focus "}"
#define WORKSPACE "[{\"id\": 3, \"monitor\": \"DP-1\", \"tiledLayout\": \"dwindle\"}]"

/* --- Into Lua -------------------------------------------------------------------------------- */

static void check_literal(const char *text) {
	struct buf buf = BUF_INIT, back = BUF_INIT;
	lua_add_string(&buf, text);
	check(buf.data[0] == '"' && buf.data[buf.len - 1] == '"' && buf.len == 2 + 4 * strlen(text),
			"%s", buf.data);
	for (size_t i = 1; i + 1 < buf.len; i += 4) {
		check(buf.data[i] == '\\' && strspn(buf.data + i + 1, "0123456789") >= 3, "%s",
				buf.data);
		buf_addc(&back, (char)strtol((const char[]){buf.data[i + 1], buf.data[i + 2],
						      buf.data[i + 3], '\0'}, NULL, 10));
	}
	check_text(text, back.data, text);
	buf_release(&buf);
	buf_release(&back);
}

static void test_strings(void **state) {
	(void)state;
	static const char *const hostile[] = {"", "\"", "\\\"", "]]", "]=]", "\n", "\r\n", ";", "--",
			"[[BATCH]]", "${x}", "\\x", "\xff\xfe", "\x1b[2J", "os.execute('x')"};
	for (size_t i = 0; i < COUNT(hostile); i++) {
		check_literal(hostile[i]);
	}
	char all[256], *large = xmalloc(4001);
	for (int i = 1; i < 256; i++) {
		all[i - 1] = (char)i;
	}
	all[255] = '\0';
	check_literal(all);
	memset(large, '"', 4000);
	large[4000] = '\0';
	check_literal(large);
	free(large);
}

static void test_install(void **state) {
	(void)state;
	for (size_t i = 0; i < LUA_PARTS; i++) {
		size_t n = strlen(lua_install[i]);
		check(n <= IPC_REQUEST_MAX, "part %zu has %zu bytes", i, n);
		check(strpbrk(lua_install[i], ";\n") == NULL, "part %zu", i);
	}
}

static void test_call(void **state) {
	(void)state;
	static const struct pair rule[] = {{"border_size", "3"}, {"decorate", "false"}, {"force", "true"},
			{"gaps_in", "1 2"}, {"gaps_out", "-4"}, {"layout", "lua:x"}, {"layout_opts.a", "b;"}};
	struct hyprland_want want = {.pids = pids, .npids = COUNT(pids), .rule = rule,
			.nrule = COUNT(rule), .key = "ab", .asked = UINT64_MAX};
	struct buf buf = BUF_INIT;
	struct err err = {0};
	assert_int_equal(lua_call(&buf, &want, "lua:x", LUA_REPAIR, &err), 0);
	check_text("entering", buf.data,
			"/repl rawget(_G,\"__lumina\") and __lumina.f and __lumina.f("
			"9223372036854775807,true,1,\"\\097\\098\",{border_size=3,decorate=false,"
			"gaps_in={top=1,right=2,bottom=1,left=2},gaps_out=-4,},"
			"{layout=\"\\108\\117\\097\\058\\120\",layout_opts={[\"\\097\"]=\"\\098\\059\",},},"
			"{900,700}) or \"lumina new\"");
	buf_clear(&buf);
	want = (struct hyprland_want){.pids = pids, .npids = 1, .asked = 7};
	assert_int_equal(lua_call(&buf, &want, NULL, LUA_ONCE, &err), 0);
	check_text("leaving", buf.data,
			"/repl rawget(_G,\"__lumina\") and __lumina.f and __lumina.f("
			"7,nil,nil,nil,nil,nil,{900}) or \"lumina new\"");
	buf_release(&buf);
}

/* What came past the registry is not sent, whatever the dialect. */
static void test_hostile_values(void **state) {
	(void)state;
	char large[4001];
	memset(large, 'a', 4000);
	large[4000] = '\0';
	const struct pair rows[] = {
		{"gaps_in", "1}) os.execute('x')"}, {"gaps_in", "1 2 3 4 5"}, {"gaps_in", ""},
		{"gaps_in", "1  2"}, {"gaps_in", "99999"}, {"gaps_in", "1,layout:x"}, {"gaps_in", large},
		{"border_size", "-1"}, {"border_size", "1e3"}, {"no_border", "yes"}, {"decorate", ""},
		{"layout", "a\"b"}, {"layout", "a,b"}, {"layout", "a\nb"}, {"layout", large},
		{"layout", "[[BATCH]]"}, {"layout", ""}, {"force", "1"}, {"layout_opts.a", "x;y"},
		{"layout_opts.a", "x,y"}, {"layout_opts.a", "]]"}, {"layout_opts.a", large},
		{"layout_opts.", "x"}, {"layout_opts.a b", "x"}, {"on_created_empty", "foot"}, {"", "x"},
	};
	static const enum dialect dialects[] = {DIALECT_REPL, DIALECT_EVAL, DIALECT_KEYWORD};
	for (size_t i = 0; i < COUNT(rows) * COUNT(dialects); i++) {
		struct follow follow;
		follow_open(&follow);
		follow.desk = (struct desk){.signature = "s", .dialect = dialects[i / COUNT(rows)]};
		check(ask(&follow, NULL, 0, &rows[i % COUNT(rows)], 1) == HYPRLAND_FAILED, "%s",
				rows[i % COUNT(rows)].value);
		check_text("sent", sent.data, "");
		follow_close(&follow);
	}
}

/* --- Replies --------------------------------------------------------------------------------- */

static void test_reply(void **state) {
	(void)state;
	struct arena arena;
	struct lua_reply reply;
	arena_init(&arena);
	static const char whole[] = "lumina 12 held+ lua:x 3 HDMI A-1 ok";
	assert_true(lua_read(&reply, whole, strlen(whole), &arena));
	assert_int_equal(reply.word, LUA_HELD);
	assert_true(reply.reused && reply.id == 12 && reply.left == 3);
	check_text("layout", reply.layout, "lua:x");
	check_text("output", reply.output, "HDMI A-1");
	for (size_t n = 0; n < strlen(whole); n++) {
		check(!lua_read(&reply, whole, n, &arena), "%zu bytes were enough", n);
	}
	static const char *const wrong[] = {"", "ok", "unknown request", "lumina", "lumina 1",
			"Lumina 1 set - 0 - ok", "lumina 0 set - 0 - ok", "lumina 1 none - 0 - ok",
			"lumina -1 set - 0 - ok", "lumina 1 set - 0 - ok\n", "lumina 1 new - 0 - ok",
			"lumina 99999999999 set - 0 - ok", "lumina 1 set \x1b 0 - ok", "lumina 1 set - - ok",
			"lumina  1 set - 0 - ok", "error: lumina 1 set - 0 - ok", "lumina 1 sets - 0 - ok",
			"lumina 1 + - 0 - ok", "lumina 1 set - 0 ok", "lumina 1 set - x - ok"};
	for (size_t i = 0; i < COUNT(wrong); i++) {
		check(!lua_read(&reply, wrong[i], strlen(wrong[i]), &arena), "%s", wrong[i]);
	}
	/* An output with a name that could do harm has none. */
	static const char strange[] = "lumina 1 set - 0 \x1b]0;x ok";
	assert_true(lua_read(&reply, strange, strlen(strange), &arena));
	assert_true(reply.output == NULL && reply.layout == NULL);
	arena_release(&arena);
}

static void test_json(void **state) {
	(void)state;
	struct arena arena;
	arena_init(&arena);
	static const char whole[] = "[" CLIENT(700, 3, 1) ",\n" CLIENT(701, -98, 0) "]";
	for (size_t n = 0; n <= strlen(whole); n++) {
		struct windows windows;
		struct buf reply = BUF_INIT;
		buf_add(&reply, whole, n);
		check(read_clients(&windows, &reply, &arena) == (n == strlen(whole)), "%zu bytes", n);
		buf_release(&reply);
	}
	struct place place = {.id = 3, .output = "DP-1"};
	static const struct {
		const char *selector;
		enum selects want;
	} rows[] = {
		{"3", SELECTS}, {"4", SELECTS_NOT}, {"r[1-3]", SELECTS}, {"r[4-9]", SELECTS_NOT},
		{"r[3-3]s[false]", SELECTS}, {"r[3-3]s[true]", SELECTS_NOT}, {"m[DP-1]", SELECTS},
		{"m[DP-2]", SELECTS_NOT}, {"m[DP-1]r[1-2]", SELECTS_NOT}, {"w[t1]", SELECTS_PERHAPS},
		{"name:x", SELECTS_PERHAPS}, {"", SELECTS_NOT}, {"r[3", SELECTS_PERHAPS},
		{"r[]", SELECTS_PERHAPS}, {"r", SELECTS_PERHAPS}, {"3x", SELECTS_PERHAPS},
		{"special:x", SELECTS_PERHAPS}, {"r[x-3]", SELECTS_PERHAPS}, {"w[t1]r[1-2]", SELECTS_NOT},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check(read_selects(rows[i].selector, &place) == rows[i].want, "%s", rows[i].selector);
	}
	arena_release(&arena);
}

static void test_pick(void **state) {
	(void)state;
	static const struct {
		struct window windows[3];
		long want;
	} rows[] = {
		{{{700, 3, 1, true}}, 3},
		{{{700, 3, 1, true}, {900, 2, 2, true}}, 2},                     /* the nearest */
		{{{700, 3, 1, true}, {700, 2, 2, true}}, 0},                     /* either */
		{{{700, 3, 1, true}, {700, 3, 2, true}}, 3},                     /* the same anyway */
		{{{700, 3, 1, true}, {700, 2, 0, true}, {700, 4, 2, true}}, 2},  /* the focused one */
		{{{700, -98, 0, true}}, 0},                                      /* special */
		{{{900, -98, 1, true}, {700, 3, 0, true}}, 0},
		{{{5, 3, 0, true}}, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct window items[3];
		memcpy(items, rows[i].windows, sizeof(items));
		const struct windows windows = {.items = items, .count = COUNT(items)};
		check(read_pick(&windows, pids, COUNT(pids)) == rows[i].want, "row %zu", i);
	}
}

/* --- Whole visits ---------------------------------------------------------------------------- */

static void test_repl(void **state) {
	(void)state;
	struct follow follow;
	follow_open(&follow);
	static const struct exchange first[] = {
		{"j/status", STATUS_LUA},
		{"/repl rawget", "lumina new"},
		{"/repl local O", "lumina 1"},
		{"/repl local L", "lumina 2"},
		{"/repl local L", "lumina 3"},
		{"/repl local L", "lumina 4"},
		{"/repl rawget", "lumina 3 set master 0 DP-1 ok"},
	};
	assert_int_equal(ask(&follow, first, COUNT(first), web, COUNT(web)), HYPRLAND_DONE);
	assert_true(follow.id == 3 && follow.desk.dialect == DIALECT_REPL);
	struct workspace *workspace = desk_find(&follow.desk, 3);
	check_text("rule", workspace->rule, "ab12");
	check_text("layout", workspace->layout, "master");
	check_text("output", workspace->output, "DP-1");

	static const struct exchange moved[] = {{"/repl", "lumina 4 held - 3 DP-1 ok"}};
	workspace->mission = "web";
	assert_int_equal(ask(&follow, moved, 1, web, COUNT(web)), HYPRLAND_HELD);
	workspace = desk_find(&follow.desk, 3);
	assert_true(workspace->rule == NULL && workspace->mission == NULL);

	/* Again by a handle of before, with and without a rule above it. */
	static const struct exchange again[] = {{"/repl", "lumina 4 set+ master 0 DP-1 ok"},
			{"j/workspacerules", "[{\"workspaceString\": \"r[4-4]s[false]\", \"enabled\": true}]"}};
	assert_int_equal(ask(&follow, again, COUNT(again), web, COUNT(web)), HYPRLAND_DONE);
	static const struct exchange above[] = {{"/repl", "lumina 4 set+ master 0 DP-1 ok"},
			{"j/workspacerules", "[{\"workspaceString\": \"s[false]r[4-4]\", \"enabled\": true},"
					     "{\"workspaceString\": \"4\", \"enabled\": true}]"},
			{"/repl rawget(_G,\"__lumina\") and __lumina.f and __lumina.f(42,nil,2,",
					"lumina 4 set master 0 DP-1 ok"}};
	assert_int_equal(ask(&follow, above, COUNT(above), web, COUNT(web)), HYPRLAND_DONE);
	assert_int_equal(script_at, COUNT(above));

	static const struct exchange nowhere[] = {{"/repl", "lumina 0 none - 0 - ok"}};
	assert_int_equal(ask(&follow, nowhere, 1, web, COUNT(web)), HYPRLAND_NOWHERE);
	static const struct exchange late[] = {{"/repl", "lumina 4 late - 0 DP-1 ok"}};
	assert_int_equal(ask(&follow, late, 1, NULL, 0), HYPRLAND_NOWHERE);
	static const struct exchange off[] = {{"/repl", "lumina 4 off - 0 DP-1 ok"}};
	assert_int_equal(ask(&follow, off, 1, NULL, 0), HYPRLAND_DONE);
	assert_true(desk_find(&follow.desk, 4)->rule == NULL);
	follow_close(&follow);
}

static void test_strange_replies(void **state) {
	(void)state;
	static const char *const strange[] = {"", "ok", "\xff\x1b[31m", "{}", "[]", "nil",
			"error: [Lua] execution timed out in hyprctl eval", "lumina 3 set master 0 DP-1", NULL};
	static const enum dialect dialects[] = {DIALECT_UNKNOWN, DIALECT_REPL, DIALECT_EVAL,
			DIALECT_KEYWORD};
	for (size_t i = 0; i < COUNT(strange) * COUNT(dialects); i++) {
		struct follow follow;
		follow_open(&follow);
		follow.desk = (struct desk){.signature = "s", .dialect = dialects[i % COUNT(dialects)]};
		const struct exchange one[] = {{NULL, strange[i / COUNT(dialects)]}};
		enum hyprland got = ask(&follow, one, 1, web, COUNT(web));
		bool none = one[0].reply != NULL && strcmp(one[0].reply, "[]") == 0 &&
				dialects[i % COUNT(dialects)] >= DIALECT_EVAL;
		check(got == (none ? HYPRLAND_NOWHERE : HYPRLAND_FAILED), "%zu: %d", i, (int)got);
		assert_true(none || follow.err.kind == ERR_FAILED);
		assert_int_equal(follow.desk.count, 0);
		follow_close(&follow);
	}
}

static void test_keyword(void **state) {
	(void)state;
	struct follow follow;
	follow_open(&follow);
	static const struct exchange enter[] = {
		{"j/status", STATUS_HYPRLANG},
		{"j/clients", "[" CLIENT(700, 3, 0) "]"},
		{"j/workspaces", WORKSPACE},
		{"j/workspacerules", "[]"},
		{"/keyword", "ok"},
	};
	assert_int_equal(ask(&follow, enter, COUNT(enter), web, COUNT(web)), HYPRLAND_DONE);
	check_text("entering", strstr(sent.data, "/keyword"),
			"/keyword workspace r[3-3]s[false],gapsout:60,border:false,layout:master\n");
	check_text("before", rule_value(desk_find(&follow.desk, 3)->before,
			desk_find(&follow.desk, 3)->nbefore, "layout"), "dwindle");
	static const struct exchange leave[] = {
		{"j/clients", "[" CLIENT(700, 3, 0) "]"},
		{"j/workspaces", "[{\"id\": 3, \"monitor\": \"DP-1\", \"tiledLayout\": \"master\"}]"},
		{"j/workspacerules", "[{\"workspaceString\": \"3\", \"enabled\": true, \"gapsOut\": [1, 2, 3, 4]},"
				     "{\"workspaceString\": \"r[3-3]s[false]\", \"enabled\": true,"
				     "\"gapsOut\": [60, 60, 60, 60]}]"},
		{"/keyword", "ok"},
	};
	assert_int_equal(ask(&follow, leave, COUNT(leave), NULL, 0), HYPRLAND_DONE);
	check_text("leaving", strstr(sent.data, "/keyword"),
			"/keyword workspace r[3-3]s[false],gapsout:1 2 3 4,border:true,layout:dwindle\n");
	assert_true(desk_find(&follow.desk, 3)->nbefore == 0);
	/* Nothing of ours is on: nothing more than a look. */
	assert_int_equal(ask(&follow, leave, 1, NULL, 0), HYPRLAND_DONE);
	/* A refusal is none of ours. */
	static const struct exchange refused[] = {
		{"j/clients", "[" CLIENT(700, 3, 0) "]"},
		{"j/workspaces", WORKSPACE},
		{"j/workspacerules", "[]"},
		{"/keyword", "keyword can't work with non-legacy parsers. Use eval."},
	};
	assert_int_equal(ask(&follow, refused, COUNT(refused), web, COUNT(web)), HYPRLAND_FAILED);
	assert_true(desk_find(&follow.desk, 3)->rule == NULL &&
			follow.desk.dialect == DIALECT_UNKNOWN);
	follow_close(&follow);
}

static void test_eval(void **state) {
	(void)state;
	struct follow follow;
	follow_open(&follow);
	static const struct exchange enter[] = {
		{"j/status", STATUS_LUA},
		{"/repl", "unknown request"},
		{"j/clients", "[" CLIENT(700, 3, 1) ", " CLIENT(5, 3, 0) "]"},
		{"j/workspaces", WORKSPACE},
		{"j/workspacerules", "[]"},
		{"/eval", "ok"},
	};
	/* Two tiles: all but the layout. */
	assert_int_equal(ask(&follow, enter, COUNT(enter), web, COUNT(web)), HYPRLAND_HELD);
	struct buf want = BUF_INIT;
	buf_adds(&want, "/eval hl.workspace_rule({workspace=");
	lua_add_string(&want, "r[3-3]s[false]");
	buf_adds(&want, ",gaps_out=60,no_border=true,})\n");
	check_text("entering", strstr(sent.data, "/eval"), want.data);
	buf_release(&want);
	assert_int_equal(follow.desk.dialect, DIALECT_EVAL);
	follow_close(&follow);
}

static void test_visible(void **state) {
	(void)state;
	struct follow follow;
	follow_open(&follow);
	static const struct exchange list[] = {{"j/monitors",
			"[{\"name\": \"A\", \"activeWorkspace\": {\"id\": 2}, \"focused\": false},"
			"{\"name\": \"B\", \"activeWorkspace\": {\"id\": 7}, \"focused\": true}]"}};
	static const struct exchange one[] = {{"/repl", "7"}}, odd[] = {{"/repl", "7x"}};
	static const char *const outputs[] = {"A", NULL, "C"};
	static const long want[] = {2, 7, 0};
	script = list;
	for (size_t i = 0; i < COUNT(outputs); i++) {
		script_at = 0;
		script_count = 1;
		assert_int_equal(hyprland_visible(&follow.desk, &instance, outputs[i], 60000,
						 &follow.arena), want[i]);
	}
	follow.desk = (struct desk){.signature = "s", .dialect = DIALECT_REPL};
	script = one;
	script_at = 0;
	assert_int_equal(hyprland_visible(&follow.desk, &instance, "A\"", 60000, &follow.arena), 7);
	assert_true(strstr(sent.data, "\\065\\034") != NULL);
	script = odd;
	script_at = 0;
	assert_int_equal(hyprland_visible(&follow.desk, &instance, NULL, 60000, &follow.arena), 0);
	follow_close(&follow);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_install),
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_hostile_values),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_pick),
		cmocka_unit_test(test_repl),
		cmocka_unit_test(test_strange_replies),
		cmocka_unit_test(test_keyword),
		cmocka_unit_test(test_eval),
		cmocka_unit_test(test_visible),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
