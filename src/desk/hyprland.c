/* SPDX-License-Identifier: MIT */
#include "desk/hyprland.h"

#include "base/str.h"
#include "desk/hyprland_part.h"
#include "sys/clock.h"

int talk_ask(struct talk *talk, const char *request, struct buf *reply) {
	int left = clock_left(talk->end);
	buf_clear(reply);
	if (left == 0) {
		return err_set(talk->err, ERR_FAILED, "Hyprland didn't answer in time");
	}
	return ipc_ask(talk->at, request, (unsigned)left, reply, talk->err);
}

int talk_strange(struct talk *talk, const char *what, const struct buf *reply) {
	int n = reply->len < 80 ? (int)reply->len : 80;
	return err_set(talk->err, ERR_FAILED, "Hyprland answered %s by '%.*s'", what, n, reply->data);
}

bool talk_is(const struct buf *reply, const char *text) {
	return str_is((struct str){reply->data, reply->len}, text);
}

/* --- Which dialect ------------------------------------------------------------------------- */

/* `"configProvider": "lua"`: whether it is there, and this. */
static bool provider_is(const struct buf *reply, const char *name) {
	static const char key[] = "\"configProvider\"";
	const char *p = memmem(reply->data, reply->len, key, sizeof(key) - 1);
	if (p == NULL) {
		return false;
	}
	p += sizeof(key) - 1;
	p += strspn(p, " \t\n:");
	size_t n = strlen(name);
	return *p == '"' && strncmp(p + 1, name, n) == 0 && p[n + 1] == '"';
}

static int find_dialect(struct talk *talk, struct desk *desk) {
	struct buf reply _cleanup_buf_ = BUF_INIT;
	if (desk->dialect != DIALECT_UNKNOWN) {
		return 0;
	}
	if (talk_ask(talk, "j/status", &reply) < 0) {
		return -1;
	}
	if (talk_is(&reply, "unknown request") || provider_is(&reply, "hyprlang")) {
		desk->dialect = DIALECT_KEYWORD;
	} else if (provider_is(&reply, "lua")) {
		desk->dialect = DIALECT_REPL;
	} else if (memmem(reply.data, reply.len, "\"configProvider\": \"", 19) != NULL) {
		desk->dialect = DIALECT_NONE; /* of a time to come */
	} else {
		return talk_strange(talk, "a question for its state", &reply);
	}
	return 0;
}

/* --- With handles --------------------------------------------------------------------------- */

int talk_install(struct talk *talk) {
	struct buf reply _cleanup_buf_ = BUF_INIT;
	for (size_t i = 0; i < LUA_PARTS; i++) {
		if (talk_ask(talk, lua_install[i], &reply) < 0) {
			return -1;
		}
		if (!talk_is(&reply, lua_installed[i])) {
			return talk_strange(talk, "what Lumina keeps there", &reply);
		}
	}
	return 0;
}

enum called { CALLED, CALLED_FAILED, CALLED_NO_REPL };

static enum called call(struct talk *talk, const char *request, struct lua_reply *ret) {
	struct buf reply _cleanup_buf_ = BUF_INIT;
	for (int turn = 0; turn < 2; turn++) {
		if (talk_ask(talk, request, &reply) < 0) {
			return CALLED_FAILED;
		}
		if (talk_is(&reply, "unknown request")) {
			return CALLED_NO_REPL;
		}
		if (!lua_read(ret, reply.data, reply.len, talk->arena)) {
			(void)talk_strange(talk, "a rule", &reply);
			return CALLED_FAILED;
		}
		if (ret->word != LUA_NEW) {
			return CALLED;
		}
		/* The first time, or the configuration was loaded anew. */
		if (turn == 0 && talk_install(talk) < 0) {
			return CALLED_FAILED;
		}
	}
	(void)talk_strange(talk, "a rule", &reply);
	return CALLED_FAILED;
}

static void settle(struct desk *desk, const struct hyprland_want *want,
		const struct lua_reply *reply, struct arena *arena) {
	struct workspace *workspace = desk_make(desk, reply->id, arena);
	workspace->output = reply->output;
	workspace->rule = reply->word == LUA_OFF || want->nrule == 0 ? NULL : want->key;
	workspace->layout = reply->layout;
	workspace->nbefore = 0;
	workspace = reply->left > 0 ? desk_find(desk, reply->left) : NULL;
	if (workspace != NULL) {
		workspace->mission = workspace->label = workspace->root = NULL;
		workspace->show = workspace->hide = NULL;
		workspace->rule = workspace->layout = NULL;
	}
}

/* What the mission wants has to stand above what the person made while it was away. */
static int find_overtaken(struct talk *talk, const struct lua_reply *reply, bool *ret) {
	struct buf rules _cleanup_buf_ = BUF_INIT;
	struct place place = {.id = reply->id, .output = reply->output};
	if (talk_ask(talk, "j/workspacerules", &rules) < 0) {
		return -1;
	}
	if (!read_overtaken(ret, &place, &rules, talk->arena)) {
		return talk_strange(talk, "a question for the rules", &rules);
	}
	return 0;
}

/* Whether the call has to be made once more, and how; LUA_ONCE: no. */
static int look_again(struct talk *talk, const struct lua_reply *reply, const char *layout,
		enum lua_again before, enum lua_again *ret) {
	bool overtaken = false;
	*ret = LUA_ONCE;
	if (before != LUA_ANEW && reply->reused) {
		if (find_overtaken(talk, reply, &overtaken) < 0) {
			return -1;
		}
		*ret = overtaken ? LUA_ANEW : LUA_ONCE;
	}
	/* A name that was never registered is seen by a second look only; it is taken off then. */
	if (before == LUA_ONCE && *ret == LUA_ONCE && reply->word == LUA_SET && layout != NULL &&
			strncmp(layout, "lua:", 4) == 0) {
		*ret = LUA_REPAIR;
	}
	return 0;
}

/* *ret_gone: this Hyprland has no `repl`. */
static enum hyprland repl_follow(struct talk *talk, struct desk *desk,
		const struct hyprland_want *want, long *ret_id, bool *ret_gone) {
	struct buf request _cleanup_buf_ = BUF_INIT;
	struct lua_reply reply;
	bool strange;
	const char *layout = rule_layout(want, true, &strange);
	enum lua_again again = want->repair ? LUA_REPAIR : LUA_ONCE;
	do {
		buf_clear(&request);
		if (lua_call(&request, want, layout, again, talk->err) < 0) {
			return HYPRLAND_FAILED;
		}
		enum called called = call(talk, request.data, &reply);
		*ret_gone = called == CALLED_NO_REPL;
		if (called != CALLED) {
			return HYPRLAND_FAILED;
		}
		if (reply.word == LUA_NONE || reply.word == LUA_LATE) {
			return HYPRLAND_NOWHERE;
		}
		*ret_id = reply.id;
		settle(desk, want, &reply, talk->arena);
		if (look_again(talk, &reply, layout, again, &again) < 0) {
			return HYPRLAND_FAILED;
		}
	} while (again != LUA_ONCE);
	return reply.word == LUA_HELD || strange ? HYPRLAND_HELD : HYPRLAND_DONE;
}

/* --- Either way ---------------------------------------------------------------------------- */

/* The desk of another instance is no desk. */
static void check_signature(struct desk *desk, const struct instance *at, struct arena *arena) {
	if (desk->signature == NULL || !streq(desk->signature, at->signature)) {
		*desk = (struct desk){.signature = arena_strdup(arena, at->signature)};
	}
}

enum hyprland hyprland_follow(struct desk *desk, const struct instance *at,
		const struct hyprland_want *want, long *ret_id, struct arena *arena, struct err *err) {
	struct talk talk = {.at = at, .end = clock_ms() + want->ms, .arena = arena,
			.err = err};
	enum hyprland result = HYPRLAND_FAILED;
	*ret_id = 0;
	if (want->npids == 0) {
		return HYPRLAND_NOWHERE;
	}
	check_signature(desk, at, arena);
	if (!rule_check(want, err) || find_dialect(&talk, desk) < 0) {
		return HYPRLAND_FAILED;
	}
	if (desk->dialect == DIALECT_REPL) {
		bool gone = false;
		result = repl_follow(&talk, desk, want, ret_id, &gone);
		if (gone) {
			desk->dialect = DIALECT_EVAL;
		}
	}
	if (desk->dialect != DIALECT_REPL) {
		result = keyword_follow(&talk, desk, want, ret_id);
	}
	if (result == HYPRLAND_FAILED) {
		desk->dialect = DIALECT_UNKNOWN; /* it is asked again next time */
	}
	return result;
}

/* --- What an output shows ------------------------------------------------------------------ */

long hyprland_visible(struct desk *desk, const struct instance *at, const char *output, unsigned ms,
		struct arena *arena) {
	struct err err = {0};
	struct talk talk = {.at = at, .end = clock_ms() + ms, .arena = arena,
			.err = &err};
	struct buf reply _cleanup_buf_ = BUF_INIT, request _cleanup_buf_ = BUF_INIT;
	long id = 0;
	bool known = desk->signature != NULL && streq(desk->signature, at->signature);
	if (known && desk->dialect == DIALECT_REPL) {
		/* One number instead of a list of everything: the bar asks often. */
		buf_adds(&request, "/repl (function() for _,m in ipairs(hl.get_monitors()) do if ");
		if (output == NULL) {
			buf_adds(&request, "m.focused");
		} else {
			buf_adds(&request, "m.name==");
			lua_add_string(&request, output);
		}
		buf_adds(&request, " then return m.active_workspace.id end end end)()");
		if (talk_ask(&talk, request.data, &reply) < 0 || !lua_read_id((struct str){reply.data, reply.len}, &id)) {
			id = 0;
		}
	} else if (talk_ask(&talk, "j/monitors", &reply) < 0 ||
			!read_visible(&id, output, &reply, arena)) {
		id = 0;
	}
	err_release(&err);
	return id > 0 ? id : 0;
}
