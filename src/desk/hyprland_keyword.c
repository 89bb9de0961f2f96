/* SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "base/vec.h"
#include "desk/hyprland_part.h"

/*
 * Rules without handles: what was written once can only be written over. So a rule of ours
 * stays when the mission is left, and says then what the workspace would have without it:
 * the rules of others that hold for it, else the option. That is looked up when it is left,
 * since the person may have changed it meanwhile. The layout alone is told by nobody
 * (j/workspacerules has none), so the one that was shown is noted.
 *
 * The desk's `before` has what our rule on the workspace says, by name: "layout" with the
 * layout to go back to, the rest with "-"; "by_hand": the person has chosen another layout;
 * "forced": the mission that set it may rearrange.
 */

enum { OURS_MAX = 8 };

struct notes {
	struct pair *items;
	size_t count, room;
};

struct step {
	struct talk *talk;
	struct desk *desk;
	const struct hyprland_want *want;
	struct windows windows;
	struct place place;
	struct other_rules others;
	const char *selector;  /* of our rule */
	bool fresh;            /* it isn't there: nothing of ours is on, whatever the desk says */
	const struct workspace *old;
	const char *layout;    /* of ours, from here on; NULL: none */
	const char *own;       /* the same, if it is this mission's: its options go with it */
	const char *before;    /* the layout to go back to */
	bool held, by_hand, forced;
	struct notes notes;    /* the next `before` */
	struct notes writes;
};

static const char *noted(const struct step *step, const char *name) {
	return step->fresh ? NULL : rule_value(step->old->before, step->old->nbefore, name);
}

static unsigned tiles(const struct step *step) {
	unsigned count = 0;
	for (size_t i = 0; i < step->windows.count; i++) {
		const struct window *window = &step->windows.items[i];
		count += window->workspace == step->place.id && window->tiled;
	}
	return count;
}

/* --- Looking --------------------------------------------------------------------------------- */

/* Ours are "r[3-3]s[false]", and further conditions that say nothing: how many; 0: another's. */
static size_t count_ours(const char *selector, const char *range) {
	static const char more[] = "s[false]";
	size_t n = strlen(range), count = 0;
	if (strncmp(selector, range, n) != 0) {
		return 0;
	}
	for (selector += n; strncmp(selector, more, sizeof(more) - 1) == 0; count++) {
		selector += sizeof(more) - 1;
	}
	return *selector == '\0' ? count : 0;
}

/*
 * Which rule is ours. One that was made later stands above it; where nothing of ours is on
 * a new one is begun, then, by another selector. What the old one says has been written
 * back already.
 */
static void find_ours(struct step *step) {
	struct arena *arena = step->talk->arena;
	const char *range = arena_printf(arena, "r[%ld-%ld]", step->place.id, step->place.id);
	size_t last = 0;
	bool overtaken = false;
	for (size_t i = 0; i < step->others.count; i++) {
		struct other_rule *rule = &step->others.items[i];
		size_t count = count_ours(rule->selector, range);
		if (count > 0) {
			last = count;
			overtaken = false;
			rule->selector = ""; /* holds nowhere: not somebody else's */
		} else if (last > 0 && read_selects(rule->selector, &step->place) != SELECTS_NOT) {
			overtaken = true;
		}
	}
	step->fresh = last == 0 || step->old == NULL || step->old->nbefore == 0;
	if (last == 0 || (step->fresh && overtaken && last < OURS_MAX)) {
		last++;
	}
	step->selector = range;
	for (size_t i = 0; i < last; i++) {
		step->selector = arena_printf(arena, "%ss[false]", step->selector);
	}
}

static int look(struct step *step, long id) {
	struct buf reply _cleanup_buf_ = BUF_INIT;
	struct arena *arena = step->talk->arena;
	step->place = (struct place){.id = id};
	if (talk_ask(step->talk, "j/workspaces", &reply) < 0) {
		return -1;
	}
	if (!read_workspace(&step->place, id, &reply, arena)) {
		return talk_strange(step->talk, "a question for the workspaces", &reply);
	}
	if (talk_ask(step->talk, "j/workspacerules", &reply) < 0) {
		return -1;
	}
	if (!read_rules(&step->others, &reply, arena)) {
		return talk_strange(step->talk, "a question for the rules", &reply);
	}
	find_ours(step);
	return 0;
}

/* What holds without our rule, in the registry's words; NULL: nobody tells. */
static const char *without_us(struct step *step, size_t name) {
	struct buf reply _cleanup_buf_ = BUF_INIT, request _cleanup_buf_ = BUF_INIT;
	for (size_t i = step->others.count; i > 0; i--) {
		const struct other_rule *rule = &step->others.items[i - 1];
		if (rule->values[name] != NULL &&
				read_selects(rule->selector, &step->place) == SELECTS) {
			return rule->values[name];
		}
	}
	const char *option = rule_names[name].option, *value = NULL;
	if (option == NULL) {
		return rule_names[name].kind == RULE_YES ? "true" : "false";
	}
	buf_addf(&request, "j/getoption %s", option);
	if (talk_ask(step->talk, request.data, &reply) < 0 ||
			!read_option(&value, &reply, step->talk->arena)) {
		return NULL;
	}
	return value;
}

/* --- Deciding ---------------------------------------------------------------------------------- */

/* The same as the function in hyprland_lua.c does within the compositor. */
static void choose_layout(struct step *step) {
	const struct hyprland_want *want = step->want;
	bool strange, force = rule_is_forced(want->rule, want->nrule);
	const char *shown = step->place.layout;
	const char *now = step->fresh ? NULL : step->old->layout;
	const char *wish = rule_layout(want, step->desk->dialect == DIALECT_EVAL, &strange);
	step->by_hand = noted(step, "by_hand") != NULL;
	step->forced = noted(step, "forced") != NULL;
	step->before = noted(step, "layout") != NULL ? noted(step, "layout") : shown;
	if (now != NULL && shown != NULL && !streq(now, shown)) {
		now = NULL;
		step->by_hand = true;
	}
	if (want->nrule == 0) {
		step->by_hand = false;
	}
	if (wish != NULL && shown == NULL) { /* of a time before layouts by workspace */
		strange = true;
		wish = NULL;
	}
	step->layout = now;
	bool free = force || step->forced || (wish != NULL && streq(wish, shown)) || tiles(step) < 2;
	if (wish != NULL && step->by_hand) {
		step->held = !streq(wish, shown);
	} else if (free) {
		step->layout = step->own = wish;
		step->forced = force && wish != NULL;
	} else if (wish != NULL && now != NULL && streq(wish, now)) {
		step->own = wish;
	} else {
		step->held = wish != NULL || now != NULL;
	}
	step->held = step->held || strange;
}

static void add(struct notes *notes, const char *name, const char *value) {
	VEC_ADD(notes, (struct pair){name, value});
}

static int plan_values(struct step *step) {
	for (size_t i = 0; i < rule_names_count; i++) {
		const char *name = rule_names[i].name;
		const char *value = rule_value(step->want->rule, step->want->nrule, name);
		if (value != NULL) {
			add(&step->notes, name, "-");
			add(&step->writes, name, value);
		} else if (noted(step, name) != NULL) {
			value = without_us(step, i);
			if (value == NULL) {
				return step->talk->err->kind != ERR_NONE
						? -1
						: err_set(step->talk->err, ERR_FAILED,
								  "Hyprland: what '%s' was isn't told", name);
			}
			add(&step->writes, name, value);
		}
	}
	return 0;
}

static void plan_layout(struct step *step) {
	const struct hyprland_want *want = step->want;
	if (step->layout != NULL) {
		add(&step->notes, "layout", step->before != NULL ? step->before : "-");
		add(&step->writes, "layout", step->layout);
	} else if (noted(step, "layout") != NULL) {
		const char *before = noted(step, "layout");
		add(&step->writes, "layout", streq(before, "-") ? "" : before);
	}
	if (step->by_hand) {
		add(&step->notes, "by_hand", "-");
	}
	if (step->forced) {
		add(&step->notes, "forced", "-");
	}
	/* Options go with their layout: written with it, emptied with it. */
	bool kept = step->layout != NULL && step->own == NULL;
	for (size_t i = 0; !step->fresh && i < step->old->nbefore; i++) {
		const char *name = step->old->before[i].name;
		if (rule_option(name) == NULL) {
			continue;
		}
		if (kept) {
			add(&step->notes, name, "-");
		} else if (rule_value(want->rule, want->nrule, name) == NULL || step->held) {
			add(&step->writes, name, "");
		}
	}
	for (size_t i = 0; i < want->nrule && !kept && !step->held; i++) {
		if (rule_option(want->rule[i].name) != NULL) {
			add(&step->notes, want->rule[i].name, "-");
			add(&step->writes, want->rule[i].name, want->rule[i].value);
		}
	}
}

/* --- Writing ----------------------------------------------------------------------------------- */

static void add_keyword(struct buf *out, const struct pair *pair) {
	const struct rule_name *name = rule_find(pair->name);
	if (name == NULL) {
		const char *option = rule_option(pair->name);
		buf_addf(out, ",layout%s%s:%s", option != NULL ? "opt:" : "",
				option != NULL ? option : "", pair->value);
		return;
	}
	const char *value = pair->value;
	if (name->kind == RULE_NO) {
		value = streq(value, "true") ? "false" : "true";
	}
	buf_addf(out, ",%s:%s", name->keyword, value);
}

static void build_keyword(struct buf *out, const struct step *step) {
	buf_addf(out, "/keyword workspace %s", step->selector);
	for (size_t i = 0; i < step->writes.count; i++) {
		add_keyword(out, &step->writes.items[i]);
	}
}

static void build_eval(struct buf *out, const struct step *step) {
	const struct notes *writes = &step->writes;
	buf_adds(out, "/eval hl.workspace_rule({workspace=");
	lua_add_string(out, step->selector);
	buf_addc(out, ',');
	lua_add_rule(out, writes->items, writes->count);
	for (size_t i = 0; i < writes->count; i++) {
		if (streq(writes->items[i].name, "layout")) {
			buf_adds(out, "layout=");
			lua_add_string(out, writes->items[i].value);
			buf_addc(out, ',');
		}
	}
	lua_add_options(out, writes->items, writes->count);
	buf_adds(out, "})");
}

static int write_rule(struct step *step) {
	struct buf request _cleanup_buf_ = BUF_INIT, reply _cleanup_buf_ = BUF_INIT;
	if (step->writes.count == 0) {
		return 0;
	}
	if (step->desk->dialect == DIALECT_EVAL) {
		build_eval(&request, step);
	} else {
		build_keyword(&request, step);
	}
	if (request.len > IPC_REQUEST_MAX) {
		return err_set(step->talk->err, ERR_FAILED,
				"the mission's rule is too long for Hyprland: %zu bytes of %d",
				request.len, (int)IPC_REQUEST_MAX);
	}
	if (talk_ask(step->talk, request.data, &reply) < 0) {
		return -1;
	}
	if (!str_is((struct str){reply.data, reply.len}, "ok")) {
		return talk_strange(step->talk, "a rule", &reply);
	}
	return 0;
}

static void note(struct step *step, struct workspace *workspace) {
	struct arena *arena = step->talk->arena;
	size_t size = step->notes.count * sizeof(*step->notes.items);
	workspace->output = step->place.output;
	workspace->rule = step->want->nrule > 0 ? step->want->key : NULL;
	workspace->layout = step->layout;
	workspace->before = arena_alloc(arena, size + 1);
	workspace->nbefore = step->notes.count;
	if (size > 0) {
		memcpy(workspace->before, step->notes.items, size);
	}
}

/* The desk has it on already, whole, and nobody asks for more. */
static bool is_on(const struct workspace *old, const struct hyprland_want *want) {
	const char *layout = rule_value(want->rule, want->nrule, "layout");
	if (want->repair) {
		return false;
	}
	if (want->nrule == 0 || old == NULL) {
		return want->nrule == 0 && (old == NULL || old->nbefore == 0);
	}
	return old->rule != NULL && streq(old->rule, want->key) &&
			(layout == NULL || (old->layout != NULL && streq(old->layout, layout)));
}

static enum hyprland carry_out(struct step *step, long id) {
	if (look(step, id) < 0) {
		return HYPRLAND_FAILED;
	}
	choose_layout(step);
	if (plan_values(step) < 0) {
		return HYPRLAND_FAILED;
	}
	plan_layout(step);
	if (write_rule(step) < 0) {
		return HYPRLAND_FAILED;
	}
	note(step, desk_make(step->desk, id, step->talk->arena));
	return step->held ? HYPRLAND_HELD : HYPRLAND_DONE;
}

enum hyprland keyword_follow(struct talk *talk, struct desk *desk, const struct hyprland_want *want,
		long *ret_id) {
	struct buf reply _cleanup_buf_ = BUF_INIT;
	struct step step = {.talk = talk, .desk = desk, .want = want};
	if (talk_ask(talk, "j/clients", &reply) < 0) {
		return HYPRLAND_FAILED;
	}
	if (!read_clients(&step.windows, &reply, talk->arena)) {
		(void)talk_strange(talk, "a question for the windows", &reply);
		return HYPRLAND_FAILED;
	}
	long id = read_pick(&step.windows, want->pids, want->npids);
	step.old = id > 0 ? desk_find(desk, id) : NULL;
	if (id <= 0 || (step.old != NULL && want->asked < step.old->asked)) {
		return HYPRLAND_NOWHERE;
	}
	*ret_id = id;
	if (desk->dialect == DIALECT_NONE) {
		struct workspace *workspace = desk_make(desk, id, talk->arena);
		workspace->rule = workspace->layout = NULL;
		workspace->nbefore = 0;
		return want->nrule > 0 ? HYPRLAND_HELD : HYPRLAND_DONE;
	}
	if (is_on(step.old, want)) {
		(void)desk_make(desk, id, talk->arena);
		return HYPRLAND_DONE;
	}
	enum hyprland result = carry_out(&step, id);
	VEC_RELEASE(&step.notes);
	VEC_RELEASE(&step.writes);
	return result;
}
