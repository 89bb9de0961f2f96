/* SPDX-License-Identifier: MIT */
#include <poll.h>

#include "base/str.h"
#include "desk/hyprland_part.h"
#include "sys/clock.h"

enum { POLL_MS = 20 };

/*
 * A reload makes Lua anew, and all that was in it is gone. So what `__lumina` (hyprland_lua.c)
 * knows of a workspace with a rule is read before as a table's source, a workspace a line of its
 * own, and sent back afterwards: its number, when it was asked for, what its windows wish, the
 * key, rule and layout, and whether that was forced. Where it is sent back, the arrangement that a layout
 * would throw away is gone already, so it is set in any case.
 */
static const char keep[] =
		"/repl local L=rawget(_G,\"__lumina\") local o=\"lumina kept\""
		" local function V(x)"
		" if type(x)~=\"table\" then return string.format(type(x)==\"string\" and\"%q\"or\"%s\",tostring(x)) end"
		" local s=\"{\""
		" for k,v in pairs(x) do s=s..\"[\"..V(k)..\"]=\"..V(v)..\",\" end"
		" return s..\"}\" end"
		" for i,S in pairs(L and L.s or {}) do"
		" if S.k and S.z then o=o..\"\\30\"..V({i=i,t=S.t,o=S.o,k=S.k,B=S.z[1],Y=S.z[2],F=S.F}) end end"
		" return o";
static const char gone[] =
		"/repl rawget(_G,\"__lumina\") and \"lumina there\" or \"lumina gone\"";
static const char bring_back[] =
		" local L,c=__lumina"
		" for _,w in ipairs(hl.get_windows()) do local s=w.workspace"
		" if s and s.id==D.i then c=s.tiled_layout end end"
		" if c then local S={t=D.t,o=D.o,z={D.B,D.Y}} L.s[D.i]=S"
		" L.c(S,D.i,c,true,nil,D.k,D.B,D.Y) S.F=D.F end"
		" return \"lumina back\"";

/* Nothing of it where there is no `repl`, or no rule. */
static bool read_kept(struct str *ret, const struct buf *reply) {
	static const char mark[] = "lumina kept\036";
	*ret = (struct str){reply->data, reply->len};
	if (!str_starts(*ret, mark)) {
		return false;
	}
	ret->p += sizeof(mark) - 1;
	ret->n -= sizeof(mark) - 1;
	return true;
}

/* The answer to `reload` comes before it is done. */
static int wait_until_gone(struct talk *talk) {
	struct buf reply _cleanup_buf_ = BUF_INIT;
	do {
		(void)poll(NULL, 0, POLL_MS);
		if (talk_ask(talk, gone, &reply) < 0) {
			return -1;
		}
	} while (talk_is(&reply, "lumina there"));
	return talk_is(&reply, "lumina gone") ? 0 : talk_strange(talk, "a question after a reload", &reply);
}

static int bring_back_one(struct talk *talk, struct str kept) {
	struct buf request _cleanup_buf_ = BUF_INIT, reply _cleanup_buf_ = BUF_INIT;
	buf_addf(&request, "/repl local D=%.*s", (int)kept.n, kept.p);
	buf_adds(&request, bring_back);
	if (request.len > IPC_REQUEST_MAX) {
		return err_set(talk->err, ERR_FAILED, "a rule is too long");
	}
	if (talk_ask(talk, request.data, &reply) < 0) {
		return -1;
	}
	return talk_is(&reply, "lumina back") ? 0 : talk_strange(talk, "a rule", &reply);
}

static int bring_all_back(struct talk *talk, struct str kept) {
	int result = wait_until_gone(talk) < 0 ? -1 : talk_install(talk);
	while (result == 0 && kept.n > 0) {
		const char *end = memchr(kept.p, '\036', kept.n);
		size_t n = end != NULL ? (size_t)(end - kept.p) : kept.n;
		result = bring_back_one(talk, (struct str){kept.p, n});
		n += end != NULL;
		kept = (struct str){kept.p + n, kept.n - n};
	}
	return result;
}

int hyprland_reload(const struct instance *at, unsigned ms, const char **ret_lost, struct arena *arena,
		struct err *err) {
	struct talk talk = {.at = at, .end = clock_ms() + ms, .arena = arena, .err = err};
	struct buf before _cleanup_buf_ = BUF_INIT, reply _cleanup_buf_ = BUF_INIT;
	struct str kept;
	*ret_lost = NULL;
	if (talk_ask(&talk, keep, &before) < 0 || talk_ask(&talk, "/reload", &reply) < 0) {
		return -1;
	}
	if (!talk_is(&reply, "ok")) {
		return talk_strange(&talk, "a reload", &reply);
	}
	if (read_kept(&kept, &before) && bring_all_back(&talk, kept) < 0) {
		*ret_lost = arena_printf(arena, "rules of missions are gone until the next change: %s", err->text);
		err_release(err);
	}
	return 0;
}
