/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <stdlib.h>
#include <string.h>

static const char *const colours[] = {"auto", "always", "never", NULL};
static const char *const kinds[] = {"packages", "symlinks", "themes", NULL};

#define FLAG(letter, name, type, member, help)                                                   \
	{letter, name, OPT_FLAG, offsetof(struct type, member), NULL, NULL, help}
#define CHOICE(name, type, member, arg, choices, help)                                           \
	{0, name, OPT_CHOICE, offsetof(struct type, member), arg, choices, help}
#define STRING(name, type, member, arg, help) STRING_AS(0, name, type, member, arg, help)
#define STRING_AS(letter, name, type, member, arg, help)                                         \
	{letter, name, OPT_STRING, offsetof(struct type, member), arg, NULL, help}

const struct opt global_opts[] = {
	FLAG('h', "help", global_opts, help, "show help and exit"),
	FLAG(0, "version", global_opts, version, "show the version and exit"),
	FLAG('v', "verbose", global_opts, verbose, "say more"),
	FLAG('q', "quiet", global_opts, quiet, "say only what went wrong"),
	CHOICE("color", global_opts, color, "WHEN", colours, "auto, always or never"),
	FLAG(0, "json", global_opts, json, "one JSON document instead of text"),
	{0},
};

#define REST(type, member, arg, help)                                                            \
	{0, NULL, OPT_REST, offsetof(struct type, member), arg, NULL, help}

static const char *const sides[] = {"profile", "local", "merge", NULL};

static const struct opt absorb_options[] = {
	CHOICE("take", absorb_opts, take, "SIDE", sides, "profile, local or merge"),
	FLAG('n', "dry-run", absorb_opts, dry_run, "show the plan only"),
	{0},
};

static const struct opt add_options[] = {
	STRING("as", add_opts, as, "SOURCE", "the name in the profile"),
	FLAG(0, "tree", add_opts, tree, "keep the folder, link every file in it"),
	FLAG(0, "force", add_opts, force, "also what looks like a key, or is a repository"),
	FLAG('n', "dry-run", add_opts, dry_run, "show the plan only"),
	{0},
};

static const struct opt allow_options[] = {
	FLAG('l', "list", allow_opts, list, "list what was allowed or denied, and what it is worth"),
	FLAG('r', "revoke", allow_opts, revoke, "forget what was decided about a project"),
	FLAG('y', "yes", allow_opts, yes, "answer yes to questions"),
	{0},
};

static const struct opt bar_options[] = {
	FLAG(0, "tell", bar_opts, tell, "have the bars ask again: another workspace is shown"),
	REST(bar_opts, args, "COMMAND...", "run this where the module shows, for its text"),
};

static const struct opt flow_options[] = {
	STRING("dir", flow_opts, dir, "FOLDER", "the shell's present folder"),
	STRING("shell", flow_opts, shell, "SHELL", "zsh, bash or fish"),
	FLAG(0, "slow", flow_opts, slow, "do now what takes longer than a prompt may"),
	FLAG(0, "off", flow_opts, off, "take everything back"),
	{0},
};

static const struct opt forget_options[] = {
	FLAG(0, "delete", forget_opts, delete, "take the source out of the profile too"),
	FLAG('n', "dry-run", forget_opts, dry_run, "show the plan only"),
	{0},
};

static const struct opt init_options[] = {
	STRING("branch", init_opts, branch, "NAME", "clone this branch"),
	FLAG(0, "sync", init_opts, sync, "go on with 'lumina sync'"),
	FLAG(0, "take-profile", init_opts, take_profile,
			"move what stands in the way to the backups"),
	FLAG(0, "keep-local", init_opts, keep_local, "take what stands in the way into the profile"),
	FLAG('y', "yes", init_opts, yes, "answer yes to questions, of pacman too"),
	{0},
};

static const struct opt capture_options[] = {
	STRING_AS('g', "group", capture_opts, group, "GROUP", "record in this group of packages"),
	FLAG(0, "host", capture_opts, host, "record for this machine only"),
	FLAG('n', "dry-run", capture_opts, dry_run, "show the plan only"),
	FLAG('y', "yes", capture_opts, yes, "answer yes to questions"),
	{0},
};

static const struct opt ignore_options[] = {
	FLAG('n', "dry-run", ignore_opts, dry_run, "show the plan only"),
	{0},
};

static const struct opt mission_options[] = {
	FLAG(0, "explain", mission_opts, explain, "with 'show': what was found, and why this one"),
	{0},
};

static const struct opt theme_options[] = {
	STRING("as", theme_opts, as, "NAME", "with 'import': the name of the theme"),
	FLAG(0, "set", theme_opts, set, "with 'import': show it, too"),
	FLAG(0, "light", theme_opts, light, "with 'list': light themes only"),
	FLAG(0, "dark", theme_opts, dark, "with 'list': dark themes only"),
	FLAG(0, "host", theme_opts, host, "record for this machine only"),
	FLAG(0, "backup", theme_opts, backup, "move what is in the way to the backups"),
	FLAG('n', "dry-run", theme_opts, dry_run, "show the plan only"),
	{0},
};

static const struct opt prune_options[] = {
	FLAG(0, "force", prune_opts, force, "also more than a fifth of what is installed"),
	FLAG('n', "dry-run", prune_opts, dry_run, "show the plan only"),
	FLAG('y', "yes", prune_opts, yes, "answer yes to questions, of pacman too"),
	{0},
};

static const struct opt install_options[] = {
	STRING_AS('g', "group", install_opts, group, "GROUP", "record in this group of packages"),
	FLAG(0, "host", install_opts, host, "record for this machine only"),
	FLAG('n', "dry-run", install_opts, dry_run, "show what would be run"),
	FLAG('y', "yes", install_opts, yes, "answer yes to questions, of pacman too"),
	REST(install_opts, args, "ARGS...", "arguments for pacman, paru or flatpak"),
};

static const struct opt remove_options[] = {
	FLAG('n', "dry-run", remove_opts, dry_run, "show what would be run"),
	FLAG('y', "yes", remove_opts, yes, "answer yes to questions, of pacman too"),
	REST(remove_opts, args, "ARGS...", "arguments for pacman or flatpak"),
};

static const struct opt history_options[] = {
	FLAG(0, "purge", history_opts, purge, "delete backups, of the generations given or all"),
	FLAG('y', "yes", history_opts, yes, "answer yes to questions"),
	{0},
};

static const struct opt hook_options[] = {
	FLAG(0, "install", hook_opts, install, "add it to the shell's configuration"),
	FLAG('n', "dry-run", hook_opts, dry_run, "show what --install would do"),
	{0},
};

static const struct opt status_options[] = {
	FLAG(0, "exit-code", status_opts, exit_code, "exit with 4 if there is drift"),
	{0},
};

static const struct opt undo_options[] = {
	FLAG('n', "dry-run", undo_opts, dry_run, "show the plan only"),
	{0},
};

static const struct opt sync_options[] = {
	FLAG('n', "dry-run", sync_opts, dry_run, "show the plan only"),
	FLAG(0, "pull", sync_opts, pull, "first fetch and fast-forward the profile"),
	FLAG(0, "backup", sync_opts, backup, "move what stands in the way to the backups"),
	FLAG(0, "adopt", sync_opts, adopt, "take what stands in the way into the profile"),
	CHOICE("only", sync_opts, only, "KIND", kinds, "packages, symlinks or themes"),
	FLAG(0, "prune", sync_opts, prune, "then uninstall packages that the registry lacks"),
	FLAG(0, "no-packages", sync_opts, no_packages, "only report packages"),
	FLAG('y', "yes", sync_opts, yes, "answer yes to questions, of pacman too"),
	{0},
};

/* Keep sorted: looked up by binary search, and shown in this order. */
const struct command commands[] = {
	{"absorb", NULL, "TARGET...", "take back links that programs replaced by files",
			absorb_options, sizeof(struct absorb_opts), CMD_FACTS | CMD_JSON, cmd_absorb},
	{"add", NULL, "PATH...", "take files into the profile: move, link, record", add_options,
			sizeof(struct add_opts), CMD_FACTS | CMD_JSON, cmd_add},
	{"allow", "trust", "[DIR]", "let a project set variables of your shell", allow_options,
			sizeof(struct allow_opts), CMD_FACTS | CMD_JSON, cmd_allow},
	{"alpm-hook", NULL, "", "note which packages changed, for the hook of pacman", NULL, 0, 0,
			cmd_alpm_hook},
	{"bar", NULL, "[NAME]", "say what a module of the bar shows", bar_options,
			sizeof(struct bar_opts), CMD_JSON, cmd_bar},
	{"capture", NULL, "", "record packages that were installed outside of Lumina",
			capture_options, sizeof(struct capture_opts), CMD_FACTS | CMD_JSON,
			cmd_capture},
	{"completion", NULL, "bash|zsh|fish", "print the completion script of a shell", NULL, 0, 0,
			cmd_completion},
	{"deny", "untrust", "[DIR]", "let a project do nothing, whatever was allowed", NULL, 0,
			CMD_FACTS | CMD_JSON, cmd_deny},
	{"diff", NULL, "[TARGET...]", "compare what stands at targets with the profile", NULL, 0,
			CMD_FACTS | CMD_JSON, cmd_diff},
	{"doctor", NULL, "", "check this machine, and name what mends it", NULL, 0,
			CMD_FACTS | CMD_JSON, cmd_doctor},
	{"eject", NULL, "", "turn every link into a real file, and leave", undo_options,
			sizeof(struct undo_opts), CMD_FACTS | CMD_JSON, cmd_eject},
	{"flow", NULL, "", "tell a shell what its folder wants; the hook runs it", flow_options,
			sizeof(struct flow_opts), 0, cmd_flow},
	{"forget", NULL, "TARGET...", "turn links back into files, and drop them from the registry",
			forget_options, sizeof(struct forget_opts), CMD_FACTS | CMD_JSON, cmd_forget},
	{"git", NULL, "ARGS...", "run Git inside the profile", NULL, 0, CMD_FACTS | CMD_RAW,
			cmd_git},
	{"help", NULL, "[COMMAND]", "show the manual page of a command", NULL, 0, 0, cmd_help},
	{"history", NULL, "[GENERATION...]", "list what was changed, and the backups",
			history_options, sizeof(struct history_opts), CMD_FACTS | CMD_JSON,
			cmd_history},
	{"hook", NULL, "[bash|zsh|fish|waybar|hyprland]",
			"print the hook of a shell or the desktop, or install it", hook_options,
			sizeof(struct hook_opts), CMD_JSON, cmd_hook},
	{"ignore", NULL, "PACKAGE...", "leave packages out of what differs", ignore_options,
			sizeof(struct ignore_opts), CMD_FACTS | CMD_JSON, cmd_ignore},
	{"init", NULL, "[URL|PATH]", "make a profile, or clone one", init_options,
			sizeof(struct init_opts), CMD_FACTS, cmd_init},
	{"install", NULL, "PACKAGE...", "install packages, and record them", install_options,
			sizeof(struct install_opts), CMD_FACTS | CMD_JSON, cmd_install},
	{"mission", NULL, "[list|show|set NAME|auto]", "show or choose what this terminal works on",
			mission_options, sizeof(struct mission_opts), CMD_FACTS | CMD_JSON, cmd_mission},
	{"pacman", NULL, "ARGS...", "run pacman, and offer to record what it did", NULL, 0,
			CMD_FACTS | CMD_RAW, cmd_pacman},
	{"paru", NULL, "ARGS...", "run paru, and offer to record what it did", NULL, 0,
			CMD_FACTS | CMD_RAW, cmd_paru},
	{"prune", NULL, "", "uninstall packages that the registry lacks", prune_options,
			sizeof(struct prune_opts), CMD_FACTS | CMD_JSON, cmd_prune},
	{"remove", NULL, "PACKAGE...", "uninstall packages, and drop them from the registry",
			remove_options, sizeof(struct remove_opts), CMD_FACTS | CMD_JSON, cmd_remove},
	{"rollback", NULL, "GENERATION", "go to any generation, earlier or later", undo_options,
			sizeof(struct undo_opts), CMD_FACTS | CMD_JSON, cmd_rollback},
	{"status", NULL, "", "show what differs from the registry", status_options,
			sizeof(struct status_opts), CMD_FACTS | CMD_JSON, cmd_status},
	{"sync", "apply", "", "make this machine match the registry", sync_options,
			sizeof(struct sync_opts), CMD_FACTS | CMD_JSON, cmd_sync},
	{"theme", NULL, "[list|show|set NAME|next|light|dark|toggle|import FROM]", "show or choose the theme", theme_options,
			sizeof(struct theme_opts), CMD_FACTS | CMD_JSON, cmd_theme},
	{"undo", NULL, "", "take back the last change", undo_options, sizeof(struct undo_opts),
			CMD_FACTS | CMD_JSON, cmd_undo},
	{"why", NULL, "TARGET|PACKAGE", "show what declares a target or package", NULL, 0,
			CMD_FACTS | CMD_JSON, cmd_why},
	{0},
};

enum { NCOMMANDS = sizeof(commands) / sizeof(commands[0]) - 1 };

static int compare_command(const void *name, const void *command) {
	return strcmp(name, ((const struct command *)command)->name);
}

const struct command *command_find(const char *name) {
	const struct command *found = bsearch(name, commands, NCOMMANDS, sizeof(commands[0]),
			compare_command);
	if (found != NULL) {
		return found;
	}
	for (size_t i = 0; i < NCOMMANDS; i++) {
		if (commands[i].alias != NULL && streq(commands[i].alias, name)) {
			return &commands[i];
		}
	}
	return NULL;
}

const char *const *command_names(void) {
	static const char *names[2 * NCOMMANDS + 1];
	size_t count = 0;
	for (size_t i = 0; i < NCOMMANDS; i++) {
		names[count++] = commands[i].name;
		if (commands[i].alias != NULL) {
			names[count++] = commands[i].alias;
		}
	}
	names[count] = NULL;
	return names;
}

void command_usage(const struct command *command, struct buf *out) {
	buf_addf(out, "usage: lumina %s%s%s%s\n\n%s\n", command->name,
			command->opts != NULL ? " [options]" : "", command->usage[0] != '\0' ? " " : "",
			command->usage, command->summary);
	if (command->opts != NULL) {
		buf_adds(out, "\noptions:\n");
		opt_help(command->opts, out);
	}
	if ((command->flags & CMD_RAW) == 0) {
		buf_adds(out, "\nglobal options:\n");
		opt_help(global_opts, out);
	}
}

void commands_overview(const struct paint *paint, struct buf *out) {
	buf_addf(out, "usage: lumina [options] COMMAND\n\n%scommands:%s\n", paint->bold, paint->off);
	for (size_t i = 0; i < NCOMMANDS; i++) {
		buf_addf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
	}
	buf_addf(out, "\n%sglobal options:%s\n", paint->bold, paint->off);
	opt_help(global_opts, out);
	buf_adds(out, "\n'lumina help COMMAND' shows a command's manual page.\n");
}
