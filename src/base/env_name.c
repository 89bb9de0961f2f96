/* SPDX-License-Identifier: MIT */
#include "base/env_name.h"

#include <string.h>

enum why {
	ALLOWED,
	BY_PATH,
	LUMINAS,
	RUNS_CODE,
	THE_SHELLS,
	THE_SESSIONS,
	OWN_ONLY,
};

static const char *const texts[] = {
	[ALLOWED] = NULL,
	[BY_PATH] = "is set by 'path:' only",
	[LUMINAS] = "belongs to Lumina",
	[RUNS_CODE] = "would run code in other programs",
	[THE_SHELLS] = "belongs to the shell",
	[THE_SESSIONS] = "belongs to the session",
	[OWN_ONLY] = "is accepted from your own registry only",
};

/*
 * A name, or the beginning of names with a "*" behind it. No pointers: the hook's path
 * shouldn't pay for their relocation.
 */
struct rule {
	char name[23];
	unsigned char why;
};

static const struct rule always[] = {
	{"PATH", BY_PATH},
	{"LUMINA_*", LUMINAS}, {"_LUMINA_*", LUMINAS}, {"__LUMINA_*", LUMINAS},
	{"_lumina_*", LUMINAS},
	/* Loaded or run by every program or every shell. */
	{"LD_*", RUNS_CODE}, {"GLIBC_TUNABLES", RUNS_CODE}, {"BASH_ENV", RUNS_CODE},
	{"ENV", RUNS_CODE}, {"BASH_FUNC_*", RUNS_CODE}, {"BASH_LOADABLES_PATH", RUNS_CODE},
	{"FPATH", RUNS_CODE}, {"fpath", RUNS_CODE}, {"MODULE_PATH", RUNS_CODE},
	{"module_path", RUNS_CODE}, {"MAILPATH", RUNS_CODE}, {"mailpath", RUNS_CODE},
	{"NULLCMD", RUNS_CODE}, {"READNULLCMD", RUNS_CODE}, {"FCEDIT", RUNS_CODE},
	{"INPUTRC", RUNS_CODE}, {"ZDOTDIR", RUNS_CODE}, {"MAIL", RUNS_CODE},
	{"MAILCHECK", RUNS_CODE}, {"POSTEDIT", RUNS_CODE}, {"DIRENV_*", RUNS_CODE},
	/* Prompts, parsing, history, the shells themselves: not plain text to one of them. */
	{"PROMPT*", THE_SHELLS}, {"RPROMPT*", THE_SHELLS}, {"SPROMPT", THE_SHELLS},
	{"PS0", THE_SHELLS}, {"PS1", THE_SHELLS}, {"PS2", THE_SHELLS}, {"PS3", THE_SHELLS},
	{"PS4", THE_SHELLS}, {"RPS1", THE_SHELLS}, {"RPS2", THE_SHELLS}, {"PSVAR", THE_SHELLS},
	{"psvar", THE_SHELLS}, {"prompt", THE_SHELLS}, {"IFS", THE_SHELLS},
	{"SHELLOPTS", THE_SHELLS}, {"BASHOPTS", THE_SHELLS}, {"BASH", THE_SHELLS},
	{"BASHPID", THE_SHELLS}, {"BASH_*", THE_SHELLS}, {"POSIXLY_CORRECT", THE_SHELLS},
	{"COMP_*", THE_SHELLS}, {"COPROC", THE_SHELLS}, {"DIRSTACK", THE_SHELLS},
	{"FUNCNAME", THE_SHELLS}, {"GROUPS", THE_SHELLS}, {"MAPFILE", THE_SHELLS},
	{"PIPESTATUS", THE_SHELLS}, {"READLINE_*", THE_SHELLS}, {"REPLY", THE_SHELLS},
	{"ARGC", THE_SHELLS}, {"argv", THE_SHELLS}, {"parameters", THE_SHELLS},
	{"CDPATH", THE_SHELLS}, {"cdpath", THE_SHELLS}, {"path", THE_SHELLS},
	{"manpath", THE_SHELLS}, {"FIGNORE", THE_SHELLS}, {"fignore", THE_SHELLS},
	{"EXECIGNORE", THE_SHELLS}, {"GLOBIGNORE", THE_SHELLS}, {"FUNCNEST", THE_SHELLS},
	{"WORDCHARS", THE_SHELLS}, {"KEYBOARD_HACK", THE_SHELLS}, {"TRY_BLOCK_*", THE_SHELLS},
	{"TTYIDLE", THE_SHELLS}, {"ZSH_EVAL_CONTEXT", THE_SHELLS}, {"ZSH_SUBSHELL", THE_SHELLS},
	{"zsh_eval_context", THE_SHELLS}, {"LINENO", THE_SHELLS}, {"LINES", THE_SHELLS},
	{"COLUMNS", THE_SHELLS}, {"OPTARG", THE_SHELLS}, {"OPTIND", THE_SHELLS},
	{"OPTERR", THE_SHELLS}, {"RANDOM", THE_SHELLS}, {"SRANDOM", THE_SHELLS},
	{"SECONDS", THE_SHELLS}, {"EPOCHREALTIME", THE_SHELLS}, {"EPOCHSECONDS", THE_SHELLS},
	{"TMOUT", THE_SHELLS}, {"HISTFILE", THE_SHELLS}, {"HISTFILESIZE", THE_SHELLS},
	{"HISTSIZE", THE_SHELLS}, {"HISTCMD", THE_SHELLS}, {"SAVEHIST", THE_SHELLS},
	{"HISTCHARS", THE_SHELLS}, {"histchars", THE_SHELLS}, {"status", THE_SHELLS},
	{"pipestatus", THE_SHELLS}, {"status_generation", THE_SHELLS}, {"history", THE_SHELLS},
	{"version", THE_SHELLS}, {"hostname", THE_SHELLS}, {"umask", THE_SHELLS},
	{"fish_*", THE_SHELLS}, {"__fish_*", THE_SHELLS}, {"FISH_VERSION", THE_SHELLS},
	{"CMD_DURATION", THE_SHELLS}, {"SHLVL", THE_SHELLS}, {"UID", THE_SHELLS},
	{"EUID", THE_SHELLS}, {"GID", THE_SHELLS}, {"EGID", THE_SHELLS}, {"PPID", THE_SHELLS},
	{"USERNAME", THE_SHELLS}, {"PWD", THE_SHELLS}, {"OLDPWD", THE_SHELLS}, {"_", THE_SHELLS},
	/* Who and where the person is. */
	{"HOME", THE_SESSIONS}, {"USER", THE_SESSIONS}, {"LOGNAME", THE_SESSIONS},
	{"SHELL", THE_SESSIONS}, {"XDG_RUNTIME_DIR", THE_SESSIONS},
};

/* Programs that others start, options that make them run something, the session's sockets. */
static const struct rule of_projects[] = {
	/* The first rule counts. */
	{"GIT_AUTHOR_*", ALLOWED}, {"GIT_COMMITTER_*", ALLOWED},
	{"GIT_*", OWN_ONLY}, {"EDITOR", OWN_ONLY}, {"VISUAL", OWN_ONLY}, {"PAGER", OWN_ONLY},
	{"MANPAGER", OWN_ONLY}, {"BROWSER", OWN_ONLY}, {"SUDO_*", OWN_ONLY}, {"SSH_*", OWN_ONLY},
	{"LESS", OWN_ONLY}, {"LESSOPEN", OWN_ONLY}, {"LESSCLOSE", OWN_ONLY},
	{"PYTHONSTARTUP", OWN_ONLY}, {"PYTHONHOME", OWN_ONLY}, {"PYTHONBREAKPOINT", OWN_ONLY},
	{"PYTHONWARNINGS", OWN_ONLY}, {"NODE_OPTIONS", OWN_ONLY}, {"PERL5OPT", OWN_ONLY},
	{"PERL5DB", OWN_ONLY}, {"RUBYOPT", OWN_ONLY}, {"JAVA_TOOL_OPTIONS", OWN_ONLY},
	{"JDK_JAVA_OPTIONS", OWN_ONLY}, {"_JAVA_OPTIONS", OWN_ONLY}, {"GCONV_PATH", OWN_ONLY},
	{"LOCPATH", OWN_ONLY}, {"GTK_MODULES", OWN_ONLY}, {"GTK3_MODULES", OWN_ONLY},
	{"GTK_PATH", OWN_ONLY}, {"GIO_EXTRA_MODULES", OWN_ONLY}, {"QT_PLUGIN_PATH", OWN_ONLY},
	{"TERMINFO", OWN_ONLY}, {"TERMINFO_DIRS", OWN_ONLY}, {"GNUPGHOME", OWN_ONLY},
	{"DBUS_*", OWN_ONLY}, {"DISPLAY", OWN_ONLY}, {"WAYLAND_DISPLAY", OWN_ONLY},
	{"STARSHIP_*", OWN_ONLY}, {"MISE_*", OWN_ONLY}, {"NIX_*", OWN_ONLY}, {"LESSKEY*", OWN_ONLY},
	{"HYPRLAND_*", OWN_ONLY}, {"TMUX*", OWN_ONLY}, {"XDG_*", OWN_ONLY},
};

bool env_name_is_valid(const char *name, size_t n) {
	if (n == 0 || n > ENV_NAME_MAX || (name[0] >= '0' && name[0] <= '9')) {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		char c = name[i];
		/* No isalnum(): what a letter is doesn't depend on the locale here. */
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
				    (c >= '0' && c <= '9') || c == '_')) {
			return false;
		}
	}
	return true;
}

static bool matches(const char *pattern, const char *name) {
	while (*pattern == *name && *name != '\0') {
		pattern++;
		name++;
	}
	return *pattern == '*' || *pattern == *name;
}

static const struct rule *find(const struct rule *rules, size_t count, const char *name) {
	for (size_t i = 0; i < count; i++) {
		if (rules[i].name[0] == name[0] && matches(rules[i].name, name)) {
			return &rules[i];
		}
	}
	return NULL;
}

const char *env_name_refused(const char *name, enum env_source source) {
	if (!env_name_is_valid(name, strlen(name))) {
		return "is no name of a variable";
	}
	const struct rule *rule = find(always, sizeof(always) / sizeof(always[0]), name);
	if (rule == NULL && source == ENV_PROJECT) {
		rule = find(of_projects, sizeof(of_projects) / sizeof(of_projects[0]), name);
	}
	return rule != NULL ? texts[rule->why] : NULL;
}
