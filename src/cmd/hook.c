/* SPDX-License-Identifier: MIT */
#include "cmd/hook.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"

/* --- the text ------------------------------------------------------------------------------ */

/*
 * Whatever shell reads it must be able to: around the hook's own text, which is one quoted word
 * and only read by the right shell, there is nothing but what every shell of the family
 * knows. Quoted commands are no aliases.
 */

static void write_other(struct buf *out, const char *shell) {
	buf_addf(out, "case $- in *i*) 'echo' 'lumina: this is the hook for %s; it does nothing here' "
		      ">&2 ;; esac", shell);
}

static void write_zsh(struct buf *out, const char *program, const char *text) {
	buf_adds(out, "case ${ZSH_VERSION-} in\n'') ");
	write_other(out, "zsh");
	buf_adds(out, " ;;\n[0-4].* | 5.[0-3] | 5.[0-3].*) 'echo' 'lumina: the hook needs zsh 5.4' >&2 ;;\n"
		      "*) case $- in\n*i*r* | *r*i*) 'echo' 'lumina: no hook in a restricted shell' >&2 ;;\n"
		      "*i*) _lumina_bin=");
	buf_add_quoted(out, program);
	buf_adds(out, "\n'builtin' 'emulate' 'zsh' '-o' 'no_aliases' '-o' 'extended_glob' '-o' "
		      "'no_err_exit' '-o' 'no_err_return' '-o' 'no_xtrace' '-o' 'no_print_exit_value' '-o' "
		      "'no_warn_create_global' '-o' 'no_warn_nested_var' '-o' 'typeset_silent' '-c' ");
	buf_add_quoted(out, text);
	buf_adds(out, " ;;\nesac ;;\nesac\n");
}

static void write_bash(struct buf *out, const char *program, const char *text) {
	buf_adds(out, "case ${BASH_VERSION-} in\n'') ");
	write_other(out, "bash");
	buf_adds(out, " ;;\n[0-3].* | 4.[0-3].*) 'echo' 'lumina: the hook needs bash 4.4' >&2 ;;\n"
		      "*) case $-:${POSIXLY_CORRECT+posix} in\n"
		      "*i*r*:* | *r*i*:*) 'echo' 'lumina: no hook in a restricted shell' >&2 ;;\n"
		      "*i*:posix) 'echo' 'lumina: no hook in POSIX mode' >&2 ;;\n"
		      "*i*:) _lumina_bin=");
	buf_add_quoted(out, program);
	buf_adds(out, "\n'builtin' 'shopt' '-q' 'expand_aliases' && _lumina_aliases=1 || _lumina_aliases=\n"
		      "'builtin' 'shopt' '-u' 'expand_aliases'\n'builtin' 'eval' ");
	buf_add_quoted(out, text);
	buf_adds(out, "\ncase $_lumina_aliases in 1) 'builtin' 'shopt' '-s' 'expand_aliases' ;; esac ;;\n"
		      "esac ;;\nesac\n");
}

static void write_fish(struct buf *out, const char *program, const char *text) {
	buf_adds(out, "set -g _lumina_bin '");
	for (const char *p = program; *p != '\0'; p++) {
		if (*p == '\'' || *p == '\\') {
			buf_addc(out, '\\');
		}
		buf_addc(out, *p);
	}
	buf_addf(out, "'\n%s", text);
}

/* --- the shells ---------------------------------------------------------------------------- */

static const struct hook_shell shells[] = {
	{"bash", hook_bash, "eval \"$(lumina hook bash)\"\n", write_bash},
	{"fish", hook_fish, "lumina hook fish | source\n", write_fish},
	{"zsh", hook_zsh, "eval \"$(lumina hook zsh)\"\n", write_zsh},
};

const struct hook_shell *hook_shell_find(const char *name) {
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (streq(shells[i].name, name)) {
			return &shells[i];
		}
	}
	return NULL;
}

const struct hook_shell *hook_shell_of_person(void) {
	const char *shell = getenv("SHELL");
	return shell != NULL && shell[0] == '/' ? hook_shell_find(path_name(shell)) : NULL;
}

/* --- the command --------------------------------------------------------------------------- */

static int print(struct app *app, const struct hook_shell *shell, struct err *err) {
	char program[4096];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (n < 0 || n >= (ssize_t)sizeof(program) - 1) {
		return err_sys(err, "cannot tell where lumina itself is");
	}
	program[n] = '\0';
	shell->write(&app->out, program, shell->text);
	return 0;
}

int cmd_hook(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	const struct hook_opts *options = opts;
	const struct hook_shell *shell = argc == 2 ? hook_shell_find(argv[1]) : NULL;
	bool waybar = argc == 2 && streq(argv[1], "waybar");
	bool desktop = waybar || (argc == 2 && streq(argv[1], "hyprland"));
	if (argc == 1 && options->install) {
		shell = hook_shell_of_person();
		if (shell == NULL) {
			(void)err_set(err, ERR_USAGE, "there is no hook for the shell that $SHELL names");
			err_hint(err, "lumina hook --install bash, or fish, or zsh");
			return -1;
		}
	}
	if (desktop && options->install) {
		return err_set(err, ERR_USAGE, "'lumina hook %s' only prints: --install is for shells",
				argv[1]);
	}
	if (shell == NULL && !desktop) {
		return err_set(err, ERR_USAGE, "'lumina hook' takes one of bash, fish, zsh, waybar, "
					       "hyprland");
	}
	if (options->install) {
		return facts_load(&app->facts, &app->arena, err) < 0
				? -1 : hook_install(app, shell, options->dry_run, err);
	}
	if (app->global.json || options->dry_run) {
		return err_set(err, ERR_USAGE, "'lumina hook %s' only prints: %s is for --install", argv[1],
				app->global.json ? "--json" : "--dry-run");
	}
	return waybar ? hook_waybar(app, err) : desktop ? hook_hyprland(app, err)
							: print(app, shell, err);
}
