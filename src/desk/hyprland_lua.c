/* SPDX-License-Identifier: MIT */
#include <limits.h>

#include "base/str.h"
#include "desk/hyprland_part.h"

/*
 * The function that does it, within the compositor: which window, which workspace, what is
 * on, what may be changed, in one short call. It lives in the global `__lumina` and goes
 * with it at a reload, as the rules do; then a call is answered "lumina new", and it is put
 * there again. What follows is sent as it stands here (each part is one request).
 *
 *   r  handles, by selector and key: made once, then switched on and off; n: how many
 *   s  by workspace: t when asked; k and b the key and handle of the rule that is on; z what
 *      it and the layout were made of (hyprland_reload.c makes them again); l, j and y the layout that is on, its key and handle (a rule of its own, so that it can
 *      stay when the other goes); F it was forced; p the person has chosen another; g it is
 *      on only until it can go without a loss; o what the windows there wish: key by address
 *   q  "+" if a handle of an earlier visit was used
 *   e  the subscription that lets a rule go with the last window that wishes it
 */
const char *const lua_install[LUA_PARTS] = {
		/* An older Lumina's rules go first. */
		"/repl local O=rawget(_G,\"__lumina\")"
		" if O then for _,h in pairs(O.r) do h:set_enabled(false) end"
		" if O.e then O.e:remove() end end"
		" local L={n=0,r={},s={}}"
		" rawset(_G,\"__lumina\",L)"
		/* w: the window, of the first of these processes that has any; of several the one
		 * with the focus, or any if all are on one workspace. */
		" function L.w(P)"
		" local W=hl.get_windows()"
		" for _,p in ipairs(P) do"
		" local h,m"
		" for _,w in ipairs(W) do local s=w.workspace"
		" if s and w.pid==p then"
		" if w.focus_history_id==0 then return w end"
		" m=m or h and h.workspace.id~=s.id h=w"
		" end end"
		" if h then return not m and h end"
		" end end"
		/* t: how many tiles there are, a window x that is about to go aside. */
		" function L.t(i,x)"
		" local n=0"
		" for _,w in ipairs(hl.get_windows()) do local s=w.workspace"
		" if s and s.id==i and w~=x and not w.floating and not w.hidden then n=n+1 end"
		" end return n end"
		" return \"lumina 1\"",

		"/repl local L=__lumina"
		/* o: the rule of a selector and key, on. */
		" function L.o(s,k,t)"
		" local h=L.r[s..k]"
		" if h then h:set_enabled(true) L.q=\"+\" return h end"
		" if L.n>255 then error(\"lumina full\") end"
		" t.workspace=s h=hl.workspace_rule(t)"
		" L.r[s..k]=h L.n=L.n+1"
		" return h end"
		/* v, x: the rule, the layout, off. */
		" function L.v(S) if S.b then S.b:set_enabled(false) end S.b=nil S.k=nil end"
		" function L.x(S) if S.l then S.y:set_enabled(false) end"
		" S.l=nil S.j=nil S.F=nil S.g=nil end"
		/* u: forgets the handles of a key, so that they are made anew. */
		" function L.u(S,a,b,k)"
		" if L.n>200 then return end"
		" if S.j==k then L.x(S) end"
		" L.v(S) L.r[a..k]=nil L.r[b..k]=nil end"
		/* d: a window is on workspace j now, or closes: what no other one there wishes
		 * goes, and what was on to keep an arrangement. The workspace that was left. */
		" function L.d(a,j,x)"
		" local r=0"
		" for i,S in pairs(L.s) do local k=S.o[a]"
		" if k and i~=j then S.o[a]=nil"
		" for _,v in pairs(S.o) do if v==k then k=nil end end"
		" if k and k==S.k then L.v(S) S.p=nil S.g=S.l r=i end end"
		" if S.g and (S.F or L.t(i,x)<2) then L.x(S) end"
		" end return r end"
		" return \"lumina 2\"",

		/* c: makes it so on a workspace; whether but for the layout. */
		"/repl local L=__lumina"
		" function L.c(S,i,c,F,R,k,B,Y)"
		" local z=\"r[\"..i..\"-\"..i..\"]\""
		" local a,b=z..\"s[false]\",\"s[false]\"..z"
		" if R==2 then L.u(S,a,b,k)"
		" elseif S.l and c~=S.l then L.x(S) S.p=1 end"
		" if not k then S.p=nil end"
		" if S.k~=k then L.v(S)"
		" if k then S.b=L.o(a,k,B) S.k=k end"
		" elseif k and R then S.b:set_enabled(true) end"
		" local v,d=Y and Y.layout"
		" if v and S.p then d=c~=v"
		" elseif S.l and S.j==k then"
		" elseif v or S.l then"
		" if F or S.F or v==c or L.t(i)<2 then L.x(S)"
		" if v then S.y=L.o(b,k,Y) S.l=v S.j=k S.F=F end"
		" else d=1 end end"
		" S.g=d and not v and S.l"
		" return d end"
		" return \"lumina 3\"",

		/* f: asked, forced, again; the key or nil, the rule, the layout or nil; processes. */
		"/repl local L=__lumina"
		" L.e=hl.on(\"window.close\",function(w) L.d(w.address,0,w) end)"
		" function L.f(T,F,R,k,B,Y,P)"
		" local w=L.w(P) local s=w and w.workspace"
		" if not s or s.special or s.id<1 then return \"lumina 0 none - 0 - ok\" end"
		" local i,c,m,r=s.id,s.tiled_layout,s.monitor,0"
		" local S=L.s[i] or {t=0,o={}} L.s[i]=S"
		" local function A(x) return string.format(\"lumina %d %s%s %s %d %s ok\","
		"i,x,L.q,S.l or \"-\",r,m and m.name or \"-\") end"
		" L.q=\"\" if T<S.t then return A\"late\" end S.t=T"
		" r=L.d(w.address,i) S.o[w.address]=k"
		" local d=L.c(S,i,c,F,R,k,B,Y) S.z=k and{B,Y}"
		" return A(d and\"held\"or k and\"set\"or\"off\") end"
		" return \"lumina 4\"",
};

const char *const lua_installed[LUA_PARTS] = {"lumina 1", "lumina 2", "lumina 3", "lumina 4"};

void lua_add_string(struct buf *out, const char *text) {
	buf_addc(out, '"');
	for (const char *p = text; *p != '\0'; p++) {
		buf_addf(out, "\\%03u", (unsigned)(unsigned char)*p);
	}
	buf_addc(out, '"');
}

static void add_gaps(struct buf *out, const char *value) {
	long gaps[4];
	if (!rule_gaps(value, gaps)) {
		buf_addc(out, '0');
	} else if (gaps[0] == gaps[1] && gaps[0] == gaps[2] && gaps[0] == gaps[3]) {
		buf_addf(out, "%ld", gaps[0]);
	} else {
		buf_addf(out, "{top=%ld,right=%ld,bottom=%ld,left=%ld}", gaps[0], gaps[1], gaps[2],
				gaps[3]);
	}
}

void lua_add_rule(struct buf *out, const struct pair *rule, size_t n) {
	for (size_t i = 0; i < n; i++) {
		const struct rule_name *name = rule_find(rule[i].name);
		long number = 0;
		if (name == NULL) {
			continue;
		}
		buf_addf(out, "%s=", name->name);
		switch (name->kind) {
		case RULE_GAPS:
			add_gaps(out, rule[i].value);
			break;
		case RULE_NUMBER:
			(void)rule_number(rule[i].value, LONG_MAX, &number);
			buf_addf(out, "%ld", number);
			break;
		case RULE_YES:
		case RULE_NO:
			buf_adds(out, streq(rule[i].value, "true") ? "true" : "false");
			break;
		}
		buf_addc(out, ',');
	}
}

void lua_add_options(struct buf *out, const struct pair *rule, size_t n) {
	bool any = false;
	for (size_t i = 0; i < n; i++) {
		const char *option = rule_option(rule[i].name);
		if (option != NULL) {
			buf_adds(out, any ? "[" : "layout_opts={[");
			lua_add_string(out, option);
			buf_adds(out, "]=");
			lua_add_string(out, rule[i].value);
			buf_addc(out, ',');
			any = true;
		}
	}
	buf_adds(out, any ? "}," : "");
}

int lua_call(struct buf *out, const struct hyprland_want *want, const char *layout,
		enum lua_again again, struct err *err) {
	uint64_t asked = want->asked < INT64_MAX ? want->asked : INT64_MAX;
	buf_adds(out, "/repl rawget(_G,\"__lumina\") and __lumina.f and __lumina.f(");
	buf_addf(out, "%llu,%s,%s,", (unsigned long long)asked,
			rule_is_forced(want->rule, want->nrule) ? "true" : "nil",
			again == LUA_ANEW ? "2" : again == LUA_REPAIR ? "1" : "nil");
	if (want->nrule == 0) {
		buf_adds(out, "nil,nil,nil,{");
	} else {
		lua_add_string(out, want->key);
		buf_adds(out, ",{");
		lua_add_rule(out, want->rule, want->nrule);
		if (layout == NULL) {
			lua_add_options(out, want->rule, want->nrule);
			buf_adds(out, "},nil,{");
		} else {
			buf_adds(out, "},{layout=");
			lua_add_string(out, layout);
			buf_addc(out, ',');
			lua_add_options(out, want->rule, want->nrule);
			buf_adds(out, "},{");
		}
	}
	for (size_t i = 0; i < want->npids; i++) {
		buf_addf(out, "%s%ld", i > 0 ? "," : "", (long)want->pids[i]);
	}
	buf_adds(out, "}) or \"lumina new\"");
	if (out->len > IPC_REQUEST_MAX) {
		return err_set(err, ERR_FAILED,
				"the mission's rule is too long for Hyprland: %zu bytes of %d", out->len,
				(int)IPC_REQUEST_MAX);
	}
	return 0;
}

/* --- The reply ----------------------------------------------------------------------------- */

/* Takes the text up to the next blank, or all; false if there is none. */
static bool take_word(struct str *rest, struct str *ret) {
	const char *blank = rest->n > 0 ? memchr(rest->p, ' ', rest->n) : NULL;
	*ret = (struct str){rest->p, blank != NULL ? (size_t)(blank - rest->p) : rest->n};
	size_t used = ret->n + (blank != NULL ? 1 : 0);
	*rest = (struct str){rest->p + used, rest->n - used};
	return ret->n > 0;
}

bool lua_read_id(struct str word, long *ret) {
	*ret = 0;
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] < '0' || word.p[i] > '9' || *ret > INT32_MAX / 10) {
			return false;
		}
		*ret = *ret * 10 + (word.p[i] - '0');
	}
	return word.n > 0 && *ret <= INT32_MAX;
}

/* Harmless characters only; "-" is none. */
static const char *take_name(struct str word, struct arena *arena) {
	for (size_t i = 0; i < word.n; i++) {
		char c = word.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
				    (c != '\0' && strchr("_.:+- ", c) != NULL))) {
			return NULL;
		}
	}
	return word.n == 0 || word.n > 64 || str_is(word, "-")
			? NULL
			: arena_strndup(arena, word.p, word.n);
}

bool lua_read(struct lua_reply *ret, const char *bytes, size_t n, struct arena *arena) {
	static const char *const words[] = {"new", "none", "late", "set", "held", "off"};
	struct str rest = {bytes, n}, part;
	*ret = (struct lua_reply){.word = LUA_NEW};
	if (str_is(rest, "lumina new")) {
		return true;
	}
	if (!take_word(&rest, &part) || !str_is(part, "lumina") || !take_word(&rest, &part) ||
			!lua_read_id(part, &ret->id) || !take_word(&rest, &part)) {
		return false;
	}
	if (part.n > 0 && part.p[part.n - 1] == '+') {
		ret->reused = true;
		part.n--;
	}
	size_t word = LUA_NONE;
	while (word <= LUA_OFF && !str_is(part, words[word])) {
		word++;
	}
	if (word > LUA_OFF || (ret->id == 0) != (word == LUA_NONE) || !take_word(&rest, &part)) {
		return false;
	}
	ret->word = (enum lua_word)word;
	ret->layout = take_name(part, arena);
	if ((ret->layout == NULL && !str_is(part, "-")) || !take_word(&rest, &part) ||
			!lua_read_id(part, &ret->left)) {
		return false;
	}
	/* The output's name may hold blanks; the end mark tells that it is whole. */
	if (rest.n <= 3 || memcmp(rest.p + rest.n - 3, " ok", 3) != 0) {
		return false;
	}
	ret->output = take_name((struct str){rest.p, rest.n - 3}, arena);
	return true;
}
