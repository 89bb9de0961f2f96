/* SPDX-License-Identifier: MIT */
#include "base/env_name.h"

#include <string.h>

#include "base/str.h"

static const char the_shells[] = "belongs to the shell";
static const char the_sessions[] = "belongs to the session";
static const char luminas[] = "belongs to Lumina";
static const char runs_code[] = "would run code in other programs";
static const char by_path[] = "is set by 'path:' only";
static const char own_only[] = "is accepted from your own registry only";

/* A name, or the beginning of names with a "*" behind it. */
struct rule {
	const char *name, *why;
};

static const struct rule always[] = {
	{"PATH", by_path},
	{"LUMINA_*", luminas},
	{"_LUMINA_*", luminas},
	{"__LUMINA_*", luminas},
	{"_lumina_*", luminas},
	/* Code: loaded or run by every program or every shell. */
	{"LD_*", runs_code},
	{"GLIBC_TUNABLES", runs_code},
	{"BASH_ENV", runs_code},
	{"ENV", runs_code},
	{"BASH_FUNC_*", runs_code},
	{"BASH_LOADABLES_PATH", runs_code},
	{"FPATH", runs_code},
	{"fpath", runs_code},
	{"MODULE_PATH", runs_code},
	{"module_path", runs_code},
	{"MAILPATH", runs_code},
	{"mailpath", runs_code},
	{"NULLCMD", runs_code},
	{"READNULLCMD", runs_code},
	{"FCEDIT", runs_code},
	{"INPUTRC", runs_code},
	{"ZDOTDIR", runs_code},
	/* What shells treat as more than text: prompts, parsing, history, themselves. */
	{"PROMPT*", the_shells},
	{"RPROMPT*", the_shells},
	{"SPROMPT", the_shells},
	{"PS0", the_shells},
	{"PS1", the_shells},
	{"PS2", the_shells},
	{"PS3", the_shells},
	{"PS4", the_shells},
	{"RPS1", the_shells},
	{"RPS2", the_shells},
	{"prompt", the_shells},
	{"IFS", the_shells},
	{"SHELLOPTS", the_shells},
	{"BASHOPTS", the_shells},
	{"BASH", the_shells},
	{"BASHPID", the_shells},
	{"BASH_*", the_shells},
	{"POSIXLY_CORRECT", the_shells},
	{"CDPATH", the_shells},
	{"cdpath", the_shells},
	{"path", the_shells},
	{"manpath", the_shells},
	{"argv", the_shells},
	{"status", the_shells},
	{"pipestatus", the_shells},
	{"history", the_shells},
	{"version", the_shells},
	{"hostname", the_shells},
	{"umask", the_shells},
	{"fish_*", the_shells},
	{"HISTFILE", the_shells},
	{"HISTFILESIZE", the_shells},
	{"HISTSIZE", the_shells},
	{"SAVEHIST", the_shells},
	{"HISTCHARS", the_shells},
	{"histchars", the_shells},
	{"TMOUT", the_shells},
	{"EXECIGNORE", the_shells},
	{"GLOBIGNORE", the_shells},
	{"FUNCNEST", the_shells},
	{"SHLVL", the_shells},
	{"UID", the_shells},
	{"EUID", the_shells},
	{"GID", the_shells},
	{"EGID", the_shells},
	{"PPID", the_shells},
	{"USERNAME", the_shells},
	{"_", the_shells},
	{"PWD", the_shells},
	{"OLDPWD", the_shells},
	/* Who and where the person is. */
	{"HOME", the_sessions},
	{"USER", the_sessions},
	{"LOGNAME", the_sessions},
	{"SHELL", the_sessions},
	{"XDG_RUNTIME_DIR", the_sessions},
};

/* Programs that others start, options that make them run something, the session's sockets. */
static const struct rule of_projects[] = {
	{"GIT_AUTHOR_*", NULL},
	{"GIT_COMMITTER_*", NULL},
	{"GIT_*", own_only},
	{"EDITOR", own_only},
	{"VISUAL", own_only},
	{"PAGER", own_only},
	{"MANPAGER", own_only},
	{"BROWSER", own_only},
	{"SUDO_*", own_only},
	{"SSH_*", own_only},
	{"LESS", own_only},
	{"LESSOPEN", own_only},
	{"LESSCLOSE", own_only},
	{"PYTHONSTARTUP", own_only},
	{"PYTHONHOME", own_only},
	{"PYTHONBREAKPOINT", own_only},
	{"PYTHONWARNINGS", own_only},
	{"NODE_OPTIONS", own_only},
	{"PERL5OPT", own_only},
	{"PERL5DB", own_only},
	{"RUBYOPT", own_only},
	{"JAVA_TOOL_OPTIONS", own_only},
	{"JDK_JAVA_OPTIONS", own_only},
	{"_JAVA_OPTIONS", own_only},
	{"GCONV_PATH", own_only},
	{"LOCPATH", own_only},
	{"GTK_MODULES", own_only},
	{"GTK3_MODULES", own_only},
	{"GTK_PATH", own_only},
	{"GIO_EXTRA_MODULES", own_only},
	{"QT_PLUGIN_PATH", own_only},
	{"TERMINFO", own_only},
	{"TERMINFO_DIRS", own_only},
	{"GNUPGHOME", own_only},
	{"DBUS_*", own_only},
	{"DISPLAY", own_only},
	{"WAYLAND_DISPLAY", own_only},
	{"HYPRLAND_*", own_only},
	{"TMUX*", own_only},
	{"XDG_*", own_only},
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

static const struct rule *find_rule(const struct rule *rules, size_t count, const char *name) {
	for (size_t i = 0; i < count; i++) {
		const char *pattern = rules[i].name;
		size_t n = strlen(pattern);
		bool same = pattern[n - 1] == '*' ? strncmp(pattern, name, n - 1) == 0
						  : streq(pattern, name);
		if (same) {
			return &rules[i];
		}
	}
	return NULL;
}

const char *env_name_refused(const char *name, enum env_source source) {
	if (!env_name_is_valid(name, strlen(name))) {
		return "is no name of a variable";
	}
	const struct rule *rule = find_rule(always, sizeof(always) / sizeof(always[0]), name);
	if (rule == NULL && source == ENV_PROJECT) {
		rule = find_rule(of_projects, sizeof(of_projects) / sizeof(of_projects[0]), name);
	}
	return rule != NULL ? rule->why : NULL;
}
