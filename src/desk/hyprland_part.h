/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the files hyprland*.c share, and nobody else includes.
 *
 * A request is built and checked whole, then asked; what comes back is bytes of a stranger
 * until it is exactly what one of the readers below takes.
 */

#include "base/buf.h"
#include "desk/hyprland.h"
#include "desk/ipc.h"

/* --- Asking (hyprland.c) -------------------------------------------------------------------- */

struct talk {
	const struct instance *at;
	int64_t end; /* by clock_ms(): of all requests together */
	struct arena *arena;
	struct err *err;
};

/* The reply alone in *reply, which is cleared first. */
int talk_ask(struct talk *talk, const char *request, struct buf *reply);
/* ERR_FAILED with the beginning of a reply that isn't understood. */
int talk_strange(struct talk *talk, const char *what, const struct buf *reply);
bool talk_is(const struct buf *reply, const char *text);
/* Puts Lumina's function into a compositor whose configuration is Lua. */
int talk_install(struct talk *talk);

/* --- Rules, in every dialect (hyprland_rule.c) ---------------------------------------------- */

enum rule_kind { RULE_GAPS, RULE_NUMBER, RULE_YES, RULE_NO };

struct rule_name {
	const char *name;    /* in the registry, and in Lua */
	const char *keyword; /* in hyprland.conf; with RULE_NO it means the opposite */
	const char *json;    /* in j/workspacerules; NULL: it isn't told there */
	const char *option;  /* what holds without a rule; NULL: "true" by `keyword` */
	enum rule_kind kind;
};

extern const struct rule_name rule_names[];
extern const size_t rule_names_count;

const struct rule_name *rule_find(const char *name);
/* "layout_opts.NAME" → NAME; else NULL. */
const char *rule_option(const char *name);
const char *rule_value(const struct pair *rule, size_t n, const char *name);
bool rule_is_forced(const struct pair *rule, size_t n);
/*
 * The layout of the rule if this Hyprland can have it: one of its own, or one that a
 * configuration in Lua has registered ("lua:NAME"). NULL: none, or *ret_strange.
 */
const char *rule_layout(const struct hyprland_want *want, bool lua, bool *ret_strange);
/* As style sheets have it: one to four numbers → top, right, bottom, left. */
bool rule_gaps(const char *text, long ret[4]);
bool rule_number(const char *text, long max, long *ret);
/* Every name and value is one that may be sent; false with err: it came past the registry. */
bool rule_check(const struct hyprland_want *want, struct err *err);

/* --- Lua (hyprland_lua.c) ------------------------------------------------------------------- */

enum { LUA_PARTS = 4 };

/* Requests that put Lumina's function into the compositor, and what each must be answered. */
extern const char *const lua_install[LUA_PARTS];
extern const char *const lua_installed[LUA_PARTS];

enum lua_word { LUA_NEW, LUA_NONE, LUA_LATE, LUA_SET, LUA_HELD, LUA_OFF };

struct lua_reply {
	enum lua_word word;
	bool reused;        /* by a handle that was made earlier: a later rule may stand above it */
	long id;
	long left;          /* the workspace that the window was on when it last asked; 0: this one */
	const char *layout; /* ours that is on; or NULL */
	const char *output; /* or NULL */
};

/* Adds a string literal that is nothing else, whatever is in it. */
void lua_add_string(struct buf *out, const char *text);
/* Adds "{gaps_in=4,…}" of the rule's keys, with a comma behind each. */
void lua_add_rule(struct buf *out, const struct pair *rule, size_t n);
/* Adds "layout_opts={[NAME]=VALUE,…}," of the layout's options, if there are any. */
void lua_add_options(struct buf *out, const struct pair *rule, size_t n);
enum lua_again {
	LUA_ONCE,
	LUA_REPAIR, /* also what is said to be on is put right */
	LUA_ANEW,   /* by new handles, which stand above all rules that there are */
};

/* The call of the function. ERR_FAILED where it would be too long. */
int lua_call(struct buf *out, const struct hyprland_want *want, const char *layout,
		enum lua_again again, struct err *err);
/* A workspace's number and nothing else; else false, and *ret is anything. */
bool lua_read_id(struct str word, long *ret);
/* Strings in the arena. False: the reply is something else. */
bool lua_read(struct lua_reply *ret, const char *bytes, size_t n, struct arena *arena);

/* --- JSON (hyprland_read.c) ----------------------------------------------------------------- */

struct window {
	long pid, workspace, focus; /* focus 0: has it */
	bool tiled;
};

struct windows {
	struct window *items;
	size_t count;
};

struct place {
	long id;
	const char *output, *layout; /* NULL: not told */
};

/* Fields of a rule of somebody else, as `keyword` has them; gaps as four numbers. */
struct other_rule {
	const char *selector;
	const char **values; /* by rule_names; NULL: not in it */
};

struct other_rules {
	struct other_rule *items;
	size_t count;
};

/* All of them: false where it isn't such a reply; strings and items in the arena. */
bool read_clients(struct windows *ret, const struct buf *reply, struct arena *arena);
bool read_workspace(struct place *ret, long id, const struct buf *reply, struct arena *arena);
bool read_rules(struct other_rules *ret, const struct buf *reply, struct arena *arena);
bool read_option(const char **ret, const struct buf *reply, struct arena *arena);
/* A rule of somebody else that may hold there was made after one of ours that is on. */
bool read_overtaken(bool *ret, const struct place *place, const struct buf *reply,
		struct arena *arena);
bool read_visible(long *ret, const char *output, const struct buf *reply, struct arena *arena);
/* The workspace of the window; 0: none, or not clear. */
long read_pick(const struct windows *windows, const pid_t *pids, size_t npids);

enum selects { SELECTS_NOT, SELECTS_PERHAPS, SELECTS };

/* Whether a rule with this selector holds for a workspace. */
enum selects read_selects(const char *selector, const struct place *place);

/* --- Without handles (hyprland_keyword.c) ----------------------------------------------------- */

/* DIALECT_EVAL and DIALECT_KEYWORD; for DIALECT_NONE nothing is written. */
enum hyprland keyword_follow(struct talk *talk, struct desk *desk, const struct hyprland_want *want,
		long *ret_id);
