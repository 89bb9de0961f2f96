/* SPDX-License-Identifier: MIT */
#include "base/env_name.h"

#include <string.h>

#include "base/str.h"

/* Names, or the beginning of names with a "*" behind it, with blanks around each. */
struct rule {
	const char *why, *names;
};

static const struct rule always[] = {
	{"is set by 'path:' only", " PATH "},
	{"belongs to Lumina", " LUMINA_* _LUMINA_* __LUMINA_* _lumina_* "},
	/* Loaded or run by every program or every shell. */
	{"would run code in other programs",
			" LD_* GLIBC_TUNABLES BASH_ENV ENV BASH_FUNC_* BASH_LOADABLES_PATH FPATH fpath"
			" MODULE_PATH module_path MAILPATH mailpath NULLCMD READNULLCMD FCEDIT INPUTRC"
			" ZDOTDIR "},
	/* Prompts, parsing, history, the shells themselves: not plain text to one of them. */
	{"belongs to the shell",
			" PROMPT* RPROMPT* SPROMPT PS0 PS1 PS2 PS3 PS4 RPS1 RPS2 PSVAR psvar prompt IFS"
			" SHELLOPTS BASHOPTS BASH BASHPID BASH_* POSIXLY_CORRECT COMP_* COPROC DIRSTACK"
			" FUNCNAME GROUPS MAPFILE PIPESTATUS READLINE_* REPLY ARGC argv parameters CDPATH"
			" cdpath path manpath FIGNORE fignore EXECIGNORE GLOBIGNORE FUNCNEST WORDCHARS"
			" KEYBOARD_HACK TRY_BLOCK_* TTYIDLE ZSH_EVAL_CONTEXT ZSH_SUBSHELL"
			" zsh_eval_context LINENO LINES COLUMNS OPTARG OPTIND OPTERR RANDOM SRANDOM SECONDS"
			" EPOCHREALTIME EPOCHSECONDS TMOUT HISTFILE HISTFILESIZE HISTSIZE HISTCMD SAVEHIST"
			" HISTCHARS histchars status pipestatus status_generation history version hostname"
			" umask fish_* __fish_* FISH_VERSION CMD_DURATION SHLVL UID EUID GID EGID PPID"
			" USERNAME PWD OLDPWD _ "},
	{"belongs to the session", " HOME USER LOGNAME SHELL XDG_RUNTIME_DIR "},
};

/* Programs that others start, options that make them run something, the session's sockets. */
static const struct rule of_projects[] = {
	{NULL, " GIT_AUTHOR_* GIT_COMMITTER_* "}, /* these may; the first rule counts */
	{"is accepted from your own registry only",
			" GIT_* EDITOR VISUAL PAGER MANPAGER BROWSER SUDO_* SSH_* LESS LESSOPEN LESSCLOSE"
			" PYTHONSTARTUP PYTHONHOME PYTHONBREAKPOINT PYTHONWARNINGS NODE_OPTIONS PERL5OPT"
			" PERL5DB RUBYOPT JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS GCONV_PATH"
			" LOCPATH GTK_MODULES GTK3_MODULES GTK_PATH GIO_EXTRA_MODULES QT_PLUGIN_PATH"
			" TERMINFO TERMINFO_DIRS GNUPGHOME DBUS_* DISPLAY WAYLAND_DISPLAY HYPRLAND_*"
			" TMUX* XDG_* "},
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

static bool is_among(const char *names, const char *name) {
	for (names++; *names != '\0'; names++) {
		size_t n = strcspn(names, " ");
		bool begins = names[n - 1] == '*';
		size_t same = begins ? n - 1 : n;
		if (strncmp(names, name, same) == 0 && (begins || name[same] == '\0')) {
			return true;
		}
		names += n;
	}
	return false;
}

const char *env_name_refused(const char *name, enum env_source source) {
	if (!env_name_is_valid(name, strlen(name))) {
		return "is no name of a variable";
	}
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		if (is_among(always[i].names, name)) {
			return always[i].why;
		}
	}
	size_t count = source == ENV_PROJECT ? sizeof(of_projects) / sizeof(of_projects[0]) : 0;
	for (size_t i = 0; i < count; i++) {
		if (is_among(of_projects[i].names, name)) {
			return of_projects[i].why;
		}
	}
	return NULL;
}
